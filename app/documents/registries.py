"""What the list of cases of acts shows: drafts and what is on its way; issued acts have their own register."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Handlers
from app.cases.models import Case
from app.cases.registry import Asked, Column, Filter, Registry, about, day, fixed
from app.documents.models import Act, Document
from app.documents.register import kinds

LEVELS = {"region": "регион", "municipality": "муниципалитет", "school": "школа"}
STATES = {
    "draft": "проект",
    "approval": "согласуется",
    "signed": "подписан",
    "registered": "зарегистрирован",
    "in_force": "действует",
    "refused": "отклонён",
    "withdrawn": "снят",
}


def _document(column: Any) -> Any:
    return lambda asked: about(column, Document.case_id == Case.id, order=Document.id)


def _level(asked: Asked) -> sa.ColumnElement[Any]:
    return about(Act.level, Act.document_id == Document.id, Document.case_id == Case.id)


def _of(*where: Any) -> sa.ColumnElement[bool]:
    return Case.id.in_(sa.select(Document.case_id).join(Act, Act.document_id == Document.id).where(*where))


ACTS = Registry(
    (
        Column("kind", "Вид", _document(Document.kind), lambda asked, code: kinds(asked.profile).get(code, "")),
        Column("level", "Уровень", _level, lambda asked, level: LEVELS.get(level, "")),
        Column("number", "Номер", _document(Document.number), lambda asked, number: number or ""),
        Column("day", "Дата", _document(Document.day), day),
        Column("state", "Текст", _document(Document.state), lambda asked, state: STATES.get(state, "")),
    ),
    (
        Filter("kind_of", "Вид акта", lambda asked: kinds(asked.profile), lambda asked, value: _of(Document.kind == value)),
        Filter("level", "Уровень", fixed(LEVELS), lambda asked, value: _of(Act.level == value)),
        Filter("state", "Текст", fixed(STATES), lambda asked, value: _of(Document.state == value)),
    ),
    "Акты открывают кампания, решения и руководители организаций.",
)  # fmt: skip

HANDLERS = Handlers(registries={"act": ACTS})
