"""Drafts of loads: made from chosen files, found by their owner alone, changed, dropped, gone after some days."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import for_update
from app.errors import BadInput, Conflict, NotFound
from app.imports.models import ImportDraft, ImportDraftFile
from app.people.actor import Actor

KEPT = timedelta(days=7)
SILENCE = timedelta(seconds=40)
MAX_FILES = 100
UNREAD = ("waiting", "reading")
LOST = "Чтение прервано: сервер перезапускался. Загрузите файл ещё раз."
STILL_READING = "Файлы ещё читаются."


@dataclass(frozen=True)
class Upload:
    """A file as it came: its bytes live in memory only and end with the reading."""

    name: str
    data: bytes

    @property
    def shown(self) -> str:
        """The name without the folders of the sender's computer."""
        return PurePosixPath(self.name.replace("\\", "/").replace("\0", "")).name[-255:] or "файл без имени"


def create(session: Session, actor: Actor, uploads: Sequence[Upload], reader: str, now: datetime) -> ImportDraft:
    """A draft that `reader` is to read. BadInput without files or with too many."""
    session.execute(sa.delete(ImportDraft).where(ImportDraft.expires_at <= now))
    draft = ImportDraft(
        region=actor.region,
        person_id=actor.person_id,
        state="checked",
        created_at=now,
        beat_at=now,
        expires_at=now + KEPT,
    )
    session.add(draft)
    add(session, draft, uploads, reader, now)
    return draft


def add(
    session: Session, draft: ImportDraft, uploads: Sequence[Upload], reader: str, now: datetime
) -> list[ImportDraftFile]:
    """More files for a draft, in the order of `uploads`; a twin of a file that is there already is refused at once."""
    if not uploads:
        raise BadInput("Файлы не выбраны.", advice="Выберите хотя бы одну таблицу.")
    if len(draft.files) + len(uploads) > MAX_FILES:
        raise BadInput(f"Больше {MAX_FILES} файлов за раз.", advice="Загрузите их частями.")
    settled(draft)
    known = {file.sha256: file.name for file in draft.files if file.state == "read"}
    made = []
    for upload in uploads:
        digest = hashlib.sha256(upload.data).hexdigest()
        file = ImportDraftFile(name=upload.shown, size=len(upload.data), sha256=digest, state="waiting")
        if digest in known:
            file.state, file.fatal = "refused", f"Этот же файл уже есть в загрузке под именем «{known[digest]}»."
        known.setdefault(digest, file.name)
        draft.files.append(file)
        made.append(file)
    if any(file.state == "waiting" for file in made):
        draft.state, draft.reader, draft.beat_at = "reading", reader, now
    draft.expires_at = now + KEPT
    session.flush()
    return made


def settled(draft: ImportDraft) -> None:
    """Refuse while files are read, or after the writing."""
    if draft.state == "recorded":
        raise Conflict("Эта загрузка уже записана.", advice="Начните новую.")
    if draft.reader:
        raise Conflict(STILL_READING, advice="Дождитесь конца чтения и повторите.")


def mine(session: Session, actor: Actor, draft_id: int, now: datetime, *, lock: bool = False) -> ImportDraft:
    """The actor's own draft. NotFound for others' and expired ones. With `lock` for a change in this transaction."""
    query = sa.select(ImportDraft).where(
        ImportDraft.id == draft_id,
        ImportDraft.person_id == actor.person_id,
        ImportDraft.region == actor.region,
        ImportDraft.expires_at > now,
    )
    draft = session.scalar(for_update(query) if lock else query)
    if draft is None:
        raise NotFound("Такой загрузки нет.")
    _ = draft.files  # what is drawn after the session ends is loaded now
    return draft


def unfinished(session: Session, actor: Actor, now: datetime) -> list[ImportDraft]:
    """The actor's drafts that were not written, newest first."""
    query = sa.select(ImportDraft).where(
        ImportDraft.person_id == actor.person_id,
        ImportDraft.region == actor.region,
        ImportDraft.expires_at > now,
        ImportDraft.state != "recorded",
    )
    found = list(session.scalars(query.order_by(ImportDraft.id.desc())))
    for draft in found:
        _ = draft.files
    return found


def drop(session: Session, draft: ImportDraft, file_id: int) -> None:
    """Take a file out; the reading of it, if under way, will find nothing to write to."""
    if draft.state == "recorded":
        settled(draft)
    draft.files[:] = [file for file in draft.files if file.id != file_id]
    session.flush()


def cancel(session: Session, draft: ImportDraft) -> None:
    """The draft is gone with all that was read for it. What was written already stays."""
    session.delete(draft)
    session.flush()


def is_silent(draft: ImportDraft, now: datetime) -> bool:
    """Whether the process that read the files has died."""
    return draft.reader is not None and now - draft.beat_at > SILENCE


def release(draft: ImportDraft) -> None:
    """Files that a dead process did not finish are lost; the others can be checked and written."""
    for file in draft.files:
        if file.state in UNREAD:
            file.state, file.fatal = "lost", LOST
    draft.reader = None
