"""Databases that points are tried on: one that is worked on, and stages it is put back to, by copying."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from app.db import Base, Database
from tests import postgres, schema


class Ground(Protocol):
    """`url` is always the same database; nobody is connected to it while it is saved or restored."""

    url: str
    files: Path

    def save(self, stage: str) -> None: ...
    def restore(self, stage: str) -> None: ...
    def settle(self, db: Database) -> None: ...


class SqliteGround:
    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, folder / "files"
        self.url = f"sqlite:///{folder / 'work.db'}"
        self.files.mkdir(exist_ok=True)

    def save(self, stage: str) -> None:
        (self.folder / f"{stage}.db").unlink(missing_ok=True)
        schema.copy_sqlite(str(self.folder / "work.db"), self.folder / f"{stage}.db")
        _copy_tree(self.files, self.folder / f"{stage}.files")

    def restore(self, stage: str) -> None:
        for suffix in ("-wal", "-shm", "-journal"):
            (self.folder / f"work.db{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.folder / f"{stage}.db", self.folder / "work.db")
        _copy_tree(self.folder / f"{stage}.files", self.files)

    def settle(self, db: Database) -> None:
        """SQLite gives the numbers of a lost transaction again by itself."""


class PostgresGround:
    """`server`: the maintenance database's address."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.files, self.server = folder, folder / "files", server
        self.work = f"opora_faults_{os.getpid()}"
        self.url = postgres.create_database(server, self.work)
        self.files.mkdir(exist_ok=True)

    def save(self, stage: str) -> None:
        postgres.copy(self.server, self.work, f"{self.work}_{stage}")
        _copy_tree(self.files, self.folder / f"{stage}.files")

    def restore(self, stage: str) -> None:
        postgres.copy(self.server, f"{self.work}_{stage}", self.work)
        _copy_tree(self.folder / f"{stage}.files", self.files)

    def settle(self, db: Database) -> None:
        """Wait until the killed one's connections are gone; give the numbers its transaction lost again, as SQLite does.

        Numbers of rows may have gaps; without them two histories can be compared to the letter.
        """
        with db.write() as session:
            session.execute(sa.text(END_OTHERS))
            session.execute(sa.text(f"SELECT {', '.join(_count_on(table) for table in _numbered())}"))


END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def _numbered() -> list[sa.Table]:
    return [table for table in Base.metadata.tables.values() if table.autoincrement_column is not None]


def _count_on(table: sa.Table) -> str:
    assert table.autoincrement_column is not None
    name, column = f'"{table.name}"', table.autoincrement_column.name
    newest = f"(SELECT max({column}) FROM {name})"
    return f"setval(pg_get_serial_sequence('{name}', '{column}'), coalesce({newest}, 1), {newest} IS NOT NULL)"


def _copy_tree(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
