"""Who does the curator's part of a diagnosis, and which expert is asked."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders
from app.people.actor import in_force
from app.people.models import Assignment, Organisation, Position
from app.people.roles import ROLES


def curator_of(session: Session, school_id: int, on: date) -> int | None:
    """The position of the school's curator on a day."""
    found = (
        sa.select(Assignment.position_id)
        .join(Position, Position.id == Assignment.position_id)
        .where(Assignment.organisation_id == school_id, Position.role == "curator")
        .where(in_force(Assignment, on), in_force(Position, on))
        .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
        .limit(1)
    )
    return session.scalar(found)


def substitute_of(session: Session, region: str, school_id: int, on: date) -> int | None:
    """Who stands in for a curator that was not appointed: the municipal method service, the authority, the operator."""
    for role in ("municipal_method_service", "municipal_authority", "regional_operator"):
        where = holders.place(session, region, school_id, role)
        found = _first(session, on, Position.organisation_id == where, Position.role == role) if where else None
        if found is not None:
            return found
    return None


def expert_of(session: Session, region: str, school_id: int, on: date) -> int | None:
    """An expert of the region: of the centre first, never of the school itself."""
    kinds = {kind: rank for rank, kind in enumerate(ROLES["expert"].kinds)}
    found = (
        sa.select(Position.id, Organisation.kind)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Organisation.region == region, Position.role == "expert", in_force(Position, on))
        .where(Organisation.id != school_id)
    )
    ranked = sorted(session.execute(found).all(), key=lambda row: (kinds.get(row.kind, 99), row.id))
    return ranked[0].id if ranked else None


def _first(session: Session, on: date, *where: sa.ColumnElement[bool]) -> int | None:
    """The head of the place when there is one, else who was there first."""
    found = sa.select(Position.id).where(in_force(Position, on), *where)
    return session.scalar(found.order_by(Position.head.desc(), Position.id).limit(1))
