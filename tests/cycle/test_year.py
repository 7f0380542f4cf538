"""One listed school from the signed list to its next year, through the real handlers of every room."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import journal
from app.cases.models import Case
from app.documents import witnesses
from app.documents.models import Document
from app.programmes.models import HelpGiven, PlanRow
from tests.cycle.year import Year


@pytest.mark.req(
    "OR-01", "OR-06", "OR-12", "OR-13", "OR-16", "OR-43", "OR-44", "OR-46", "OR-63", "OR-65", "OM-09", "OM-11"
)
def test_a_listed_school_is_led_through_its_year(year: Year) -> None:
    for step in year.STEPS[:-1]:
        step(year)
    with year.system.db.read() as session:
        kinds = set(session.scalars(sa.select(Document.kind).join(Case).where(Case.subject_id == year.school)))
        assert {"risk_profile", "stage_opinion", "roadmap_report", "teacher_route", "assignment_report"} <= kinds
        help_kinds = set(session.scalars(sa.select(HelpGiven.kind).where(HelpGiven.school_id == year.school)))
        assert help_kinds
        rows = session.scalars(sa.select(PlanRow).where(PlanRow.case_id == year.roadmap)).all()
        assert rows and {row.result for row in rows if row.number == 1} == {"done"}
        assert journal.verify(session, witnesses.printed_heads(session)).intact


@pytest.mark.req("OR-45", "OR-82", "OM-38")
def test_the_decision_begins_the_next_year(year: Year) -> None:
    for step in year.STEPS:
        step(year)
    with year.system.db.read() as session:
        assert session.get_one(Case, year.evaluation).outcome == "continue"
