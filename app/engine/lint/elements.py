"""Elements one by one: what is not in the dialect, and what a task, an event or a call must carry."""

from __future__ import annotations

import re

from app.engine.port import Card
from app.engine.xml import NODE_KINDS, B, C, Element, local

from .model import Book, Graph, Place

# What the engine cannot run, or runs wrongly in silence: element → (what is wrong, what to do).
REFUSED = {
    "boundaryEvent": (
        "события на границе задачи не используются",
        "Срок пишется в поле Due date, ожидание – событием.",
    ),
    "inclusiveGateway": ("неисключающая развилка в цикле не ждёт ветвей", "Разделите и соедините ветви знаком «+»."),
    "complexGateway": ("сложная развилка не исполняется", "Используйте развилку «×» или «+»."),
    "scriptTask": ("сценарии в схемах запрещены", "Замените сценарий операцией из таблицы."),
    "transaction": ("транзакция не исполняется", "Используйте обычный подпроцесс."),
    "adHocSubProcess": ("произвольный подпроцесс не исполняется", "Нарисуйте порядок задач."),
    "task": ("у задачи не указан вид", "Сделайте её задачей человека или операцией."),
    "manualTask": ("задача без формы не оставляет следа", "Сделайте её задачей человека с формой."),
    "sendTask": ("задача отправки не используется", "Нарисуйте событие с сообщением."),
    "receiveTask": ("задача получения не используется", "Нарисуйте ожидание сообщения."),
    "dataObject": ("данные на схеме не исполняются", "Значения пишут формы и операции, рисунок уберите."),
    "dataObjectReference": ("данные на схеме не исполняются", "Значения пишут формы и операции, рисунок уберите."),
    "dataStoreReference": ("хранилища данных не исполняются", "Уберите хранилище: данные лежат в таблицах."),
    "dataInputAssociation": ("связи с данными не исполняются", "Уберите связь."),
    "dataOutputAssociation": ("связи с данными не исполняются", "Уберите связь."),
    "ioSpecification": ("описание входов и выходов не исполняется", "Уберите его."),
    "standardLoopCharacteristics": (
        "повтор задачи знаком цикла не используется",
        "Нарисуйте развилку и обратную стрелку.",
    ),
    "choreographyTask": ("хореография не исполняется", "Нарисуйте сообщения событиями."),
}
REFUSED_EVENTS = {
    "compensateEventDefinition": ("компенсация пропускается молча", "Нарисуйте обратное действие задачей."),
    "linkEventDefinition": ("событие-ссылка теряет ход дела", "Соедините элементы стрелкой."),
    "conditionalEventDefinition": ("событие по условию не исполняется", "Нарисуйте ожидание сообщения."),
    "errorEventDefinition": ("событие-ошибка исполняется неверно", "Нарисуйте развилку по результату."),
    "escalationEventDefinition": ("эскалация исполняется неверно", "Лестницу напоминаний задают сроком задачи."),
    "signalEventDefinition": ("сигналы не используются", "Используйте сообщение."),
    "terminateEventDefinition": (
        "прекращение снимает чужие задачи без следа",
        "Доведите каждую ветвь до своего конца.",
    ),
    "cancelEventDefinition": ("отмена транзакции не исполняется", "Нарисуйте развилку."),
}
LISTENERS = frozenset(["executionListener", "taskListener", "script", "inputOutput", "connector", "in", "out"])
DRAWN = frozenset(
    {*NODE_KINDS, "documentation", "extensionElements", "laneSet", "lane", "flowNodeRef", "childLaneSet"}
    | {"incoming", "outgoing", "sequenceFlow", "conditionExpression", "textAnnotation", "text", "association", "group"}
    | {"multiInstanceLoopCharacteristics", "loopCardinality", "completionCondition", "condition", "script"}
    | {"messageEventDefinition", "timerEventDefinition", "timeDate", "timeDuration", "timeCycle"}
)
TERM = re.compile(
    r"(?:to )?(?:(?P<day>\d\d)\.(?P<month>\d\d)(?:\.\d{4})?|(?P<name>[a-z]\w*))?(?:[+-]?\d+(?:wd|d|w|m|y))?"
)


