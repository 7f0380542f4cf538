"""A small synthetic region, loaded as the demo is: what the tests that walk a whole campaign work on."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from app import config, regions, wiring
from app.cases.system import System
from app.demo import DemoRegion, generate, region_parameters
from app.demo.load import load_region
from tests import schema

PASSWORD = "проверка-стенда-2026"
SIZES = {"schools": 160, "municipalities": 3, "urban": 1, "state": 2, "private": 1}


def in_every_region(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `region_code` once for every profile there is."""
    if "region_code" in metafunc.fixturenames:
        metafunc.parametrize("region_code", regions.codes(), scope="session")


@cache
def small_region(code: str) -> DemoRegion:
    return generate(region_parameters(code, **SIZES))


def system_at(url: str, files: Path) -> System:
    return wiring.build(config.Settings(database_url=url, files_dir=files, base_url="http://127.0.0.1:8000"))


def load_into(url: str, code: str, files: Path) -> None:
    """Fill an upgraded, empty database: schools, people, results, a campaign just opened."""
    system = system_at(url, files)
    load_region(system, small_region(code), PASSWORD)
    system.db.dispose()


class LoadedFiles:
    """SQLite databases with a region in them, each loaded once for all tests of a run, whatever process runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def path(self, code: str) -> Path:
        """Where the region's database is; nobody works on it, everybody takes a copy."""
        target = self.folder / f"{code}.db"
        with alone(self.folder / f"{code}.lock"):
            if not target.exists():
                made = self.folder / f"{code}.part"
                made.unlink(missing_ok=True)  # of a process that died
                schema.upgrade(f"sqlite:///{made}")
                load_into(f"sqlite:///{made}", code, self.folder / "files")
                schema.copy_sqlite(str(made), target)
        return target

    def copy(self, code: str, target: Path) -> str:
        """Address of a copy made at `target`."""
        schema.copy_sqlite(str(self.path(code)), target)
        return f"sqlite:///{target}"

    def pour(self, code: str, url: str) -> None:
        """The same rows into an upgraded database on PostgreSQL."""
        schema.copy_rows(f"sqlite:///{self.path(code)}", url)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Only one process at a time is here."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
