"""Every test of a campaign gets its own copy of the small region's database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.cases.system import System
from app.demo import DemoRegion
from tests import postgres, schema
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


@contextmanager
def own_copy(url: str, target: Path) -> Iterator[str]:
    """Address of a copy of a database that nobody is connected to, gone afterwards; `target` is where a SQLite file goes."""
    if url.startswith("sqlite"):
        schema.copy_sqlite(sa.engine.make_url(url).database or "", target)
        yield f"sqlite:///{target}"
        return
    copy = postgres.clone(url)
    yield copy
    postgres.drop(copy)


@pytest.fixture
def system(loaded: str, tmp_path: Path) -> Iterator[System]:
    with own_copy(loaded, tmp_path / "opora.db") as url:
        made = system_at(url, tmp_path / "files")
        yield made
        made.db.dispose()


@pytest.fixture(scope="session")
def ordered(loaded: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A database whose campaign came to its order, and the directory of its files; tests work on copies."""
    from tests.campaign.test_campaign import finish

    folder = tmp_path_factory.mktemp("ordered")
    with own_copy(loaded, folder / "opora.db") as url:
        made = system_at(url, folder / "files")
        finish(Walker(made, NOW))
        made.db.dispose()
        yield url, folder / "files"


@pytest.fixture
def ordered_system(ordered: tuple[str, Path], tmp_path: Path) -> Iterator[System]:
    source, files = ordered
    shutil.copytree(files, tmp_path / "files")
    with own_copy(source, tmp_path / "opora.db") as url:
        made = system_at(url, tmp_path / "files")
        yield made
        made.db.dispose()


@pytest.fixture
def walker(system: System) -> Walker:
    return Walker(system, NOW)
