"""The index of conditions, categories of schools, the matrix of conditions and results."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadInput
from app.identification.context import (
    categories,
    check_values,
    compute_index,
    matrix,
    must_explain,
    three_digits,
    weights_version,
)
from tests.identification.samples import FIRST, SECOND, profile

EASY: dict[str, Any] = {
    "pupils": 500,
    "classes": 20,
    "full_families": 450,
    "incomplete_families": 40,
    "large_families": 30,
    "low_income_families": 10,
    "guardian_families": 0,
    "parents_higher_education": 450,
    "unemployed_parents": 0,
    "sen_pupils": 5,
    "disabled_pupils": 1,
    "non_native_pupils": 0,
    "on_record_pupils": 0,
    "second_shift": False,
    "second_shift_pupils": 0,
    "bused_pupils": 0,
    "distance_km": "1,5",
    "teachers": 40,
    "vacancies": 0,
    "teachers_no_category": 4,
    "teachers_combining": 1,
    "teachers_novice": 3,
    "teachers_veteran": 10,
    "internet": "above_100",
    "equipment_percent": 95,
    "fgos_difficulties": ["none"],
    "small_school": False,
}
HARD = EASY | {
    "pupils": 50,
    "classes": 9,
    "full_families": 20,
    "incomplete_families": 25,
    "large_families": 20,
    "low_income_families": 30,
    "guardian_families": 6,
    "parents_higher_education": 4,
    "unemployed_parents": 20,
    "sen_pupils": 10,
    "on_record_pupils": 6,
    "distance_km": 48,
    "teachers": 10,
    "vacancies": 2,
    "teachers_no_category": 7,
    "teachers_combining": 6,
    "teachers_veteran": 4,
    "internet": "below_10",
    "equipment_percent": 30,
    "fgos_difficulties": ["basic"],
    "small_school": True,
}


@pytest.mark.req("OM-02", "OM-07", "OM-12", "OR-69")
def test_index_and_signs_of_two_schools() -> None:
    easy, hard = compute_index(profile(SECOND), EASY), compute_index(profile(SECOND), HARD)
    assert (easy.hard, easy.signs, easy.text) == (False, (), "0.000")
    assert compute_index(profile(SECOND), EASY | {"low_income_families": 50}).text == "1.125"
    assert hard.hard and hard.small
    assert hard.signs == ("socio_economic", "resources", "staff", "pupils", "fgos")
    assert hard.index is not None and hard.index > 50
    assert [group.code for group in hard.groups] == ["socio_economic", "resources", "staff", "pupils", "fgos"]
    assert hard.version == weights_version(profile(SECOND)) == "omsk_2020.1"


def test_scale_runs_from_floor_to_ceiling_in_either_direction() -> None:
    index = compute_index(profile(SECOND), EASY | {"low_income_families": 125, "parents_higher_education": 225})
    points = {p.code: p.points for p in index.groups[0].indicators}
    assert points["low_income"] == Fraction(100 * (25 - 5), 45 - 5)
    assert points["parents_education"] == Fraction(100 * (80 - 45), 80 - 10)


def test_without_data_there_is_no_index() -> None:
    empty = compute_index(profile(SECOND), {})
    assert (empty.index, empty.text, empty.hard, empty.signs) == (None, None, False, ())
    assert compute_index(profile(SECOND), EASY | {"pupils": 0} | _zero_pupils()).index is None


def _zero_pupils() -> dict[str, int]:
    passport = profile(SECOND).social_passport
    return {field.code: 0 for field in passport.fields if field.subset_of == "pupils"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sen_pupils": 501}, "sen_pupils"),
        ({"full_families": 480, "incomplete_families": 40}, "full_families"),
        ({"teachers_novice": 35, "teachers_veteran": 10}, "teachers_novice"),
        ({"pupils": -1}, "pupils"),
        ({"pupils": "много"}, "pupils"),
        ({"classes": "2,5"}, "classes"),
        ({"internet": "fast"}, "internet"),
        ({"equipment_percent": 101}, "equipment_percent"),
        ({"colour": 1}, "colour"),
    ],
)
def test_contradictions_are_named_by_field(change: dict[str, Any], field: str) -> None:
    problems = check_values(profile(SECOND), EASY | change)
    assert field in [problem["field"] for problem in problems]
    with pytest.raises(BadInput) as refused:
        compute_index(profile(SECOND), EASY | change)
    assert refused.value.items == problems


@given(
    st.sampled_from(["low_income_families", "on_record_pupils", "vacancies", "unemployed_parents"]), st.integers(0, 9)
)
def test_harder_conditions_never_lower_the_index(field: str, more: int) -> None:
    base = compute_index(profile(SECOND), EASY).index
    harder = compute_index(profile(SECOND), EASY | {field: EASY[field] + more}).index
    assert base is not None and harder is not None and harder >= base


def test_a_jump_needs_a_reason() -> None:
    region = profile(SECOND)
    assert must_explain(region, "40.000", "48.001")
    assert not must_explain(region, "40.000", "48.000")
    assert must_explain(region, "40.000", "31.999")
    assert not must_explain(region, None, "48.000")


@pytest.mark.req("OM-02", "OM-04", "OM-12")
def test_categories_come_from_conditions_and_results() -> None:
    hard, easy = compute_index(profile(SECOND), HARD), compute_index(profile(SECOND), EASY)
    assert categories(profile(SECOND), "listed", hard) == ("low_results", "hard_context", "strategy")
    assert categories(profile(SECOND), "not_listed", hard) == ("hard_context", "strategy", "resilient")
    assert categories(profile(SECOND), "insufficient_data", hard) == ("hard_context", "strategy")
    assert categories(profile(SECOND), "not_listed", easy) == ()
    assert categories(profile(SECOND), "listed", None) == ("low_results",)
    assert categories(profile(FIRST), "listed", hard) == ("low_results",)


@pytest.mark.req("OM-12", "OM-22")
def test_matrix_of_conditions_and_results() -> None:
    cells = matrix(
        [
            (1, "listed", True),
            (2, "not_listed", True),
            (3, "watch", False),
            (4, "listed", None),
            (5, "not_listed", True),
        ]
    )
    assert cells["hard", "low"] == [1]
    assert cells["hard", "not_low"] == [2, 5]
    assert cells["ordinary", "not_low"] == [3]
    assert cells["unknown", "low"] == [4]
    assert cells["ordinary", "low"] == []
    assert len(cells) == 9


def test_three_digits_half_up() -> None:
    assert [three_digits(Fraction(*pair)) for pair in ((1, 3), (1, 2000), (100, 1))] == ["0.333", "0.001", "100.000"]
