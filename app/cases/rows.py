"""What a move writes of its case, in as few statements as the database takes: one on PostgreSQL.

The statements are written out because a move is what people wait for most: building them would cost more than running
them. The caller holds the case's lock and has flushed what handlers wrote.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from app.cases.models import Case, Deadline, Draft, DraftVersion, Task
from app.sql import Sql

CASE = ("stage", "awaits", "status", "outcome", "version", "state", "once_key", "changed_at", "closed_at")
ANSWER = ("case_id", "version", "form", "item", "position_id", "at", "data")
TASK = {
    **dict.fromkeys(("id", "key", "form", "name", "item", "role"), "text"),
    **dict.fromkeys(("case_id", "organisation_id", "position_id", "claimed_by"), "bigint"),
    "version": "int",
    "head": "boolean",
    **dict.fromkeys(("opened_at", "due_at"), "timestamptz"),
}
DEADLINE = {
    **dict.fromkeys(("kind", "ref", "name", "term", "basis", "calendar"), "text"),
    "case_id": "bigint",
    "step": "int",
    **dict.fromkeys(("started_at", "due_at", "wake_at"), "timestamptz"),
}


@dataclass
class Change:
    """Rows of one case: an answer, tasks and deadlines that end (ids) and that begin (rows)."""

    answer: dict[str, Any] | None = None
    gone: Collection[str] = ()
    opened: list[dict[str, Any]] = field(default_factory=list)
    ended: Collection[str] = ()
    begun: list[dict[str, Any]] = field(default_factory=list)


def write(session: Session, case: Case, change: Change) -> None:
    """Write the case's state and the change; the objects of the session then know what the database knows."""
    values = {name: getattr(case, name) for name in CASE}
    send = _on_sqlite if session.get_bind().dialect.name == "sqlite" else _on_postgresql
    send(session, case.id, values, change)
    for name, value in values.items():
        set_committed_value(case, name, value)
    for task_id in change.gone:
        task = session.identity_map.get(identity_key(Task, task_id))
        if task is not None:
            session.expunge(task)


def clear(session: Session, case_id: int) -> None:
    """Nothing is open in the case any more: its tasks go with their drafts, and its terms."""
    drafted = sa.select(Draft.task_id).where(Draft.case_id == case_id)
    session.execute(sa.delete(DraftVersion).where(DraftVersion.task_id.in_(drafted)))
    for table in (Draft, Task, Deadline):
        session.execute(sa.delete(table).where(table.case_id == case_id))


def write_answer(session: Session, answer: dict[str, Any]) -> None:
    """Write an answer before the rest of its move, for who reads it there."""
    ADD_ANSWER(session, **answer)


def _insert(table: str, names: Collection[str]) -> str:
    return f'INSERT INTO "{table}" ({", ".join(names)})'


def _values(table: str, names: Collection[str]) -> Sql:
    return Sql(f"{_insert(table, names)} VALUES ({', '.join(':' + name for name in names)})")


def _from_json(table: str, columns: dict[str, str], parameter: str) -> str:
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    names = ", ".join(columns)
    rows = f"SELECT {names} FROM json_to_recordset(CAST(:{parameter} AS json)) AS r({described})"
    return f"{_insert(table, columns)} {rows}"


SET_CASE = f'UPDATE "case" SET {", ".join(f"{name} = :{name}" for name in CASE)} WHERE id = :id'
ADD_ANSWER = _values("answer", ANSWER)
ANSWER_KINDS = dict(zip(ANSWER, ("bigint", "int", "text", "text", "bigint", "timestamptz", "text"), strict=True))

# PostgreSQL: one statement; its parts see the rows as they were before it and touch different ones
MOVE = Sql(
    f"WITH moved AS ({SET_CASE}), "
    f"answered AS ({_from_json('answer', ANSWER_KINDS, 'answers')}), "
    "gone AS (DELETE FROM task WHERE id = ANY(:gone)), "
    "dropped AS (DELETE FROM draft WHERE task_id = ANY(:gone)), "
    "forgotten AS (DELETE FROM draft_version WHERE task_id = ANY(:gone)), "
    "ended AS (DELETE FROM deadline WHERE case_id = :id AND ref = ANY(:ended)), "
    f"opened AS ({_from_json('task', TASK, 'opened')}) "
    f"{_from_json('deadline', DEADLINE, 'begun')}"
)


def _on_postgresql(session: Session, case_id: int, values: dict[str, Any], change: Change) -> None:
    answers = [{**change.answer, "data": orjson.dumps(change.answer["data"]).decode()}] if change.answer else []
    rows = {"answers": answers, "opened": change.opened, "begun": change.begun}
    sent = {name: orjson.dumps(value).decode() for name, value in rows.items()}
    MOVE(session, id=case_id, gone=list(change.gone), ended=list(change.ended), **values, **sent)


# SQLite: statements cost no way to a server; those with nothing to say are left out
UPDATE_CASE = Sql(SET_CASE)
END_TASK = Sql("DELETE FROM task WHERE id = :id")
END_DRAFT = Sql("DELETE FROM draft WHERE task_id = :id")
END_DRAFT_VERSIONS = Sql("DELETE FROM draft_version WHERE task_id = :id")
END_DEADLINE = Sql("DELETE FROM deadline WHERE case_id = :case_id AND ref = :ref")
OPEN_TASK = _values("task", TASK)
BEGIN_DEADLINE = _values("deadline", DEADLINE)


def _on_sqlite(session: Session, case_id: int, values: dict[str, Any], change: Change) -> None:
    UPDATE_CASE(session, id=case_id, **values)
    if change.answer:
        write_answer(session, change.answer)
    if change.gone:
        ids = [{"id": id_} for id_ in change.gone]
        END_TASK.many(session, ids)
        if END_DRAFT.many(session, ids):
            END_DRAFT_VERSIONS.many(session, ids)
    if change.ended:
        END_DEADLINE.many(session, [{"case_id": case_id, "ref": ref} for ref in change.ended])
    if change.opened:
        OPEN_TASK.many(session, change.opened)
    if change.begun:
        BEGIN_DEADLINE.many(session, change.begun)
