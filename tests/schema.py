"""The schema as an installation gets it: by the migrations, never by `create_all`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa

from app import migrate
from app.db import Base, Database


def upgrade(url: str) -> None:
    migrate.upgrade(url)


def copy_sqlite(source: str, target: Path) -> None:
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)


def copy_rows(source: str, target: str) -> None:
    """All rows of an SQLite database into one on PostgreSQL with the same schema; what was there goes."""
    old, new = Database(source), Database(target)
    tables = list(Base.metadata.tables.values())
    with old.read() as rows, new.write() as session:
        session.execute(sa.text("SET session_replication_role = replica"))  # neither foreign keys nor triggers
        names = ", ".join(f'"{table.name}"' for table in tables)
        session.execute(sa.text(f"TRUNCATE {names}"))
        for table in tables:
            found = [dict(row) for row in rows.execute(sa.select(table)).mappings()]
            if found:
                session.execute(sa.insert(table), found)
                _count_on(session, table)
        session.execute(sa.text("SET session_replication_role = origin"))
    old.dispose()
    new.dispose()


def _count_on(session: sa.orm.Session, table: sa.Table) -> None:
    """New rows get numbers after those copied."""
    column = table.autoincrement_column
    if column is not None:
        where = {"table": f'"{table.name}"', "column": column.name}
        sequence = session.scalar(sa.text("SELECT pg_get_serial_sequence(:table, :column)"), where)
        if sequence:
            newest = session.scalar(sa.select(sa.func.max(column)))
            session.execute(sa.text("SELECT setval(:sequence, :newest)"), {"sequence": sequence, "newest": newest})
