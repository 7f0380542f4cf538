"""Fixtures shared by all rooms: both databases, real ones.

PostgreSQL is Debian's package, started by this run as the `postgres` user on a free port; `OPORA_TEST_POSTGRES_URL`
names a running one instead. Each test that asks for `db` runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from tests import postgres, schema
from tests.browsers import browser, bundle  # noqa: F401 - fixtures of the rooms that open pages
from tests.small import LoadedFiles

BACKENDS = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--backend", choices=BACKENDS, action="append", help="run database tests on this backend only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", metafunc.config.getoption("--backend") or BACKENDS, scope="session")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a server's maintenance database."""
    given = os.environ.get("OPORA_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with postgres.cluster() as url:
        yield url


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """An upgraded, empty database by backend: made once, because the backend changes back and forth with every file."""

    @cache
    def upgraded(backend: str) -> str:
        if backend == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('template')}/opora.db"
        else:
            url = postgres.create_database(request.getfixturevalue("postgres_url"), "opora_template")
        schema.upgrade(url)
        return url

    return upgraded


@pytest.fixture(scope="session")
def template(backend: str, templates: Callable[[str], str]) -> str:
    """Each test gets a copy of it."""
    return templates(backend)


@pytest.fixture(scope="session")
def loaded_files(tmp_path_factory: pytest.TempPathFactory) -> LoadedFiles:
    """Shared by all processes of a run that is spread over several."""
    base = tmp_path_factory.getbasetemp()
    return LoadedFiles((base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "loaded-regions")


@pytest.fixture
def db_url(template: str, tmp_path: Path) -> Iterator[str]:
    """Address of this test's own database."""
    if template.startswith("sqlite"):
        target = tmp_path / "opora.db"
        schema.copy_sqlite(sa.engine.make_url(template).database or "", target)
        yield f"sqlite:///{target}"
        return
    url = postgres.clone(template)
    yield url
    postgres.drop(url)


@pytest.fixture
def db(db_url: str) -> Iterator[Database]:
    database = Database(db_url)
    yield database
    database.dispose()
