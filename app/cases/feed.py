"""What happened in a case, in words: from the journal's records and the rows of the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

import forms
from app.cases.models import Case
from app.cases.system import System
from app.cases.why import Reader
from app.journal.models import Event
from app.people.models import Organisation, Person, Position
from forms.values import lower_first
from reports import ru

SHOWN = {
    "case.opened": "Дело открыто",
    "task.completed": "Выполнен шаг «{form}»",
    "task.claimed": "Задача взята",
    "task.assigned": "Задача передана",
    "task.passed": "Задача перешла к преемнику по должности",
    "document.signed": "Подписан документ",
    "document.numbered": "Документу присвоен номер {number}",
    "document.published": "Документ размещён",
    "document.in_force": "Документ вступил в силу",
    "document.written": "Записана редакция {edition} документа",
    "signature.fallen": "Подпись снята: {reason}",
    "deadline.reminded": "Напоминание о сроке, {rung}: {deadline}",
    "deadline.moved": "Срок передвинут: {deadline}",
    "timer.fired": "Срок наступил: {timers}",
    "case.paused": "Дело поставлено на паузу",
    "case.cancelled": "Дело закрыто решением",
    "case.migrated": "Дело идёт дальше по новой схеме",
    "case.migration_undone": "Дело возвращено на прежнюю схему",
    "case.done": "Дело завершено",
    "case.inherited": "Дело передано правопреемнику, прежнее название школы",
    "case.joined": "К делу присоединено другое",
    "school.reorganised": "Школа реорганизована, её прежнее название",
    "list.frozen": "Перечень закреплён",
    "verdict.changed": "Вывод изменён",
    "result.corrected": "Результаты исправлены после решения",
    "objection.filed": "Подано возражение",
    "sheet.made": "Составлен лист согласования",
    "mentoring.appointed": "Назначение вступило в силу",
    "mentoring.left": "Назначенный выбыл: {reason}",
    "mentoring.ended": "Сопровождение закончено: {reason}",
    "contact.logged": "Записан контакт со школой",
    "visit.planned": "Назначен день посещения",
    "visit.moved": "Посещение перенесено: {reason}",
    "visit.not_held": "Посещение не состоялось: {reason}",
    "support.year": "Начат год дела: {number}-й",
    "support.listed_again": "Школа снова в перечне",
    "evaluation.decided": "Принято годовое решение",
    "evaluation.ordered": "Решение включено в проект приказа",
    "expertise.replaced": "Эксперт заменён: {reason}",
    "order.joined": "К проекту приказа добавлена школа",
}
REMINDED = "deadline.reminded"
KEY = (
    "document.signed",
    "document.in_force",
    "list.frozen",
    "verdict.changed",
    "evaluation.decided",
    "case.done",
    "case.cancelled",
)


def events(
    session: Session,
    case_id: int,
    *,
    limit: int,
    before: int | None = None,
    among: Mapping[int, str] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Newest first, of up to `limit` records; technical records of the engine are left to the auditor's page.

    Reminders that say the same at one moment are one event; its `seq` is that of the earliest of them.
    `among`: sub-cases whose records belong to the same feed, each with the word it is told by.
    """
    where: list[sa.ColumnElement[bool]] = [Event.case_id.in_([case_id, *among]), Event.kind.in_(SHOWN)]
    if before is not None:
        where.append(Event.seq < before)
    found = (
        sa.select(Event, Person)
        .outerjoin(Person, Person.id == Event.person_id)
        .where(*where)
        .order_by(Event.seq.desc())
        .limit(limit)
    )
    told: list[dict[str, Any]] = []
    for event, person in session.execute(found):
        said = _event(event, person, among.get(event.case_id or 0, ""))
        if told and event.kind == REMINDED and told[-1] == {**said, "seq": told[-1]["seq"]}:
            told[-1]["seq"] = said["seq"]
        else:
            told.append(said)
    return told


def count(session: Session, case_id: int, before: int, among: Mapping[int, str] = MappingProxyType({})) -> int:
    """How many records of the feed are older than that one."""
    where = (Event.case_id.in_([case_id, *among]), Event.kind.in_(SHOWN), Event.seq < before)
    return session.scalar(sa.select(sa.func.count()).select_from(Event).where(*where)) or 0


