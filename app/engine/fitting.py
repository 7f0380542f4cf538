"""May a running case go on by a newer version of its diagram? Judged by the newer diagram, from where the case stands.

`safe`: every place the case stands on is there with the same meaning, and the way on from it is sound.
`decide`: the case would go on, but what somebody has in hand now changes (form, holder, message waited for).
`blocked`: it would lose a place, a date, a value or its end; it stays on its own version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .expressions import compile_expression
from .lint.model import Book, Graph, Place
from .lint.names import asked, payload, written
from .lint.soundness import Explorer
from .lint.sources import read_book
from .port import Host, StateDoesNotFit
from .specs import LIVE, WAITING, ForEach, Join

if TYPE_CHECKING:
    from .catalogue import Definition
    from .run import Run

Verdict = Literal["safe", "decide", "blocked"]


@dataclass(frozen=True, slots=True)
class Fit:
    """A verdict with what speaks for it, in Russian; `notes` are changes that need no decision."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Fitting:
    """Judges states of one version against another one. Made once for a pair of versions, used for all their cases.

    `forms`: form key → names that the form writes; `messages`: names that the fact of a message writes.
    """

    def __init__(
        self,
        old: Definition,
        new: Definition,
        forms: Mapping[str, Collection[str]],
        messages: Mapping[str, Collection[str]],
    ) -> None:
        self.old, self.new = old, new
        self.book = Book(set(), {k: frozenset(v) for k, v in forms.items()}, set(), None)
        self.book.carried = {k: frozenset(v) for k, v in messages.items()}
        read_book(self.book, new.files)
        self.graphs = {g.element.get("id") or "": g for g in self.book.graphs}

    def judge(self, state: bytes, host: Host) -> Fit:
        """The verdict about one stored state; nothing is run."""
        before = self.old.load(state, host)
        try:
            after = self.new.load(state, host)
        except StateDoesNotFit as fault:
            return Fit("blocked", (self._lost(str(fault.details.get("node", "")), fault.message),))
        if before.done:
            return Fit("blocked", ("дело уже закончено",))
        standing = self._standing(after)
        blocked = [*self._dates(before, after), *self._ways(standing), *self._values(standing, after.scope)]
        decide, notes = self._in_hand(before, after)
        verdict: Verdict = "blocked" if blocked else "decide" if decide else "safe"
        return Fit(verdict, tuple(dict.fromkeys([*blocked, *decide])), tuple(dict.fromkeys(notes)))

    def _lost(self, key: str, words: str) -> str:
        name = next((n.name for n in self.old.nodes.values() if n.key == key and n.name), key)
        return f"в новой схеме нет узла «{name}», на котором стоит дело, или он стал другим" if key else words

    # what the case waits for ----------------------------------------------------------------------------------------

    def _dates(self, before: Run, after: Run) -> Iterator[str]:
        """Dates of the case stay as they are, so a wait may neither win nor lose one."""
        if before.timed() != after.timed():
            yield "у ожидания, на котором стоит дело, появился или исчез срок"

    def _in_hand(self, before: Run, after: Run) -> tuple[list[str], list[str]]:
        was, now = {t.id: t for t in before.open_tasks()}, {t.id: t for t in after.open_tasks()}
        decide, notes = [], []
        for key, task in now.items():
            old = was[key]
            if task.card.form != old.card.form:
                decide.append(f"у открытой задачи «{old.name}» другая форма")
            if task.card.role != old.card.role:
                decide.append(f"открытую задачу «{old.name}» выполняет другой")
            if task.name != old.name:
                notes.append(f"задача «{old.name}» называется «{task.name}»")
            if (task.card.due, task.card.basis) != (old.card.due, old.card.basis):
                notes.append(f"срок задачи «{old.name}» в схеме другой; у этого дела остаётся прежний")
        waits = {(w.id, w.key): w.message for w in before.waits()}
        if waits != {(w.id, w.key): w.message for w in after.waits()}:
            decide.append("дело ждёт другого сообщения")
        return decide, notes

    # the way on -----------------------------------------------------------------------------------------------------

    def _ways(self, standing: list[_Standing]) -> Iterator[str]:
        """From where the tokens stand every join must be able to get its tokens."""
        for one in standing:
            yield from one.lost
            explorer = Explorer(one.graph)
            marking = [*one.arrived, *filter(None, map(explorer.into, one.places))]
            stuck, piled = explorer.run(tuple(sorted(marking)))
            for key in sorted(stuck | piled):
                name = one.graph.places[key].name or key
                yield f"соединение «{name}» ждало бы ветвь, по которой никто не придёт"

    def _values(self, standing: list[_Standing], scope: Mapping[str, Any]) -> Iterator[str]:
        """What the way on reads must be known already, or be written on that way."""
        ahead = self._ahead(standing)
        known = set(scope)
        for graph, place in ahead:
            known |= written(self.book, graph, place)
        read = {name for graph, place in ahead for name in self._read(graph, place)}
        for name in sorted(read - known):
            yield f"дальше читается «{name}», а шаг, который его записывает, дело уже прошло"

    def _ahead(self, standing: list[_Standing]) -> list[tuple[Graph, Place]]:
        """Every node the case may still come to, with those of the processes and sub-processes on the way."""
        seen: dict[tuple[int, str], tuple[Graph, Place]] = {}
        queue = [(one.graph, [*one.places, *one.joins]) for one in standing]
        queue += [(sub, list(sub.places)) for one in standing for sub in one.graph.subs.values() if sub.by_event]
        while queue:
            graph, starts = queue.pop()
            fresh = [key for key in graph.reach(starts) if (id(graph), key) not in seen]
            for key in fresh:
                place = graph.places[key]
                seen[id(graph), key] = graph, place
                inner = graph.subs.get(key) or self.graphs.get(place.element.get("calledElement", ""))
                if inner is not None:
                    queue.append((inner, [p.id for p in inner.of("startEvent")]))
        return list(seen.values())

    def _read(self, graph: Graph, place: Place) -> Iterator[str]:
        yield from asked(self.book, place)
        texts = [*payload(place), *(f.condition for f in graph.after[place.id] if f.condition and f.condition.strip())]
        for text in texts:
            yield from compile_expression(text).names

    def _standing(self, run: Run) -> list[_Standing]:
        return [
            _Standing.of(flow, self.graphs[flow.spec.name]) for flow in run.flows() if flow.spec.name in self.graphs
        ]


@dataclass(slots=True)
class _Standing:
    """Where the tokens of one running flow are: nodes, flows by which some came to a join, arrivals with no such flow."""

    graph: Graph
    places: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, flow: Any, graph: Graph) -> _Standing:
        found = cls(graph)
        for task in flow.tasks.values():
            spec = task.task_spec
            before = task.parent.task_spec if task.parent is not None else None
            of_many = isinstance(before, ForEach) and before.task_spec == spec.name
            if not task._state & LIVE or of_many:
                continue
            if isinstance(spec, Join) and task._state == WAITING:
                found._arrive(spec.name, task.parent.task_spec.name)
            elif spec.name in graph.places:
                found.places.append(spec.name)
        return found

    def _arrive(self, join: str, source: str) -> None:
        by = next((f.id for f in self.graph.before[join] if f.source == source), None)
        if by is None:
            self.lost.append(
                f"к соединению «{self.graph.places[join].name or join}» больше не ведёт ветвь, по которой дело пришло"
            )
            return
        self.arrived.append(by)
        self.joins.append(join)
