"""A school that is accompanied, and the people of its accompaniment: everything is done as they would do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import forms
from app.cases import operations
from app.cases.models import Case, Task
from app.cases.system import System
from app.people.actor import Actor
from app.people.models import Organisation, Position
from app.programmes.mentoring import candidates, serving
from app.programmes.mentoring.models import Mentorship
from tests.campaign.walk import Walker
from tests.documents.places import Places

YEAR = 2026
GOOD_LESSON = {
    **{"subject": "math", "grade": "5", "topic": "Действия с дробями", "conclusion": "Цель названа"},
    **{"goal": "2", "activity": "1", "feedback": "1", "discipline": "3", "difference": "0"},
}
PLAN = {
    "form": "onsite",
    "aim": "Посмотреть уроки математики",
    "looks": ["lessons", "documents"],
    "lessons": [{"subject": "math", "grade": "5", "teacher": None}],
}


class Scene:
    """`school` and `other` are schools of one municipality with low results; `now` is the walker's clock."""

    def __init__(self, system: System, walker: Walker, region: str) -> None:
        self.system, self.walker, self.region = system, walker, region
        self.places = Places(walker, region)
        with system.db.read() as session:
            found = sa.select(Organisation).where(Organisation.kind == "school", Organisation.region == region)
            schools = session.scalars(found.order_by(Organisation.id)).all()
            high = candidates.steadily_high(session, self.profile, [school.id for school in schools], YEAR)
            towns = sa.select(Organisation.id).where(Organisation.kind == "municipality")
            municipal = set(session.scalars(towns))
            low = [s for s in schools if high[s.id] is False and s.parent_id in municipal]
            self.school = low[0]
            self.other = next(s for s in low[1:] if s.parent_id == self.school.parent_id)
            self.stranger = next(s for s in low[1:] if s.parent_id != self.school.parent_id)
            bodies = sa.select(Organisation.kind, Organisation.id).where(
                Organisation.region == region, Organisation.kind.in_(("operator", "centre"))
            )
            self.bodies = {kind: key for kind, key in session.execute(bodies)}

    @property
    def profile(self) -> Any:
        return self.system.profile(self.region)

    @property
    def operator(self) -> Actor:
        return self.walker.actor_of(self.bodies["operator"], "regional_operator")

    @property
    def today(self) -> Any:
        return self.system.calendar(self.region).local(self.walker.now)

    def wait(self, days: int) -> None:
        """The clock goes on; what has become due happens."""
        self.walker.now += timedelta(days=days)
        self.walker.settle()

    # looking ---------------------------------------------------------------------------------------------------------

    def forms_of(self, case_id: int) -> list[str]:
        return [task.form for task in self.walker.tasks(case_id=case_id)]

    def task(self, form: str, case_id: int) -> Task:
        return self.walker.task(form, case_id=case_id)

    def laid_out(self, form: str, case_id: int) -> forms.CaseForm:
        task = self.task(form, case_id)
        return self.walker.form(task, self.walker.holder(task))

    def case(self, case_id: int) -> Case:
        with self.system.db.read() as session:
            return session.get_one(Case, case_id)

    def children(self, case_id: int, kind: str) -> list[Case]:
        with self.system.db.read() as session:
            found = sa.select(Case).where(Case.parent_id == case_id, Case.kind == kind).order_by(Case.id)
            return list(session.scalars(found))

    def standing(self, case_id: int) -> Mentorship | None:
        with self.system.db.read() as session:
            return serving.in_force_of(session, case_id)

    def curator(self, school: Organisation | None = None, on: Any = None) -> Position | None:
        """The curator of a school by the order in force."""
        with self.system.db.read() as session:
            found = serving.curator_of(session, (school or self.school).id, on or self.today)
            return session.get(Position, found) if found else None

    # doing -----------------------------------------------------------------------------------------------------------

    def open(self, school: Organisation | None = None, kind: str = "curator") -> int:
        case_id = operations.open_case(
            self.system, "mentoring", (school or self.school).id, YEAR, {"kind": kind}, actor=self.operator,
            now=self.walker.now,
        )  # fmt: skip
        self.walker.settle()
        return case_id

    def fit(self, case_id: int) -> list[int]:
        """Candidates of the own municipality against whom nothing speaks."""
        form = self.laid_out("mentoring_candidate", case_id)
        bad = {**form.facts["failed"], **form.facts["elsewhere"]}
        return [key for key, _ in form["candidate"].choices if str(key) not in bad]

    def propose(self, case_id: int, candidate: int | None = None, **answers: Any) -> None:
        chosen = candidate or self.fit(case_id)[0]
        term = {"starts_on": self.today.isoformat(), "ends_on": "2027-06-30", "kinship": False}
        self.walker.do("mentoring_candidate", {"candidate": chosen, **term, **answers}, case_id=case_id)

    def agree(self, case_id: int) -> None:
        answers = {"outcome": "yes", "conditions": "по вторникам", "no_conflict": True, "contacts": True}
        self.walker.do("mentoring_consent", answers, case_id=case_id)

    def act_of(self, case_id: int) -> int:
        return self.children(case_id, "act")[-1].id

    def appoint(self, case_id: int, candidate: int | None = None, **answers: Any) -> None:
        """From the candidate to the order in force."""
        self.propose(case_id, candidate, **answers)
        self.agree(case_id)
        self.places.issue(self.act_of(case_id))

    def plan(self, case_id: int, *days: str, contacts: Any = ()) -> list[int]:
        """The plan of the year; returns the cases of its visits."""
        wanted = days or ("2026-12-08", "2027-02-16")
        rows = [{"on": day, "aim": "Посмотреть уроки", "form": "onsite"} for day in wanted]
        answers = {"visits": rows, "topics": [], "contacts": list(contacts)}
        self.walker.do("mentoring_plan", answers, case_id=case_id)
        return [case.id for case in self.children(case_id, "visit")]

    def accompanied(self, **answers: Any) -> tuple[int, list[int]]:
        """A school with its curator appointed and the visits of the year planned."""
        case_id = self.open()
        self.appoint(case_id, **answers)
        return case_id, self.plan(case_id)

    def reply(self, visit: int) -> int:
        """The newest question to the school about a visit."""
        return self.children(visit, "visit_reply")[-1].id

    def agreed(self, visit: int, days: int = 7) -> str:
        """A visit planned in some days, which the school confirms; returns its day."""
        day = self.system.calendar(self.region).next_working(self.today + timedelta(days=days))
        self.walker.do("visit_plan", {**PLAN, "at": f"{day.isoformat()}T09:30"}, case_id=visit)
        self.walker.do("visit_confirm", {"outcome": "ok"}, case_id=self.reply(visit))
        return day.isoformat()

    def arrive(self, visit: int, days: int = 7) -> str:
        """The day of an agreed visit has come."""
        day = self.agreed(visit, days)
        while self.today.isoformat() < day:
            self.wait(1)
        return day

    def report(self, visit: int, **answers: Any) -> None:
        """The report of a visit held today."""
        self.walker.do("visit_report", self.reported(**answers), case_id=visit)

    def reported(self, **answers: Any) -> Mapping[str, Any]:
        return {
            "held": "held",
            "day": self.today.isoformat(),
            "hours": "с 8:50 до 15:30",
            "participants": [{"role": "Директор", "name": "Каштанов Р. И."}],
            "lessons": [GOOD_LESSON],
            "documents": [{"name": "План работы", "state": "действует", "remark": None}],
            "talks": "С командой обсуждены сроки.",
            "found": "Разборы уроков ведутся не всеми.",
            "advice": [],
            **answers,
        }
