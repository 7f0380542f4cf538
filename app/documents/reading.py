"""Whom a document is open to: pages and the interface ask here."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.documents.models import Document
from app.errors import NotFound
from app.people import policy
from app.people.actor import Actor


def visible(session: Session, actor: Actor, document_id: int) -> Document:
    """The document, or NotFound when there is none that the actor may know of.

    Not whoever reads its case: a paper about one person is shut there, and one put before somebody is open beyond it.
    """
    document = session.get(Document, document_id)
    if document is None or not policy.may(actor, "document.read", document):
        raise NotFound("Такого документа нет.")
    return document
