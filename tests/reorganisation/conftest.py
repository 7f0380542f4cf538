"""The campaign's small regions, and a town of two neighbouring schools to reorganise."""

from __future__ import annotations

import pytest

from tests.campaign.conftest import demo_region, loaded, pytest_generate_tests, system, walker
from tests.campaign.walk import Walker
from tests.reorganisation.town import Town

__all__ = ["demo_region", "loaded", "pytest_generate_tests", "system", "town", "walker"]


@pytest.fixture
def town(walker: Walker, region_code: str) -> Town:
    return Town(walker, region_code)
