"""A year of one school by the hands of its people: who answers first answers at the browser, the rest goes headless.

The calendar of the year is the walk's own; what is answered at the browser is answered on the day of the run.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.db import utcnow
from app.diagnostics.models import Survey
from app.cases.models import Case, Task
from app.cases.operations import Moved
from app.documents import texts
from app.people import actor as actors
from app.people.actor import Actor
from app.programmes.evaluation_sheet import KIND
from tests.cycle.year import Year as Headless
from tests.e2e.hand import PHONE, Hand, Room
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
                self.tell()
        finally:
            self.room.leave()
        return self

    def send(self, task: Task, answers: Any = None, *, actor: Actor | None = None) -> Moved:
        """Once the pupils are asked, one of them answers."""
        moved = super().send(task, answers, actor=actor)
        if task.form == "survey_open" and not self.thanks:
            with self.system.db.read() as session:
                survey = session.get_one(Survey, task.case_id)
            self.respondent(survey.code)
        return moved

    def respondent(self, code: str) -> None:
        """Somebody with a telephone and no account answers by the link of the leaflet."""
        context = self.room.browser.new_context(base_url=self.room.site.base, viewport=PHONE, locale="ru-RU")
        page = context.new_page()
        page.goto(f"/s/{code}")
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
