"""The signed-in actor in a request, and what each view demands; shared by the pages and the REST interface.

A view says `@requires("case.read")` or `@public`; `guard` refuses to start with one that says nothing. Pages are entered by
a session cookie, the interface by a bearer token and nothing else. The object of a view is judged where it is loaded
(`policy.require(actor, action, obj)`, `policy.scope`), the decorator only keeps out who may not do the like at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user

from app import journal
from app.config import Settings
from app.db import Database, utcnow
from app.errors import NotAllowed, NotSignedIn
from app.people import policy, sessions
from app.people.actor import Actor
from app.people.sessions import Limits, SignedIn

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
ACCOUNT = "account.use"
API_PREFIX = "/api/"
COOKIE = "s"
OPEN_BUILT_IN = frozenset({"static", "frame.assets", "frame.look"})


def requires(action: str) -> Callable[[View], View]:
    """Mark a view with the action it is for; LookupError at import when there is no such action."""
    policy.roles_of(action)

    def mark(view: View) -> View:
        view.requires = action  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view that anybody may open: sign-in, verification of a document, health."""
    view.requires = PUBLIC  # type: ignore[attr-defined]
    return view


class Access:
    """What the checks need; kept in `app.extensions["access"]`. `zones`: region → time zone, for the day of a position."""

    def __init__(self, db: Database, settings: Settings, zones: Mapping[str, ZoneInfo]) -> None:
        self.db, self.zones = db, zones
        self.limits = Limits(
            idle=timedelta(minutes=settings.session_idle_minutes), absolute=timedelta(hours=settings.session_hours)
        )

    def day_of(self, now: datetime, region: str | None) -> date:
        """The calendar day in the region; in UTC for who has none."""
        zone = self.zones.get(region or "")
        return now.astimezone(zone).date() if zone else sessions.utc_day(now)


def init_access(app: Flask, db: Database, settings: Settings, zones: Mapping[str, ZoneInfo]) -> None:
    """Join the checks to the application; call `guard(app)` when all views are registered."""
    app.extensions["access"] = Access(db, settings, zones)
    app.config["COOKIES_SECURE"] = not settings.insecure_cookies
    login_manager().init_app(app)
    app.before_request(check_request)
    app.after_request(note_look)


def guard(app: Flask, *, open_endpoints: frozenset[str] = OPEN_BUILT_IN) -> None:
    """Refuse to start with a view that does not say who may open it, or with an unknown action."""
    undeclared = sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint not in open_endpoints and demand_of(view) is None
    )
    if undeclared:
        raise RuntimeError("views without @requires or @public: " + ", ".join(undeclared))


def demand_of(view: Any) -> str | None:
    """The action a view is marked with, also through decorators that keep `__wrapped__`."""
    while view is not None:
        demand = getattr(view, "requires", None)
        if demand is not None:
            return demand
        view = getattr(view, "__wrapped__", None)
    return None


def access() -> Access:
    return current_app.extensions["access"]


class User(UserMixin):
    """What Flask-Login carries through a request: who is signed in, read from the session's row."""

    def __init__(self, signed: SignedIn) -> None:
        self.signed = signed

    def get_id(self) -> str:
        return str(self.signed.person_id)


def login_manager() -> LoginManager:
    """Flask-Login asks for the user once a request; there is no identity in Flask's own cookie."""
    manager = LoginManager()
    manager.session_protection = None

    @manager.request_loader
    def load(_request: Any) -> User | None:
        signed = None if g.get("failed") else _load()  # whoever it is, the database that failed is not asked again
        return User(signed) if signed is not None else None

    return manager


def signed_in() -> SignedIn | None:
    """Who sent the request; read from the database once a request."""
    if "signed_in" not in g:
        g.signed_in = current_user.signed if current_user.is_authenticated else None
    return g.signed_in


def current_actor() -> Actor:
    """The actor of the request. NotSignedIn without one, NotAllowed for a person who holds no position today."""
    signed = signed_in()
    if signed is None:
        raise NotSignedIn("Чтобы продолжить, войдите в систему.")
    if signed.actor is None:
        raise NotAllowed("У вас сегодня нет должности.", advice="Её добавит администратор вашей организации.")
    return signed.actor


def maybe_actor() -> Actor | None:
    """The actor, or None on a public page seen by a guest."""
    signed = signed_in()
    return signed.actor if signed else None


def check_request() -> Response | None:
    """Before each request: signed in where it is demanded, and the role may do the like."""
    view = current_app.view_functions.get(request.endpoint or "")
    demand = demand_of(view)
    if view is None or demand == PUBLIC or request.endpoint in OPEN_BUILT_IN:
        return None
    signed = signed_in()
    if signed is None:
        if request.method == "GET" and not is_api():
            return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")), 303)  # type: ignore[return-value]
        raise NotSignedIn("Чтобы продолжить, войдите в систему.")
    if signed.one_time and not getattr(view, "with_one_time_password", False):
        return redirect(url_for("account.password"), 303)  # type: ignore[return-value]
    if demand != ACCOUNT:
        policy.require(current_actor(), demand or "")
    return None


def note_look(response: Response) -> Response:
    """After each request: an auditor's look is written to the journal before he gets the page."""
    signed = g.get("signed_in")
    if signed is None or signed.actor is None or signed.actor.role not in policy.LOGGED_READERS:
        return response
    demand = demand_of(current_app.view_functions.get(request.endpoint or ""))
    if request.method == "GET" and response.status_code == 200 and demand not in (None, PUBLIC, ACCOUNT):
        data = {"page": request.endpoint, "of": request.view_args or {}, "query": request.args.to_dict()}
        with access().db.write() as session:
            journal.append(session, "look", data, actor=signed.actor, at=utcnow())
    return response


def is_api() -> bool:
    return request.path.startswith(API_PREFIX)


def cookie_name() -> str:
    return f"__Host-{COOKIE}" if current_app.config["COOKIES_SECURE"] else COOKIE


def give_cookie(response: Response, value: str) -> None:
    """The session's cookie; it lives as long as the browser, the server decides when the session is over."""
    secure = current_app.config["COOKIES_SECURE"]
    response.set_cookie(cookie_name(), value, path="/", httponly=True, samesite="Lax", secure=secure)


def take_cookie(response: Response) -> None:
    secure = current_app.config["COOKIES_SECURE"]
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Lax", secure=secure)


def _load() -> SignedIn | None:
    now, room = utcnow(), access()
    if is_api():
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret:
            return None
        with room.db.read() as session:
            return sessions.load_token(session, secret.strip(), now=now, day_of=room.day_of)
    cookie = request.cookies.get(cookie_name())
    if not cookie:
        return None
    with room.db.glance() as session:
        signed = sessions.load(session, cookie, now=now, day_of=room.day_of)
    if signed is not None and signed.stale and signed.key is not None:
        with room.db.write() as session:
            sessions.touch(session, signed.key, now=now)
    return signed
