"""What is due in cases: found by its index, done once, and put off when it cannot be done."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases import operations, waking
from app.cases.models import Case, Deadline, Task
from app.outbox import incidents
from app.outbox.models import Message
from app.worker import due
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.people.world import NOW
from tests.worker.setting import message, messages

MINUTE = timedelta(minutes=1)


@pytest.fixture
def worker(system, clock) -> Worker:
    return Worker(system, Postman("", "opora@localhost"), clock=clock)


@pytest.fixture
def cases(system, region) -> list[int]:
    """Three cases whose first term is the same."""
    operator = region.actors["regional_operator"]
    schools = ("school_a", "school_b", "school_c")
    return [
        operations.open_case(system, "petition", region.ids[school], 2026, actor=operator, now=NOW)
        for school in schools
    ]


def wake_at(db, case_id: int):
    with db.read() as session:
        return session.scalars(sa.select(Deadline.wake_at).where(Deadline.case_id == case_id)).one()


def broken(db, case_id: int) -> bytes:
    """Spoil the stored state of a case; returns what it was."""
    with db.write() as session:
        state = session.scalars(sa.select(Case.state).where(Case.id == case_id)).one()
        session.execute(sa.update(Case).where(Case.id == case_id).values(state=b"spoilt"))
    return state


def test_a_case_that_cannot_be_woken_is_put_off_and_the_others_go_on(db, worker, clock, cases) -> None:
    bad, *good = cases
    state = broken(db, bad)
    moment = clock.now = wake_at(db, bad)
    assert worker.round() == 3
    assert wake_at(db, bad) == moment + MINUTE
    assert [m.case_id for m in messages(db, Message.topic == "mail")] == good
    incident = message(db, due.key_of(bad))
    assert (incident.case_id, incident.attempts, incident.failed_at) == (bad, 1, moment)
    worker.drain()
    assert message(db, due.key_of(bad)).attempts == 1

    for minutes in (2, 4, 8):
        clock.now = wake_at(db, bad)
        assert worker.round() == 1
        assert worker.round() == 0
        assert wake_at(db, bad) == clock() + minutes * MINUTE

    with db.write() as session:
        session.execute(sa.update(Case).where(Case.id == bad).values(state=state))
    clock.now = wake_at(db, bad)
    worker.drain()
    assert len(messages(db, Message.topic == "mail", Message.case_id == bad)) == 1
    with db.read() as session:
        assert list(incidents.standing(session)) == []
        assert session.scalars(sa.select(Deadline.due_at).where(Deadline.case_id == bad)).one() > clock()


def test_a_person_may_have_a_failing_case_looked_at_at_once(db, worker, clock, cases) -> None:
    state = broken(db, cases[0])
    clock.now = wake_at(db, cases[0])
    worker.drain()
    with db.write() as session:
        session.execute(sa.update(Case).where(Case.id == cases[0]).values(state=state))
    with db.write() as session:
        incidents.retry(session, message(db, due.key_of(cases[0])).id, clock())
    worker.drain()
    assert len(messages(db, Message.topic == "mail", Message.case_id == cases[0])) == 1
    assert message(db, due.key_of(cases[0])).done_at == clock()


def test_a_row_that_the_engine_knows_nothing_of_does_not_spin(db, system, region, worker, clock) -> None:
    operator = region.actors["regional_operator"]
    case_id = operations.open_case(system, "round", region.ids["region"], 2026, actor=operator, now=NOW)
    with db.read() as session:
        task_id = session.scalars(sa.select(Task.id).where(Task.case_id == case_id)).one()
    operations.complete_task(system, task_id, {}, actor=operator, now=NOW)
    timer = (Deadline.case_id == case_id, Deadline.kind == "timer")
    with db.write() as session:
        session.execute(sa.update(Deadline).where(*timer).values(wake_at=NOW))
    assert worker.round() == 1
    assert worker.round() == 0
    assert "not by the engine" in (message(db, due.key_of(case_id)).error or "")


def test_a_case_is_woken_once_for_what_is_due(db, system, clock, cases) -> None:
    clock.now = wake_at(db, cases[0])
    assert waking.wake(system, cases[0], now=clock())
    assert not waking.wake(system, cases[0], now=clock())
    assert len(messages(db, Message.case_id == cases[0])) == 1


@pytest.mark.req("OR-06")
def test_after_days_without_a_worker_everybody_is_told_and_nobody_twice(db, system, region, clock, cases) -> None:
    ladder = system.profile(region.actors["regional_operator"].region).overdue
    with db.read() as session:
        term = session.scalars(sa.select(Deadline.due_at).where(Deadline.case_id == cases[0])).one()
    clock.now = term + timedelta(days=60)
    assert waking.wake(system, cases[0], now=clock())
    told = [m.payload["tell"] for m in messages(db, Message.case_id == cases[0], Message.topic == "mail")]
    assert sorted(told) == sorted({rung.tell for rung in ladder})
    assert not waking.wake(system, cases[0], now=clock())


def test_a_case_in_anothers_hands_is_left_to_him(db, system, clock, cases) -> None:
    if db.sqlite:
        pytest.skip("one writer at a time: there the write lock decides")
    clock.now = wake_at(db, cases[0])
    with db.write() as session:
        operations.locked(session, cases[0])
        assert not waking.wake(system, cases[0], now=clock())


@pytest.mark.req("OR-06")
def test_deadlines_due_are_found_by_their_index_alone(db, cases) -> None:
    with db.write() as session:
        first = session.scalars(sa.select(Deadline).limit(1)).one()
        row = {c.name: getattr(first, c.name) for c in Deadline.__table__.columns if c.name != "id"}
        later = [row | {"ref": f"r{n}", "wake_at": NOW + timedelta(days=90)} for n in range(3000)]
        session.execute(sa.insert(Deadline), later)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    seen: list[str] = []
    moment = first.wake_at

    def explained(connection, cursor, statement, parameters, context, many) -> None:
        if "deadline.wake_at <=" in statement and not statement.startswith("EXPLAIN"):
            words = "EXPLAIN QUERY PLAN" if db.sqlite else "EXPLAIN"
            seen.append(str(connection.exec_driver_sql(f"{words} {statement}", parameters).all()))

    for engine in db.engines:
        sa.event.listen(engine, "before_cursor_execute", explained)
    assert due.ahead(db, moment).cases == cases
    (plan,) = seen
    assert "ix_deadline_wake" in plan
    assert "Seq Scan on deadline" not in plan
    assert "SCAN deadline" not in plan
    assert db.sqlite is ("ix_message_due" in plan)  # PostgreSQL reads the few messages of a test as they lie
