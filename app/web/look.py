"""How the reader wants pages to look: theme and the version for low vision, in a cookie that names no person."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from flask import Response, make_response, redirect, request
from markupsafe import Markup

from app.web.guard import cookie_name, set_cookie
from app.web.typed import local

YEAR = 31_536_000
CHOICES: dict[str, dict[str, str]] = {
    "size": {"": "обычный", "150": "в полтора раза крупнее", "200": "вдвое крупнее"},
    "scheme": {"": "обычные", "bw": "чёрным по белому", "wb": "белым по чёрному", "blue": "синим по голубому"},
    "font": {"": "без засечек", "serif": "с засечками"},
    "spacing": {"": "обычные промежутки", "wide": "широкие промежутки"},
    "images": {"": "показывать картинки", "off": "скрыть картинки"},
    "theme": {"": "тема как в системе", "light": "светлая", "dark": "тёмная"},
}


def chosen() -> dict[str, str]:
    """The reader's choice, only what differs from the ordinary: {"theme": "dark"}; unknown words are dropped."""
    return _known(dict(parse_qsl(request.cookies.get(cookie_name("look"), ""))))


def _known(raw: dict[str, str]) -> dict[str, str]:
    return {key: raw[key] for key, words in CHOICES.items() if raw.get(key) and raw[key] in words}


@lru_cache(maxsize=64)
def select(name: str, label: str, current: str) -> Markup:
    """A list of the reader's choices, the present one selected."""
    options = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(value, Markup(" selected") if value == current else "", words)
        for value, words in CHOICES[name].items()
    )
    form = Markup('<select class="govuk-select" name="{}" aria-label="{}">{}</select>')
    return form.format(name, label, options)


def choose() -> Response:
    """GET /look: remember the choice and return to the page; nothing of the person is stored."""
    response = make_response(redirect(local(request.args.get("next", "/")), 303))
    set_cookie(response, "look", urlencode(_known(request.args.to_dict())), max_age=YEAR)
    return response
