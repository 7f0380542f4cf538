"""What is due in cases: found by the index, done case by case. A case that fails is looked at again later and later."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from app import faults
from app.cases import deadlines, operations
from app.cases.models import Case
from app.cases.system import System
from app.outbox import incidents
from app.worker import meters

log = logging.getLogger(__name__)


def key_of(case_id: int) -> str:
    """The key of a case's incident."""
    return f"due:{case_id}"


def look(system: System, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Wake every case with something due, once; returns how many were moved or put off."""
    with system.db.read() as session:
        cases = deadlines.due_cases(session, now)
        failing = incidents.standing_of(session, [key_of(case_id) for case_id in cases])
    done = 0
    for case_id in cases:
        if stopping():
            break
        done += _look_at(system, case_id, now, failing=key_of(case_id) in failing)
    return done


def _look_at(system: System, case_id: int, now: datetime, *, failing: bool) -> bool:
    try:
        moved = operations.wake(system, case_id, now=now)
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
            refs = list(deadlines.due(session, case_id, now))
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
