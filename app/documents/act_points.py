"""Points of an act with a term become assignments on the day the act comes into force (OR-61)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.cases import holders
from app.cases.move import Move
from app.documents import act_drafts, issuing
from app.documents.approvals import document_of
from app.documents.models import Document
from app.engine import Card
from app.people.actor import in_force
from app.people.models import Organisation, Position
from app.people.roles import ROLES


def points(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """An assignment for every executor of every point with a term; who controls the act accepts it."""
    answers = act_drafts.standing(move.session, move.case.id) or {}
    document = document_of(move.session, move.case.id)
    for line in answers.get("points") or ():
        if not line.get("due") or not line.get("executor"):
            continue
        data = {"text": line["text"], "due_on": line["due"], "basis": _basis(move, document)}
        data |= {"control": "usual" if line.get("controlled") else "none", "issuer": answers.get("control")}
        for subject_id, position in executors(move, str(line["executor"])):
            yield subject_id, {**data, "executor": position}


def executors(move: Move, role: str) -> Iterator[tuple[int, int]]:
    """(organisation that the assignment is about, position): of every municipality, when the act is the region's."""
    subjects = [move.case.subject_id]
    known = ROLES.get(role)
    if (
        known is not None
        and known.level == "municipality"
        and holders.municipality_of(move.session, move.subject) is None
    ):
        towns = (Organisation.kind == "municipality", Organisation.region == move.case.region)
        found = sa.select(Organisation.id).where(*towns, Organisation.valid_to.is_(None)).order_by(Organisation.name)
        subjects = list(move.session.scalars(found)) if move.subject.kind != "school" else subjects
    today = move.today
    for subject_id in subjects:
        seat = holders.seat(move.session, move.case.region, subject_id, role)
        if seat is None:
            continue
        held = (Position.organisation_id == seat.place, Position.role == seat.role, in_force(Position, today))
        first = sa.select(Position.id).where(*held).order_by(Position.head.desc(), Position.id).limit(1)
        position = move.session.scalar(first)
        if position is not None:
            yield subject_id, position


def _basis(move: Move, document: Document) -> str:
    printed = issuing.of_document(move.session, move.profile, document).described.printed.lower()
    return f"{printed} от {document.day:%d.%m.%Y} № {document.number}" if document.day else printed
