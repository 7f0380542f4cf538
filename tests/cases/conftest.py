"""A region with people, and a system that runs the small diagrams of these tests."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from app import engine, regions
from app.cases import common
from app.cases.calendar import of_zone
from app.cases.handlers import Handlers, Opening
from app.cases.system import System
from app.db import Database
from app.files import FileStore
from tests.cases import diagrams
from tests.people import world


def _kind(title: str, *, once: bool = False):
    def describe(session, system, subject, school_year, data) -> Opening:
        key = f"{title}:{subject.id}:{school_year}" if once else None
        return Opening(f"{title} {subject.short_name}", once=key)

    return describe


@pytest.fixture
def region(db: Database) -> SimpleNamespace:
    """Organisations and one actor a role, of a region whose profile exists."""
    with db.write() as session:
        place = world.tree(session, regions.codes()[0])
        place.actors = world.everybody(session, place)
        place.ids = {name: value.id for name, value in vars(place).items() if hasattr(value, "id")}
    return place


@pytest.fixture
def system(db: Database, tmp_path: Path) -> System:
    folder = tmp_path / "workflows"
    folder.mkdir()
    for name in ("petition", "round", "reply"):
        (folder / f"{name}.bpmn").write_bytes(getattr(diagrams, name.upper()))
    profiles = {code: regions.profile(code) for code in regions.codes()}
    kinds = {"petition": _kind("Обращение"), "round": _kind("Опрос", once=True), "reply": _kind("Ответ")}
    return System(
        db=db,
        catalogue=engine.Catalogue(folder),
        handlers=Handlers.join(
            [common.HANDLERS, Handlers(kinds=kinds, openers=dict.fromkeys(kinds, ("regional_operator",)))]
        ),
        profiles=profiles,
        calendars={code: of_zone(profile.time_zone) for code, profile in profiles.items()},
        files=FileStore(tmp_path / "files"),
    )
