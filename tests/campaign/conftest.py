"""A small synthetic region, loaded as the demo is; every test gets its own copy of the loaded database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import config, regions, wiring
from app.cases.system import System
from app.demo import DemoRegion, generate, region_parameters
from app.demo.load import load_region
from tests import postgres, schema
from tests.campaign.walk import Walker

PASSWORD = "проверка-стенда-2026"
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SIZES = {"schools": 160, "municipalities": 3, "urban": 1, "state": 2, "private": 1}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "region_code" in metafunc.fixturenames:
        metafunc.parametrize("region_code", regions.codes(), scope="session")


@pytest.fixture(scope="session")
def demo_region(region_code: str) -> DemoRegion:
    return generate(region_parameters(region_code, **SIZES))


def system_at(url: str, files: Path) -> System:
    return wiring.build(config.Settings(database_url=url, files_dir=files, base_url="http://127.0.0.1:8000"))


@pytest.fixture(scope="session")
def loaded(
    backend: str, template: str, demo_region: DemoRegion, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Address of a database with the region in it and its campaign just opened."""
    folder = tmp_path_factory.mktemp("loaded")
    if backend == "sqlite":
        schema.copy_sqlite(sa.engine.make_url(template).database or "", folder / "opora.db")
        url = f"sqlite:///{folder}/opora.db"
    else:
        url = postgres.clone(template)
    system = system_at(url, folder / "files")
    load_region(system, demo_region, PASSWORD)
    system.db.dispose()
    yield url
    if backend != "sqlite":
        postgres.drop(url)


@pytest.fixture
def system(backend: str, loaded: str, tmp_path: Path) -> Iterator[System]:
    if backend == "sqlite":
        schema.copy_sqlite(sa.engine.make_url(loaded).database or "", tmp_path / "opora.db")
        url = f"sqlite:///{tmp_path}/opora.db"
    else:
        url = postgres.clone(loaded)
    made = system_at(url, tmp_path / "files")
    yield made
    made.db.dispose()
    if backend != "sqlite":
        postgres.drop(url)


@pytest.fixture
def walker(system: System) -> Walker:
    return Walker(system, NOW)
