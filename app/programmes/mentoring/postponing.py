"""An agreed visit that cannot take place on its day is planned anew; visits opened by hand, one school or a whole trip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import openings, operations
from app.cases.models import Case
from app.cases.move import Move
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.errors import NotAllowed, NotFound, Refused
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.people.territory import organisations_of
from app.programmes.mentoring import serving, visit_papers
from app.programmes.mentoring.models import Visit

MESSAGE = "visit.moved"
KINDS_BY_ROLE = {
    "curator": ("curator",),
    "tutor": ("tutor",),
    "municipal_method_service": ("method_service", "trip"),
    "regional_operator": ("trip",),
    "ministry": ("trip",),
}


def may_postpone(session: Session, system: System, actor: Actor, case: Case, now: datetime) -> bool:
    """The visitor, the head of the school and the method service, while the day of the visit is ahead."""
    row = session.get(Visit, case.id) if case.kind == "visit" and case.status == "open" else None
    if row is None or row.confirmed not in ("ok", "silent") or row.held_on is not None or row.moved_reason is not None:
        return False
    calendar = system.calendar(case.region)
    if calendar.local(row.planned_at) <= calendar.local(now):
        return False
    if actor.role == serving.SERVICE:
        return policy.may(actor, "case.read", case)
    of_school = actor.organisation_id == case.subject_id and actor.role in ("school_head", "school_deputy")
    return of_school or actor.position_id == visit_papers.planner(session, case.id)


def postpone(system: System, case_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """The visit goes back to its plan with the reason. Refused once its report is being written: there it «не состоялось»."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        if case.kind != "visit" or not policy.may(actor, "case.read", case):
            raise NotFound("Такого посещения нет.")
        if not may_postpone(unit.session, system, actor, case, now):
            raise NotAllowed(
                "Посещение переносит посещающий, директор школы или методическая служба, пока его день впереди."
            )
        unit.session.get_one(Visit, case_id).moved_reason = reason
        unit.session.flush()
        move = Move.load(unit, case)
        if not move.run.message(MESSAGE, {}) and move.run.dump() == case.state:
            raise Refused(
                "Отчёт уже открыт.", advice="Отметьте в нём, что посещение не состоялось: его спланируют заново."
            )
        move.record("visit.moved", reason=reason)
        move.save()


def schools_for(session: Session, actor: Actor) -> dict[int, str]:
    """Schools that the actor may visit: of his territory, of the region for who sees it whole."""
    parent = sa.orm.aliased(Organisation)
    found = (
        sa.select(Organisation.id, Organisation.short_name, parent.short_name, parent.kind)
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .where(Organisation.kind == "school", Organisation.valid_to.is_(None))
        .where(Organisation.region == actor.region, Organisation.id.in_(organisations_of(actor)))
        .order_by(parent.short_name, Organisation.short_name)
    )
    rows = session.execute(found).all()
    several = len({town for _, _, town, kind in rows if kind == "municipality"}) > 1
    return {key: f"{name}, {town}" if several and kind == "municipality" else name for key, name, town, kind in rows}


def open_visits(system: System, kind: str, schools: Sequence[int], *, actor: Actor, now: datetime) -> list[int]:
    """Open a visit by hand to each school; several of a trip share a batch. A curator's visit belongs to his case."""
    if kind not in KINDS_BY_ROLE.get(actor.role, ()):
        raise NotAllowed("Такие посещения открывает другая роль.")
    if len(schools) > 1 and kind != "trip":
        raise Refused("Несколько школ посещают выездом.", advice="Выберите вид «выезд» или одну школу.")
    year = openings.current_year(system, actor, now)
    batch = uuid4().hex if kind == "trip" else None
    opened = []
    for school in schools:
        data: dict[str, object] = {"kind": kind, **({"batch": batch} if batch else {})}
        parent = _accompaniment(system, school, kind)
        if parent is not None:
            data["mentoring"] = parent
        opened.append(operations.open_case(system, "visit", school, year, data, actor=actor, now=now, parent_id=parent))
    return opened


def _accompaniment(system: System, school_id: int, kind: str) -> int | None:
    if kind not in serving.KINDS:
        return None
    with system.db.read() as session:
        found = sa.select(Case).where(Case.kind == "mentoring", Case.subject_id == school_id, Case.status == "open")
        cases = session.scalars(found.order_by(Case.id)).all()
        return next((case.id for case in cases if serving.kind_of(case) == kind), None)
