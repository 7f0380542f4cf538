"""What stands in a database, so written that two histories of the same deeds read alike, and what must hold in it always."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal
from app.cases import deadlines
from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.cases.why import Reader
from app.db import Base
from app.documents import witnesses
from app.documents.models import Document, Register, Rendition, Signature
from app.files.models import StoredFile
from app.outbox.models import Message
from app.worker import watch

# Whose hands a message went through, and how often, is the history of a death and not its outcome. Links of the chain are
# verified, not compared. What is drawn at random differs between two lives, and so does what was written first of two things
# that nothing puts in order.
LEFT_OUT = {
    "message": {"attempts", "owner", "lease_until", "due_at", "error"},
    "event": {"hash", "seq"},
    "chain_head": {"hash"},
    "deadline": {"id"},
    "document": {"code"},
    "edition": {"sha256", "scopes", "html"},
    "rendition": {"sha256", "file_sha256", "size"},
}
NOISE = [
    (re.compile(r"\b[0-9a-f]{64}\b"), "‹sha256›"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[0-9a-f]{32}\b"), "‹id›"),
    (re.compile(r"\b[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}\b"), "‹sign›"),
    (re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"), r"\1"),
    (re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{2}\b"), "‹code›"),
    (re.compile(r'"seq":\d+,?'), ""),
    (re.compile(r'"run":"[0-9a-f]{12}"'), '"run":"‹run›"'),
    (re.compile(r":[0-9a-f]{16}\b"), ":‹part›"),
]

Dump = dict[str, Counter[str]]


def dump(session: Session, system: System, tables: Collection[str]) -> Dump:
    """Rows of the tables as lines, counted."""
    found: Dump = {}
    for name in sorted(tables):
        table = Base.metadata.tables[name]
        left_out = LEFT_OUT.get(name, set())
        columns = [column for column in table.columns if column.name not in left_out]
        rows = session.execute(sa.select(*columns)).mappings()
        if name == "case":
            rows = ({**row, "state": _state(system, session, row)} for row in rows)  # type: ignore[assignment]
        found[name] = Counter(_line(row) for row in rows)
    return found


def _state(system: System, session: Session, row: Mapping[Any, Any]) -> list[Any]:
    """What the engine says of a case, by places of its diagram."""
    case = session.get_one(Case, row["id"])
    run = system.pinned(session, case).load(case.state, Reader())
    tasks = sorted(f"{task.key} {task.item or ''}" for task in run.open_tasks())
    timers = sorted(f"{timer.key} {timer.due.date()}" for timer in run.timers())
    return [run.done, tasks, sorted(wait.key for wait in run.waits()), timers, run.scope]


def _line(row: Mapping[str, Any]) -> str:
    text = orjson.dumps({name: _plain(value) for name, value in row.items()}, option=orjson.OPT_SORT_KEYS).decode()
    text = text.replace('\\"', '"')
    for noise, word in NOISE:
        text = noise.sub(word, text)
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def fingerprint(session: Session, tables: Collection[str], *more: Any) -> str:
    """Of every row as it is, but for the name of the worker that holds a message."""
    told = hashlib.sha256(repr(more).encode())
    for name in sorted(tables):
        table = Base.metadata.tables[name]
        columns = [column for column in table.columns if (name, column.name) != ("message", "owner")]
        for row in session.execute(sa.select(*columns).order_by(*table.primary_key.columns)):
            told.update(repr(tuple(row)).encode())
    return told.hexdigest()


def differences(wanted: Dump, found: Dump) -> list[str]:
    """What is missing and what is there too much, in words for people, the first of each table."""
    said = []
    for name in sorted(wanted.keys() | found.keys()):
        before, after = wanted.get(name, Counter()), found.get(name, Counter())
        said += [f"{name}: missing {number}× {line[:700]}" for line, number in list((before - after).items())[:2]]
        said += [f"{name}: too much {number}× {line[:700]}" for line, number in list((after - before).items())[:2]]
    return said


# what holds at every moment ---------------------------------------------------------------------------------------------


def broken(session: Session, system: System) -> list[str]:
    """What may never be seen after a commit, whoever died when: empty when all is well."""
    report = journal.verify(session, witnesses.printed_heads(session))
    said = [] if report.intact else [f"the journal: {report}"]
    said += [f"case {case_id} stands still" for case_id in watch.stuck(session)]
    cases = session.scalars(sa.select(Case).where(Case.status == "open")).all()
    return [
        *said,
        *_half_cases(session, system, cases),
        *_numbers(session),
        *_signatures(session),
        *_files(session, system),
    ]


def _half_cases(session: Session, system: System, cases: Iterable[Case]) -> Iterator[str]:
    """Open cases whose rows are not those that their engine's state asks for."""
    tasks: dict[int, set[str]] = {}
    for case_id, id_ in session.execute(sa.select(Task.case_id, Task.id)):
        tasks.setdefault(case_id, set()).add(id_)
    terms: dict[int, set[str]] = {}
    for case_id, ref in session.execute(sa.select(Deadline.case_id, Deadline.ref)):
        terms.setdefault(case_id, set()).add(ref)
    for case in cases:
        run = system.pinned(session, case).load(case.state, Reader())
        if {task.id for task in run.open_tasks()} != tasks.pop(case.id, set()):
            yield f"case {case.id}: tasks by its state and by its rows differ"
        if deadlines.waited(run).keys() != terms.pop(case.id, set()):
            yield f"case {case.id}: terms by its state and by its rows differ"
    yield from (f"case {case_id} is not open and has tasks or terms" for case_id in tasks.keys() | terms.keys())


def _numbers(session: Session) -> Iterator[str]:
    """Registers: each number once, none left out, the last one as the register says."""
    given: dict[int, list[int]] = {}
    where = Document.register_id.is_not(None)
    for register, serial in session.execute(sa.select(Document.register_id, Document.serial).where(where)):
        given.setdefault(register, []).append(serial)
    for register_id, last in session.execute(sa.select(Register.id, Register.last)):
        if sorted(given.get(register_id, [])) != list(range(1, last + 1)):
            yield f"register {register_id}: numbers {sorted(given.get(register_id, []))}, last {last}"


def _signatures(session: Session) -> Iterator[str]:
    """Nobody signs one edition for one purpose twice; an issued document has its signature."""
    who = (
        Signature.document_id,
        Signature.edition,
        Signature.purpose,
        Signature.position_id,
        Signature.approval_row_id,
    )
    twice = sa.select(*who).where(Signature.fallen_at.is_(None)).group_by(*who).having(sa.func.count() > 1)
    yield from (f"signed twice: {tuple(row)}" for row in session.execute(twice))
    signed = sa.exists().where(Signature.document_id == Document.id, Signature.purpose == "sign")
    lost = sa.select(Document.id).where(Document.state.in_(("signed", "registered", "in_force")), ~signed)
    yield from (f"document {number} is signed by nobody" for number in session.scalars(lost))


def _files(session: Session, system: System) -> Iterator[str]:
    """Every file that a row names is there and whole."""
    named = set(session.scalars(sa.select(StoredFile.sha256))) | set(session.scalars(sa.select(Rendition.file_sha256)))
    for name in sorted(named):
        path = system.files.path(name)
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != name:
            yield f"file {name[:12]} is lost or torn"


def unfinished(session: Session) -> list[str]:
    """Messages that nobody delivered, or that were given up."""
    where = sa.or_(Message.done_at.is_(None), Message.failed_at.is_not(None))
    return [
        f"message {key} is not delivered: {error}"
        for key, error in session.execute(sa.select(Message.key, Message.error).where(where))
    ]
