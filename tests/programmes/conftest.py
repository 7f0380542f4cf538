"""The small region again, each test on its own copy, with the walker of the campaigns."""

from __future__ import annotations

from tests.campaign.conftest import demo_region, loaded, system, walker  # noqa: F401 - fixtures
from tests.small import in_every_region

pytest_generate_tests = in_every_region
