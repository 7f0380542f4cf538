"""Tiny diagrams for tests, drawn in a few calls, and a host that plays the application."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from app.engine import Card, Definition, Run

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions '
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'targetNamespace="urn:test">'
)


def props(**values: str) -> str:
    """Extension properties."""
    rows = "".join(f"<camunda:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in values.items())
    return f"<bpmn:extensionElements><camunda:properties>{rows}</camunda:properties></bpmn:extensionElements>"


class Drawing:
    """One process (or, inside another drawing, one sub-process)."""

    def __init__(self, key: str = "p", name: str = "") -> None:
        self.key, self.name = key, name or f"Процесс {key}"
        self.nodes: list[tuple[str, str]] = []
        self.flows: list[tuple[str, str, str]] = []
        self.lanes: dict[str, list[str]] = {}
        self.messages: dict[str, str] = {}

    def add(self, key: str, xml: str, lane: str = "system") -> Drawing:
        self.nodes.append((key, xml))
        self.lanes.setdefault(lane, []).append(key)
        return self

    def start(self, key: str = "start", inner: str = "", attrs: str = "") -> Drawing:
        return self.add(key, f'<bpmn:startEvent id="{key}" {attrs}>{inner}</bpmn:startEvent>')

    def end(self, key: str = "end", message: str = "", **values: str) -> Drawing:
        inner = (props(**values) if values else "") + (self.event(key, message) if message else "")
        return self.add(key, f'<bpmn:endEvent id="{key}" name="Конец {key}">{inner}</bpmn:endEvent>')

    def user(
        self,
        key: str,
        *,
        form: str = "",
        role: str = "school_head",
        due: str = "5wd",
        basis: str = "P",
        inner: str = "",
    ) -> Drawing:
        attrs = f'camunda:formKey="{form or key}"' + (f' camunda:dueDate="{due}"' if due else "")
        extra = props(basis=basis) if basis else ""
        return self.add(
            key, f'<bpmn:userTask id="{key}" name="Задача {key}" {attrs}>{extra}{inner}</bpmn:userTask>', role
        )

    def many(self, key: str, collection: str, item: str = "row", **kw: Any) -> Drawing:
        loop = (
            f'<bpmn:multiInstanceLoopCharacteristics camunda:collection="{collection}" '
            f'camunda:elementVariable="{item}"/>'
        )
        return self.user(key, inner=loop, **kw)

    def service(self, key: str, topic: str = "check_gate", **values: str) -> Drawing:
        attrs = f'camunda:type="external" camunda:topic="{topic}"'
        return self.add(
            key, f'<bpmn:serviceTask id="{key}" name="Операция {key}" {attrs}>{props(**values)}</bpmn:serviceTask>'
        )

    def rule(self, key: str, decision: str, **attrs: str) -> Drawing:
        more = "".join(f" camunda:{k}={quoteattr(v)}" for k, v in attrs.items())
        return self.add(
            key, f'<bpmn:businessRuleTask id="{key}" name="Правило" camunda:decisionRef="{decision}"{more}/>'
        )

    def call(self, key: str, process: str) -> Drawing:
        return self.add(key, f'<bpmn:callActivity id="{key}" name="Вызов {key}" calledElement="{process}"/>')

    def gate(self, *keys: str, kind: str = "exclusive") -> Drawing:
        for key in keys:
            self.add(key, f'<bpmn:{kind}Gateway id="{key}" name="Развилка {key}"/>')
        return self

    def both(self, *keys: str) -> Drawing:
        return self.gate(*keys, kind="parallel")

    def first(self, *keys: str) -> Drawing:
        return self.gate(*keys, kind="eventBased")

    def event(self, key: str, message: str) -> str:
        ref = "m_" + "".join(c if c.isalnum() else "_" for c in message)
        self.messages[ref] = message
        return f'<bpmn:messageEventDefinition id="{key}_def" messageRef="{ref}"/>'

    def wait(self, key: str, message: str, **values: str) -> Drawing:
        inner = (props(**values) if values else "") + self.event(key, message)
        return self.add(
            key, f'<bpmn:intermediateCatchEvent id="{key}" name="Ждём {key}">{inner}</bpmn:intermediateCatchEvent>'
        )

    def timer(self, key: str, term: str = "5d", kind: str = "timeDate") -> Drawing:
        inner = (
            f'<bpmn:timerEventDefinition id="{key}_def"><bpmn:{kind}>{term}</bpmn:{kind}></bpmn:timerEventDefinition>'
        )
        return self.add(
            key, f'<bpmn:intermediateCatchEvent id="{key}" name="Срок {key}">{inner}</bpmn:intermediateCatchEvent>'
        )

    def throw(self, key: str, message: str, **values: str) -> Drawing:
        inner = (props(**values) if values else "") + self.event(key, message)
        return self.add(
            key, f'<bpmn:intermediateThrowEvent id="{key}" name="Сообщить">{inner}</bpmn:intermediateThrowEvent>'
        )

    def sub(self, inner: Drawing, attrs: str = "", tag: str = "subProcess") -> Drawing:
        self.messages |= inner.messages
        for lane, keys in inner.lanes.items():
            self.lanes.setdefault(lane, []).extend(k for k in keys)
        self.add(inner.key, f'<bpmn:{tag} id="{inner.key}" name="{inner.name}" {attrs}>{inner.body()}</bpmn:{tag}>')
        return self

    def on_message(
        self, key: str, message: str, build: Callable[[Drawing], Any], interrupting: str = "false"
    ) -> Drawing:
        """A message event sub-process with its start and end; `build` draws between `<key>_s` and `<key>_e`."""
        inner = Drawing(key)
        inner.start(f"{key}_s", inner.event(f"{key}_s", message), f'isInterrupting="{interrupting}"')
        inner.end(f"{key}_e")
        build(inner)
        return self.sub(inner, 'triggeredByEvent="true"')

    def flow(self, source: str, target: str, condition: str = "", *, default: bool = False) -> Drawing:
        self.flows.append((source, target, condition))
        if default:
            flow = f"f{len(self.flows)}_{self.key}"
            self.nodes = [
                (k, x.replace(f'id="{k}"', f'id="{k}" default="{flow}"', 1) if k == source else x)
                for k, x in self.nodes
            ]
        return self

    def line(self, *keys: str) -> Drawing:
        for a, b in itertools.pairwise(keys):
            self.flow(a, b)
        return self

    def body(self) -> str:
        out = [x for _, x in self.nodes]
        for n, (a, b, condition) in enumerate(self.flows, 1):
            inner = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
            out.append(
                f'<bpmn:sequenceFlow id="f{n}_{self.key}" sourceRef="{a}" targetRef="{b}">{inner}</bpmn:sequenceFlow>'
            )
        return "".join(out)

    def xml(self, *, di: bool = True, executable: str = "true") -> bytes:
        lanes = "".join(
            f'<bpmn:lane id="{lane}" name="{lane}">'
            + "".join(f"<bpmn:flowNodeRef>{k}</bpmn:flowNodeRef>" for k in keys)
            + "</bpmn:lane>"
            for lane, keys in self.lanes.items()
        )
        messages = "".join(f'<bpmn:message id="{k}" name="{v}"/>' for k, v in self.messages.items())
        body = self.body()
        plane = self._plane(body) if di else ""
        return (
            f'{HEAD}<bpmn:process id="{self.key}" name="{self.name}" isExecutable="{executable}">'
            f'<bpmn:laneSet id="lanes_{self.key}">{lanes}</bpmn:laneSet>{body}</bpmn:process>{messages}{plane}'
            "</bpmn:definitions>"
        ).encode()

    def _plane(self, body: str) -> str:
        from lxml import etree

        root = etree.fromstring((HEAD + body + "</bpmn:definitions>").encode())
        out = []
        for node in root.iter():
            key = node.get("id")
            if key is None or "Definition" in str(node.tag):
                continue
            if str(node.tag).endswith("sequenceFlow"):
                points = '<di:waypoint x="0" y="0"/><di:waypoint x="9" y="9"/>'
                out.append(f'<bpmndi:BPMNEdge id="{key}_di" bpmnElement="{key}">{points}</bpmndi:BPMNEdge>')
            else:
                box = '<dc:Bounds x="0" y="0" width="100" height="80"/>'
                out.append(f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}">{box}</bpmndi:BPMNShape>')
        return (
            f'<bpmndi:BPMNDiagram id="d_{self.key}"><bpmndi:BPMNPlane id="pl_{self.key}" bpmnElement="{self.key}">'
            + "".join(out)
            + "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
        )


def line(*tasks: str, key: str = "p") -> Drawing:
    """start → user tasks → end."""
    d = Drawing(key).start().end()
    for t in tasks:
        d.user(t)
    return d.line("start", *tasks, "end")


class World:
    """Plays the application: a clock, facts, operations, terms of n days, and notes what it is told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, 9, tzinfo=UTC)
        self.facts: dict[str, Any] = {}
        self.gates: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any] | None]] = {}
        self.terms: dict[str, datetime] = {}
        self.history: list[str] = []
        self.letters: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.cards: list[Card] = []

    def operation(self, card: Card, scope: Mapping[str, Any]) -> Mapping[str, Any] | None:
        self.cards.append(card)
        gate = self.gates.get(card.properties.get("gate", card.operation or ""))
        return gate(scope) if gate else None

    def fact(self, message: str, scope: Mapping[str, Any]) -> Any:
        self.asked.append(message)
        return self.facts.get(message, False)

    def sent(self, message: str, values: Mapping[str, Any]) -> None:
        self.letters.append((message, dict(values)))

    def term(self, text: str, scope: Mapping[str, Any]) -> datetime:
        if text in self.terms:
            return self.terms[text]
        return self.now + timedelta(days=int(text.rstrip("wd")))

    def passed(self, key: str, name: str) -> None:
        self.history.append(key)


