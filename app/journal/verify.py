"""Reading the chain back: the first record that is not as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.journal.models import ChainHead, Event

BATCH = 10_000


@dataclass(frozen=True)
class Break:
    """The first broken place: the record's number and what is wrong, in Russian."""

    seq: int
    reason: str


@dataclass(frozen=True)
class Report:
    """Result of a verification: how many records were read, the head, the first break if any."""

    records: int
    seq: int
    hash: str
    broken: Break | None = None

    @property
    def intact(self) -> bool:
        return self.broken is None


def verify(session: Session, witnesses: Mapping[int, str] | None = None) -> Report:
    """Walk the whole chain.

    Found: a flipped byte, a deleted, inserted or reordered record, a cut tail, a column that differs from the hashed
    body. `witnesses` are heads printed on documents (number → hex): paper proves that a chain was not made anew.
    """
    read, seq, chained, known = 0, 0, bytes(32), dict(witnesses or {})
    rows = _rows(session)
    for row in rows:
        read += 1
        reason = _fault(row, seq + 1, chained)
        if reason is None and (shown := known.pop(row.seq, None)) is not None and shown != row.hash.hex():
            reason = "отпечаток не совпадает с напечатанным на документе"
        if reason is not None:
            rows.close()
            return Report(read, seq, chained.hex(), Break(min(row.seq, seq + 1), reason))
        seq, chained = row.seq, row.hash
    end = session.execute(sa.select(ChainHead.seq, ChainHead.hash)).one_or_none()
    if end is None or end.seq != seq or end.hash != chained:
        return Report(
            read, seq, chained.hex(), Break(seq + 1, "конец журнала отрезан: последняя запись не та, что в голове цепи")
        )
    if known:
        missing = min(known)
        return Report(read, seq, chained.hex(), Break(missing, "на документе напечатана запись, которой в журнале нет"))
    return Report(read, seq, chained.hex())


def _rows(session: Session) -> sa.Result[Any]:
    columns = (Event.seq, Event.at, Event.kind, Event.case_id, Event.person_id, Event.body, Event.hash)
    statement = sa.select(*columns).order_by(Event.seq).execution_options(yield_per=BATCH)
    return session.execute(statement)


def _fault(row: Any, expected: int, previous: bytes) -> str | None:
    seq, at, kind, case_id, person_id, body, chained = row
    if seq != expected:
        return f"пропущена запись № {expected}"
    if hashlib.sha256(previous + body.encode()).digest() != chained:
        return "запись изменена: отпечаток не сходится"
    columns = (seq, at, kind, case_id, person_id)
    if not reads(body, *columns) and parsed(body) != columns:
        return "столбцы записи не сходятся с её текстом"
    return None


def reads(body: str, seq: int, at: datetime, kind: str, case_id: int | None, person_id: int | None) -> bool:
    """The columns stand in the text where the canonical form has them (keys in order: actor, at, case, data, kind, seq).

    Seen without parsing, which takes most of the time of a long chain. False says nothing: the text is parsed then.
    """
    actor, _, rest = body.partition(',"at":"')
    known = actor == '{"actor":null' if person_id is None else f',"person":{person_id},' in actor
    case = "null" if case_id is None else case_id
    return (
        known
        and rest.startswith(f'{at.isoformat().removesuffix("+00:00")}Z","case":{case},"data":')
        and rest.endswith(f',"kind":"{kind}","seq":{seq}}}')
    )


def parsed(body: str) -> tuple[Any, ...]:
    found = orjson.loads(body)
    actor = found["actor"]
    at = datetime.fromisoformat(found["at"])
    return found["seq"], at, found["kind"], found["case"], actor and actor["person"]
