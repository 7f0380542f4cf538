"""A school without an education authority of its own: what is the municipality's part elsewhere, the ministry does (E17)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.cases import holders, operations
from app.cases.move import start
from app.people.actor import in_force
from app.people.models import Organisation, Position
from app.people.roles import ROLES
from app.schools.models import School
from tests.campaign.walk import Walker

from .places import Places

YEAR = 2026
OPENED = {  # kind → facts of the opening; None: by another case, else the role of who begins it
    "annual_evaluation": (None, {}),
    "diagnostics": (None, {}),
    "mentoring": (None, {"kind": "curator"}),
    "retraining": (None, {}),
    "social_passport": (None, {}),
    "support_cycle": (None, {"track": "listed"}),
    "resource_request": ("school_head", {}),
    "in_school_work": ("school_head", {}),
    "mentor_pair": ("school_head", {}),
    "request": ("school_head", {"mode": "request"}),
    "reorganisation": ("regional_operator", {}),
    "recommendation": ("regional_operator", {}),
    "visit": ("regional_operator", {"kind": "method_service"}),
}


@pytest.fixture
def places(walker: Walker, region_code: str) -> Places:
    return Places(walker, region_code)


def alone(walker: Walker, region: str) -> list[int]:
    """Schools of the region and private ones: they stand under no municipality."""
    parent = sa.orm.aliased(Organisation)
    found = (
        sa.select(School.id)
        .join(Organisation, Organisation.id == School.id)
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .where(School.region == region, sa.or_(parent.id.is_(None), parent.kind != "municipality"))
    )
    with walker.system.db.read() as session:
        return list(session.scalars(found.order_by(School.id)))


@pytest.mark.req("OR-02", "OM-06")
def test_every_lane_of_every_diagram_is_held_by_somebody(walker: Walker, region_code: str) -> None:
    catalogue, schools = walker.system.catalogue, alone(walker, region_code)
    lanes = {
        role
        for process in catalogue.processes()
        for card in catalogue.definition(process).tasks.values()
        for role in (card.role or "").removesuffix(".head").split("|")
        if role in ROLES and ROLES[role].level == "municipality"
    }
    assert {"municipal_authority", "municipal_method_service"} <= lanes and schools
    with walker.system.db.read() as session:
        for school in schools:
            for lane in sorted(lanes):
                seat = holders.seat(session, region_code, school, lane)
                assert seat is not None and (seat.role, seat.instead) == ("ministry", True), (school, lane)
                held = (Position.organisation_id == seat.place, Position.role == seat.role)
                people = sa.select(Position.id).where(*held, in_force(Position, walker.now.date()))
                assert session.scalar(people.limit(1)) is not None, (school, lane)


@pytest.mark.req("OR-02", "OM-06")
@pytest.mark.parametrize("kind", sorted(OPENED))
def test_no_task_of_a_case_about_it_is_without_a_holder(places: Places, kind: str) -> None:
    walker, (role, data) = places.walker, OPENED[kind]
    home = places.kinds["operator"] if role == "regional_operator" else places.lone
    actor = walker.actor_of(home, role) if role else None
    with operations.unit_of(walker.system, actor, walker.now) as unit:
        case_id = start(unit, kind, places.lone, YEAR, data).id
    walker.settle()
    tasks = walker.tasks(case_id=case_id) + [task for task in walker.tasks() if task.case_id > case_id]
    assert tasks
    for task in tasks:
        assert walker.holder(task) is not None
