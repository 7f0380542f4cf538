"""A year of one school: what needs other days is prepared headless, what its people answer now goes through the browser."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.cases.models import Case
from app.db import utcnow
from app.demo import LIST_YEAR
from app.people.models import Organisation
from tests.campaign.test_campaign import to_the_packs
from tests.diagnostics import test_expertise, town
from tests.e2e.audit import Audit
from tests.e2e.hand import PHONE, Hand
from tests.e2e.site import Site
from tests.mentoring.scene import Scene
from tests.programmes import years
from tests.roadmap.conftest import RISKS, School
from tests.teachers.team import Team

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AUTUMN = datetime(2026, 10, 5, 9, tzinfo=UTC)
VISIT = frozenset({"visit_report", "visit_sign", "visit_ack"})
DIAGNOSIS = frozenset({
    "diag_self", "diag_docs", "diag_curator", "diag_expert", "diag_analysis", "diag_school", "diag_confirm", "diag_verify",
})  # fmt: skip
PROGRAMME = frozenset({"roadmap_draft", "roadmap_head", "roadmap_curator", "sign_off_visa", "roadmap_publish"})
TEAM = frozenset({
    "retraining_roster", "retraining_schedule", "retraining_review", "route_draft", "route_agree", "route_steps",
    "route_check", "route_reflection", "route_close",
})  # fmt: skip
EVALUATION = frozenset({"eval_school", "eval_curator", "eval_municipal", "eval_proposal", "eval_head", "eval_decide"})


class SchoolHand(Hand, School):
    pass


class TeamHand(Hand, Team):
    pass


class Year:
    """`complaints`: what consoles said; `worked`: role → forms that it answered at the browser."""

    phones = frozenset({"curator", "teacher"})
    keyboards = frozenset({"municipal_authority", "municipal_method_service"})

    def __init__(self, site: Site, browser: Browser, audit: Audit) -> None:
        self.site, self.browser, self.audit, self.code = site, browser, audit, site.code
        self.worked: dict[str, set[str]] = {}
        self.complaints: list[str] = []
        self.outcomes: dict[str, str | None] = {}
        self.thanks = ""

    def walk(self) -> Year:
        self.visit()
        self.diagnosis()
        self.programme()
        self.team()
        self.evaluation()
        return self

    def hand(self, kind: type[Hand], browse: frozenset[str], *more: Any, now: datetime | None = None) -> Any:
        hand = kind(self.site.system, now or utcnow(), *more)
        hand.sit(self.site, self.browser, self.audit)
        hand.browse, hand.phones, hand.keyboards = browse, self.phones, self.keyboards
        return hand

    def left(self, hand: Hand) -> None:
        for role, forms in hand.worked.items():
            self.worked.setdefault(role, set()).update(forms)
        hand.leave()
        self.complaints += hand.complaints

    def outcome(self, case_id: int) -> str | None:
        with self.site.system.db.read() as session:
            case = session.get_one(Case, case_id)
            return case.outcome if case.status == "done" else case.status

    # a visit ------------------------------------------------------------------------------------------------------------

    def visit(self) -> None:
        hand = self.hand(Hand, frozenset(), now=AUTUMN)
        scene = Scene(self.site.system, hand, self.code)
        with self.site.system.db.read() as session:
            scene.school = session.get_one(Organisation, town.school_with_people(hand, self.code))
        self.mentoring, (case, _) = scene.accompanied()
        self.school = scene.school.id
        scene.wait(40)
        scene.arrive(case)
        hand.now, hand.browse = utcnow(), VISIT
        scene.report(case)
        hand.do("visit_sign", {"outcome": "sign"}, case_id=case)
        hand.do("visit_ack", {"outcome": "ack"}, case_id=scene.reply(case))
        self.outcomes["visit"] = self.outcome(case)
        self.curator = hand.actor_of_position(scene.curator())
        hand.look(self.curator, f"/cases/{self.mentoring}/contacts")
        hand.look(self.curator, f"/cases/{self.mentoring}", "case mentoring")
        hand.look(self.curator, f"/cases/{case}", "case visit")
        hand.look(self.curator, f"/cases/{self.mentoring}/release")
        hand.look(self.curator, "/visits/new")
        self.left(hand)

    # the diagnosis --------------------------------------------------------------------------------------------------------

    def diagnosis(self) -> None:
        hand = self.hand(Hand, frozenset(), now=AUTUMN)
        case = town.open_diagnosis(hand, self.code, self.school)
        surveys = town.survey_cases(hand, case)
        town.fill_administration(hand, surveys["administration"], town.worst("administration"))
        for audience, invited, count in (("teachers", 20, 18), ("pupils", 60, 40), ("parents", 60, 30)):
            town.open_window(hand, surveys[audience], invited)
            town.answer(hand, surveys[audience], town.worst(audience), count)
            if audience == "pupils":
                self.respondent(town.code_of(hand, surveys[audience]))
        hand.now = utcnow()
        hand.settle()
        for task in hand.tasks(form="survey_close"):
            hand.send(task, {"reason": "часть отсутствовала", "correct": True})
        for task in hand.tasks(form="survey_extend"):
            hand.send(task, {"outcome": "accept", "reason": "ждать некогда"})
        hand.browse = DIAGNOSIS
        town.own_parts(hand, case)
        hand.now = utcnow()
        town.analyse(hand, case, **dict.fromkeys(RISKS, "high"))
        hand.do("diag_school", {"outcome": "agree", "in_work": list(RISKS), "left_out": "на всё не хватит сил"})
        hand.do("diag_confirm", {"outcome": "sign"}, case_id=case)
        hand.do("diag_verify", {"outcome": "approve"}, case_id=case)
        self.outcomes["diagnosis"] = self.outcome(case)
        head = hand.actor_of(self.school, "school_head")
        for path, name in (
            (f"/diagnoses/{case}", ""), (f"/diagnoses/{case}/low_motivation", ""), (f"/cases/{case}", "case diagnostics"),
            ("/surveys", ""), (f"/surveys/{surveys['pupils']}", ""),
        ):  # fmt: skip
            hand.look(head, path, name)
        self.left(hand)

    def respondent(self, code: str) -> None:
        """Somebody with a telephone and no account answers by the link of the leaflet."""
        context = self.browser.new_context(base_url=self.site.base, viewport=PHONE, locale="ru-RU")
        page = context.new_page()
        page.goto(f"/s/{code}")
        self.audit.examine(page, "survey page")
        page.set_viewport_size(PHONE)
        names = page.evaluate("[...new Set([...document.querySelectorAll('main input[type=radio]')].map(e => e.name))]")
        for name in names:
            field = page.locator(f'main input[type=radio][name="{name}"]').first
            if field.is_visible():
                field.check(force=True)
        with page.expect_navigation():
            page.locator("main form button").last.click()
        self.thanks = page.locator("main").inner_text()
        self.audit.examine(page, "survey sent")
        context.close()

    # the programme --------------------------------------------------------------------------------------------------------

    def programme(self) -> None:
        hand = self.hand(SchoolHand, frozenset())
        roles = ("school_head", "school_deputy", "teacher")
        actors = {role: hand.actor_of(self.school, role) for role in roles}
        hand.region = SimpleNamespace(actors=actors, ids={"school_a": self.school})
        hand.browse = PROGRAMME
        case = hand.open()
        hand.settle()
        hand.do("roadmap_draft", hand.draft(), case_id=case)
        self.approve(hand, case)
        self.outcomes["programme"] = self.outcome(case)
        with self.site.system.db.read() as session:
            found = sa.select(Case.id).where(Case.parent_id == case, Case.kind == "assignment")
            assignment = session.scalars(found).first()
        hand.look(actors["school_deputy"], f"/programmes/{case}")
        hand.look(actors["school_deputy"], f"/programmes/{case}/compare")
        hand.look(actors["school_deputy"], f"/cases/{case}", "case roadmap")
        hand.look(actors["school_head"], f"/cases/{assignment}", "case assignment")
        hand.look(actors["school_head"], "/cases/new")
        hand.look(actors["school_head"], "/cases/new/assignment")
        hand.look(actors["school_head"], "/cases/new/mentor_pair")
        hand.look(actors["school_head"], "/acts")
        hand.look(actors["school_head"], "/acts/required")
        hand.look(actors["school_head"], "/cases/new/act")
        self.left(hand)

    def approve(self, hand: SchoolHand, case: int) -> None:
        """Council, expertise where the region wants one, head, curator, visas, the site of the school."""
        day = utcnow().date().isoformat()
        hand.council(case, day=day)
        if hand.tasks(form="expertise_assign", case_id=case):
            test_expertise.assign(hand, case, 1)
            test_expertise.card(hand, case, 9, "recommend")
            hand.do("expertise_conclusion", {"expertise_result": "recommend", "remarks": []}, case_id=case)
        hand.do("roadmap_head", {"outcome": "approve"}, case_id=case)
        hand.do("roadmap_curator", {"outcome": "agree"}, case_id=case)
        for task in hand.tasks(form="sign_off_route", case_id=case):
            hand.send(task)
        while tasks := hand.tasks(form="sign_off_visa", case_id=case):
            hand.send(tasks[0], {"conclusion": "agreed"})
        hand.do("roadmap_publish", {"url": "https://school.example/programme", "day": day}, case_id=case)

    # the team -------------------------------------------------------------------------------------------------------------

    def team(self) -> None:
        hand = self.hand(TeamHand, TEAM, self.code)
        hand.school = self.school
        case = hand.diagnosed()
        teacher = hand.actor_of(self.school, "teacher")
        hand.reviewed(case, {teacher.person_id: "route"})
        route = hand.route_of(teacher.person_id)
        hand.drafted(route)
        hand.agreed(route, show_head=True)
        hand.reported(route)
        hand.do("route_check", {"outcome": "all_done"}, case_id=route)
        task = hand.task("route_exit", case_id=route)
        rows = hand.form(task, hand.holder(task)).answers()["results"]
        hand.send(task, {"results": [{**r, "day": utcnow().date().isoformat(), "percent": 90.0} for r in rows]})
        hand.do("route_reflection", {"changed": "Увереннее с доказательствами", "shares": True}, case_id=route)
        hand.do("route_close", {"outcome": "closed", "conclusion": "Дефициты закрыты"}, case_id=route)
        self.outcomes["route"] = self.outcome(route)
        hand.look(teacher, f"/teachers/people/{teacher.person_id}")
        hand.look(teacher, f"/cases/{route}", "case route")
        hand.look(hand.methodist, "/teachers")
        hand.look(hand.methodist, f"/teachers/schools/{self.school}")
        self.left(hand)

    # the evaluation -------------------------------------------------------------------------------------------------------

    def evaluation(self) -> None:
        hand = self.hand(Hand, frozenset())
        to_the_packs(hand)
        school = years.schools_by(hand, self.code, LIST_YEAR, "listed")[0]
        case = years.open_evaluation(hand, school, LIST_YEAR - 1)
        hand.browse = EVALUATION
        years.assess(hand, case)
        years.propose(hand, case)
        years.acquaint(hand, case)
        years.decide(hand, case, "strengthen")
        self.outcomes["evaluation"] = self.outcome(case)
        hand.look(hand.actor_of(school, "school_head"), f"/cases/{case}", "case evaluation")
        self.left(hand)
