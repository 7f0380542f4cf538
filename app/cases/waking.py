"""What moves a case when nobody acts: messages of other cases, dates, ladders of terms that run out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import deadlines
from app.cases.models import Case, Deadline
from app.cases.move import Move
from app.cases.operations import locked, unit_of
from app.cases.system import System

_LOCKED_IF_FREE = (
    sa.select(Case)
    .where(Case.id.in_(sa.bindparam("cases", expanding=True)))
    .order_by(Case.id)
    .with_for_update(skip_locked=True)
)

Word = tuple[str, Mapping[str, Any]]
"""A message to a case and the values it brings."""


def deliver(system: System, case_id: int, words: Callable[[Session], Iterable[Word]], *, now: datetime) -> int:
    """Wake a case by messages from others; returns how many moved it: none when it is closed or waits for nothing such.

    `words` is asked in the same transaction, the case's row locked: it marks as delivered what it names.
    """
    with unit_of(system, None, now) as unit:
        case = locked(unit.session, case_id)
        standing = list(words(unit.session))
        if case.status != "open" or not standing:
            return 0
        if system.pinned(unit.session, case).deaf(case.state, {message for message, _ in standing}):
            return 0
        move, moved, idle = Move.load(unit, case), 0, list[Word]()
        for message, values in standing:
            if case.status != "open":
                break
            if (message, values) in idle:  # asked a moment ago, and nothing has changed since
                continue
            if move.run.message(message, values) or move.run.dump() != case.state:
                move.record("message.delivered", message=message, values=dict(values))
                move.save()
                moved, idle = moved + 1, []
            else:
                idle.append((message, values))
        return moved


def wake(system: System, case_id: int, *, now: datetime) -> bool:
    """What is due in a case: its timers fire by the diagram, its ladder tells whom it names.

    False when nothing is due any more or another worker has the case in hand. RuntimeError when a row stays due although
    the engine has nothing to fire: the caller must not ask again at once.
    """
    with unit_of(system, None, now) as unit:
        session = unit.session
        case = session.scalar(_LOCKED_IF_FREE, {"cases": [case_id]})
        due = deadlines.due(session, [case_id], now).get(case_id) if case is not None else None
        if case is None or not due:
            return False
        if case.status != "open":
            session.execute(sa.delete(Deadline).where(Deadline.case_id == case_id))
            return True
        move = Move.load(unit, case)
        _climb(session, [(move, [row for row in due if row.kind != "timer"])])
        waiting = move.run.timers()
        fired = [timer.name for timer in waiting if timer.due <= now]
        if fired:
            move.record("timer.fired", timers=sorted(fired))
            move.run.tick()
            move.save()
        # a ladder that was climbed is due later: only a timer can stay, and not one that is waited for no more
        gone = {timer.id for timer in waiting} - {timer.id for timer in move.run.timers()}
        left = {row.ref for row in due if row.kind == "timer"} - gone
        if left and (stuck := left & {row.ref for row in deadlines.due(session, [case_id], now).get(case_id, ())}):
            raise RuntimeError(f"due by the row, not by the engine: {', '.join(sorted(stuck))}")
        return True


def climb(system: System, case_ids: Collection[int], *, now: datetime) -> set[int]:
    """Ladders that are due in several cases, in one transaction; ids of the cases that are done with.

    The others are for `wake`: those with a timer due, closed ones, those that another worker has in hand. Nothing but
    the rows of free cases and then the journal's head is locked, so no two of these can wait for each other.
    """
    with unit_of(system, None, now) as unit:
        cases = {case.id: case for case in unit.session.scalars(_LOCKED_IF_FREE, {"cases": list(case_ids)})}
        found = deadlines.due(unit.session, cases, now) if cases else {}
        ladders = [
            (Move.load(unit, cases[case_id]), due)
            for case_id, due in found.items()
            if cases[case_id].status == "open" and all(row.kind != "timer" for row in due)
        ]
        _climb(unit.session, ladders)
        return {move.case.id for move, _ in ladders}


def _climb(session: Session, ladders: Iterable[tuple[Move, Sequence[Any]]]) -> None:
    climbed = [row for move, due in ladders for row in deadlines.climb(move, due)]
    if climbed:
        deadlines.SET_RUNG.many(session, climbed)
