"""Documents, their PDF, and whether a file is genuine."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Response
from sqlalchemy.orm import Session

from app.access import current_actor, public, requires
from app.api import rows, schemas
from app.api.parts import endpoint, system
from app.cases.models import Case
from app.documents import renditions, texts, verification
from app.documents.models import ISSUED, Document, Signature
from app.documents.reading import visible
from app.errors import NotFound

TAG = "Документы"


@endpoint("GET", "/documents/{document_id}", tag=TAG, answer=schemas.DocumentOut)
@requires("document.read")
def show_document(document_id: int) -> schemas.DocumentOut:
    """Реквизиты, состояние, подписи и отпечатки документа."""
    with system().db.read() as session:
        document = visible(session, current_actor(), document_id)
        edition, rendition = texts.current(session, document), renditions.newest(session, document.id)
        return schemas.DocumentOut(
            **dict(schemas.DocumentRef.model_validate(document)),
            case=rows.case_ref(session.get_one(Case, document.case_id)),
            edition=document.edition,
            effective_from=document.effective_from,
            code=document.code if document.state in ISSUED else "",
            text_sha256=edition.sha256 if edition else None,
            pdf_sha256=rendition.sha256 if rendition else None,
            signatures=_signatures(session, document),
        )


def _signatures(session: Session, document: Document) -> list[schemas.SignatureOut]:
    where = (Signature.document_id == document.id, Signature.purpose == "sign", Signature.fallen_at.is_(None))
    return [
        schemas.SignatureOut(
            person=row.stamp["person"],
            position=row.stamp["position"],
            behalf_of=row.stamp.get("behalf_of"),
            basis=row.stamp.get("basis"),
            at=row.at,
        )
        for row in session.scalars(sa.select(Signature).where(*where).order_by(Signature.id))
    ]


@endpoint("GET", "/documents/{document_id}.pdf", tag=TAG, answer=None, media=("application/pdf",))
@requires("document.read")
def document_pdf(document_id: int) -> Response:
    """Выданный PDF, а до выдачи – действующая редакция."""
    with system().db.read() as session:
        document = visible(session, current_actor(), document_id)
        found = renditions.standing(session, document)
    headers = {"Content-Disposition": f'attachment; filename="document-{document_id}.pdf"'}
    return Response(renditions.data_of(system().files, found), headers=headers, mimetype="application/pdf")


@endpoint("GET", "/verify/{digest}", tag=TAG, answer=schemas.Verified)
@public
def verify_document(digest: str) -> schemas.Verified:
    """Подлинность без токена: по SHA-256 файла или по коду под QR; 404 – такого документа система не выдавала."""
    with system().db.read() as session:
        by_hash = re.fullmatch("[0-9A-Fa-f]{64}", digest) is not None
        found = verification.by_hash(session, digest) if by_hash else verification.by_code(session, digest)
    if found.kind not in ("genuine", "replaced", "known"):
        raise NotFound("Такого документа система не выдавала.")
    return schemas.Verified(
        result=found.kind,
        title=found.title,
        number=found.number,
        day=found.day,
        state=found.state,
        sha256=found.sha256,
        code=found.code,
    )
