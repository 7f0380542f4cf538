"""A case in one file that can be read and checked without the program: for an archive, a court, another system.

ZIP: `index.html` (опись дела и лента, opens in any browser), `case.json`, `rows/TABLE.jsonl` (every row that belongs to
the case or to a case under it), `journal.jsonl` (their records, each with the hash before it), `documents/` (each edition
as HTML, each issued PDF), `files/`, `diagrams/` (the exact versions that the cases ran on), `manifest.json` (SHA-256 of
everything else, the head of the journal).
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

import reports
from app import journal
from app.cases import feed
from app.cases.models import Case, Definition
from app.cases.system import System
from app.db import Base
from app.documents import titles
from app.documents.models import Document, Edition, Rendition
from app.errors import NotFound, Refused
from app.files.models import StoredFile
from app.journal.models import Event
from app.people.models import Organisation, Person, Position

FORMAT = 1
PASSING = {"draft", "draft_version", "transfer", "import_draft", "event", "message"}
PERSON = ("id", "family_name", "given_name", "patronymic")
BODY = ("id", "kind", "name", "short_name")
POSITION = ("id", "person_id", "organisation_id", "role", "title")
FEED = 10_000
_UNSAFE = re.compile(r"[^\w.-]+")
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
)


def export(system: System, case_id: int, target: Path, now: datetime) -> dict[str, Any]:
    """Write the archive; NotFound for an unknown case, Refused when the file is there. That it was made is recorded.

    Returns {"case", "file", "sha256", "records", "documents", "files"}.
    """
    if target.exists():
        raise Refused(f"Файл «{target}» уже есть.", advice="Назовите другой файл.")
    part = target.with_name(target.name + ".part")
    try:
        with system.db.read() as session:
            case = session.get(Case, case_id)
            if case is None:
                raise NotFound(f"Дела № {case_id} нет.")
            told = _write(session, system, case, part, now)
        digest = hashlib.sha256(part.read_bytes()).hexdigest()
        with system.db.write() as session:
            journal.append(session, "case.exported", {"sha256": digest, **told}, case_id=case_id)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return {"case": case_id, "file": str(target), "sha256": digest, **told}


class _Archive:
    """Members with their fingerprints."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        if name not in self.members:
            self.archive.writestr(name, data)
            self.members[name] = hashlib.sha256(data).hexdigest()

    def lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        made = [orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z) for row in rows]
        if made:
            self.add(name, b"".join(made))
        return len(made)


def _write(session: Session, system: System, case: Case, part: Path, now: datetime) -> dict[str, int]:
    cases = _tree(session, case)
    ids = [one.id for one in cases]
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
        archive = _Archive(packed)
        documents = _documents(session, system, ids, archive)
        files = _files(session, system, ids, archive)
        rows = _rows(session, ids, [one["id"] for one in documents])
        for name, found in sorted(rows.items()):
            archive.lines(f"rows/{name}.jsonl", found)
        records = archive.lines("journal.jsonl", _records(session, ids))
        _diagrams(session, cases, archive)
        described = {"case": _described(case), "cases": [_described(one) for one in cases]}
        archive.add("case.json", orjson.dumps(described, option=orjson.OPT_INDENT_2))
        archive.add("index.html", _index(session, system, cases, documents, files, now).encode())
        head = journal.head(session)
        manifest = {
            "format": FORMAT,
            "made_at": now,
            "case": case.id,
            "journal": {"seq": head.seq, "hash": head.hash.hex()},
        }
        packed.writestr(
            "manifest.json", orjson.dumps({**manifest, "members": archive.members}, option=orjson.OPT_INDENT_2)
        )
    return {"records": records, "documents": len(documents), "files": len(files)}


def _tree(session: Session, case: Case) -> list[Case]:
    """The case and all under it, each after its parent."""
    found, level = [case], [case.id]
    while level:
        under = list(session.scalars(sa.select(Case).where(Case.parent_id.in_(level)).order_by(Case.id)))
        found += under
        level = [one.id for one in under]
    return found


def _described(case: Case) -> dict[str, Any]:
    columns = ("id", "parent_id", "kind", "region", "school_year", "number", "title", "status", "outcome", "stage")
    times = ("opened_at", "closed_at")
    return {name: getattr(case, name) for name in (*columns, *times, "definition")}


