"""When days off are moved after terms began: rows counted by an older calendar are counted again, with their pauses.

Days off are moved by the Government within the year, a region adds its own; every deadline says by which calendar it was
counted. A term only moves when its last day does; what was told meanwhile stays told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.cases import deadlines
from app.cases.models import Case, Deadline, Task
from app.cases.move import Move
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.years import school_year_start


def recount(system: System, now: datetime) -> int:
    """Count again every deadline of an older calendar; returns how many moved."""
    moved = 0
    for region in system.profiles:
        version = system.calendar(region).version
        stale = sa.select(Deadline.case_id).join(Case, Case.id == Deadline.case_id)
        with system.db.read() as session:
            where = (Case.region == region, Case.status == "open", Deadline.calendar != version)
            cases = session.scalars(stale.where(*where).distinct().order_by(Deadline.case_id)).all()
        for case_id in cases:
            with unit_of(system, None, now) as unit:
                move = Move.load(unit, locked(unit.session, case_id))
                moved += _recount_case(move)
                move.save()
    return moved


def _recount_case(move: Move) -> int:
    calendar, moved = move.system.calendar(move.case.region), 0
    rows = sa.select(Deadline).where(Deadline.case_id == move.case.id, Deadline.calendar != calendar.version)
    for row in move.session.scalars(rows.order_by(Deadline.id)).all():
        due = counted(move, row)
        row.calendar = calendar.version
        if due is not None and due != row.due_at and row.due_at > move.now:
            _set(move, row, due)
            moved += 1
    move.session.flush()
    return moved


def counted(move: Move, row: Deadline) -> datetime | None:
    """The end of the row's term by the calendar of today, pauses that came after its beginning added; None without a term."""
    calendar = move.system.calendar(move.case.region)
    if not row.term:
        return None
    due = calendar.term(row.term, row.started_at, move.scope, school_year_start(move.year))
    for pause in deadlines.pauses(move.session, move.case.id):
        if pause.until is None or pause.created_at < row.started_at or due < calendar.end_of(pause.since):
            continue
        due = calendar.end_of(
            calendar.next_working(calendar.local(due) + (pause.until - pause.since) + timedelta(days=1))
        )
    return due


def _set(move: Move, row: Deadline, due: datetime) -> None:
    before, row.due_at = row.due_at, due
    if row.kind == "timer":
        move.run.shift_timer(row.ref, due)
        row.wake_at = due
    else:
        calendar = move.system.calendar(move.case.region)
        row.step, row.wake_at = deadlines.next_rung(deadlines.rungs_of(move, row.ref), calendar, due, move.now)
    if row.kind == "task":
        move.session.execute(sa.update(Task).where(Task.id == row.ref).values(due_at=due))
    move.record("deadline.moved", deadline=row.name, before=before, after=due, basis="calendar")
