"""PDF files of documents: made after commit from the frozen HTML, kept by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

import reports
from app import journal, regions
from app.cases.move import Move
from app.cases.system import System
from app.db import utcnow
from app.documents.models import Document, Edition, Rendition
from app.errors import NotFound
from app.files import FileStore


def request(move: Move, document: Document, purpose: str = "signed") -> None:
    """Ask for a PDF of the document's standing edition; it is made after commit."""
    key = f"render:{document.id}:{document.edition}:{purpose}:{document.state}"
    move.post("render", key, document=document.id, edition=document.edition, purpose=purpose)


def deliver(system: System, payload: Mapping[str, Any]) -> None:
    """Make the PDF. A repetition finds the same bytes and adds nothing."""
    with system.db.read() as session:
        document = session.get(Document, payload["document"])
        if document is None:
            return
        text = text_of(session, document, payload["edition"])
    pdf = drawn(text)
    digest = system.files.put(pdf)
    with system.db.write() as session:
        session.get(
            Document, payload["document"], with_for_update=True
        )  # two workers at once: the second finds the row
        if find(session, payload["document"], digest) is not None:
            return
        row = {"document_id": document.id, "purpose": payload["purpose"], "sha256": digest, "file_sha256": digest}
        session.add(Rendition(**row, size=len(pdf), made_at=utcnow()))
        facts = {
            "document": document.id,
            "edition": payload["edition"],
            "purpose": payload["purpose"],
            "sha256": digest,
        }
        journal.append(session, "document.rendered", facts, case_id=document.case_id)


@dataclass(frozen=True)
class Text:
    """What a PDF is drawn of: the kind of report, the frozen HTML, as JSON the context of its attachments."""

    report: str
    html: str
    context: bytes


def text_of(session: Session, document: Document, number: int | None = None) -> Text:
    """The text of an edition; NotFound when there is none."""
    wanted = document.edition if number is None else number
    edition = session.scalar(sa.select(Edition).where(Edition.document_id == document.id, Edition.number == wanted))
    if edition is None:
        raise NotFound("У документа ещё нет текста.", advice="Он появится, когда исполнитель подготовит проект.")
    report = regions.profile(document.region).document_kinds[document.kind].report
    return Text(report, edition.html, orjson.dumps(edition.context))


@lru_cache(maxsize=8)
def drawn(text: Text) -> bytes:
    """Its PDF. Takes seconds, so no transaction should wait for it; those who agree a draft open it one after another."""
    return reports.pdf_from_html(text.html, reports.attachments(text.report, orjson.loads(text.context), text.html))


def standing(session: Session, document: Document, number: int | None = None) -> Rendition | Text:
    """The PDF that was issued; before that, or of an edition that is named, the text to draw it of."""
    issued = newest(session, document.id) if number is None else None
    return issued or text_of(session, document, number)


def data_of(files: FileStore, found: Rendition | Text) -> bytes:
    """The bytes of what `standing` found, when its session has ended."""
    return drawn(found) if isinstance(found, Text) else files.get(found.file_sha256)


def newest(session: Session, document_id: int, purpose: str = "signed") -> Rendition | None:
    """The last PDF made for a purpose."""
    where = (Rendition.document_id == document_id, Rendition.purpose == purpose)
    return session.scalar(sa.select(Rendition).where(*where).order_by(Rendition.id.desc()).limit(1))


def find(session: Session, document_id: int, digest: str) -> Rendition | None:
    where = (Rendition.document_id == document_id, Rendition.sha256 == digest)
    return session.scalar(sa.select(Rendition).where(*where).limit(1))


def by_hash(session: Session, digest: str) -> tuple[Document, Rendition] | None:
    """Whose PDF has this SHA-256."""
    found = sa.select(Document, Rendition).join(Rendition, Rendition.document_id == Document.id)
    row = session.execute(found.where(Rendition.sha256 == digest).order_by(Rendition.id.desc()).limit(1)).one_or_none()
    return (row.Document, row.Rendition) if row else None


def fingerprint_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
