"""The whole site over a small region, an analyst at work and files in memory."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, regions, wiring
from app.config import Settings
from app.db import Database
from app.imports.pool import Readers
from app.people.models import Person
from tests.people import world
from tests.web.accountsite import HASH, sign_in, token

REGION = regions.codes()[0]
PEOPLE = {"analyst": "regional_operator", "colleague": "regional_operator", "auditor": "auditor", "clerk": "clerk"}


def build(db: Database, var: Path, **more: Any) -> Flask:
    settings = Settings(
        database_url=db.url.render_as_string(hide_password=False),
        files_dir=var / "files",
        var_dir=var,
        insecure_cookies=True,
        **more,
    )
    return create_app(settings, replace(wiring.build(settings), db=db))


def fill(db: Database) -> None:
    """Operator and ministry with their people; no schools yet."""
    with db.write() as session:
        top = world.organisation(session, "region", REGION, region=REGION)
        operator = world.organisation(session, "operator", "op", parent=top, region=REGION)
        ministry = world.organisation(session, "ministry", "min", parent=top, region=REGION)
        for login, role in PEOPLE.items():
            who = world.person(session, login)
            world.position(session, who, operator if role == "regional_operator" else ministry, role)
        session.execute(sa.update(Person).values(password_hash=HASH))


def client_of(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, login).status_code == 303
    return client


def settle(app: Flask) -> None:
    readers: Readers = app.extensions["imports"]
    readers.settle()


def upload(client: FlaskClient, *files: tuple[str, bytes], url: str = "/imports", **more: str) -> Any:
    """Send files as the page does, and wait until they are read."""
    csrf = token(client.get("/imports/new").get_data(as_text=True))
    sent = [(io.BytesIO(content), name) for name, content in files]
    data = {"csrf_token": csrf, "files": sent or (io.BytesIO(b""), ""), **more}
    answer = client.post(url, data=data, content_type="multipart/form-data")
    settle(client.application)
    return answer


def press(client: FlaskClient, url: str, do: str, **more: Any) -> Any:
    """Press a button of the page at `url`; the version on the page goes with it."""
    page = client.get(url).get_data(as_text=True)
    found = re.search(r'name="version" value="(\d+)"', page)
    data = {"csrf_token": token(page), "version": found[1] if found else "0", "do": do, **more}
    if do == "drop":
        data.pop("do")
    return client.post(url, data=data)


def text(answer: Any) -> str:
    """Words of a page: no tags, ordinary spaces."""
    plain = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", plain)


def rows(db: Database, query: sa.Select) -> list[Any]:
    with db.read() as session:
        return [SimpleNamespace(**row._mapping) for row in session.execute(query)]
