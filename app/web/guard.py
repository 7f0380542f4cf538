"""What every answer of the site carries and every change must bring: headers, CSRF, compression.

The policy of content is closed (`default-src 'none'`, scripts by nonce, no unsafe-*). DOM sinks are closed too
(Trusted Types), except on a page that draws a diagram, because the viewer writes its own markup. A change is accepted
only from our own pages: by Sec-Fetch-Site, Origin or Referer, and by a token made from the visitor's cookie. The token
is masked anew each time, so compressing pages gives nothing away.
"""

from __future__ import annotations

import gzip
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
YEAR = 31_536_000
COMPRESSED = ("text/", "application/json", "application/xml", "image/svg+xml", "application/javascript")
SMALLEST = 1024
HEADERS = {
    "Strict-Transport-Security": f"max-age={YEAR}; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
View = TypeVar("View", bound=Callable)


class StaleForm(BadRequest):
    """The form did not come from our own open page: no token, an old one, or another site's."""

    description = "Форма устарела или открыта не с этого сайта"


def csrf_exempt(view: View) -> View:
    """Mark a view that is not reached with the visitor's cookie (bearer token, signed call)."""
    view.csrf_exempt = True  # type: ignore[attr-defined]
    return view


def cookie_name(key: str, app: Flask | None = None) -> str:
    """`__Host-s` for the key `s`; plain `s` where cookies cannot be Secure (development without TLS)."""
    secure = (app or current_app).config.setdefault("COOKIES_SECURE", True)
    return f"__Host-{key}" if secure else key


def set_cookie(response: Response, key: str, value: str, *, max_age: int | None = None) -> None:
    """Set one of our cookies: whole site, HttpOnly, SameSite=Lax, Secure unless development says otherwise."""
    response.set_cookie(
        cookie_name(key),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=current_app.config.setdefault("COOKIES_SECURE", True),
    )


def nonce() -> str:
    """The nonce of this answer's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def _bindings() -> list[str]:
    """Cookies a token may be bound to: the session's, and the one a visitor has before signing in."""
    values = (request.cookies.get(cookie_name(key)) for key in ("s", "v"))
    return [value for value in values if value]


def _sign(value: str) -> bytes:
    key = current_app.secret_key
    assert key, "the secret key is set at start"
    return hmac.digest(key if isinstance(key, bytes) else key.encode(), b"csrf:" + value.encode(), "sha256")


def csrf_token() -> str:
    """The masked token of this answer for the visitor's cookie; a visitor without any gets one with the answer."""
    if "csrf_masked" not in g:
        g.csrf_masked = _masked()
    return g.csrf_masked


def _masked() -> str:
    bound = _bindings()
    if not bound:
        if "new_visitor" not in g:
            g.new_visitor = secrets.token_urlsafe(24)
        bound = [g.new_visitor]
    mask, signed = secrets.token_bytes(32), _sign(bound[0])
    return urlsafe_b64encode(mask + bytes(a ^ b for a, b in zip(mask, signed, strict=True))).decode()


def csrf_field() -> Markup:
    """The hidden field of a form."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())


def _token_holds(token: str, bound: list[str]) -> bool:
    try:
        raw = urlsafe_b64decode(token.encode())
    except ValueError:
        return False
    if len(raw) != 64:
        return False
    signed = bytes(a ^ b for a, b in zip(raw[:32], raw[32:], strict=True))
    return any([hmac.compare_digest(signed, _sign(value)) for value in bound])


def _foreign() -> bool:
    """Does the request say that another site sent it?"""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    told = request.headers.get("Origin") or request.headers.get("Referer")
    return bool(told) and urlsplit(told).netloc != request.host


def check_origin() -> None:
    """Before each request: a change needs our own page and its token. Raises StaleForm (400)."""
    if request.method in SAFE or request.endpoint is None:
        return
    if getattr(current_app.view_functions.get(request.endpoint), "csrf_exempt", False):
        return
    if request.path.startswith(current_app.config["API_PREFIX"]):
        return  # bearer tokens only: no cookie is read there
    bound = _bindings()
    if not bound or _foreign():
        raise StaleForm
    token = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not _token_holds(token, bound):
        raise StaleForm


def policy(*, page: bool, drawing: bool, live: bool) -> str:
    """Content-Security-Policy of one answer."""
    if not page:
        return "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    rules = [
        "default-src 'none'",
        f"script-src 'nonce-{nonce()}'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:" if drawing else "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if not drawing:
        rules += [
            "require-trusted-types-for 'script'",
            f"trusted-types {'htmx' if live else chr(39) + 'none' + chr(39)}",
        ]
    return "; ".join(rules)


def dress(response: Response) -> Response:
    """After each request: headers, the visitor's cookie, compression."""
    given = {name.lower() for name, _ in response.headers}
    response.headers.extend({name: value for name, value in HEADERS.items() if name.lower() not in given})
    needs = g.get("needs", ())
    is_page = response.mimetype == "text/html"
    if "Content-Security-Policy" not in response.headers:
        drawing, live = "diagram" in needs, "live" in needs
        response.headers["Content-Security-Policy"] = policy(page=is_page, drawing=drawing, live=live)
    if request.endpoint != "frame.assets":
        response.headers.setdefault("Cache-Control", "no-store")
    if "new_visitor" in g:
        set_cookie(response, "v", g.new_visitor)
    return squeeze(response)


def squeeze(response: Response) -> Response:
    """Gzip a whole text answer when the browser takes it."""
    response.vary.add("Accept-Encoding")
    if (
        response.direct_passthrough
        or response.is_streamed
        or response.status_code in {204, 304}
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith(COMPRESSED)
        or "gzip" not in request.accept_encodings
        or (response.content_length or 0) < SMALLEST
    ):
        return response
    response.set_data(gzip.compress(response.get_data(), compresslevel=4, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
