"""The log of contacts: written with the plan and the whole year round; every contact is help given (OR-85)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.cases.move import Unit
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.errors import NotAllowed, NotFound, Refused
from app.people import policy
from app.people.actor import Actor
from app.people.models import Position
from app.programmes.mentoring import serving
from app.programmes.mentoring.models import ContactLog
from app.programmes.models import HelpGiven
from app.regions import Profile


def write(unit: Unit, case: Case, line: Mapping[str, Any], kind: str, profile: Profile) -> None:
    """One contact of the case and the help it was. `line`: day, form, whom, about, minutes as the form gives them."""
    day = date.fromisoformat(line["day"])
    position_id = unit.actor.position_id if unit.actor else None
    unit.session.add(
        ContactLog(
            case_id=case.id,
            school_id=case.subject_id,
            day=day,
            form=line["form"],
            whom=line["whom"],
            about=line["about"],
            minutes=line.get("minutes"),
            position_id=position_id,
            at=unit.now,
        )
    )
    give_help(unit, case, kind, day, profile)
    unit.record("contact.logged", case.id, day=day, form=line["form"], minutes=line.get("minutes"))


def give_help(unit: Unit, case: Case, kind: str, day: date, profile: Profile) -> None:
    """Help given by the actor's organisation."""
    provider = unit.actor.organisation_id if unit.actor else None
    unit.session.add(
        HelpGiven(
            school_id=case.subject_id, provider_id=provider, kind=profile.mentoring.help[kind], day=day, case_id=case.id
        )
    )


def may_log(session: Session, actor: Actor, case: Case) -> bool:
    """Who is appointed in the case."""
    row = serving.in_force_of(session, case.id)
    return bool(case.status == "open" and row and row.ended_on is None and row.position_id == actor.position_id)


def log(system: System, case_id: int, line: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Add a contact to an open accompaniment. Refused for a day ahead or before the appointment's school year."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        if case.kind != "mentoring" or not policy.may(actor, "case.read", case):
            raise NotFound("Такого дела нет.")
        if not may_log(unit.session, actor, case):
            raise NotAllowed("Контакты записывает назначенный куратор или тьютор, пока дело открыто.")
        day = date.fromisoformat(line["day"])
        if not date(case.school_year, 7, 1) <= day <= system.calendar(case.region).local(now):
            raise Refused("Контакт записывают днём этого учебного года, не позже сегодняшнего.")
        write(unit, case, line, serving.kind_of(case), system.profile(case.region))


def of_case(session: Session, case_id: int) -> Sequence[tuple[ContactLog, str]]:
    """Contacts of a case with the title of who wrote each, newest first."""
    found = (
        sa.select(ContactLog, Position.title)
        .outerjoin(Position, Position.id == ContactLog.position_id)
        .where(ContactLog.case_id == case_id)
        .order_by(ContactLog.day.desc(), ContactLog.id.desc())
    )
    return [(row, title or "") for row, title in session.execute(found)]
