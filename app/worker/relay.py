"""The relay: takes messages of the outbox under a lease and delivers each at least once.

A worker that dies leaves its lease to run out; whoever takes the message next delivers it again, and the receiver
recognises it by its key: a case asks the fact itself, mail carries the key as its Message-ID, a rendering is the same file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.outbox.models import Message

LEASE = timedelta(seconds=60)
ATTEMPTS = 8
BATCH = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A message in a worker's hands."""

    id: int
    key: str
    topic: str
    case_id: int | None
    payload: Mapping[str, Any]
    attempts: int


Deliver = Callable[[Taken], None]


def take(db: Database, owner: str, now: datetime, limit: int = BATCH) -> list[Taken]:
    """Lease due messages; on PostgreSQL rows in other workers' hands are skipped, on SQLite the write lock does the same."""
    due = (
        sa.select(Message.id)
        .where(Message.done_at.is_(None), Message.failed_at.is_(None), Message.due_at <= now)
        .where(sa.or_(Message.lease_until.is_(None), Message.lease_until < now))
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with db.write() as session:
        ids = list(session.scalars(due))
        if not ids:
            return []
        leased = {"owner": owner, "lease_until": now + LEASE, "attempts": Message.attempts + 1}
        session.execute(sa.update(Message).where(Message.id.in_(ids)).values(**leased))
        columns = (Message.id, Message.key, Message.topic, Message.case_id, Message.payload, Message.attempts)
        return [
            Taken(*row) for row in session.execute(sa.select(*columns).where(Message.id.in_(ids)).order_by(Message.id))
        ]


def settle(db: Database, message: Taken, owner: str, now: datetime, error: str | None = None) -> bool:
    """Write what became of a delivery; False when the lease had gone to another worker meanwhile.

    A failed delivery is tried again after 2, 4, 8 … minutes and after ATTEMPTS of them becomes an incident.
    """
    values: dict[str, Any] = {"owner": None, "lease_until": None, "error": error}
    if error is None:
        values["done_at"] = now
    elif message.attempts >= ATTEMPTS:
        values["failed_at"] = now
    else:
        values["due_at"] = now + timedelta(minutes=2**message.attempts)
    with db.write() as session:
        mine = sa.update(Message).where(Message.id == message.id, Message.owner == owner, Message.done_at.is_(None))
        return session.execute(mine.values(**values)).rowcount == 1


def relay(db: Database, owner: str, deliver: Deliver, clock: Callable[[], datetime]) -> int:
    """One round: deliver what is due now. Returns how many were taken."""
    taken = take(db, owner, clock())
    for message in taken:
        error = None
        try:
            deliver(message)
        except Exception as failure:
            log.exception("delivery failed", extra={"key": message.key, "topic": message.topic})
            error = f"{type(failure).__name__}: {failure}"[:1000]
        settle(db, message, owner, clock(), error)
    return len(taken)
