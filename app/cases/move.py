"""A move of a case: what the engine decides becomes rows, in the transaction that locked the case.

`Unit` is the transaction: it gathers events and letters of every case moved in it and writes them last.
`Move` is one case in it: it answers the engine's questions and turns the engine's state into tasks and deadlines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import engine, journal, outbox
from app.cases import awaited, deadlines, holders, rows
from app.cases.handlers import Opening
from app.cases.models import Case
from app.cases.system import System
from app.errors import Conflict, Refused
from app.people.actor import Actor
from app.people.models import Organisation, Position
from app.regions import Profile
from app.sql import Sql
from app.years import school_year_start


@dataclass
class Unit:
    """One writing transaction and what it will say when everything else is written."""

    system: System
    session: Session
    now: datetime
    actor: Actor | None
    records: list[journal.Record] = field(default_factory=list)
    letters: list[outbox.Letter] = field(default_factory=list)

    def record(self, kind: str, case_id: int | None = None, **data: Any) -> None:
        """An event of the journal, by the actor of the transaction."""
        self.records.append(journal.Record(kind, data, case_id, self.actor))

    def post(
        self, topic: str, key: str, case_id: int | None = None, due_at: datetime | None = None, **payload: Any
    ) -> None:
        """A message that leaves after commit."""
        self.letters.append(outbox.Letter(topic, key, payload, case_id, due_at))

    def close(self) -> None:
        """Write letters and, last of all, the journal: its head is the one row that every transaction shares."""
        if self.records:
            journal.append_all(self.session, self.records, at=self.now, letters=self.letters)
        else:
            outbox.post_all(self.session, self.letters, self.now)


@dataclass(frozen=True)
class Proof:
    """That a person confirmed a signature by entering the password again, and the fingerprint of what was on the screen."""

    shown_sha256: str
    method: str = "pep"


_OPEN_CHILDREN = Sql(
    "SELECT id FROM \"case\" WHERE parent_id = :parent AND kind = :kind AND status = 'open' ORDER BY id"
)
_OPENED_ONCE = sa.select(Case.id).where(Case.once_key == sa.bindparam("key"))


class Move:
    """One case within a unit; the engine's host."""

    def __init__(self, unit: Unit, case: Case, definition: engine.Definition) -> None:
        self.unit, self.case, self.definition = unit, case, definition
        self.system, self.session, self.now, self.actor = unit.system, unit.session, unit.now, unit.actor
        self.run: engine.Run
        self.proof: Proof | None = None
        self.answer: dict[str, Any] | None = None
        self.opened: list[dict[str, Any]] = []
        self.places: Sequence[Organisation | None] = ()  # held here: the session itself forgets what nobody holds
        self._scope: Mapping[str, Any] = {}
        self._fresh = False
        self._own_terms: dict[str, str | None] = {}
        self._ended: tuple[str, str] | None = None
        self._tasks: set[str] = set()
        self._terms: set[str] = set()

    @classmethod
    def load(cls, unit: Unit, case: Case) -> Move:
        """A move of a case whose row this transaction has locked."""
        move = cls(unit, case, unit.system.pinned(unit.session, case))
        move.run = move.definition.load(case.state, move)
        move._scope = move.run.scope
        move._remember()
        return move

    def _remember(self) -> None:
        """What the case waits for now stands in its rows: the next save writes the difference to it."""
        self._tasks = {task.id for task in self.run.open_tasks()}
        self._terms = deadlines.waited(self.run).keys() | set()

    @property
    def scope(self) -> Mapping[str, Any]:
        """Values that gateways read, as the engine last showed them."""
        return self._scope

    @property
    def profile(self) -> Profile:
        return self.system.profile(self.case.region)

    @property
    def today(self) -> date:
        """The day in the region's time zone."""
        return self.system.calendar(self.case.region).local(self.now)

    @property
    def opener(self) -> Position | None:
        return self.session.get(Position, self.case.opened_by) if self.case.opened_by else None

    @property
    def subject(self) -> Organisation:
        return self.session.get_one(Organisation, self.case.subject_id)

    def record(self, kind: str, **data: Any) -> None:
        self.unit.record(kind, self.case.id, **data)

    def post(self, topic: str, key: str, **payload: Any) -> None:
        self.unit.post(topic, key, self.case.id, **payload)

    # what the engine asks -------------------------------------------------------------------------------------------

    def operation(self, card: engine.Card, scope: Mapping[str, Any]) -> Mapping[str, Any] | None:
        self._scope = scope
        self.settle()
        values = self.system.handlers.operation(card, self.case.kind)(self, card)
        self.record(
            "operation.done", operation=card.operation, gate=card.properties.get("gate"), values=dict(values or {})
        )
        return values

    def fact(self, message: str, scope: Mapping[str, Any]) -> bool | Mapping[str, Any]:
        self._scope = scope
        self.settle()
        asked = self.system.handlers.facts.get(f"{self.case.kind}.{message}") or self.system.handlers.facts.get(message)
        if asked is not None:
            return asked(self)
        if message.startswith("children.done."):
            return not self.open_children(message.removeprefix("children.done."))
        return False

    def sent(self, message: str, values: Mapping[str, Any]) -> None:
        """A thrown message wakes whoever waits for its fact: the parent, or those whom a handler names."""
        self.settle()
        self.record("message.sent", message=message, values=dict(values))
        self.case.outcome = next((str(value) for value in values.values()), self.case.outcome)
        audience = self.system.handlers.audience.get(message)
        told = audience(self) if audience else [self.case.parent_id] if self.case.parent_id is not None else []
        for case_id in told:
            self.wake(case_id, message, values)

    def term(self, text: str, scope: Mapping[str, Any]) -> datetime:
        return self.system.calendar(self.case.region).term(text, self.now, scope, school_year_start(self._year(scope)))

    def term_of(self, task: engine.OpenTask) -> str | None:
        """The term of a task: the one that people set for it, else the drawn one."""
        own = self.system.handlers.terms.get(task.card.form or task.key)
        if own is not None and task.id not in self._own_terms:
            self._own_terms[task.id] = own(self, task.item)
        return self._own_terms.get(task.id) or task.card.due

    @property
    def year(self) -> int:
        """The school year that the case is in now: a case of several years says in its scope where it has come to."""
        return self._year(self.scope)

    def _year(self, scope: Mapping[str, Any]) -> int:
        begins = scope.get("year_start")
        return int(str(begins)[:4]) if begins else self.case.school_year

    def passed(self, key: str, name: str) -> None:
        node = self.definition.nodes.get((self.case.kind, key))
        if node is not None and node.kind == "userTask":
            self.case.stage = name[:60]

    # what handlers do -----------------------------------------------------------------------------------------------

    def wake(self, case_id: int, message: str, values: Mapping[str, Any] | None = None) -> None:
        """Tell another case after commit; its wait asks the fact itself, so a repetition does no harm."""
        key = f"wake:{case_id}:{message}:{self.case.id}.{self.case.version}"
        self.unit.post("wake", key, case_id, message=message, values=dict(values or {}), sender=self.case.id)

    def open_children(self, kind: str) -> list[int]:
        """Ids of the open cases of a kind that this one has begun."""
        self.session.flush()
        return [id_ for (id_,) in _OPEN_CHILDREN.all(self.session, parent=self.case.id, kind=kind)]

    def open_child(self, kind: str, subject_id: int, data: Mapping[str, Any] | None = None) -> Case:
        """Open a child case in this transaction; its first events and letters belong to it."""
        return start(self.unit, kind, subject_id, self.year, data or {}, parent=self.case)

    def end(self, reason: str, explanation: str = "") -> None:
        """The case ends with this move wherever its path stands; the caller has seen to its children."""
        self._ended = (reason, explanation)

    # writing --------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Write the answer of this move now: a handler is about to read what was answered."""
        if self.answer is not None:
            rows.write_answer(self.session, self.answer)
            self.answer = None

    def save(self) -> None:
        """Engine state, tasks and deadlines by difference, the version; the parent is told when the last child is done."""
        run, case = self.run, self.case
        if not self._fresh:
            case.version += 1
        case.state, case.changed_at = run.dump(), self.now
        case.awaits = awaited.words(run.waits())
        if run.done:
            case.status, case.closed_at, case.once_key = "done", self.now, None
        elif self._ended:
            case.status, case.closed_at, case.once_key, case.awaits = "cancelled", self.now, None, ""
            case.outcome = self._ended[0][:60]
        self._fresh = False
        self._write()
        if run.done:
            self.finish("case.done")
        elif self._ended:
            self._cut()

    def _cut(self) -> None:
        """Nothing is waited for any more in a case that was ended on its way."""
        assert self._ended is not None
        rows.clear(self.session, self.case.id)
        self.record("case.cancelled", reason=self._ended[0], explanation=self._ended[1])
        self.finish("case.closed")

    def _write(self) -> None:
        waiting, terms = {task.id: task for task in self.run.open_tasks()}, deadlines.waited(self.run)
        self.opened = opened = [self._task_row(task) for id_, task in waiting.items() if id_ not in self._tasks]
        begun = deadlines.rows_of(self, {ref: term for ref, term in terms.items() if ref not in self._terms})
        if self.session.new or self.session.deleted or any(one is not self.case for one in self.session.dirty):
            self.session.flush()
        gone, ended = self._tasks - waiting.keys(), self._terms - terms.keys()
        rows.write(self.session, self.case, rows.Change(self.answer, gone, opened, ended, begun))
        self.answer, self._tasks, self._terms = None, set(waiting), set(terms)
        for row in opened:
            self.record(
                "task.opened", task=row["key"], role=row["role"], organisation=row["organisation_id"], item=row["item"]
            )

    def finish(self, kind: str) -> None:
        """After a case ended: say so, and wake the parent, which asks itself whether a sibling is still open.

        Always, because two siblings that end at one moment each see the other one open; the later of their messages is
        delivered after both have committed.
        """
        case = self.case
        self.record(kind, case_kind=case.kind, outcome=case.outcome)
        if case.parent_id is not None:
            self.session.flush()
            self.wake(case.parent_id, f"children.done.{case.kind}")

    def _task_row(self, task: engine.OpenTask) -> dict[str, Any]:
        who = holders.holder(self, task.card.role or "", task.item, task.process)
        term = self.term_of(task)
        return {
            "id": task.id,
            "case_id": self.case.id,
            "version": self.case.version,
            "key": task.key,
            "form": task.card.form or task.key,
            "name": task.name,
            "item": task.item,
            "role": who.role,
            "head": who.head,
            "organisation_id": who.organisation_id,
            "position_id": who.position_id,
            "claimed_by": None,
            "opened_at": self.now,
            "due_at": self.term(term, self.run.scope) if term else None,
        }


