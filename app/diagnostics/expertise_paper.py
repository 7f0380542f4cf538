"""The paper of an expertise: points by criterion and expert, remarks, the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Answer, Remark
from app.cases.move import Move
from app.diagnostics.models import ExpertCard, Expertise, ExpertScore
from app.documents import contexts, renditions, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.documents.models import Document
from app.people.models import Person, Position

CONCLUSION = "expertise_conclusion"
ANSWER = Answer


def shown_cards(session: Session, row: Expertise, filled: Sequence[ExpertCard]) -> dict[str, Any]:
    """Criteria with the points and remarks of the experts in the order of their rows."""
    ids = [card.id for card in filled]
    found = session.scalars(sa.select(ExpertScore).where(ExpertScore.card_id.in_(ids)))
    points = {(score.card_id, score.criterion): score for score in found}
    people = {card.id: session.get_one(Person, card.person_id).listed_name for card in filled}
    return {
        "criteria": [
            {
                "criterion": c["text"],
                "most": c["most"],
                "weight": c["weight"],
                "points": [points[i, c["code"]].score for i in ids],
                "remarks": [points[i, c["code"]].remark for i in ids if points[i, c["code"]].remark],
            }
            for c in row.criteria
        ],
        "experts": [
            {"name": people[card.id], "total": card.total, "verdict": card.verdict, "comment": card.comment}
            for card in filled
        ],
    }


def write(move: Move, row: Expertise, filled: Sequence[ExpertCard]) -> None:
    """Number and print the conclusion of this round. The case's own document stays the newest of its kind."""
    place = issuing_place(move.session, move.case.region, "operator")
    title = f"О материале «{move.profile.expertise.kinds[row.kind].title}»: {move.subject.short_name}"
    document = texts.create(move, CONCLUSION, title, place)
    number_document(move, document)
    doc = contexts.registration(
        move.profile, document, move.case, move.system.base_url, place=move.profile.capital, draft=False,
        edition_day=move.today,
    )  # fmt: skip
    texts.write(
        move,
        document,
        {
            "doc": {**doc, "title_position": "center", "long_kept": False},
            "issuer": contexts.issuer(move.profile, "operator"),
            "journal": contexts.head(move.session),
            **_body(move, row, filled),
        },
    )
    renditions.request(move, document)


def _body(move: Move, row: Expertise, filled: Sequence[ExpertCard]) -> dict[str, Any]:
    shown = shown_cards(move.session, row, filled)
    criteria = [{**{k: v for k, v in c.items() if k != "criterion"}, "text": c["criterion"]} for c in shown["criteria"]]
    where = (Remark.case_id == move.case.id, Remark.form == "expertise_conclusion", Remark.round == row.round)
    remarks = [
        f"{r.place}: {r.text}" if r.place else r.text for r in move.session.scalars(sa.select(Remark).where(*where))
    ]
    return {
        "subject": move.subject.name,
        "material": _material(move, row),
        "round": row.round,
        "criteria_version": row.version,
        "criteria": criteria,
        "experts": shown["experts"],
        "mean": row.mean or 0,
        "spread": row.spread or 0,
        "single": len(filled) == 1,
        "remarks": remarks,
        "result": row.result,
        "reason": row.reason,
        "signers": _signers(move, row),
    }


def _material(move: Move, row: Expertise) -> str:
    document = move.session.get(Document, row.document_id) if row.document_id else None
    if document is None:
        return move.case.title
    return f"{document.title}, редакция {row.edition}"


def _signers(move: Move, row: Expertise) -> list[dict[str, Any]]:
    position = move.session.get(Position, row.organiser_id) if row.organiser_id else None
    if position is None:
        return []
    return [contexts.signer([position.title], move.session.get_one(Person, position.person_id))]
