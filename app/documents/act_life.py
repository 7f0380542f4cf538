"""How acts stand to one another in time: in force on a day, amended, repealed, expired, replaced."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.documents.models import Document

OFFERED = 300


def relatives(session: Session, organisation_id: int, but: int) -> dict[int, str]:
    """Acts of an organisation that another act may amend or repeal: id → requisites and title; the newest first."""
    where = (
        Document.organisation_id == organisation_id,
        Document.state == "in_force",
        Document.case_id != but,
    )
    found = session.scalars(sa.select(Document).where(*where).order_by(Document.id.desc()).limit(OFFERED))
    return {row.id: f"№ {row.number} от {row.day:%d.%m.%Y} «{row.title}»" for row in found if row.day}
