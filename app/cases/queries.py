"""What people see of tasks and cases: reading only, cut by what the actor may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app import logs, search
from app.cases.models import Answer, Case, Deadline, Draft, Remark, Task
from app.cases.system import System
from app.db import Moment, micros_of
from app.errors import NotFound
from app.people import names, policy
from app.people.actor import Actor
from app.people.models import Organisation, Person
from app.sql import moment_of

PAGE = 25
COUNT_LIMIT = 500
TRIGRAM = re.compile(r"\w{3}")
NAMED = 200
"""Organisations of a name that are few enough to be listed: then an index finds their cases."""


@dataclass(frozen=True)
class TaskLine:
    """A row of the work list."""

    id: str
    name: str
    form: str
    case_id: int
    case_title: str
    kind: str
    subject: str
    opened_at: datetime
    due_at: datetime | None
    claimed_by: int | None
    item: str | None
    organisation_id: int
    role: str


@dataclass(frozen=True)
class Page:
    """A page by the key of its last row; `total` stops at COUNT_LIMIT."""

    rows: Sequence[Any]
    cursor: str | None
    total: int


@dataclass(frozen=True)
class Drafted:
    """A draft and the listed name of who saved it."""

    draft: Draft
    person: str


SHEET = (
    sa.select(Task, Case, Draft, Person.family_name, Person.given_name, Person.patronymic)
    .join(Case, Case.id == Task.case_id)
    .outerjoin(Draft, Draft.task_id == Task.id)
    .outerjoin(Person, Person.id == Draft.person_id)
    .where(Task.id == sa.bindparam("task"))
)


def holds(actor: Actor, system: System) -> sa.ColumnElement[bool]:
    """SQL: tasks the actor may do, by the work list's index."""
    branches = _branches(_lanes(actor, system), actor.head, actor.organisation_id, actor.position_id)
    return sa.and_(sa.or_(*branches), _free(actor.position_id))


def _lanes(actor: Actor, system: System) -> tuple[str, ...]:
    lanes = {actor.role} | {lane for lane in system.lanes if actor.role in lane.split(".")[0].split("|")}
    return tuple(sorted({lane.split(".")[0] for lane in lanes}))


def _branches(lanes: tuple[str, ...], head: bool, organisation: Any, position: Any) -> list[sa.ColumnElement[bool]]:
    """Disjoint clauses: one for each lane in the actor's organisation, one for his position by name."""
    by_lane = [
        sa.and_(
            Task.organisation_id == organisation,
            Task.role == lane,
            Task.position_id.is_(None),
            sa.true() if head else sa.not_(Task.head),
        )
        for lane in lanes
    ]
    return [*by_lane, Task.position_id == position]


def _free(position: Any) -> sa.ColumnElement[bool]:
    """SQL: taken by nobody, or by the actor."""
    return sa.or_(Task.claimed_by.is_(None), Task.claimed_by == position)


def worklist(
    session: Session,
    system: System,
    actor: Actor,
    now: datetime,
    *,
    show: str = "all",
    cursor: str | None = None,
    size: int = PAGE,
) -> Page:
    """Open tasks of the actor, the most urgent first. `show`: all, overdue, week, mine."""
    after = _after(cursor)
    count, page = _work(_lanes(actor, system), actor.head, show, after is not None, size)
    asked = {"organisation": actor.organisation_id, "position": actor.position_id, "now": now}
    total = session.scalar(count, asked)
    found = session.execute(page, {**asked, **(after or {})}).all()
    rows = [_line(*row) for row in found[:size]]
    return Page(rows, _cursor(rows[-1]) if len(found) > size else None, total or 0)


URGENT = sa.func.coalesce(Task.due_at, Task.opened_at)
"""What work lists are sorted by; the work list's index holds it."""


@lru_cache(maxsize=256)
def _work(lanes: tuple[str, ...], head: bool, show: str, paged: bool, size: int) -> tuple[sa.Select, sa.Select]:
    """Count and page of a work list, built once for each set of lanes: who asks is a parameter."""
    where = [_free(sa.bindparam("position"))]
    if show == "overdue":
        where += [sa.bindparam("now") > URGENT, Task.due_at < sa.bindparam("now")]
    elif show == "mine":
        where.append(Task.claimed_by == sa.bindparam("position"))
    branches = _branches(lanes, head, sa.bindparam("organisation"), sa.bindparam("position"))
    wanted = [sa.and_(branch, *where) for branch in branches]
    beyond = [sa.tuple_(URGENT, Task.id) > sa.tuple_(sa.bindparam("since", type_=Moment), sa.bindparam("last"))]
    return _count(wanted), _urgent([sa.and_(branch, *(beyond if paged else [])) for branch in wanted], size + 1)


def _firsts(branches: Sequence[sa.ColumnElement[bool]], most: int) -> sa.CompoundSelect:
    """Each branch gives its first rows in the order of the index, so none is read whole.

    How many is written in the statement: a number given apart would be guessed by PostgreSQL as a tenth of the table.
    """
    first = sa.literal_column(str(most), sa.Integer)
    parts = (
        sa.select(Task.id, URGENT.label("urgent")).where(branch).order_by(URGENT, Task.id).limit(first).subquery()
        for branch in branches
    )
    return sa.union_all(*(sa.select(part.c.id, part.c.urgent) for part in parts))


