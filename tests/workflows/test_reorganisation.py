"""A reorganisation walked on its drawing."""

from __future__ import annotations

import pytest

from .playing import Case, World
from .test_walks import play

DAY = {"reorg_day": "2026-12-01T00:00"}


@pytest.mark.req("OR-03", "OR-63", "OR-81")
def test_registered_returned_verified_approved_applied_and_read() -> None:
    world = World({"reorganisation.cases": {"has_cases": True}})
    case = play(
        Case("reorganisation", world),
        [
            ("reorg_register", DAY, "reorg_verify"),
            ("reorg_verify", {"reorg_verify_outcome": "return"}, "reorg_register"),
            ("reorg_register", DAY, "reorg_verify"),
            ("reorg_verify", {"reorg_verify_outcome": "ok"}, "reorg_cases"),
            ("reorg_cases", {}, "reorg_approve"),
            ("reorg_approve", {"reorg_approve_outcome": "return"}, "reorg_verify"),
            ("reorg_verify", {"reorg_verify_outcome": "ok"}, "reorg_cases"),
            ("reorg_cases", {}, "reorg_approve"),
            ("reorg_approve", {"reorg_approve_outcome": "sign"}, "✉act.repealed ⏱t_day"),
        ],
    )
    (timer,) = case.run().timers()
    assert timer.due.isoformat() == "2026-11-30T19:00:00+00:00", "the first moment of the day by the region's clock"
    case.wait_until("t_day")
    assert case.at == ["✉acquaintance.all", "⏱t_acquaintance"]
    assert world.letters == [("school.reorganised", {})]
    assert world.done[-4:] == ["number", "apply_reorganisation", "render", "deliver"]
    assert play(case, [("✉acquaintance.all", {}, "")]).done


@pytest.mark.req("OR-03")
def test_a_day_in_the_past_is_applied_at_once_and_a_withdrawn_act_never() -> None:
    world = World({"reorganisation.cases": {"has_cases": False}})
    signed = [
        ("reorg_register", {"reorg_day": "2026-06-01T00:00"}, "reorg_verify"),
        ("reorg_verify", {"reorg_verify_outcome": "ok"}, "reorg_approve"),
    ]
    case = play(Case("reorganisation", world), signed).do("reorg_approve", reorg_approve_outcome="sign")
    case.move(lambda run: run.tick())
    assert case.at == ["✉acquaintance.all", "⏱t_acquaintance"]
    assert case.wait_until("t_acquaintance").done
    world = World({"reorganisation.cases": {"has_cases": False}})
    world.facts["act.repealed"] = True
    case = play(Case("reorganisation", world), signed).do("reorg_approve", reorg_approve_outcome="sign")
    assert case.done and "apply_reorganisation" not in world.done


def test_what_is_not_confirmed_ends() -> None:
    case = Case("reorganisation").do("reorg_register", **DAY).do("reorg_verify", reorg_verify_outcome="reject")
    assert case.done and case.world.letters == []
