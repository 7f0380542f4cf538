"""Deadlines as rows: made from the engine's waits, climbed by the region's ladder, moved by pauses.

`wake_at` is the next moment at which something is due, found by its index; a case is opened only then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.cases.models import Deadline, Pause, Task
from app.db import Sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app import engine
    from app.cases.calendar import Calendar
    from app.cases.move import Move
    from app.regions import Profile
    from app.regions.model import Rung

MORNING = timedelta(hours=15)
"""Reminders leave at nine in the morning of their day, not at its last second."""


@dataclass(frozen=True)
class Waited:
    """What a running case waits for under a term; `due` is a timer's own date, `task` an open task."""

    kind: str
    name: str
    card: engine.Card
    due: datetime | None = None
    task: engine.OpenTask | None = None

    def rungs(self, profile: Profile) -> Sequence[Rung]:
        """The ladder that is drawn, else the region's common one."""
        return profile.ladder(self.card.properties.get("ladder"))


def waited(run: engine.Run) -> dict[str, Waited]:
    """What a running case waits for under a term, by the engine's id."""
    found = {task.id: Waited("task", task.name, task.card, task=task) for task in run.open_tasks() if task.card.due}
    found |= {wait.id: Waited("wait", wait.name, wait.card) for wait in run.waits() if wait.card.due}
    return found | {timer.id: Waited("timer", timer.name, timer.card, timer.due) for timer in run.timers()}


def rows_of(move: Move, waited_for: Mapping[str, Waited]) -> list[dict[str, Any]]:
    """Rows for what waits anew."""
    return [_row(move, ref, one) for ref, one in waited_for.items()]


def _row(move: Move, ref: str, one: Waited) -> dict[str, Any]:
    term = (move.term_of(one.task) if one.task else one.card.due) or ""
    due = one.due or move.term(term, move.run.scope)
    calendar = move.system.calendar(move.case.region)
    step, wake = (0, due) if one.kind == "timer" else next_rung(one.rungs(move.profile), calendar, due, move.now)
    return {
        "case_id": move.case.id,
        "kind": one.kind,
        "ref": ref,
        "name": one.name,
        "term": term,
        "basis": one.card.basis or "",
        "calendar": calendar.version,
        "started_at": move.now,
        "due_at": due,
        "step": step,
        "wake_at": wake,
    }


def rung_at(calendar: Calendar, due: datetime, after: int) -> datetime:
    """When a rung is climbed: the morning of the day `after` working days from the term."""
    day = calendar.local(due)
    day = calendar.add_working(day, after) if after else day
    return calendar.end_of(day) - MORNING


def next_rung(
    rungs: Sequence[Rung], calendar: Calendar, due: datetime, now: datetime, step: int = 0
) -> tuple[int, datetime | None]:
    """The first rung from `step` that is still ahead and its moment; rungs that are past when a term begins are skipped."""
    for number, rung in enumerate(rungs[step:], step):
        moment = rung_at(calendar, due, rung.after)
        if moment > now:
            return number, moment
    return len(rungs), None


def rungs_of(move: Move, ref: str, terms: Mapping[str, Waited] | None = None) -> Sequence[Rung]:
    """The ladder of a deadline of the case; `terms`: what the case waits for, when the caller knows it."""
    one = (waited(move.run) if terms is None else terms).get(ref)
    return one.rungs(move.profile) if one is not None else move.profile.overdue


_DUE = (
    sa.select(Deadline.case_id, Deadline.id, Deadline.ref, Deadline.kind, Deadline.name, Deadline.due_at, Deadline.step)
    .where(Deadline.case_id.in_(sa.bindparam("cases", expanding=True)), Deadline.wake_at <= sa.bindparam("now"))
    .order_by(Deadline.id)
)
SET_RUNG = Sql("UPDATE deadline SET step = :step, wake_at = :wake_at WHERE id = :id")


def due_rows(now: Any) -> sa.Select:
    """Cases with something due, of which kind and since when, found by the index; a case may stand several times."""
    return (
        sa.select(Deadline.case_id, Deadline.kind, Deadline.wake_at)
        .where(Deadline.wake_at <= now)
        .order_by(Deadline.wake_at)
    )


def due(session: Session, case_ids: Collection[int], now: datetime) -> dict[int, list[Any]]:
    """Case → its rows that are due; cases with nothing due are left out."""
    found: dict[int, list[Any]] = {}
    for row in session.execute(_DUE, {"cases": list(case_ids), "now": now}):
        found.setdefault(row.case_id, []).append(row)
    return found


def put_off(session: Session, case_id: int, refs: Sequence[str], until: datetime) -> None:
    """Look at these deadlines of a case at another moment; their terms stay. The caller holds the case's lock."""
    rows = sa.update(Deadline).where(Deadline.case_id == case_id, Deadline.ref.in_(refs), Deadline.wake_at.is_not(None))
    session.execute(rows.values(wake_at=until))


def climb(move: Move, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Tell whom the ladder names for these rows of the case, which are due; returns their next rungs for `SET_RUNG`.

    After days on which nobody looked several rungs are due at once: nobody is passed over, and nobody is told twice.
    """
    calendar, terms, climbed = move.system.calendar(move.case.region), waited(move.run), []
    for row in rows:
        rungs = rungs_of(move, row.ref, terms)
        step, wake_at = next_rung(rungs, calendar, row.due_at, move.now, row.step + 1)
        due = range(row.step, min(step, len(rungs)))
        for number in due:
            if rungs[number].tell not in {rungs[later].tell for later in due if later > number}:
                _tell(move, row, number, rungs[number])
        climbed.append({"id": row.id, "step": step, "wake_at": wake_at})
    return climbed


def _tell(move: Move, row: Any, step: int, rung: Rung) -> None:
    move.record("deadline.reminded", deadline=row.name, due=row.due_at, tell=rung.tell, after=rung.after)
    key = f"remind:{move.case.id}:{row.ref}:{step}"
    told = {"tell": rung.tell, "after": rung.after, "ask": rung.ask}
    move.post("mail", key, template="deadline", ref=row.ref, name=row.name, **told)


def shift(move: Move, since: date, until: date) -> None:
    """Days from `since` to `until` inclusive do not count: every running term of the case moves by them.

    The engine's waiting timers move together with their rows.
    """
    calendar = move.system.calendar(move.case.region)
    pause = until - since + timedelta(days=1)
    rows = sa.select(Deadline).where(
        Deadline.case_id == move.case.id, Deadline.due_at >= calendar.end_of(since) - MORNING
    )
    for row in move.session.scalars(rows):
        before = row.due_at
        row.due_at = calendar.end_of(calendar.next_working(calendar.local(before) + pause))
        if row.kind == "timer":
            move.run.shift_timer(row.ref, row.due_at)
            row.wake_at = row.due_at
        else:
            row.step, row.wake_at = next_rung(rungs_of(move, row.ref), calendar, row.due_at, move.now)
        if row.kind == "task":
            move.session.execute(sa.update(Task).where(Task.id == row.ref).values(due_at=row.due_at))
        move.record("deadline.moved", deadline=row.name, before=before, after=row.due_at, basis="pause")
    move.session.flush()


def pauses(session: Session, case_id: int) -> Sequence[Pause]:
    return session.scalars(sa.select(Pause).where(Pause.case_id == case_id).order_by(Pause.since)).all()
