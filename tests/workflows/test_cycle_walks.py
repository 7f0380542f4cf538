"""The years of a school's case and its yearly evaluation, walked step by step."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from .playing import Case, World
from .test_walks import play


def years() -> World:
    """An application whose school years follow the clock."""
    world = World()

    def begin(_scope: object) -> dict[str, str]:
        year = world.now.year if world.now.month >= 7 else world.now.year - 1
        days = {"evaluation_due": f"{year + 1}-06-01", "decision_due": f"{year + 1}-09-30"}
        light = world.now.year > 2026
        return {"year_start": f"{year}-07-01", "light": light, **days}

    world.results = {"support_year": begin}
    world.now += timedelta(days=91)
    return world


def to_the_decision(case: Case, *, timer: bool = False) -> Case:
    """A year of a school's case up to the wait for its decision."""
    assert case.at == ["✉diagnosis.approved"]
    case.hear("diagnosis.approved")
    if case.at == ["✉roadmap.approved"]:
        case.hear("roadmap.approved")
    assert case.at == ["✉stages.done", "⏱t_evaluation"]
    case.wait_until("t_evaluation") if timer else case.hear("stages.done")
    assert case.at == ["✉decision.taken"]
    return case


@pytest.mark.req("OR-63", "OR-65", "OR-72", "OM-09", "OM-11")
@pytest.mark.parametrize("count", [3, 30])
def test_a_school_is_supported_for_years(count: int) -> None:
    world = years()
    case = Case("support_cycle", world, {"track": "listed"}).do("support_start")
    for year in range(count):
        to_the_decision(case, timer=year % 2 == 0)
        assert case.scope["decision_due"] == f"{2027 + year}-09-30"
        world.now = world.now.replace(year=2027 + year, month=10)
        decision = "continue" if year % 2 else "strengthen"
        case.hear("decision.taken", decision=decision, watch_until=None)
        case.do("support_year" if year % 2 else "support_strengthen")
    to_the_decision(case).hear("decision.taken", decision="exit", watch_until=f"{2028 + count}-09-30").do(
        "support_exit"
    )
    play(case, [("✉school.listed", {}, "support_start"), ("support_start", {}, "✉diagnosis.approved")])
    case.world.facts.pop("school.listed")
    to_the_decision(case).hear("decision.taken", decision="exit", watch_until="2060-09-30").do("support_exit")
    assert case.at == ["✉school.listed", "⏱t_watch"]
    assert case.wait_until("t_watch").do("support_close").done
    assert max(case.sizes) < 4096, "the past does not pile up in the state"


@pytest.mark.req("OR-65", "OM-10")
def test_a_case_of_ten_years_is_as_small_and_as_fast_as_a_new_one() -> None:
    world = years()
    case = Case("support_cycle", world, {"track": "listed"}, fresh=False).do("support_start")
    sizes, times = [], []
    for year in range(10):
        times.append(_fastest(case))
        to_the_decision(case)
        sizes.append(len(case.state))
        world.now = world.now.replace(year=2027 + year, month=10)
        case.hear("decision.taken", decision="continue", watch_until=None).do("support_year", review=[])
    assert len(set(sizes[1:])) == 1 and sizes[-1] < sizes[0] + 64, f"bytes of the state by year: {sizes}"
    assert times[-1] < 1.5 * times[0] + 0.0002, f"seconds of a move by year: {times}"


def _fastest(case: Case) -> float:
    """Seconds of the year's first move from its stored state, the best of many: the machine's other work is left out."""
    state, facts, found = case.state, dict(case.world.facts), []
    for _ in range(40):
        case.state, case.world.facts = state, dict(facts)
        begun = time.perf_counter()
        case.hear("diagnosis.approved")
        found.append(time.perf_counter() - begun)
    case.state, case.world.facts = state, facts
    return min(found)


@pytest.mark.req("OR-29", "OR-39")
def test_without_an_approved_diagnosis_there_is_no_programme() -> None:
    world = years()
    case = Case("support_cycle", world, {"track": "listed"}).do("support_start")
    world.now += timedelta(days=400)
    assert case.move(lambda run: run.tick()).at == ["✉diagnosis.approved"]
    assert "open_cases roadmap" not in world.done
    (wait,) = case.run().waits()
    assert (wait.card.due, wait.card.basis, wait.card.properties["ladder"]) == ("45d", "W7", "controller")


