"""The rule of dynamics and the exit rule, by numbers one can check by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app import regions
from app.programmes import dynamics
from app.programmes.dynamics import Norm, Seen, compare, conclude, norm, rule_says, warnings

RULE = regions.profile(regions.codes()[0]).dynamics
EXIT = regions.profile(regions.codes()[0]).exit_rule


def one(before: tuple[int, int], after: tuple[int, int], **more: object) -> dynamics.Compared:
    return compare("vpr_math_5", Seen(*before), Seen(*after), RULE, **more)  # type: ignore[arg-type]


@pytest.mark.req("OR-82", "OM-38")
@pytest.mark.parametrize(
    ("before", "after", "improved", "worsened"),
    [
        ((20, 8), (20, 7), True, False),
        ((20, 8), (20, 8), False, False),
        ((30, 10), (15, 5), False, False),  # 33,3… % both times: whole numbers are compared
        ((20, 8), (20, 9), False, False),  # +5 п.п.
        ((20, 8), (20, 10), False, True),  # exactly +10 п.п. is negative
        ((100, 40), (1000, 499), False, False),  # +9,9 п.п.
    ],
)
def test_better_below_zero_and_negative_from_ten_points(before, after, improved, worsened) -> None:
    found = one(before, after)
    assert (found.improved, found.worsened) == (improved, worsened)
    assert found.delta == Fraction(after[1] * 100, after[0]) - Fraction(before[1] * 100, before[0])


def test_a_school_is_positive_when_half_improved_and_nothing_is_negative() -> None:
    better, same, worse = one((20, 8), (20, 6)), one((20, 8), (20, 8)), one((20, 8), (20, 12))
    assert conclude([better, same], RULE) == "positive"
    assert conclude([better, same, same], RULE) == "none"
    assert conclude([better, better, worse], RULE) == "negative"
    assert conclude([compare("oge_math", None, Seen(9, 1), RULE)], RULE) == conclude([], RULE) == "insufficient"
    assert conclude([compare("oge_math", Seen(9, 1), Seen(9, 5), RULE, obstacle="moved")], RULE) == "insufficient"


def test_without_comparable_data_the_rule_never_lets_a_school_go() -> None:
    assert rule_says([None], EXIT) == rule_says(["insufficient_data"], EXIT) == rule_says([], EXIT) == "insufficient"
    assert rule_says(["not_listed"], EXIT) == "exit" and rule_says(["listed"], EXIT) == "continue"
    assert rule_says(["watch"], EXIT) == "watch"
    twice = EXIT.model_copy(update={"clean_runs": 2})
    assert rule_says(["not_listed", "listed"], twice) == "continue"
    assert rule_says(["not_listed", "not_listed"], twice) == "exit"


def test_a_small_school_is_expected_to_return_to_the_mean_by_itself() -> None:
    """Between schools true shares differ by ten points around 20 %: 8 of 10 says little, 80 of 100 a lot."""
    common = Norm(0.2, 0.01)
    assert round(common.expected(Seen(10, 8))) == 43 and round(common.expected(Seen(100, 80))) == 72
    assert round(common.expected(Seen(10, 2))) == 20, "an average school is expected to stay"
    returned = one((10, 8), (10, 5), expectation=common, small_below=11)
    earned = one((10, 8), (10, 3), expectation=common)
    assert returned.improved and returned.within_return and returned.small
    assert earned.improved and not earned.within_return
    assert warnings([returned, earned]) == {"small": ("vpr_math_5",), "returned": ("vpr_math_5",)}


def test_the_norm_is_fitted_by_moments() -> None:
    assert norm([(20, 4)] * 19, 20) is None, "too few schools to say anything"
    alike = norm([(20, 4)] * 40, 20)
    assert alike == Norm(0.2, 0.0) and round(alike.expected(Seen(20, 15))) == 20, "nothing but chance"
    apart = norm([(100, 10), (100, 50)] * 20, 20)
    assert apart is not None and abs(apart.variance - 0.0384) < 0.001
