"""A curator or tutor who leaves: the review is called at once, what is open passes to who stands in until a new order."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from app.cases.models import Case
from app.cases.move import Move, Unit
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.errors import NotAllowed, NotFound, Refused
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation, Position
from app.programmes.mentoring import appointing, serving
from app.programmes.mentoring.models import Mentorship

MESSAGE = "curator.changed"
LEFT = "должность прекращена"
OPERATOR = ("regional_operator", "operator_head")


def may_release(system: System, session: sa.orm.Session, actor: Actor, case: Case) -> bool:
    """He himself, the body that appointed him, the operator."""
    row = serving.in_force_of(session, case.id)
    if row is None or row.ended_on is not None or case.status != "open":
        return False
    if actor.position_id == row.position_id or (actor.role in OPERATOR and policy.may(actor, "case.read", case)):
        return True
    body = serving.appointing(session, case.region, case.subject_id, row.kind)
    return body is not None and actor.organisation_id == body.organisation_id and actor.role == body.role


def release(system: System, case_id: int, last_day: date, reason: str, *, actor: Actor, now: datetime) -> list[str]:
    """Record that the appointed one works no longer; returns ids of the tasks that passed to who stands in.

    Refused for a day ahead: until it comes, a successor is chosen by the review and the old one works on.
    """
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        if case.kind != "mentoring" or not policy.may(actor, "case.read", case):
            raise NotFound("Такого дела нет.")
        if not may_release(system, unit.session, actor, case):
            raise NotAllowed("Об уходе сообщает сам куратор, назначивший его орган или региональный оператор.")
        row = serving.in_force_of(unit.session, case_id)
        assert row is not None
        today = system.calendar(case.region).local(now)
        if last_day > today:
            raise Refused(
                "Этот день ещё не наступил.",
                advice="До последнего дня куратор работает; преемника выбирают пересмотром.",
            )
        if row.appointed_on is not None and last_day < row.appointed_on:
            raise Refused("Последний день раньше дня назначения.", advice="Проверьте дату.")
        return _release(unit, case, row, last_day, reason)


def _release(unit: Unit, case: Case, row: Mentorship, last_day: date, reason: str) -> list[str]:
    row.ended_on, row.end_reason, row.alert = last_day, reason, f"Куратор выбыл: {reason}"[:500]
    appointing.close_assignment(unit, row, last_day)
    unit.record("mentoring.left", case.id, person=row.person_id, until=last_day, reason=reason)
    passed = appointing.rehold(unit, row.school_id, row.kind)
    case = locked(unit.session, case.id)
    move = Move.load(unit, case)
    if move.run.message(MESSAGE, {}) or move.run.dump() != case.state:
        move.record("message.delivered", message=MESSAGE, values={})
        move.save()
    return passed


def position_left(system: System, position_id: int, *, now: datetime) -> int:
    """A position has ended: every accompaniment by it, or by who was proposed in it, is released. Returns how many.

    0 for one that is held again: its end was moved since it was told.
    """
    with system.db.read() as session:
        position = session.get_one(Position, position_id)
        region, last_day = session.get_one(Organisation, position.organisation_id).region, position.valid_to
        found = (
            sa.select(Mentorship.case_id)
            .join(Case, Case.id == Mentorship.case_id)
            .where(Mentorship.state == "appointed", Mentorship.ended_on.is_(None), Case.status == "open")
            .where(sa.or_(Mentorship.position_id == position_id, Mentorship.proposed_position_id == position_id))
        )
        cases = list(session.scalars(found.order_by(Mentorship.case_id)))
    if last_day is None or last_day >= system.calendar(region).local(now):
        return 0
    for case_id in cases:
        with unit_of(system, None, now) as unit:
            case = locked(unit.session, case_id)
            row = serving.in_force_of(unit.session, case_id)
            if row is not None and row.ended_on is None:
                _release(unit, case, row, last_day, LEFT)
    return len(cases)


def call_review(move: Move, case_id: int, reason: str) -> None:
    """Review an accompaniment before its time; nothing to review while nobody is appointed."""
    row = serving.in_force_of(move.session, case_id)
    if row is not None:
        row.alert = reason[:500]
        move.session.flush()
        move.wake(case_id, MESSAGE)


def home_listed(move: Move) -> None:
    """The school of this case is supported now: who works in it and accompanies others is reviewed at once."""
    found = sa.select(Mentorship).where(
        Mentorship.home_id == move.case.subject_id,
        Mentorship.kind == "curator",
        Mentorship.state == "appointed",
        Mentorship.case_id != move.case.id,
    )
    for row in move.session.scalars(found.order_by(Mentorship.case_id)):
        row.alert = f"Школа куратора сама включена в перечень: {move.subject.short_name}"[:500]
        move.wake(row.case_id, MESSAGE)
    move.session.flush()


def alerted(move: Move) -> bool:
    """Must the accompaniment be reviewed before its time?"""
    row = serving.in_force_of(move.session, move.case.id)
    return row is not None and row.alert is not None
