"""Files that arrive in parts, over a line that drops: nothing that came is asked for again.

Parts come in order. A part is written at its place in a file of the directory of parts and is on the disk before the row
says so; the row only ever grows. Two requests at once (the one that hangs, and the one sent when the sender gave it up)
write the same bytes at the same place, so no lock is held while a slow line is read, and any process of the site may
take any part. When the last byte is there, the whole is hashed, checked and copied into the store under its SHA-256.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.errors import BadInput, NotFound, TooMany
from app.files.models import StoredFile, Transfer
from app.files.store import BLOCK, FileStore, check_content, check_start, shown_name

READ = 256 * 1024
MIB = 1024**2
_SHA256 = re.compile(r"[0-9a-f]{64}")


class WrongSum(BadInput):
    """What arrived is not what was sent."""

    code = "wrong_sum"


@dataclass(frozen=True)
class Rules:
    """What is taken in: bytes at most, endings of names, how many unfinished files one person may have."""

    limit: int
    kinds: tuple[str, ...]
    at_once: int
    keep: timedelta


@dataclass(frozen=True)
class Sent:
    """A file that somebody is about to send: how long it is and, where the browser could tell, its SHA-256."""

    name: str
    size: int
    field: str
    sha256: str | None = None


def begin(
    session: Session, store: FileStore, rules: Rules, sent: Sent, *, case_id: int, task_id: str, person_id: int,
    now: datetime,
) -> Transfer:  # fmt: skip
    """Make room for a file. BadInput for one that would be refused at the end anyway, TooMany for a heap of unfinished."""
    name = shown_name(sent.name)
    store.check_name(name, sent.size, rules.limit, rules.kinds)
    if sent.sha256 is not None and not _SHA256.fullmatch(sent.sha256):
        raise BadInput("Контрольная сумма файла не понята.", advice="Приложите файл ещё раз.")
    mine = (Transfer.person_id == person_id, Transfer.file_id.is_(None), Transfer.changed_at > now - rules.keep)
    if (session.scalar(sa.select(sa.func.count()).select_from(Transfer).where(*mine)) or 0) >= rules.at_once:
        raise TooMany("Слишком много незаконченных файлов.", advice="Закончите начатые или подождите.")
    row = Transfer(
        id=secrets.token_urlsafe(32),
        case_id=case_id,
        task_id=task_id,
        field=sent.field[:120],
        name=name,
        size=sent.size,
        sha256=sent.sha256,
        person_id=person_id,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    store.parts.mkdir(parents=True, exist_ok=True)
    part_of(store, row.id).touch(mode=0o600)
    return row


def part_of(store: FileStore, transfer_id: str) -> Path:
    """Where the parts of a transfer stand; the id is a key that was made here."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", transfer_id):
        raise NotFound("Такой передачи нет.")
    return store.parts / transfer_id


def find(session: Session, transfer_id: str, person_id: int) -> Transfer:
    """The transfer of this person; another's is not known to him."""
    row = session.get(Transfer, transfer_id)
    if row is None or row.person_id != person_id:
        raise NotFound("Такой передачи нет.", advice="Выберите файл ещё раз.")
    return row


def receive(store: FileStore, row: Transfer, read: Callable[[int], bytes], offset: int) -> int:
    """Write what comes from `offset` on; returns how many bytes are on the disk, also when the line drops on the way."""
    got, left = 0, row.size - offset
    handle = os.open(part_of(store, row.id), os.O_WRONLY)
    try:
        while got < left and (block := _block(read, min(READ, left - got))):
            if offset + got == 0:
                check_start(row.name, block[:16])
            written = 0
            while written < len(block):
                written += os.pwrite(handle, block[written:], offset + got + written)
            got += written
        os.fsync(handle)
    finally:
        os.close(handle)
    return got


def _block(read: Callable[[int], bytes], size: int) -> bytes:
    try:
        return read(size)
    except (OSError, ValueError):  # the line dropped: what came before is kept
        return b""


