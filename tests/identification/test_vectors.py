"""The worked cases T1–T13 of the rule and the hard cases E1–E17, as a table and one by one."""

from __future__ import annotations

from typing import Any

import pytest

from app.identification.rules import Result, Source, assess, pooled
from tests.identification.samples import CLEAN, FIRST, PREV, PREV2, SECOND, YEAR, judge, method, row, rows

K1, K2 = ("K1",), ("K2",)
VECTORS: list[tuple[str, list[Result], str, dict[str, Any], str, tuple[str, ...]]] = [
    ("T1", rows({"МА5": (3, 10), "РУ5": (3, 10)}, CLEAN), FIRST, {}, "listed", K1),
    ("T1 gt", rows({"МА5": (3, 10), "РУ5": (3, 10)}, CLEAN), FIRST, {"operator": "gt"}, "not_listed", ()),
    ("T2", rows({"МА5": (29, 97), "РУ5": (30, 60)}, CLEAN), FIRST, {}, "not_listed", ()),
    ("T3", rows({"МА6": (142, 474), "РУ6": (40, 100)}, CLEAN), FIRST, {}, "not_listed", ()),
    ("T4", rows({"МА6": (40, 100)}, {"РУ5": (35, 100)}), FIRST, {}, "listed", K2),
    ("T4 same", rows({"МА6": (40, 100)}, {"РУ5": (35, 100), "МА6": (0, 90)}), SECOND, {}, "not_listed", ()),
    ("T5", rows({"ОГЭ-МА": (31, 100)}, {"ОГЭ-МА": (45, 100)}), FIRST, {}, "listed", K2),
    ("T5 same", rows({"ОГЭ-МА": (31, 100)}, {"ОГЭ-МА": (45, 100)}), SECOND, {}, "listed", K2),
    (
        "T6",
        rows(CLEAN, {"МА5": (40, 100), "МА6": (40, 100), "РУ5": (40, 100), "РУ6": (40, 100)}),
        FIRST,
        {},
        "not_listed",
        (),
    ),
    ("T13", rows({"МА5": (40, 100), "РУ5": (0, 90)}), FIRST, {}, "watch", ()),
    ("T13 clean", rows({"МА5": (10, 100)}), FIRST, {}, "not_listed", ()),
    ("both", rows({"МА5": (5, 10), "РУ5": (5, 10)}, {"МА6": (5, 10)}), FIRST, {}, "listed", ("K1", "K2")),
    ("all", rows({"МА5": (5, 10), "РУ5": (5, 10)}, CLEAN), FIRST, {"combine": "all"}, "not_listed", ()),
    ("no prev", rows({}, {"МА5": (5, 10), "РУ5": (5, 10)}), FIRST, {}, "insufficient_data", ()),
    ("nothing", [], FIRST, {}, "insufficient_data", ()),
]


@pytest.mark.req("OR-05", "OR-71", "OR-63", "OM-12", "OM-22")
@pytest.mark.parametrize(
    ("results", "region", "changes", "status", "criteria"),
    [case[1:] for case in VECTORS],
    ids=[case[0] for case in VECTORS],
)
def test_vectors(
    results: list[Result], region: str, changes: dict[str, Any], status: str, criteria: tuple[str, ...]
) -> None:
    verdict = judge(results, region, **changes)
    assert verdict.status == status
    assert verdict.criteria == criteria or changes.get("combine") == "all"


def maths_of_two_levels() -> list[Result]:
    base = row("ЕГЭ-МА", 2, 10, part="base", source=Source("22.xlsx", "1", "2-11"))
    upper = row("ЕГЭ-МА", 2, 4, part="profile", source=Source("02.xlsx", "1", "5-8"))
    return [base, upper, row("РУ6", 40, 100), *rows({}, CLEAN)]


