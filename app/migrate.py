"""Bring a database to the newest schema, or say in words why it is left as it is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.db import Database
from app.errors import Refused

ROOT = Path(__file__).resolve().parent.parent
LOCK_SECONDS = 4
"""How long a migration waits for a table that somebody holds; everybody else waits behind it meanwhile."""
UNTOUCHED = "Ничего не изменено."


def config(url: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.attributes["url"] = url
    settings.attributes["lock_seconds"] = LOCK_SECONDS
    return settings


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations: each in a transaction of its own on PostgreSQL, all in one on SQLite.

    Refused, before anything is touched, for a database that the path from it is not supported of, and when somebody holds
    what a migration needs for longer than `LOCK_SECONDS`; that migration is then undone whole, and the call may be repeated.
    """
    _require_path(url)
    try:
        command.upgrade(config(url), revision)
    except sa.exc.OperationalError as failure:
        if not _is_held(failure):
            raise
        raise _held(url, failure.statement or "") from failure


def _is_held(failure: sa.exc.OperationalError) -> bool:
    cause = failure.orig
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(cause, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected)


def _held(url: str, statement: str) -> Refused:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        at = revision_of(connection)
    what = "другое обновление этой базы ещё идёт" if "pg_advisory_lock" in statement else "база занята другим сеансом"
    stands = f"База стоит на версии {at}" if at else "База осталась пустой"
    return Refused(
        f"Обновление остановлено: {what} дольше {LOCK_SECONDS} с.",
        advice=f"{stands}, начатый шаг отменён целиком. Дождитесь конца той работы и повторите «opora upgrade».",
    )


def _require_path(url: str) -> None:
    address = sa.engine.make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
            tables = set(sa.inspect(connection).get_table_names())
    except sa.exc.OperationalError as failure:
        raise Refused("База не отвечает.", advice=f"Проверьте OPORA_DATABASE_URL. {UNTOUCHED}") from failure
    except sa.exc.DatabaseError as failure:
        raise Refused("Это не база «Опоры».", advice=f"Проверьте OPORA_DATABASE_URL. {UNTOUCHED}") from failure
    if len(heads) > 1:
        raise Refused(
            f"База числится сразу на нескольких версиях: {', '.join(sorted(heads))}.",
            advice=f"Так бывает после ручной правки: восстановите базу из копии. {UNTOUCHED}",
        )
    if heads:
        require_known(heads[0], "База приведена к версии")
    elif tables - {"alembic_version"}:
        raise Refused(
            "В базе есть таблицы, но это не база «Опоры».", advice="Укажите пустую базу в OPORA_DATABASE_URL."
        )


def revision_of(connection: sa.Connection) -> str:
    """The revision a database stands at; empty before the first migration."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def require_known(revision: str, what: str) -> None:
    """Refused when there is no path from a revision, in words that begin with `what`; they tell an older one from a newer."""
    scripts = ScriptDirectory.from_config(config(""))
    if revision in {one.revision for one in scripts.walk_revisions()}:
        return
    oldest, newest = str(scripts.get_base()), str(scripts.get_current_head())
    if revision.isdecimal() and int(revision) < int(oldest):
        raise Refused(
            f"{what} {revision}, а эта программа обновляет начиная с {oldest}.",
            advice=f"Обновите сначала промежуточной версией «Опоры». {UNTOUCHED}",
        )
    raise Refused(
        f"{what} {revision}, которой эта программа не знает: её последняя – {newest}.",
        advice=f"Установите ту же или более новую версию «Опоры». {UNTOUCHED}",
    )


def serves(db: Database) -> bool:
    """Whether this program may work on the database: at its newest revision, or at one of the release that follows.

    The release that follows keeps what this one reads and writes, so its schema may come before its program.
    """
    scripts = ScriptDirectory.from_config(config(""))
    newest = scripts.get_current_head()
    with db.engine.connect() as connection:
        at = revision_of(connection)
    known = {one.revision for one in scripts.walk_revisions()}
    return at == newest or (at not in known and at.isdecimal() and int(at) > int(newest or 0))
