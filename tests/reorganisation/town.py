"""Two schools of one municipality and what founders do to them, by the people whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case, Task
from app.cases.move import start
from app.files import Upload, attach
from app.people.actor import Actor
from app.people.models import Organisation, Position
from app.schools.models import School
from tests.campaign.walk import Walker

ACT = "постановление администрации от 12.11.2026 № 214-п"
SCAN = b"%PDF-1.4 act of the founder"
YEAR = 2026


class Town:
    """`old` and `heir` are neighbours; `walker` acts for whoever holds a task."""

    def __init__(self, walker: Walker, region: str) -> None:
        self.walker, self.region = walker, region
        with walker.system.db.read() as session:
            found = sa.select(School.municipality_id).where(School.region == region, School.founder == "municipal")
            self.municipality = session.scalars(
                found.group_by(School.municipality_id).order_by(sa.func.count().desc()).limit(1)
            ).one()
            near = sa.select(School.id).where(
                School.municipality_id == self.municipality, School.founder == "municipal"
            )
            self.old, self.heir, self.third = session.scalars(near.order_by(School.code).limit(3)).all()

    # who ------------------------------------------------------------------------------------------------------------

    def operator(self) -> Actor:
        return self.of_kind("operator", "regional_operator")

    def of_kind(self, kind: str, role: str) -> Actor:
        with self.walker.system.db.read() as session:
            where = (Organisation.region == self.region, Organisation.kind == kind)
            place = session.scalars(sa.select(Organisation.id).where(*where).order_by(Organisation.id)).first()
        assert place is not None
        return self.walker.actor_of(place, role)

    def authority(self) -> Actor:
        return self.walker.actor_of(self.municipality, "municipal_authority")

    # what stands in the database --------------------------------------------------------------------------------------

    def get(self, model: Any, key: Any) -> Any:
        with self.walker.system.db.read() as session:
            return session.get_one(model, key)

    def all(self, statement: sa.Select) -> list[Any]:
        with self.walker.system.db.read() as session:
            return list(session.scalars(statement))

    def case(self, case_id: int) -> Case:
        return self.get(Case, case_id)

    def tasks_of(self, case_id: int) -> dict[str, Task]:
        return {task.form: task for task in self.walker.tasks(case_id=case_id)}

    def positions(self, school: int) -> list[Position]:
        return self.all(sa.select(Position).where(Position.organisation_id == school).order_by(Position.id))

    # what is done -----------------------------------------------------------------------------------------------------

    def open_case(
        self, kind: str, school: int, data: Mapping[str, Any] | None = None, parent: int | None = None
    ) -> int:
        """A case that another case would open."""
        walker = self.walker
        with operations.unit_of(walker.system, None, walker.now) as unit:
            above = operations.locked(unit.session, parent) if parent else None
            return start(unit, kind, school, YEAR, data or {}, parent=above).id

    def cycle_of(self, school: int) -> int:
        """The open case of support of a school, opened now when it has none."""
        where = (Case.kind == "support_cycle", Case.subject_id == school, Case.status == "open")
        found = self.all(sa.select(Case.id).where(*where))
        return found[0] if found else self.open_case("support_cycle", school, {"track": "listed"})

    def register(self, answers: Mapping[str, Any], *, school: int | None = None, actor: Actor | None = None) -> int:
        """The founder's act is registered; returns the case. The act is attached as a file."""
        walker = self.walker
        actor = actor or self.authority()
        case_id = operations.open_case(
            walker.system, "reorganisation", school or self.old, YEAR, {}, actor=actor, now=walker.now
        )
        task = walker.task("reorg_register", case_id=case_id)
        walker.send(task, {**self.act(task, actor), **answers}, actor=actor)
        return case_id

    def act(self, task: Task, actor: Actor) -> dict[str, Any]:
        walker = self.walker
        with walker.system.db.write() as session:
            place = {"case_id": task.case_id, "task_id": task.id, "person_id": actor.person_id, "now": walker.now}
            row = attach(session, walker.system.files, Upload("акт.pdf", SCAN), **place)
            number = row.id
        day = walker.now.date().isoformat()
        return {"day": day, "act": ACT, "files": [number], "no_pupil_data": True}

    def approve(self, case_id: int, fates: Mapping[int, Mapping[str, Any]] | None = None, **verify: Any) -> None:
        """Verified, fates decided where they are asked, signed."""
        walker = self.walker
        walker.do("reorg_verify", {"outcome": "ok", "note": "Сверено с ЕГРЮЛ.", **verify}, case_id=case_id)
        if tasks := walker.tasks(form="reorg_cases", case_id=case_id):
            blank = walker.form(tasks[0], walker.holder(tasks[0])).answers()
            lines = [
                {**line, "reason": "по решению оператора", **(fates or {}).get(line["row"], {})}
                for line in blank["cases"]
            ]
            walker.send(tasks[0], {"cases": lines})
        walker.do("reorg_approve", {"outcome": "sign"}, case_id=case_id)

    def merge(self, fates: Mapping[int, Mapping[str, Any]] | None = None, **more: Any) -> int:
        """`old` is joined to `heir`."""
        case_id = self.register({"kind": "merge", "successor": self.heir, **more})
        self.approve(case_id, fates, merge_results=True)
        return case_id
