"""What the layout needs to know of a diagram: lanes, nodes, flows. Coordinates are filled in by the later steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from app.engine.authoring.bpmn import local, q

SIZES = {"task": (140, 80), "gate": (50, 50), "event": (36, 36)}
BOX_HEIGHT = 120
INNER_GAP = 60
Rect = tuple[float, float, float, float]  # x, y, width, height


class NotPlaceable(ValueError):
    """The diagram holds what this layout has no place for; the text names the nodes."""


@dataclass(eq=False)
class Flow:
    id: str
    name: str
    source: Node
    target: Node
    default: bool = False
    back: bool = False  # closes a loop
    way: list[tuple[float, float]] = field(default_factory=list)
    label: Rect | None = None


@dataclass(eq=False)
class Node:
    id: str
    name: str
    tag: str
    kind: str  # task, gate, event, box
    lane: int
    w: int
    h: int
    out: list[Flow] = field(default_factory=list)
    into: list[Flow] = field(default_factory=list)
    inner: list[Node] = field(default_factory=list)  # of a box, in the order of its single chain
    col: int = 0
    row: int = 0
    span: int = 1
    x: float = 0  # the centre
    y: float = 0
    label: Rect | None = None

    @property
    def rect(self) -> Rect:
        return self.x - self.w / 2, self.y - self.h / 2, self.w, self.h


@dataclass
class Lane:
    id: str
    name: str
    y: float = 0
    h: float = 0


@dataclass
class Graph:
    process: str
    pool: str
    collaboration: str
    lanes: list[Lane]
    nodes: list[Node]
    flows: list[Flow]
    right: float = 0
    bottom: float = 0


def read(root: etree._Element) -> Graph:
    """One pool with lanes, every node in a lane; `NotPlaceable` names what does not fit."""
    process = root.find(q("bpmn:process"))
    collaboration = root.find(q("bpmn:collaboration"))
    if process is None or collaboration is None or process.find(q("bpmn:laneSet")) is None:
        raise NotPlaceable("нужны один процесс, его пул и дорожки")
    lanes: list[Lane] = []
    place: dict[str | None, int] = {}
    for k, lane in enumerate(process.find(q("bpmn:laneSet")).findall(q("bpmn:lane"))):
        lanes.append(Lane(lane.get("id"), lane.get("name", "")))
        place |= {ref.text: k for ref in lane.findall(q("bpmn:flowNodeRef"))}
    nodes = {e.get("id"): _node(e, place) for e in process if _is_node(e)}
    flows = [_flow(e, nodes) for e in process.findall(q("bpmn:sequenceFlow"))]
    defaults = {e.get("default") for e in process}
    for flow in flows:
        flow.default = flow.id in defaults
        flow.source.out.append(flow)
        flow.target.into.append(flow)
    pool = collaboration.find(q("bpmn:participant")).get("id")
    return Graph(process.get("id"), pool, collaboration.get("id"), lanes, list(nodes.values()), flows)


def _is_node(e: etree._Element) -> bool:
    return bool(e.get("id")) and local(e) not in ("sequenceFlow", "laneSet", "documentation", "extensionElements")


def _kind(e: etree._Element) -> str:
    tag = local(e)
    if tag == "subProcess" and e.get("triggeredByEvent") == "true":
        return "box"
    if tag.endswith("Gateway"):
        return "gate"
    if tag.endswith("Event") and tag != "boundaryEvent":
        return "event"
    if tag.endswith("Task") or tag in ("task", "callActivity"):
        return "task"
    raise NotPlaceable(f"{e.get('id')}: элемент {tag} не расставляется")


def _node(e: etree._Element, place: dict[str | None, int], inside: bool = False) -> Node:
    kind, key = _kind(e), e.get("id")
    if not inside and key not in place:
        raise NotPlaceable(f"{key}: узел не отнесён к дорожке")
    w, h = SIZES.get(kind, (0, BOX_HEIGHT))
    node = Node(key, e.get("name", ""), local(e), kind, place.get(key, -1), w, h)
    if kind == "box":
        node.inner = _chain(e, place)
        node.w = sum(i.w + INNER_GAP for i in node.inner)
    return node


def _chain(box: etree._Element, place: dict[str | None, int]) -> list[Node]:
    parts = {e.get("id"): e for e in box if _is_node(e)}
    flows = {f.get("sourceRef"): f for f in box.findall(q("bpmn:sequenceFlow"))}
    key, chain = next(k for k, e in parts.items() if local(e) == "startEvent"), []
    while True:
        chain.append(_node(parts[key], place, inside=True))
        if key not in flows:
            break
        chain[-1].out.append(flow := Flow(flows[key].get("id"), "", chain[-1], chain[-1]))
        key = flows[key].get("targetRef")
        flow.way = []
    if len(chain) != len(parts):
        raise NotPlaceable(f"{box.get('id')}: внутри ожидается одна цепочка")
    return chain


def _flow(e: etree._Element, nodes: dict[str, Node]) -> Flow:
    return Flow(e.get("id"), e.get("name", ""), nodes[e.get("sourceRef")], nodes[e.get("targetRef")])
