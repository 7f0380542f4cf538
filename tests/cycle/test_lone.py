"""A listed school without an education authority of its own: the ministry stands in the municipal lanes."""

from __future__ import annotations

import pytest

from app.cases.models import Case
from tests.cycle.year import Year

pytestmark = pytest.mark.year


@pytest.mark.req("OR-01", "OR-06", "OR-82", "OM-09")
def test_a_school_without_an_authority_is_led_through_its_year_into_the_next(lone_year: Year) -> None:
    for step in lone_year.STEPS:
        step(lone_year)
    with lone_year.system.db.read() as session:
        assert session.get_one(Case, lone_year.evaluation).outcome == "continue"
        assert session.get_one(Case, lone_year.case_id).status == "open", "the same case goes on"
