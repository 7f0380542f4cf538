"""Every change of people and accounts leaves a record in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal
from app.people.actor import Actor


def record(session: Session, kind: str, data: Mapping[str, Any], actor: Actor | None, *, now: datetime) -> None:
    """Write an event; call it last in the transaction. `actor` None: the command line or the system itself."""
    session.flush()
    journal.append(session, kind, data, actor=actor, at=now)


def serialise(session: Session, key: str) -> None:
    """Let one transaction at a time pass for this key, whichever worker runs it; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
