"""Who may see what diagnosis found about a person: the person, his tutor, the centre; his head only if he agreed.

Everybody else, and a head without consent, is refused in words; numbers of a school are another matter (`coverage`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.move import Unit
from app.errors import NotAllowed, NotFound, Refused
from app.people.actor import Actor, in_force
from app.people.models import Assignment, Organisation, Position
from app.programmes.models import Consent
from app.teachers.common import active
from app.teachers.models import Teacher, TeacherRoute

SHOW_HEAD = "gaps.head"
CENTRE = ("pd_center",)


def may_see_results(session: Session, actor: Actor, person_id: int, on: date) -> bool:
    """Results, steps and reports of a person."""
    return person_id in whose_results(session, actor, [person_id], on)


def whose_results(session: Session, actor: Actor, people: Collection[int], on: date) -> set[int]:
    """The same of several people, asked together: those whose results the actor may see."""
    own = {actor.person_id}.intersection(people) if actor.behalf_of is None else set()
    others = _of_region(session, actor, set(people) - own)
    if actor.role in CENTRE or actor.role == "auditor":
        return own | others
    if actor.role == "tutor":
        return own | _led(session, actor, others, on)
    if actor.role == "school_head" and actor.school_id is not None:
        return own | _agreed(session, actor.school_id, others, on)
    return own


def require_results(session: Session, actor: Actor, person_id: int, on: date) -> None:
    """NotFound for people of other places, NotAllowed in words for a head whose teacher has not agreed."""
    if may_see_results(session, actor, person_id, on):
        return
    here = sa.select(Teacher.id).where(Teacher.person_id == person_id, Teacher.school_id == (actor.school_id or 0))
    if actor.role in ("school_head", "school_deputy") and session.scalar(here.limit(1)) is not None:
        who = "директору" if actor.role == "school_head" else "заместителю директора"
        raise NotAllowed(
            f"Результаты диагностики видят сам педагог, его тьютор и ЦНППМ. {who.capitalize()} они не показываются, "
            "пока педагог не разрешил.",
            advice="Вам доступны числа по школе. Разрешение директору педагог даёт на своей странице.",
        )
    if actor.role in ("ministry", "minister", "controller", "regional_operator", "operator_head"):
        raise NotAllowed(
            "Результаты отдельных педагогов министерству и оператору не показываются.",
            advice="Доступны числа по школам, муниципалитетам и региону.",
        )
    raise NotFound("Такого педагога нет.")


_CONSENT = (
    sa.select(Consent)
    .where(Consent.person_id == sa.bindparam("person"), Consent.purpose == SHOW_HEAD, Consent.withdrawn_at.is_(None))
    .order_by(Consent.id.desc())
    .limit(1)
)


def consent(session: Session, person_id: int) -> Consent | None:
    """The standing consent to show results to the head."""
    return session.scalar(_CONSENT, {"person": person_id})


def give(unit: Unit, person_id: int, case_id: int, wording: str) -> None:
    """Write the consent down, once."""
    if consent(unit.session, person_id) is None:
        row = Consent(person_id=person_id, purpose=SHOW_HEAD, wording=wording, case_id=case_id, given_at=unit.now)
        unit.session.add(row)
        unit.session.flush()
        unit.record("consent.given", case_id, person=person_id, purpose=SHOW_HEAD)


def withdraw(unit: Unit) -> None:
    """The actor takes his own consent back; it stands in the table with its last moment."""
    actor = unit.actor
    standing = consent(unit.session, actor.person_id) if actor else None
    if actor is None or actor.behalf_of is not None or standing is None:
        raise Refused("Разрешения показывать результаты директору сейчас нет.")
    standing.withdrawn_at = _later(unit.now, standing.given_at)
    unit.session.flush()
    unit.record("consent.withdrawn", standing.case_id, person=actor.person_id, purpose=SHOW_HEAD)


def _later(now: datetime, given: datetime) -> datetime:
    return max(now, given)


def _led(session: Session, actor: Actor, people: set[int], on: date) -> set[int]:
    """Whom the actor leads as the tutor: of a route of theirs, or assigned to a school of theirs."""
    if not people:
        return set()
    led = sa.select(TeacherRoute.person_id).where(
        TeacherRoute.person_id.in_(people), TeacherRoute.tutor_id == actor.position_id
    )
    assigned = sa.select(Assignment.organisation_id).where(
        Assignment.position_id == actor.position_id, in_force(Assignment, on)
    )
    there = sa.select(Teacher.person_id).where(
        Teacher.person_id.in_(people), Teacher.school_id.in_(assigned), active(on)
    )
    return {*session.scalars(led), *session.scalars(there)}


def _agreed(session: Session, school_id: int, people: set[int], on: date) -> set[int]:
    """Teachers of the school who let their head in."""
    if not people:
        return set()
    standing = sa.select(Consent.person_id).where(Consent.purpose == SHOW_HEAD, Consent.withdrawn_at.is_(None))
    here = sa.select(Teacher.person_id).where(Teacher.person_id.in_(people), Teacher.school_id == school_id)
    return set(session.scalars(here.where(active(on), Teacher.person_id.in_(standing))))


def _of_region(session: Session, actor: Actor, people: set[int]) -> set[int]:
    if not people:
        return set()
    found = (
        sa.select(Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Position.person_id.in_(people), Organisation.region == actor.region)
    )
    return set(session.scalars(found))
