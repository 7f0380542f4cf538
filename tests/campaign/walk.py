"""Walking cases as people would: the holder of a task opens its form, fills it in, sends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import forms
from app.cases import operations
from app.cases.handlers import Asking
from app.cases.models import Case, Task
from app.cases.move import Proof
from app.cases.system import System
from app.people import actor as actors
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation, Position
from app.people.substitution import create_substitution
from app.worker.loop import Worker
from app.worker.mail import Postman


class Walker:
    """`now` is the virtual clock of the walk."""

    def __init__(self, system: System, now: datetime) -> None:
        self.system, self.now = system, now

    def tasks(self, **where: Any) -> list[Task]:
        """Open tasks by `form`, `case_id`, `kind` of the case."""
        statement = sa.select(Task).join(Case, Case.id == Task.case_id).order_by(Task.opened_at, Task.id)
        for name, value in where.items():
            statement = statement.where((Case.kind if name == "kind" else getattr(Task, name)) == value)
        with self.system.db.read() as session:
            return list(session.scalars(statement))

    def task(self, form: str, **where: Any) -> Task:
        found = self.tasks(form=form, **where)
        assert found, f"no open task {form}; open: {sorted({t.form for t in self.tasks()})}"
        return found[0]

    def holder(self, task: Task) -> Actor:
        """Somebody before whom the task is put."""
        with self.system.db.read() as session:
            people = (
                sa.select(Position.person_id)
                .where(Position.organisation_id == task.organisation_id)
                .order_by(Position.id)
            )
            for person in dict.fromkeys(session.scalars(people)):
                for actor in actors.actors_of(session, person, self.now.date()):
                    if policy.holds_task(actor, task):
                        return actor
        raise AssertionError(f"nobody holds {task.form} in {task.organisation_id} as {task.role}")

    def form(self, task: Task, actor: Actor, answers: Mapping[str, Any] | None = None) -> forms.CaseForm:
        """The form as the page lays it out, or as it is sent with `answers` over what is filled in."""
        with self.system.db.read() as session:
            case = session.get_one(Case, task.case_id)
            ask = Asking(session, self.system, case, task, actor, self.now)
            describe = self.system.handlers.contexts.get(task.form)
            context = describe(ask) if describe else {}
            show = self.system.handlers.signed.get(task.form)
            blank = forms.form_class(task.form)(context=context)
            if answers is None:
                return blank
            filled = {**blank.answers(), **answers}
            self.shown = show(ask, filled) if show else None
            return forms.form_class(task.form)(filled, context=context)

    def send(
        self, task: Task, answers: Mapping[str, Any] | None = None, *, actor: Actor | None = None
    ) -> operations.Moved:
        """Send a form; what is wrong with it fails the walk in the words people would read."""
        actor = actor or self.holder(task)
        form = self.form(task, actor, answers or {})
        assert form.validate(), [issue.text for issue in form.issues()]
        proof = Proof(self.shown) if self.shown else None
        moved = operations.complete_task(
            self.system,
            task.id,
            form.answers(),
            form.routing(),
            actor=actor,
            now=self.now,
            seen=task.version,
            proof=proof,
        )
        self.settle()
        return moved

    def do(self, form: str, answers: Mapping[str, Any] | None = None, **where: Any) -> operations.Moved:
        return self.send(self.task(form, **where), answers)

    def settle(self) -> None:
        """Everything that is due at the walk's clock, as the worker would do it."""
        Worker(
            self.system, Postman("", "opora@localhost"), topics={"render": lambda message: None}, clock=lambda: self.now
        ).drain()

    # what people begin themselves ------------------------------------------------------------------------------------

    def actor_of(self, organisation_id: int, role: str) -> Actor:
        """The holder of a role in an organisation."""
        with self.system.db.read() as session:
            person = session.scalars(
                sa.select(Position.person_id).where(Position.organisation_id == organisation_id, Position.role == role)
            ).first()
            assert person is not None, f"no {role} in {organisation_id}"
            return next(a for a in actors.actors_of(session, person, self.now.date()) if a.role == role)

    def open_objection(self, school_id: int) -> int:
        """The head of a school objects to its verdict in the open campaign."""
        with self.system.db.read() as session:
            campaign = session.scalars(sa.select(Case).where(Case.kind == "campaign", Case.status == "open")).one()
        head = self.actor_of(school_id, "school_head")
        data = {"campaign": campaign.id}
        opened = operations.open_case(
            self.system,
            "objection",
            school_id,
            campaign.school_year,
            data,
            actor=head,
            now=self.now,
            parent_id=campaign.id,
        )
        self.settle()
        return opened

    def open_campaign(self, region: str, school_year: int) -> int:
        with self.system.db.read() as session:
            places = dict(
                session.execute(
                    sa.select(Organisation.kind, Organisation.id).where(
                        Organisation.region == region, Organisation.kind.in_(("region", "operator"))
                    )
                ).all()
            )
        actor = self.actor_of(places["operator"], "regional_operator")
        return operations.open_case(self.system, "campaign", places["region"], school_year, actor=actor, now=self.now)

    def acting_for(self, person: Actor, holder: Actor) -> Actor:
        """`person` acts for `holder` by an order of today."""
        with self.system.db.write() as session:
            create_substitution(
                session,
                holder.position_id,
                person.person_id,
                valid_from=self.now.date(),
                valid_to=self.now.date(),
                basis="приказа от 25.11.2026 № 7-к",
                actor=None,
                now=self.now,
            )
        with self.system.db.read() as session:
            found = actors.actors_of(session, person.person_id, self.now.date())
        return next(a for a in found if a.behalf_of == holder.position_id)
