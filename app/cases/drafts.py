"""Drafts of task forms: saved as people type, kept in versions, never written over a colleague's newer one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import queries
from app.cases.models import Case, Draft, DraftVersion, Task
from app.cases.operations import DONE_ALREADY
from app.db import Database, for_update
from app.errors import Conflict, NotAllowed, TaskNotOpen
from app.people import policy
from app.people.actor import Actor
from app.people.models import Person

# Saves of one task come one after another, the first ones too: there is no row of a draft yet to wait for. The case comes
# first, as everywhere: a new draft refers to it, and a move that waits for the task holds it.
_LOCKED = for_update(
    sa.select(Case.id, Task).join(Task, Task.case_id == Case.id).where(Task.id == sa.bindparam("task")),
    key_share=True,
    of=[Case, Task],
)


@dataclass(frozen=True)
class Saved:
    """A draft as it stands: version for the next save, who saved it and when."""

    version: int
    saved_at: datetime
    person: str
    data: Mapping[str, Any]


class NewerDraft(Conflict):
    """A colleague saved a newer draft; `newer` holds it for comparison, nothing was overwritten."""

    code = "newer_draft"

    def __init__(self, newer: Saved) -> None:
        message = f"Пока вы писали, черновик сохранил другой сотрудник ({newer.person})."
        super().__init__(message, advice="Сравните две редакции и выберите, какую оставить.")
        self.newer = newer


def read(session: Session, task_id: str) -> Saved | None:
    """The newest draft of a task."""
    row = session.execute(
        sa.select(Draft, Person).join(Person, Person.id == Draft.person_id).where(Draft.task_id == task_id)
    ).one_or_none()
    return Saved(row.Draft.version, row.Draft.saved_at, row.Person.listed_name, row.Draft.data) if row else None


def version(session: Session, task_id: str, number: int) -> Mapping[str, Any] | None:
    """What a draft was at a version: what somebody began from."""
    where = (DraftVersion.task_id == task_id, DraftVersion.version == number)
    return session.scalar(sa.select(DraftVersion.data).where(*where))


def saved(found: queries.Drafted | None) -> Saved | None:
    """A draft that was read with its task."""
    return Saved(found.draft.version, found.draft.saved_at, found.person, found.draft.data) if found else None


def save(db: Database, task_id: str, data: Mapping[str, Any], *, seen: int, actor: Actor, now: datetime) -> Saved:
    """Save a draft over version `seen` (0: none yet). NewerDraft when a colleague's save came between, or one of the same
    person from another device."""
    with db.write() as session:
        found = session.execute(_LOCKED, {"task": task_id}).one_or_none()
        if found is None:
            raise TaskNotOpen(DONE_ALREADY, advice="Введённое осталось на этой странице: скопируйте нужное.")
        task = found.Task
        if not policy.holds_task(actor, task):
            raise NotAllowed("Эту задачу выполняет другой сотрудник.")
        row = session.scalar(sa.select(Draft).where(Draft.task_id == task_id))
        if row is not None and row.version != seen and (row.person_id != actor.person_id or _elsewhere(row.data, data)):
            newer = read(session, task_id)
            assert newer is not None
            raise NewerDraft(newer)
        version = (row.version if row else 0) + 1
        values: dict[str, Any] = {"version": version, "person_id": actor.person_id, "saved_at": now, "data": dict(data)}
        session.add(DraftVersion(task_id=task_id, **values))
        if row is None:
            session.add(Draft(task_id=task_id, case_id=task.case_id, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
        return Saved(version, now, actor.name, values["data"])


def _elsewhere(standing: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Were two drafts typed on different devices? A browser without script tells of none."""
    one, other = standing.get("device"), data.get("device")
    return bool(one and other and one != other)
