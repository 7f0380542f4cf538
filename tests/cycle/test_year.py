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
    "OR-01", "OR-06", "OR-12", "OR-13", "OR-16", "OR-43", "OR-44", "OR-45", "OR-46", "OR-63", "OR-65", "OR-82",
    "OM-09", "OM-11", "OM-38",
)  # fmt: skip
def test_a_listed_school_is_led_through_its_year_into_the_next(year: Year) -> None:
    for step in year.STEPS:
        step(year)
    with year.system.db.read() as session:
        kinds = set(session.scalars(sa.select(Document.kind).join(Case).where(Case.subject_id == year.school)))
        assert {"risk_profile", "stage_opinion", "roadmap_report", "teacher_route", "assignment_report"} <= kinds
        assert set(session.scalars(sa.select(HelpGiven.kind).where(HelpGiven.school_id == year.school)))
        rows = session.scalars(sa.select(PlanRow).where(PlanRow.case_id == year.roadmap)).all()
        assert rows and {row.result for row in rows if row.number == 1} == {"done"}
        assert session.get_one(Case, year.evaluation).outcome == "continue"
        assert session.get_one(Case, year.case_id).status == "open", "the same case goes on"
        assert journal.verify(session, witnesses.printed_heads(session)).intact
