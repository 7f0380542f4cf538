"""What may happen at once: waits of one message, calls of one process, branches that meet without a join."""

from __future__ import annotations

from itertools import combinations

from .model import Book, Graph, Place


def check_parallel(book: Book, graph: Graph) -> None:
    """Pairs of nodes of one graph that can be alive together."""
    for split in graph.of("parallelGateway"):
        branches = [graph.reach([f.target], without=split.id) for f in graph.after[split.id]]
        for one, two in combinations(branches, 2):
            _together(book, graph, one - two, two - one)
            _meet(book, graph, one - two, two - one)
    beside = [s for s in graph.subs.values() if s.by_event]
    main = {k for k in graph.places if k not in {s.element.get("id") for s in beside}}
    for n, sub in enumerate(beside):
        key = {sub.element.get("id", "")}
        _together(book, graph, main, key)
        for other in beside[n + 1 :]:
            _together(book, graph, key, {other.element.get("id", "")})


def _together(book: Book, graph: Graph, one: set[str], two: set[str]) -> None:
    for a in sorted(one):
        for b in sorted(two):
            pa, pb = graph.places[a], graph.places[b]
            for message in sorted(_waits(book, graph, pa) & _waits(book, graph, pb)):
                text = f"сообщение «{message}» одновременно ждут «{pa.name or a}» и «{pb.name or b}»: оно разбудит оба"
                _once(book, graph, pb, text, "Дайте сообщениям разные имена или ждите по очереди.")
            for process in sorted(_calls(book, graph, pa) & _calls(book, graph, pb)):
                text = f"процесс «{process}» вызван в двух ветвях сразу: результаты затрут друг друга"
                _once(book, graph, pb, text, "Вызовите процесс по очереди или откройте дочерние дела.")


def _once(book: Book, graph: Graph, place: Place, text: str, advice: str) -> None:
    if not any(p.element == place.id and p.text == text for p in book.problems):
        book.say(graph, place, text, advice)


def _waits(book: Book, graph: Graph, place: Place) -> set[str]:
    """Messages a node waits for, called processes and sub-processes included."""
    if place.id in graph.subs:
        return _all_waits(book, [graph.subs[place.id]])
    if place.kind == "callActivity":
        called = place.element.get("calledElement", "")
        if called not in book.processes:
            return set()
        names: set[str] = set()
        for process in book.calls(called) | {called}:
            names |= _all_waits(book, book.graphs_of(process))
        return names
    if place.kind == "intermediateCatchEvent":
        return {graph.message(place)} - {""}
    return set()


def _all_waits(book: Book, graphs: list[Graph]) -> set[str]:
    names: set[str] = set()
    for g in graphs:
        names |= {g.message(p) for p in g.of("intermediateCatchEvent", "startEvent")}
        for key, sub in g.subs.items():
            names |= _waits(book, g, g.places[key]) if sub in book.graphs else set()
        for call in g.of("callActivity"):
            names |= _waits(book, g, call)
    return names - {""}


def _calls(book: Book, graph: Graph, place: Place) -> set[str]:
    if place.id in graph.subs:
        sub = graph.subs[place.id]
        return set().union(*(_calls(book, sub, p) for p in sub.places.values())) if sub.places else set()
    called = place.element.get("calledElement", "")
    if place.kind != "callActivity" or called not in book.processes:
        return set()
    return book.calls(called) | {called}


def _meet(book: Book, graph: Graph, one: set[str], two: set[str]) -> None:
    for key, place in graph.places.items():
        if place.kind in ("parallelGateway", "endEvent"):
            continue
        sources = {f.source for f in graph.before[key]}
        if sources & one and sources & two:
            text = "ветви разделения сходятся без соединения: элемент выполнится дважды"
            if not any(p.element == key and p.text == text for p in book.problems):
                book.say(graph, place, text, "Поставьте перед ним соединение «+».", warning=True)
