"""`opora upgrade` goes a supported path or touches nothing, and waits for nobody long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import migrate
from app.db import Database
from app.errors import Refused
from tests import postgres, schema

ROOT = Path(__file__).resolve().parents[2]
BEFORE_NEWEST = "0130"
NEWEST_TABLE = "event"
"""What the last of the migrations has to change: somebody holds it."""

pytestmark = pytest.mark.req("OR-74")


@pytest.fixture(scope="module")
def older(backend: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """A database at a revision before the newest one; each test gets a copy of it."""
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('older') / 'opora.db'}"
    else:
        url = postgres.create_database(request.getfixturevalue("postgres_url"), f"opora_older_{os.getpid()}")
    migrate.upgrade(url, BEFORE_NEWEST)
    return url


@pytest.fixture
def older_url(older: str, tmp_path: Path) -> Iterator[str]:
    if older.startswith("sqlite"):
        schema.copy_sqlite(sa.engine.make_url(older).database or "", tmp_path / "older.db")
        yield f"sqlite:///{tmp_path / 'older.db'}"
        return
    url = postgres.clone(older)
    yield url
    postgres.drop(url)


def upgraded(url: str) -> tuple[int, str]:
    """The command as an administrator gives it: its exit code and its words."""
    environment = {**os.environ, "OPORA_DATABASE_URL": url}
    command = [sys.executable, "-m", "app.cli", "upgrade"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode, done.stderr


def revision(url: str) -> str:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return migrate.revision_of(connection)


def schema_of(url: str) -> object:
    """Everything that a migration could have begun to change."""
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        looker = sa.inspect(connection)
        at = looker.has_table("alembic_version") and connection.execute(sa.text("SELECT * FROM alembic_version")).all()
        if url.startswith("sqlite"):
            return at, connection.execute(sa.text("SELECT name, sql FROM sqlite_master ORDER BY name")).all()
        indexes = connection.execute(sa.text("SELECT indexname, indexdef FROM pg_indexes ORDER BY indexname")).all()
        return at, indexes, [(name, str(looker.get_columns(name))) for name in sorted(looker.get_table_names())]


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["UPDATE alembic_version SET version_num = '9990'"], "не знает"),
        (["UPDATE alembic_version SET version_num = 'abcdef'"], "не знает"),
        (["UPDATE alembic_version SET version_num = '0000'"], "обновляет начиная с 0001"),
        (["INSERT INTO alembic_version (version_num) VALUES ('0120')"], "сразу на нескольких версиях"),
        (["DELETE FROM alembic_version"], "не база «Опоры»"),
        (["DROP TABLE alembic_version"], "не база «Опоры»"),
    ],
)
def test_an_unsupported_path_is_refused_and_nothing_is_touched(
    older_url: str, statements: list[str], words: str
) -> None:
    with sa.create_engine(older_url, poolclass=sa.NullPool).begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    before = schema_of(older_url)
    with pytest.raises(Refused) as refusal:
        migrate.upgrade(older_url)
    assert words in refusal.value.message
    assert refusal.value.advice
    assert schema_of(older_url) == before


def test_what_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Уважаемые коллеги! " * 100)
    for url, words in (
        (f"sqlite:///{tmp_path / 'letter.db'}", "Это не база «Опоры»"),
        (f"postgresql+psycopg://postgres@127.0.0.1:{postgres.free_port()}/opora", "База не отвечает"),
    ):
        code, said = upgraded(url)
        assert (code, words in said, "Traceback" in said) == (1, True, False), said


@contextmanager
def somebody_at_work(url: str) -> Iterator[None]:
    """A transaction of another session that has written and has not ended."""
    sqlite = url.startswith("sqlite")
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT" if sqlite else None)
    with engine.connect() as connection:
        connection.execute(sa.text("BEGIN IMMEDIATE" if sqlite else f"LOCK TABLE {NEWEST_TABLE} IN ROW EXCLUSIVE MODE"))
        yield
        connection.execute(sa.text("ROLLBACK"))


def test_a_table_that_is_held_stops_the_upgrade_soon_and_a_repetition_succeeds(older_url: str) -> None:
    before = schema_of(older_url)
    with somebody_at_work(older_url):
        began = time.monotonic()
        code, said = upgraded(older_url)
        assert time.monotonic() - began < migrate.LOCK_SECONDS + 15
    assert code == 1
    assert "база занята другим сеансом дольше 4 с" in said and "повторите «opora upgrade»" in said
    assert f"стоит на версии {BEFORE_NEWEST}" in said and "Traceback" not in said
    assert schema_of(older_url) == before, "nothing is half done"
    migrate.upgrade(older_url)
    assert revision(older_url) > BEFORE_NEWEST


def test_a_second_upgrade_does_not_run_beside_the_first(postgres_url: str) -> None:
    url = postgres.create_database(postgres_url, f"opora_twice_{os.getpid()}")
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(715517)"))
        with pytest.raises(Refused, match="другое обновление этой базы ещё идёт"):
            migrate.upgrade(url)
    assert revision(url) == ""
    migrate.upgrade(url)
    assert revision(url) > BEFORE_NEWEST
    postgres.drop(url)


def test_a_migration_that_fails_halfway_leaves_nothing(backend: str, older_url: str) -> None:
    """The last migration drops an index before it makes another one, of a name that somebody has taken here."""
    engine = sa.create_engine(older_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE INDEX ix_event_kind ON event (at)"))
    before = schema_of(older_url)
    with pytest.raises(sa.exc.DBAPIError, match="already exists"):
        migrate.upgrade(older_url)
    assert schema_of(older_url) == before
    with engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_event_kind"))
    migrate.upgrade(older_url)
    assert revision(older_url) > BEFORE_NEWEST


def test_the_program_before_works_on_the_schema_that_follows(db: Database) -> None:
    assert migrate.serves(db)
    for at, fit in (("9990", True), (BEFORE_NEWEST, False), ("abcdef", False)):
        with db.write() as session:
            session.execute(sa.text("UPDATE alembic_version SET version_num = :at"), {"at": at})
        assert migrate.serves(db) is fit, at