@pytest.mark.req("OR-71")
def test_t7_levels_of_mathematics_together_and_apart() -> None:
    together = judge(maths_of_two_levels())
    assert (together.status, [o.procedure for o in together.low]) == ("not_listed", ["vpr_rus_6"])
    seen = next(o for o in together.observations if o.procedure == "ege_math")
    assert (seen.n, seen.low, len(seen.sources)) == (14, 4, 2)
    apart = judge(maths_of_two_levels(), ege_math="split")
    assert apart.criteria == K1
    assert [(o.procedure, o.low, o.n) for o in apart.low] == [("vpr_rus_6", 40, 100), ("ege_math_profile", 2, 4)]


@pytest.mark.req("OR-71")
def test_t8_results_are_taken_before_resits() -> None:
    results = [row("ОГЭ-РУ", 4, 10), row("ОГЭ-РУ", 1, 10, wave="september"), row("МА5", 40, 100), *rows({}, CLEAN)]
    verdict = judge(results)
    assert verdict.criteria == K1
    assert {(o.procedure, o.low, o.n) for o in verdict.low} == {("oge_rus", 4, 10), ("vpr_math_5", 40, 100)}
    only_resit = judge([row("ОГЭ-РУ", 9, 10, wave="september"), row("ЕГЭ-РУ", 9, 10, wave="resit")])
    assert only_resit.status == "insufficient_data"


def test_early_and_main_periods_are_first_attempts_of_different_people() -> None:
    verdict = judge([row("ОГЭ-РУ", 1, 1, wave="early"), row("ОГЭ-РУ", 2, 9), row("ОГЭ-РУ", 9, 9, wave="reserve")])
    assert [(o.low, o.n) for o in verdict.observations] == [(3, 10)]
    assert [(o.low, o.n) for o in judge([row("ОГЭ-РУ", 3, 9, wave="reserve")]).observations] == [(3, 9)]


@pytest.mark.req("OR-71")
def test_t9_graduates_of_past_years_are_left_out() -> None:
    results = [row("ЕГЭ-РУ", 2, 8), row("ЕГЭ-РУ", 2, 2, category="past_graduate"), row("МА5", 40, 100)]
    verdict = judge([*results, *rows({}, CLEAN)])
    assert verdict.status == "not_listed"
    assert [(o.low, o.n) for o in verdict.observations if o.procedure == "ege_rus"] == [(2, 8)]
    assert judge([*results, *rows({}, CLEAN)], excluded_categories=()).criteria == K1


@pytest.mark.req("OR-05", "OR-71")
def test_t10_small_schools_are_counted_and_marked() -> None:
    results = rows({"МА5": (1, 3), "РУ5": (1, 2)}, CLEAN)
    verdict = judge(results)
    assert (verdict.status, verdict.criteria, verdict.flags) == ("listed", K1, ("small_sample",))
    assert [o.flags for o in verdict.low] == [("small_sample",)] * 2
    assert verdict.needs_expert
    strict = judge(results, min_participants=10)
    assert (strict.status, strict.low, strict.flags) == ("insufficient_data", (), ("below_minimum",))
    assert strict.needs_expert is False


def test_t11_an_autumn_procedure_counts_in_the_year_of_its_programme() -> None:
    autumn = row("МА5", 40, 100, year=2021, wave="autumn")
    kept = method().verdict("A", "full", [autumn], 2022)
    assert [(o.procedure, o.school_year) for o in kept.low] == [("vpr_math_5", 2021)]
    assert method().verdict("A", "full", [autumn], 2024).low == ()


def test_t12_results_of_a_joined_school_only_by_option() -> None:
    results = [
        row("МА5", 40, 100, PREV2, school="A"),
        row("РУ5", 50, 100, PREV, school="B"),
        row("РУ5", 0, 100, PREV2, school="B"),
        row("РУ6", 9, 10, PREV, school="A"),
    ]
    links = {"B": [("A", PREV)]}
    alone = assess(method(), [("B", "full")], results, YEAR, links=links)[0]
    assert alone.status == "not_listed" and alone.flags == ()
    together = assess(method(pool_predecessors=True), [("B", "full")], results, YEAR, links=links)[0]
    assert (together.status, together.criteria, together.flags) == ("listed", K2, ("pooled_predecessors",))


