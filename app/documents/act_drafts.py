"""The draft of an act as it stands: as its form sent it, or as the answers to remarks have changed it since."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Answer
from app.cases.move import Move

FORM = "act_draft"
# A case has few of them, but maybe thousands of other answers: the newest is found among these and not by an order.
_OF_CASE = sa.select(Answer.id, Answer.data).where(Answer.case_id == sa.bindparam("case"), Answer.form == FORM)


def standing(session: Session, case_id: int) -> dict[str, Any] | None:
    """The newest by the order of writing: one changed in the course of approval has no version of the case's own."""
    found = session.execute(_OF_CASE, {"case": case_id}).all()
    return max(found, key=lambda row: row.id).data if found else None


def keep(move: Move, draft: dict[str, Any], edition: int) -> None:
    """A draft that another form has changed, once for an edition; its version is the edition's number below zero."""
    exists = sa.select(Answer.id).where(Answer.case_id == move.case.id, Answer.version == -edition)
    if move.session.scalar(exists) is None:
        row = {"case_id": move.case.id, "form": FORM, "at": move.now, "data": draft, "version": -edition}
        move.session.execute(sa.insert(Answer).values(**row))
