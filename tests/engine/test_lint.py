"""Each refusal of the linter on a tiny diagram; the good diagram beside it has no remark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.engine import Problem

from .drawing import Drawing, line
from .linting import around, check, event_gateway, good, raw, texts, two_ways


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