def _urgent(branches: Sequence[sa.ColumnElement[bool]], size: int) -> sa.Select:
    """A page over several branches."""
    union = _firsts(branches, size).subquery()
    most = sa.literal_column(str(size), sa.Integer)
    page = sa.select(union.c.id).order_by(union.c.urgent, union.c.id).limit(most).subquery()
    return (
        sa.select(Task, Case.title, Case.kind, Organisation.short_name)
        .join(page, page.c.id == Task.id)
        .join(Case, Case.id == Task.case_id)
        .join(Organisation, Organisation.id == Case.subject_id)
        .order_by(URGENT, Task.id)
    )


def _count(branches: Sequence[sa.ColumnElement[bool]]) -> sa.Select:
    """How many there are, up to COUNT_LIMIT."""
    union = _firsts(branches, COUNT_LIMIT).subquery()
    most = sa.literal_column(str(COUNT_LIMIT), sa.Integer)
    return sa.select(sa.func.count()).select_from(sa.select(union.c.id).limit(most).subquery())


def _after(cursor: str | None) -> dict[str, Any] | None:
    """The last row of the page before: its moment and task; None for what nobody was given."""
    moment, _, task = (cursor or "").partition("-")
    if not (moment.isascii() and moment.isdecimal() and len(moment) <= 17 and task):
        return None
    return {"since": moment_of(int(moment)), "last": task}


def _cursor(row: TaskLine) -> str:
    return f"{micros_of(row.due_at or row.opened_at)}-{row.id}"


def _line(task: Task, title: str, kind: str, subject: str) -> TaskLine:
    copied = ("id", "name", "form", "case_id", "opened_at", "due_at", "claimed_by", "item", "organisation_id", "role")
    return TaskLine(case_title=title, kind=kind, subject=subject, **{name: getattr(task, name) for name in copied})


def visible_case(session: Session, actor: Actor, case_id: int) -> Case:
    """The case, or NotFound when there is none that the actor may know of."""
    case = session.get(Case, case_id)
    if case is None or not policy.may(actor, "case.read", case):
        raise NotFound("Такого дела нет.")
    logs.about(case.id)
    return case


def visible_task(session: Session, actor: Actor, task_id: str) -> tuple[Task, Case]:
    """An open task with its case, for its holder or for who may read the case."""
    task, case, _ = visible_sheet(session, actor, task_id)
    return task, case


def visible_sheet(session: Session, actor: Actor, task_id: str) -> tuple[Task, Case, Drafted | None]:
    """The same with the task's newest draft, in one statement."""
    row = session.execute(SHEET, {"task": task_id}).one_or_none()
    if row is None or not (policy.holds_task(actor, row.Task) or policy.may(actor, "case.read", row.Case)):
        raise NotFound("Такой задачи нет.", advice="Возможно, она уже выполнена: посмотрите дело.")
    logs.about(row.Case.id)
    if row.Draft is None:
        return row.Task, row.Case, None
    person = names.listed(row.family_name, row.given_name, row.patronymic)
    return row.Task, row.Case, Drafted(row.Draft, person)


def matching(session: Session, text: str) -> sa.ColumnElement[bool]:
    """Cases by words of their title or of the name of whom they are about; by their number or his code, as it is written.

    Each part has an index of its own, so the parts can be looked up one by one; one without would make them all be read.
    So titles are not looked through for «№ 5» alone: of less than three letters together an index of trigrams knows nothing.
    """
    code = text.strip().removeprefix("№").strip()
    named = search.found(text, Organisation.name, Organisation.short_name)
    about = sa.select(Organisation.id).where(sa.or_(named, Organisation.code == code))
    few = session.scalars(about.limit(NAMED + 1)).all()
    either = [search.found(text, Case.title)] if TRIGRAM.search(text) else []
    if few:
        either.append(Case.subject_id.in_(few if len(few) <= NAMED else about))
    if code.isascii() and code.isdecimal() and len(code) <= 18:
        either.append(Case.id == int(code))
    return sa.or_(sa.false(), *either)


def case_tasks(session: Session, case_id: int) -> Sequence[sa.Row]:
    """Open tasks of a case with their organisation and holders' names by position."""
    statement = (
        sa.select(Task, Organisation.short_name.label("organisation"))
        .join(Organisation, Organisation.id == Task.organisation_id)
        .where(Task.case_id == case_id)
        .order_by(Task.due_at, Task.id)
    )
    return session.execute(statement).all()


def case_deadlines(session: Session, case_id: int) -> Sequence[Deadline]:
    return session.scalars(sa.select(Deadline).where(Deadline.case_id == case_id).order_by(Deadline.due_at)).all()


_LAST_ANSWER = (
    sa.select(Answer.data)
    .where(Answer.case_id == sa.bindparam("case"), Answer.form == sa.bindparam("form"))
    .order_by(Answer.version.desc())
    .limit(1)
)


def last_answer(session: Session, case_id: int, form: str) -> dict[str, Any] | None:
    """The newest answers of a form in a case."""
    return session.scalar(_LAST_ANSWER, {"case": case_id, "form": form})


def remarks(session: Session, case_id: int) -> Sequence[Remark]:
    return session.scalars(sa.select(Remark).where(Remark.case_id == case_id).order_by(Remark.round, Remark.id)).all()
