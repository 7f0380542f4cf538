"""Who does the curator's part of a diagnosis, and which expert is asked."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.people.actor import in_force
from app.people.models import Organisation, Position
from app.people.roles import ROLES
from app.programmes.mentoring import serving
from app.programmes.mentoring.serving import curator_of

__all__ = ["curator_of", "expert_of", "substitute_of"]


def substitute_of(session: Session, region: str, school_id: int, on: date) -> int | None:
    """Who stands in for a curator that was not appointed: the method service, without one the authority, at last the operator."""
    return serving.position_in(session, serving.stand_in(session, region, school_id, "curator", on), on)


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
