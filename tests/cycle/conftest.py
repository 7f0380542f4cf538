"""The small region with the campaign walked to its order: the cases of the listed schools have just begun."""

from __future__ import annotations

import pytest

from app.cases.system import System
from tests.campaign.conftest import NOW, loaded, ordered, ordered_system  # noqa: F401 - fixtures
from tests.cycle.year import Year
from tests.small import in_every_region

pytest_generate_tests = in_every_region


@pytest.fixture
def year(ordered_system: System, region_code: str) -> Year:  # noqa: F811 - the fixture above
    """Of a school of a municipality."""
    return Year(ordered_system, NOW, region_code)


@pytest.fixture
def lone_year(ordered_system: System, region_code: str) -> Year:  # noqa: F811 - the fixture above
    """Of a school without an education authority of its own."""
    return Year(ordered_system, NOW, region_code, lone=True)
