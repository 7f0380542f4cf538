"""The region of the case tests, the small system, and a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cases import operations
from app.cases.system import System
from app.db import Database
from tests.cases.conftest import region  # noqa: F401 - a fixture
from tests.people.world import NOW
from tests.worker import setting
from tests.worker.forks import Forks


@pytest.fixture
def system(db: Database, tmp_path: Path) -> System:
    return setting.build(db, tmp_path)


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
def petition(system, region) -> int:  # noqa: F811
    """An open case about a school, with a task of the regional operator."""
    operator = region.actors["regional_operator"]
    return operations.open_case(system, "petition", region.ids["school_a"], 2026, actor=operator, now=NOW)
