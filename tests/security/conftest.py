"""The town of these tests: loaded and walked once a database, copied for every test that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.cases.system import System
from tests import postgres, schema
from tests.campaign.walk import Walker
from tests.security import sheets, town


@dataclass
class Stages:
    """Addresses of the stored stages by (backend, stage): `packs` is the middle of the campaign,
    `route` an order that waits for its sheet, `end` the end."""

    folder: Path
    server: Callable[[], str]

    def __post_init__(self) -> None:
        self.urls: dict[tuple[str, str], str] = {}

    def files(self, backend: str) -> Path:
        return self.folder / backend / "files"

    def url(self, backend: str, stage: str) -> str:
        if (backend, stage) not in self.urls:
            (self.folder / backend).mkdir(exist_ok=True)
            self._make(backend, stage)
        return self.urls[backend, stage]

    def _make(self, backend: str, stage: str) -> None:
        before = {"start": None, "packs": "start", "end": "packs", "route": "packs"}[stage]
        url = self.copy(backend, before, stage) if before else self._empty(backend)
        system = town.system_at(url, self.files(backend))
        walker = Walker(system, town.NOW)
        if stage == "start":
            town.load(system)
        elif stage == "packs":
            town.to_the_middle(walker)
        elif stage == "route":
            sheets.to_the_route(walker)
        else:
            town.to_the_end(walker)
        system.db.dispose()
        self.urls[backend, stage] = url

    def _empty(self, backend: str) -> str:
        url = f"sqlite:///{self.folder}/{backend}/start.db"
        if backend != "sqlite":
            url = postgres.create_database(self.server(), "opora_security_start")
        schema.upgrade(url)
        return url

    def copy(self, backend: str, stage: str, name: str) -> str:
        source = self.url(backend, stage)
        if backend == "sqlite":
            target = self.folder / backend / f"{name}.db"
            schema.copy_sqlite(sa.engine.make_url(source).database or "", target)
            return f"sqlite:///{target}"
        return postgres.clone(source)


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Stages:
    return Stages(tmp_path_factory.mktemp("town"), lambda: request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def strictest(request: pytest.FixtureRequest) -> str:
    """PostgreSQL, which refuses what SQLite lets pass (long texts, zero bytes), unless only SQLite is asked for."""
    chosen = request.config.getoption("--backend")
    return chosen[-1] if chosen else "postgresql"


@pytest.fixture
def at_stage(stages: Stages, tmp_path: Path) -> Iterator[Callable[[str, str], System]]:
    """A copy of a stage for one test: `at_stage(backend, "packs")`."""
    opened: list[tuple[System, str]] = []

    def open_(backend: str, stage: str) -> System:
        url = stages.copy(backend, stage, f"copy-{tmp_path.name}-{len(opened)}")
        system = town.system_at(url, stages.files(backend))
        opened.append((system, url))
        return system

    yield open_
    for system, url in opened:
        system.db.dispose()
        if not url.startswith("sqlite"):
            postgres.drop(url)
