"""Documents and their editions: a context of plain values, the frozen HTML, fingerprints of the whole and its parts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import reports
from app.cases.move import Move
from app.documents.models import Document, Edition
from reports import canon

BESIDE = ("expertise_conclusion",)
"""Papers about another paper of the case: never taken for the one that is being prepared."""
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """A random public code without look-alike signs, 50 bits: «K7Q4-9M2X-R2»."""
    letters = [secrets.choice(ALPHABET) for _ in range(10)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:8]) + "-" + "".join(letters[8:])


def create(move: Move, kind: str, title: str, organisation_id: int, *, public: bool = False) -> Document:
    """A document of the case in hand, without a text yet."""
    document = Document(
        region=move.case.region,
        kind=kind,
        code=new_code(),
        case_id=move.case.id,
        organisation_id=organisation_id,
        title=title,
        state="draft",
        edition=0,
        public=public,
        created_at=move.now,
    )
    move.session.add(document)
    move.session.flush()
    return document


def write(move: Move, document: Document, context: Mapping[str, Any]) -> Edition:
    """A new edition, unless nothing of what is shown has changed: then the standing one.

    `context` is that of `reports` for the document's kind; pydantic's error would be a fault of the caller.
    """
    report = move.profile.document_kinds[document.kind].report
    html = reports.page(report, context)
    identity = canon.Identity.of(html)
    standing = current(move.session, document) if document.edition else None
    if standing is not None and standing.sha256 == identity.fingerprint:
        standing.context, standing.html, standing.scopes = dict(context), html, identity.scopes
        return standing
    document.edition += 1
    edition = Edition(
        document_id=document.id,
        number=document.edition,
        context=dict(context),
        html=html,
        sha256=identity.fingerprint,
        scopes=identity.scopes,
        made_at=move.now,
        made_by=move.actor.position_id if move.actor else None,
    )
    move.session.add(edition)
    move.session.info.setdefault("editions", {})[document.id] = edition
    move.record("document.written", document=document.id, edition=edition.number, sha256=identity.fingerprint)
    return edition


_EDITION = sa.select(Edition).where(
    Edition.document_id == sa.bindparam("document"), Edition.number == sa.bindparam("number")
)
_OF_CASE = sa.select(Document).where(Document.case_id == sa.bindparam("case")).order_by(Document.id.desc()).limit(1)
_OF_KIND, _MAIN = _OF_CASE.where(Document.kind == sa.bindparam("kind")), _OF_CASE.where(Document.kind.not_in(BESIDE))


def current(session: Session, document: Document) -> Edition | None:
    """The newest edition; read once in a session, because a paper is written, signed and marked in one move."""
    known: dict[int, Edition] = session.info.setdefault("editions", {})
    found = known.get(document.id)
    if found is None or found.number != document.edition:
        found = session.scalar(_EDITION, {"document": document.id, "number": document.edition})
    if found is not None:
        known[document.id] = found
    return found


def of_case(session: Session, case_id: int, kind: str | None = None) -> Document | None:
    """The newest document of a case, of a kind when one is named."""
    if kind:
        return session.scalar(_OF_KIND, {"case": case_id, "kind": kind})
    return session.scalar(_MAIN, {"case": case_id})


def verify_url(base_url: str, code: str) -> str:
    return f"{base_url.rstrip('/')}/v/{code}"
