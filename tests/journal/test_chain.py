"""The journal proves that nothing in it was changed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app import journal
from app.db import Database
from app.journal.models import ChainHead, Event

GUARDS = {"sqlite": ("event_no_update", "event_no_delete"), "postgresql": ("event_guard", "event_truncate_guard")}


@dataclass(frozen=True)
class Clerk:
    person_id: int = 7
    position_id: int = 8
    behalf_of: int | None = None


@pytest.fixture
def filled(db: Database) -> Database:
    for number in range(1, 11):
        with db.write() as session:
            journal.append(
                session,
                "thing.done",
                {"number": number, "слово": "проверка"},
                actor=Clerk(),
                case_id=number % 3 or None,
            )
    return db


def unguarded(db: Database, *statements: str) -> None:
    """What somebody with the database's own password can do."""
    backend = db.engine.dialect.name
    with db.write() as session:
        for guard in GUARDS[backend]:
            on = " ON event" if backend == "postgresql" else ""
            session.connection().exec_driver_sql(f"DROP TRIGGER {guard}{on}")
        for statement in statements:
            session.connection().exec_driver_sql(statement)


def verified(db: Database) -> journal.Report:
    with db.read() as session:
        return journal.verify(session)


@pytest.mark.req("OR-76")
def test_an_untouched_journal_is_intact(filled: Database) -> None:
    report = verified(filled)
    assert report.intact
    assert report.records == report.seq == 10
    with filled.read() as session:
        assert journal.head(session).hash.hex() == report.hash


def test_an_empty_journal_is_intact(db: Database) -> None:
    assert verified(db).intact


@pytest.mark.parametrize("statement", ["UPDATE event SET kind = 'x'", "DELETE FROM event WHERE seq = 3"])
def test_the_database_refuses_to_change_the_journal(filled: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), filled.write() as session:
        session.execute(sa.text(statement))
    assert verified(filled).intact


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE event SET body = replace(body, '\"number\":4', '\"number\":5') WHERE seq = 4", 4),
        ("UPDATE event SET kind = 'thing.undone' WHERE seq = 6", 6),
        ("UPDATE event SET person_id = 1 WHERE seq = 2", 2),
        ("DELETE FROM event WHERE seq = 5", 5),
        ("DELETE FROM event WHERE seq = 1", 1),
        ("DELETE FROM event WHERE seq > 8", 9),
        ("UPDATE event SET seq = 100 WHERE seq = 3", 3),
    ],
)
def test_the_first_broken_record_is_named(filled: Database, statement: str, seq: int) -> None:
    unguarded(filled, statement)
    broken = verified(filled).broken
    assert broken is not None
    assert broken.seq == seq


def test_two_records_exchanged_are_found(filled: Database) -> None:
    unguarded(
        filled,
        "UPDATE event SET seq = -3 WHERE seq = 3",
        "UPDATE event SET seq = 3 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = -3",
    )
    broken = verified(filled).broken
    assert broken is not None
    assert broken.seq == 3


def test_a_chain_made_anew_is_betrayed_by_paper(filled: Database) -> None:
    with filled.read() as session:
        printed = journal.head(session)
    unguarded(filled, "DELETE FROM event")
    with filled.write() as session:
        session.execute(sa.update(ChainHead).values(seq=0, hash=bytes(32)))
        journal.append_all(session, [journal.Record("thing.done", {"number": n}) for n in range(10)])
    with filled.read() as session:
        assert journal.verify(session).intact
        broken = journal.verify(session, {printed.seq: printed.hash.hex()}).broken
    assert broken is not None
    assert broken.seq == 10


def test_writers_at_once_make_one_chain(db: Database) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        with db.write() as session:
            journal.append(session, "thing.done", {"number": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    report = verified(db)
    assert report.intact
    assert report.records == 80


def test_a_rolled_back_event_leaves_no_gap(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.write() as session:
        journal.append(session, "thing.done", {})
        raise ZeroDivisionError
    with db.write() as session:
        journal.append(session, "thing.done", {})
    with db.read() as session:
        assert session.scalars(sa.select(Event.seq)).all() == [1]
        assert journal.verify(session).intact
