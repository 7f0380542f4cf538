"""The six stages of a school's case as the customer names them, and the people who stand around the school."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Deadline
from app.cases.queries import last_answer
from app.cases.system import System
from app.identification.models import SupportList, SupportListRow
from app.people.actor import in_force
from app.people.models import Assignment, Organisation, Person, Position, Substitution
from app.people.names import basis_genitive
from app.programmes.support import year_of

STAGES = (
    ("diagnostics", "Диагностика"),
    ("roadmap", "Программа школы"),
    ("mentoring", "Наставничество"),
    ("retraining", "Обучение"),
    ("annual_evaluation", "Годовая оценка"),
)
"""Kind of the child → the stage that it is; before them stands the identification."""


@dataclass(frozen=True)
class Stage:
    """`state`: done, now, or '' when it is still to come. `due` is the nearest term in its case."""

    title: str
    state: str
    case_id: int | None = None
    day: date | None = None
    due: date | None = None
    off: bool = False


def stages(session: Session, system: System, case: Case) -> list[Stage]:
    """Six stages of the year that the case is in; several may be under way at once."""
    year = year_of(system, session, case)
    local = system.calendar(case.region).local
    children = _children(session, case.id)
    terms = _terms(session, [child.id for child in children if child.status == "open"])
    off = system.profile(case.region).processes_off
    found = [_identified(session, system, case)]
    for kind, title in STAGES:
        own = [c for c in children if c.kind == kind and (c.school_year == year or c.status == "open")]
        child = next((c for c in own if c.status == "open"), own[-1] if own else None)
        if child is None:
            found.append(Stage(title, "", off=kind in off))
        elif child.status == "open":
            due = terms.get(child.id)
            found.append(Stage(title, "now", child.id, local(child.opened_at), local(due) if due else None))
        else:
            found.append(Stage(title, "done", child.id, local(child.closed_at) if child.closed_at else None))
    return found


def _children(session: Session, case_id: int) -> Sequence[Case]:
    kinds = [kind for kind, _ in STAGES]
    where = (Case.parent_id == case_id, Case.kind.in_(kinds), Case.status != "cancelled")
    return session.scalars(sa.select(Case).where(*where).order_by(Case.id)).all()


def _terms(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    first = sa.select(Deadline.case_id, sa.func.min(Deadline.due_at)).where(Deadline.case_id.in_(ids))
    return {case_id: due for case_id, due in session.execute(first.group_by(Deadline.case_id))}


def _identified(session: Session, system: System, case: Case) -> Stage:
    """In the list since the day it was signed; a watched school is not in it."""
    found = (
        sa.select(SupportList.frozen_at)
        .join(SupportListRow, SupportListRow.list_id == SupportList.id)
        .where(SupportListRow.school_id == case.subject_id, SupportList.region == case.region)
        .order_by(SupportList.school_year.desc(), SupportList.number.desc())
        .limit(1)
    )
    frozen = session.scalar(found)
    watched = case.data.get("track") == "watch"
    day = system.calendar(case.region).local(frozen) if frozen is not None and not watched else None
    return Stage("Идентификация", "now" if watched else "done", day=day)


# people -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """A person around the school: what for, who, and who acts instead today."""

    role: str
    name: str
    position_id: int | None = None
    substitute: str = ""


def people(session: Session, system: System, case: Case, on: date) -> list[Beside]:
    """The head of the school, who answers for the work, its curator and tutor, the municipality, the operator."""
    roles = system.profile(case.region).roles
    subject = session.get_one(Organisation, case.subject_id)
    found = [*_held(session, subject.id, "school_head", roles["school_head"].title, on)]
    answered = last_answer(session, case.id, "support_start") or {}
    if person := session.get(Person, int(answered["responsible"])) if answered.get("responsible") else None:
        found.append(Beside("Ответственный в школе", person.listed_name))
    found += _assigned(session, subject.id, {code: roles[code].title for code in ("curator", "tutor")}, on)
    if subject.parent_id is not None:
        where = session.get_one(Organisation, subject.parent_id)
        heads = [
            one
            for one in _held(
                session, where.id, "municipal_authority", f"Муниципальный орган, {where.short_name}", on, head=True
            )
        ]
        found += heads[:1]
    shown = dict.fromkeys(found)
    return _with_substitutes(session, list(shown), on)


def _held(
    session: Session, organisation_id: int, role: str, title: str, on: date, *, head: bool | None = None
) -> list[Beside]:
    where = [Position.organisation_id == organisation_id, Position.role == role, in_force(Position, on)]
    if head is not None:
        where.append(Position.head.is_(head))
    found = (
        sa.select(Position, Person).join(Person, Person.id == Position.person_id).where(*where).order_by(Position.id)
    )
    return [Beside(title, person.listed_name, position.id) for position, person in session.execute(found)]


def _assigned(session: Session, school_id: int, titles: dict[str, str], on: date) -> list[Beside]:
    found = (
        sa.select(Position, Person, Organisation.short_name)
        .join(Assignment, Assignment.position_id == Position.id)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Assignment.organisation_id == school_id, Position.role.in_(titles), in_force(Assignment, on))
        .order_by(Assignment.id)
    )
    rows = session.execute(found).all()
    return [Beside(titles[p.role], f"{person.listed_name}, {place}", p.id) for p, person, place in rows]


def _with_substitutes(session: Session, found: list[Beside], on: date) -> list[Beside]:
    ids = [one.position_id for one in found if one.position_id is not None]
    acting = (
        sa.select(Substitution, Person)
        .join(Person, Person.id == Substitution.substitute_id)
        .where(Substitution.position_id.in_(ids), Substitution.revoked_at.is_(None), in_force(Substitution, on))
    )
    said: dict[int, str] = {}
    for row, person in session.execute(acting):
        until = f" до {row.valid_to:%d.%m.%Y}" if row.valid_to else ""
        said[row.position_id] = f"Замещает {person.listed_name}{until}, на основании {basis_genitive(row.basis)}"
    return [Beside(one.role, one.name, one.position_id, said.get(one.position_id or 0, "")) for one in found]
