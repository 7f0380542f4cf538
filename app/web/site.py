"""The site: access, frame, pages and navigation joined into one Flask application."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, redirect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from app import access
from app.access import maybe_actor, public, requires
from app.api.metrics import init_metrics
from app.api.site import init_api
from app.cases.system import System
from app.config import Settings
from app.db import utcnow
from app.errors import Refused
from app.people import policy
from app.people.models import Assignment, Organisation, Person, Position
from app.web import account, frame, lines
from app.web.parts import FILE_KINDS, SYSTEM, blueprints
from app.web.typed import init_typed

SHORTEST_KEY = 32
SECTIONS = (
    ("tasks", "Мои задачи", "/tasks", "task.read"),
    ("cases", "Дела", "/cases", "case.read"),
    ("campaigns", "Кампании", "/cases?kind=campaign", "monitoring.read"),
    ("surveys", "Анкеты", "/surveys", "task.read"),
    ("schools", "Школы", "/schools", "school.read"),
    ("teachers", "Педагоги", "/teachers", "school.read"),
    ("imports", "Загрузка таблиц", "/imports", "import.read"),
    ("documents", "Документы", "/documents", "document.read"),
    ("people", "Сотрудники", "/people/", "people.read"),
    ("incidents", "Сбои", "/incidents", "incident.read"),
    ("journal", "Журнал", "/journal", "journal.read"),
)


def create(settings: Settings, system: System) -> Flask:
    app = Flask(__name__, template_folder="templates", static_folder=None)
    app.config.update(
        SECRET_KEY=secret_key(settings),
        MAX_CONTENT_LENGTH=settings.upload_limit_mb * 1024**2,
        MAX_FORM_PARTS=20_000,
        MAX_FORM_MEMORY_SIZE=8 * 1024**2,
        SESSION_COOKIE_SECURE=not settings.insecure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME="f" if settings.insecure_cookies else "__Host-f",
        VERIFY_URL="/verify",
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=1, x_host=1)  # type: ignore[method-assign]
    if settings.demo:
        app.config.update(DEMO_ACCOUNTS=lambda: demo_accounts(system), DEMO_PASSWORD=settings.demo_password)
    app.extensions[SYSTEM] = system
    app.extensions["settings"] = settings
    zones = {code: profile.zone for code, profile in system.profiles.items()}
    init_typed(app)
    access.init_access(app, system.db, settings, zones)
    frame.init_frame(app, face=lambda: _face(system), visitor=_visitor, now=utcnow)
    app.jinja_env.filters["file_kind"] = lambda kind: FILE_KINDS.get(kind, "Таблица результатов")
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    init_api(app, system)
    init_metrics(app, system.db)
    lines.init_lines(app)
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    access.guard(app)
    return app


def demo_accounts(system: System) -> list[dict[str, str]]:
    """One account a role and region, for the sign-in page of the demo: people round one school where there is a choice."""
    found = (
        sa.select(Person.login, Position.title, Organisation.short_name, Organisation.region, Position.role)
        .join(Position, Position.person_id == Person.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
    )
    shown: dict[tuple[str, str], dict[str, str]] = {}
    with system.db.read() as session:
        near, curators = _around_a_school(session)
        order = (Organisation.id.in_(near) | Position.id.in_(curators)).desc()
        rows = session.execute(found.order_by(Organisation.region, order, Position.id)).all()
    for login, title, place, region, role in rows:
        key = (region, role if role != "ministry" else login)
        shown.setdefault(key, {"login": login, "title": title, "place": place})
    return list(shown.values())


def _around_a_school(session: Session) -> tuple[list[int], list[int]]:
    """Of every region: its first school with a curator, the school's authority and method service; the curator."""
    led = (
        sa.select(Organisation.region, Organisation.id, Organisation.parent_id, Position.id)
        .join(Assignment, Assignment.organisation_id == Organisation.id)
        .join(Position, Position.id == Assignment.position_id)
        .where(Position.role == "curator")
        .order_by(Organisation.id)
    )
    first: dict[str, tuple[int, int | None, int]] = {}
    for region, school, town, curator in session.execute(led):
        first.setdefault(region, (school, town, curator))
    schools, towns = [one[0] for one in first.values()], [one[1] for one in first.values() if one[1] is not None]
    services = sa.select(Organisation.id).where(
        Organisation.kind == "method_service", Organisation.parent_id.in_(towns)
    )
    return [*schools, *towns, *session.scalars(services)], [one[2] for one in first.values()]


def secret_key(settings: Settings) -> str:
    """The key of the settings, or one made at the first start and kept beside the database; Refused when it is short."""
    if settings.secret_key and len(settings.secret_key) < SHORTEST_KEY:
        raise Refused(f"OPORA_SECRET_KEY короче {SHORTEST_KEY} знаков.", advice="Задайте длинный случайный ключ.")
    if settings.secret_key:
        return settings.secret_key
    path = Path(settings.var_dir) / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def _face(system: System) -> frame.Face:
    actor = maybe_actor()
    profile = system.profiles.get(actor.region) if actor else None
    return frame.Face(
        region=profile.name.nominative if profile else "",
        lead="Поддержка школ региона",
        timezone=profile.time_zone if profile else "Europe/Moscow",
        search="/schools" if actor else "",
        cases="/cases" if policy.may(actor, "case.read") else "",
        switch="/position",
        leave="/sign-out",
        substitutes="/substitutions/" if actor and policy.may(actor, "substitution.manage") else "",
    )


def _visitor() -> frame.Visitor | None:
    actor = maybe_actor()
    sections = [frame.Section(key, title, url) for key, title, url, action in SECTIONS if policy.may(actor, action)]
    return account.visitor(sections)


@requires("account.use")
def home() -> Any:
    """To what the position is for: work, or keeping people."""
    return redirect("/tasks" if policy.may(maybe_actor(), "task.read") else "/people/", 303)


@public
def healthz() -> Any:
    return {"status": "ok"}


@public
def readyz() -> Any:
    """Whether the database answers and holds a schema that this program works on."""
    from app import migrate
    from app.web.parts import system

    ready = migrate.serves(system().db)
    return ({"status": "ready"}, 200) if ready else ({"status": "schema"}, 503)
