"""Who stands beside a school: its curator, else the service that helps it until one is appointed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.holders import Holder, place
from app.cases.move import Move
from app.people.models import Assignment, Organisation, Position


def assigned(session: Session, school_id: int, on: date, role: str = "curator") -> Position | None:
    """The position assigned to a school in a role on a day; the newest when there are several."""
    valid = (Assignment.valid_from <= on, sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to >= on))
    found = (
        sa.select(Position)
        .join(Assignment, Assignment.position_id == Position.id)
        .where(Assignment.organisation_id == school_id, Position.role == role, *valid)
        .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
        .limit(1)
    )
    return session.scalar(found)


def curator(move: Move, item: str | None) -> int | Holder | None:
    """The lane `curator`: who is assigned; without one the municipality's method service, its authority, the operator."""
    today = move.system.calendar(move.case.region).local(move.now)
    position = assigned(move.session, move.case.subject_id, today)
    if position is not None:
        return position.id
    for role in ("municipal_method_service", "municipal_authority", "regional_operator"):
        where = place(move.session, move.case.region, move.case.subject_id, role)
        if where is not None and _held(move.session, where, role, today):
            return Holder(role, False, where)
    return None


def _held(session: Session, organisation_id: int, role: str, on: date) -> bool:
    valid = (Position.valid_from <= on, sa.or_(Position.valid_to.is_(None), Position.valid_to >= on))
    where = (Position.organisation_id == organisation_id, Position.role == role, *valid)
    return session.scalar(sa.select(Position.id).where(*where).limit(1)) is not None


def has_authority(session: Session, school: Organisation) -> bool:
    """Does a municipal authority stand over the school?"""
    parent = session.get(Organisation, school.parent_id) if school.parent_id else None
    return parent is not None and parent.kind == "municipality"
