"""Who accompanies a school on a day, and who does it while nobody is appointed."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.holders import Holder, body_of, municipality_of, seat
from app.cases.move import Move
from app.people.actor import ON, in_force, works
from app.people.models import Assignment, Organisation, Person, Position
from app.programmes.mentoring.models import Mentorship

KINDS = ("curator", "tutor")
SERVICE = "municipal_method_service"


_ACCOMPANYING = (
    sa.select(Position.id)
    .join(Assignment, Assignment.position_id == Position.id)
    .join(Person, Person.id == Position.person_id)
    .where(Assignment.organisation_id == sa.bindparam("school"), Position.role == sa.bindparam("role"))
    .where(in_force(Assignment, ON), works(ON))
    .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
    .limit(1)
)
_IN_ROLE = (
    sa.select(Position.id)
    .where(Position.organisation_id == sa.bindparam("organisation"), Position.role == sa.bindparam("role"))
    .where(in_force(Position, ON))
    .order_by(Position.head.desc(), Position.id)
    .limit(1)
)
_APPOINTED = sa.select(Mentorship).where(Mentorship.case_id == sa.bindparam("case"), Mentorship.state == "appointed")
_NEWEST = (
    sa.select(Mentorship).where(Mentorship.case_id == sa.bindparam("case")).order_by(Mentorship.number.desc()).limit(1)
)
_WORKS = (
    sa.select(Position.id)
    .join(Person, Person.id == Position.person_id)
    .where(Position.id == sa.bindparam("position"), works(ON))
)


def accompanying(session: Session, school_id: int, role: str, on: date) -> int | None:
    """The position of this role that is assigned to the school and held on the day; the newest of several."""
    return session.scalar(_ACCOMPANYING, {"school": school_id, "role": role, "on": on})


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
    return session.scalar(_IN_ROLE, {"organisation": holder.organisation_id, "role": holder.role, "on": on})


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


def curator(move: Move, item: str | None) -> int | Holder | None:
    """Lane «куратор» of any case about a school: by the order in force, else the method service."""
    return _of_school(move, "curator")


def tutor(move: Move, item: str | None) -> int | Holder | None:
    return _of_school(move, "tutor")


def _of_school(move: Move, kind: str) -> int | Holder | None:
    if move.subject.kind != "school":
        return None
    found = accompanying(move.session, move.case.subject_id, kind, move.today)
    return found or stand_in(move.session, move.case.region, move.case.subject_id, kind, move.today)


# in a case of accompaniment and its visits ------------------------------------------------------------------------


def kind_of(case: Any) -> str:
    """What is appointed in a case of accompaniment."""
    return str(case.data.get("kind", "curator"))


def in_force_of(session: Session, case_id: int) -> Mentorship | None:
    """Who is appointed in the case now, also one who has left and waits for his successor."""
    return session.scalar(_APPOINTED, {"case": case_id})


def newest_of(session: Session, case_id: int) -> Mentorship | None:
    """The last candidate of the case, whatever became of him."""
    return session.scalar(_NEWEST, {"case": case_id})


def of_case(session: Session, region: str, case_id: int, school_id: int, kind: str, on: date) -> int | Holder | None:
    """Who works by the order of this very case; else who stands in."""
    row = in_force_of(session, case_id)
    if row is not None and row.position_id is not None and row.ended_on is None:
        position = session.scalar(_WORKS, {"position": row.position_id, "on": on})
        if position is not None:
            return position
    return stand_in(session, region, school_id, kind, on)
