"""Does an installation hold what it says? The journal's chain, every file that a row names, a sample of documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal
from app.documents import renditions, witnesses
from app.documents.models import Document, Rendition
from app.errors import NotFound
from app.files.models import StoredFile
from app.files.store import FileStore

SAMPLE = 20
SHOWN = 10


@dataclass(frozen=True)
class Proof:
    """What was looked at, and what is wrong, in Russian: nothing when all holds."""

    records: int
    files: int
    documents: int
    faults: tuple[str, ...]


def prove(session: Session, store: FileStore, head: tuple[int, str] | None = None) -> Proof:
    """Read the chain to its end, which has to be `head` when given; look for every named file; hash the newest documents."""
    report = journal.verify(session, witnesses.printed_heads(session))
    faults = []
    if report.broken is not None:
        faults.append(f"журнал, запись № {report.broken.seq}: {report.broken.reason}")
    elif head is not None and (report.seq, report.hash) != head:
        faults.append(f"журнал кончается записью № {report.seq}, а в описи копии № {head[0]}")
    named = list(_named(session))
    lost = [f"нет файла «{name}» ({digest[:12]}…)" for digest, name in named if not store.path(digest).exists()]
    faults += lost[:SHOWN]
    if len(lost) > SHOWN:
        faults.append(f"и ещё файлов: {len(lost) - SHOWN}")
    documents = _newest(session)
    faults += [f"документ «{title}» не тот, что был издан" for title, row in documents if not _same(store, row)]
    return Proof(report.records, len(named), len(documents), tuple(faults))


def _named(session: Session) -> Iterator[tuple[str, str]]:
    """SHA-256 and a name of every file that the store has to have."""
    attached = sa.select(StoredFile.sha256, sa.func.min(StoredFile.name)).group_by(StoredFile.sha256)
    made = (
        sa.select(Rendition.file_sha256, sa.func.min(Document.title))
        .join(Document, Document.id == Rendition.document_id)
        .group_by(Rendition.file_sha256)
    )
    for found in (attached, made):
        yield from ((digest, name) for digest, name in session.execute(found))


def _newest(session: Session) -> list[tuple[str, Rendition]]:
    found = sa.select(Document.title, Rendition).join(Rendition, Rendition.document_id == Document.id)
    return [(title, row) for title, row in session.execute(found.order_by(Rendition.id.desc()).limit(SAMPLE))]


def _same(store: FileStore, row: Rendition) -> bool:
    try:
        return renditions.fingerprint_of(store.get(row.file_sha256)) == row.sha256
    except NotFound:
        return False
