"""Is this very file genuine? Answered by code or by fingerprint, to anybody, without personal data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.documents import renditions
from app.documents.models import ISSUED, Document, Rendition


@dataclass(frozen=True)
class Answer:
    """`genuine`: this file was issued; `replaced`: a later one was; `changed`: the file is not the issued one; `unknown`.

    `region` and `document_kind` tell what sort of paper it is.
    """

    kind: Literal["genuine", "replaced", "changed", "known", "unknown"]
    title: str = ""
    number: str = ""
    day: date | None = None
    state: str = ""
    sha256: str = ""
    code: str = ""
    region: str = ""
    document_kind: str = ""


def by_file(session: Session, data: bytes, code: str | None = None) -> Answer:
    """Judge a file by its bytes; with the code from its first sheet a changed file is told from an unknown one."""
    digest = renditions.fingerprint_of(data)
    found = by_hash(session, digest)
    if found.kind != "unknown" or not code:
        return found
    known = by_code(session, code)
    return replace(known, kind="changed", sha256=digest, code=code) if known.kind == "known" else found


def by_hash(session: Session, digest: str) -> Answer:
    """Judge a SHA-256 of a file."""
    row = renditions.by_hash(session, digest.lower())
    if row is None or row[0].state not in ISSUED:
        return Answer("unknown", sha256=digest)
    document, rendition = row
    newest = renditions.newest(session, document.id)
    kind: Literal["genuine", "replaced"] = (
        "genuine" if newest is None or newest.sha256 == rendition.sha256 else "replaced"
    )
    return _answer(kind, document, rendition)


def by_code(session: Session, code: str) -> Answer:
    """What is known of a document by the code under its QR: requisites, no text."""
    wanted = code.strip().upper()
    document = session.scalar(sa.select(Document).where(Document.code == wanted))
    if document is None or document.state not in ISSUED:
        return Answer("unknown", code=wanted)
    return _answer("known", document, renditions.newest(session, document.id))


def _answer(kind: Literal["genuine", "replaced", "known"], document: Document, rendition: Rendition | None) -> Answer:
    digest = rendition.sha256 if rendition else ""
    requisites = (document.title, document.number or "", document.day, document.state, digest, document.code)
    return Answer(kind, *requisites, document.region, document.kind)
