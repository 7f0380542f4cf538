"""Every test gets a small region of its own, once for each profile there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cases.system import System
from tests.small import in_every_region, system_at
from tests.teachers import world
from tests.teachers.team import Team

pytest_generate_tests = in_every_region


@pytest.fixture
def system(db_url: str, region_code: str, tmp_path: Path) -> Iterator[System]:
    made = system_at(db_url, tmp_path / "files")
    world.build(made, region_code)
    yield made
    made.db.dispose()


@pytest.fixture
def team(system: System, region_code: str) -> Team:
    return Team(system, world.NOW, region_code)
