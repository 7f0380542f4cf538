"""A small region for the tests: organisations, one person a role, fixed days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

from sqlalchemy.orm import Session

from app.people import actor as actors
from app.people import operations
from app.people.actor import Actor
from app.people.models import Organisation, Person, Position
from app.schools.models import School

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
SINCE = date(2025, 9, 1)
REGION, OTHER = "north", "south"


def organisation(session: Session, kind: str, code: str, *, parent: Organisation | None = None, region: str = REGION):
    return operations.add_organisation(
        session, kind, code, f"{kind} {code}", region=region, parent_id=parent and parent.id, actor=None, now=NOW
    )


def person(session: Session, login: str, name: str = "") -> Person:
    return operations.add_person(session, login, name or "Кречетова Нина Викторовна", actor=None, now=NOW)


def position(session: Session, who: Person, where: Organisation, role: str, **more) -> Position:
    more.setdefault("valid_from", SINCE)
    return operations.add_position(session, who.id, where.id, role, actor=None, now=NOW, **more)


def actor(session: Session, who: Person, *, on: date = TODAY, role: str | None = None) -> Actor:
    """The person's actor on the day; by role when there are several."""
    return next(a for a in actors.actors_of(session, who.id, on) if role in (None, a.role))


def tree(session: Session, region: str = REGION) -> SimpleNamespace:
    """Region, ministry, operator, centre, two municipalities with a method service, three schools, a partner."""
    top = organisation(session, "region", region, region=region)

    def add(kind: str, code: str, parent: Organisation = top) -> Organisation:
        return organisation(session, kind, code, parent=parent, region=region)

    place = SimpleNamespace(region=top, ministry=add("ministry", "min"), operator=add("operator", "op"))
    place.centre, place.partner = add("centre", "pd"), add("partner", "uni")
    place.near, place.far = add("municipality", "101"), add("municipality", "102")
    place.service = add("method_service", "101", place.near)
    place.school_a, place.school_b = school(session, place.near, "101001"), school(session, place.near, "101002")
    place.school_c = school(session, place.far, "102001")
    return place


def school(session: Session, municipality: Organisation, code: str) -> Organisation:
    row = organisation(session, "school", code, parent=municipality, region=municipality.region)
    session.add(
        School(
            id=row.id, region=row.region, code=code, kind="full", founder="municipal", municipality_id=municipality.id
        )
    )
    session.flush()
    return row


HOMES = {
    "ministry": "ministry",
    "minister": "ministry",
    "controller": "ministry",
    "regional_operator": "operator",
    "operator_head": "operator",
    "pd_center": "centre",
    "tutor": "centre",
    "expert": "centre",
    "municipal_authority": "near",
    "municipal_method_service": "service",
    "subject_union": "service",
    "curator": "school_c",
    "school_head": "school_a",
    "school_deputy": "school_a",
    "teacher": "school_a",
    "mentor": "school_a",
    "partner": "partner",
    "auditor": "region",
    "legal": "ministry",
    "clerk": "ministry",
    "administrator": "region",
}


def everybody(session: Session, place: SimpleNamespace, *, prefix: str = "") -> dict[str, Actor]:
    """One actor a role, each in the organisation where the role belongs."""
    actors_by_role = {}
    for role, home in HOMES.items():
        who = person(session, f"{prefix}{role}".replace("_", "-"))
        position(session, who, getattr(place, home), role)
        actors_by_role[role] = actor(session, who)
    return actors_by_role