def check_elements(book: Book, graph: Graph) -> None:
    """Elements of one graph, sub-processes excluded: they are graphs of their own."""
    _foreign(book, graph, graph.element)
    if graph.parent is None:
        for lane in graph.element.iter(B + "lane"):
            _known_role(book, graph, lane, lane.get("id", ""))
    for place in graph.places.values():
        for event in place.events:
            if local(event) in REFUSED_EVENTS:
                book.say(graph, place, *REFUSED_EVENTS[local(event)])
        if len(place.events) > 1:
            book.say(graph, place, "у события несколько значений", "Оставьте одно: сообщение или срок.")
        check = _CHECKS.get(place.kind)
        if check is not None:
            check(book, graph, place)


def _foreign(book: Book, graph: Graph, element: Element) -> None:
    for node in element:
        kind = local(node)
        if not kind:
            continue
        if kind in REFUSED:
            owner = node if node.get("id") and not kind.endswith("Characteristics") else element
            book.say(graph, owner, *REFUSED[kind])
        elif kind == "extensionElements":
            if any(local(n) in LISTENERS for n in node):
                text = "обработчики и сценарии редактора не исполняются"
                book.say(graph, element, text, "Удалите их на вкладке редактора.")
        elif node.tag.startswith(B) and kind not in DRAWN and kind not in REFUSED_EVENTS:
            book.say(graph, node, f"элемент {kind} не исполняется", "Уберите его или замените.")
        elif kind != "subProcess":
            _foreign(book, graph, node)


# ------------------------------------------------------------------ tasks


def _user_task(book: Book, graph: Graph, place: Place) -> None:
    card = place.card
    if not place.name:
        book.say(graph, place, "у задачи нет названия", "Назовите её глаголом: «Проверить расчёт».")
    if not card.form:
        book.say(graph, place, "у задачи нет формы", "Укажите код формы в поле Form key.")
    elif card.form not in book.forms:
        book.say(graph, place, f"формы «{card.form}» нет в системе", "Укажите код существующей формы.")
    if not card.due:
        book.say(graph, place, "у задачи нет срока", "Укажите срок в поле Due date, например 5wd.")
    else:
        check_term(book, graph, place, card.due)
    if not card.basis:
        book.say(graph, place, "у срока нет основания", "Добавьте свойство basis: норма или приказ.")
    _role(book, graph, place, card)
    loop = place.element.find(B + "multiInstanceLoopCharacteristics")
    if loop is not None:
        _many(book, graph, place, loop)


def _role(book: Book, graph: Graph, place: Place, card: Card) -> None:
    """Groups of the task itself; a lane is checked once, as a lane."""
    if not card.role:
        book.say(graph, place, "задача не стоит ни на одной дорожке", "Перенесите её на дорожку исполнителя.")
    for code in re.split(r"[|,]", place.element.get(C + "candidateGroups") or ""):
        if code.strip():
            _known_role(book, graph, place.element, code.strip())


def _known_role(book: Book, graph: Graph, element: Element, code: str) -> None:
    base, dot, suffix = code.partition(".")
    if base not in book.roles or (dot and suffix != "head"):
        text = f"роли «{code}» нет в словаре"
        book.say(graph, element, text, "Назовите дорожку кодом роли; руководителя обозначает «.head».")


def _many(book: Book, graph: Graph, place: Place, loop: Element) -> None:
    if not loop.get(C + "collection") or not loop.get(C + "elementVariable"):
        text = "у задачи для многих не указан список"
        book.say(graph, place, text, "Заполните поля Collection и Element variable.")
    if loop.get("isSequential") == "true" or len(loop):
        text = "задача для многих открывается всем сразу и закрывается, когда ответили все"
        book.say(graph, place, text, "Уберите последовательность, число повторов и условие завершения.")


def _only_user_tasks_are_for_many(book: Book, graph: Graph, place: Place) -> None:
    if place.element.find(B + "multiInstanceLoopCharacteristics") is not None:
        text = "для многих бывают только задачи людей"
        book.say(graph, place, text, "Откройте дочерние дела операцией open_cases.")


