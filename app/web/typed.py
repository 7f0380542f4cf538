"""What is sent in an address or a form: numbers no key has and characters no text has are never meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any
from urllib.parse import urlsplit

from flask import Flask, Request, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter

LONGEST = 18  # decimal digits: every such number is a key that both databases can be asked for
LONGEST_WORDS = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class KeyConverter(IntegerConverter):
    """`<int:case_id>`: a longer number is no address of the site."""

    regex = rf"\d{{1,{LONGEST}}}"


class NamedParts(FormDataParser):
    """A part of a multipart body whose name cannot be read comes as None; forms look names up as text."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Mapping[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        stream, form, files = super().parse(stream, mimetype, content_length, dict(options or {}))
        return stream, _named(form), _named(files)


def _named(parts: MultiDict[str, Any]) -> MultiDict[str, Any]:
    return MultiDict([(name or "", value) for name, value in parts.items(multi=True)])


class SiteRequest(Request):
    """A request whose uploaded files never touch a disk: protocols name pupils. Its size is limited by the settings."""

    form_data_parser_class = NamedParts

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


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
    app.request_class = SiteRequest
    app.url_map.converters["int"] = KeyConverter
    app.before_request(refuse_unfit)


def refuse_unfit() -> None:
    """400 for a zero byte in the address, which PostgreSQL keeps in no text, and for a search of a whole page."""
    words = [request.path, *(name + value for name, value in request.args.items(multi=True))]
    if any("\0" in word or len(word) > LONGEST_WORDS for word in words):
        raise BadRequest
