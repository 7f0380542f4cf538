"""The clock jumps an hour forward and back: nobody is reminded twice, nothing lasts less than no time, the watch goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.cases.models import Deadline
from app.journal.models import Event
from app.outbox.models import Message
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.people.world import NOW
from tests.worker.setting import messages

HOUR = timedelta(hours=1)


@pytest.fixture
def worker(system, clock) -> Worker:
    return Worker(system, Postman("", "opora@localhost"), clock=clock)


def reminders(db) -> list[str]:
    """Keys of the reminders; the journal has one record of each."""
    found = [one.key for one in messages(db, Message.topic == "mail")]
    with db.read() as session:
        recorded = session.scalar(sa.select(sa.func.count()).where(Event.kind == "deadline.reminded"))
    assert recorded == len(found)
    return found


def wake_at(db, case_id: int) -> datetime:
    with db.read() as session:
        return session.scalars(sa.select(Deadline.wake_at).where(Deadline.case_id == case_id)).one()


def test_a_reminder_leaves_once_however_the_clock_jumps(db, worker, clock, petition) -> None:
    for rung in range(2):
        moment = wake_at(db, petition)
        for jump, known in ((-HOUR, rung), (HOUR, rung + 1), (-HOUR, rung + 1), (HOUR, rung + 1)):
            clock.now = moment + jump
            worker.drain()
            assert len(set(reminders(db))) == len(reminders(db)) == known
    assert messages(db, Message.done_at.is_(None)) == []
    with db.read() as session:
        assert session.scalars(sa.select(Deadline.id).where(Deadline.due_at < Deadline.started_at)).all() == []


def test_the_watch_and_the_chores_do_not_wait_until_the_clock_has_caught_up(system, clock) -> None:
    done: list[object] = []
    worker = Worker(system, Postman("", "opora@localhost"), clock=clock, chores=[done.append])
    worker.tidy()
    worker.watch()
    clock.later(hours=-1)
    worker.tidy()
    worker.watch()
    assert done == [NOW, NOW - HOUR]
    assert worker._watched == NOW - HOUR
    clock.later(seconds=30)
    worker.tidy()
    assert done == [NOW, NOW - HOUR], "an hour has not passed by the new time either"
