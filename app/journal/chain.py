"""Writing the chain. The head row is locked last in a transaction (case row first, head last), so writers cannot deadlock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from sqlalchemy.orm import Session

from app import outbox
from app.db import Sql, utcnow

CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z

# Written out: every transaction of the product ends here, and the row of the head is locked until it does.
END = Sql("SELECT seq, hash FROM chain_head")
LOCKED_END = Sql("SELECT seq, hash FROM chain_head FOR UPDATE")
MOVE_END = Sql("UPDATE chain_head SET seq = :seq, hash = :hash")
ADD = Sql(
    "INSERT INTO event (seq, at, kind, case_id, person_id, body, hash) "
    "VALUES (:seq, :at, :kind, :case_id, :person_id, :body, :hash)"
)
_ADD_EVENTS = (
    "INSERT INTO event (seq, at, kind, case_id, person_id, body, hash) "
    "SELECT seq, at, kind, case_id, person_id, body, decode(hash, 'hex') "
    "FROM json_to_recordset(CAST(:events AS json)) "
    "AS r(seq bigint, at timestamptz, kind text, case_id bigint, person_id bigint, body text, hash text)"
)
_HEAD = "head AS (UPDATE chain_head SET seq = :seq, hash = :hash)"
ADD_AND_MOVE_END = Sql(f"WITH {_HEAD} {_ADD_EVENTS}")
ADD_ALL_AND_MOVE_END = Sql(f"WITH {_HEAD}, posted AS ({outbox.FROM_JSON}) {_ADD_EVENTS}")


class Doer(Protocol):
    """What the journal needs of an actor."""

    @property
    def person_id(self) -> int: ...
    @property
    def position_id(self) -> int: ...
    @property
    def behalf_of(self) -> int | None: ...


@dataclass(frozen=True)
class Record:
    """An event to be written: its kind (`task.completed`), the case, who did it, plain data."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    case_id: int | None = None
    actor: Doer | None = None


@dataclass(frozen=True)
class Head:
    """The end of the chain: number of the last record and its hash."""

    seq: int
    hash: bytes


def body_of(seq: int, at: datetime, record: Record) -> str:
    """Canonical JSON of a record: what is hashed and kept."""
    actor = record.actor
    who = actor and {"person": actor.person_id, "position": actor.position_id, "behalf_of": actor.behalf_of}
    document = {
        "seq": seq,
        "at": at.astimezone(UTC),
        "kind": record.kind,
        "case": record.case_id,
        "actor": who,
        "data": record.data,
    }
    return orjson.dumps(document, option=CANONICAL).decode()


def link(previous: bytes, body: str) -> bytes:
    return hashlib.sha256(previous + body.encode()).digest()


def head(session: Session) -> Head:
    """The chain's end as this transaction sees it."""
    seq, chained = END.first(session)
    return Head(seq, bytes(chained))


def append_all(
    session: Session, records: Sequence[Record], *, at: datetime | None = None, letters: Sequence[outbox.Letter] = ()
) -> Head:
    """Write events in their order as one stretch of the chain; call it last in the transaction.

    `letters` of the outbox are posted with them: on PostgreSQL in the same statement, behind the lock of the head like
    all others of their kind, so that two transactions cannot wait for each other's keys.
    """
    moment = at or utcnow()
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite or not records:
        outbox.post_all(session, letters, moment)
    seq, chained = (END if sqlite else LOCKED_END).first(session)
    rows = []
    for record in records:
        seq += 1
        body = body_of(seq, moment, record)
        chained = link(chained, body)
        who = record.actor.person_id if record.actor else None
        kept = {"seq": seq, "at": moment, "kind": record.kind, "case_id": record.case_id, "person_id": who}
        rows.append({**kept, "body": body, "hash": chained})
    if rows and sqlite:
        ADD.many(session, rows)
        MOVE_END(session, seq=seq, hash=chained)
    elif rows:
        sent = orjson.dumps([{**row, "hash": row["hash"].hex()} for row in rows]).decode()
        if letters:
            posted = outbox.as_json(letters, moment)
            ADD_ALL_AND_MOVE_END(session, seq=seq, hash=chained, events=sent, letters=posted)
        else:
            ADD_AND_MOVE_END(session, seq=seq, hash=chained, events=sent)
    return Head(seq, chained)


def append(
    session: Session,
    kind: str,
    data: Mapping[str, Any] | None = None,
    *,
    actor: Doer | None = None,
    case_id: int | None = None,
    at: datetime | None = None,
) -> Head:
    """Write one event."""
    return append_all(session, [Record(kind, data or {}, case_id, actor)], at=at)
