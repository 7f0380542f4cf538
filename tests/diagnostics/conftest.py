"""A diagnosis is walked in the small region's database, in every region."""

from tests.campaign.conftest import demo_region, loaded, pytest_generate_tests, system, walker

__all__ = ["demo_region", "loaded", "pytest_generate_tests", "system", "walker"]
