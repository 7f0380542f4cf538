"""Coordinates for a diagram with lanes.

python -m app.engine.authoring.layout workflows/visit.bpmn …    rewrites each file; all old coordinates are replaced

Columns and rows (`place`), lines (`route`), labels (`label`), then the BPMN DI written here. Same input – same picture.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lxml import etree

from app.engine.authoring.bpmn import NS, q, sub, write
from app.engine.authoring.graph import INNER_GAP, Flow, Graph, Node, Rect, read
from app.engine.authoring.label import label
from app.engine.authoring.place import HEAD, LEFT, TOP, place
from app.engine.authoring.route import route

_BLUE, _GREY, _GREEN, _RED = (
    ("#1f5a8c", "#eaf3fb"),
    ("#5b6670", "#f2f3f4"),
    ("#2e7d46", "#eaf6ec"),
    ("#a33a2f", "#fbeceb"),
)
_OCHRE, _VIOLET = ("#8a6100", "#fff7e0"), ("#6a4c93", "#f3eefa")
_COLOURS = {
    "userTask": _BLUE,
    "callActivity": _BLUE,
    "serviceTask": _GREY,
    "startEvent": _GREEN,
    "endEvent": _RED,
    "exclusiveGateway": _OCHRE,
    "eventBasedGateway": _OCHRE,
    "parallelGateway": _OCHRE,
    "intermediateCatchEvent": _VIOLET,
    "intermediateThrowEvent": _VIOLET,
}


def arrange(xml: bytes) -> tuple[bytes, list[str]]:
    """The file with new coordinates, and the ids whose labels touch something. `NotPlaceable` if it has no lanes."""
    old = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True))
    root = etree.Element(old.tag, dict(old.attrib), {**{k: v for k, v in NS.items()}, **_prefixed(old)})
    root.extend(old)
    for diagram in root.findall(q("bpmndi:BPMNDiagram")):
        root.remove(diagram)
    graph = read(root)
    place(graph)
    route(graph)
    touched = label(graph)
    _draw(graph, root)
    return write(root), touched


def _prefixed(root: etree._Element) -> dict[str, str]:
    return {k: v for k, v in root.nsmap.items() if k}


def _draw(graph: Graph, root: etree._Element) -> None:
    plane = sub(
        sub(root, "bpmndi:BPMNDiagram", id="diagram"), "bpmndi:BPMNPlane", id="plane", bpmnElement=graph.collaboration
    )
    width = graph.right - LEFT
    _shape(plane, graph.pool, (LEFT, TOP, width, graph.bottom - TOP), isHorizontal="true")
    for lane in graph.lanes:
        _shape(plane, lane.id, (LEFT + HEAD, lane.y, width - HEAD, lane.h), isHorizontal="true")
    for node in graph.nodes:
        _node(plane, node)
    for flow in graph.flows:
        _edge(plane, flow.id, flow.way, flow.label)


def _node(plane: etree._Element, node: Node) -> None:
    extra = {"exclusiveGateway": {"isMarkerVisible": "true"}, "subProcess": {"isExpanded": "true"}}.get(node.tag, {})
    shape = _shape(plane, node.id, node.rect, **_colour(node), **extra)
    _label(shape, node.label)
    _inside(plane, node)


def _inside(plane: etree._Element, box: Node) -> None:
    x, y = box.x - box.w / 2 + INNER_GAP / 2, box.y + 8
    edge: tuple[Flow, float] | None = None
    for node in box.inner:
        node.x, node.y = x + node.w / 2, y
        shape = _shape(plane, node.id, node.rect, **_colour(node))
        if node.kind == "event" and node.name:
            _label(shape, (node.x - 50, y + 22, 100, 28))
        if edge:
            _edge(plane, edge[0].id, [(edge[1], y), (x, y)], None)
        x += node.w
        edge = (node.out[0], x) if node.out else None
        x += INNER_GAP


def _shape(plane: etree._Element, element: str, rect: Rect, **attrs: str) -> etree._Element:
    shape = sub(plane, "bpmndi:BPMNShape", id=f"{element}_di", bpmnElement=element, **attrs)
    _bounds(shape, rect)
    return shape


def _edge(plane: etree._Element, element: str, way: list[tuple[float, float]], box: Rect | None) -> None:
    edge = sub(plane, "bpmndi:BPMNEdge", id=f"{element}_di", bpmnElement=element)
    for x, y in way:
        sub(edge, "di:waypoint", x=f"{x:.0f}", y=f"{y:.0f}")
    _label(edge, box)


def _label(shape: etree._Element, box: Rect | None) -> None:
    if box:
        _bounds(sub(shape, "bpmndi:BPMNLabel"), box)


def _bounds(parent: etree._Element, rect: Rect) -> None:
    sub(parent, "dc:Bounds", **{k: f"{v:.0f}" for k, v in zip(("x", "y", "width", "height"), rect, strict=True)})


def _colour(node: Node) -> dict[str, str]:
    stroke, fill = _COLOURS.get(node.tag, ("", ""))
    names = {"bioc__stroke": stroke, "bioc__fill": fill, "color__border-color": stroke, "color__background-color": fill}
    return names if stroke else {}


def main(paths: list[str]) -> int:
    for path in map(Path, paths):
        xml, touched = arrange(path.read_bytes())
        path.write_bytes(xml)
        print(path, "labels touched: " + ", ".join(touched) if touched else "clear")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
