"""An expert's opinion on factors: signed by the expert, numbered by the operator."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa

from app.cases.handlers import Asking, Values
from app.cases.move import Move, Proof
from app.diagnostics.models import FactorOpinion
from app.diagnostics.requisites import municipality_of, requisites
from app.documents import contexts, renditions, signing, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.people.models import Person
from app.schools.models import School
from app.years import school_year_name

OPINION = "factor_opinion"


def opinion_shown(ask: Asking, answers: Values | None) -> str:
    """The expert signs what he writes for this very school and year."""
    return sha256(orjson.dumps([ask.case.id, ask.case.subject_id, ask.case.school_year])).hexdigest()


def write_opinion(move: Move) -> None:
    """The expert's opinion on factors: signed by him, numbered by the operator."""
    actor = move.actor
    assert actor is not None
    document = texts.of_case(move.session, move.case.id, OPINION)
    if document is None:
        place = issuing_place(move.session, move.case.region, "operator")
        document = texts.create(move, OPINION, f"О факторах риска {move.subject.short_name}", place)
    expert, own = move.session.get_one(Person, actor.person_id), _opinion(move, actor.title)
    issuer, post = contexts.issuer(move.profile, "operator"), [actor.title]
    draft = {**requisites(move, document, issuer, draft=True), **own, "signers": [contexts.signer(post, expert)]}
    edition = texts.write(move, document, draft)
    proof = Proof(edition.sha256, move.proof.method) if move.proof else None
    signature = signing.sign(move, document, edition, proof, "sign")
    number_document(move, document)
    final = {**requisites(move, document, issuer, draft=False), **own}
    texts.write(move, document, {**final, "signers": [contexts.signer(post, expert, signature)]})


def finish_opinion(move: Move) -> None:
    """Ask for the printed opinion, when an expert gave one."""
    document = texts.of_case(move.session, move.case.id, OPINION)
    if document is not None:
        renditions.request(move, document)


def _opinion(move: Move, title: str) -> dict[str, Any]:
    assert move.actor is not None
    known, school = move.profile.dictionaries, move.session.get_one(School, move.case.subject_id)
    where = (FactorOpinion.diagnosis_id == move.case.id, FactorOpinion.source == "expert")
    said = move.session.scalars(sa.select(FactorOpinion).where(*where).order_by(FactorOpinion.id))
    person = move.session.get_one(Person, move.actor.person_id)
    return {
        "expert": f"{person.full_name}, {title}",
        "school_code": school.code,
        "school_name": move.subject.name,
        "municipality": municipality_of(move.session, move.subject),
        "school_year": school_year_name(move.case.school_year),
        "opinions": [
            {
                "factor": known["risk_factor"][one.factor],
                "method": known["tool"].get(one.data.get("tool", ""), ""),
                "seen": one.data.get("seen", ""),
                "score": one.score,
                "conclusion": one.text,
            }
            for one in said
            if "as_of" not in one.data
        ],
    }
