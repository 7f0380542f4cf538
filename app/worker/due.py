"""What is due: found by the indexes in one look. Timers fire case by case, ladders are climbed in many cases at once.

A case that fails is looked at by itself, again later and later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app import faults
from app.cases import deadlines, waking
from app.cases.models import Case
from app.cases.system import System
from app.db import Database, Moment
from app.outbox import incidents
from app.outbox.models import Message
from app.worker import meters, relay

CASES, TOGETHER = 50, 20
"""Terms of one look; cases whose ladders are climbed in one transaction."""

log = logging.getLogger(__name__)


def key_of(case_id: int) -> str:
    """The key of a case's incident."""
    return f"due:{case_id}"


@dataclass(frozen=True)
class Ahead:
    """What is due: whether there are messages to take, and the cases, those with a timer among them."""

    messages: bool
    cases: Sequence[int]
    timed: Collection[int]


_NOW = sa.bindparam("now", type_=Moment)
_NO_CASE = sa.cast(sa.null(), sa.BigInteger).label("case_id")
_MESSAGE: Any = sa.literal_column("'message'").label("kind")
_AHEAD = sa.union_all(
    sa.select(relay.waiting(_NOW, _NO_CASE, _MESSAGE, Message.due_at).limit(1).subquery("some")),
    sa.select(deadlines.due_rows(_NOW).limit(CASES).subquery("terms")),
)


def ahead(db: Database, now: datetime) -> Ahead:
    """One statement, without a writing transaction: a worker that finds nothing disturbs nobody."""
    with db.glance() as session:
        found = session.execute(_AHEAD, {"now": now}).all()
    terms = sorted((moment, case_id, kind) for case_id, kind, moment in found if case_id is not None)
    timed = {case_id for _, case_id, kind in terms if kind == "timer"}
    return Ahead(len(terms) < len(found), list(dict.fromkeys(case_id for _, case_id, _ in terms)), timed)


def look(system: System, found: Ahead, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Wake these cases, once; returns how many were moved or put off."""
    if not found.cases:
        return 0
    with system.db.glance() as session:
        failing = incidents.standing_of(session, [key_of(case_id) for case_id in found.cases])
    ladders = [case_id for case_id in found.cases if case_id not in found.timed and key_of(case_id) not in failing]
    climbed = set[int]()
    for start in range(0, len(ladders), TOGETHER):
        climbed |= set() if stopping() else _climb(system, ladders[start : start + TOGETHER], now)
    done = len(climbed)
    for case_id in found.cases:
        if stopping():
            break
        if case_id not in climbed:
            done += _look_at(system, case_id, now, failing=key_of(case_id) in failing)
    return done


def _climb(system: System, cases: Sequence[int], now: datetime) -> set[int]:
    """Ladders of several cases at once; none when one of them fails: then each case is woken by itself."""
    if len(cases) == 1:
        return set()
    try:
        climbed = waking.climb(system, cases, now=now)
    except Exception as failure:
        log.info("climbing together failed", extra={"cases": len(cases), "error": faults.kind(failure)})
        return set()
    meters.WAKINGS.labels("moved").inc(len(climbed))
    log.info("climbed", extra={"cases": sorted(climbed)})
    return climbed


def _look_at(system: System, case_id: int, now: datetime, *, failing: bool) -> bool:
    try:
        moved = waking.wake(system, case_id, now=now)
        meters.WAKINGS.labels("moved" if moved else "nothing due").inc()
        if moved and failing:
            with system.db.write() as session:
                incidents.resolve(session, key_of(case_id), now)
            log.info("waking works again", extra={"case": case_id})
        elif moved:
            log.info("woken", extra={"case": case_id})
        return moved
    except Exception as failure:
        return _put_off(system, case_id, failure, now)


def _put_off(system: System, case_id: int, failure: Exception, now: datetime) -> bool:
    """Open or deepen the case's incident and look at the case later; False when not even that could be written."""
    error = faults.describe(failure)
    meters.WAKINGS.labels("failed").inc()
    try:
        with system.db.write() as session:
            session.execute(sa.select(Case.id).where(Case.id == case_id).with_for_update())
            refs = [row.ref for row in deadlines.due(session, [case_id], now).get(case_id, ())]
            failures = incidents.report(session, key_of(case_id), "due", case_id, {"refs": refs}, error, now)
            until = now + faults.backoff(failures)
            deadlines.put_off(session, case_id, refs, until)
    except Exception as second:
        log.error("putting a case off failed", extra={"case": case_id, "error": faults.kind(second)})
        return False
    facts = {
        "case": case_id,
        "failures": failures,
        "again": until,
        "error": faults.kind(failure),
        "place": faults.place(failure),
    }
    log.error("waking failed", extra=facts)
    return True