class Play:
    """A case that is stored and loaded with freshly parsed specs after every move."""

    def __init__(
        self, drawings: Drawing | Iterable[Drawing], world: World | None = None, scope: Mapping[str, Any] | None = None,
        *, more: Mapping[str, bytes] | None = None, fresh: bool = True,
    ) -> None:  # fmt: skip
        drawn = [drawings] if isinstance(drawings, Drawing) else list(drawings)
        self.files = {f"{d.key}.bpmn": d.xml(di=False) for d in drawn} | dict(more or {})
        self.process, self.world, self.fresh = drawn[0].key, world or World(), fresh
        self.definition = Definition(self.files, self.process)
        self.state = self.definition.start(scope or {}, self.world).dump()
        self.sizes = [len(self.state)]

    def run(self) -> Run:
        if self.fresh:
            self.definition = Definition(self.files, self.process)
        return self.definition.load(self.state, self.world)

    def _keep(self, run: Run) -> Play:
        self.state = run.dump()
        self.sizes.append(len(self.state))
        return self

    def do(self, key: str, item: str | None = None, **values: Any) -> Play:
        run = self.run()
        task = next((t for t in run.open_tasks() if t.key == key and (item is None or t.item == item)), None)
        assert task is not None, f"{key} {item} is not open: {run.open_tasks()}"
        run.complete(task.id, values)
        return self._keep(run)

    def message(self, name: str, *, proven: bool = False, **values: Any) -> Play:
        run = self.run()
        run.message(name, values, proven=proven)
        return self._keep(run)

    def tick(self) -> Play:
        run = self.run()
        run.tick()
        return self._keep(run)

    @property
    def open(self) -> list[str]:
        return sorted(t.key + (f":{t.item}" if t.item is not None else "") for t in self.run().open_tasks())

    @property
    def waiting(self) -> list[str]:
        run = self.run()
        return sorted([w.message for w in run.waits()] + [f"⏱{t.key}" for t in run.timers()])

    @property
    def scope(self) -> dict[str, Any]:
        return self.run().scope

    @property
    def done(self) -> bool:
        return self.run().done