def _rows(session: Session, case_ids: list[int], document_ids: list[int]) -> dict[str, list[dict[str, Any]]]:
    """Table → rows that hang on the cases or their documents; then the people and bodies that these rows name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in PASSING:
            continue
        column, ids = table.c.get("case_id"), case_ids
        if column is None:
            column, ids = table.c.get("document_id"), document_ids
        if column is not None and (rows := session.execute(sa.select(table).where(column.in_(ids))).mappings().all()):
            found[table.name] = [_plain(row) for row in rows]
    found |= _people(session, _named(found))
    return found


def _people(session: Session, named: Mapping[str, set[int]]) -> dict[str, list[dict[str, Any]]]:
    """Positions, people and bodies by their ids: of a person only the name."""
    positions = session.scalars(sa.select(Position).where(Position.id.in_(sorted(named["position"])))).all()
    people = named["person"] | {one.person_id for one in positions}
    bodies = named["organisation"] | {one.organisation_id for one in positions}
    chosen: list[tuple[str, Any]] = [
        ("person", sa.select(*(getattr(Person, name) for name in PERSON)).where(Person.id.in_(sorted(people)))),
        (
            "organisation",
            sa.select(*(getattr(Organisation, name) for name in BODY)).where(Organisation.id.in_(sorted(bodies))),
        ),
    ]
    found = {name: [_plain(row) for row in session.execute(rows).mappings()] for name, rows in chosen}
    found["position"] = [{name: getattr(one, name) for name in POSITION} for one in positions]
    return found


def _named(found: Mapping[str, list[dict[str, Any]]]) -> dict[str, set[int]]:
    """Ids that the rows hold of people, positions and organisations, by the foreign keys of their tables."""
    ids: dict[str, set[int]] = defaultdict(set)
    for name, rows in found.items():
        for column in Base.metadata.tables[name].c:
            for key in column.foreign_keys:
                ids[key.column.table.name] |= {row[column.name] for row in rows if row[column.name] is not None}
    return ids


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as JSON can hold it: bytes as hex."""
    return {str(name): value.hex() if isinstance(value, bytes) else value for name, value in row.items()}


def _records(session: Session, case_ids: list[int]) -> Iterator[dict[str, Any]]:
    """Records of the journal, each with the hash of the one before it: whoever reads can compute it again."""
    before = sa.orm.aliased(Event)
    found = (
        sa.select(Event.seq, Event.body, Event.hash, before.hash.label("previous"))
        .outerjoin(before, before.seq == Event.seq - 1)
        .where(Event.case_id.in_(case_ids))
        .order_by(Event.seq)
    )
    for row in session.execute(found):
        previous = row.previous.hex() if row.previous else "00" * 32
        yield {"seq": row.seq, "previous": previous, "hash": row.hash.hex(), "body": row.body}


def _documents(session: Session, system: System, case_ids: list[int], archive: _Archive) -> list[dict[str, Any]]:
    shown = []
    found = session.scalars(sa.select(Document).where(Document.case_id.in_(case_ids)).order_by(Document.id))
    for document in found:
        links = []
        texts = sa.select(Edition).where(Edition.document_id == document.id).order_by(Edition.number)
        for edition in session.scalars(texts):
            name = f"documents/{document.id}-{edition.number}.html"
            archive.add(name, reports.dressed(edition.html).encode())
            links.append({"href": name, "text": f"редакция {edition.number}"})
        made = sa.select(Rendition).where(Rendition.document_id == document.id).order_by(Rendition.id)
        for row in session.scalars(made):
            if system.files.path(row.file_sha256).exists():
                name = f"documents/{document.id}-{row.sha256[:12]}.pdf"
                archive.add(name, system.files.get(row.file_sha256))
                links.append({"href": name, "text": f"PDF от {_day(row.made_at)}"})
        number = f"№ {document.number} от {document.day:%d.%m.%Y}" if document.number and document.day else ""
        title = titles.full(system.profile(document.region), document.kind, document.title)
        shown.append({"id": document.id, "title": title, "number": number, "links": links})
    return shown


def _files(session: Session, system: System, case_ids: list[int], archive: _Archive) -> list[dict[str, Any]]:
    shown = []
    found = session.scalars(sa.select(StoredFile).where(StoredFile.case_id.in_(case_ids)).order_by(StoredFile.id))
    for row in found:
        kept = system.files.path(row.sha256).exists()
        name = f"files/{row.id}-{_UNSAFE.sub('_', row.name)[-120:]}"
        if kept:
            archive.add(name, system.files.get(row.sha256))
        shown.append(
            {"name": row.name, "href": name if kept else "", "at": _day(row.uploaded_at), "sha256": row.sha256}
        )
    return shown


def _diagrams(session: Session, cases: list[Case], archive: _Archive) -> None:
    hashes = sorted({one.definition for one in cases})
    for row in session.scalars(sa.select(Definition).where(Definition.hash.in_(hashes))):
        for name, text in row.files.items():
            archive.add(f"diagrams/{row.process}-{row.hash[:12]}/{Path(name).name}", text.encode())


def _index(
    session: Session, system: System, cases: list[Case], documents: list[Any], files: list[Any], now: datetime
) -> str:
    case, under = cases[0], cases[1:]
    words = {one.id: one.title for one in under}
    events = feed.events(session, case.id, limit=FEED, among=words)
    zone = system.calendar(case.region).zone
    subject = session.get_one(Organisation, case.subject_id)
    return _pages.get_template("case.html").render(
        case=case,
        subject=subject.name,
        under=under,
        events=[{**one, "at": one["at"].astimezone(zone)} for one in reversed(events)],
        documents=documents,
        files=files,
        made=now.astimezone(zone),
        head=journal.head(session),
    )


def _day(at: datetime | date) -> str:
    return f"{at:%d.%m.%Y}"
