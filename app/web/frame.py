"""The frame of every page: who looks, where, under which theme; filters, assets, icons; headers and errors.

`init_frame(app, face=..., visitor=...)` is called once by the application. Templates extend `base.html`, import the
macros and set `page_title`, `crumbs`, `section`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import nh3
from flask import Blueprint, Flask, Response, current_app, g, request, send_from_directory
from markupsafe import Markup

from app.db import utcnow
from app.web import formtools, guard, look, mishaps, ru, widgets
from app.web.icons import ICONS

STATIC = Path(__file__).parent / "static"
_USE = Markup('<svg class="op-icon" viewBox="0 0 24 24" aria-hidden="true"><use href="#i-{}"/></svg>')
_SYMBOL = Markup('<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>')
DRAWINGS = {name: _USE.format(name) for name in ICONS}
SYMBOLS = {name: _SYMBOL.format(name, Markup(paths)) for name, paths in ICONS.items()}  # noqa: S704
PAPER_TAGS = {
    *("p", "br", "b", "strong", "i", "em", "u", "s", "sub", "sup", "mark", "span", "div", "section", "blockquote"),
    *("ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "h2", "h3", "h4"),
    *("figure", "figcaption", "svg", "g", "path", "rect", "text"),
}
UNSEEN = {"script", "style", "title"}
HEADING = re.compile(r"<(/?)h1\b")
PAPER_ATTRIBUTES = {
    "*": {"class"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
    "svg": {"viewBox"},
    "g": {"font-size", "fill"},
    "path": {"d", "stroke", "stroke-width", "stroke-dasharray"},
    "rect": {"x", "y", "width", "height", "fill", "stroke"},
    "text": {"x", "y", "text-anchor", "font-weight", "fill"},
}


@dataclass(frozen=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True)
class Section:
    """A section of the navigation; `count` is drawn only when it says something."""

    key: str
    title: str
    url: str
    count: int | None = None


@dataclass(frozen=True)
class Position:
    """One position or substitution of the signed-in person, for the switch."""

    id: str
    title: str
    place: str
    current: bool = False


@dataclass(frozen=True)
class Visitor:
    """Who looks: drawn in the header. `name` is «Седова М. П.»."""

    name: str
    position: str
    positions: Sequence[Position] = ()
    sections: Sequence[Section] = ()


@dataclass(frozen=True)
class Face:
    """What the installation says of itself; an address left empty is not drawn."""

    region: str = ""
    lead: str = ""
    about: str = ""
    help: str = ""
    timezone: str = "Europe/Moscow"
    home: str = "/"
    search: str = ""
    cases: str = ""
    switch: str = ""
    leave: str = ""
    substitutes: str = ""
    links: Sequence[Link] = field(default_factory=tuple)


class Assets:
    """Names with content hashes from the manifest; without one (assets not built) plain names: pages stay usable."""

    def __init__(self, folder: Path) -> None:
        manifest = folder / "dist" / "manifest.json"
        self.names: Mapping[str, str] = json.loads(manifest.read_text()) if manifest.is_file() else {}

    def url(self, name: str) -> str:
        found = self.names.get(name)
        return f"/assets/dist/{found}" if found else f"/assets/{name}"


def init_frame(
    app: Flask,
    *,
    face: Callable[[], Face],
    visitor: Callable[[], Visitor | None],
    now: Callable[[], datetime] = utcnow,
    api_prefix: str = "/api/",
) -> None:
    """Join the frame to the application.

    `face` and `visitor` are asked at most once for a page; `visitor` returns None before signing in. `now` is the
    product's clock.
    """
    app.config["API_PREFIX"] = api_prefix
    app.config.update(  # the cookie of one-time messages; it carries no identity
        SESSION_COOKIE_NAME=guard.cookie_name("f", app),
        SESSION_COOKIE_SECURE=app.config["COOKIES_SECURE"],
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.register_blueprint(_blueprint())
    app.before_request(guard.check_origin)
    app.after_request(guard.dress)
    mishaps.install(app)
    assets = Assets(STATIC)
    page = Page(face, visitor, now)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(_globals(), asset=assets.url, page=page)
    app.jinja_env.filters.update(_filters(page))


def _globals() -> dict[str, Any]:
    """What every template may call."""
    return dict(
        icon=icon,
        needs=needs,
        csrf_token=guard.csrf_token,
        csrf_field=guard.csrf_field,
        csp_nonce=guard.nonce,
        form_errors=formtools.form_errors,
        form_warnings=formtools.form_warnings,
        drawn=formtools.drawn,
        table_columns=formtools.table_columns,
        table_rows=formtools.table_rows,
        is_closed=formtools.is_closed,
        simple_field=widgets.simple_field,
        row_cell=widgets.row_cell,
        vision_select=look.select,
    )


def _blueprint() -> Blueprint:
    blueprint = Blueprint("frame", __name__, template_folder="templates")
    blueprint.add_url_rule("/assets/<path:name>", "assets", send_asset)
    blueprint.add_url_rule("/look", "look", look.choose)
    return blueprint


def send_asset(name: str) -> Response:
    """A static file; those with a hash in their name may be kept for a year."""
    hashed = name.startswith("dist/")
    packed = "gzip" in request.accept_encodings and (STATIC / f"{name}.gz").is_file()
    response = send_from_directory(STATIC, f"{name}.gz" if packed else name, max_age=guard.YEAR if hashed else 3600)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
        response.mimetype = "text/css" if name.endswith(".css") else "text/javascript"
    if hashed:
        response.cache_control.immutable = True
    response.vary.add("Accept-Encoding")
    return response


class Page:
    """What templates ask of the request: `page.visitor`, `page.face`, `page.look`, `page.today`, `page.sprite()`."""

    def __init__(self, face: Callable, visitor: Callable, now: Callable[[], datetime]) -> None:
        self._face, self._visitor, self._now = face, visitor, now

    @property
    def face(self) -> Face:
        if "frame_face" not in g:
            g.frame_face = self._ask(self._face, Face())
        return g.frame_face

    @property
    def visitor(self) -> Visitor | None:
        if "frame_visitor" not in g:
            g.frame_visitor = self._ask(self._visitor, None)
        return g.frame_visitor

    @staticmethod
    def _ask(source: Callable, otherwise: Any) -> Any:
        if g.get("failed"):  # the page of a failure must not fail for the same reason
            try:
                return source()
            except Exception:
                current_app.logger.warning("the frame of an error page is drawn without its facts")
                return otherwise
        return source()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.face.timezone)

    @property
    def now(self) -> datetime:
        return self._now()

    @property
    def today(self) -> date:
        return self._now().astimezone(self.zone).date()

    @property
    def look(self) -> dict[str, str]:
        return look.chosen()

    @property
    def address(self) -> str:
        """Path and query of this page, to come back to it."""
        return request.full_path.rstrip("?") if request.method == "GET" else "/"

    @property
    def needed(self) -> set[str]:
        return g.get("needs", set())

    @staticmethod
    def sprite() -> Markup:
        """The icons drawn so far on this page, once each; a page with live parts gets all: a part may bring any."""
        names = sorted(ICONS if "live" in g.get("needs", ()) else g.get("icons", ()))
        symbols = Markup("").join(SYMBOLS[name] for name in names)
        return Markup('<svg width="0" height="0" hidden><defs>{}</defs></svg>').format(symbols)


def icon(name: str) -> Markup:
    """An icon beside a word: never alone, hidden from readers. KeyError for an unknown one."""
    drawing = DRAWINGS[name]
    g.setdefault("icons", set()).add(name)
    return drawing


def needs(name: str) -> str:
    """Say that the page needs the browser part `diagram`, `live` or `upload`; returns nothing to draw."""
    g.setdefault("needs", set()).add(name)
    return ""


def clean_paper(html: str) -> Markup:
    """HTML of a document for the sheet of paper: tags of text, tables and charts only, no addresses, no styles."""
    under_page = HEADING.sub(r"<\1h2", html)  # the page has its own first heading
    kept = nh3.clean(under_page, tags=PAPER_TAGS, clean_content_tags=UNSEEN, attributes=PAPER_ATTRIBUTES, link_rel=None)
    return Markup(kept.replace("п/п", "п/\N{WORD JOINER}п"))  # noqa: S704


def _filters(page: Page) -> dict[str, Callable]:
    return {
        "number": ru.number,
        "percent": ru.percent,
        "counted": ru.counted,
        "accusative": ru.accusative,
        "plural": ru.plural,
        "day": lambda value: ru.day(value, page.today, page.zone),
        "day_full": lambda value: ru.day(value, None, page.zone),
        "day_short": lambda value: ru.day_short(value, page.zone),
        "moment": lambda value: ru.moment(value, page.now, page.zone),
        "moment_exact": lambda value: ru.moment_exact(value, page.zone),
        "clock": lambda value: ru.clock(value, page.zone),
        "until": lambda value: ru.until(value, page.today, page.zone),
        "left": ru.left,
        "file_size": ru.file_size,
        "initials": ru.initials,
        "groups": ru.groups,
        "school_year": ru.school_year,
        "bound": ru.bound,
        "lines": ru.lines,
        "paper": clean_paper,
    }
