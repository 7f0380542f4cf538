"""What several pages need: the system behind the request, terms in words, names of people and places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app
from sqlalchemy.orm import Session

from app.access import signed_in
from app.cases.standing import basis_words
from app.cases.system import System
from app.documents import titles
from app.documents.models import Document
from app.people.models import Organisation, Person, Position

__all__ = [
    "FILE_KINDS",
    "KINDS",
    "OWN_OPENINGS",
    "PLURALS",
    "STATUSES",
    "basis_words",
    "blueprints",
    "due_of",
    "people_of",
    "places_of",
    "system",
]
SYSTEM = "system"
KINDS = {
    "campaign": "Кампания",
    "objection": "Возражение",
    "clarification": "Уточнение",
    "act": "Акт",
    "data_pack": "Пакет данных",
    "social_passport": "Социальный паспорт",
    "support_cycle": "Дело школы",
    "mentoring": "Сопровождение школы",
    "visit": "Посещение школы",
    "visit_reply": "Ответ школы о посещении",
    "annual_evaluation": "Годовая оценка",
    "diagnostics": "Диагностика",
    "survey": "Анкетирование",
    "retraining": "Развитие команды",
    "teacher_route": "Маршрут педагога",
    "training": "Обучение",
    "training_application": "Заявка на обучение",
    "mentor_pair": "Наставническая пара",
    "reorganisation": "Реорганизация",
    "roadmap": "Программа школы",
    "assignment": "Поручение",
    "resource_request": "Заявка на ресурсы",
    "municipal_program": "Муниципальная программа",
    "in_school_work": "Внутришкольная работа",
    "request": "Обращение",
    "recommendation": "Рекомендации",
    "expertise": "Экспертиза",
}
PLURALS = {
    "campaign": "Кампании",
    "support_cycle": "Дела школ",
    "objection": "Возражения",
    "act": "Акты",
    "municipal_program": "Муниципальные программы",
    "in_school_work": "Внутришкольная работа",
    "request": "Обращения",
    "recommendation": "Адресные рекомендации",
    "annual_evaluation": "Годовые оценки",
    "mentor_pair": "Наставнические пары",
    "diagnostics": "Диагностики",
    "roadmap": "Школьные программы",
    "mentoring": "Сопровождение школ",
    "visit": "Посещения",
    "retraining": "Развитие команд школ",
    "teacher_route": "Индивидуальные маршруты",
    "training": "Курсы и стажировки",
    "assignment": "Поручения и мероприятия",
    "survey": "Опросы и сбор сведений",
    "reorganisation": "Реорганизации",
    "resource_request": "Заявки на ресурсы",
    "social_passport": "Социальные паспорта",
    "clarification": "Уточнения",
    "data_pack": "Пакеты данных",
    "training_application": "Заявки на обучение",
}
"""What a registry of one kind is called."""
STATUSES = {"open": ("now", "В работе"), "done": ("ok", "Завершено"), "cancelled": ("new", "Закрыто")}


FILE_KINDS = {
    "ege_appeals": "Апелляции ЕГЭ",
    "ege_protocol": "Протокол ЕГЭ",
    "fisoko_bias": "Признаки необъективности",
    "fisoko_extract": "Выгрузка ФИС ОКО по школам",
    "fisoko_individual": "ВПР: индивидуальные результаты (Ф1)",
    "fisoko_scores": "ВПР: распределение первичных баллов",
    "fisoko_statistics": "ВПР: статистика по отметкам",
    "oge_appeals": "Апелляции ОГЭ",
    "oge_protocol": "Протокол ОГЭ",
    "registry": "Реестр школ",
    "vpr_collection": "ВПР: форма сбора результатов",
}
"""What an import file was recognised as."""

OWN_PAGES = {
    "diagnostics": ("diagnoses.show", "Рисковый профиль"),
    "roadmap": ("roadmaps.show", "Строки и исполнение"),
}
"""Kinds of cases that have a page of their own beside the case's: endpoint, words of the link."""
OWN_OPENINGS = {"visit": "mentoring.new_visit"}
"""Kinds of cases whose opening asks more than whom it is about: endpoint of the page that asks."""

PAGES = (
    "account",
    "people",
    "organisations",
    "pauses",
    "substitutions",
    "tasks",
    "transfers",
    "openings",
    "cases",
    "documents",
    "files",
    "acts",
    "identification",
    "imports",
    "reorganisation",
    "schools",
    "roadmaps",
    "teachers",
    "mentoring",
    "incidents",
    "journal",
    "verify",
    "pairs",
    "diagnoses",
    "respondents",
    "surveys",
    "support",
    "twins",
    "factors",
    "experts",
)
"""Modules of this folder that serve pages, each with its blueprint `bp`."""


def system() -> System:
    return current_app.extensions[SYSTEM]


def blueprints() -> Iterable[Blueprint]:
    """Every page of the site; a module that is not named in PAGES is not served."""
    return [import_module(f"app.web.{name}").bp for name in PAGES]


def due_of(region: str, due: datetime | None, now: datetime) -> dict[str, Any] | None:
    """A term for the macros: its day, working days left, its state."""
    if due is None:
        return None
    calendar = system().calendar(region)
    day, today = calendar.local(due), calendar.local(now)
    left = calendar.working_between(today, day)
    state = "late" if due < now else "soon" if left <= 1 else ""
    return {"date": day, "left": left, "state": state}


def people_of(session: Session, positions: Iterable[int | None]) -> dict[int, str]:
    """Position id → «Кречетова Н. В.»."""
    wanted = {p for p in positions if p is not None}
    if not wanted:
        return {}
    found = sa.select(Position.id, Person).join(Person, Person.id == Position.person_id).where(Position.id.in_(wanted))
    return {position: person.listed_name for position, person in session.execute(found)}


def places_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Organisation id → short name."""
    wanted = {i for i in ids if i is not None}
    signed = signed_in()
    if signed and signed.actor and wanted <= {signed.actor.organisation_id}:
        return {signed.actor.organisation_id: signed.place}
    found = sa.select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(wanted))
    return {key: name for key, name in session.execute(found)}


def name_of(session: Session, document: Document) -> str:
    """«Решение по возражению…», «Лист оценки школы: …», as its issuer calls it."""
    profile, ministry = system().profile(document.region), system().body(session, document.region, "ministry")
    issuer = "ministry" if document.organisation_id == ministry else ""
    return titles.full(profile, document.kind, document.title, issuer)
