"""A small region with a school whose team is diagnosed; every test gets its own copy of the database."""

from __future__ import annotations

import pytest

from app.cases.system import System
from tests.campaign.conftest import NOW, demo_region, loaded, system  # noqa: F401 - fixtures of the same region
from tests.small import in_every_region
from tests.teachers.team import Team

pytest_generate_tests = in_every_region


@pytest.fixture
def team(system: System, region_code: str) -> Team:  # noqa: F811
    return Team(system, NOW, region_code)
