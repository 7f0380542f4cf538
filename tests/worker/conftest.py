"""A database that has the region in it already, the small system, and a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import regions
from app.cases import operations
from app.cases.system import System
from app.db import Database
from tests import postgres, schema
from tests.people import world
from tests.people.world import NOW
from tests.worker import setting
from tests.worker.forks import Forks


@pytest.fixture(scope="session")
def peopled(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, SimpleNamespace]]:
    """A copy of the empty database with the region in it: made once, copied for each test."""
    if template.startswith("sqlite"):
        target = tmp_path_factory.mktemp("peopled") / "opora.db"
        schema.copy_sqlite(template.removeprefix("sqlite:///"), target)
        url = f"sqlite:///{target}"
    else:
        url = postgres.clone(template)
    database = Database(url)
    with database.write() as session:
        place = world.tree(session, regions.codes()[0])
        place.actors = world.everybody(session, place)
        place.ids = {name: value.id for name, value in vars(place).items() if hasattr(value, "id")}
    database.dispose()
    yield url, place
    if not url.startswith("sqlite"):
        postgres.drop(url)


@pytest.fixture
def db_url(peopled: tuple[str, SimpleNamespace], tmp_path: Path) -> Iterator[str]:
    url = peopled[0]
    if url.startswith("sqlite"):
        schema.copy_sqlite(url.removeprefix("sqlite:///"), tmp_path / "opora.db")
        yield f"sqlite:///{tmp_path / 'opora.db'}"
        return
    copy = postgres.clone(url)
    yield copy
    postgres.drop(copy)


@pytest.fixture
def region(peopled: tuple[str, SimpleNamespace]) -> SimpleNamespace:
    """Organisations (`ids`) and one actor a role."""
    return peopled[1]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the small diagrams and files are."""
    return tmp_path_factory.mktemp("system")


@pytest.fixture
def system(db: Database, folder: Path) -> System:
    return setting.build(db, folder)


@pytest.fixture
def clock() -> setting.Clock:
    return setting.Clock()


@pytest.fixture
def inbox() -> Iterator[setting.Inbox]:
    with setting.mail_server() as server:
        yield server


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Where worker processes are born that can be killed."""
    with Forks() as started:
        yield started


@pytest.fixture
def petition(system: System, region: SimpleNamespace) -> int:
    """An open case about a school, with a task of the regional operator."""
    operator = region.actors["regional_operator"]
    return operations.open_case(system, "petition", region.ids["school_a"], 2026, actor=operator, now=NOW)
