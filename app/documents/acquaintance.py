"""«Ознакомлен»: a person of the addressee marks that an issued document was read."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import operations
from app.cases.models import Case
from app.cases.move import Move
from app.cases.system import System
from app.documents import signing, texts
from app.documents.models import ISSUED, Acquaintance, Document, Signature
from app.errors import NotFound, Refused
from app.people.actor import Actor


def asked(session: Session, actor: Actor, document: Document) -> bool:
    """Is the actor among those who are to read the document, and has nobody marked it in his place yet?

    Readers are the rows of the document; without any, the organisation that the case is about.
    """
    if document.state not in ISSUED:
        return False
    rows = session.scalars(sa.select(Acquaintance).where(Acquaintance.document_id == document.id)).all()
    if rows:
        return any(_meant(row, actor) for row in rows)
    case = session.get_one(Case, document.case_id)
    if actor.organisation_id != case.subject_id:
        return False
    where = (Signature.document_id == document.id, Signature.purpose == "acquaint")
    return session.scalar(sa.select(Signature.id).where(*where).limit(1)) is None


def _meant(row: Acquaintance, actor: Actor) -> bool:
    if row.signature_id is not None or row.organisation_id != actor.organisation_id:
        return False
    if row.position_id is not None:
        return row.position_id == actor.position_id
    return row.role is None or row.role == actor.role


def _mark(session: Session, document: Document, actor: Actor, signature: Signature) -> None:
    for row in session.scalars(sa.select(Acquaintance).where(Acquaintance.document_id == document.id)):
        if _meant(row, actor):
            row.signature_id = signature.id
    session.flush()


def acquaint(system: System, document_id: int, *, actor: Actor, now: datetime) -> None:
    """Record the mark and let the case ask whether everybody has read it."""
    with operations.unit_of(system, actor, now) as unit:
        document = unit.session.get(Document, document_id)
        if document is None:
            raise NotFound("Такого документа нет.")
        case = operations.locked(unit.session, document.case_id)
        if not asked(unit.session, actor, document):
            raise Refused("Отметка об ознакомлении здесь не нужна или уже стоит.")
        edition = texts.current(unit.session, document)
        assert edition is not None
        move = Move.load(unit, case)
        signature = signing.sign(move, document, edition, signing.Proof(edition.sha256, "ack"), "acquaint")
        _mark(unit.session, document, actor, signature)
        if case.status == "open" and move.run.message("acquaintance.all", {}):
            move.save()
