"""Proposals to a plan: requests that wait for its author's decision, whoever's plan it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.cases.move import Move
from app.programmes import shared
from app.programmes.municipal_models import HelpRequest


def waiting(session: Session, case: Case) -> list[dict[str, Any]]:
    """Requests of the kind «предложение» to this plan that nobody has decided yet."""
    found = (
        sa.select(HelpRequest)
        .join(Case, Case.id == HelpRequest.case_id)
        .where(HelpRequest.plan_id == case.id, HelpRequest.decision.is_(None), Case.status == "open")
        .order_by(HelpRequest.case_id)
    )
    return [
        {"row": one.case_id, "author": shared.listed_name(session, one.author_id), "text": f"{one.topic}. {one.text}"}
        for one in session.scalars(found)
    ]


def decide(move: Move, lines: list[dict[str, Any]]) -> None:
    """Keep the author's decisions: `row` is the request."""
    for line in lines:
        asked = move.session.get_one(HelpRequest, int(line["row"]))
        asked.decision, asked.decided_reply = line["decision"], line.get("reply") or ""
    move.session.flush()


def proposers(move: Move) -> Iterator[int]:
    """Requests to be told that their proposal to this plan is decided."""
    where = (HelpRequest.plan_id == move.case.id, HelpRequest.decision.is_not(None), Case.status == "open")
    found = sa.select(HelpRequest.case_id).join(Case, Case.id == HelpRequest.case_id).where(*where)
    yield from move.session.scalars(found.order_by(HelpRequest.case_id))