def _event(event: Event, person: Person | None, place: str = "") -> dict[str, Any]:
    data = orjson.loads(event.body)["data"]
    said = title(event.kind, data)
    return {
        "seq": event.seq,
        "title": f"{place}: {said[:1].lower()}{said[1:]}" if place else said,
        "at": event.at,
        "who": person.listed_name if person else "система",
        "text": data.get("title") or data.get("explanation") or data.get("text") or "",
        "key": event.kind in KEY,
    }


def title(kind: str, data: dict[str, Any]) -> str:
    """The record in words."""
    words = {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in data.items()}
    if "form" in words:
        words["form"] = _form_title(str(words["form"]))
    if kind == REMINDED:
        words["rung"] = _rung(data["after"])
    return SHOWN[kind].format_map(
        {**dict.fromkeys(("number", "edition", "reason", "deadline", "timers", "form"), ""), **words}
    )


def _rung(after: int) -> str:
    """How far the reminder is from the term."""
    days = ru.count(abs(after), "рабочий день", "рабочих дня", "рабочих дней")
    if after == 0:
        return "в день срока"
    return f"за {days} до него" if after < 0 else f"просрочено на {days}"


def _form_title(key: str) -> str:
    return forms.form_class(key).title if key in forms.KEYS else key


def people(session: Session, case_id: int, tasks: Sequence[Any]) -> list[dict[str, Any]]:
    """Bodies of the case, each once: what is waited for there, and who of it acted last. The ones waited for stand first."""
    acted = (
        sa.select(Event.person_id, sa.func.max(Event.seq))
        .where(Event.case_id == case_id, Event.person_id.is_not(None))
        .group_by(Event.person_id)
        .order_by(sa.func.max(Event.seq).desc())
        .limit(8)
    )
    ids = [row[0] for row in session.execute(acted)]
    found = (
        sa.select(Person, Position.title, Organisation.short_name)
        .join(Position, Position.person_id == Person.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Person.id.in_(ids))
        .order_by(Position.id)
    )
    shown: dict[int, tuple[str, dict[str, str]]] = {}
    for person, position, place in session.execute(found):
        said = {"name": person.listed_name, "post": lower_first(position.removesuffix(place).strip())}
        shown.setdefault(person.id, (place, said))
    bodies: dict[str, dict[str, Any]] = {}
    for row in tasks[:6]:
        waited = _body(bodies, row.organisation)["waits"]
        waited += [row.Task.name] if row.Task.name not in waited else []
    for place, said in (shown[i] for i in ids if i in shown):
        _body(bodies, place)["people"].append(said)
    return list(bodies.values())


def _body(bodies: dict[str, dict[str, Any]], place: str) -> dict[str, Any]:
    return bodies.setdefault(place, {"body": place, "waits": [], "people": []})


def elements(session: Session, system: System, case: Case) -> list[dict[str, Any]]:
    """Marks for the drawing: what was done, where the case is now, what it waits for."""
    definition = system.pinned(session, case)
    done = _completed(session, case.id)
    marks = [{"id": key, "state": "done"} for key in sorted(done)]
    if case.status == "open":
        run = definition.load(case.state, Reader())
        now = {task.key: 0 for task in run.open_tasks()}
        for task in run.open_tasks():
            now[task.key] += 1
        waits = {wait.key for wait in run.waits()} | {timer.key for timer in run.timers()}
        marks = [m for m in marks if m["id"] not in now and m["id"] not in waits]
        marks += [{"id": key, "state": "now", "note": str(n) if n > 1 else ""} for key, n in now.items()]
        marks += [{"id": key, "state": "wait"} for key in sorted(waits)]
    return marks


def _completed(session: Session, case_id: int) -> set[str]:
    """Elements whose tasks were done; an answer names its form alone, which several elements may share."""
    found = sa.select(Event.body).where(Event.case_id == case_id, Event.kind == "task.completed")
    return {orjson.loads(body)["data"]["task"] for body in session.scalars(found)}


def steps(session: Session, system: System, case: Case) -> list[dict[str, str]]:
    """The path in words, in the order of the drawing: the same marks for who cannot see it."""
    definition = system.pinned(session, case)
    marks = {mark["id"]: mark["state"] for mark in elements(session, system, case)}
    drawn = [
        (node.key, node.name)
        for node in definition.nodes.values()
        if node.kind in ("userTask", "intermediateCatchEvent") and node.name
    ]
    return [{"state": {"wait": "now"}.get(marks.get(key, ""), marks.get(key, "")), "text": name} for key, name in drawn]
