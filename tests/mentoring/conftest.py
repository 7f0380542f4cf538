"""The small region of the campaign's tests serves here too: every test has its own copy of its database."""

from __future__ import annotations

from tests.campaign.conftest import demo_region, loaded, pytest_generate_tests, system, walker

__all__ = ["demo_region", "loaded", "pytest_generate_tests", "system", "walker"]
