"""The relay: takes messages of the outbox under a lease and delivers each at least once.

A worker that dies leaves its lease to run out; whoever takes the message next delivers it again, and the receiver
recognises it by its key: mail carries it as Message-ID, a rendering is the same file. What happens in the database alone
(a wake, one letter made into many) closes its message in the same transaction and so happens exactly once; messages of
this kind that follow each other go into one transaction, and when one of them fails each goes alone.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import faults
from app.db import Database
from app.outbox.models import Message
from app.worker import meters

LEASE = timedelta(minutes=2)
MARGIN = timedelta(minutes=1)
"""What must be left of the lease to begin one more delivery; the rest of the batch is given back."""
ATTEMPTS = 12
BATCH = 20
DIED = "Workers died with this message in their hands"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A message in a worker's hands. `owner` is the lease that its settling must still hold."""

    id: int
    key: str
    topic: str
    case_id: int | None
    payload: Mapping[str, Any]
    attempts: int
    owner: str

    def facts(self, **more: Any) -> dict[str, Any]:
        """What the log says of it: no payload, it may name people."""
        return {"key": self.key, "topic": self.topic, "case": self.case_id, "attempt": self.attempts, **more}


Deliver = Callable[[Taken], bool]
"""Delivers a message; True when it has closed the message by itself, in its own transaction. An exception: try later."""


class Hands(Protocol):
    """Who delivers what was taken."""

    def deliver(self, message: Taken, /) -> bool:
        """See `Deliver`."""

    def portion(self, message: Taken, /) -> str:
        """Messages in a row for which this is the same are delivered together; empty: this one goes alone."""

    def together(self, messages: Sequence[Taken], /) -> set[int]:
        """Deliver a portion and close it in one transaction; ids of those closed. An exception: nothing was done."""


def waiting(now: Any, *columns: Any) -> sa.Select:
    """Messages due and in nobody's hands, by the index."""
    return (
        sa.select(*columns)
        .where(Message.done_at.is_(None), Message.failed_at.is_(None), Message.due_at <= now)
        .where(sa.or_(Message.lease_until.is_(None), Message.lease_until < now))
        .order_by(Message.due_at, Message.id)
    )


