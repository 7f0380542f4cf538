"""Incidents: what the worker could not do by itself. A row with `failed_at` is one until it is done or tried again.

A message that was given up is its own incident. A case that cannot be woken gets a row of topic `due`, which closes by
itself when waking succeeds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.outbox.models import Message

OPEN = sa.and_(Message.failed_at.is_not(None), Message.done_at.is_(None))


def standing(session: Session, *where: sa.ColumnElement[bool], limit: int = 100) -> Sequence[Message]:
    """Incidents that wait for a person, the newest first."""
    return session.scalars(sa.select(Message).where(OPEN, *where).order_by(Message.failed_at.desc()).limit(limit)).all()


def cases_of(session: Session, topic: str) -> set[int]:
    """Cases with an open incident of a topic."""
    found = sa.select(Message.case_id).where(OPEN, Message.topic == topic, Message.case_id.is_not(None))
    return {case_id for case_id in session.scalars(found) if case_id is not None}


_STANDING = sa.select(Message.key).where(OPEN, Message.key.in_(sa.bindparam("keys", expanding=True)))


def standing_of(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys stand open."""
    return set(session.scalars(_STANDING, {"keys": list(keys)})) if keys else set()


def report(
    session: Session, key: str, topic: str, case_id: int, payload: Mapping[str, Any], error: str, now: datetime
) -> int:
    """Open an incident, or add a failure to it; returns how many failures in a row. The caller holds the case's lock."""
    row = session.scalar(sa.select(Message).where(Message.key == key))
    if row is None:
        row = Message(key=key, topic=topic, case_id=case_id, due_at=now, attempts=0)
        session.add(row)
    row.attempts += 1
    row.payload, row.error = dict(payload), error
    row.failed_at, row.done_at = now, None
    session.flush()
    return row.attempts


def resolve(session: Session, key: str, now: datetime) -> None:
    """Close an incident: what failed has worked."""
    closed = {"done_at": now, "failed_at": None, "attempts": 0}
    session.execute(sa.update(Message).where(Message.key == key, OPEN).values(**closed))


def retry(session: Session, message_id: int, now: datetime) -> None:
    """A person's «try again»: the message is due now, with all its attempts. NotFound when no such incident stands."""
    again = {"failed_at": None, "due_at": now, "attempts": 0, "owner": None, "lease_until": None}
    found = session.execute(sa.update(Message).where(Message.id == message_id, OPEN).values(**again))
    if found.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("Такого сбоя нет.", advice="Обновите список: возможно, он уже устранён.")
