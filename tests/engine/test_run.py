"""Moves of a case on tiny diagrams; every move starts from stored bytes and freshly parsed specs."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.engine import Definition, DiagramFault, StateDoesNotFit
from app.errors import TaskNotOpen

from .drawing import Drawing, Play, World, line


def test_a_line_of_tasks() -> None:
    p = Play(line("a", "b"))
    assert p.open == ["a"]
    p.do("a", answer="yes")
    assert p.open == ["b"] and p.scope == {"answer": "yes"} and not p.done
    p.do("b")
    assert p.done and p.open == [] and p.world.history == ["start", "a", "b", "end"]


def test_open_task_tells_what_is_drawn() -> None:
    d = Drawing().start().end().user("u", form="f", role="municipal_authority.head", due="to 30.09", basis="W2")
    (task,) = Play(d.line("start", "u", "end")).run().open_tasks()
    assert UUID(hex=task.id).version == 4
    assert (task.key, task.name, task.item, task.process) == ("u", "Задача u", None, "p")
    card = task.card
    assert (card.form, card.role, card.due, card.basis) == ("f", "municipal_authority.head", "to 30.09", "W2")


def test_ids_live_as_long_as_the_task() -> None:
    d = Drawing().start().end().both("s", "j").user("a").user("b")
    p = Play(d.line("start", "s", "a", "j", "end").line("s", "b", "j"))
    before = {t.key: t.id for t in p.run().open_tasks()}
    p.do("a")
    assert {t.key: t.id for t in p.run().open_tasks()} == {"b": before["b"]}


def test_a_task_is_done_once() -> None:
    p = Play(line("a", "b"))
    run = p.run()
    (task,) = run.open_tasks()
    run.complete(task.id)
    for task_id in (task.id, "0" * 32, "not an id"):
        with pytest.raises(TaskNotOpen):
            run.complete(task_id)


def test_exclusive_gateway_takes_the_first_true_branch_in_the_order_drawn() -> None:
    d = Drawing().start().end().user("u").user("a").user("b").user("c").gate("g").line("start", "u", "g")
    d.flow("g", "a", "n > 1").flow("g", "b", "n > 0").flow("g", "c", default=True)
    for key in "abc":
        d.flow(key, "end")
    for n, key in ((2, "a"), (1, "b"), (0, "c")):
        assert Play(d).do("u", n=n).open == [key]


def test_operation_sees_the_scope_and_writes_what_it_declares() -> None:
    d = Drawing().start().end().user("u").service("op", gate="g", sets="left, total").user("v")
    world = World()
    world.gates["g"] = lambda scope: {"left": scope["n"] > 1, "total": [1, 2]}
    p = Play(d.line("start", "u", "op", "v", "end"), world).do("u", n=2)
    assert p.scope == {"n": 2, "left": True, "total": [1, 2]}
    assert world.cards[0].operation == "check_gate" and world.cards[0].properties["gate"] == "g"
    world.gates["g"] = lambda scope: {"other": 1}
    with pytest.raises(DiagramFault, match="other"):
        Play(d, world).do("u", n=1)


def test_error_of_an_operation_is_raised_as_it_is_and_the_state_is_void() -> None:
    d = Drawing().start().end().user("u").service("op", gate="g").user("v").line("start", "u", "op", "v", "end")
    world = World()

    class Boom(Exception):
        pass

    def boom(scope: object) -> None:
        raise Boom("no stock")

    world.gates["g"] = boom
    p = Play(d, world)
    run = p.run()
    with pytest.raises(Boom, match="no stock"):
        run.complete(run.open_tasks()[0].id)
    with pytest.raises(RuntimeError):
        run.dump()
    with pytest.raises(RuntimeError):
        run.tick()
    assert p.open == ["u"]


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, tzinfo=UTC), UUID(int=1), {1}, float("nan"), {1: 2}, 2**70])
def test_only_json_primitives_enter_the_scope(value: object) -> None:
    run = Play(line("a")).run()
    with pytest.raises(TypeError):
        run.complete(run.open_tasks()[0].id, {"x": value})


def test_key_order_and_values_come_back() -> None:
    scope = {"z": 1, "a": [True, None, {"y": 1.5, "b": "ё"}], "m": {}}
    p = Play(line("a", "b"), scope=scope).do("a")
    assert list(p.scope.items()) == list(scope.items())


def test_gateways_in_a_circle_are_stopped() -> None:
    d = Drawing().start().end().user("u").gate("m", "g").line("start", "u", "m", "g")
    d.flow("g", "m", "n == 1").flow("g", "end", default=True)
    run = Play(d).run()
    with pytest.raises(DiagramFault, match="шагов"):
        run.complete(run.open_tasks()[0].id, {"n": 1})
    assert Play(d).do("u", n=0).done


def test_long_runs_of_steps_do_not_fill_the_tree() -> None:
    d = Drawing().start().end().user("u").service("op", gate="count", sets="n").gate("g")
    d.line("start", "u", "op", "g").flow("g", "op", "n < 900").flow("g", "end", default=True)
    world = World()
    world.gates["count"] = lambda scope: {"n": scope["n"] + 1}
    assert Play(d, world).do("u", n=0).done and world.history.count("op") == 900


def test_condition_on_a_missing_name_says_which() -> None:
    d = Drawing().start().end().user("u").gate("g").user("v").line("start", "u", "g").line("v", "end")
    d.flow("g", "v", "missing == 1").flow("g", "end", default=True)
    run = Play(d).run()
    with pytest.raises(DiagramFault, match="missing"):
        run.complete(run.open_tasks()[0].id)


def test_one_scope_a_branch_is_not_overwritten_by_its_neighbour() -> None:
    d = Drawing().start().end().both("s", "j").user("a").user("b").user("z")
    d.line("start", "s", "a", "j", "z", "end").line("s", "b", "j")
    for order in ("ab", "ba"):
        p = Play(d, scope={"decision": "none"})
        for key in order:
            p.do(key, **({"decision": "approved"} if key == "a" else {}))
        assert p.open == ["z"] and p.scope["decision"] == "approved"


def test_a_join_that_nobody_can_complete_is_told() -> None:
    d = Drawing().start().end().gate("x").both("j").user("u").user("a").user("b").line("start", "u", "x")
    d.flow("x", "a", "n == 1").flow("x", "b", default=True).line("a", "j", "end").line("b", "j")
    run = Play(d).do("u", n=1).run()
    with pytest.raises(DiagramFault, match="встало"):
        run.complete(run.open_tasks()[0].id)


# ------------------------------------------------------------------ calls, sub-processes, messages at any time


def test_called_process_shares_the_scope() -> None:
    called = Drawing("q").start().end().user("inner").line("start", "inner", "end")
    d = Drawing().start().end().call("c", "q").user("after").line("start", "c", "after", "end")
    p = Play([d, called])
    (task,) = p.run().open_tasks()
    assert (task.key, task.process) == ("inner", "q")
    p.do("inner", result="agreed")
    assert p.open == ["after"] and p.scope == {"result": "agreed"} and p.world.history[-2:] == ["end", "c"]


def test_calls_in_calls_and_again() -> None:
    third = Drawing("r").start().end().user("deep").line("start", "deep", "end")
    second = Drawing("q").start().end().call("cr", "r").user("mid").line("start", "cr", "mid", "end")
    d = Drawing().start().end().call("c", "q").gate("g").line("start", "c", "g")
    d.flow("g", "c", "again == True").flow("g", "end", default=True)
    p = Play([d, second, third])
    for again in (True, True, False):
        assert p.open == ["deep"]
        p.do("deep").do("mid", again=again)
    assert p.done and max(p.sizes) < 700


def test_message_at_any_time_also_twice_at_once() -> None:
    d = line("a", "b")
    d.on_message("moved", "school.reorganised", lambda s: s.user("transfer").line("moved_s", "transfer", "moved_e"))
    p = Play(d)
    assert p.run().starts() == {"school.reorganised"}
    p.message("school.reorganised", successor="12")
    assert p.open == ["a", "transfer"] and p.scope == {"successor": "12"}
    p.message("school.reorganised")
    assert p.open == ["a", "transfer", "transfer"]
    p.do("transfer").do("a").do("b")
    assert not p.done and p.open == ["transfer"]
    p.do("transfer")
    assert p.done
    p.message("school.reorganised")
    assert p.done and Play(d).do("a").do("b").done


def test_cases_of_one_definition_do_not_touch_each_other() -> None:
    d = line("a")
    d.on_message("moved", "m", lambda s: s.user("t").line("moved_s", "t", "moved_e"))
    definition = Definition({"p.bpmn": d.xml()}, "p")
    one, two = definition.start({}, World()), definition.start({}, World())
    one.message("m")
    two.complete(two.open_tasks()[0].id)
    assert two.done and len(one.open_tasks()) == 2


def test_embedded_sub_process() -> None:
    inner = Drawing("part").start("ps").end("pe").both("s", "j").user("x").user("y")
    inner.line("ps", "s", "x", "j", "pe").line("s", "y", "j")
    d = Drawing().start().end().sub(inner).user("z").line("start", "part", "z", "end")
    p = Play(d).do("y")
    (task,) = p.run().open_tasks()
    assert (task.key, task.process) == ("x", "p")
    assert p.do("x").open == ["z"]


# ------------------------------------------------------------------ versions


def test_state_moves_to_a_version_that_has_its_nodes() -> None:
    state = Play(line("a", "b")).state
    new = Definition({"p.bpmn": line("a", "x", "b").xml()}, "p")
    run = new.load(state, World())
    before = run.open_tasks()[0].id
    assert Definition({"p.bpmn": line("a", "b").xml()}, "p").load(state, World()).open_tasks()[0].id == before
    run.complete(before)
    assert [t.key for t in run.open_tasks()] == ["x"]


def test_state_does_not_fit_a_version_without_its_node() -> None:
    state = Play(line("a", "b")).state
    with pytest.raises(StateDoesNotFit, match="«a»"):
        Definition({"p.bpmn": line("b").xml()}, "p").load(state, World())
    changed = Drawing().start().end().service("a").line("start", "a", "end")
    with pytest.raises(StateDoesNotFit, match="«a»"):
        Definition({"p.bpmn": changed.xml()}, "p").load(state, World())
