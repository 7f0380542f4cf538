"""The days of a region: the clock goes on, what is due happens, everybody answers what lies before him."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.demo.years.habits import HABITS
from app.demo.years.people import Desk, Staff
from app.worker.loop import Worker
from app.worker.mail import Postman

HOUR = 6  # of the day by UTC: a morning in every region
STEP = timedelta(seconds=20)


@dataclass
class Played:
    """What was done: tasks by form, cases by kind, what nobody could answer."""

    tasks: Counter[str] = field(default_factory=Counter)
    cases: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    days: int = 0
    seconds: float = 0.0


class Region:
    """A region that is played; `now` is its clock."""

    def __init__(self, system: System, code: str, now: datetime) -> None:
        self.system, self.code, self.now = system, code, now
        self.staff = Staff(system)
        self.desk = Desk(system, self.staff)
        self.habits: list[Callable[[Region], None]] = list(HABITS)
        self.worker = Worker(
            system,
            Postman("", "opora@localhost"),
            topics={"render": lambda message: None},
            clock=lambda: self.now,
        )
        self.days = 0
        self.surveyed: set[int] = set()
        self.stuck: dict[str, int] = {}

    @property
    def today(self) -> date:
        return self.system.calendar(self.code).local(self.now)

    def settle(self) -> None:
        self.worker.drain()

    def open_tasks(self) -> list[Task]:
        """What lies before people now, oldest first; what could not be answered is tried again after a while."""
        found = (
            sa.select(Task)
            .join(Case, Case.id == Task.case_id)
            .where(Case.region == self.code)
            .order_by(Task.opened_at, Task.id)
        )
        with self.system.db.read() as session:
            tasks = list(session.scalars(found))
        return [task for task in tasks if self.stuck.get(task.id, 0) <= self.days]

    def day(self) -> int:
        """One day: everything due, then one round of answers; returns how many were given."""
        self.settle()
        done = 0
        for task in self.open_tasks():
            self.now += STEP
            if self.desk.answer(task, self.now):
                done += 1
            else:
                self.stuck[task.id] = self.days + 20
        for habit in self.habits:
            habit(self)
        self.settle()
        return done

    def next_day(self, busy: bool, until: datetime) -> None:
        """The next working day; when nobody has anything to do, the day on which something becomes due."""
        self.days += 1
        calendar = self.system.calendar(self.code)
        day = self.today + timedelta(days=1)
        if not busy:
            with self.system.db.read() as session:
                where = (Case.region == self.code, Deadline.wake_at.is_not(None), Deadline.wake_at > self.now)
                due = session.scalar(sa.select(sa.func.min(Deadline.wake_at)).join(Case).where(*where))
            if due is not None:
                day = max(day, min(calendar.local(due) + timedelta(days=1), self.today + timedelta(days=14)))
        day = calendar.next_working(day)
        self.now = min(datetime(day.year, day.month, day.day, HOUR, tzinfo=UTC), until)

    def until(self, moment: datetime) -> None:
        """Play up to a moment."""
        while self.now < moment:
            busy = self.day() > 0
            self.next_day(busy, moment)
