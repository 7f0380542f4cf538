"""How acts end: repealed by another, prolonged, replaced, expired; the register on a day; compulsory acts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.documents import register
from tests.campaign.walk import Walker

from .places import Places


@pytest.fixture
def places(walker: Walker, region_code: str) -> Places:
    return Places(walker, region_code)


def issued(places: Places, **draft: object) -> int:
    """A municipal act in force."""
    case = places.open("municipal_act", places.municipality, places.head(places.municipality))
    places.issue(case, dict(draft))
    return case


def numbers(places: Places, on: date | None = None) -> set[str | None]:
    actor = places.head(places.municipality)
    with places.walker.system.db.read() as session:
        found, _ = register.acts(session, actor, register.Filter(on=on))
        return {row.Document.number for row in found}


@pytest.mark.req("OR-64", "OM-06")
def test_an_act_repeals_another_and_ends_its_case(places: Places) -> None:
    first = issued(places)
    old, today = places.document(first), places.walker.now.date()
    second = issued(places, relation="repeals", related=old.id, heading="Об отмене приказа")
    places.walker.settle()
    act = places.act(first)
    assert (act.repealed_by_id, act.repealed_on) == (places.document(second).id, today)
    assert places.case(first).status == "done" and places.case(second).status == "open"
    assert numbers(places) == {old.number, places.document(second).number}
    assert numbers(places, today) == {places.document(second).number}


@pytest.mark.req("OR-64")
def test_an_act_that_repeals_from_a_later_day_leaves_the_old_one_in_force_until_then(places: Places) -> None:
    first = issued(places)
    later = places.walker.now.date() + timedelta(days=20)
    rest = {"effective": "date", "effective_on": later.isoformat()}
    second = issued(places, relation="repeals", related=places.document(first).id, **rest)
    places.walker.settle()
    assert numbers(places, later - timedelta(days=1)) == {places.document(first).number}
    assert numbers(places, later) == {places.document(second).number}


def test_an_act_cannot_be_repealed_twice(places: Places) -> None:
    first = issued(places)
    related = places.document(first).id
    issued(places, relation="repeals", related=related)
    third = places.open("municipal_act", places.municipality, places.head(places.municipality))
    with pytest.raises(AssertionError, match="Какой акт"):
        places.draft(third, {"relation": "repeals", "related": related})


@pytest.mark.req("OR-64", "OM-06")
def test_sixty_days_before_its_end_an_act_is_prolonged_by_another(places: Places) -> None:
    until = places.walker.now.date() + timedelta(days=90)
    first = issued(places, valid_to=until.isoformat())
    assert not places.walker.tasks(form="act_expire", case_id=first)
    places.later(days=31)
    new_term = until + timedelta(days=365)
    places.walker.do("act_expire", {"outcome": "prolong", "prolong_to": new_term.isoformat()}, case_id=first)
    (second,) = {task.case_id for task in places.walker.tasks(form="act_draft")}
    document = places.issue(second)
    places.walker.settle()
    old = places.document(first)
    assert document.title == f"О продлении срока действия приказа № {old.number} от {old.day:%d.%m.%Y}"
    assert places.act(first).valid_to == new_term and places.case(first).status == "open"
    assert numbers(places, until + timedelta(days=1)) == {old.number, document.number}
    places.later(days=370)
    assert places.walker.tasks(form="act_expire", case_id=first), "the new term ends too"


@pytest.mark.req("OR-64")
def test_a_successor_that_is_refused_brings_the_question_back(places: Places) -> None:
    first = issued(places, valid_to=(places.walker.now.date() + timedelta(days=30)).isoformat())
    places.later(days=0)
    places.walker.do("act_expire", {"outcome": "replace"}, case_id=first)
    places.walker.do("act_draft", {"outcome": "withdraw"})
    assert places.walker.tasks(form="act_expire", case_id=first)
    places.walker.do("act_expire", {"outcome": "replace"}, case_id=first)
    (second,) = {task.case_id for task in places.walker.tasks(form="act_draft")}
    places.issue(second)
    places.walker.settle()
    assert places.case(first).status == "done"
    assert places.act(first).repealed_by_id == places.document(second).id
    assert f"Признать утратившим силу приказ № {places.document(first).number}" in places.text(second)


@pytest.mark.req("OR-64")
def test_an_act_may_be_left_to_expire(places: Places) -> None:
    until = places.walker.now.date() + timedelta(days=30)
    first = issued(places, valid_to=until.isoformat())
    places.later(days=0)
    places.walker.do("act_expire", {"outcome": "lapse"}, case_id=first)
    assert places.case(first).status == "done"
    assert numbers(places, until) and not numbers(places, until + timedelta(days=1))


@pytest.mark.req("OR-22")
def test_compulsory_acts_that_a_municipality_lacks(places: Places) -> None:
    profile, system = places.walker.system.profile(places.region), places.walker.system
    head, today = places.head(places.municipality), places.walker.now.date()
    before = 0
    for kind in ("", *register.binding_kinds(profile)):
        if kind:
            places.issue(places.open(kind, places.municipality))
        with system.db.read() as session:
            (row,) = register.required(session, head, profile, today)
        assert row.municipality.id == places.municipality
        before = before or row.missing
        assert row.missing == before - len([act for act in row.acts.values() if act])
    assert row.missing == 0


def test_a_published_act_of_the_ministry_is_seen_by_every_school(places: Places) -> None:
    case = places.open("ministry_act", places.kinds["region"])
    places.issue(case)
    school = places.head(places.school)
    with places.walker.system.db.read() as session:
        found, total = register.acts(session, school, register.Filter(level="region"))
    assert total == 1 and found[0].Document.id == places.document(case).id


def test_a_municipality_does_not_see_the_orders_of_anothers_schools(places: Places) -> None:
    places.issue(places.open("school_order", places.lone, places.head(places.lone)))
    assert numbers(places) == set()
