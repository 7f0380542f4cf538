"""Flows as right-angled lines: A* over the tracks between nodes; bends, crossings and lines over lines have a price.

The tracks are a 10 px grid without those that run under nodes, which would only be searched in vain.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left

from app.engine.authoring.graph import Flow, Graph, Node, Rect
from app.engine.authoring.place import GRID, HEAD, LEFT, TOP, up
from app.engine.authoring.text import text_size

_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # right, down, left, up
_BEND, _CROSS, _OVER, _TOUCH, _TWIST = 9, 6, 60, 1.5, 40
_PASSES = 3
_INF = float("inf")


def route(graph: Graph) -> None:
    """Sets `way` of every flow: corner points from the border of the source to the border of the target."""
    tracks = _Tracks(graph)
    flows = sorted(graph.flows, key=_urgency)
    for flow in flows:
        tracks.lay(flow)
    for _ in range(_PASSES):
        for flow in flows:
            tracks.lift(flow)
            tracks.lay(flow)
    for flow in graph.flows:
        flow.way = tracks.corners(flow)


def _urgency(flow: Flow) -> float:
    return abs(flow.source.x - flow.target.x) + 2 * abs(flow.source.y - flow.target.y) + (1e4 if flow.back else 0)


class _Tracks:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.xs = _lines(LEFT, int(graph.right), [(n.x, n.w, 40 if n.kind == "task" else 0) for n in graph.nodes])
        self.ys = _lines(TOP, int(graph.bottom), [(n.y, n.h, 20 if n.kind == "task" else 0) for n in graph.nodes])
        self.w, self.h = len(self.xs), len(self.ys)
        size = self.w * self.h
        self.blocked, self.price = bytearray(size), [0.0] * size
        self.used = ([0] * size, [0] * size)  # lines along x, along y
        self.cells: dict[Flow, list[tuple[int, int]]] = {}
        self._paint()

    def _paint(self) -> None:
        g = self.graph
        frame: list[Rect] = [(LEFT, TOP, 2 * HEAD + 10, g.bottom - TOP), (LEFT, TOP, g.right - LEFT, 0)]
        frame += [(LEFT, g.bottom, g.right - LEFT, 0), (g.right, TOP, 0, g.bottom - TOP)]
        for rect in frame + [n.rect for n in g.nodes]:
            for i in self._inside(rect):
                self.blocked[i] = 1
        for lane in g.lanes:
            self._charge((LEFT, lane.y, g.right - LEFT, 0), 4)
        for node in g.nodes:
            x, y, w, h = node.rect
            self._charge((x - 10, y - 10, w + 20, h + 20), 3)
            if node.name and node.kind in ("gate", "event"):
                w, h = text_size(node.name, 100)
                top = node.y - 28 - h if node.kind == "gate" else node.y + 20
                self._charge((node.x - w / 2, top, w, h), 4)

    def _inside(self, rect: Rect) -> list[int]:
        x, y, w, h = rect
        cols = [i for i, v in enumerate(self.xs) if x <= v <= x + w]
        return [r * self.w + c for r, v in enumerate(self.ys) if y <= v <= y + h for c in cols]

    def _charge(self, rect: Rect, price: float) -> None:
        for i in self._inside(rect):
            self.price[i] += price

    def lift(self, flow: Flow) -> None:
        self._mark(self.cells.pop(flow), -1)

    def lay(self, flow: Flow) -> None:
        self.cells[flow] = self._search(flow)
        self._mark(self.cells[flow], 1)

    def _mark(self, cells: list[tuple[int, int]], by: int) -> None:
        for k, (cell, turn) in enumerate(cells):
            for way in {turn % 2, cells[min(k + 1, len(cells) - 1)][1] % 2}:
                self.used[way][cell] += by

    def _ports(self, node: Node, leaving: bool) -> list[tuple[int, int, float]]:
        """(cell, outward direction, price): right is best to leave by, left to come in by."""
        sides = (0, 3, 14, 3) if leaving else (14, 3, 0, 3)
        ports = []
        for turn, (dx, dy) in enumerate(_STEPS):
            shifts = (
                (0, 20, -20, 40, -40) if node.kind == "task" and dy else (0, 20, -20) if node.kind == "task" else (0,)
            )
            for s in shifts:
                x = node.x + dx * up(node.w / 2 + 1) + (s if dy else 0)
                y = node.y + dy * up(node.h / 2 + 1) + (s if dx else 0)
                cell = self._cell(x, y)
                if cell is not None and not self.blocked[cell]:
                    crowd = 40 if leaving else 18
                    price = sides[turn] + abs(s) / 10 + (crowd if self.used[turn % 2][cell] > 0 else 0)
                    ports.append((cell, turn, price))
        return ports

    def _cell(self, x: float, y: float) -> int | None:
        c, r = bisect_left(self.xs, x), bisect_left(self.ys, y)
        return r * self.w + c if c < self.w and r < self.h and self.xs[c] == x and self.ys[r] == y else None

    def _search(self, flow: Flow) -> list[tuple[int, int]]:
        goals = {cell * 4 + (turn + 2) % 4: price for cell, turn, price in self._ports(flow.target, False)}
        cost, came = [_INF] * (self.w * self.h * 4), {}
        heap: list[tuple[float, int]] = []
        for cell, turn, price in self._ports(flow.source, True):
            cost[cell * 4 + turn] = price
            heapq.heappush(heap, (price + self._far(cell, flow), cell * 4 + turn))
        best, end = _INF, -1
        while heap and heap[0][0] < best + 12:
            _, state = heapq.heappop(heap)
            if state in goals and cost[state] + goals[state] < best:
                best, end = cost[state] + goals[state], state
            for step, price in self._moves(state):
                total = cost[state] + price
                if total < cost[step]:
                    cost[step], came[step] = total, state
                    heapq.heappush(heap, (total + self._far(step >> 2, flow), step))
        if end < 0:
            raise ValueError(f"no way for {flow.id}")
        return _back(end, came)

    def _far(self, cell: int, flow: Flow) -> float:
        row, col = divmod(cell, self.w)
        return (abs(self.xs[col] - flow.target.x) + abs(self.ys[row] - flow.target.y)) * 0.9 / GRID - 12

    def _moves(self, state: int) -> list[tuple[int, float]]:
        """Neighbouring states with their price."""
        cell, turn = state >> 2, state & 3
        row, col = divmod(cell, self.w)
        moves = []
        for new, (dx, dy) in enumerate(_STEPS):
            c, r = col + dx, row + dy
            if new == (turn + 2) % 4 or not (0 <= c < self.w and 0 <= r < self.h):
                continue
            to = r * self.w + c
            if self.blocked[to]:
                continue
            along, across = self.used[new % 2], self.used[1 - new % 2]
            side = 1 if new % 2 else self.w
            length = (abs(self.xs[c] - self.xs[col]) + abs(self.ys[r] - self.ys[row])) / GRID
            price = length + self.price[to] + (_OVER if along[to] else 0) + (_CROSS if across[to] else 0)
            price += _TOUCH * ((along[to - side] > 0) + (to + side < len(along) and along[to + side] > 0))
            if new != turn:
                price += _BEND + (_TWIST if across[cell] and along[cell] else 0)
            moves.append((to * 4 + new, price))
        return moves

    def corners(self, flow: Flow) -> list[tuple[float, float]]:
        cells = self.cells[flow]
        points = [(float(self.xs[c % self.w]), float(self.ys[c // self.w])) for c, _ in cells]
        first, last = _STEPS[cells[0][1]], _STEPS[cells[-1][1]]
        whole = [
            _border(flow.source, points[0], first),
            *points,
            _border(flow.target, points[-1], (-last[0], -last[1])),
        ]
        return [p for k, p in enumerate(whole) if k in (0, len(whole) - 1) or not _in_line(*whole[k - 1 : k + 2])]


def _lines(start: int, end: int, spans: list[tuple[float, int, int]]) -> list[int]:
    """Coordinates of the tracks on one axis: the grid, less what lies under every node there except the ports."""
    keep = {v for centre, size, reach in spans for v in range(int(centre) - reach, int(centre) + reach + 1, 20)}
    edges = {v for centre, size, _ in spans for v in (int(centre) - up(size / 2 + 1), int(centre) + up(size / 2 + 1))}
    under = {v for centre, size, _ in spans for v in range(int(centre) - size // 2, int(centre) + size // 2 + 1)}
    return [v for v in range(start, end + 1, GRID) if v not in under or v in keep or v in edges]


def _back(end: int, came: dict[int, int]) -> list[tuple[int, int]]:
    cells = [(end >> 2, end & 3)]
    while end in came:
        end = came[end]
        cells.append((end >> 2, end & 3))
    return cells[::-1]


def _border(node: Node, point: tuple[float, float], outward: tuple[int, int]) -> tuple[float, float]:
    dx, dy = outward
    return (node.x + dx * node.w / 2, point[1]) if dx else (point[0], node.y + dy * node.h / 2)


def _in_line(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]
