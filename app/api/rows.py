"""Rows of the database as the interface gives them: read in few statements, cut by what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.api import schemas
from app.cases import queries, why
from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.db import micros_of
from app.documents.models import Document
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation, Person, Position
from app.sql import moment_of

SIZE = 50
CHILDREN = 500


def place(row: Organisation) -> schemas.Place:
    return schemas.Place(id=row.id, kind=row.kind, code=row.code, name=row.short_name)


def state(case: Case) -> schemas.State:
    return cast(schemas.State, case.status)


def case_ref(case: Case) -> schemas.CaseRef:
    return schemas.CaseRef(id=case.id, kind=case.kind, title=case.title, state=state(case))


def tasks(session: Session, actor: Actor, found: Iterable[Task], now: datetime) -> list[schemas.TaskOut]:
    """Tasks in the order given, with their cases, organisations and who has taken them."""
    rows = list(found)
    cases = _by_id(session, Case, {row.case_id for row in rows})
    places = _by_id(session, Organisation, {row.organisation_id for row in rows})
    names = _names(session, {row.claimed_by for row in rows if row.claimed_by is not None})
    return [
        schemas.TaskOut(
            **{name: getattr(row, name) for name in TASK},
            case=case_ref(cases[row.case_id]),
            organisation=place(places[row.organisation_id]),
            overdue=row.due_at is not None and row.due_at < now,
            claimed_by=schemas.Holder(position=row.claimed_by, name=names[row.claimed_by]) if row.claimed_by else None,
            mine=policy.holds_task(actor, row),
        )
        for row in rows
    ]


TASK = ("id", "version", "key", "form", "name", "item", "role", "opened_at", "due_at")


def task_page(
    session: Session, system: System, actor: Actor, now: datetime, *, mine: bool, overdue: bool, cursor: str
) -> schemas.TaskPage:
    """Open tasks put before the actor, or with `mine` off also those of the cases he may read; the most urgent first."""
    held = queries.holds(actor, system)
    where: list[Any] = [held if mine else sa.or_(held, policy.scope(actor, Task))]
    if overdue:
        where.append(Task.due_at < now)
    far = sa.func.coalesce(Task.due_at, Task.opened_at)
    if cursor:
        since, _, last = cursor.partition("-")
        moment = moment_of(int(since))
        where.append(sa.or_(far > moment, sa.and_(far == moment, Task.id > last)))
    found = session.scalars(sa.select(Task).where(*where).order_by(far, Task.id).limit(SIZE + 1)).all()
    following = None
    if len(found) > SIZE:
        end = found[SIZE - 1]
        following = f"{micros_of(end.due_at or end.opened_at)}-{end.id}"
    return schemas.TaskPage(items=tasks(session, actor, found[:SIZE], now), next=following)


def case_page(session: Session, actor: Actor, query: schemas.CaseQuery) -> schemas.CasePage:
    """Cases the actor may know of, the newest first."""
    where: list[Any] = [policy.scope(actor, Case)]
    if query.kind:
        where.append(Case.kind == query.kind)
    if query.state:
        where.append(Case.status == query.state)
    if query.stage.strip():
        where.append(Case.stage == query.stage.strip())
    if query.q.strip():
        where.append(queries.matching(session, query.q))
    if query.cursor:
        where.append(Case.id < int(query.cursor))
    statement = sa.select(Case).join(Organisation, Organisation.id == Case.subject_id).where(*where)
    found = session.scalars(statement.order_by(Case.id.desc()).limit(SIZE + 1)).all()
    following = str(found[SIZE - 1].id) if len(found) > SIZE else None
    return schemas.CasePage(items=cases(session, found[:SIZE]), next=following)


def cases(session: Session, found: Sequence[Case]) -> list[schemas.CaseOut]:
    subjects = _by_id(session, Organisation, {case.subject_id for case in found})
    first = (
        sa.select(Deadline.case_id, sa.func.min(Deadline.due_at))
        .where(Deadline.case_id.in_([case.id for case in found]))
        .group_by(Deadline.case_id)
    )
    due = {case_id: moment for case_id, moment in session.execute(first)}
    return [_case(case, subjects[case.subject_id], due.get(case.id)) for case in found]


CASE = ("id", "kind", "title", "number", "region", "school_year", "stage", "outcome", "version")
CASE += ("opened_at", "changed_at", "closed_at")  # type: ignore[assignment]


def _case(case: Case, subject: Organisation, due: datetime | None) -> schemas.CaseOut:
    values = {name: getattr(case, name) for name in CASE}
    return schemas.CaseOut(**values, state=state(case), parent=case.parent_id, subject=place(subject), due_at=due)


def case_detail(session: Session, system: System, actor: Actor, case: Case, now: datetime) -> schemas.CaseDetail:
    """A case that the actor may read, with what is open in it and what hangs on it."""
    open_tasks = session.scalars(sa.select(Task).where(Task.case_id == case.id).order_by(Task.due_at, Task.id))
    children = sa.select(Case).where(Case.parent_id == case.id, policy.scope(actor, Case)).order_by(Case.id)
    papers = sa.select(Document).where(Document.case_id == case.id, policy.scope(actor, Document)).order_by(Document.id)
    return schemas.CaseDetail(
        **dict(cases(session, [case])[0]),
        why=why.why(session, system, case, now).text,
        tasks=tasks(session, actor, open_tasks, now),
        deadlines=[schemas.DeadlineOut.model_validate(row) for row in queries.case_deadlines(session, case.id)],
        documents=[schemas.DocumentRef.model_validate(row) for row in session.scalars(papers)],
        children=[case_ref(row) for row in session.scalars(children.limit(CHILDREN))],
    )


def _by_id(session: Session, model: Any, ids: Iterable[int]) -> dict[int, Any]:
    return {row.id: row for row in session.scalars(sa.select(model).where(model.id.in_(list(ids))))}


def _names(session: Session, positions: Iterable[int]) -> dict[int, str]:
    found = sa.select(Position.id, Person).join(Person, Person.id == Position.person_id)
    found = found.where(Position.id.in_(list(positions)))
    return {position: person.listed_name for position, person in session.execute(found)}
