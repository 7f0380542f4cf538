"""Every way a case can take, tried with tokens: can a join wait for a branch that never comes, do tokens pile up."""

from __future__ import annotations

from collections.abc import Iterator

from .model import Book, Graph

MAX_MARKINGS = 20_000
MAX_TOKENS = 3

Marking = tuple[str, ...]
CHOICES = ("exclusiveGateway", "eventBasedGateway", "inclusiveGateway", "complexGateway")


def check_soundness(book: Book, graph: Graph) -> None:
    """Play all choices of one process or sub-process; calls and sub-processes in it count as one step."""
    if len({f.id for f in graph.flows}) != len(graph.flows):
        return  # said elsewhere, and nothing can be told of flows without names
    stuck, piled = Explorer(graph).run()
    for key in sorted(stuck):
        text = "дело может встать навсегда: соединение ждёт ветвь, по которой никто не придёт"
        book.say(graph, graph.places[key], text, "Соединяйте только ветви одного разделения «+».")
    for key in sorted(piled - stuck):
        text = "по одной ветви к соединению приходят раз за разом, по другой – нет"
        book.say(graph, graph.places[key], text, "Ведите возврат за соединение.")


class Explorer:
    """Markings are tokens on flows. Only joins can make a token wait, so any other token is moved on at once:
    the order of independent moves does not change which markings are dead.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.flows = {f.id: f for f in graph.flows if f.source in graph.places and f.target in graph.places}
        self.out = {k: [f.id for f in graph.after[k] if f.id in self.flows] for k in graph.places}
        joins = graph.of("parallelGateway")
        self.joins = {p.id: [f.id for f in graph.before[p.id] if f.id in self.flows] for p in joins}

    def into(self, key: str) -> str:
        """A flow by which a token may have come to a node that never makes it wait; empty if the node has no flows."""
        return next((f.id for f in self.graph.before[key] if f.id in self.flows), next(iter(self.out[key]), ""))

    def run(self, start: Marking | None = None) -> tuple[set[str], set[str]]:
        """(joins that can wait for ever, joins where tokens pile up); from the start events if no marking is given."""
        stuck: set[str] = set()
        piled: set[str] = set()
        if start is None:
            start = tuple(f for s in self.graph.of("startEvent") for f in self.out[s.id])
        queue: list[Marking] = [start]
        seen = set(queue)
        while queue and len(seen) < MAX_MARKINGS:
            marking = queue.pop()
            crowd = {self.flows[f].target for f in marking if marking.count(f) > MAX_TOKENS}
            if crowd:
                piled |= crowd
                continue
            following = list(self.follow(marking))
            if not following:
                stuck |= {self.flows[f].target for f in marking}
            for one in following:
                if one not in seen and one:
                    seen.add(one)
                    queue.append(one)
        return stuck, piled

    def follow(self, marking: Marking) -> Iterator[Marking]:
        for token in marking:
            target = self.flows[token].target
            if target not in self.joins:
                rest = _without(marking, token)
                for put in self.alternatives(target):
                    yield tuple(sorted((*rest, *put)))
                return
        for join, needed in self.joins.items():
            if needed and all(f in marking for f in needed):
                rest = marking
                for f in needed:
                    rest = _without(rest, f)
                yield tuple(sorted((*rest, *self.out[join])))
                return

    def alternatives(self, key: str) -> list[list[str]]:
        out = self.out[key]
        if self.graph.places[key].kind in CHOICES and out:
            return [[f] for f in out]
        return [out]


def _without(marking: Marking, token: str) -> Marking:
    at = marking.index(token)
    return marking[:at] + marking[at + 1 :]
