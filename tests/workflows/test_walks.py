"""Walks with a meaning, step by step: what the case stands at after each move, what it asked the application to do.

A step is (move, where the case then stands). Moves: a form key with its routed values, ✉ a message, ⏱ a date.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .playing import Case, World

Step = tuple[str, dict[str, Any], str]
RUN_OK: list[Step] = [
    ("campaign_plan", {"passport_needed": False, "window": 5}, "campaign_import"),
    ("campaign_import", {}, "campaign_quality"),
    ("campaign_quality", {"data_state": "ok"}, "campaign_run"),
    ("campaign_run", {"run_state": "ok"}, "campaign_preliminary"),
    ("campaign_preliminary", {"campaign_preliminary_outcome": "sign"}, "✉children.done.data_pack ⏱t_window"),
]
ORDERED: list[Step] = [
    ("campaign_final", {"campaign_final_outcome": "sign"}, "✉act.decided"),
    ("✉act.decided", {"act_outcome": "in_force"}, "campaign_close"),
    ("campaign_close", {}, ""),
]
CLEAR = {"campaign.sources": {"sources_complete": True}, "campaign.objections": {"objections_open": False}}
SIGNED = {"sign_off.stage": {"stage_left": False, "approvers": [], "sign_off_result": "agreed"}}


def play(case: Case, steps: list[Step]) -> Case:
    for move, values, stand in steps:
        if move.startswith("✉"):
            case.hear(move[1:], **values)
        elif move.startswith("⏱"):
            case.wait_until(move[1:])
        else:
            case.do(move, **values)
        assert sorted(case.at) == sorted(stand.split()), f"after {move}"
    return case


@pytest.mark.req("OR-71", "OR-69", "OM-03")
def test_campaign_all_answered_nobody_objects() -> None:
    case = play(Case("campaign", World(CLEAR)), [*RUN_OK, ("✉children.done.data_pack", {}, "campaign_final"), *ORDERED])
    assert case.done
    assert case.world.done == [
        *("check_gate campaign.sources", "identify", "open_cases data_pack", "check_gate campaign.objections"),
        *("identify", "render", "open_cases act", "freeze_list", "open_cases support_cycle"),
    ]
    assert case.world.letters == [("run.preliminary", {}), ("list.frozen", {}), ("school.listed", {})]


@pytest.mark.req("OR-71", "OR-28")
def test_silence_of_a_municipality_is_closed_as_such_when_the_window_ends() -> None:
    case = play(Case("campaign", World(CLEAR)), [*RUN_OK, ("⏱t_window", {}, "campaign_final")])
    assert case.world.done[2:5] == [
        "open_cases data_pack",
        "close_children data_pack",
        "check_gate campaign.objections",
    ]


def test_the_window_is_counted_in_working_days_from_the_signature() -> None:
    case = play(Case("campaign", World(CLEAR)), RUN_OK)
    (timer,) = case.run().timers()
    assert timer.due.date().isoformat() == "2026-07-08"
    case.world.now += timedelta(days=6)
    assert case.move(lambda run: run.tick()).at == ["✉children.done.data_pack", "⏱t_window"], "the last day is not over"


@pytest.mark.req("OR-70")
def test_campaign_waits_for_open_objections_without_a_date() -> None:
    world = World({**CLEAR, "campaign.objections": {"objections_open": True}})
    case = play(Case("campaign", world), [*RUN_OK, ("⏱t_window", {}, "✉children.done.objection")])
    (wait,) = case.run().waits()
    assert wait.card.due == "5wd" and wait.card.properties["ladder"] == "controller"
    world.now += timedelta(days=60)
    assert case.move(lambda run: run.tick()).at == ["✉children.done.objection"], "the order waits"
    play(case, [("✉children.done.objection", {}, "campaign_final")])


def test_campaign_returns_and_a_refused_order() -> None:
    fact = "✉children.done.data_pack ⏱t_window"
    back: list[Step] = [
        ("campaign_final", {"campaign_final_outcome": "return"}, "campaign_run"),
        ("campaign_run", {"run_state": "rerun"}, "campaign_run"),
        ("campaign_run", {"run_state": "ok"}, "campaign_preliminary"),
        ("campaign_preliminary", {"campaign_preliminary_outcome": "return"}, "campaign_run"),
        ("campaign_run", {"run_state": "ok"}, "campaign_preliminary"),
        ("campaign_preliminary", {"campaign_preliminary_outcome": "sign"}, fact),
        ("✉children.done.data_pack", {}, "campaign_final"),
    ]
    refused: list[Step] = [
        ("campaign_final", {"campaign_final_outcome": "sign"}, "✉act.decided"),
        ("✉act.decided", {"act_outcome": "refused"}, "campaign_final"),
    ]
    case = Case("campaign", World(CLEAR))
    play(case, [*RUN_OK, ("✉children.done.data_pack", {}, "campaign_final"), *back, *refused])
    case.world.facts.pop("act.decided")  # of the refused order; the next one is not decided yet
    play(case, ORDERED)
    assert (
        case.done
        and case.world.done.count("open_cases data_pack") == 2
        and case.world.done.count("open_cases act") == 2
    )


def test_sources_and_quality_lead_back_to_the_import() -> None:
    world = World({**CLEAR, "campaign.sources": lambda scope: {"sources_complete": len(world.done) > 2}})
    play(
        Case("campaign", world),
        [
            ("campaign_plan", {"passport_needed": True, "window": 5}, "campaign_import"),
            ("campaign_import", {}, "campaign_import"),
            ("campaign_import", {}, "campaign_quality"),
            ("campaign_quality", {"data_state": "fix"}, "campaign_import"),
            ("campaign_import", {}, "campaign_quality"),
            ("campaign_quality", {"data_state": "ok"}, "✉children.done.social_passport ⏱t_passports"),
            ("⏱t_passports", {}, "campaign_run"),
        ],
    )
    assert world.done[0] == "open_cases social_passport"
    assert world.now.date().isoformat() == "2026-08-31"


def test_a_late_import_does_not_wait_for_the_next_august() -> None:
    world = World(CLEAR)
    case = Case("campaign", world).do("campaign_plan", passport_needed=True, window=5)
    world.now += timedelta(days=70)
    case.do("campaign_import").do("campaign_quality", data_state="ok").move(lambda run: run.tick())
    assert case.at == ["campaign_run"]


def test_an_answer_of_another_round_passes_no_wait() -> None:
    """A message only wakes: the wait asks what is true now."""
    world = World(CLEAR)
    case = play(Case("campaign", world), RUN_OK[:3])
    for _ in range(2):
        case.do("campaign_run", run_state="clarify")
        assert case.at == ["✉children.done.clarification", "⏱t_clarifications"]
        case.move(lambda run: run.message("children.done.clarification", {}))
        assert case.at == ["✉children.done.clarification", "⏱t_clarifications"], "nobody answered yet"
        play(case, [("✉children.done.clarification", {}, "campaign_run")])
    case.do("campaign_run", run_state="clarify").wait_until("t_clarifications")
    assert case.at == ["campaign_run"]


@pytest.mark.req("OR-02", "OR-60", "OM-01", "OM-44")
def test_act_from_the_draft_to_force_and_repeal() -> None:
    world = World({**SIGNED, "set_effective": {"valid_to": None}})
    case = play(
        Case("act", world),
        [
            ("act_draft", {"act_draft_outcome": "send", "level": "region", "publish": True}, "sign_off_route"),
            ("sign_off_route", {}, "act_sign"),
            ("act_sign", {"act_sign_outcome": "return"}, "act_draft"),
            ("act_draft", {"act_draft_outcome": "send", "level": "region", "publish": True}, "sign_off_route"),
            ("sign_off_route", {}, "act_sign"),
            ("act_sign", {"act_sign_outcome": "sign"}, "act_register"),
            ("act_register", {}, "act_publish"),
            ("act_publish", {}, "✉act.repealed"),
        ],
    )
    assert world.letters == [("act.decided", {"act_outcome": "in_force"})]
    assert [d for d in world.done if not d.startswith("check")] == [
        "render",
        "render",
        "number",
        "render",
        "set_effective",
        "open_cases assignment",
    ]
    assert play(case, [("✉act.repealed", {}, "")]).done


@pytest.mark.parametrize(
    ("steps", "level"),
    [
        ([("act_draft", {"act_draft_outcome": "withdraw", "level": None, "publish": None}, "")], "region"),
        (
            [
                ("act_draft", {"act_draft_outcome": "send", "level": "school", "publish": False}, "act_sign"),
                ("act_sign", {"act_sign_outcome": "refuse"}, ""),
            ],
            "school",
        ),
    ],
)
def test_a_withdrawn_or_refused_act_is_told_to_its_opener(steps: list[Step], level: str) -> None:
    case = play(Case("act"), steps)
    assert case.done and case.world.letters == [("act.decided", {"act_outcome": "refused"})]


def test_an_act_taken_from_signing_off_comes_back_to_its_author() -> None:
    world = World({"sign_off.stage": {"stage_left": False, "approvers": [], "sign_off_result": "refused"}})
    draft: Step = ("act_draft", {"act_draft_outcome": "send", "level": "region", "publish": True}, "sign_off_route")
    case = play(Case("act", world), [draft, ("sign_off_route", {}, "act_draft"), draft])
    world.results = SIGNED
    play(case, [("sign_off_route", {}, "act_sign")])


def test_sixty_days_before_the_term_the_author_is_asked() -> None:
    world = World({"set_effective": {"valid_to": "2027-12-31"}})
    case = Case("act", world).do("act_draft", act_draft_outcome="send", level="school", publish=False)
    case.do("act_sign", act_sign_outcome="sign").do("act_register")
    assert case.at == ["✉act.repealed", "⏱t_expiry"]
    (timer,) = case.run().timers()
    assert timer.due.date().isoformat() == "2027-11-01"
    later = timer.due + timedelta(days=14)
    case.move(lambda run: run.shift_timer(timer.id, later))  # a pause of the case moves the date
    world.now = later - timedelta(hours=1)
    assert case.move(lambda run: run.tick()).at == ["✉act.repealed", "⏱t_expiry"]
    case.wait_until("t_expiry")
    ask: Step = ("act_expire", {"act_expire_outcome": "replace"}, "✉act.decided")
    play(case, [ask, ("✉act.decided", {"act_outcome": "refused"}, "act_expire")])
    assert world.done[-1] == "open_cases act"
    world.facts.pop("act.decided")
    assert play(case, [ask, ("✉act.decided", {"act_outcome": "in_force"}, "")]).done


def test_a_prolonged_act_is_asked_about_again_before_its_new_term() -> None:
    terms = iter(["2027-12-31", "2028-12-31"])
    world = World({"set_effective": lambda scope: {"valid_to": next(terms)}})
    case = Case("act", world).do("act_draft", act_draft_outcome="send", level="school", publish=False)
    case.do("act_sign", act_sign_outcome="sign").do("act_register").wait_until("t_expiry")
    case.do("act_expire", act_expire_outcome="prolong").hear("act.decided", act_outcome="in_force")
    (timer,) = case.run().timers()
    assert timer.due.date().isoformat() == "2028-11-01" and case.at == ["✉act.repealed", "⏱t_expiry"]


@pytest.mark.req("OR-70", "OR-71")
def test_objection_with_all_its_questions() -> None:
    world = World({"objection.authority": {"has_authority": True}})
    opinion, supplement = "✉children.done.data_pack ⏱t_opinion", "✉children.done.data_pack ⏱t_supplement"
    case = play(
        Case("objection", world, {"window": "2026-09-20"}),
        [
            ("objection_submit", {}, opinion),
            ("⏱t_opinion", {}, "objection_review"),
            ("objection_review", {"decision": "need_data"}, supplement),
            ("✉children.done.data_pack", {}, "objection_review"),
            ("objection_review", {"decision": "need_expert"}, "✉children.done.clarification ⏱t_clarification"),
            ("⏱t_clarification", {}, "objection_review"),
            ("objection_review", {"decision": "partly"}, "objection_sign"),
            ("objection_sign", {"objection_sign_outcome": "return"}, "objection_review"),
            ("objection_review", {"decision": "accept"}, "objection_sign"),
            ("objection_sign", {"objection_sign_outcome": "sign"}, "✉acquaintance.all ⏱t_acquaintance"),
            ("✉acquaintance.all", {}, ""),
        ],
    )
    assert case.done and world.letters == [("objection.decided", {"decision": "accept"})]
    assert world.done == [
        *("check_gate objection.authority", "open_cases data_pack", "close_children data_pack", "open_cases data_pack"),
        *("open_cases clarification", "number", "render", "collect_facts verdict_change", "deliver"),
    ]


@pytest.mark.req("OR-70")
def test_a_rejected_objection_changes_no_verdict() -> None:
    world = World({"objection.authority": {"has_authority": False}})
    case = Case("objection", world, {"window": "2026-09-20"}).do("objection_submit")
    case.do("objection_review", decision="reject").do("objection_sign", objection_sign_outcome="sign")
    assert "collect_facts verdict_change" not in world.done and world.letters[0][1] == {"decision": "reject"}
    assert case.wait_until("t_acquaintance").done


@pytest.mark.parametrize(
    ("mode", "form"),
    [("preliminary_list", "pack_answer"), ("opinion", "objection_opinion"), ("supplement", "objection_supplement")],
)
@pytest.mark.req("OR-67", "OM-32")
def test_data_pack_asks_what_it_was_opened_for(mode: str, form: str) -> None:
    case = Case("data_pack", scope={"mode": mode})
    assert case.world.done == ["collect_facts data_pack", "render", "deliver"]
    assert case.at == [form] and case.do(form).done


def test_a_task_of_two_roles_names_both() -> None:
    (task,) = Case("data_pack", scope={"mode": "preliminary_list"}).run().open_tasks()
    assert task.card.role == "municipal_method_service|municipal_authority" and task.card.basis == "W3"


@pytest.mark.req("OR-70", "OR-12")
def test_clarification_by_meeting_then_by_expert() -> None:
    case = play(
        Case("clarification"),
        [
            ("clarification_open", {"kind": "trip", "meeting_date": "2026-09-24"}, "clarification_protocol"),
            ("clarification_protocol", {}, "clarification_decide"),
            ("clarification_decide", {"outcome": "more"}, "clarification_open"),
            ("clarification_open", {"kind": "expert", "meeting_date": None}, "clarification_opinion"),
            ("clarification_opinion", {}, "clarification_decide"),
            ("clarification_decide", {"outcome": "change"}, ""),
        ],
    )
    assert case.done and case.world.done == ["deliver", "collect_facts verdict_change"]


@pytest.mark.req("OM-02", "OM-04", "OR-28")
def test_passport_with_returns_and_an_explanation() -> None:
    case = play(
        Case("social_passport", World({"compute_index": {"passport_changed": True}})),
        [
            ("passport_fill", {}, "passport_check"),
            ("passport_check", {"passport_check_outcome": "return"}, "passport_fill"),
            ("passport_fill", {}, "passport_check"),
            ("passport_check", {"passport_check_outcome": "accept"}, "passport_explain"),
            ("passport_explain", {}, "passport_accept"),
            ("passport_accept", {"passport_accept_outcome": "return"}, "passport_fill"),
            ("passport_fill", {}, "passport_check"),
            ("passport_check", {"passport_check_outcome": "accept"}, "passport_explain"),
            ("passport_explain", {}, "passport_accept"),
            ("passport_accept", {"passport_accept_outcome": "accept"}, ""),
        ],
    )
    assert case.done
