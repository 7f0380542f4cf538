"""Files of cases: what was sent with a form is read by whoever reads the case, what lies by a draft by who fills it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Task
from app.documents.models import Document
from app.errors import NotFound
from app.files.models import StoredFile
from app.people import policy
from app.people.actor import Actor
from app.people.models import Person
from forms import attached


def sent(session: Session, case_id: int, form: str, answers: Mapping[str, Any], now: datetime) -> None:
    """The files that a sent form names belong to the case from now on; those it dropped stay with who attached them."""
    ids = attached.named(form, answers)
    if ids:
        fresh = (StoredFile.id.in_(ids), StoredFile.case_id == case_id, StoredFile.sent_at.is_(None))
        session.execute(sa.update(StoredFile).where(*fresh).values(sent_at=now))


def readable(session: Session, actor: Actor, file_id: int) -> StoredFile:
    """The file, or NotFound when there is none that the actor may know of."""
    row = session.get(StoredFile, file_id)
    if row is None or not (_is_open_to(session, actor, row) if row.sent_at else _fills_in(session, actor, row)):
        raise NotFound("Такого файла нет.")
    return row


def _is_open_to(session: Session, actor: Actor, row: StoredFile) -> bool:
    """With its case, or with the document that it is an annex of: an act may be read by more than its case."""
    document = session.get(Document, row.document_id) if row.document_id is not None else None
    if document is not None and policy.may(actor, "document.read", document):
        return True
    return _case_is_open_to(session, actor, row)


def _case_is_open_to(session: Session, actor: Actor, row: StoredFile) -> bool:
    case = session.get(Case, row.case_id) if row.case_id is not None else None
    return case is not None and policy.may(actor, "case.read", case)


def _fills_in(session: Session, actor: Actor, row: StoredFile) -> bool:
    """Who attached it, while the case is his to read, or has the form in hand."""
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and policy.holds_task(actor, task):
        return True
    return row.uploaded_by == actor.person_id and _case_is_open_to(session, actor, row)


def of_case(session: Session, case_id: int, most: int) -> tuple[list[tuple[StoredFile, str]], int]:
    """Files sent in a case, newest first, with the listed names of who attached them; how many there are in all."""
    where = (StoredFile.case_id == case_id, StoredFile.sent_at.is_not(None))
    found = session.execute(
        sa.select(StoredFile, Person, sa.func.count().over())
        .join(Person, Person.id == StoredFile.uploaded_by)
        .where(*where)
        .order_by(StoredFile.sent_at.desc(), StoredFile.id.desc())
        .limit(most)
    ).all()
    return [(row, person.listed_name) for row, person, _ in found], found[0][2] if found else 0


def annexed(session: Session, case_id: int, document_id: int, ids: Iterable[Any]) -> None:
    """These files of the case, and no others, are annexes of the document from now on."""
    wanted = [int(key) for key in ids]
    held = sa.update(StoredFile).where(StoredFile.document_id == document_id, StoredFile.id.not_in(wanted))
    session.execute(held.values(document_id=None))
    if wanted:
        taken = sa.update(StoredFile).where(StoredFile.id.in_(wanted), StoredFile.case_id == case_id)
        session.execute(taken.values(document_id=document_id))


def annexes_of(session: Session, document_id: int) -> list[StoredFile]:
    """Files that are annexes of a document, in the order in which they came."""
    where = (StoredFile.document_id == document_id, StoredFile.sent_at.is_not(None))
    return list(session.scalars(sa.select(StoredFile).where(*where).order_by(StoredFile.id)))


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Files that rows of a table name, in one statement: id → {id, name, size}."""
    wanted = {int(key) for key in ids}
    if not wanted:
        return {}
    rows = session.execute(sa.select(StoredFile.id, StoredFile.name, StoredFile.size).where(StoredFile.id.in_(wanted)))
    return {row.id: {"id": row.id, "name": row.name, "size": row.size} for row in rows}
