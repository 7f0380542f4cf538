"""The small region with the campaign walked to its order: the cases of the listed schools have just begun."""

from __future__ import annotations

import pytest

from app.cases.system import System
from tests.campaign.conftest import NOW, demo_region, loaded, system  # noqa: F401 - fixtures
from tests.campaign.test_campaign import finish
from tests.campaign.walk import Walker
from tests.cycle.year import Year
from tests.small import in_every_region

pytest_generate_tests = in_every_region


@pytest.fixture(params=(False, True), ids=("municipal", "lone"))
def year(system: System, region_code: str, request: pytest.FixtureRequest) -> Year:  # noqa: F811 - the fixture above
    """Once of a school of a municipality, once of one without an education authority of its own."""
    finish(Walker(system, NOW))
    return Year(system, NOW, region_code, lone=request.param)
