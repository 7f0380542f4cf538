"""Columns and rows: a grid inside the bands of the lanes, filled in the order in which lanes and flows are written.

A step into another lane stays in its column, so that handing work over is a straight line down or up.
"""

from __future__ import annotations

import itertools
import math

from app.engine.authoring.graph import SIZES, Flow, Graph, Node
from app.engine.authoring.text import text_size

GRID = 10
LEFT, TOP = 100, 80
HEAD = 30  # the strip with the name of a pool or a lane
_GAP, _ROW_GAP, _PAD = 50, 50, 40
_ROWS = range(4)


def up(value: float) -> int:
    """The next multiple of the grid."""
    return math.ceil(value / GRID) * GRID


def place(graph: Graph) -> None:
    """Sets col, row, x, y of every node and y, h of every lane."""
    grid = _Grid(graph)
    for node in _in_order(graph):
        grid.put(node)
    for node in graph.nodes:
        if node.kind == "box":
            grid.put_box(node)
    columns = _columns(graph)
    _rows(graph, grid.rows, columns)


def _in_order(graph: Graph) -> list[Node]:
    """Topological order from the start; marks the flows that lead back."""
    order: list[Node] = []
    state: dict[Node, int] = {}

    def visit(node: Node) -> None:
        state[node] = 1
        for flow in reversed(node.out):
            if state.get(flow.target) == 1:
                flow.back = True
            elif flow.target not in state:
                visit(flow.target)
        state[node] = 2
        order.append(node)

    for node in graph.nodes:
        if not node.into and node.kind != "box":
            visit(node)
    return order[::-1]


class _Grid:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cells: dict[tuple[int, int, int], Node] = {}
        self.drops: list[tuple[int, int, int]] = []  # column, from, to: taken by a straight line between rows
        self.rows = [1] * len(graph.lanes)

    def put(self, node: Node) -> None:
        before = [f.source for f in node.into if not f.back]
        spine = next((p for p in before if p.lane == node.lane), None)
        rows = [spine.row, *(r for r in _ROWS if r != spine.row)] if spine else list(_ROWS)
        first = max((p.col + (p.lane == node.lane) for p in before), default=0)
        spots = ((col, row) for col in itertools.count(first) for row in rows)
        next(spot for spot in spots if self._take(node, before, *spot))

    def _take(self, node: Node, before: list[Node], col: int, row: int) -> bool:
        here = _height(node.lane, row)
        straight = [p for p in before if p.col == col]
        if (node.lane, row, col) in self.cells or not all(
            self._clear(col, _height(p.lane, p.row), here) for p in straight
        ):
            return False
        ends = [(_height(p.lane, p.row), here) for p in straight]
        self.drops += [(col, min(e), max(e)) for e in ends]
        self._fill(node, col, row)
        return True

    def _fill(self, node: Node, col: int, row: int, span: int = 1) -> None:
        node.col, node.row, node.span = col, row, span
        self.cells |= {(node.lane, row, c): node for c in range(col, col + span)}
        self.rows[node.lane] = max(self.rows[node.lane], row + 1)

    def _clear(self, col: int, a: int, b: int) -> bool:
        low, high = sorted((a, b))
        between = any(c == col and low < _height(lane, row) < high for lane, row, c in self.cells)
        return not between and not any(c == col and lo < high and hi > low for c, lo, hi in self.drops)

    def put_box(self, node: Node) -> None:
        """An event sub-process stands on a free stretch of its lane, whatever comes before it."""
        span = math.ceil(node.w / 120)
        for row, col in ((row, col) for row in itertools.count() for col in range(1, 40)):
            stretch = range(col - 1, col + span + 1)
            free = not any((node.lane, row, c) in self.cells for c in stretch)
            here = _height(node.lane, row)
            if free and not any(c in stretch and lo < here < hi for c, lo, hi in self.drops):
                self._fill(node, col, row, span)
                return


def _height(lane: int, row: int) -> int:
    return lane * 100 + row


def _columns(graph: Graph) -> list[tuple[int, int]]:
    """(centre, width) of each column; a gap is as wide as the label that has to stand in it."""
    count = max(n.col + n.span for n in graph.nodes)
    widths = [max([60, *(n.w for n in graph.nodes if n.col == c and n.kind != "box")]) for c in range(count)]
    columns, x = [], LEFT + 2 * HEAD + 40.0
    for c, width in enumerate(widths):
        columns.append((up(x + width / 2), width))
        labels = [_room(f, width, widths[c + 1]) for f in graph.flows if c + 1 < count and _straight(f, c)]
        x = columns[-1][0] + width / 2 + max([_GAP, *labels])
    graph.right = up(x - _GAP + 40)
    return columns


def _straight(flow: Flow, col: int) -> bool:
    a, b = flow.source, flow.target
    return bool(flow.name) and (a.col, b.col) == (col, col + 1) and (a.lane, a.row) == (b.lane, b.row)


def _room(flow: Flow, width: int, following: int) -> float:
    return text_size(flow.name, 90)[0] + 30 - (width - flow.source.w) / 2 - (following - flow.target.w) / 2


def _rows(graph: Graph, rows: list[int], columns: list[tuple[int, int]]) -> None:
    y = TOP
    for k, lane in enumerate(graph.lanes):
        height = float(_PAD)
        for row in range(rows[k]):
            here = [n for n in graph.nodes if (n.lane, n.row) == (k, row)]
            tall = max([SIZES["gate"][1], *(n.h for n in here)])
            for node in here:
                last = columns[node.col + node.span - 1][0]
                node.x = up((columns[node.col][0] + last) / 2)
                node.y = round((y + height + tall / 2) / GRID) * GRID
            height += tall + (_ROW_GAP if row < rows[k] - 1 else _PAD)
        lane.y, lane.h = y, up(max(height, len(lane.name) * 7 + 20))
        y += lane.h
    graph.bottom = y
    graph.right = max([graph.right, *(up(n.x + n.w / 2 + 40) for n in graph.nodes)])
