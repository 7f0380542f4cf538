"""The drawn files as the tests see them: parsed XML and short questions about it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from app.engine.authoring.bpmn import local, q

DIRECTORY = Path(__file__).parents[2] / "workflows"
PROCESSES = sorted(p.stem for p in DIRECTORY.glob("*.bpmn"))


@lru_cache
def root(process: str) -> etree._Element:
    return etree.parse(DIRECTORY / f"{process}.bpmn").getroot()


def nodes(process: str, *tags: str) -> list[etree._Element]:
    """All nodes of the process with these tags, also inside sub-processes; without tags, all nodes."""
    found = [e for e in root(process).find(q("bpmn:process")).iter() if e.get("id") and _is_node(e)]
    return [e for e in found if not tags or local(e) in tags]


def _is_node(e: etree._Element) -> bool:
    return local(e).endswith(("Event", "Gateway", "Task")) or local(e) in ("callActivity", "subProcess")


def flows(process: str) -> list[etree._Element]:
    return list(root(process).iter(q("bpmn:sequenceFlow")))


def properties(node: etree._Element) -> dict[str, str]:
    path = f"{q('bpmn:extensionElements')}/{q('camunda:properties')}/{q('camunda:property')}"
    return {p.get("name"): p.get("value") for p in node.iterfind(path)}


def documentation(node: etree._Element) -> str:
    return (node.findtext(q("bpmn:documentation")) or "").strip()


def attribute(node: etree._Element, name: str) -> str:
    return node.get(q(f"camunda:{name}"), "")


def lanes(process: str) -> dict[str, list[str]]:
    return {lane.get("id"): [r.text or "" for r in lane] for lane in root(process).iter(q("bpmn:lane"))}


def messages(process: str) -> dict[str, str]:
    return {m.get("id"): m.get("name") for m in root(process).findall(q("bpmn:message"))}


def message_of(process: str, node: etree._Element) -> str:
    definition = node.find(q("bpmn:messageEventDefinition"))
    return messages(process)[definition.get("messageRef")] if definition is not None else ""


def boxes(process: str) -> dict[str, tuple[float, ...]]:
    """Element id → x, y, width, height of its shape."""
    shapes = root(process).iter(q("bpmndi:BPMNShape"))
    return {s.get("bpmnElement"): _bounds(s.find(q("dc:Bounds"))) for s in shapes}


def ways(process: str) -> dict[str, list[tuple[float, float]]]:
    edges = root(process).iter(q("bpmndi:BPMNEdge"))
    return {
        e.get("bpmnElement"): [(float(w.get("x")), float(w.get("y"))) for w in e.findall(q("di:waypoint"))]
        for e in edges
    }


def labels(process: str) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for shape in root(process).iter(q("bpmndi:BPMNShape"), q("bpmndi:BPMNEdge")):
        label = shape.find(q("bpmndi:BPMNLabel"))
        if label is not None:
            found[shape.get("bpmnElement")] = _bounds(label.find(q("dc:Bounds")))
    return found


def _bounds(b: Any) -> tuple[float, ...]:
    return tuple(float(b.get(k)) for k in ("x", "y", "width", "height"))
