"""Who may see what diagnosis found about a person: the person, his tutor, the centre; his head only if he agreed.

Everybody else, and a head without consent, is refused in words; numbers of a school are another matter (`coverage`).
"""

from __future__ import annotations

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
    if actor.person_id == person_id and actor.behalf_of is None:
        return True
    if not _same_region(session, actor, person_id):
        return False
    if actor.role in CENTRE or actor.role == "auditor":
        return True
    if actor.role == "tutor":
        return _tutors(session, actor, person_id, on)
    if actor.role == "school_head" and actor.school_id is not None:
        here = sa.select(Teacher.id).where(
            Teacher.person_id == person_id, Teacher.school_id == actor.school_id, active(on)
        )
        return session.scalar(here) is not None and consent(session, person_id) is not None
    return False


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


def _tutors(session: Session, actor: Actor, person_id: int, on: date) -> bool:
    """The tutor of a route of the person, or one assigned to a school of his."""
    led = sa.select(TeacherRoute.case_id).where(
        TeacherRoute.person_id == person_id, TeacherRoute.tutor_id == actor.position_id
    )
    if session.scalar(led.limit(1)) is not None:
        return True
    assigned = sa.select(Assignment.organisation_id).where(
        Assignment.position_id == actor.position_id, in_force(Assignment, on)
    )
    there = sa.select(Teacher.id).where(Teacher.person_id == person_id, Teacher.school_id.in_(assigned), active(on))
    return session.scalar(there.limit(1)) is not None


def _same_region(session: Session, actor: Actor, person_id: int) -> bool:
    found = (
        sa.select(Position.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Position.person_id == person_id, Organisation.region == actor.region)
    )
    return session.scalar(found.limit(1)) is not None
