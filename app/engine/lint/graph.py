"""The way a case can take: starts and ends, dead ends, gateways, joins."""

from __future__ import annotations

from .model import Book, Graph, Place

GATEWAYS = ("exclusiveGateway", "parallelGateway", "eventBasedGateway", "inclusiveGateway", "complexGateway")


def check_graph(book: Book, graph: Graph) -> None:
    """One process or sub-process as a graph."""
    _starts(book, graph)
    _ways(book, graph)
    _circles(book, graph)
    for place in graph.places.values():
        if place.kind == "exclusiveGateway":
            _exclusive(book, graph, place)
        elif place.kind == "eventBasedGateway":
            _event_gateway(book, graph, place)
        else:
            _plain(book, graph, place)
        if place.kind == "parallelGateway" and len(graph.before[place.id]) > 1:
            _join(book, graph, place)
        _double(book, graph, place)


def _starts(book: Book, graph: Graph) -> None:
    starts = graph.of("startEvent")
    if len(starts) != 1:
        text = f"начал {len(starts)}, а должно быть одно"
        book.say(graph, graph.element, text, "Оставьте одно начальное событие.")
    if not graph.of("endEvent"):
        book.say(graph, graph.element, "нет конца", "Добавьте конечное событие.")
    if graph.by_event:
        _event_sub_process(book, graph, starts)
        return
    for start in starts:
        if start.event("messageEventDefinition") is not None:
            text = "процесс не начинается сообщением"
            book.say(graph, start, text, "Дело по сообщению открывает приложение: сделайте начало простым.")


def _event_sub_process(book: Book, graph: Graph, starts: list[Place]) -> None:
    element = graph.element
    if graph.parent is None or graph.parent.parent is not None:
        text = "подпроцесс по событию вложен в подпроцесс и не сработает"
        book.say(graph, element, text, "Перенесите его на верхний уровень процесса.")
    callers = [p for p in book.processes if graph.process in book.calls(p)]
    if callers:
        text = f"подпроцесс по событию не ловит сообщений, когда процесс вызван (его вызывает {', '.join(callers)})"
        book.say(graph, element, text, "Перенесите его в вызывающий процесс.")
    for start in starts:
        if start.event("messageEventDefinition") is None:
            text = "подпроцесс по событию начинается не сообщением"
            book.say(graph, start, text, "Выберите начальное событие-сообщение.")
        if start.element.get("isInterrupting", "true") != "false":
            text = "прерывающий подпроцесс не прерывает: дело пошло бы дальше"
            book.say(graph, start, text, "Снимите признак прерывания (пунктирный круг).")


def _ways(book: Book, graph: Graph) -> None:
    known = {
        k: p for k, p in graph.places.items() if not (k in graph.subs and graph.subs[k].by_event)
    }  # an event sub-process stands beside the flow
    ahead = graph.reach(p.id for p in graph.of("startEvent"))
    behind = graph.reach((p.id for p in graph.of("endEvent")), back=True)
    for flow in graph.flows:
        if flow.source not in graph.places or flow.target not in graph.places:
            book.say(graph, flow.element, "стрелка никуда не ведёт", "Соедините её с элементами или удалите.")
    for key, place in known.items():
        if place.kind == "boundaryEvent":
            continue
        if graph.of("startEvent") and key not in ahead:
            book.say(graph, place, "до элемента нельзя дойти", "Подведите к нему стрелку или удалите его.")
        elif graph.of("endEvent") and key not in behind:
            book.say(graph, place, "от элемента нет пути к концу", "Доведите от него стрелку до конечного события.")


def _circles(book: Book, graph: Graph) -> None:
    """Loops of gateways alone: nothing in them can change what the gateways read."""
    quiet = {p.id for p in graph.of(*GATEWAYS, "intermediateThrowEvent") if p.kind != "eventBasedGateway"}
    seen: set[str] = set()
    for key in sorted(quiet):
        circle = graph.reach((f.target for f in graph.after[key] if f.target in quiet), within=quiet)
        if key in circle and key not in seen:
            seen |= circle & graph.reach([key], back=True, within=quiet)
            text = "развилки замкнуты в круг без задачи, операции и ожидания"
            book.say(graph, graph.places[key], text, "Поставьте в цикл то, что меняет ответ развилки.")


