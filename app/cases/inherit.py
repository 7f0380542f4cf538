"""When a school ceases, its open cases go on with the successor, are joined with the successor's own, or end.

Nothing is deleted and nothing that is done is touched: answers, documents and events stay with the case they belong to.
Open children go with their case; those that ended stay where they were.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases import holders, operations
from app.cases.handlers import Opening
from app.cases.models import Case, Task
from app.cases.move import Move, Unit
from app.cases.system import System
from app.db import for_update
from app.errors import DomainError, Refused
from app.people.models import Organisation, Position

REASON = "reorganisation"
JOINED = "joined"


def roots(session: Session, schools: Collection[int]) -> Sequence[Case]:
    """Open cases about the schools that are not children of such cases, by number."""
    parent = sa.orm.aliased(Case)
    above = sa.and_(parent.id == Case.parent_id, parent.status == "open", parent.subject_id.in_(schools))
    found = sa.select(Case).outerjoin(parent, above)
    return session.scalars(
        found.where(Case.subject_id.in_(schools), Case.status == "open", parent.id.is_(None)).order_by(Case.id)
    ).all()


def opening_for(session: Session, system: System, case: Case, school: Organisation) -> Opening | None:
    """How such a case about another school would be named and locked; None when its kind would not open one now."""
    describe = system.handlers.kinds.get(case.kind)
    try:
        return describe(session, system, school, case.school_year, case.data) if describe else None
    except DomainError:
        return None


def twin(session: Session, system: System, case: Case, school: Organisation) -> Case | None:
    """The open case of the school of which there may be one only: this one cannot be handed over beside it."""
    opening = opening_for(session, system, case, school)
    if opening is None or opening.once is None:
        return None
    return session.scalar(sa.select(Case).where(Case.once_key == opening.once, Case.id != case.id))


@dataclass(frozen=True)
class Inheritance:
    """Cases of `predecessors` under way to `successor` in one unit.

    `hand` is the move that is under way itself; `moved` gathers the ids of the cases that became the successor's.
    """

    unit: Unit
    predecessors: frozenset[int]
    successor: Organisation
    basis: str
    hand: Move | None = None
    moved: list[int] = field(default_factory=list)

    def transfer(self, case: Case, *, pause_until: date | None = None) -> None:
        """The case and its open children are the successor's from now on. Refused beside an open twin."""
        other = twin(self.unit.session, self.unit.system, case, self.successor)
        if other is not None:
            raise Refused(
                f"У правопреемника уже открыто такое дело: № {other.id} «{other.title}».",
                advice="Объедините дела или закройте это.",
            )
        move = self._move(case)
        self._change(move)
        if pause_until is not None:
            self._pause(move, pause_until)
        self._keep(move)
        for child in self._children(case):
            self._transfer_or_join(child, pause_until)

    def join(self, case: Case, target: Case) -> None:
        """The case ends; its open children go on under the target, unless it has such a child open itself."""
        for child in self._children(case):
            same = sa.select(Case).where(
                Case.parent_id == target.id, Case.kind == child.kind, Case.status == "open", Case.id != child.id
            )
            own = self.unit.session.scalar(same.order_by(Case.id).limit(1))
            if own is not None:
                self.join(child, own)
                continue
            child.parent_id = target.id
            self._transfer_or_join(child, None)
        self._link(case, target)
        self._end(case, JOINED, f"Объединено с делом № {target.id}. {self.basis}")

    def close(self, case: Case, explanation: str) -> None:
        """The case ends with its open children."""
        for child in self._children(case):
            operations.close(self.unit, child, REASON, explanation)
        self._end(case, REASON, explanation)

    def _transfer_or_join(self, child: Case, pause_until: date | None) -> None:
        other = twin(self.unit.session, self.unit.system, child, self.successor)
        if other is None:
            self.transfer(child, pause_until=pause_until)
        else:
            self.join(child, other)

    def _move(self, case: Case) -> Move:
        if self.hand is not None and case.id == self.hand.case.id:
            return self.hand
        return Move.load(self.unit, operations.locked(self.unit.session, case.id))

    def _keep(self, move: Move) -> None:
        if move is not self.hand:  # the move under way is saved when its form is done
            move.save()

    def _children(self, case: Case) -> Sequence[Case]:
        where = (Case.parent_id == case.id, Case.status == "open", Case.subject_id.in_(self.predecessors))
        return self.unit.session.scalars(for_update(sa.select(Case).where(*where).order_by(Case.id))).all()

    def _change(self, move: Move) -> None:
        """Subject, name, lock and holders of open tasks; who has taken a task keeps it only where he still holds it."""
        case, session = move.case, self.unit.session
        before = move.subject
        opening = opening_for(session, self.unit.system, case, self.successor)
        case.title = opening.title if opening else case.title.replace(before.short_name, self.successor.short_name)
        if case.once_key is not None:
            head, _, tail = case.once_key.rpartition(f":{before.id}")
            case.once_key = opening.once if opening else f"{head}:{self.successor.id}{tail}"
        case.subject_id = self.successor.id
        self.moved.append(case.id)
        session.flush()
        move.places = ()
        rehold(move, self.predecessors, self.successor.id)
        move.record(
            "case.inherited", before=before.id, after=self.successor.id, basis=self.basis, text=before.short_name
        )

    def _pause(self, move: Move, until: date) -> None:
        since = self.unit.system.calendar(move.case.region).local(self.unit.now)
        if until < since:
            return
        operations.stop_clock(move, REASON, self.basis[:500], since, until)

    def _link(self, case: Case, target: Case) -> None:
        """Each of the two says where the other history is."""
        case.data = {**case.data, "joined_to": target.id}
        target.data = {**target.data, "joined": [*target.data.get("joined", ()), case.id]}
        target.version += 1
        target.changed_at = self.unit.now
        self.unit.session.flush()
        self.unit.record("case.joined", target.id, case=case.id, basis=self.basis, text=case.title)

    def _end(self, case: Case, reason: str, explanation: str) -> None:
        if self.hand is not None and case.id == self.hand.case.id:
            self.hand.end(reason, explanation)
        else:
            operations.close(self.unit, operations.locked(self.unit.session, case.id), reason, explanation)


def rehold(move: Move, predecessors: Collection[int], successor_id: int) -> None:
    """Ask anew who holds each open task; where nobody is found, the successor stands in for the school that ceased."""
    rows = {
        task.id: task for task in move.session.scalars(for_update(sa.select(Task).where(Task.case_id == move.case.id)))
    }
    for task in move.run.open_tasks():
        row = rows.get(task.id)
        if row is None:
            continue
        try:
            who = holders.holder(move, task.card.role or "", task.item, task.process)
            row.role, row.head, row.organisation_id = who.role, who.head, who.organisation_id
            row.position_id = who.position_id
        except DomainError:
            if row.organisation_id in predecessors:
                row.organisation_id = successor_id
        taker = move.session.get(Position, row.claimed_by) if row.claimed_by else None
        if taker is not None and taker.organisation_id != row.organisation_id:
            row.claimed_by = None
    move.session.flush()
