"""Files of diagrams read safely, and the words of the modeler turned into ours. Knows XML, not the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from .port import BadDiagram, Card

B = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
C = "{http://camunda.org/schema/1.0/bpmn}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"

Element = Any
MAX_BYTES = 4 * 1024 * 1024
NODE_KINDS = (
    "startEvent",
    "endEvent",
    "userTask",
    "serviceTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "exclusiveGateway",
    "parallelGateway",
    "eventBasedGateway",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
)


def read_xml(name: str, data: bytes) -> Element:
    """Root element of a file. BadDiagram for what is not XML, is too large or declares a DTD or entities."""
    if len(data) > MAX_BYTES:
        raise BadDiagram(f"Файл {name} больше 4 МБ.", advice="Загрузите файл одной схемы.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise BadDiagram(f"Файл {name} не читается как XML: {e}.", advice="Сохраните схему заново.") from None
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise BadDiagram(
            f"Файл {name} содержит DTD или объявления сущностей.", advice="Удалите строку <!DOCTYPE …> и сущности."
        )
    return root


def local(node: Element) -> str:
    """Name of an element without its namespace; empty for comments."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def properties(node: Element) -> dict[str, str]:
    """Extension properties as drawn, in order."""
    found = node.iterfind(f"{B}extensionElements/{C}properties/{C}property")
    return {p.get("name", ""): p.get("value", "") for p in found}


def lanes(root: Element) -> dict[str, str]:
    """Node id → id of the innermost lane that lists it."""
    found: dict[str, str] = {}
    for lane in root.iter(B + "lane"):  # document order: an inner lane comes after the lane around it
        for ref in lane.iterfind(B + "flowNodeRef"):
            found[(ref.text or "").strip()] = lane.get("id", "")
    return found


def lane_of(node: Element, by_node: Mapping[str, str]) -> str | None:
    """Lane of a node; inside a sub-process that names none, the lane of the sub-process."""
    while node is not None:
        lane = by_node.get(node.get("id", ""))
        if lane:
            return lane
        node = node.getparent()
    return None


def card(node: Element, by_node: Mapping[str, str]) -> Card:
    """The card of a node."""
    props = properties(node)
    return Card(
        form=node.get(C + "formKey"),
        role=node.get(C + "candidateGroups") or lane_of(node, by_node),
        due=node.get(C + "dueDate") or props.get("due"),
        basis=props.get("basis"),
        operation=node.get(C + "topic"),
        documentation=(node.findtext(B + "documentation") or "").strip(),
        properties=props,
    )


def processes(root: Element) -> Iterator[Element]:
    """Executable processes of a file."""
    for process in root.iter(B + "process"):
        if process.get("isExecutable") == "true":
            yield process


def called(root: Element) -> tuple[set[str], set[str]]:
    """Processes and decisions that a file calls."""
    calls = {n.get("calledElement", "") for n in root.iter(B + "callActivity")}
    decisions = {n.get(C + "decisionRef", "") for n in root.iter(B + "businessRuleTask")}
    return calls - {""}, decisions - {""}


def messages(root: Element) -> dict[str, str]:
    """Message id → its name."""
    return {m.get("id", ""): m.get("name", "") for m in root.iter(B + "message")}
