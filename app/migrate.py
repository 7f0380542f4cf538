"""Bring a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.db import Database
from app.errors import Refused

ROOT = Path(__file__).resolve().parent.parent


def config(url: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.attributes["url"] = url
    return settings


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations; each in a transaction of its own, with a lock timeout on PostgreSQL.

    Refused, before anything is touched, for a database of a newer program and for one that holds somebody else's tables.
    """
    _require_path(url)
    command.upgrade(config(url), revision)


def _require_path(url: str) -> None:
    address = sa.engine.make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        at, tables = revision_of(connection), set(sa.inspect(connection).get_table_names())
    engine.dispose()
    if at and not knows(at):
        raise Refused(
            f"База приведена к версии {at}, которой эта программа не знает.",
            advice="Установите ту же или более новую версию «Опоры»; ничего не изменено.",
        )
    if not at and tables - {"alembic_version"}:
        raise Refused(
            "В базе есть таблицы, но это не база «Опоры».", advice="Укажите пустую базу в OPORA_DATABASE_URL."
        )


def revision_of(connection: sa.Connection) -> str:
    """The revision a database stands at; empty before the first migration."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def knows(revision: str) -> bool:
    """Whether this program has the migration: a database of a newer one is not opened."""
    return revision in {one.revision for one in ScriptDirectory.from_config(config("")).walk_revisions()}


def is_current(db: Database) -> bool:
    """Whether the database stands at the newest revision."""
    newest = ScriptDirectory.from_config(config(str(db.url))).get_current_head()
    with db.engine.connect() as connection:
        return revision_of(connection) == newest