def test_a_late_word_of_last_year_does_not_end_the_next_one() -> None:
    world = years()
    case = Case("support_cycle", world, {"track": "listed"}).do("support_start")
    to_the_decision(case, timer=True)
    world.now = world.now.replace(year=2027, month=10)
    case.hear("decision.taken", decision="continue", watch_until=None).do("support_year", review=[])
    case.hear("diagnosis.approved")
    assert case.at == ["✉stages.done", "⏱t_evaluation"], "a programme of several years is approved already"
    case.move(lambda run: run.message("stages.done", {}))
    assert case.at == ["✉stages.done", "⏱t_evaluation"], "nobody said so about this year"


def test_a_watched_school_is_watched_until_the_next_list() -> None:
    case = Case("support_cycle", scope={"track": "watch"})
    assert case.world.done == ["open_cases data_pack", "open_cases social_passport"] and case.at == ["✉list.frozen"]
    assert case.hear("list.frozen").done


@pytest.mark.req("OR-63", "OR-81")
def test_a_school_is_reorganised_at_any_time_twice_at_once() -> None:
    world = years()
    case = Case("support_cycle", world, {"track": "listed"})
    case.hear("school.reorganised").hear("school.reorganised")
    assert case.at == ["support_start", "support_transfer", "support_transfer"]
    case.do("support_transfer").do("support_start")
    case.hear("diagnosis.approved").hear("roadmap.approved").hear("stages.done")
    case.hear("decision.taken", decision="exit", watch_until="2028-09-30").do("support_exit").wait_until("t_watch")
    case.do("support_close")
    assert not case.done and case.at == ["support_transfer"], "the case waits for the form that was asked for"
    assert case.do("support_transfer").done


STANDARD = {
    "evaluation.year": {
        "has_authority": True,
        "school_due": "2027-06-20",
        "curator_due": "2027-06-30",
        "municipal_due": "2027-07-10",
        "run_due": "2027-09-12",
        "decide_due": "2027-09-28",
    },
    "evaluation.recheck": {"verdict_changed": False},
}


@pytest.mark.req("OR-82", "OM-14", "OM-35")
def test_a_year_is_evaluated_from_both_sides_and_decided() -> None:
    case = Case("annual_evaluation", World(STANDARD))
    play(
        case,
        [
            ("eval_school", {}, "eval_curator eval_municipal"),
            ("eval_municipal", {}, "eval_curator"),
            ("eval_curator", {}, "✉run.preliminary"),
            ("✉run.preliminary", {}, "eval_proposal"),
            ("eval_proposal", {}, "eval_head"),
            ("eval_head", {"eval_head_outcome": "return"}, "eval_proposal"),
            ("eval_proposal", {}, "eval_head"),
            ("eval_head", {"eval_head_outcome": "sign"}, "✉acquaintance.all ⏱t_acquaintance"),
            ("⏱t_acquaintance", {}, "eval_decide"),
            ("eval_decide", {"decision": "exit"}, "✉act.decided"),
            ("✉act.decided", {"act_outcome": "refused"}, "eval_decide"),
        ],
    )
    case.world.facts.pop("act.decided")
    play(
        case,
        [("eval_decide", {"decision": "continue"}, "✉act.decided"), ("✉act.decided", {"act_outcome": "in_force"}, "")],
    )
    assert case.done and case.world.letters == [("decision.taken", {})]
    assert max(case.sizes) < 1500


def test_a_school_without_a_municipal_authority_has_one_opinion_beside_its_own() -> None:
    world = World({**STANDARD, "evaluation.year": {**STANDARD["evaluation.year"], "has_authority": False}})
    play(
        Case("annual_evaluation", world),
        [("eval_school", {}, "eval_curator_alone"), ("eval_curator_alone", {}, "✉run.preliminary")],
    )


def test_an_evaluation_waits_for_results_however_late_they_are() -> None:
    world = World(STANDARD)
    case = play(Case("annual_evaluation", world), [("eval_school", {}, "eval_curator eval_municipal")])
    case.do("eval_curator").do("eval_municipal")
    world.now += timedelta(days=700)
    assert case.move(lambda run: run.tick()).at == ["✉run.preliminary"], "no silent step"
    (wait,) = case.run().waits()
    assert wait.card.due == "run_due" and wait.card.properties["ladder"] == "controller"
