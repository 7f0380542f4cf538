"""Every test of a campaign gets its own copy of the small region's database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cases.system import System
from app.demo import DemoRegion
from tests import postgres
from tests.campaign.walk import Walker
from tests.small import LoadedFiles, in_every_region, small_region, system_at

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
pytest_generate_tests = in_every_region


@pytest.fixture(scope="session")
def demo_region(region_code: str) -> DemoRegion:
    return small_region(region_code)


@pytest.fixture(scope="session")
def loaded(backend: str, template: str, region_code: str, loaded_files: LoadedFiles) -> Iterator[str]:
    """Address of a database with the region in it and its campaign just opened; tests work on copies."""
    if backend == "sqlite":
        yield f"sqlite:///{loaded_files.path(region_code)}"
        return
    url = postgres.clone(template)
    loaded_files.pour(region_code, url)
    yield url
    postgres.drop(url)


@pytest.fixture
def system(backend: str, loaded: str, region_code: str, loaded_files: LoadedFiles, tmp_path: Path) -> Iterator[System]:
    sqlite = backend == "sqlite"
    url = loaded_files.copy(region_code, tmp_path / "opora.db") if sqlite else postgres.clone(loaded)
    made = system_at(url, tmp_path / "files")
    yield made
    made.db.dispose()
    if not sqlite:
        postgres.drop(url)


@pytest.fixture
def walker(system: System) -> Walker:
    return Walker(system, NOW)
