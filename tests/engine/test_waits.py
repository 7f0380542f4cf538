"""Messages that wake, facts that decide, dates by the application's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.errors import TaskNotOpen

from .drawing import Drawing, Play, World

DAY = timedelta(days=1)


def choice(*, before: str = "u", after: str = "end") -> Drawing:
    """start → u → event gateway: message «came» or a term of 5 days → end or late → end."""
    d = Drawing().start().end().user("u").user("late").first("g").wait("w", "came").timer("t", "5d")
    return d.line("start", "u", "g", "w", "end").line("g", "t", "late", "end")


# ------------------------------------------------------------------ messages and facts


@pytest.mark.req("OR-65")
def test_a_wait_asks_its_fact_on_entering() -> None:
    d = Drawing().start().end().user("u").wait("w", "diagnosis.approved").user("v")
    d.line("start", "u", "w", "v", "end")
    world = World()
    world.facts["diagnosis.approved"] = True
    assert Play(d, world).do("u").open == ["v"]


def test_a_message_wakes_but_the_fact_decides() -> None:
    d = Drawing().start().end().wait("w", "act.decided").user("v").line("start", "w", "v", "end")
    p = Play(d)
    assert p.waiting == ["act.decided"] and p.open == []
    p.message("act.decided", act_state="stale")
    assert p.waiting == ["act.decided"] and p.scope == {}
    p.world.facts["act.decided"] = True
    p.message("act.decided", act_state="in_force")
    assert p.open == ["v"] and p.scope == {"act_state": "in_force"}
    q = Play(d)
    q.message("act.decided", proven=True, act_state="refused")
    assert q.open == ["v"] and q.scope == {"act_state": "refused"}
    assert q.world.asked.count("act.decided") == 1


def test_a_fact_may_bring_values() -> None:
    d = Drawing().start().end().user("u").wait("w", "act.decided").user("v").line("start", "u", "w", "v", "end")
    world = World()
    world.facts["act.decided"] = {"act_state": "refused"}
    p = Play(d, world).do("u")
    assert p.open == ["v"] and p.scope == {"act_state": "refused"}


def test_any_message_asks_all_facts() -> None:
    d = Drawing().start().end().wait("w", "came").user("v").line("start", "w", "v", "end")
    p = Play(d)
    p.world.facts["came"] = True
    assert p.message("something.else").open == ["v"]


def test_a_chain_of_true_facts_is_passed_in_one_move() -> None:
    d = Drawing().start().end().user("u").wait("w1", "one").wait("w2", "two").user("v")
    world = World()
    world.facts |= {"one": True, "two": True}
    assert Play(d.line("start", "u", "w1", "w2", "v", "end"), world).do("u").open == ["v"]


def test_thrown_messages_carry_their_properties() -> None:
    d = Drawing().start().user("u").throw("t", "list.frozen", year="${year}", state="ready", basis="P")
    d.end("end", "act.decided", act_state="in_force").line("start", "u", "t", "end")
    p = Play(d).do("u", year=2026)
    assert p.done and p.world.letters == [
        ("list.frozen", {"year": 2026, "state": "ready"}),
        ("act.decided", {"act_state": "in_force"}),
    ]


# ------------------------------------------------------------------ event gateways and timers


def test_gateway_leaves_by_message_and_the_timer_is_gone() -> None:
    p = Play(choice()).do("u")
    assert p.waiting == ["came", "⏱t"]
    p.world.facts["came"] = True
    assert p.message("came").done


def test_gateway_leaves_by_its_date_by_the_hosts_clock() -> None:
    p = Play(choice()).do("u")
    due = p.world.now + 5 * DAY
    assert [t.due for t in p.run().timers()] == [due]
    p.world.now = due - timedelta(seconds=1)
    assert p.tick().waiting == ["came", "⏱t"]
    p.world.now = due
    assert p.tick().open == ["late"] and p.waiting == []
    p.world.facts["came"] = True
    assert p.message("came").open == ["late"]


def test_a_fact_goes_before_a_date() -> None:
    p = Play(choice()).do("u")
    p.world.now += 9 * DAY
    p.world.facts["came"] = True
    assert p.tick().done and "t" not in p.world.history


def test_a_date_already_past_fires_at_the_next_tick() -> None:
    world = World()
    world.terms["5d"] = world.now - 30 * DAY
    p = Play(choice(), world).do("u")
    assert p.tick().open == ["late"]


def test_ticks_repeat_until_nothing_is_due() -> None:
    d = Drawing().start().end().user("u").user("v").first("g", "h").wait("w", "a").wait("x", "b")
    d.timer("t", "2d").timer("s", "0d")
    d.line("start", "u", "g", "w", "end").line("g", "t", "h", "x", "end").line("h", "s", "v", "end")
    p = Play(d).do("u")
    p.world.now += 3 * DAY
    assert p.tick().open == ["v"] and p.world.history[-4:] == ["g", "t", "h", "s"]


def test_a_pause_moves_the_waiting_timer() -> None:
    p = Play(choice()).do("u")
    run = p.run()
    (timer,) = run.timers()
    run.shift_timer(timer.id, timer.due + 14 * DAY)
    with pytest.raises(TypeError):
        run.shift_timer(timer.id, datetime(2026, 1, 1))
    with pytest.raises(TaskNotOpen):
        run.shift_timer("0" * 32, timer.due)
    p.state = run.dump()
    p.world.now += 18 * DAY
    assert p.tick().waiting == ["came", "⏱t"]
    p.world.now += DAY
    assert p.tick().open == ["late"]


def test_a_naive_term_is_refused() -> None:
    world = World()
    world.terms["5d"] = datetime(2026, 1, 1)
    run = Play(choice(), world).run()
    with pytest.raises(TypeError):
        run.complete(run.open_tasks()[0].id)
