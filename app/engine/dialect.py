"""Diagrams of the dialect turned into engine specs. Elements that are not in the dialect do not parse at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import (
    EndEventParser,
    EventBasedGatewayParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.defaults import (
    CallActivity,
    EndEvent,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    StartEvent,
    SubWorkflowTask,
    UserTask,
)

from .dmn import Decision, read_decisions
from .flow import prepare
from .port import BadDiagram, Card, Node
from .specs import Choice, EventGateway, ForEach, Join, Message, Operation, Rule, TermTimer
from .xml import NODE_KINDS, B, C, Element, card, lanes, local, read_xml


@lru_cache(maxsize=64)
def _compiled(xpath: str) -> etree.XPath:
    return etree.XPath(xpath, namespaces=DEFAULT_NSMAP)


class _CardMixin:
    """Puts the card of the drawn node where the running task finds it."""

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        """Without data associations: there are none in the dialect, and looking for them costs most of a parse."""
        parser: Any = self
        return {"description": parser.get_description(), "bpmn_name": parser.node.get("name")}

    def _xpath(self, node: Element, xpath: str) -> Any:
        return _compiled(xpath)(node)

    def parse_extensions(self, node: Element = None) -> dict[str, Any]:
        parser: Any = self
        return {"card": parser.process_parser.parser.cards[parser.filename, parser.bpmn_id]}


class _EventMixin(_CardMixin):
    """Messages and timers of ours instead of those of the library."""

    def parse_message_event(self, event: Element) -> Message:
        parser: Any = self
        name = parser.process_parser.parser.messages.get(event.get("messageRef"))
        if not name:
            parser.raise_validation_exception("message without a name")
        return Message(name)

    def parse_timer_event(self, event: Element) -> TermTimer:
        parser: Any = self
        text = (event.findtext(B + "timeDate") or "").strip()
        if not text:
            parser.raise_validation_exception("timer without a date")
        return TermTimer(parser.node.get("name", parser.bpmn_id), text)

    def _create_task(self, event_definition: Any, cancel_activity: Any = None, parallel: Any = None) -> Any:
        parser: Any = self
        return parser.spec_class(
            parser.spec, parser.bpmn_id, event_definition=event_definition, **parser.bpmn_attributes
        )


class _UserTaskParser(_CardMixin, TaskParser):
    task: Any

    def _add_multiinstance_task(self, loop: Element) -> None:
        collection = loop.get(C + "collection")
        if not collection or loop.get("isSequential") == "true":
            self.raise_validation_exception("a task for many needs a collection and runs in parallel")
        original = self.spec.task_specs.pop(self.task.name)
        self.task = ForEach(self.spec, original.name, collection=collection, bpmn_name=original.bpmn_name)
        self.task.extensions = original.extensions
        self._copy_task_attrs(original)


class _RuleParser(_CardMixin, TaskParser):
    def create_task(self) -> Rule:
        key = self.node.get(C + "decisionRef", "")
        decision = self.process_parser.parser.decisions.get(key)
        if decision is None:
            self.raise_validation_exception(f"no decision {key}")
        return Rule(
            self.spec, self.bpmn_id, decision, self.node.get(C + "resultVariable"),
            self.node.get(C + "mapDecisionResult") or "", **self.bpmn_attributes,
        )  # fmt: skip


def _with(mixin: type, parser: type, spec: type) -> tuple[type, type]:
    return type("Case" + parser.__name__, (mixin, parser), {}), spec


class DialectParser(BpmnParser):
    """Reads files of the dialect and nothing else."""

    PARSER_CLASSES = {
        full_tag("userTask"): (_UserTaskParser, UserTask),
        full_tag("serviceTask"): _with(_CardMixin, TaskParser, Operation),
        full_tag("businessRuleTask"): (_RuleParser, Rule),
        full_tag("callActivity"): _with(_CardMixin, CallActivityParser, CallActivity),
        full_tag("subProcess"): _with(_CardMixin, SubWorkflowParser, SubWorkflowTask),
        full_tag("exclusiveGateway"): _with(_CardMixin, ConditionalGatewayParser, Choice),
        full_tag("parallelGateway"): _with(_CardMixin, GatewayParser, Join),
        full_tag("eventBasedGateway"): _with(_EventMixin, EventBasedGatewayParser, EventGateway),
        full_tag("startEvent"): _with(_EventMixin, StartEventParser, StartEvent),
        full_tag("endEvent"): _with(_EventMixin, EndEventParser, EndEvent),
        full_tag("intermediateCatchEvent"): _with(_EventMixin, IntermediateCatchEventParser, IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): _with(_EventMixin, IntermediateThrowEventParser, IntermediateThrowEvent),
    }

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[tuple[str, str], Card] = {}
        self.nodes: dict[tuple[str, str], Node] = {}
        self.decisions: dict[str, Decision] = {}
        self.owner: dict[str, str] = {}

    def get_document_positions(self, root: Element) -> dict[str, Any]:
        """None: the library would try the branches of a gateway in the order of their height on the page."""
        return {}

    def add(self, name: str, root: Element) -> None:
        """One file; its cards are read before the library sees it."""
        by_node = lanes(root)
        for process in root.iter(B + "process"):
            owner = process.get("id", "")
            self.owner[owner] = owner
            for node in process.iter(*(B + k for k in NODE_KINDS)):
                key = node.get("id", "")
                made = self.cards[name, key] = card(node, by_node)
                self.nodes[owner, key] = Node(key, node.get("name") or "", local(node), owner, made)
                if local(node) == "subProcess":
                    self.owner[key] = owner
        self.add_bpmn_xml(root, filename=name)


def parse(files: Mapping[str, bytes], process: str) -> tuple[Any, dict[str, Any], DialectParser]:
    """Specs of `process`, of all it calls, and the parser that knows their cards. BadDiagram if they do not parse."""
    parser = DialectParser()
    try:
        for name in sorted(files):
            if name.endswith(".dmn"):
                parser.decisions.update({d.id: d for d in read_decisions(name, files[name])})
        for name in sorted(files):
            if name.endswith(".bpmn"):
                parser.add(name, read_xml(name, files[name]))
        spec, subs = parser.get_spec(process), parser.get_subprocess_specs(process)
    except BadDiagram:
        raise
    except Exception as e:  # the library's parser fails in many ways on what it does not expect
        raise BadDiagram(
            f"Схема процесса {process} не разобрана: {e}.", advice="Проверьте файлы командой check-workflows."
        ) from e
    prepare(spec, subs)
    return spec, subs, parser
