"""Teachers leave schools and come to others: the route goes along with its person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Task
from app.cases.move import Move, Unit
from app.cases.operations import require_acting
from app.db import for_update
from app.errors import NotFound, Refused
from app.people.actor import ON, in_force
from app.people.models import Organisation, Position
from app.people.operations import tell_left
from app.people.policy import require
from app.teachers.common import active
from app.teachers.models import Teacher, TeacherRoute

_LISTED = sa.select(Teacher.position_id).where(Teacher.person_id == sa.bindparam("person"), active(ON))
_NEWEST = sa.select(Position).order_by(Position.valid_from.desc(), Position.id.desc()).limit(1)
_ANYWHERE = _NEWEST.where(Position.id.in_(_LISTED))
_IN_SCHOOL = _NEWEST.where(Position.id.in_(_LISTED.where(Teacher.school_id == sa.bindparam("school"))))
_HELD = _NEWEST.where(
    Position.person_id == sa.bindparam("person"), Position.role.in_(("teacher", "mentor")), in_force(Position, ON)
)


def position_of(session: Session, person_id: int, on: date, *, school_id: int | None = None) -> Position | None:
    """The position in which a teacher acts on the day: in the school named, else in the one he came to last."""
    asked = {"person": person_id, "on": on}
    if school_id is not None:
        return session.scalar(_IN_SCHOOL, {**asked, "school": school_id})
    return session.scalar(_ANYWHERE, asked) or session.scalar(_HELD, asked)


def follow(move: Move, people: Iterable[int]) -> list[int]:
    """Open routes of these people that stand in a school they left go to the school where they work now.

    Returns the cases moved. A person who works in both schools keeps the route where it was opened.
    """
    today = move.today
    return _follow(move.unit, people, today)


def _follow(unit: Unit, people: Iterable[int], today: date) -> list[int]:
    session, moved = unit.session, []
    wanted = for_update(
        sa.select(Case, TeacherRoute)
        .join(TeacherRoute, TeacherRoute.case_id == Case.id)
        .where(Case.status == "open", TeacherRoute.person_id.in_(sorted(set(people))))
        .order_by(Case.id),
        of=Case,
    )
    for case, route in session.execute(wanted).all():
        if position_of(session, route.person_id, today, school_id=case.subject_id) is not None:
            continue
        target = position_of(session, route.person_id, today)
        if target is None or target.organisation_id == case.subject_id:
            continue
        facts: dict[str, Any] = {"from": case.subject_id, "to": target.organisation_id, "position": target.id}
        _carry(session, case, target)
        unit.record("route.moved", case.id, **facts)
        moved.append(case.id)
    return moved


def _carry(session: Session, case: Case, target: Position) -> None:
    """The case is about the new school; tasks that waited for the person in the old position wait in the new one."""
    old = sa.select(Position.id).where(Position.person_id == target.person_id, Position.id != target.id)
    session.execute(
        sa.update(Task)
        .where(Task.case_id == case.id, Task.position_id.in_(old))
        .values(position_id=target.id, organisation_id=target.organisation_id, role=target.role, claimed_by=None)
    )
    case.subject_id = target.organisation_id
    case.version += 1
    session.flush()


def own(unit: Unit, teacher_id: int) -> Teacher:
    """A teacher of the actor's school, locked: its head or deputy says that he leaves. NotFound for who may not know of him."""
    session, actor = unit.session, unit.actor
    teacher = session.get(Teacher, teacher_id, with_for_update=True)
    if teacher is None:
        raise NotFound("Такого педагога нет.")
    require_acting(session)
    require(actor, "school.read", session.get_one(Organisation, teacher.school_id))
    if actor is None or actor.role not in ("school_head", "school_deputy") or actor.school_id != teacher.school_id:
        raise Refused("Увольнение отмечает школа, в которой работает педагог.")
    return teacher


def dismiss(unit: Unit, teacher: Teacher, first_day: date, basis: str) -> Teacher:
    """A teacher leaves the school: from `first_day` he is in no denominator of it, his position ends the day before.

    Refused without a basis or with a day before he came.
    """
    session = unit.session
    if not basis.strip():
        raise Refused("Назовите приказ об увольнении.", advice="Впишите номер и дату приказа.")
    if first_day < teacher.listed_on:
        raise Refused(
            "День раньше, чем педагог внесён в список.", advice=f"Он в списке с {teacher.listed_on:%d.%m.%Y}."
        )
    teacher.left_on = first_day
    position = session.get_one(Position, teacher.position_id)
    if position.role in ("teacher", "mentor"):  # a head's position ends by the founder's order
        position.valid_to = max(first_day - timedelta(days=1), position.valid_from)
        tell_left(session, position, unit.now)
    session.flush()
    unit.record("teacher.left", teacher=teacher.id, person=teacher.person_id, school=teacher.school_id, day=first_day)
    _follow(unit, [teacher.person_id], first_day)
    return teacher
