"""A school's year through the browser by the people who answer for it, in every region there is a profile of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.site import Site
from tests.e2e.year import Year

PERSONAS = {
    "curator", "school_head", "school_deputy", "municipal_authority", "teacher", "tutor", "regional_operator", "minister",
}  # fmt: skip


@pytest.fixture(scope="session")
def year(browser, site_of: Callable[[str], Site], audit, region_code: str) -> Year:
    """A year walked to its evaluation."""
    return Year(site_of(region_code), browser, audit).walk()


@pytest.mark.req("OR-12", "OR-43", "OR-44", "OR-45", "OR-83", "OR-86")
def test_a_school_goes_through_its_year_by_the_hands_of_its_people(year) -> None:
    assert set(year.worked) >= PERSONAS, year.worked
    assert year.outcomes["diagnosis"] == "approved"
    assert year.outcomes["programme"] == "open", "its stages are ahead"
    assert year.outcomes["route"] == "closed"


def test_one_works_by_keyboard_alone_and_one_at_a_phone(year) -> None:
    assert any(year.worked.get(role) for role in year.keyboards)
    assert all(year.worked.get(role) for role in year.phones)


def test_an_answer_by_the_link_is_taken_without_an_account(year) -> None:
    assert "Спасибо" in year.thanks


def test_the_console_is_silent_for_a_year(year) -> None:
    assert year.complaints == []


def test_pages_of_the_year_are_accessible_and_fit_a_phone(year, audit) -> None:
    assert audit.found == {}
