"""Refusals of the linter about the way a case takes: dead ends, gateways, joins, what may happen at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .drawing import Drawing, line
from .linting import check, event_gateway, texts, two_ways

# ------------------------------------------------------------------ the way


def test_unreachable_and_dead_ends() -> None:
    assert "v «Задача v» – до элемента нельзя дойти" in texts(line("u").user("v").line("v", "end"))
    d = line("u").user("v").gate("g")
    d.flows = [("start", "u", ""), ("u", "g", "")]
    d.flow("g", "end", default=True).flow("g", "v", "n == 1")
    assert "v «Задача v» – от элемента нет пути к концу" in texts(d)


def test_starts_and_ends() -> None:
    assert "начал 2" in texts(line("u").start("s2").line("s2", "u"))
    d = Drawing().user("u").end().line("u", "end")
    assert "начал 0" in texts(d)
    assert "нет конца" in texts(Drawing().start().user("u").line("start", "u"))
    d = line("u")
    d.nodes[0] = ("start", f'<bpmn:startEvent id="start">{d.event("start", "m")}</bpmn:startEvent>')
    assert "не начинается сообщением" in texts(d)
    d = line("u")
    d.nodes[0] = ("start", '<bpmn:startEvent id="start"><bpmn:timerEventDefinition id="t"/></bpmn:startEvent>')
    assert "не начинается по сроку" in texts(d)
    assert "выходит стрелка" in texts(line("u").line("end", "u"))
    assert "в начальное событие ведёт" in texts(line("u").gate("g").flow("u", "start"))


def test_gateways() -> None:
    assert check(two_ways()) == []
    assert "нет ветви по умолчанию" in texts(two_ways(two="n == 2", default=False))
    assert "у ветви развилки «Развилка g» нет условия" in texts(two_ways(one=""))
    assert "у ветви по умолчанию есть условие" in texts(two_ways(two="n == 2"))
    d = Drawing().start().end().user("u").gate("g").line("start", "u", "g").flow("g", "end", "n == 1")
    assert "у единственной ветви развилки есть условие" in texts(d)


def test_gateways_in_a_circle() -> None:
    d = Drawing().start().end().user("u").gate("m", "g").line("start", "u", "m", "g")
    d.flow("g", "m", "n == 1").flow("g", "end", default=True)
    assert [p.text for p in check(d)] == ["развилки замкнуты в круг без задачи, операции и ожидания"]
    d = Drawing().start().end().user("u").gate("g").service("op", sets="n").line("start", "u", "op", "g")
    assert check(d.flow("g", "op", "n == 1").flow("g", "end", default=True)) == []


def test_implicit_splits_and_conditions_beside_gateways() -> None:
    assert "выходит несколько стрелок" in texts(line("u", "v").user("a").line("u", "a", "end"))
    d = Drawing().start().end().user("u").flow("start", "u").flow("u", "end", "n == 1")
    assert "условие стоит на стрелке не от развилки" in texts(d)
    assert "две одинаковые стрелки" in texts(
        Drawing().start().end().both("s", "j").line("start", "s", "j", "end").line("s", "j")
    )


def test_join_in_a_loop() -> None:
    d = Drawing().start().end().gate("m", "x").both("s", "j").user("a").user("b").user("u").line("start", "m", "s")
    d.line("s", "a", "j", "u", "x").line("s", "b", "j").flow("x", "m", "n == 1").flow("x", "end", default=True)
    assert "соединение стоит в цикле" in texts(d)


def test_join_behind_an_exclusive_gateway() -> None:
    d = Drawing().start().end().user("u").gate("g").both("j").user("a").user("b").line("start", "u", "g")
    d.flow("g", "a", "n == 1").flow("g", "b", default=True).line("a", "j", "end").line("b", "j")
    assert "соединение ждёт ветвь, по которой никто не придёт" in texts(d)


def test_a_join_that_an_exclusive_gateway_can_starve() -> None:
    d = (
        Drawing()
        .start()
        .end()
        .end("e2")
        .both("s", "j")
        .user("u")
        .user("a")
        .gate("g")
        .line("start", "u", "s", "a", "j", "end")
    )
    d.line("s", "g").flow("g", "j", "n == 1").flow("g", "e2", default=True)
    assert "соединение ждёт ветвь, по которой никто не придёт" in texts(d)


def test_tokens_that_pile_up_at_a_join() -> None:
    d = (
        Drawing()
        .start()
        .end()
        .both("s", "j", "k")
        .user("a")
        .user("b")
        .gate("m", "g")
        .line("start", "s", "m", "a", "k", "j", "end")
    )
    d.line("k", "g").flow("g", "m", default=True).line("s", "b", "j")
    assert "приходят раз за разом" in texts(d)


def test_branches_that_meet_without_a_join() -> None:
    d = Drawing().start().end().both("s").user("a").user("b").user("v").line("start", "s", "a", "v", "end")
    (problem,) = check(d.line("s", "b", "v"))
    assert problem.warning and "выполнится дважды" in problem.text


def test_event_gateways() -> None:
    assert check(event_gateway("w")) == []
    assert "два срока" in texts(event_gateway("w", timers=("t", "t2")))
    assert "ровно одно сообщение и один срок" in texts(event_gateway("w", timers=()))
    assert "ровно одно сообщение и один срок" in texts(event_gateway("w", "w2"))
    assert "стоит не событие" in texts(event_gateway("w", more="x"))
    assert "ведёт чужая стрелка" in texts(event_gateway("w").user("v").flow("u", "v").line("v", "w"))
    d = event_gateway("w", timers=()).timer("t", "PT1H", kind="timeDuration").line("g", "t", "end")
    assert "длительностью" in texts(d)
    d = event_gateway("w", timers=()).timer("t", "завтра").line("g", "t", "end")
    assert "срок «завтра» не понят" in texts(d)


# ------------------------------------------------------------------ at once


def parallel(one: Callable[[Drawing], Any], two: Callable[[Drawing], Any]) -> Drawing:
    d = Drawing().start().end().both("s", "j").line("start", "s", "x", "j", "end").line("s", "y", "j")
    one(d)
    two(d)
    return d


def test_two_waits_of_one_message_at_once() -> None:
    d = parallel(lambda d: d.wait("x", "m"), lambda d: d.wait("y", "m"))
    assert "сообщение «m» одновременно ждут" in texts(d)
    assert check(parallel(lambda d: d.wait("x", "m"), lambda d: d.wait("y", "k"))) == []
    called = Drawing("q").start().end().wait("w", "m").line("start", "w", "end")
    assert "сообщение «m»" in texts(parallel(lambda d: d.wait("x", "m"), lambda d: d.call("y", "q")), called)


def test_two_calls_of_one_process_at_once() -> None:
    called = line("a", key="q")
    d = parallel(lambda d: d.call("x", "q"), lambda d: d.call("y", "q"))
    assert "процесс «q» вызван в двух ветвях" in texts(d, called)
    one_after_another = Drawing().start().end().call("x", "q").call("y", "q").line("start", "x", "y", "end")
    assert check(one_after_another, called) == []


def on_message(**kw: Any) -> Drawing:
    return line("u").on_message(
        "moved", kw.pop("message", "m"), lambda i: i.user("c").line("moved_s", "c", "moved_e"), **kw
    )


def test_event_sub_processes() -> None:
    assert check(on_message()) == []
    assert "прерывающий подпроцесс" in texts(on_message(interrupting="true"))
    d = line("u").wait("w", "m")
    d.flows = [("start", "u", ""), ("u", "w", ""), ("w", "end", "")]
    d.on_message("moved", "m", lambda i: i.user("c").line("moved_s", "c", "moved_e"))
    assert "сообщение «m» одновременно ждут" in texts(d)
    caller = Drawing("q").start().end().call("x", "p").line("start", "x", "end")
    assert "не ловит сообщений, когда процесс вызван" in texts(on_message(), caller)


@pytest.mark.parametrize("event", ["error", "escalation", "timer", "signal", ""])
def test_event_sub_processes_that_start_with_something_else(event: str) -> None:
    inner = Drawing("moved").user("c").end("moved_e").line("moved_s", "c", "moved_e")
    inner.start("moved_s", f'<bpmn:{event}EventDefinition id="ed"/>' if event else "", 'isInterrupting="false"')
    d = line("u").sub(inner, 'triggeredByEvent="true"')
    assert "начинается не сообщением" in texts(d)


def test_event_sub_process_inside_a_sub_process() -> None:
    inner = Drawing("part").start("ps").end("pe").user("a").line("ps", "a", "pe")
    inner.on_message("moved", "m", lambda i: i.user("c").line("moved_s", "c", "moved_e"))
    assert "вложен в подпроцесс" in texts(Drawing().start().end().sub(inner).line("start", "part", "end"))


def test_embedded_sub_processes_are_checked_too() -> None:
    inner = Drawing("part").start("ps").end("pe").user("stranger").line("ps", "stranger", "pe")
    assert "формы «stranger» нет" in texts(Drawing().start().end().sub(inner).line("start", "part", "end"))
