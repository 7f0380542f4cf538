"""What is typed in an address or a form and can never be meant: numbers no key has, characters no text has."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

LONGEST = 18  # decimal digits: every such number is a key that both databases can be asked for


class KeyConverter(IntegerConverter):
    """`<int:case_id>`: a longer number is no address of the site."""

    regex = rf"\d{{1,{LONGEST}}}"


def number(text: str | None) -> int | None:
    """A whole number written in plain digits; None for anything else, also for one that no key can be."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None


def init_typed(app: Flask) -> None:
    """Before the routes are registered."""
    app.url_map.converters["int"] = KeyConverter
    app.before_request(refuse_unfit)


def refuse_unfit() -> None:
    """400 for a zero byte in the address: PostgreSQL keeps no such text. Forms lose theirs where they are read."""
    if "\0" in request.path or any("\0" in name + value for name, value in request.args.items(multi=True)):
        raise BadRequest