def start(
    unit: Unit, kind: str, subject_id: int, school_year: int, data: Mapping[str, Any], *, parent: Case | None = None
) -> Case:
    """Open a case of a kind in the unit's transaction."""
    session, system = unit.session, unit.system
    subject = session.get_one(Organisation, subject_id)
    describe = system.handlers.kinds.get(kind)
    if describe is None:
        raise Refused(f"Дела вида «{kind}» не открываются.", advice="Проверьте вид дела.")
    opening: Opening = describe(session, system, subject, school_year, data)
    if opening.once and session.scalar(_OPENED_ONCE, {"key": opening.once}) is not None:
        raise Conflict(f"Дело «{opening.title}» уже открыто.", advice="Откройте его в списке дел.")
    definition = system.newest(session, kind)
    case = _opened(unit, subject, opening, definition, parent)
    case.kind, case.school_year, case.data = kind, school_year, {**data, **opening.data}
    session.add(case)
    session.flush()
    move = Move(unit, case, definition)
    move._fresh = True
    facts = {"case_kind": kind, "subject": subject_id, "parent": case.parent_id}
    move.record("case.opened", **facts, school_year=school_year, title=case.title)
    year_start = school_year_start(school_year).isoformat()
    move.run = definition.start({"year_start": year_start, **opening.scope}, move)
    move.save()
    return case


def _opened(
    unit: Unit, subject: Organisation, opening: Opening, definition: engine.Definition, parent: Case | None
) -> Case:
    """The row of a case that begins now; who opened its parent has opened it too, when nobody acts."""
    return Case(
        region=subject.region,
        profile=unit.system.profile(subject.region).key,
        definition=definition.hash,
        subject_id=subject.id,
        parent_id=parent.id if parent else None,
        title=opening.title,
        once_key=opening.once,
        state=b"",
        status="open",
        stage="",
        version=1,
        opened_by=unit.actor.position_id if unit.actor else (parent.opened_by if parent else None),
        opened_at=unit.now,
        changed_at=unit.now,
    )
