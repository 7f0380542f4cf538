"""Those who hold tasks, and how they send a form: as in the browser, with the same checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import operations
from app.cases.models import Task
from app.cases.move import Proof
from app.cases.system import System
from app.demo.names import full_name
from app.demo.years.answering import FileWanted, Sheet, fill_in
from app.demo.years.beside import Asked
from app.demo.years.filling import Unanswered
from app.errors import DomainError, NotAllowed
from app.files import Upload, attach
from app.people import actor as actors
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation, Position
from app.people.operations import add_person, add_position
from app.people.roles import ROLES

SCAN = b"%PDF-1.4 scan of a signed paper"


class Staff:
    """Actors by organisation, as they were read last: read again for an organisation where somebody turns out to be missing
    or no longer to hold his position. That he does is asked under the lock of every move.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self._known: dict[int, list[Actor]] = {}

    def of(self, session: Session, organisation_id: int, day: date) -> list[Actor]:
        """Everybody who may act in an organisation, holders of positions and those who stand in for them."""
        if organisation_id not in self._known:
            where = Position.organisation_id == organisation_id
            people = session.scalars(sa.select(Position.person_id).where(where).order_by(Position.id))
            found = [a for person in dict.fromkeys(people) for a in actors.actors_of(session, person, day)]
            self._known[organisation_id] = found
        return self._known[organisation_id]

    def forget(self, organisation_id: int) -> bool:
        """True when there was something to forget."""
        return self._known.pop(organisation_id, None) is not None

    def holders(self, session: Session, task: Task, day: date) -> Iterator[Actor]:
        """Those before whom a task is put."""
        for actor in self.of(session, task.organisation_id, day):
            if policy.holds_task(actor, task):
                yield actor

    def with_role(self, session: Session, organisation_id: int, role: str, day: date) -> Actor | None:
        return next((a for a in self.of(session, organisation_id, day) if a.role == role and not a.behalf_of), None)

    def bodies(self, session: Session, region: str, kind: str) -> list[int]:
        """Organisations of a kind in a region."""
        where = (Organisation.region == region, Organisation.kind == kind, Organisation.valid_to.is_(None))
        return list(session.scalars(sa.select(Organisation.id).where(*where).order_by(Organisation.id)))


class Desk:
    """Answers a task: the form is laid out for its holder, filled in by rule, signed where it signs, sent."""

    def __init__(self, system: System, staff: Staff, region: str) -> None:
        self.system, self.staff, self.region = system, staff, region
        self.hired = 0
        self.done: Counter[str] = Counter()
        self.refused: dict[str, str] = {}

    def answer(self, task: Task, now: datetime, prepared: Sheet | None) -> bool:
        """True when the task is done; else why not stands in `refused`. `prepared`: filled in as it stood this morning."""
        done, words = prepared is not None and self._as_prepared(task, prepared, now), ""
        if not done:
            done, words = self._now(task, now)
        if done:
            self.done[task.form] += 1
        else:
            self.refused[task.form] = words or f"никто не держит роль {task.role} в {task.organisation_id}"
        return done

    def asked(self, tasks: Sequence[Task], now: datetime, step: timedelta) -> list[Asked]:
        """The tasks with those before whom they lie this morning; one is answered every `step`."""
        day = self.system.calendar(self.region).local(now)
        with self.system.db.read() as session:
            holders = [tuple(self.staff.holders(session, task, day)) for task in tasks]
        return [
            Asked(task.id, whom, now + step * n) for n, (task, whom) in enumerate(zip(tasks, holders, strict=True), 1)
        ]

    def _as_prepared(self, task: Task, prepared: Sheet, now: datetime) -> bool:
        try:
            self._send(task, prepared, now)
        except DomainError:
            return False  # what the form showed has changed since the morning: it is laid out anew
        return True

    def _now(self, task: Task, now: datetime) -> tuple[bool, str]:
        day = self.system.calendar(self.region).local(now)
        done, words, gone = self._by_somebody(task, day, now)
        if not done and (gone or not words) and self.staff.forget(task.organisation_id):
            done, words, gone = self._by_somebody(task, day, now)
        if not done and not words:
            try:
                if self._hire(task, day, now):
                    done, words, gone = self._by_somebody(task, day, now)
            except DomainError as failure:
                words = str(failure)
        return done, words

    def _by_somebody(self, task: Task, day: date, now: datetime) -> tuple[bool, str, bool]:
        """Done by one of the holders; else in which words it was refused last, and whether somebody may not act any more."""
        words, gone = "", False
        with self.system.db.read() as session:
            holders = list(self.staff.holders(session, task, day))
        for actor in holders:
            try:
                self._send(task, self._filled(task, actor, now), now)
            except (DomainError, Unanswered) as failure:
                words, gone = str(failure), gone or isinstance(failure, NotAllowed)
                continue
            return True, "", False
        return False, words, gone

    def _hire(self, task: Task, day: date, now: datetime) -> bool:
        """A task that lies before an empty post: the organisation takes somebody on."""
        if task.position_id is not None:
            return False
        self.hire(task.organisation_id, task.role.split("|")[0], day, now, head=task.head)
        return True

    def hire(self, organisation_id: int, role: str, day: date, now: datetime, *, head: bool = False) -> None:
        """Somebody new on a post of an organisation."""
        self.hired += 1
        person = str(full_name(Random(f"hired:{self.hired}:{organisation_id}")))  # noqa: S311 - invented people
        with self.system.db.write() as session:
            login = f"hired-{organisation_id}-{self.hired}"
            added = add_person(session, login, person, actor=None, now=now)
            since: dict[str, Any] = {"valid_from": day, "basis": "приказ о приёме на работу", "actor": None, "now": now}
            add_position(session, added.id, organisation_id, role, title=ROLES[role].title, head=head, **since)
        self.staff.forget(organisation_id)
        self.done["(принят сотрудник)"] += 1

    def _send(self, task: Task, sheet: Sheet, now: datetime) -> None:
        proof = Proof(sheet.shown) if sheet.shown else None
        sent = (sheet.answers, sheet.routing)
        operations.complete_task(self.system, task.id, *sent, actor=sheet.actor, now=now, seen=sheet.seen, proof=proof)

    def _filled(self, task: Task, actor: Actor, now: datetime) -> Sheet:
        try:
            return self._try(task, actor, now)
        except FileWanted:
            self._attach(task, actor, now)
            return self._try(task, actor, now)

    def _try(self, task: Task, actor: Actor, now: datetime) -> Sheet:
        with self.system.db.read() as session:
            return fill_in(session, self.system, task, actor, now)

    def _attach(self, task: Task, actor: Actor, now: datetime) -> None:
        with self.system.db.write() as session:
            upload = Upload("скан.pdf", SCAN)
            attach(
                session,
                self.system.files,
                upload,
                case_id=task.case_id,
                task_id=task.id,
                person_id=actor.person_id,
                now=now,
            )
