"""A year of one school by the hands of its people: who answers first answers at the browser, the rest goes headless.

The calendar of the year is the walk's own; what is answered at the browser is answered on the day of the run.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from app.cases.models import Task
from app.cases.operations import Moved
from app.db import utcnow
from app.documents import texts
from app.people.actor import Actor
from app.programmes.evaluation_sheet import KIND
from tests.cycle.year import Year as Headless
from tests.e2e.desk import Desk
from tests.e2e.hand import PHONE, Hand
from tests.roadmap.conftest import School
from tests.teachers.team import Team


class SchoolHand(Hand, School):
    pass


class TeamHand(Hand, Team):
    pass


class Year(Hand, Headless):
    """`thanks`: what somebody read who answered by the link of a leaflet."""

    TEAM, PROGRAMME = TeamHand, SchoolHand
    thanks = ""

    def beside(self, walker: Any) -> Any:
        walker.room = self.room
        return walker

    def walk(self) -> Year:
        try:
            for step in self.STEPS:
                step(self)
        finally:
            self.room.leave()
        return self

    def desk_of(self, role: str) -> Desk:
        """Where the school's own person sits, or whoever else answered in this role."""
        own = role in ("school_head", "school_deputy", "teacher")
        return self.room.desk(self.actor_of(self.school, role) if own else self.room.people[role])

    def learner(self, team: Team) -> int:
        """A teacher who signs in."""
        return self.actor_of(self.school, "teacher").person_id

    def acquaint(self) -> None:
        """The head of the school opens the sheet among the documents and says that it is read."""
        with self.system.db.read() as session:
            sheet = texts.of_case(session, self.evaluation, KIND)
        desk = self.desk_of("school_head")
        desk.section("Документы")
        desk.follow(desk.page.locator(f'main a[href="/documents/{sheet.id}"]').first, "sheet of the evaluation")
        desk.press("Ознакомлен")
        self.now = max(self.now, utcnow())
        self.settle()

    def send(self, task: Task, answers: Any = None, *, actor: Actor | None = None) -> Moved:
        """Once the pupils are asked, one of them answers."""
        moved = super().send(task, answers, actor=actor)
        if task.form == "survey_open" and self.case(task.case_id).data["instrument"] == "pupils":
            self.respondent(self.leaflet(task.case_id))
        return moved

    def leaflet(self, survey: int) -> str:
        """The address that the deputy head finds on the page of the survey."""
        desk = self.desk_of("school_deputy")
        desk.section("Анкеты")
        desk.follow(desk.page.locator(f'main a[href="/surveys/{survey}"]').first)
        return urlsplit(desk.page.locator("code.op-code").inner_text()).path

    def respondent(self, address: str) -> None:
        """Somebody with a telephone and no account answers by the link of the leaflet."""
        context = self.room.browser.new_context(base_url=self.room.site.base, viewport=PHONE, locale="ru-RU")
        page = context.new_page()
        page.goto(address)
        self.room.audit.examine(page, "survey page")
        page.set_viewport_size(PHONE)
        names = page.evaluate("[...new Set([...document.querySelectorAll('main input[type=radio]')].map(e => e.name))]")
        for name in names:
            field = page.locator(f'main input[type=radio][name="{name}"]').first
            if field.is_visible():
                field.check(force=True)
        with page.expect_navigation():
            page.locator("main form button").last.click()
        self.thanks = page.locator("main").inner_text()
        self.room.audit.examine(page, "survey sent")
        context.close()
