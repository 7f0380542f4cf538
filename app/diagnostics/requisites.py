"""Requisites that the papers of this room share."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.cases.move import Move
from app.documents import contexts
from app.documents.models import Document
from app.people.models import Organisation


def requisites(move: Move, document: Document, issuer: dict[str, Any], *, draft: bool) -> dict[str, Any]:
    profile = move.profile
    today = move.today
    doc = contexts.registration(
        profile, document, move.case, move.system.base_url, place=profile.capital, draft=draft, edition_day=today
    )
    doc = {**doc, "title_position": "center", "long_kept": False}
    return {"doc": doc, "issuer": issuer, "journal": None if draft else contexts.head(move.session)}


def municipality_of(session: Session, subject: Organisation) -> str:
    parent = session.get(Organisation, subject.parent_id) if subject.parent_id else None
    return parent.name if parent is not None and parent.kind == "municipality" else ""
