"""What always holds of the rule, whatever the results."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.identification.rules import LISTED, WATCH, Result
from tests.identification.samples import FIRST, PREV, PREV2, SECOND, SHORT, judge

settings.register_profile("short", max_examples=150, deadline=None)
settings.load_profile("short")


@st.composite
def results(draw: st.DrawFn) -> list[Result]:
    """Up to sixteen results of the two years, one row for each procedure, level and wave."""
    keys = st.tuples(
        st.sampled_from(sorted(SHORT.values())),
        st.sampled_from([PREV, PREV2]),
        st.sampled_from(["main", "early", "reserve", "september"]),
    )
    found = []
    for number, (procedure, year, wave) in enumerate(draw(st.lists(keys, unique=True, max_size=16))):
        n = draw(st.integers(1, 40))
        low = draw(st.integers(0, n))
        found.append(Result("A", procedure, year, n, low, wave=wave, file="f", sheet="s", rows=str(number)))
    return found


rules = st.fixed_dictionaries(
    {
        "operator": st.sampled_from(["gte", "gt"]),
        "granularity": st.sampled_from(["by_grade", "pooled"]),
        "same_procedure": st.booleans(),
        "min_participants": st.sampled_from([1, 5, 10]),
        "share_percent": st.sampled_from([25, 30, 50]),
    }
)
regions_ = st.sampled_from([FIRST, SECOND])


@pytest.mark.req("OR-71")
@given(results(), rules, regions_, st.data())
def test_one_more_low_participant_never_removes_a_school(
    rows: list[Result], rule: dict, region: str, data: st.DataObject
) -> None:
    worse = [row._replace(low=row.low + data.draw(st.integers(0, min(1, row.n - row.low)))) for row in rows]
    before, after = judge(rows, region, **rule), judge(worse, region, **rule)
    assert set(before.criteria) <= set(after.criteria)
    assert not (before.status == LISTED and after.status != LISTED)
    assert not (before.status == WATCH and after.status not in (WATCH, LISTED))


@given(results(), rules, st.randoms())
def test_the_order_of_results_never_matters(rows: list[Result], rule: dict, chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert judge(rows, **rule) == judge(shuffled, **rule)


@given(results(), rules, st.data())
def test_a_copy_of_a_source_changes_nothing(rows: list[Result], rule: dict, data: st.DataObject) -> None:
    copies = data.draw(st.lists(st.sampled_from(rows), max_size=5)) if rows else []
    again = [copy._replace(file="z копия") for copy in copies]
    assert judge(rows + copies + again, **rule) == judge(rows, **rule)


@given(results(), rules)
def test_a_strict_threshold_lists_no_more_than_a_loose_one(rows: list[Result], rule: dict) -> None:
    strict, loose = judge(rows, **{**rule, "operator": "gt"}), judge(rows, **{**rule, "operator": "gte"})
    assert set(strict.criteria) <= set(loose.criteria)
    higher = judge(rows, **{**rule, "share_percent": rule["share_percent"] + 5})
    assert set(higher.criteria) <= set(judge(rows, **rule).criteria)


@given(results(), rules)
def test_asking_for_the_same_procedure_lists_no_more(rows: list[Result], rule: dict) -> None:
    same, free = judge(rows, **{**rule, "same_procedure": True}), judge(rows, **{**rule, "same_procedure": False})
    assert set(same.criteria) <= set(free.criteria)


@given(results(), rules)
def test_every_low_result_shown_is_low_and_has_a_source(rows: list[Result], rule: dict) -> None:
    for observation in judge(rows, **rule).low:
        assert observation.low * 100 >= rule["share_percent"] * observation.n
        assert observation.sources
        assert observation.school_year in (PREV, PREV2)
