"""Texts of the diagram: are they in the safe language, and does anything set the names they read."""

from __future__ import annotations

from app.engine.expressions import compile_expression
from app.engine.port import UnsafeExpression
from app.engine.xml import B, C, Element

from .elements import TERM
from .model import Book, Graph, Place


def check_names(book: Book, graph: Graph) -> None:
    """Conditions, lists of tasks for many, terms, decisions and payloads of one graph."""
    known = known_names(book, graph.process)
    for flow in graph.flows:
        if flow.condition is not None and flow.condition.strip():
            _expression(book, graph, flow.element, flow.condition, known)
    for place in graph.places.values():
        _reads(book, graph, place.element, asked(book, place), known)
        for text in payload(place):
            _expression(book, graph, place.element, text, known)


def asked(book: Book, place: Place) -> set[str]:
    """Names that a node itself asks for: the list of a task for many, inputs of a decision, a term counted from a value."""
    names: set[str] = set()
    loop = place.element.find(B + "multiInstanceLoopCharacteristics")
    if loop is not None and loop.get(C + "collection"):
        names.add(loop.get(C + "collection"))
    decision = book.decisions.get(place.element.get(C + "decisionRef", ""))
    if decision is not None:
        names |= set(decision.names)
    timer = place.event("timerEventDefinition")
    texts = [place.card.due or "", (timer.findtext(B + "timeDate") or "") if timer is not None else ""]
    found = [TERM.fullmatch(text.strip()) for text in texts] if book.terms is None else []
    return names | {m["name"] for m in found if m and m["name"]}


def payload(place: Place) -> list[str]:
    """Expressions that an event sends with its message."""
    if place.kind not in ("intermediateThrowEvent", "endEvent"):
        return []
    return [value for value in place.card.properties.values() if value.startswith("${")]


def _expression(book: Book, graph: Graph, element: Element, text: str, known: set[str]) -> None:
    try:
        expression = compile_expression(text)
    except UnsafeExpression as e:
        book.say(graph, element, f"условие «{text}»: {e.message.rstrip('.')}", e.advice)
        return
    _reads(book, graph, element, set(expression.names), known)


def _reads(book: Book, graph: Graph, element: Element, names: set[str], known: set[str]) -> None:
    for name in sorted(names - known):
        text = f"читается «{name}», но этого значения никто не записывает"
        advice = "Его должна записать форма, операция (свойство sets), сообщение или таблица решений."
        book.say(graph, element, text, advice)


def known_names(book: Book, process: str) -> set[str]:
    """Names that something writes in this process or in those it shares a scope with."""
    names = set(book.given.get("", ()))
    for one in book.company(process):
        names |= set(book.given.get(one, ()))
        for graph in book.graphs_of(one):
            for place in graph.places.values():
                names |= written(book, graph, place)
    return names


def written(book: Book, graph: Graph, place: Place) -> set[str]:
    """Names that a node writes into the scope."""
    names = set(place.card.sets)
    if place.kind == "userTask":
        names |= book.forms.get(place.card.form or "", frozenset())
    elif place.kind == "businessRuleTask":
        decision = book.decisions.get(place.element.get(C + "decisionRef", ""))
        variable = place.element.get(C + "resultVariable")
        names |= {variable} if variable else set(decision.outputs if decision else ())
    elif place.kind in ("intermediateCatchEvent", "startEvent"):
        names |= _carried(book, graph.message(place))
    return names


def _carried(book: Book, message: str) -> set[str]:
    """Values that some diagram sends with a message."""
    names = set(book.carried.get(message, ()))
    if not message:
        return names
    for graph in book.graphs:
        for place in graph.of("intermediateThrowEvent", "endEvent"):
            if graph.message(place) == message:
                names |= place.card.properties.keys() - {"basis", "due", "ladder", "sets"}
    return names