def _exclusive(book: Book, graph: Graph, place: Place) -> None:
    out = graph.after[place.id]
    default = place.element.get("default")
    if len(out) < 2:
        if any(f.condition is not None for f in out):
            text = "у единственной ветви развилки есть условие: иначе дело встанет"
            book.say(graph, place, text, "Уберите условие или добавьте вторую ветвь.")
        return
    if default not in {f.id for f in out}:
        book.say(graph, place, "у развилки нет ветви по умолчанию", "Отметьте одну из ветвей: Default flow.")
    for flow in out:
        if flow.id == default and flow.condition is not None:
            book.say(graph, flow.element, "у ветви по умолчанию есть условие", "Уберите условие.")
        elif flow.id != default and not (flow.condition or "").strip():
            book.say(graph, flow.element, f"у ветви развилки «{place.name}» нет условия", "Напишите условие.")


def _plain(book: Book, graph: Graph, place: Place) -> None:
    """Nodes that do not choose: no conditions behind them, and no hidden split."""
    out = graph.after[place.id]
    if any(f.condition is not None for f in out):
        book.say(graph, place, "условие стоит на стрелке не от развилки", "Поставьте развилку «×».")
    if place.element.get("default"):
        book.say(graph, place, "ветвь по умолчанию бывает только у развилки", "Поставьте развилку «×».")
    if place.kind not in GATEWAYS and len(out) > 1:
        book.say(graph, place, "из элемента выходит несколько стрелок", "Поставьте развилку «×» или разделение «+».")
    if place.kind == "endEvent" and out:
        book.say(graph, place, "из конечного события выходит стрелка", "Удалите стрелку.")
    if place.kind == "startEvent" and graph.before[place.id]:
        book.say(graph, place, "в начальное событие ведёт стрелка", "Верните её к первой задаче.")


def _event_gateway(book: Book, graph: Graph, place: Place) -> None:
    targets = [graph.places[f.target] for f in graph.after[place.id] if f.target in graph.places]
    messages = [t for t in targets if t.event("messageEventDefinition") is not None]
    timers = [t for t in targets if t.event("timerEventDefinition") is not None]
    if len(timers) > 1:
        text = "на развилке по событиям два срока: сработает не тот"
        book.say(graph, place, text, "Оставьте один срок, остальные – на следующих развилках.")
    if len(messages) != 1 or len(timers) < 1 or len(targets) != len(messages) + len(timers):
        text = "развилка по событиям ждёт ровно одно сообщение и один срок"
        book.say(graph, place, text, "Если срок не меняет ход дела, нарисуйте простое ожидание сообщения.")
    for t in targets:
        if t.kind != "intermediateCatchEvent":
            book.say(graph, t, "за развилкой по событиям стоит не событие", "Поставьте ожидание сообщения или срок.")
        elif len(graph.before[t.id]) > 1:
            book.say(graph, t, "в событие развилки ведёт чужая стрелка", "Ведите её к самой развилке.")
    if any(f.condition is not None for f in graph.after[place.id]) or place.element.get("default"):
        book.say(graph, place, "у развилки по событиям нет условий", "Уберите условия и ветвь по умолчанию.")


def _join(book: Book, graph: Graph, place: Place) -> None:
    if graph.in_loop(place.id):
        text = "соединение стоит в цикле: во втором круге оно считало бы подписи первого"
        book.say(graph, place, text, "Ведите возврат за соединение или замените ветви задачей для многих.")


def _double(book: Book, graph: Graph, place: Place) -> None:
    targets = [f.target for f in graph.after[place.id]]
    for target in {t for t in targets if targets.count(t) > 1}:
        where = graph.places.get(target)
        if where is not None:
            text = f"к «{where.name or target}» ведут две одинаковые стрелки"
            book.say(graph, place, text, "Удалите одну из них.")
