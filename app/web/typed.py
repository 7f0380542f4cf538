"""What is typed in an address or a form and can never be meant: numbers no key has, characters no text has."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

LONGEST = 18  # decimal digits: every such number is a key that both databases can be asked for
LONGEST_WORDS = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class KeyConverter(IntegerConverter):
    """`<int:case_id>`: a longer number is no address of the site."""

    regex = rf"\d{{1,{LONGEST}}}"


def number(text: str | None) -> int | None:
    """A whole number written in plain digits; None for anything else, also for one that no key can be."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None


def line(text: str | None) -> str:
    """Typed words without characters that no text has and without spaces around."""
    return _CONTROL.sub("", text or "").strip()


def local(target: str | None) -> str:
    """A path of this site, or its first page: an address of another site is never followed."""
    target = (target or "").replace("\\", "/")
    parts = urlsplit(target)
    if not target.startswith("/") or target.startswith("//") or parts.scheme or parts.netloc:
        return "/"
    return "/" if any(ord(ch) < 32 for ch in target) else target


def init_typed(app: Flask) -> None:
    """Before the routes are registered."""
    app.url_map.converters["int"] = KeyConverter
    app.before_request(refuse_unfit)


def refuse_unfit() -> None:
    """400 for a zero byte in the address, which PostgreSQL keeps in no text, and for a search of a whole page."""
    words = [request.path, *(name + value for name, value in request.args.items(multi=True))]
    if any("\0" in word or len(word) > LONGEST_WORDS for word in words):
        raise BadRequest
