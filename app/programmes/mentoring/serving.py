"""Who accompanies a school on a day, and who does it while nobody is appointed."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.holders import Holder, body_of, municipality_of, seat
from app.cases.move import Move
from app.people.actor import in_force
from app.people.models import Assignment, Organisation, Person, Position
from app.programmes.mentoring.models import Mentorship

KINDS = ("curator", "tutor")
SERVICE = "municipal_method_service"


def accompanying(session: Session, school_id: int, role: str, on: date) -> int | None:
    """The position of this role that is assigned to the school and held on the day; the newest of several."""
    found = (
        sa.select(Position.id)
        .join(Assignment, Assignment.position_id == Position.id)
        .join(Person, Person.id == Position.person_id)
        .where(Assignment.organisation_id == school_id, Position.role == role, Person.blocked_at.is_(None))
        .where(in_force(Assignment, on), in_force(Position, on))
        .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
        .limit(1)
    )
    return session.scalar(found)


def curator_of(session: Session, school_id: int, on: date) -> int | None:
    """The curator's position by the order in force on the day, None while there is none (OR 4.3.1)."""
    return accompanying(session, school_id, "curator", on)


def tutor_of(session: Session, school_id: int, on: date) -> int | None:
    """The tutor's position by the order in force on the day, None while there is none."""
    return accompanying(session, school_id, "tutor", on)


def stand_in(session: Session, region: str, school_id: int, kind: str, on: date) -> Holder | None:
    """Who does a curator's or tutor's part while nobody is appointed: the method service, for a tutor the centre.

    Where nobody works in it, its authority (the ministry for a school without one), at last the operator.
    """
    places = [_of_centre(session, region)] if kind == "tutor" else []
    service = seat(session, region, school_id, SERVICE)
    if service is not None and kind != "tutor":
        places.append(Holder(service.role, False, service.place))
    places += [appointing(session, region, school_id, "curator"), _operator(session, region)]
    return next((one for one in places if one is not None and _held(session, one, on)), None)


def beside(session: Session, region: str, school_id: int, kind: str, on: date) -> int | None:
    """One position that accompanies the school on the day: who is appointed, else the first of who stands in."""
    found = accompanying(session, school_id, kind, on)
    return found or position_in(session, stand_in(session, region, school_id, kind, on), on)


def position_in(session: Session, holder: Holder | None, on: date) -> int | None:
    """A position by which what a holder does can be named: the head of the place first."""
    if holder is None:
        return None
    where = (Position.organisation_id == holder.organisation_id, Position.role == holder.role, in_force(Position, on))
    return session.scalar(sa.select(Position.id).where(*where).order_by(Position.head.desc(), Position.id).limit(1))


def _operator(session: Session, region: str) -> Holder | None:
    found = body_of(session, region, "operator")
    return Holder("regional_operator", False, found) if found is not None else None


def _held(session: Session, holder: Holder, on: date) -> bool:
    return position_in(session, holder, on) is not None


def appointing(session: Session, region: str, school_id: int, kind: str) -> Holder | None:
    """Who appoints: the municipal authority a curator (the ministry where there is none), the centre a tutor."""
    if kind == "tutor":
        return _of_centre(session, region)
    municipality = municipality_of(session, session.get_one(Organisation, school_id))
    if municipality is not None:
        return Holder("municipal_authority", False, municipality)
    ministry = body_of(session, region, "ministry")
    return Holder("ministry", False, ministry) if ministry is not None else None


def _of_centre(session: Session, region: str) -> Holder | None:
    found = next((one for kind in ("centre", "operator") if (one := body_of(session, region, kind)) is not None), None)
    return Holder("pd_center", False, found) if found is not None else None


def today_of(move: Move) -> date:
    return move.system.calendar(move.case.region).local(move.now)


def curator(move: Move, item: str | None) -> int | Holder | None:
    """Lane «куратор» of any case about a school: by the order in force, else the method service."""
    return _of_school(move, "curator")


def tutor(move: Move, item: str | None) -> int | Holder | None:
    return _of_school(move, "tutor")


def _of_school(move: Move, kind: str) -> int | Holder | None:
    if move.subject.kind != "school":
        return None
    found = accompanying(move.session, move.case.subject_id, kind, today_of(move))
    return found or stand_in(move.session, move.case.region, move.case.subject_id, kind, today_of(move))


# in a case of accompaniment and its visits ------------------------------------------------------------------------


def kind_of(case: Any) -> str:
    """What is appointed in a case of accompaniment."""
    return str(case.data.get("kind", "curator"))


def in_force_of(session: Session, case_id: int) -> Mentorship | None:
    """Who is appointed in the case now, also one who has left and waits for his successor."""
    return session.scalar(sa.select(Mentorship).where(Mentorship.case_id == case_id, Mentorship.state == "appointed"))


def newest_of(session: Session, case_id: int) -> Mentorship | None:
    """The last candidate of the case, whatever became of him."""
    found = sa.select(Mentorship).where(Mentorship.case_id == case_id).order_by(Mentorship.number.desc())
    return session.scalar(found.limit(1))


def of_case(session: Session, region: str, case_id: int, school_id: int, kind: str, on: date) -> int | Holder | None:
    """Who works by the order of this very case; else who stands in."""
    row = in_force_of(session, case_id)
    if row is not None and row.position_id is not None and row.ended_on is None:
        where = (Position.id == row.position_id, in_force(Position, on), Person.blocked_at.is_(None))
        held = sa.select(Position.id).join(Person, Person.id == Position.person_id).where(*where)
        if (position := session.scalar(held)) is not None:
            return position
    return stand_in(session, region, school_id, kind, on)
