"""A listed school's year as its people walk it: every answer is a form sent by whoever holds the task."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from app.cases.models import Case
from app.cases.system import System
from app.files import Upload, attach
from app.identification.models import SupportList, SupportListRow
from app.people.models import Organisation, Position
from app.programmes.models import Evaluation
from app.results.models import Result
from tests.campaign.walk import Walker
from tests.diagnostics import test_expertise, town
from tests.mentoring.scene import Scene
from tests.programmes import years
from tests.roadmap.conftest import School as Programme
from tests.teachers.team import Team, newcomer

YEAR = 2026
NEWCOMER = "Подорожникова Вера Ильинична"


class Year(Walker):
    """`school` stands in the signed list of the year; `lone` picks one without an education authority of its own."""

    def __init__(self, system: System, now: datetime, region: str, *, lone: bool = False) -> None:
        super().__init__(system, now)
        self.region = region
        with system.db.read() as session:
            own = (
                sa.select(Case.id, Case.subject_id, Organisation.parent_id)
                .join(Organisation, Organisation.id == Case.subject_id)
                .join(SupportListRow, SupportListRow.school_id == Case.subject_id)
                .join(SupportList, SupportList.id == SupportListRow.list_id)
                .where(Case.kind == "support_cycle", Case.status == "open", Case.school_year == YEAR)
                .where(SupportList.school_year == YEAR)
                .order_by(Case.subject_id)
            )
            towns = set(session.scalars(sa.select(Organisation.id).where(Organisation.kind == "municipality")))
            deputies = set(session.scalars(sa.select(Position.organisation_id).where(Position.role == "school_deputy")))
            fit = [row for row in session.execute(own) if (row[2] in towns) != lone and row[1] in deputies]
            self.case_id, self.school, self.municipality = fit[0]

    # people ---------------------------------------------------------------------------------------------------------

    TEAM, PROGRAMME = Team, Programme

    def beside(self, walker: Any) -> Any:
        """Another walker of the same year."""
        return walker

    @property
    def team(self) -> Team:
        found = self.beside(self.TEAM(self.system, self.now, self.region))
        found.school, found.municipality = self.school, self.municipality
        return found

    @property
    def scene(self) -> Scene:
        found = Scene(self.system, self, self.region)
        with self.system.db.read() as session:
            found.school = session.get_one(Organisation, self.school)
        return found

    @property
    def programme(self) -> Programme:
        found = self.beside(self.PROGRAMME(self.system, self.now))
        roles = ("school_head", "school_deputy", "teacher")
        found.region = SimpleNamespace(
            ids={"school_a": self.school}, actors={role: self.actor_of(self.school, role) for role in roles}
        )
        return found

    # looking --------------------------------------------------------------------------------------------------------

    def children(self, kind: str, parent: int | None = None) -> list[Case]:
        with self.system.db.read() as session:
            found = sa.select(Case).where(Case.parent_id == (parent or self.case_id), Case.kind == kind)
            return list(session.scalars(found.order_by(Case.id)))

    def child(self, kind: str, parent: int | None = None) -> int:
        found = self.children(kind, parent)
        assert found, f"no {kind} was opened"
        return found[-1].id

    def case(self, case_id: int | None = None) -> Case:
        with self.system.db.read() as session:
            return session.get_one(Case, case_id or self.case_id)

    def open_forms(self) -> Counter[str]:
        """Open tasks about the school."""
        with self.system.db.read() as session:
            cases = set(session.scalars(sa.select(Case.id).where(Case.subject_id == self.school)))
        return Counter(task.form for task in self.tasks() if task.case_id in cases)

    def tell(self) -> None:
        print(self.now.date(), self.case().awaits, dict(self.open_forms()))

    def until(self, *day: int) -> None:
        """The clock goes on to a day; what has become due on the way happens."""
        goal = datetime(*day, 9, tzinfo=UTC)
        while self.now < goal:
            self.now = min(self.now + timedelta(days=14), goal)
            self.settle()

    def file(self, case_id: int, name: str = "приказ.pdf") -> int:
        with self.system.db.write() as session:
            person = self.actor_of(self.school, "school_head").person_id
            upload = Upload(name, b"%PDF-1.4 order")
            row = attach(
                session, self.system.files, upload, case_id=case_id, task_id=None, person_id=person, now=self.now
            )
            return row.id

    # the year -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        deputy, head = (self.actor_of(self.school, role).person_id for role in ("school_deputy", "school_head"))
        group = [{"person": deputy, "role": "head"}, {"person": head, "role": "member"}]
        answers = {"responsible": deputy, "group": group, "site": "https://school.example", "agrees": True}
        answers |= {"order_files": [self.file(self.case_id)], "no_pupil_data": True}
        self.do("support_start", answers, case_id=self.case_id)
        for kind in ("mentoring", "diagnostics", "retraining"):
            self.child(kind)

    def appoint(self) -> None:
        """The curator: a candidate, his consent, the order, the plan of visits."""
        self.mentoring = self.child("mentoring")
        self.scene.appoint(self.mentoring, **self.from_another_municipality(self.mentoring))
        assert self.scene.curator() is not None
        self.visits = self.scene.plan(self.mentoring, "2026-12-08", "2027-02-16")

    def from_another_municipality(self, case_id: int) -> dict[str, Any]:
        """A school without an authority has no colleagues of its own municipality; whoever comes is let go by his."""
        if self.scene.fit(case_id):
            return {}
        facts = self.scene.laid_out("mentoring_candidate", case_id).facts
        fit = [int(key) for key in facts["elsewhere"] if key not in facts["failed"]]
        return {"candidate": fit[0], "neighbour_agrees": True, "neighbour_paper": [self.file(case_id, "письмо.pdf")]}

    def diagnose(self) -> None:
        self.diagnosis = self.child("diagnostics")
        self.collect()
        town.analyse(self, self.diagnosis)
        task = self.task("diag_school", case_id=self.diagnosis)
        high = self.form(task, self.holder(task)).facts["high"]
        answers = {"outcome": "agree", "in_work": high[:5], "left_out": "Начнём с этих пяти", "basis": "Результаты"}
        self.send(task, answers)
        self.do("diag_confirm", {"outcome": "sign"}, case_id=self.diagnosis)
        self.do("diag_verify", {"outcome": "approve"}, case_id=self.diagnosis)
        assert self.case(self.diagnosis).status == "done"
        assert self.children("roadmap"), "the approved diagnosis opens the programme"

    def collect(self) -> None:
        """Everything the diagnosis is made of."""
        town.collect(self, self.diagnosis)

    def draw_up(self) -> None:
        """The programme from its draft to the assignments of its rows."""
        self.roadmap = self.child("roadmap")
        self.programme_draft()
        self.approve_programme()
        assert len(self.children("assignment", self.roadmap)) >= 2

    def programme_draft(self) -> None:
        task = self.task("roadmap_draft", case_id=self.roadmap)
        blank = self.form(task, self.holder(task))
        sent = self.programme.draft()
        codes = [entry.form.factor.data for entry in blank.sections.entries]
        aims = [
            {"factor": f, "name": f"Показатель {n}", "unit": "%", "base": 40, "target": 60, "measured": "справка"}
            for n, f in enumerate(codes, 1)
        ]
        today = self.system.calendar(self.region).local(self.now)
        rows = [
            {
                **sent["measures"][0], "factor": code, "text": f"Мера {n} школы", "target": str(n),
                "starts_on": today.isoformat(), "due_on": "2027-01-25" if n == 1 else "2027-05-20",
            }
            for n, code in enumerate(codes, 1)
        ]  # fmt: skip
        sections = [{"row": n, "task": "Устранить"} for n in range(1, len(codes) + 1)]
        term = {"starts_on": today.isoformat(), "ends_on": "2027-06-01"}
        self.send(task, {**sent, **term, "sections": sections, "targets": aims, "measures": rows})

    def approve_programme(self) -> None:
        today = self.system.calendar(self.region).local(self.now).isoformat()
        programme = self.programme
        programme.council(self.roadmap, day=today)
        self.examine(self.roadmap)
        self.do("roadmap_head", {"outcome": "approve"}, case_id=self.roadmap)
        self.do("roadmap_curator", {"outcome": "agree"}, case_id=self.roadmap)
        self.scene.places.visas(self.roadmap)
        self.do("roadmap_publish", {"url": "https://school.example/programme", "day": today}, case_id=self.roadmap)

    def examine(self, case_id: int) -> None:
        """The subject union's expertise, where the region wants one."""
        if not self.tasks(form="expertise_assign", case_id=case_id):
            return
        test_expertise.assign(self, case_id, 1)
        test_expertise.card(self, case_id, 9, "recommend")
        self.do("expertise_conclusion", {"expertise_result": "recommend", "remarks": []}, case_id=case_id)

    def retrain(self) -> None:
        team, case_id = self.team, self.child("retraining")
        team.roster(case_id, [newcomer(NEWCOMER)])
        team.schedule(case_id)
        team.results(case_id)
        person = self.learner(team)
        team.reviewed(case_id, {person: "route"})
        route = team.route_of(person)
        team.drafted(route)
        team.agreed(route)
        team.reported(route)
        team.do("route_check", {"outcome": "all_done"}, case_id=route)
        task = team.task("route_exit", case_id=route)
        rows = team.form(task, team.holder(task)).answers()["results"]
        team.send(task, {"results": [{**r, "day": team.now.date().isoformat(), "percent": 90.0} for r in rows]})
        team.do("route_reflection", {"changed": "Увереннее с доказательствами", "shares": True}, case_id=route)
        team.do("route_close", {"outcome": "closed", "conclusion": "Дефициты закрыты"}, case_id=route)
        assert self.case(route).status == "done"
        self.retraining, self.route = case_id, route

    def learner(self, team: Team) -> int:
        """Whose route is walked: somebody whom the school has named and who had no account."""
        return team.person(NEWCOMER.split()[0])

    def work(self) -> None:
        """Rows of the programme are reported with evidence and accepted by the curator."""
        for task in self.tasks(form="assignment_report"):
            if self.case(task.case_id).parent_id != self.roadmap:
                continue
            done = {
                "outcome": "report", "result": "done", "done_text": "Сделано по плану", "no_pupil_data": True,
                "done_on": self.now.date().isoformat(), "help_kind": "method",
                "files": [self.file(task.case_id, "отчёт.pdf")],
            }  # fmt: skip
            self.send(task, done)
            check = self.task("assignment_check", case_id=task.case_id)
            marks = self.form(check, self.holder(check)).answers()["evidence"]
            evidence = [{**mark, "accepted": "accepted"} for mark in marks]
            self.send(check, {"outcome": "accept", "quality": 3, "evidence": evidence})

    def visit(self) -> None:
        """The curator's visit ends with a recommendation that becomes an assignment."""
        scene, visit = self.scene, self.visits[0]
        scene.arrive(visit)
        person = self.actor_of(self.school, "school_deputy").person_id
        due = (self.now + timedelta(days=30)).date().isoformat()
        scene.report(visit, advice=[{"text": "Разобрать уроки", "responsible": person, "due": due}])
        self.do("visit_sign", {"outcome": "sign"}, case_id=visit)
        self.do("visit_ack", {"outcome": "ack"}, case_id=scene.reply(visit))
        assert self.children("assignment", visit)

    def stages(self) -> None:
        for day, last in (((2027, 1, 27), False), ((2027, 4, 28), True)):
            self.until(*day)
            task = self.task("roadmap_stage_report", case_id=self.roadmap)
            rows = self.form(task, self.holder(task)).answers()["rows"]
            for row in rows:
                row["result"], row["conclusion"] = row["result"] or "partly", row["conclusion"] or "Идёт"
            self.send(task, {"rows": rows, "share": 75})
            task = self.task("roadmap_stage_check", case_id=self.roadmap)
            marks = [
                {**row, "confirmed": "accepted", "quality": 2}
                for row in self.form(task, self.holder(task)).answers()["rows"]
            ]
            text = "Мероприятия этапа выполняются, подтверждения достаточны, темп соответствует плану."
            self.send(task, {"outcome": "accept", "rows": marks, "conclusion": text})
            self.do("roadmap_stage_municipal", {"outcome": "last" if last else "next"}, case_id=self.roadmap)
        task = self.task("roadmap_final", case_id=self.roadmap)
        reached = [{**row, "fact": 55} for row in self.form(task, self.holder(task)).answers()["reached"]]
        self.send(
            task,
            {
                "reached": reached,
                "conclusion": "Показатели растут медленнее, чем намечено; часть мер продолжим в новом году.",
            },
        )
        assert self.case(self.roadmap).status == "done"

    def evaluate(self) -> None:
        self.evaluation = self.child("annual_evaluation")
        years.assess(self, self.evaluation)

    def go_on(self) -> None:
        """The next campaign's run, the sheet, the decision, its order; the next year begins."""
        self.run_again()
        years.propose(self, self.evaluation)
        self.acquaint()
        years.decide(self, self.evaluation, "continue")
        with self.system.db.read() as session:
            self.order = session.get_one(Evaluation, self.evaluation).order_id
        assert self.order is not None
        self.scene.places.issue(self.order)
        assert self.case(self.evaluation).outcome == "continue"
        self.do("support_year", {"review": ["factors"]}, case_id=self.case_id)
        second = self.children("diagnostics")
        assert len(second) == 2 and second[1].school_year == YEAR + 1

    def acquaint(self) -> None:
        """The head of the school has read the sheet of the evaluation."""
        years.acquaint(self, self.evaluation)

    def run_again(self) -> None:
        """The campaign of the next year up to the signed preliminary list, on results as good as last year's."""
        self.until(2027, 7, 5)
        with self.system.db.write() as session:
            columns = [c.name for c in Result.__table__.columns if c.name not in ("id", "school_year")]
            again = sa.select(sa.literal(YEAR), *(Result.__table__.c[name] for name in columns))
            again = again.where(Result.school_year == YEAR - 1, Result.region == self.region)
            session.execute(sa.insert(Result.__table__).from_select(["school_year", *columns], again))
        campaign = self.task("campaign_close").case_id
        self.do("campaign_close", {"reconciled": True}, case_id=campaign)
        self.open_campaign(self.region, YEAR + 1)
        self.settle()
        self.do("campaign_plan")
        task = self.task("campaign_import")
        sources = self.form(task, self.holder(task)).answers()["sources"]
        absent = [{**line, "absent": True, "reason": "Результаты уже в базе"} for line in sources]
        self.send(task, {"sources": absent})
        self.until(2027, 10, 4)
        self.do("campaign_quality", {"data_state": "ok"})
        self.do("campaign_run", {"run_state": "ok", "small_sample_note": "Учтено: выборки малы, выводы подтверждены."})
        self.do("campaign_preliminary", {"outcome": "sign"})

    STEPS = (start, appoint, diagnose, draw_up, retrain, work, visit, stages, evaluate, go_on)
