"""What the modules of this room share: titles of codes, names of people, bounds of the school year, attached files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.people.actor import ON, in_force, works
from app.people.models import Organisation, Person, Position
from app.regions import Profile
from app.teachers.models import Teacher, TeacherSubject

GAP_KINDS = ("subject", "cross_subject", "psych_ped", "ict", "management")


def title(profile: Profile, dictionary: str, code: str | None) -> str:
    """The Russian label of a code; the code itself when the region has dropped it from its dictionary."""
    return profile.dictionaries[dictionary].get(code, code) if code else ""


def titles(profile: Profile, dictionary: str, codes: Iterable[str]) -> str:
    return ", ".join(title(profile, dictionary, code) for code in codes)


def percent(value: float) -> str:
    """«46 %», «46,5 %»; the sign stays on the line of its number."""
    text = f"{value:.1f}".removesuffix(".0").replace(".", ",")
    return f"{text}\u00a0%"


def year_dates(school_year: int, today: date) -> dict[str, str]:
    """Bounds for dates of forms."""
    return {
        "today": today.isoformat(),
        "year_start": date(school_year, 7, 1).isoformat(),
        "year_end": date(school_year + 1, 6, 30).isoformat(),
    }


def active(on: date) -> sa.ColumnElement[bool]:
    """SQL: the teacher works in the school on the day, by the roster and by his position."""
    held = sa.select(Position.id).where(Position.id == Teacher.position_id, in_force(Position, on))
    return sa.and_(Teacher.listed_on <= on, sa.or_(Teacher.left_on.is_(None), Teacher.left_on > on), sa.exists(held))


_TEACHERS = (
    sa.select(Teacher, Person)
    .join(Person, Person.id == Teacher.person_id)
    .where(Teacher.school_id == sa.bindparam("school"), active(ON))
    .order_by(Person.family_name, Person.given_name, Person.patronymic, Person.id)
)
_SUBJECTS = (
    sa.select(TeacherSubject)
    .where(TeacherSubject.teacher_id.in_(sa.bindparam("teachers", expanding=True)))
    .order_by(TeacherSubject.subject)
)


def teachers_of(session: Session, school_id: int, on: date) -> list[tuple[Teacher, Person]]:
    """The school's teachers on the day, by name."""
    return [(teacher, person) for teacher, person in session.execute(_TEACHERS, {"school": school_id, "on": on})]


def subjects_of(session: Session, teacher_ids: Iterable[int]) -> dict[int, list[str]]:
    """Teacher id → codes of subjects."""
    found: dict[int, list[str]] = {}
    for row in session.scalars(_SUBJECTS, {"teachers": list(teacher_ids)}):
        found.setdefault(row.teacher_id, []).append(row.subject)
    return found


def staff_choices(
    session: Session, region: str, roles: Iterable[str], on: date, *, kinds: Iterable[str]
) -> dict[int, str]:
    """Position id → «Тополева И. С., методист» of who holds one of the roles in organisations of these kinds."""
    found = (
        sa.select(Position, Person)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(
            Organisation.region == region,
            Organisation.kind.in_(list(kinds)),
            Position.role.in_(list(roles)),
            works(on),
        )
        .order_by(Person.family_name, Person.id)
    )
    return {p.id: f"{person.listed_name}, {p.title[:1].lower()}{p.title[1:]}" for p, person in session.execute(found)}


def names_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Person id → «Лопухова А. И.»."""
    found = session.scalars(sa.select(Person).where(Person.id.in_(list(ids))))
    return {person.id: person.listed_name for person in found}


def known(*pairs: tuple[str, Any]) -> list[dict[str, str]]:
    """What a form shows as known before its fields; empty values are left out."""
    return [{"label": label, "value": str(value)} for label, value in pairs if value not in (None, "", [])]
