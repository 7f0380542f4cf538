"""A case that stands still for ever becomes an incident within a minute, and stops being one when it moves on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import journal
from app.cases import operations
from app.cases.models import Case, Deadline, Task
from app.outbox import incidents
from app.worker import watch
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.people.world import NOW
from tests.worker.setting import message

MINUTE = timedelta(minutes=1)


@pytest.fixture
def worker(system, clock) -> Worker:
    return Worker(system, Postman("", "opora@localhost"), clock=clock)


@pytest.fixture
def case_id(system, region) -> int:
    operator, school = region.actors["regional_operator"], region.ids["school_a"]
    return operations.open_case(system, "petition", school, 2026, actor=operator, now=NOW)


def forget(db, case_id: int) -> list[dict]:
    """A case loses its task and its term, as by a mistake of a handler in a move; returns the task's row."""
    with db.write() as session:
        rows = [dict(row) for row in session.execute(sa.select(Task.__table__)).mappings()]
        for table in (Task, Deadline):
            session.execute(sa.delete(table).where(table.case_id == case_id))
        journal.append(session, "message.delivered", case_id=case_id, at=NOW)
    return rows


@pytest.mark.req("OR-10")
def test_a_case_that_stands_still_is_reported_in_words(db, worker, clock, case_id) -> None:
    assert worker.watch() == 0, "a case with a task stands for a reason"
    forget(db, case_id)
    assert worker.watch() == 0, "less than a minute has passed"
    clock.now += MINUTE
    assert worker.watch() == 1
    incident = message(db, watch.key_of(case_id))
    assert (incident.topic, incident.case_id, incident.failed_at) == ("stuck", case_id, clock.now)
    assert "нет ни задачи, ни срока, ни ожидания" in incident.error and "Traceback" not in incident.error
    clock.now += MINUTE
    assert worker.watch() == 0 and message(db, watch.key_of(case_id)).attempts == 1, "known, not told again"


def test_looking_again_changes_nothing_until_the_case_moves_on(db, worker, clock, case_id) -> None:
    rows = forget(db, case_id)
    worker.watch()
    with db.write() as session:
        incidents.retry(session, message(db, watch.key_of(case_id)).id, clock())
    worker.drain()
    assert message(db, watch.key_of(case_id)).failed_at is not None, "it still stands still"
    with db.write() as session:
        session.execute(sa.insert(Task.__table__).values(rows))
    clock.now += MINUTE
    assert worker.watch() == 1
    closed = message(db, watch.key_of(case_id))
    assert (closed.done_at, closed.failed_at) == (clock.now, None)


def test_a_fixed_case_is_closed_by_looking_again(db, worker, clock, case_id) -> None:
    rows = forget(db, case_id)
    worker.watch()
    with db.write() as session:
        session.execute(sa.insert(Task.__table__).values(rows))
        incidents.retry(session, message(db, watch.key_of(case_id)).id, clock())
    worker.drain()
    with db.read() as session:
        assert not incidents.standing(session)


def test_the_watch_opens_no_case(db, system, case_id) -> None:
    """Neither the diagrams nor the states of cases are read."""
    forget(db, case_id)
    with db.write() as session:
        session.execute(sa.update(Case).values(state=b"spoilt"))
    assert watch.look(system, NOW).written == 1


def test_a_case_damaged_by_hand_is_met_within_an_hour(db, worker, clock, case_id) -> None:
    """No record says that anything has happened to it."""
    worker.tidy()
    assert worker.watch() == 0
    with db.write() as session:
        for table in (Task, Deadline):
            session.execute(sa.delete(table).where(table.case_id == case_id))
    clock.now += MINUTE
    assert worker.watch() == 0
    clock.now += timedelta(hours=1)
    worker.tidy()
    assert worker.watch() == 1
