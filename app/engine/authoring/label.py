"""Labels go last: of the places around a node or along a flow, the one that touches least."""

from __future__ import annotations

from collections.abc import Iterable

from app.engine.authoring.graph import Flow, Graph, Node, Rect
from app.engine.authoring.place import TOP
from app.engine.authoring.text import text_size

_TOUCHED = 25


def label(graph: Graph) -> list[str]:
    """Sets the label boxes; returns the ids whose label could not be kept clear."""
    board = _Board(graph)
    for node in graph.nodes:
        if node.name and node.kind in ("gate", "event"):
            node.label = board.pick(_around(node))
    for flow in graph.flows:
        if flow.name:
            flow.label = board.pick(_along(flow))
    labels = [(o.id, o.label) for o in graph.nodes] + [(f.id, f.label) for f in graph.flows]
    return [key for key, box in labels if box and board.touches(box)]


class _Board:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.boxes: list[Rect] = []
        self.cores = [_core(n) for n in graph.nodes]
        self.lines = [_segment(a, b) for f in graph.flows for a, b in zip(f.way, f.way[1:], strict=False)]

    def pick(self, places: Iterable[tuple[Rect, float]]) -> Rect:
        box = min(places, key=lambda p: self._score(p[0]) + p[1])[0]
        self.boxes.append(box)
        return box

    def touches(self, box: Rect) -> bool:
        self.boxes.remove(box)
        try:
            return self._score(box) >= _TOUCHED
        finally:
            self.boxes.append(box)

    def _score(self, box: Rect) -> float:
        x, y, w, h = box
        score = 60 * sum(_meet(box, c) for c in self.cores) + 60 * sum(_meet(box, o, 2) for o in self.boxes)
        score += _TOUCHED * sum(_meet(box, s, 1) for s in self.lines)
        score += 4 * sum(y < lane.y < y + h for lane in self.graph.lanes)
        return score + (99 if y < TOP or y + h > self.graph.bottom or x + w > self.graph.right else 0)


def _around(node: Node) -> Iterable[tuple[Rect, float]]:
    """Above a gateway, below an event, else at the corners."""
    above, below = (0, 2) if node.kind == "gate" else (2, 0)
    for width, base in ((100, 0), (130, 1), (80, 2), (200, 3)):
        w, h = text_size(node.name, width)
        r, x, y = node.h / 2 + 4, node.x, node.y
        yield (x - w / 2, y - r - h, w, h), above + base
        yield (x - w / 2, y + r, w, h), below + base
        yield (x - w - 8, y - r - h + 12, w, h), 5 + base
        yield (x + 8, y - r - h + 12, w, h), 5 + base
        yield (x + 8, y + r - 12, w, h), 5 + base
        yield (x - w - 8, y + r - 12, w, h), 5 + base
        yield (x + r, y - h - 4, w, h), 7 + base
        yield (x - w / 2, y - r - h - 14, w, h), 8 + base


def _along(flow: Flow) -> Iterable[tuple[Rect, float]]:
    """Beside the first three stretches, near the gateway; a default flow leaves room for its slash."""
    w, h = text_size(flow.name, 90)
    for k, (a, b) in enumerate(list(zip(flow.way, flow.way[1:], strict=False))[:3]):
        level = a[1] == b[1]
        length = abs(a[0] - b[0]) + abs(a[1] - b[1])
        sign = 1 if (b[0] - a[0] if level else b[1] - a[1]) > 0 else -1
        offset = (w / 2 + 4 if level else h / 2 + 6) + ((12 if level else 6) if k == 0 and flow.default else 0)
        while offset < min(200, max(length, (w if level else h) / 2 + 20)):
            for side in (0, 1):
                cx = a[0] + sign * offset if level else a[0] + (w / 2 + 5) * (1 if side else -1)
                cy = a[1] + (h / 2 + 3) * (1 if side else -1) if level else a[1] + sign * offset
                yield (cx - w / 2, cy - h / 2, w, h), k * 6 + offset / 25 + side * 0.5
            offset += 8
    cx, cy = flow.way[0]
    yield (cx + 4, cy - h - 4, w, h), 30


def _core(node: Node) -> Rect:
    """A rhombus leaves its corners free."""
    part = 0.5 if node.kind == "gate" else 1.0
    return node.x - node.w * part / 2, node.y - node.h * part / 2, node.w * part, node.h * part


def _segment(a: tuple[float, float], b: tuple[float, float]) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1])


def _meet(a: Rect, b: Rect, margin: float = 0) -> bool:
    return (
        a[0] - margin < b[0] + b[2]
        and b[0] < a[0] + a[2] + margin
        and a[1] - margin < b[1] + b[3]
        and b[1] < a[1] + a[3] + margin
    )