def _service(book: Book, graph: Graph, place: Place) -> None:
    _only_user_tasks_are_for_many(book, graph, place)
    topic = place.card.operation
    if place.element.get(C + "type") != "external" or not topic:
        book.say(graph, place, "у операции нет названия", "Выберите External и укажите операцию в поле Topic.")
    elif topic not in book.operations:
        book.say(graph, place, f"операции «{topic}» нет в таблице", "Укажите операцию из таблицы.")
    for name in place.card.sets:
        if not name.isidentifier() or name.startswith("_"):
            book.say(graph, place, f"имя «{name}» в sets записано неверно", "Перечислите имена через запятую.")


def _rule(book: Book, graph: Graph, place: Place) -> None:
    _only_user_tasks_are_for_many(book, graph, place)
    key = place.element.get(C + "decisionRef")
    if not key or key not in book.decisions:
        text = f"таблицы решений «{key or ''}» нет среди файлов"
        book.say(graph, place, text, "Добавьте файл .dmn или исправьте поле Decision reference.")


def _call(book: Book, graph: Graph, place: Place) -> None:
    _only_user_tasks_are_for_many(book, graph, place)
    called = place.element.get("calledElement")
    if not called or called not in book.processes:
        book.say(graph, place, f"процесса «{called or ''}» нет среди схем", "Исправьте поле Called element.")
    elif graph.process in book.calls(called) | {called}:
        book.say(graph, place, "процесс вызывает сам себя без конца", "Разорвите круг вызовов.")


# ------------------------------------------------------------------ events


def check_term(book: Book, graph: Graph, place: Place, text: str) -> None:
    """Whether a term is understood."""
    text = text.strip()
    if book.terms is not None:
        try:
            good = book.terms(text) is not False
        except Exception:
            good = False
    else:
        m = TERM.fullmatch(text)
        good = bool(text) and m is not None
        if m and m["day"]:
            good = 1 <= int(m["day"]) <= 31 and 1 <= int(m["month"]) <= 12
    if not good:
        advice = "Пишите 5wd (рабочие дни), 30d (календарные), to 30.09, valid_to-60d или имя даты."
        book.say(graph, place, f"срок «{text}» не понят", advice)


def _catch(book: Book, graph: Graph, place: Place) -> None:
    if not place.events:
        book.say(graph, place, "не сказано, чего ждёт событие", "Выберите сообщение или срок.")
    timer = place.event("timerEventDefinition")
    if timer is not None:
        before = {graph.places[f.source].kind for f in graph.before.get(place.id, []) if f.source in graph.places}
        if before != {"eventBasedGateway"}:
            text = "срок стоит вне развилки по событиям"
            book.say(graph, place, text, "Нарисуйте развилку по событиям: сообщение и срок.")
        date = timer.find(B + "timeDate")
        if date is None or len([c for c in timer if local(c).startswith("time")]) != 1:
            book.say(graph, place, "срок задан длительностью или повтором", "Укажите дату (Timer: Date), например 45d.")
        else:
            check_term(book, graph, place, date.text or "")
    elif place.card.due:
        check_term(book, graph, place, place.card.due)
    _message(book, graph, place)


def _message(book: Book, graph: Graph, place: Place) -> None:
    if place.event("messageEventDefinition") is not None and not graph.message(place):
        book.say(graph, place, "у сообщения нет имени", "Выберите или создайте сообщение.")


def _start(book: Book, graph: Graph, place: Place) -> None:
    _message(book, graph, place)
    if place.event("timerEventDefinition") is not None:
        book.say(graph, place, "процесс не начинается по сроку", "Дела по сроку открывает служба, не схема.")


def _end(book: Book, graph: Graph, place: Place) -> None:
    _message(book, graph, place)
    if place.event("timerEventDefinition") is not None:
        book.say(graph, place, "срок стоит вне развилки по событиям", "Уберите срок.")


def _sub(book: Book, graph: Graph, place: Place) -> None:
    _only_user_tasks_are_for_many(book, graph, place)


_CHECKS = {
    "userTask": _user_task,
    "serviceTask": _service,
    "businessRuleTask": _rule,
    "callActivity": _call,
    "intermediateCatchEvent": _catch,
    "intermediateThrowEvent": _end,
    "startEvent": _start,
    "endEvent": _end,
    "subProcess": _sub,
}
