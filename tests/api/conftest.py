"""The whole application over a small region with real processes, and clients that carry a token of a role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import config, create_app, regions, wiring
from app.cases.system import System
from app.db import Database, utcnow
from app.people import passwords, sessions
from app.people.models import Person
from tests.people import world

PASSWORD = "тихая река за мостом"
HASH = passwords.hash_of(PASSWORD)


@pytest.fixture
def region(db: Database) -> SimpleNamespace:
    """A region with a profile: organisations, one actor a role."""
    with db.write() as session:
        place = world.tree(session, regions.codes()[0])
        place.actors = world.everybody(session, place)
        for actor in place.actors.values():
            session.get_one(Person, actor.person_id).password_hash = HASH
        place.ids = {name: value.id for name, value in vars(place).items() if hasattr(value, "id")}
    return place


@pytest.fixture
def settings(db_url: str, tmp_path: Path) -> config.Settings:
    return config.Settings(
        database_url=db_url, files_dir=tmp_path / "files", var_dir=tmp_path, insecure_cookies=True, secret_key="x" * 40
    )


@pytest.fixture
def system(settings: config.Settings, region: SimpleNamespace) -> Iterator[System]:
    made = wiring.build(settings)
    yield made
    made.db.dispose()


@pytest.fixture
def app(settings: config.Settings, system: System) -> Flask:
    return create_app(settings, system)


class Client:
    """A program with a token; paths are under /api/v1."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **headers: str):
        return self.client.get("/api/v1" + path, headers={**self.headers, **named(headers)})

    def post(self, path: str, body: object = None, **headers: str):
        return self.client.post("/api/v1" + path, json=body, headers={**self.headers, **named(headers)})

    def send(self, path: str, data: dict):
        return self.client.post("/api/v1" + path, data=data, headers=self.headers)


def named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def secret_of(db: Database, person_id: int) -> str:
    with db.write() as session:
        return sessions.add_token(session, person_id, now=utcnow())


@pytest.fixture
def client(app: Flask, db: Database, region: SimpleNamespace) -> Callable[[str], Client]:
    """A client of the person who has the role."""
    return lambda role: Client(app.test_client(), secret_of(db, region.actors[role].person_id))


@pytest.fixture
def operator(client: Callable[[str], Client]) -> Client:
    return client("regional_operator")


@pytest.fixture
def campaign(operator: Client, region: SimpleNamespace) -> dict:
    """A campaign just opened, as the interface shows it."""
    answer = operator.post("/cases", {"process": "campaign", "subject": region.ids["region"], "data": {}})
    assert answer.status_code == 201, answer.text
    return answer.json
