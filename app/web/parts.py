"""What several pages need: the system behind the request, terms in words, names of people and places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app
from sqlalchemy.orm import Session

from app.access import signed_in
from app.cases.system import System
from app.people.models import Organisation, Person, Position

SYSTEM = "system"
KINDS = {
    "campaign": "Кампания",
    "objection": "Возражение",
    "clarification": "Уточнение",
    "act": "Акт",
    "data_pack": "Пакет данных",
    "social_passport": "Социальный паспорт",
    "support_cycle": "Дело школы",
    "roadmap": "Программа школы",
    "assignment": "Поручение",
    "resource_request": "Заявка на ресурсы",
    "diagnostics": "Диагностика",
    "survey": "Анкета",
}
STATUSES = {"open": ("now", "В работе"), "done": ("ok", "Завершено"), "cancelled": ("new", "Закрыто")}


FILE_KINDS = {
    "ege_appeals": "Апелляции ЕГЭ",
    "ege_protocol": "Протокол ЕГЭ",
    "fisoko_bias": "Признаки необъективности",
    "fisoko_extract": "Выгрузка ФИС ОКО по школам",
    "fisoko_individual": "Индивидуальные результаты ВПР, форма Ф1",
    "fisoko_scores": "Распределение первичных баллов ВПР",
    "fisoko_statistics": "Статистика ВПР по отметкам",
    "oge_appeals": "Апелляции ОГЭ",
    "oge_protocol": "Протокол ОГЭ",
    "registry": "Реестр школ",
    "vpr_collection": "Форма сбора результатов ВПР",
}
"""What an import file was recognised as."""

OWN_PAGES = {"roadmap": ("roadmaps.show", "Строки и исполнение")}
"""Kinds of cases that have a page of their own beside the case's: endpoint, words of the link."""

STEPS = {
    "W1": "приём данных",
    "W2": "расчёт перечня",
    "W3": "проверка муниципалитетами",
    "W4": "уточнение",
    "W5": "приказ с перечнем",
    "W6": "открытие дел, назначение кураторов",
    "W7": "комплексная диагностика",
    "W8": "программы улучшения результатов",
    "W10": "исполнение программ",
    "W12": "годовое решение",
}
"""Steps of the yearly cycle that terms refer to."""


def basis_words(basis: str | None) -> str:
    """The basis of a term as people read it: a clause as it is, a step of the yearly cycle by its name."""
    if not basis or basis == "P":
        return "срок по умолчанию профиля региона"
    return f"годовой цикл, {STEPS[basis]}" if basis in STEPS else basis


def system() -> System:
    return current_app.extensions[SYSTEM]


def blueprints() -> Iterable[Blueprint]:
    """Every page of the site; a module that is not imported here is not served."""
    from app.web import (
        account,
        cases,
        diagnoses,
        documents,
        identification,
        imports,
        journal,
        organisations,
        pauses,
        people,
        respondents,
        roadmaps,
        schools,
        substitutions,
        surveys,
        tasks,
        verify,
    )

    modules = (
        account,
        people,
        organisations,
        pauses,
        substitutions,
        tasks,
        cases,
        documents,
        identification,
        imports,
        schools,
        roadmaps,
        journal,
        verify,
        diagnoses,
        respondents,
        surveys,
    )
    return [module.bp for module in modules]


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
