"""Files into a book: safe XML, the BPMN schema, ids, pictures, decision tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from app.engine.dmn import read_decisions
from app.engine.port import BadDiagram, Problem
from app.engine.xml import DI, NODE_KINDS, B, Element, card, lanes, local, messages, read_xml

from .model import Book, Flow, Graph, Place

FLOW_NODES = frozenset(
    {*NODE_KINDS, "task", "manualTask", "scriptTask", "sendTask", "receiveTask", "transaction", "adHocSubProcess"}
    | {"inclusiveGateway", "complexGateway", "boundaryEvent"}
)


def read_book(book: Book, files: Mapping[str, bytes]) -> None:
    """Read all files; what cannot be read becomes a problem."""
    for name in sorted(files):
        try:
            if name.endswith(".dmn"):
                _rules(book, name, files[name])
            elif name.endswith(".bpmn"):
                _diagram(book, name, read_xml(name, files[name]))
            else:
                continue
            book.files[name] = files[name]
        except BadDiagram as e:
            where = str(e.details.get("element", ""))
            book.problems.append(Problem(name, where, "", e.message.rstrip("."), e.advice))


def _rules(book: Book, name: str, data: bytes) -> None:
    for decision in read_decisions(name, data):
        if decision.id in book.decisions:
            text = "решение с таким идентификатором уже есть в другом файле"
            book.problems.append(Problem(name, decision.id, decision.name, text, "Дайте решениям разные коды."))
        book.decisions[decision.id] = decision
        for a, b in decision.overlaps():
            text = (
                f"правила {a.number} и {b.number} срабатывают вместе, а политика {decision.policy} этого не допускает"
            )
            advice = "Сузьте условия одного из правил или выберите FIRST."
            book.problems.append(Problem(name, decision.id, decision.name, text, advice))


def _diagram(book: Book, name: str, root: Element) -> None:
    if root.tag != B + "definitions":
        raise BadDiagram("это не схема BPMN 2.0", advice="Сохраните схему в редакторе BPMN.")
    _schema(book, name, root)
    _ids(book, name, root)
    found = list(root.iter(B + "process"))
    if len(found) != 1 or found[0].get("isExecutable") != "true":
        book.problems.append(
            Problem(
                name, "", "", "в файле должен быть один исполняемый процесс", "Оставьте один процесс с isExecutable."
            )
        )
    by_node, named = lanes(root), messages(root)
    for process in found:
        key = process.get("id", "")
        if not key:
            book.problems.append(
                Problem(name, "", "", "у процесса нет идентификатора", "Дайте процессу код в поле ID.")
            )
        if key in book.processes:
            text = "процесс с таким идентификатором уже есть в другом файле"
            book.problems.append(Problem(name, key, process.get("name", ""), text, "Дайте процессам разные коды."))
        elif f"{key}.bpmn" != name.rpartition("/")[2]:
            text = f"процесс называется «{key}», а файл – «{name}»"
            advice = f"Назовите файл {key}.bpmn."
            book.problems.append(Problem(name, key, process.get("name", ""), text, advice, warning=True))
        graph = _graph(book, name, key, process, None, by_node, named)
        book.processes.setdefault(key, graph)
        _picture(book, graph, root)


def _graph(
    book: Book,
    file: str,
    process: str,
    element: Element,
    parent: Graph | None,
    by_node: Mapping[str, str],
    named: Mapping[str, str],
) -> Graph:
    graph = Graph(file, process, element, parent, messages=named)
    book.graphs.append(graph)
    for node in element:
        kind = local(node)
        if kind == "sequenceFlow":
            condition = node.find(B + "conditionExpression")
            text = None if condition is None else (condition.text or "")
            graph.flows.append(
                Flow(node.get("id", ""), node.get("sourceRef", ""), node.get("targetRef", ""), text, node)
            )
        elif kind in FLOW_NODES:
            events = tuple(e for e in node if local(e).endswith("EventDefinition"))
            place = Place(node.get("id", ""), kind, node, card(node, by_node), events)
            graph.places[place.id] = place
            if kind == "subProcess":
                graph.subs[place.id] = _graph(book, file, process, node, graph, by_node, named)
    _nameless(book, graph)
    return graph


def _schema(book: Book, name: str, root: Element) -> None:
    from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
    from SpiffWorkflow.spiff.parser.process import VALIDATOR

    try:
        VALIDATOR.validate(root, name)
    except ValidationException as e:
        text = f"файл не по схеме BPMN 2.0, строка {e.line_number}: {e.args[0] if e.args else e}"
        book.problems.append(Problem(name, "", "", text, "Откройте файл в редакторе BPMN и сохраните заново."))


def _ids(book: Book, name: str, root: Element) -> None:
    count = Counter(n.get("id") for n in root.iter() if isinstance(n.tag, str) and n.get("id"))
    for key, times in count.items():
        if times > 1:
            text = f"идентификатор встречается {times} раза"
            book.problems.append(Problem(name, str(key), "", text, "Дайте каждому элементу свой идентификатор."))


def _nameless(book: Book, graph: Graph) -> None:
    for element in [p.element for p in graph.places.values()] + [f.element for f in graph.flows]:
        if not element.get("id"):
            book.say(graph, element, "у элемента нет идентификатора", "Дайте элементу код в поле ID.")


def _picture(book: Book, graph: Graph, root: Element) -> None:
    drawn = {n.get("bpmnElement") for n in root.iter(DI + "BPMNShape", DI + "BPMNEdge")}
    if not drawn:
        book.say(graph, graph.element, "в файле нет рисунка", "Расставьте элементы в редакторе.", warning=True)
        return
    for g in [g for g in book.graphs if g.file == graph.file]:
        for element in [p.element for p in g.places.values()] + [f.element for f in g.flows]:
            if element.get("id") not in drawn:
                book.say(g, element, "элемента нет на рисунке", "Нарисуйте его в редакторе.", warning=True)
