"""A school's team on its way through the four processes, walked as its people would walk it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case
from app.cases.move import Proof
from app.cases.system import System
from app.people import actor as actors
from app.people.actor import Actor
from app.people.models import Organisation, Person, Position
from app.teachers.models import SkillGap, Teacher
from tests.campaign.walk import Walker

YEAR = 2026
KINDS = ("subject", "cross_subject", "psych_ped", "ict", "management")


class Team(Walker):
    """`school` has a deputy, a teacher and a mentor with accounts; `other` is another school of the same municipality."""

    def __init__(self, system: System, now: datetime, region: str) -> None:
        super().__init__(system, now)
        self.region = region
        with system.db.read() as session:
            deputies = sa.select(Position.organisation_id).where(Position.role == "school_deputy")
            places = (
                sa.select(Organisation)
                .join(sa.orm.aliased(Organisation, name="up"), sa.text("up.id = organisation.parent_id"))
                .where(Organisation.region == region, Organisation.kind == "school", Organisation.id.in_(deputies))
                .where(sa.text("up.kind = 'municipality'"))
                .order_by(Organisation.parent_id, Organisation.id)
            )
            schools = list(session.scalars(places))
            pair = next((a, b) for a in schools for b in schools if a.id != b.id and a.parent_id == b.parent_id)
            self.school, self.other, self.municipality = pair[0].id, pair[1].id, pair[0].parent_id
            kinds = sa.select(Organisation.kind, Organisation.id).where(Organisation.region == region)
            self.centre = dict(session.execute(kinds.where(Organisation.kind == "centre")).all())["centre"]

    # who ----------------------------------------------------------------------------------------------------------------

    def at(self, organisation_id: int, role: str) -> Actor:
        return self.actor_of(organisation_id, role)

    @property
    def methodist(self) -> Actor:
        return self.at(self.centre, "pd_center")

    @property
    def tutor(self) -> Actor:
        return self.at(self.centre, "tutor")

    def person(self, name: str) -> int:
        """The id of a person by family name."""
        with self.system.db.read() as session:
            return session.scalars(sa.select(Person.id).where(Person.family_name == name).order_by(Person.id)).one()

    def acting(self, person_id: int, organisation_id: int | None = None) -> Actor:
        with self.system.db.read() as session:
            found = actors.actors_of(session, person_id, self.now.date())
        return next(a for a in found if organisation_id in (None, a.organisation_id))

    # what ---------------------------------------------------------------------------------------------------------------

    def open(self, kind: str, subject_id: int, actor: Actor, **data: Any) -> int:
        case = operations.open_case(self.system, kind, subject_id, YEAR, data, actor=actor, now=self.now)
        self.settle()
        return case

    def roster(self, case_id: int, more: list[dict[str, Any]] | None = None) -> None:
        """The staff that has accounts, and those named."""
        task = self.task("retraining_roster", case_id=case_id)
        rows = self.form(task, self.holder(task)).answers()["teachers"]
        for row in rows:
            leader = "директор" in row["post"].lower()
            row |= {"leader": leader, "takes_part": True, "subjects": [] if leader else ["math"]}
        self.send(task, {"teachers": [*rows, *(more or [])], "informed": True})

    def schedule(self, case_id: int) -> None:
        day = (self.now + timedelta(days=1)).date().isoformat()
        answers = {"instrument": "Диагностика, версия 3", "form": "online", "place": "https://test.example"}
        answers |= {"session_on": day, "responsible": self.methodist.person_id}
        self.do("retraining_schedule", answers, case_id=case_id)

    def results(
        self, case_id: int, percents: Mapping[str, float] | float = 60.0, *, form: str = "retraining_results"
    ) -> None:
        """The same percents for everybody, or by family name; who is not named gets none."""
        task = self.task(form, case_id=case_id)
        rows = self.form(task, self.holder(task)).answers()["results"]
        for row in rows:
            family = row["teacher"].split()[0]
            value = percents if isinstance(percents, float) else percents.get(family)
            if value is not None:
                row |= {"day": self.now.date().isoformat(), **{f"gap_{kind}": value for kind in KINDS}}
        self.send(task, {"results": rows})

    def diagnosed(self, school: int | None = None, more: list[dict[str, Any]] | None = None) -> int:
        """A school whose whole team has middle gaps, at the tutor's review."""
        case = self.open("retraining", school or self.school, self.methodist)
        self.roster(case, more)
        self.schedule(case)
        self.results(case)
        return case

    def reviewed(self, case_id: int, proposals: Mapping[int, str] | None = None) -> None:
        """Routes for those named, nothing for the others."""
        task = self.task("retraining_review", case_id=case_id)
        rows = self.form(task, self.holder(task)).answers()["people"]
        for row in rows:
            chosen = (proposals or {}).get(int(row["row"]), "nothing")
            row |= {"proposal": chosen, "tutor": self.tutor.position_id if chosen == "route" else None}
        self.send(task, {"people": rows})

    def route_of(self, person_id: int) -> int:
        with self.system.db.read() as session:
            cases = session.scalars(sa.select(Case).where(Case.kind == "teacher_route").order_by(Case.id.desc()))
            return next(case.id for case in cases if case.data["person"] == person_id)

    def drafted(self, route: int, *, training: int | None = None, goal: str = "Закрыть предметный дефицит") -> None:
        """One step for every gap."""
        task = self.task("route_draft", case_id=route)
        form = self.form(task, self.holder(task))
        gaps = form.context["choices"]["gap"]
        due = (self.now + timedelta(days=60)).date().isoformat()
        step = {"kind": "self_study", "text": "Разобрать задачи", "due_on": due, "evidence": "report", "mentor": False}
        steps = [{**step, "gap": gap} for gap in gaps]
        if training is not None:
            steps[0] |= {"kind": "course", "training": training, "text": "Курс"}
        self.send(task, {"goal": goal, "steps": steps})

    def agreed(self, route: int, *, show_head: bool = False) -> None:
        self.do("route_agree", {"outcome": "agree", "show_head": show_head}, case_id=route)

    def reported(self, route: int) -> None:
        """Every open step is done."""
        task = self.task("route_steps", case_id=route)
        rows = self.form(task, self.holder(task)).answers()["steps"]
        for row in rows:
            row |= {"result": "done", "fact": "Сделано", "url": "https://school.example/otchet"}
        self.send(task, {"steps": rows})

    def group(self, kind: str = "course", seats: int = 5, **more: Any) -> int:
        """An approved group that enrols now."""
        case = self.open("training", self.centre, self.methodist)
        starts = (self.now + timedelta(days=30)).date().isoformat()
        ends = (self.now + timedelta(days=40)).date().isoformat()
        answers = {
            **{"training_kind": kind, "name": "Урок геометрии", "audience": "subject_teachers", "form": "onsite"},
            **{"hours": 16 if kind == "course" else 8, "gap_kinds": ["subject"], "seats": seats},
            **{"starts_on": starts, "ends_on": ends, "site": self.other if kind == "internship" else None},
        }
        self.do("training_card", {**answers, **more}, case_id=case)
        self.do("training_approve", {"outcome": "approve"}, case_id=case)
        return case

    # what is there ------------------------------------------------------------------------------------------------------

    def case(self, case_id: int) -> Case:
        with self.system.db.read() as session:
            return session.get_one(Case, case_id)

    def teachers(self, school_id: int) -> list[Teacher]:
        with self.system.db.read() as session:
            return list(session.scalars(sa.select(Teacher).where(Teacher.school_id == school_id).order_by(Teacher.id)))

    def gaps(self, person_id: int) -> list[SkillGap]:
        with self.system.db.read() as session:
            return list(session.scalars(sa.select(SkillGap).where(SkillGap.person_id == person_id)))


def newcomer(name: str, **more: Any) -> dict[str, Any]:
    """A row of the roster that is typed."""
    row = {"name": name, "post": "учитель математики", "subjects": ["math"], "leader": False, "takes_part": True}
    return {**row, **more}


__all__ = ["KINDS", "YEAR", "Proof", "Team", "newcomer"]
