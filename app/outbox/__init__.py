"""What is to be done after commit. Posting is an INSERT in the caller's transaction; `app.worker` delivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.sql import Sql

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


FROM_JSON = (
    "INSERT INTO message (key, topic, case_id, payload, due_at, attempts) "
    "SELECT key, topic, case_id, payload, due_at, 0 FROM json_to_recordset(CAST(:letters AS json)) "
    "AS l(key text, topic text, case_id bigint, payload text, due_at timestamptz) ON CONFLICT (key) DO NOTHING"
)
"""PostgreSQL: the same as a part of another statement; `:letters` is what `as_json` gives."""


def post_all(session: Session, letters: Sequence[Letter], now: datetime) -> None:
    """Write messages; they leave after the transaction commits, each at least once. ValueError for an unknown topic."""
    if letters:
        ADD.many(session, _rows(letters, now))


def as_json(letters: Sequence[Letter], now: datetime) -> str:
    """Rows of messages for `FROM_JSON`. ValueError for an unknown topic."""
    rows = [{**row, "payload": orjson.dumps(row["payload"]).decode()} for row in _rows(letters, now)]
    return orjson.dumps(rows).decode()


def _rows(letters: Sequence[Letter], now: datetime) -> list[dict[str, Any]]:
    unknown = {letter.topic for letter in letters} - TOPICS
    if unknown:
        raise ValueError(f"unknown topics: {unknown}")
    return [
        {
            "key": letter.key,
            "topic": letter.topic,
            "case_id": letter.case_id,
            "payload": dict(letter.payload),
            "due_at": letter.due_at or now,
        }
        for letter in letters
    ]


def post(session: Session, letter: Letter, now: datetime) -> None:
    """Write one message."""
    post_all(session, [letter], now)


__all__ = ["FROM_JSON", "TOPICS", "Letter", "as_json", "post", "post_all"]