def advance(session: Session, transfer_id: str, received: int, now: datetime) -> None:
    """The row grows to what is on the disk; a request that was overtaken takes nothing back."""
    grown = sa.case((Transfer.received < received, received), else_=Transfer.received)
    session.execute(sa.update(Transfer).where(Transfer.id == transfer_id).values(received=grown, changed_at=now))


def finish(db: Database, store: FileStore, transfer_id: str, now: datetime) -> int:
    """The whole file becomes a file of the task: its id. Once, whoever asks; WrongSum or BadInput drop what came."""
    with db.read() as session:
        row = session.get_one(Transfer, transfer_id)
        if row.file_id is not None:
            return row.file_id
    path = part_of(store, transfer_id)
    try:
        digest = _checked(store, row, path)
    except FileNotFoundError:
        return _made(db, transfer_id)
    except BadInput:
        with db.write() as session:
            abandon(session, store, session.get_one(Transfer, transfer_id))
        raise
    with db.write() as session:
        row = session.get_one(Transfer, transfer_id, with_for_update=True)
        if row.file_id is None:
            row.file_id = _stored(session, store, row, digest, now)
        number = row.file_id
    path.unlink(missing_ok=True)
    return number


def _made(db: Database, transfer_id: str) -> int:
    """Another request has finished it between two looks."""
    with db.read() as session:
        number = session.get_one(Transfer, transfer_id).file_id
    if number is None:
        raise NotFound("Принятые части файла потеряны.", advice="Выберите файл ещё раз.")
    return number


def _checked(store: FileStore, row: Transfer, path: Path) -> str:
    """SHA-256 of the whole, compared with the sender's; kind and content; the copy in the store."""
    with path.open("rb") as content:
        summed = hashlib.sha256()
        while block := content.read(BLOCK):
            summed.update(block)
        digest = summed.hexdigest()
        if row.sha256 is not None and digest != row.sha256:
            raise WrongSum(f"Файл «{row.name}» дошёл с ошибкой.", advice="Выберите его ещё раз: он передастся заново.")
        content.seek(0)
        check_content(row.name, content)
        content.seek(0)
        return store.take(content, digest)


def _stored(session: Session, store: FileStore, row: Transfer, digest: str, now: datetime) -> int:
    file = StoredFile(
        case_id=row.case_id,
        task_id=row.task_id,
        name=row.name,
        media_type=store.check_name(row.name, row.size, row.size),
        size=row.size,
        sha256=digest,
        uploaded_by=row.person_id,
        uploaded_at=now,
    )
    session.add(file)
    session.flush()
    return file.id


def abandon(session: Session, store: FileStore, row: Transfer) -> None:
    """Forget a transfer and what came of it; a file that it became stays."""
    session.delete(row)
    session.flush()
    part_of(store, row.id).unlink(missing_ok=True)


def unfinished(session: Session, task_id: str, person_id: int) -> list[Transfer]:
    """What the person began to send to the task and did not finish, oldest first."""
    where = (Transfer.task_id == task_id, Transfer.person_id == person_id, Transfer.file_id.is_(None))
    return list(session.scalars(sa.select(Transfer).where(*where).order_by(Transfer.created_at)))


def sweep(db: Database, store: FileStore, keep: timedelta, now: datetime) -> int:
    """Drop transfers that nobody went on with for `keep`, parts without a row, copies into the store that a process which
    died did not end; returns how many were dropped.
    """
    with db.write() as session:
        old = session.scalars(sa.select(Transfer).where(Transfer.changed_at < now - keep)).all()
        for row in old:
            abandon(session, store, row)
        known = set(session.scalars(sa.select(Transfer.id).where(Transfer.file_id.is_(None))))
    dropped = len(old)
    for path in (*store.parts.glob("*"), *store.root.glob("??/*.new")):
        with suppress(FileNotFoundError):
            untouched = path.stat().st_mtime < (now - keep).timestamp()
            if path.name not in known and untouched:
                path.unlink()
                dropped += 1
    return dropped
