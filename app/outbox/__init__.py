"""What is to be done after commit. Posting is an INSERT in the caller's transaction; `app.worker` delivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db import Sql

TOPICS = frozenset({"mail", "letter", "render", "wake", "due", "left", "stuck"})
"""mail: tell whom it concerns; letter: to one of them; render: a PDF; wake: a message to a case; due: look at a case;
left: somebody's position has ended; stuck: a case that stands still."""


ADD = Sql(
    "INSERT INTO message (key, topic, case_id, payload, due_at, attempts) "
    "VALUES (:key, :topic, :case_id, :payload, :due_at, 0) ON CONFLICT (key) DO NOTHING"
)


@dataclass(frozen=True)
class Letter:
    """A message to post. `key` is unique for ever: a repeated post of the same key is ignored."""

    topic: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    case_id: int | None = None
    due_at: datetime | None = None


def post_all(session: Session, letters: Sequence[Letter], now: datetime) -> None:
    """Write messages; they leave after the transaction commits, each at least once. ValueError for an unknown topic."""
    if not letters:
        return
    unknown = {letter.topic for letter in letters} - TOPICS
    if unknown:
        raise ValueError(f"unknown topics: {unknown}")
    rows = [
        {
            "key": letter.key,
            "topic": letter.topic,
            "case_id": letter.case_id,
            "payload": dict(letter.payload),
            "due_at": letter.due_at or now,
        }
        for letter in letters
    ]
    ADD.many(session, rows)


def post(session: Session, letter: Letter, now: datetime) -> None:
    """Write one message."""
    post_all(session, [letter], now)


__all__ = ["TOPICS", "Letter", "post", "post_all"]
