"""The disk is full: it is said so in words, nothing is half-written, and the same deed goes through when there is room."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import journal
from app.cases import operations
from app.cases.models import Case, Task
from app.db import Database, outage
from app.files import FileStore, transfers
from app.journal.models import Event
from app.worker import watch
from tests.faults.forks import forked
from tests.faults.points import Points
from tests.people.world import NOW
from tests.security.visitor import Visitor, site

WORDS = "На сервере кончилось место"
FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON event EXECUTE FUNCTION no_room()
"""
BIG = 1024**2
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@contextmanager
def full(db: Database) -> Iterator[None]:
    """SQLite may not grow by a page; PostgreSQL says what it says when it cannot, at the last write of a transaction."""
    if db.sqlite:
        db.dispose()
        limit = lambda connection, _: connection.execute("PRAGMA max_page_count = 1")  # noqa: E731 - its present size
        sa.event.listen(db.engine, "connect", limit)
        yield
        sa.event.remove(db.engine, "connect", limit)
        db.dispose()
        return
    with db.engine.begin() as connection:
        connection.exec_driver_sql(FULL)
    yield
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER no_room ON event")


def counted(db: Database) -> list[int | None]:
    with db.read() as session:
        return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Case, Task, Event)]


def opened(system, region, number: int) -> int:
    """A case with so much to keep that it needs room of its own."""
    operator, school = region.actors["regional_operator"], region.ids["school_a"]
    data = {"text": "я" * BIG, "number": number}
    return operations.open_case(system, "petition", school, 2026, data, actor=operator, now=NOW)


def test_a_case_is_opened_whole_or_not_at_all(db, system, region) -> None:
    opened(system, region, 1)
    before = counted(db)
    with full(db):
        with pytest.raises(sa.exc.DBAPIError) as failure:
            opened(system, region, 2)
        assert outage(failure.value) == "full"
        assert counted(db) == before
    opened(system, region, 3)
    with db.read() as session:
        assert journal.verify(session).intact and watch.stuck(session) == []
    assert counted(db) > before


def test_pages_and_programs_say_that_there_is_no_room(db, system, region, petition) -> None:
    visitor = Visitor(site(system), region.actors["regional_operator"])
    with db.read() as session:
        task = session.scalars(sa.select(Task.id).where(Task.case_id == petition)).one()
    data = {"csrf_token": visitor.token, "text": "я" * (BIG // 4)}
    send = f"/tasks/{task}/draft" if db.sqlite else f"/tasks/{task}/claim"
    before = counted(db)
    with full(db):
        answer = visitor.client.post(send, data=data)
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "30"
        page = answer.get_data(as_text=True)
        assert WORDS in page and "прежнее цело" in page and "Traceback" not in page
    assert counted(db) == before
    assert visitor.client.post(send, data=data).status_code in (200, 303)


def limited(store: FileStore, data: bytes) -> str | None:
    """Keep a file where no file may grow beyond 64 KB; what kind of failure it is."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
    try:
        store.put(data)
    except OSError as failure:
        return outage(failure)
    return "kept"


def test_a_file_that_does_not_fit_leaves_nothing_behind(tmp_path: Path) -> None:
    store, data = FileStore(tmp_path), b"%PDF-" + bytes(BIG)
    status, said = forked(lambda: limited(store, data))
    assert (status, said) == (0, "full")
    assert files_in(tmp_path) == []
    assert store.get(store.put(data)) == data


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_a_killed_process_left_beside_the_files_is_swept(db, tmp_path: Path) -> None:
    """Crash point: the copy is whole and not yet renamed into its place."""
    store = FileStore(tmp_path / "files")
    db.dispose()

    def die() -> None:
        Points(1).watch(db, store.root)
        store.put(b"%PDF-")

    assert forked(die)[0] == signal.SIGKILL
    (left,) = files_in(tmp_path / "files")
    written = datetime.fromtimestamp(left.stat().st_mtime, UTC)
    assert transfers.sweep(db, store, HOUR, written + HOUR - SECOND) == 0, "somebody may still be writing it"
    assert transfers.sweep(db, store, HOUR, written + HOUR + SECOND) == 1
    assert files_in(tmp_path / "files") == []
