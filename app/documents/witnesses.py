"""Heads of the journal as printed on documents: paper is the witness of the chain."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.documents.models import ISSUED, Document, Edition


def printed_heads(session: Session) -> dict[int, str]:
    """Number of the journal's record → its hash, of every issued document."""
    contexts = (
        sa.select(Edition.context)
        .join(Document, (Document.id == Edition.document_id) & (Document.edition == Edition.number))
        .where(Document.state.in_(ISSUED))
    )
    heads = (context.get("journal") for context in session.scalars(contexts))
    return {head["seq"]: head["hash"] for head in heads if head}