def test_chains_and_circles_of_mergers_end() -> None:
    by_school = {name: [row("МА5", 1, 10, PREV2, school=name)] for name in "ABC"}
    links = {"C": [("B", PREV)], "B": [("A", PREV2), ("C", PREV)]}
    assert sorted(str(r.school) for r in pooled(by_school, links, "C")) == ["B", "C"]


def test_e1_e2_whole_numbers_decide() -> None:
    assert method().is_low(10, 3) and method().is_low(1000, 300)
    assert not method(operator="gt").is_low(10, 3)
    assert not method().is_low(474, 142)
    assert not method().is_low(0, 0)


def test_e2_a_share_that_fits_two_numbers_is_marked_when_it_matters() -> None:
    near = judge([row("МА5", 29, 97, ambiguous=True), *rows({}, CLEAN)])
    assert near.flags == ("percent_ambiguous",)
    far = judge([row("МА5", 2, 97, ambiguous=True), *rows({}, CLEAN)])
    assert far.flags == ()


@pytest.mark.req("OM-04")
def test_e8_only_procedures_of_the_kind_of_school() -> None:
    results = [row("ЕГЭ-МА", 5, 10), row("ЕГЭ-РУ", 5, 10), row("МА5", 0, 10)]
    basic = judge(results, kind="basic")
    assert (basic.status, basic.flags) == ("not_listed", ("kind_mismatch",))
    primary = judge(results, kind="primary")
    assert (primary.status, primary.observations) == ("not_applicable", ())
    assert judge(results).criteria == K1


def test_e12_schools_are_told_apart_by_identifier() -> None:
    results = [row("МА5", 5, 10, school=1), row("РУ5", 5, 10, school=2)]
    found = assess(method(), [(1, "full"), (2, "full")], results, YEAR)
    assert [[o.procedure for o in v.low] for v in found] == [["vpr_math_5"], ["vpr_rus_5"]]


def test_e13_bias_is_a_flag_and_no_criterion() -> None:
    found = assess(method(), [("A", "full")], rows({"МА5": (0, 50)}, CLEAN), YEAR, biased=frozenset("A"))[0]
    assert (found.status, found.flags) == ("not_listed", ("bias",))


@pytest.mark.req("OR-71")
def test_grades_counted_together_make_six_procedures() -> None:
    results = rows({"МА5": (5, 10), "МА6": (5, 10)}, CLEAN)
    assert judge(results).criteria == K1
    verdict = judge(results, granularity="pooled")
    assert (verdict.status, [(o.procedure, o.low, o.n) for o in verdict.low]) == ("not_listed", [("vpr_math", 10, 20)])
    assert len(set(method(granularity="pooled").counted.values())) == 6
    assert len(set(method().counted.values())) == 8


@pytest.mark.req("OM-03")
def test_steadily_low_over_three_years() -> None:
    rule = method().rule
    steady = rule.criteria[1].model_copy(update={"code": "K3", "years": 3}).model_dump()
    three = method(criteria=(steady,), same_procedure=True)
    low = [row("МА5", 5, 10, year) for year in (PREV, PREV2, PREV2 - 1)]
    assert three.verdict("A", "full", low, YEAR).criteria == ("K3",)
    assert three.verdict("A", "full", low[:2], YEAR).status == "watch"
    assert three.verdict("A", "full", [*low[:2], row("МА5", 0, 10, PREV2 - 1)], YEAR).status == "not_listed"


def test_same_procedure_watch_needs_the_same_code_in_known_years() -> None:
    assert judge(rows({"МА5": (5, 10)}), SECOND).status == "watch"


def test_evidence_names_file_sheet_and_rows() -> None:
    verdict = judge([row("МА5", 30, 97, source=Source("ВПР.xlsx", "МА5", "118")), *rows({}, CLEAN)])
    assert verdict.low[0].sources == (Source("ВПР.xlsx", "МА5", "118"),)
