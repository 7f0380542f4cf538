"""An expert who is late with his card is replaced by the organiser: the row is another person's from then on (OR-39)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import deadlines
from app.cases.models import Case, Deadline, Draft, DraftVersion, Task
from app.cases.move import Move
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.diagnostics import expertise
from app.diagnostics.models import ExpertCard
from app.errors import NotAllowed, NotFound, Refused
from app.people import policy
from app.people.actor import Actor
from app.people.models import Person, Position

FORM = "expertise_card"


@dataclass(frozen=True)
class Late:
    """A card past its term: its row, who was to fill it in, since when it is late."""

    row: int
    name: str
    due_at: datetime


def late(session: Session, case_id: int, now: datetime) -> list[Late]:
    """Overdue cards of a case in the order of their rows."""
    found = (
        sa.select(Task, Person)
        .outerjoin(Position, Position.id == Task.position_id)
        .outerjoin(Person, Person.id == Position.person_id)
        .where(Task.case_id == case_id, Task.form == FORM, Task.due_at < now)
    )
    rows = [
        Late(int(task.item or 0), person.listed_name if person else "не назначен", task.due_at)
        for task, person in session.execute(found)
        if task.due_at is not None
    ]
    return sorted(rows, key=lambda one: one.row)


def may_replace(session: Session, system: System, actor: Actor, case: Case, now: datetime) -> bool:
    """The organiser of the expertise, and the operator of the region."""
    if not policy.may(actor, "task.assign") or not policy.may(actor, "case.read", case):
        return False
    if actor.role in policy.OPERATOR:
        return True
    position = expertise.organiser_of(session, case, system.calendar(case.region).local(now))
    chosen = session.get(Position, position) if position is not None else None
    return chosen is not None and (actor.organisation_id, actor.role) == (chosen.organisation_id, chosen.role)


def candidates(session: Session, system: System, case: Case, now: datetime) -> dict[int, str]:
    """Who may look instead: nobody with an interest, nobody who looks already. Position id → name and place."""
    today = system.calendar(case.region).local(now)
    taken = {card.person_id for card in expertise.cards(session, expertise.current(session, case.id).id)}
    found = expertise.candidates(session, case.region, today)
    unfit = expertise.conflicts(session, case, [position for position, _, _ in found.values()], today)
    return {
        key: f"{person.listed_name}, {place.short_name}"
        for key, (_, person, place) in found.items()
        if person.id not in taken and key not in unfit
    }


def replace(
    system: System, case_id: int, row: int, position_id: int, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Put an overdue card before another expert with a term of its own; what the former had begun is not shown to him."""
    with unit_of(system, actor, now) as unit:
        session, case = unit.session, locked(unit.session, case_id)
        if not may_replace(session, system, actor, case, now):
            raise NotAllowed("Эксперта заменяет организатор экспертизы.")
        task = _task(session, case_id, row)
        if task.due_at is None or task.due_at >= now:
            raise Refused("Срок экспертной карты ещё не вышел.", advice="Эксперта заменяют, когда срок прошёл.")
        if position_id not in candidates(session, system, case, now):
            raise Refused(
                "Этого эксперта назначить нельзя.", advice="Выберите из списка: в нём те, кто не заинтересован."
            )
        chosen, before = session.get_one(Position, position_id), task.position_id
        card = _card(session, case_id, row)
        card.position_id, card.person_id = chosen.id, chosen.person_id
        _hand_over(Move.load(unit, case), task, chosen, card.days)
        unit.record("expertise.replaced", case_id, row=row, before=before, after=chosen.id, reason=reason)
        key, subject = f"expert:{task.id}:{chosen.id}", f"Вам поручена экспертиза: {case.title}"
        unit.post("mail", key, case_id, template="task", position=chosen.id, subject=subject)


def _task(session: Session, case_id: int, row: int) -> Task:
    where = (Task.case_id == case_id, Task.form == FORM, Task.item == str(row))
    task = session.scalars(sa.select(Task).where(*where)).first()
    if task is None:
        raise NotFound("Такой экспертной карты нет.", advice="Возможно, эксперт её уже отправил: посмотрите дело.")
    return task


def _card(session: Session, case_id: int, row: int) -> ExpertCard:
    where = (ExpertCard.expertise_id == expertise.current(session, case_id).id, ExpertCard.row == row)
    return session.scalars(sa.select(ExpertCard).where(*where)).one()


def _hand_over(move: Move, task: Task, chosen: Position, days: int) -> None:
    """The task and its term of as many working days begin anew for the chosen one."""
    session, case = move.session, move.case
    task.position_id, task.claimed_by = chosen.id, None
    task.role, task.head, task.organisation_id = chosen.role, chosen.head, chosen.organisation_id
    for table in (Draft, DraftVersion):
        session.execute(sa.delete(table).where(table.task_id == task.id))
    terms: Sequence[Any] = session.scalars(
        sa.select(Deadline).where(Deadline.case_id == case.id, Deadline.ref == task.id)
    ).all()
    calendar = move.system.calendar(case.region)
    for term in terms:
        due = calendar.end_of(calendar.add_working(move.today, days))
        term.started_at, term.due_at = move.now, due
        term.step, term.wake_at = deadlines.next_rung(deadlines.rungs_of(move, task.id), calendar, due, move.now)
        task.due_at = due
    task.opened_at = move.now
    session.flush()
