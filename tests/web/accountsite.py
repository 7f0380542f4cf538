"""The pages of accounts and people over a real database: an application with nothing else in it, and a browser-like client."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient

from app import access
from app.config import Settings
from app.db import Database
from app.people import passwords
from app.people.models import Person
from app.web import account, frame, organisations, people, substitutions
from tests.people import world

PASSWORD = "тихая река за мостом"
HASH = passwords.hash_of(PASSWORD)
FACE = frame.Face(region="Северный край", lead="Поддержка школ", switch="/position", leave="/sign-out")
SETTINGS = Settings(insecure_cookies=True)


def build(db: Database, *, settings: Settings = SETTINGS, **config: Any) -> Flask:
    app = Flask("accounts", static_folder=None)
    app.config.update(SECRET_KEY="not a secret: tests only", **config)
    access.init_access(app, db, settings, {world.REGION: ZoneInfo("Asia/Yekaterinburg")})
    frame.init_frame(app, face=lambda: FACE, visitor=account.visitor)
    for module in (account, people, substitutions, organisations):
        app.register_blueprint(module.bp)
    app.add_url_rule("/", "home", access.requires("account.use")(lambda: "home"))
    access.guard(app)
    return app


def fill(db: Database) -> SimpleNamespace:
    """The region with one person a role; passwords for those who sign in. Returns the place with ids of people."""
    with db.write() as session:
        place = world.tree(session)
        everybody = world.everybody(session, place)
        for role in ("administrator", "school_head", "auditor", "teacher", "ministry"):
            session.get_one(Person, everybody[role].person_id).password_hash = HASH
    place.who = everybody
    return place


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "no form on the page"
    return found[1]


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: str):
    page = client.get("/sign-in").get_data(as_text=True)
    return client.post("/sign-in", data={"login": login, "password": password, "csrf_token": token(page), **more})


def send(client: FlaskClient, url: str, page_url: str | None = None, **data: Any):
    """Fill the form on a page and send it to `url`."""
    page = client.get(page_url or url).get_data(as_text=True)
    return client.post(url, data={"csrf_token": token(page), **data})
