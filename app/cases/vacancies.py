"""Who leaves in mid-year leaves no task behind: what he had taken is free again, what was his by name passes on.

A task by role needs nothing: it is before whoever holds the role today. Looked through every hour, because a position ends
by its date and nobody is there to press a button.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases.models import Task
from app.cases.move import Unit
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.people.actor import works
from app.people.models import Organisation, Person, Position

# of another room: rows of approval sheets name who is asked next
APPROVAL = sa.table("approval_row", sa.column("id"), sa.column("document_id"), sa.column("position_id"))
DOCUMENT = sa.table("document", sa.column("id"), sa.column("case_id"))


def pass_on(system: System, now: datetime) -> int:
    """Free and hand on the tasks of positions that ended and of people whose account is closed; returns how many."""
    done = 0
    for region in system.profiles:
        today = system.calendar(region).local(now)
        with system.db.read() as session:
            left = session.execute(_left(region, today)).all()
        for task_id, case_id in left:
            with unit_of(system, None, now) as unit:
                done += _pass(unit, case_id, task_id, today)
    return done


def _left(region: str, today: date) -> sa.Select:
    """Tasks whose taker or addressee is gone, with their cases."""
    found = (
        sa.select(Task.id, Task.case_id)
        .join(Position, sa.or_(Position.id == Task.position_id, Position.id == Task.claimed_by))
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
    )
    return found.where(Organisation.region == region, _gone(today)).distinct()


def _gone(today: date) -> sa.ColumnElement[bool]:
    return sa.or_(Position.valid_to < today, Person.blocked_at.is_not(None))


def _pass(unit: Unit, case_id: int, task_id: str, today: date) -> bool:
    """One task under its case's lock; False when nobody can take it yet."""
    session = unit.session
    locked(session, case_id)
    task = session.get(Task, task_id, populate_existing=True)
    if task is None:
        return False
    changed = False
    if task.claimed_by is not None and _is_gone(session, task.claimed_by, today):
        unit.record("task.unclaimed", case_id, task=task.key, position=task.claimed_by)
        task.claimed_by, changed = None, True
    if task.position_id is not None and _is_gone(session, task.position_id, today):
        heir = successor(session, session.get_one(Position, task.position_id), today)
        if heir is not None:
            _approvals(session, case_id, task.position_id, heir.id)
            unit.record("task.passed", case_id, task=task.key, before=task.position_id, after=heir.id, text=task.name)
            task.position_id, task.role, task.head = heir.id, heir.role, heir.head
            task.organisation_id, changed = heir.organisation_id, True
            subject = f"К вам перешла задача: {task.name}"
            key = f"passed:{task.id}:{heir.id}"
            unit.post("mail", key, case_id, template="task", position=heir.id, subject=subject)
    return changed


def _is_gone(session: Session, position_id: int, today: date) -> bool:
    found = sa.select(Position.id).join(Person, Person.id == Position.person_id)
    return session.scalar(found.where(Position.id == position_id, _gone(today))) is not None


def successor(session: Session, left: Position, today: date) -> Position | None:
    """Who holds the same post now: by its code where it has one, else the same role there, the newest appointed."""
    found = (
        sa.select(Position)
        .join(Person, Person.id == Position.person_id)
        .where(Position.organisation_id == left.organisation_id, Position.role == left.role, Position.id != left.id)
        .where(works(today))
        .order_by(sa.case((Position.code == left.code, 0), else_=1), Position.valid_from.desc(), Position.id.desc())
    )
    if left.code is not None:
        found = found.where(sa.or_(Position.code == left.code, Position.code.is_(None)))
    return session.scalars(found.limit(1)).first()


def _approvals(session: Session, case_id: int, before: int, after: int) -> None:
    """The sheet asks the successor from now on; visas already given stay with who gave them."""
    signature = sa.table("signature", sa.column("approval_row_id"), sa.column("fallen_at"))
    given = sa.select(signature.c.approval_row_id).where(
        signature.c.approval_row_id.is_not(None), signature.c.fallen_at.is_(None)
    )
    mine = sa.select(DOCUMENT.c.id).where(DOCUMENT.c.case_id == case_id)
    where = (APPROVAL.c.position_id == before, APPROVAL.c.document_id.in_(mine), APPROVAL.c.id.not_in(given))
    session.execute(sa.update(APPROVAL).where(*where).values(position_id=after))
