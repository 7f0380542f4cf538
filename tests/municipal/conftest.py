"""A small region of every profile with people of every role, a signed list, and a walker with a clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app import config, wiring
from app.cases.system import System
from app.db import Database
from app.files import Upload, attach
from app.identification.models import IdentificationRun, SupportList, SupportListRow
from app.people import actor as actors
from app.people.models import Position
from tests.campaign.walk import Walker
from tests.people import world
from tests.small import in_every_region

pytest_generate_tests = in_every_region
HEADS = ("minister", "operator_head", "pd_center", "municipal_authority", "school_head")
YEAR = 2026


@pytest.fixture
def place(db: Database, region_code: str) -> SimpleNamespace:
    """Organisations and one actor a role; two schools of the near municipality stand in the signed list."""
    with db.write() as session:
        place = world.tree(session, region_code)
        found = world.everybody(session, place)
        colleague = world.person(session, "colleague", "Дроздова Елена Кирилловна")
        world.position(session, colleague, place.school_a, "teacher", title="учитель математики")
        found["colleague"] = world.actor(session, colleague)
        codes = {"operator_head": "operator_head", "pd_center": "centre_head"}
        for role in HEADS:
            row = session.get_one(Position, found[role].position_id)
            row.head, row.code = True, codes.get(role)
        session.flush()
        place.actors = {
            name: next(a for a in actors.actors_of(session, one.person_id, world.TODAY) if a.role == one.role)
            for name, one in found.items()
        }
        sign_list(session, region_code, [place.school_a, place.school_b])
        place.ids = {name: value.id for name, value in vars(place).items() if hasattr(value, "id")}
    return place


def sign_list(session: sa.orm.Session, region: str, schools: list) -> None:
    run = IdentificationRun(
        region=region, school_year=YEAR, rule="r", parameters={}, inputs_sha256="0" * 64, files=[], counts={}
    )
    run.made_at = world.NOW
    session.add(run)
    session.flush()
    signed = SupportList(region=region, school_year=YEAR, run_id=run.id, sha256="0" * 64, frozen_at=world.NOW)
    session.add(signed)
    session.flush()
    for number, one in enumerate(schools, 1):
        facts = {"municipality": "near", "school_code": one.code, "school_name": one.name, "basis": "К1"}
        session.add(SupportListRow(list_id=signed.id, position=number, school_id=one.id, criteria=["K1"], **facts))
    session.flush()


@pytest.fixture
def system(db_url: str, place: SimpleNamespace, tmp_path: Path) -> Iterator[System]:
    made = wiring.build(
        config.Settings(database_url=db_url, files_dir=tmp_path / "files", base_url="http://127.0.0.1:8000")
    )
    yield made
    made.db.dispose()


@pytest.fixture
def walker(system: System) -> Walker:
    return Walker(system, world.NOW)


def a_file(walker: Walker, case_id: int, task_id: str, person_id: int, name: str = "снимок.png") -> int:
    """A stored file of a case, as the page keeps one."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes.fromhex(
        "0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
        "e221bc330000000049454e44ae426082"
    )
    with walker.system.db.write() as session:
        more = {"case_id": case_id, "task_id": task_id, "person_id": person_id, "now": walker.now}
        return attach(session, walker.system.files, Upload(name, picture), **more).id
