"""A set of diagrams as the checks see them: processes and sub-processes as graphs, all in one book."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from app.engine.dmn import Decision
from app.engine.port import Card, Problem
from app.engine.xml import B, Element, local


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is None where none is drawn."""

    id: str
    source: str
    target: str
    condition: str | None
    element: Element


@dataclass(slots=True, eq=False)
class Place:
    """A flow node. `kind` is the BPMN element, `events` its event definitions."""

    id: str
    kind: str
    element: Element
    card: Card
    events: tuple[Element, ...]

    @property
    def name(self) -> str:
        return self.element.get("name") or ""

    def event(self, kind: str) -> Element | None:
        return next((e for e in self.events if local(e) == kind), None)


@dataclass(eq=False)
class Graph:
    """The flow nodes of one process or sub-process, and where it stands."""

    file: str
    process: str
    element: Element
    parent: Graph | None
    places: dict[str, Place] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    subs: dict[str, Graph] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.element.get("name") or ""

    @property
    def by_event(self) -> bool:
        return self.element.get("triggeredByEvent") == "true"

    @cached_property
    def after(self) -> dict[str, list[Flow]]:
        out: dict[str, list[Flow]] = {k: [] for k in self.places}
        for f in self.flows:
            out.setdefault(f.source, []).append(f)
        return out

    @cached_property
    def before(self) -> dict[str, list[Flow]]:
        out: dict[str, list[Flow]] = {k: [] for k in self.places}
        for f in self.flows:
            out.setdefault(f.target, []).append(f)
        return out

    def reach(
        self, starts: Iterable[str], *, back: bool = False, without: str = "", within: Container[str] | None = None
    ) -> set[str]:
        """Nodes reachable along the flows (or against them), the starts included.

        The way does not pass through `without` and stays `within`.
        """
        allowed = self.places if within is None else within
        seen: set[str] = set()
        queue = [s for s in starts if s != without and s in allowed]
        while queue:
            key = queue.pop()
            if key in seen:
                continue
            seen.add(key)
            near = self.before.get(key, []) if back else self.after.get(key, [])
            queue += [n for n in ((f.source if back else f.target) for f in near) if n != without and n in allowed]
        return seen

    def of(self, *kinds: str) -> list[Place]:
        return [p for p in self.places.values() if p.kind in kinds]

    def in_loop(self, key: str) -> bool:
        return key in self.reach(f.target for f in self.after.get(key, []))

    def message(self, place: Place) -> str:
        """Name of the message of an event; empty if it has none."""
        event = place.event("messageEventDefinition")
        return self.messages.get(event.get("messageRef", ""), "") if event is not None else ""


@dataclass
class Book:
    """All files of one check, what the application knows, and the problems found so far."""

    roles: set[str]
    forms: Mapping[str, frozenset[str]]
    operations: set[str]
    terms: Callable[[str], object] | None
    given: Mapping[str, Collection[str]] = field(default_factory=dict)
    carried: dict[str, frozenset[str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    graphs: list[Graph] = field(default_factory=list)
    processes: dict[str, Graph] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def say(self, graph: Graph, node: Element | Place, text: str, advice: str, *, warning: bool = False) -> None:
        element = node.element if isinstance(node, Place) else node
        self.problems.append(
            Problem(graph.file, element.get("id") or "", element.get("name") or "", text, advice, warning)
        )

    def calls(self, process: str) -> set[str]:
        """Processes a process calls, directly or not; itself if it comes back to itself."""
        seen: set[str] = set()
        queue = [process]
        while queue:
            root = self.processes.get(queue.pop())
            if root is None:
                continue
            for node in root.element.iter(B + "callActivity"):
                called = node.get("calledElement", "")
                if called in self.processes and called not in seen:
                    seen.add(called)
                    queue.append(called)
        return seen

    def graphs_of(self, process: str) -> list[Graph]:
        return [g for g in self.graphs if g.process == process]

    def company(self, process: str) -> set[str]:
        """Processes that share one scope with this one: it calls them, they call it, or one calls both."""
        links = {p: self.calls(p) | {p} for p in self.processes}
        found, grown = {process}, True
        while grown:
            more = {q for group in links.values() if group & found for q in group}
            grown = not more <= found
            found |= more
        return found
