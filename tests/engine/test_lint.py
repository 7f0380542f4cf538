"""Each refusal of the linter on a tiny diagram; the good diagram beside it has no remark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.engine import Problem, lint

from .drawing import Drawing, line

ROLES = ("school_head", "municipal_authority", "system")  # base codes; `.head` is added in diagrams
FORMS: dict[str, tuple[str, ...]] = {"u": ("n",), "v": (), "a": (), "b": (), "c": ()}
OPERATIONS = ("check_gate", "open_cases")


def check(*drawings: Drawing | tuple[str, bytes], **kw: Any) -> list[Problem]:
    files = dict(d if isinstance(d, tuple) else (f"{d.key}.bpmn", d.xml()) for d in drawings)
    return lint(files, **{"roles": ROLES, "forms": FORMS, "operations": OPERATIONS, **kw})


def texts(*drawings: Drawing | tuple[str, bytes], **kw: Any) -> str:
    return "\n".join(map(str, check(*drawings, **kw)))


def around(draw: Callable[[Drawing], Any], key: str = "x") -> Drawing:
    """start → u → what `draw` adds under the id `key` → end."""
    d = Drawing().start().end().user("u")
    draw(d)
    return d.line("start", "u", key, "end")


def raw(tag: str, inner: str = "", attrs: str = "") -> Callable[[Drawing], Any]:
    return lambda d: d.add("x", f'<bpmn:{tag} id="x" name="Икс" {attrs}>{inner}</bpmn:{tag}>')


def good() -> Drawing:
    """A bit of everything that is allowed."""
    d = Drawing().start().end("end", "done", state="ok", year="${n}").user("u", role="municipal_authority.head")
    d.service("op", gate="g", sets="left,rows").gate("g1").many("v", "rows").user("a", due="to 30.09").user("b")
    d.both("s", "j").first("eg").wait("w", "children.done", due="5wd", ladder="default").timer("t", "45d").gate("m")
    d.line("start", "u", "op", "g1").flow("g1", "v", "left == True and n > 1").flow("g1", "s", default=True)
    d.line("v", "op").line("s", "a", "j").line("s", "b", "j").line("j", "eg", "w", "m", "end").line("eg", "t", "m")
    return d.on_message("moved", "school.moved", lambda i: i.user("c", form="c").line("moved_s", "c", "moved_e"))


def test_a_good_diagram_has_no_remarks() -> None:
    called = line("a", key="q")
    assert check(good()) == []
    assert check(around(lambda d: d.call("x", "q")), called) == []


def test_a_problem_says_where_what_and_what_to_do() -> None:
    (problem,) = check(line("u", "stranger"))
    assert problem == Problem(
        "p.bpmn", "stranger", "Задача stranger", "формы «stranger» нет в системе", "Укажите код существующей формы."
    )
    assert str(problem) == (
        "p.bpmn: stranger «Задача stranger» – формы «stranger» нет в системе. Укажите код существующей формы."
    )


def test_a_task_without_a_lane() -> None:
    d = line("u")
    d.lanes.pop("school_head")
    assert "не стоит ни на одной дорожке" in texts(d)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda d: d.user("x", form="nobody"), "формы «nobody» нет"),
        (lambda d: d.add("x", '<bpmn:userTask id="x" name="Икс"/>', "school_head"), "нет формы"),
        (lambda d: d.user("x", form="v", role="dean"), "роли «dean»"),
        (lambda d: d.user("x", form="v", role="school_head.deputy"), "роли «school_head.deputy»"),
        (lambda d: d.wait("x", "m") and d.lanes.update(clown=["x"]), "clown «clown» – роли «clown»"),
        (raw("userTask", attrs='camunda:formKey="v" camunda:candidateGroups="school_head|dean"'), "роли «dean»"),
        (lambda d: d.user("x", form="v", due=""), "нет срока"),
        (lambda d: d.user("x", form="v", basis=""), "нет основания"),
        (lambda d: d.user("x", form="v", due="скоро"), "срок «скоро» не понят"),
        (lambda d: d.user("x", form="v", due="to 31.13"), "срок «to 31.13» не понят"),
        (lambda d: d.service("x", topic="launch"), "операции «launch» нет"),
        (raw("serviceTask"), "у операции нет названия"),
        (lambda d: d.service("x", sets="a b"), "имя «a b» в sets"),
        (lambda d: d.call("x", "nowhere"), "процесса «nowhere» нет"),
        (lambda d: d.call("x", "p"), "вызывает сам себя"),
        (lambda d: d.rule("x", "nothing"), "таблицы решений «nothing» нет"),
        (raw("scriptTask", "<bpmn:script>import os</bpmn:script>"), "сценарии в схемах запрещены"),
        (raw("task"), "не указан вид"),
        (raw("manualTask"), "без формы"),
        (raw("sendTask"), "отправки не используется"),
        (raw("receiveTask"), "получения не используется"),
        (raw("inclusiveGateway"), "неисключающая развилка"),
        (raw("complexGateway"), "сложная развилка"),
        (raw("transaction"), "транзакция не исполняется"),
        (raw("adHocSubProcess"), "произвольный подпроцесс"),
        (raw("intermediateCatchEvent"), "чего ждёт событие"),
        (lambda d: d.timer("x"), "срок стоит вне развилки"),
        (lambda d: d.wait("x", ""), "у сообщения нет имени"),
    ],
)
def test_an_element_alone(draw: Callable[[Drawing], Any], said: str) -> None:
    assert said in texts(around(draw))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("compensate", "компенсация"),
        ("link", "событие-ссылка"),
        ("conditional", "по условию"),
        ("signal", "сигналы"),
        ("escalation", "эскалация"),
    ],
)
def test_events_the_engine_does_not_run(event: str, said: str) -> None:
    inner = "<bpmn:condition>n == 1</bpmn:condition>" if event == "conditional" else ""
    name = ' name="L"' if event == "link" else ""
    draw = raw(
        "intermediateCatchEvent", f'<bpmn:{event}EventDefinition id="ed"{name}>{inner}</bpmn:{event}EventDefinition>'
    )
    assert said in texts(around(draw))


@pytest.mark.parametrize("event", ["error", "escalation", "terminate", "cancel", "compensate", "signal"])
def test_ends_the_engine_does_not_run(event: str) -> None:
    d = line("u")
    d.nodes[1] = ("end", f'<bpmn:endEvent id="end"><bpmn:{event}EventDefinition id="ed"/></bpmn:endEvent>')
    assert any(p.element == "end" for p in check(d))


def test_boundary_events() -> None:
    d = line("u", "v").user("a").line("b1", "a", "end")
    d.add("b1", f'<bpmn:boundaryEvent id="b1" attachedToRef="u">{d.event("b1", "m")}</bpmn:boundaryEvent>')
    assert "на границе задачи" in texts(d)


def test_data_and_listeners() -> None:
    d = line("u")
    d.nodes.append(("store", '<bpmn:dataStoreReference id="store"/>'))
    d.nodes.append(("obj", '<bpmn:dataObject id="obj"/>'))
    said = texts(d)
    assert "хранилища данных" in said and "данные на схеме" in said
    listener = '<bpmn:extensionElements><camunda:executionListener class="X" event="start"/></bpmn:extensionElements>'
    assert "обработчики" in texts(around(raw("endEvent", listener)))


def test_tasks_for_many() -> None:
    def loop(attrs: str, inner: str = "") -> Drawing:
        text = f"<bpmn:multiInstanceLoopCharacteristics {attrs}>{inner}</bpmn:multiInstanceLoopCharacteristics>"
        return around(lambda d: d.user("x", form="v", inner=text))

    assert "не указан список" in texts(loop(""))
    both = 'camunda:collection="n" camunda:elementVariable="row"'
    assert "открывается всем сразу" in texts(loop(f'{both} isSequential="true"'))
    assert "открывается всем сразу" in texts(loop(both, "<bpmn:loopCardinality>3</bpmn:loopCardinality>"))
    assert "читается «rows»" in texts(around(lambda d: d.many("x", "rows", form="v")))
    standard = "<bpmn:standardLoopCharacteristics/>"
    assert "знаком цикла" in texts(around(lambda d: d.user("x", form="v", inner=standard)))
    inner = "<bpmn:multiInstanceLoopCharacteristics/>"
    assert "для многих бывают только" in texts(
        around(raw("callActivity", inner, 'calledElement="q"')), line("a", key="q")
    )


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


def two_ways(**kw: Any) -> Drawing:
    d = Drawing().start().end().user("u").user("a").user("b").gate("g").line("start", "u", "g")
    d.flow("g", "a", kw.get("one", "n == 1")).flow("g", "b", kw.get("two", ""), default=kw.get("default", True))
    return d.line("a", "end").line("b", "end")


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


def event_gateway(*waits: str, timers: tuple[str, ...] = ("t",), more: str = "") -> Drawing:
    d = Drawing().start().end().user("u").first("g").line("start", "u", "g")
    for w in waits:
        d.wait(w, f"m.{w}").line("g", w, "end")
    for t in timers:
        d.timer(t).line("g", t, "end")
    return d.user(more, form="v").line("g", more, "end") if more else d


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


# ------------------------------------------------------------------ names and texts


@pytest.mark.parametrize(
    "condition", ["__import__('os')", "n.real == 1", "n + 1 == 2", "len(n) == 1", "n ==", "'a' * 9", "[x for x in n]"]
)
def test_conditions_in_another_language(condition: str) -> None:
    assert f"условие «{condition}»" in texts(two_ways(one=condition))


def test_names_that_nothing_sets() -> None:
    assert "читается «ghost», но этого значения никто не записывает" in texts(two_ways(one="ghost == 1"))
    assert check(two_ways(one="ghost == 1"), given=["ghost"]) == []
    assert check(two_ways(one="ghost == 1"), given={"p": ["ghost"]}) == []
    assert check(two_ways(one="ghost == 1"), given={"q": ["ghost"]}) != []
    op = around(lambda d: d.service("x", sets="ghost"))
    op.gate("g").user("a").line("a", "end")
    op.flows[2] = ("x", "g", "")
    op.flow("g", "a", "ghost == 1").flow("g", "end", default=True)
    assert check(op) == []


def asked(message: str) -> Drawing:
    d = Drawing().start().end().user("a").wait("w", message).gate("g").line("start", "w", "g").line("a", "end")
    return d.flow("g", "a", "state == 'ok'").flow("g", "end", default=True)


def test_names_that_messages_and_called_processes_set() -> None:
    assert "читается «state»" in texts(asked("act.decided"))
    sender = Drawing("q").start().end("end", "act.decided", state="ok").user("a").line("start", "a", "end")
    assert check(asked("act.decided"), sender) == []
    assert check(asked("act.decided"), messages={"act.decided": ["state"]}) == []
    called = line("u", key="q")
    d = Drawing().start().end().call("c", "q").gate("g").user("a").line("start", "c", "g").line("a", "end")
    assert check(d.flow("g", "a", "n == 1").flow("g", "end", default=True), called) == []


def test_payloads_and_terms_read_names_too() -> None:
    d = Drawing().start().end("end", "m", year="${ghost}").user("u").line("start", "u", "end")
    assert "читается «ghost»" in texts(d)
    late = event_gateway("w", timers=()).timer("t", "ghost-60d").line("g", "t", "end")
    assert "читается «ghost»" in texts(late)
    assert check(late, terms=lambda text: True) == []
    assert "срок «5wd» не понят" in texts(line("u"), terms=lambda text: text != "5wd")


# ------------------------------------------------------------------ files


@pytest.mark.parametrize(
    "text",
    [
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE d [<!ENTITY a "aaaa">]>',
        b'<!DOCTYPE d SYSTEM "http://example.org/d.dtd">',
    ],
)
def test_entities_and_dtd(text: bytes) -> None:
    xml = line("u").xml().replace(b"?>", b"?>" + text, 1)
    assert "DTD или объявления сущностей" in texts(("p.bpmn", xml))


def test_files_that_are_not_diagrams() -> None:
    assert "не читается как XML" in texts(("p.bpmn", b"not xml"))
    assert "не схема BPMN" in texts(("p.bpmn", b"<html/>"))
    assert "не таблица решений" in texts(("p.dmn", b"<html/>"))
    assert "больше 4 МБ" in texts(("p.bpmn", b" " * 5_000_000))


def test_schema_ids_and_pictures() -> None:
    assert "не по схеме BPMN 2.0" in texts(around(raw("userTusk")))
    d = line("u")
    d.nodes.append(("u", '<bpmn:textAnnotation id="u"/>'))
    assert "идентификатор встречается" in texts(d)
    (problem,) = check(("p.bpmn", line("u").xml(di=False)))
    assert problem.warning and "нет рисунка" in problem.text
    xml = line("u").xml().replace(b'bpmnElement="u"', b'bpmnElement="start"')
    (problem,) = check(("p.bpmn", xml))
    assert problem.warning and problem.element == "u" and "нет на рисунке" in problem.text


def test_processes_of_files() -> None:
    assert "один исполняемый процесс" in texts(("p.bpmn", line("u").xml(executable="false")))
    assert "уже есть в другом файле" in texts(line("u"), ("q.bpmn", line("u").xml()))
    (problem,) = check(("other.bpmn", line("u").xml()))
    assert problem.warning and "Назовите файл p.bpmn" in problem.advice