COLUMNS = (Message.id, Message.key, Message.topic, Message.case_id, Message.payload, Message.attempts, Message.owner)
"""What makes a `Taken`."""
# Built once: building them costs several times what they cost to run. Written on the table: no session holds its rows.
_MESSAGE: Any = Message.__table__
_FREE = (
    waiting(sa.bindparam("now"), *COLUMNS)
    .limit(sa.bindparam("size", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    sa.update(_MESSAGE)
    .where(_MESSAGE.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(owner=sa.bindparam("by"), lease_until=sa.bindparam("until"), attempts=_MESSAGE.c.attempts + 1)
)
_MINE = (
    sa.update(_MESSAGE)
    .where(_MESSAGE.c.id.in_(sa.bindparam("messages", expanding=True)), _MESSAGE.c.owner == sa.bindparam("by"))
    .where(_MESSAGE.c.done_at.is_(None))
    .values(owner=None, lease_until=None)
    .returning(_MESSAGE.c.id)
)
_DONE = _MINE.values(done_at=sa.bindparam("now"), error=None)


def lease(session: Session, owner: str, now: datetime, until: datetime, limit: int = BATCH) -> list[Taken]:
    """Lease due messages; rows in other workers' hands are skipped (on SQLite the write lock stands for it).

    A message whose worker died is taken alone: should it be what kills workers, it takes no other with it, and after
    ATTEMPTS of them it becomes an incident.
    """
    rows = session.execute(_FREE, {"now": now, "size": limit}).all()
    dead = [row.id for row in rows if row.owner and row.attempts >= ATTEMPTS]
    if dead:
        give_up = {"failed_at": now, "error": DIED, "owner": None, "lease_until": None}
        session.execute(sa.update(Message).where(Message.id.in_(dead)).values(**give_up))
        log.error("given up", extra={"messages": dead, "error": DIED})
    alive = [row for row in rows if row.id not in dead]
    if not alive:
        return []
    leased = alive[:1] if alive[0].owner else [row for row in alive if not row.owner]
    session.execute(_LEASE, {"ids": [row.id for row in leased], "by": owner, "until": until})
    return [Taken(row.id, row.key, row.topic, row.case_id, row.payload, row.attempts + 1, owner) for row in leased]


def take(db: Database, owner: str, now: datetime, limit: int = BATCH) -> list[Taken]:
    """Lease due messages in a transaction of its own; a resting worker asks `due.ahead` first, which disturbs nobody."""
    with db.write() as session:
        return lease(session, owner, now, now + LEASE, limit)


def close(session: Session, messages: Sequence[Taken], now: datetime) -> set[int]:
    """Close messages of one lease in the caller's transaction; ids of those closed.

    The others are in another worker's hands meanwhile: of them nothing may be written.
    """
    return _held(session, _DONE, messages, now=now)


def settle(db: Database, message: Taken, now: datetime, error: str | None = None) -> bool:
    """Write what became of a delivery; False when the lease had gone to another worker meanwhile.

    A failed delivery is tried again after 1, 2, 4 … minutes and after ATTEMPTS of them becomes an incident.
    """
    if error is None:
        with db.write() as session:
            return bool(close(session, [message], now))
    values: dict[str, Any] = {"error": error}
    if message.attempts >= ATTEMPTS:
        values["failed_at"] = now
    else:
        values["due_at"] = now + faults.backoff(message.attempts)
    with db.write() as session:
        return bool(_held(session, _MINE.values(**values), [message]))


def _held(session: Session, settling: sa.UpdateBase, messages: Sequence[Taken], **asked: Any) -> set[int]:
    mine = {"messages": [message.id for message in messages], "by": messages[0].owner}
    return set(session.scalars(settling, {**mine, **asked}))


def release(db: Database, messages: Sequence[Taken]) -> None:
    """Give back what was taken and not begun; it costs no attempt."""
    with db.write() as session:
        _held(session, _MINE.values(attempts=_MESSAGE.c.attempts - 1), messages)


def attempt(db: Database, message: Taken, deliver: Deliver, clock: Callable[[], datetime]) -> None:
    """One delivery and what became of it, in the row and in the log."""
    began = time.monotonic()
    try:
        closed = deliver(message)
    except Exception as failure:
        error = faults.describe(failure)
        settle(db, message, clock(), error)
        given_up = message.attempts >= ATTEMPTS
        meters.DELIVERIES.labels(message.topic, "given up" if given_up else "failed").inc()
        log.log(
            logging.ERROR if given_up else logging.WARNING,
            "given up" if given_up else "delivery failed",
            extra=message.facts(error=faults.kind(failure), place=faults.place(failure)),
        )
        return
    _tell(message, closed or settle(db, message, clock()), began)


def at_once(messages: Sequence[Taken], hands: Hands) -> bool:
    """A portion in one transaction; False when one of it failed: then nothing was written and each is to go alone."""
    began = time.monotonic()
    try:
        closed = hands.together(messages)
    except Exception as failure:
        log.info("a portion failed", extra={"messages": len(messages), "error": faults.kind(failure)})
        return False
    for message in messages:
        _tell(message, message.id in closed, began)
    return True


def _tell(message: Taken, settled: bool, began: float) -> None:
    meters.DELIVERIES.labels(message.topic, "delivered").inc()
    if not settled:
        log.warning("delivered after the lease was lost", extra=message.facts())
    elif log.isEnabledFor(logging.INFO):
        log.info("delivered", extra=message.facts(ms=round((time.monotonic() - began) * 1000)))


def portions(batch: Sequence[Taken], hands: Hands) -> Iterator[list[Taken]]:
    """The batch in its order, cut where the way of delivery changes."""
    for name, found in groupby(batch, hands.portion):
        some = list(found)
        yield from [some] if name else ([message] for message in some)


def relay(
    db: Database,
    owner: str,
    hands: Hands,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """One round: deliver what is due now, one after another. Returns how many deliveries were begun."""
    now, begun = clock(), 0
    batch = take(db, owner, now)
    todo = deque(portions(batch, hands))
    while todo:
        some = todo.popleft()
        if stopping() or clock() > now + LEASE - MARGIN:
            release(db, batch[begun:])
            break
        if len(some) == 1:
            attempt(db, some[0], hands.deliver, clock)
        elif not at_once(some, hands):
            todo.extendleft([message] for message in reversed(some))
            continue
        begun += len(some)
    return begun
