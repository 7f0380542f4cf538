"""The days of a region: the clock goes on, what is due happens, everybody answers what lies before him."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.demo.years.beside import Beside
from app.demo.years.habits import HABITS
from app.demo.years.output import Papers
from app.demo.years.people import Desk, Staff
from app.people.models import Organisation
from app.worker.loop import Worker
from app.worker.mail import Postman

HOUR = 6  # of the day by UTC: a morning in every region
STEP = timedelta(seconds=20)
OF_CAMPAIGNS = ("objection",)  # about single schools, but the campaign, which is always whole, waits for them
PATIENCE = timedelta(days=24)  # what is due later is left for later


class Region:
    """A region that is played; `now` is its clock."""

    def __init__(self, system: System, code: str, now: datetime, beside: Beside, papers: Papers, most: int) -> None:
        """`most`: how many of the listed schools answer; 0 for all."""
        self.system, self.code, self.now, self.most = system, code, now, most
        self.beside = beside
        self.staff = Staff(system)
        self.desk = Desk(system, self.staff, code)
        self.habits: list[Callable[[Region], None]] = list(HABITS)
        self.worker = Worker(
            system,
            Postman("", "opora@localhost"),
            topics={"render": lambda message: papers.ask(message.payload)},
            light=("render",),
            clock=lambda: self.now,
        )
        self.days = 0
        self.staffed: set[int] = set()
        self.surveyed: set[int] = set()
        self.only: frozenset[str] = frozenset()
        self.begun: set[tuple[str, int, int]] = set()  # what was begun of itself: kind, about whom, school year
        self.first = now.year
        self.left = False
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
            .where(Case.region == self.code, Task.due_at.is_(None) | (Task.due_at <= self.now + PATIENCE))
            .order_by(Task.opened_at, Task.case_id, Task.key, Task.item, Task.id)
        )
        if self.most:
            silent = sa.select(Organisation.id).where(
                Organisation.kind == "school", Organisation.id.not_in(self.chosen())
            )
            found = found.where(Case.subject_id.not_in(silent) | Case.kind.in_(OF_CAMPAIGNS))
        if self.only:
            found = found.where(Case.kind.in_(self.only))
        with self.system.db.read() as session:
            tasks = list(session.scalars(found))
        return [task for task in tasks if self.stuck.get(task.id, 0) <= self.days]

    def chosen(self) -> sa.Select:
        """The first schools that were listed, and still are by their open case."""
        listed = sa.select(Case.subject_id).where(Case.region == self.code, Case.kind == "support_cycle")
        return listed.where(sa.type_coerce(Case.data, sa.Text).contains('"listed"')).order_by(Case.id).limit(self.most)

    def day(self) -> int:
        """One day: everything due, then one round of answers; returns how many were given."""
        self.settle()
        for habit in self.habits:
            habit(self)
        done, tasks = 0, self.open_tasks()
        for task, prepared in zip(tasks, self.beside.fill(self.desk.asked(tasks, self.now, STEP)), strict=True):
            self.now += STEP
            if self.desk.answer(task, self.now, prepared):
                done += 1
            else:
                self.stuck[task.id] = self.days + 20
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

    def open_campaign(self, school_year: int) -> int:
        """The operator's analyst opens the campaign of a school year."""
        with self.system.db.read() as session:
            (root,) = self.staff.bodies(session, self.code, "region")
            operator = self.staff.bodies(session, self.code, "operator")[0]
            analyst = self.staff.with_role(session, operator, "regional_operator", self.today)
        return operations.open_case(self.system, "campaign", root, school_year, actor=analyst, now=self.now)

    def until(self, moment: datetime) -> None:
        """Play up to a moment."""
        while self.now < moment:
            busy = self.day() > 0
            self.next_day(busy, moment)
