"""What the lists of routes and of courses show and are narrowed by. A route is listed to those alone who may read it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Handlers
from app.cases.models import Case
from app.cases.registry import (
    Asked,
    Column,
    Filter,
    Registry,
    about,
    among,
    count_of,
    day,
    fixed,
    holder,
    listed,
    of,
    options,
    people,
    visible,
    word,
    words,
)
from app.people.models import Person
from app.teachers.models import RouteStep, SkillGap, Teacher, TeacherRoute, TeacherSubject, Training

ROUTE = TeacherRoute.case_id
TRAININGS = {"course": "курс повышения квалификации", "internship": "стажировка"}
STATES = {"draft": "готовится", "open": "идёт набор", "running": "идёт", "done": "завершён", "cancelled": "отменён"}


def _steps(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return count_of(RouteStep.id, RouteStep.case_id == Case.id, RouteStep.dropped_in.is_(None), *more)


def _of_subject(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    """Routes of who teaches the subject, or whose deficit in it the route closes."""
    teaching = (
        sa.select(Teacher.person_id)
        .join(TeacherSubject, TeacherSubject.teacher_id == Teacher.id)
        .where(TeacherSubject.subject == value, Teacher.left_on.is_(None))
    )
    closing = sa.select(RouteStep.case_id).join(SkillGap, SkillGap.id == RouteStep.gap_id)
    return sa.or_(
        Case.id.in_(sa.select(ROUTE).where(TeacherRoute.person_id.in_(teaching))),
        Case.id.in_(closing.where(SkillGap.subject == value)),
    )


def _tutors(asked: Asked) -> dict[str, str]:
    led = sa.select(TeacherRoute.tutor_id).join(Case, Case.id == ROUTE).where(Case.subject_id.in_(visible(asked)))
    return people(asked, led)


def _person(asked: Asked) -> sa.ColumnElement[Any]:
    return about(listed(), Person.id == TeacherRoute.person_id, Case.id == ROUTE)


ROUTES = Registry(
    (
        Column("person", "Педагог", _person),
        Column("tutor", "Тьютор", lambda asked: holder(TeacherRoute.tutor_id, Case.id == ROUTE)),
        Column("steps", "Шагов", lambda asked: _steps(), numeric=True),
        Column("accepted", "Принято", lambda asked: _steps(RouteStep.mark == "accepted"), numeric=True),
        Column("agreed", "Согласован", of(TeacherRoute.agreed_at, ROUTE), day),
        Column("ends", "Завершить до", of(TeacherRoute.ends_on, ROUTE), day),
    ),
    (
        Filter("subject", "Предмет", options("subject"), _of_subject),
        Filter("tutor", "Тьютор", _tutors, lambda asked, value: among(ROUTE, TeacherRoute.tutor_id)(asked, value)),
    ),
    "Маршруты открывают после диагностики профессиональных дефицитов. Их видят педагог, его тьютор и центр.",
)


def _of_kind(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    named = sa.type_coerce(Training.gap_kinds, sa.Text).contains(f'"{value}"', autoescape=True)
    return Case.id.in_(sa.select(Training.case_id).where(named))


TRAINING = Registry(
    (
        Column("kind", "Вид", of(Training.kind, Training.case_id), word({**TRAININGS, None: ""})),
        Column("starts", "С", of(Training.starts_on, Training.case_id), day),
        Column("ends", "По", of(Training.ends_on, Training.case_id), day),
        Column("subject", "Предмет", of(Training.subject, Training.case_id), words("subject")),
        Column("seats", "Мест", of(Training.seats, Training.case_id), numeric=True),
        Column("taken", "Зачислено", of(Training.taken, Training.case_id), numeric=True),
        Column("state", "Группа", of(Training.state, Training.case_id), word({**STATES, None: ""})),
    ),
    (
        Filter("kind_of", "Вид", fixed(TRAININGS), among(Training.case_id, Training.kind)),
        Filter("group", "Группа", fixed(STATES), among(Training.case_id, Training.state)),
        Filter("subject", "Предмет", options("subject"), among(Training.case_id, Training.subject)),
        Filter("gap", "Вид дефицита", options("gap_kind"), _of_kind),
    ),
    "Курсы и стажировки открывает центр.",
)

HANDLERS = Handlers(registries={"teacher_route": ROUTES, "training": TRAINING})
