"""A school's year through the browser by the people who answer for it, in every region there is a profile of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.db import utcnow
from tests.campaign.test_campaign import finish
from tests.campaign.walk import Walker
from tests.e2e.hand import Room
from tests.e2e.site import Site
from tests.e2e.tour import tours
from tests.e2e.year import Year

PERSONAS = {
    "minister", "regional_operator", "pd_center", "municipal_authority", "curator", "school_head", "teacher",
}  # fmt: skip

PHONES, KEYBOARDS = frozenset({"curator"}), frozenset({"teacher"})
CAMPAIGN = frozenset({
    "campaign_close", "campaign_plan", "campaign_import", "campaign_quality", "campaign_run", "campaign_preliminary",
})  # fmt: skip
"""What the walk of the campaign shows at the browser."""


@pytest.fixture(scope="session")
def year(
    browser, site_of: Callable[[str], Site], audit, region_code: str, tmp_path_factory: pytest.TempPathFactory
) -> Year:
    """A year walked to the next one."""
    site = site_of(region_code)
    finish(Walker(site.system, utcnow()))
    made = Year(site.system, utcnow(), region_code)
    folder = tmp_path_factory.mktemp("papers")
    made.room = Room(site, browser, audit, folder, phones=PHONES, keyboards=KEYBOARDS, headless=CAMPAIGN)
    return made.walk()


@pytest.mark.req("OR-12", "OR-43", "OR-44", "OR-45", "OR-83", "OR-86")
def test_a_school_goes_through_its_year_by_the_hands_of_its_people(year) -> None:
    assert set(year.room.worked) >= PERSONAS, year.room.worked
    assert year.case(year.diagnosis).outcome == "approved"
    assert year.case(year.evaluation).outcome == "continue"


def test_one_works_by_keyboard_alone_and_one_at_a_phone(year) -> None:
    for role in year.room.keyboards | year.room.phones:
        assert year.room.worked.get(role)


def test_an_answer_by_the_link_is_taken_without_an_account(year) -> None:
    assert "Спасибо" in year.thanks


@pytest.mark.parametrize("tour", tours(), ids=lambda one: one.__name__)
def test_a_persona_reaches_the_pages_of_the_year_by_links(year, tour: Callable[[Year], None]) -> None:
    try:
        tour(year)
    finally:
        year.room.leave()


def test_the_console_is_silent_for_a_year(year) -> None:
    assert year.room.complaints == []


def test_pages_of_the_year_are_accessible_and_fit_a_phone(year, audit) -> None:
    assert audit.found == {}
