"""A set of databases as text, one file a version, so written that SQLite and PostgreSQL both can hold them again.

Lines of JSON in one xz stream: a head; then for every cut its head, the tables with their rows as SQLite keeps them
(moments are microseconds, bytes are base64) and the stored files. One stream, because cuts repeat each other.
"""

from __future__ import annotations

import json
import lzma
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import migrate
from app.db import moment_of

FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 64 * 1024**2}]


@dataclass
class Cut:
    """A database at one moment: `ddl` are the statements that its version made it by on SQLite, in their order."""

    name: str
    now: datetime
    ddl: list[str]
    tables: dict[str, tuple[list[str], list[list[Any]]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        return self.tables["alembic_version"][1][0][0]

    def column(self, table: str, column: str) -> list[Any]:
        columns, rows = self.tables[table]
        return [row[columns.index(column)] for row in rows]


@dataclass
class Golden:
    """`later`: region → result files of the year after, as (name, content); `columns`: table → columns that its code named."""

    version: str
    columns: dict[str, list[str]]
    later: dict[str, list[tuple[str, bytes]]]
    cuts: list[Cut]


def cut(database: Path, files: Path, name: str, now: datetime) -> Cut:
    """Of an SQLite database nobody writes to."""
    with sqlite3.connect(database) as connection:
        made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        found = Cut(name, now, [row[0] for row in connection.execute(made)])
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        for (table,) in connection.execute(names).fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
            columns = [column[0] for column in rows.description]
            found.tables[table] = columns, [list(row) for row in rows]
    for sha256 in dict.fromkeys(found.column("stored_file", "sha256") + found.column("rendition", "file_sha256")):
        found.files[sha256] = (files / sha256[:2] / sha256).read_bytes()
    return found


def write(golden: Golden, target: Path) -> None:
    head = {"version": golden.version, "columns": golden.columns, "later": golden.later}
    with lzma.open(target, "wt", encoding="utf-8", filters=FILTERS) as stream:
        _say(stream, head)
        for one in golden.cuts:
            _say(stream, {"cut": one.name, "now": one.now.isoformat(), "ddl": one.ddl, "files": one.files})
            for table, (columns, rows) in one.tables.items():
                _say(stream, {"table": table, "columns": columns})
                for row in rows:
                    _say(stream, row)


def _say(stream: Any, what: Any) -> None:
    told = json.dumps(what, ensure_ascii=False, separators=(",", ":"), default=_bytes)
    stream.write(told + "\n")


def _bytes(value: bytes) -> dict[str, str]:
    return {"b64": b64encode(value).decode()}


def _hook(found: dict[str, Any]) -> Any:
    return b64decode(found["b64"]) if found.keys() == {"b64"} else found


def read(source: Path) -> Golden:
    with lzma.open(source, "rt", encoding="utf-8") as stream:
        lines = (json.loads(line, object_hook=_hook) for line in stream)
        golden = Golden(**next(lines), cuts=[])
        golden.later = {code: [(name, data) for name, data in files] for code, files in golden.later.items()}
        rows: list[list[Any]] = []
        for line in lines:
            if isinstance(line, list):
                rows.append(line)
            elif "cut" in line:
                now = datetime.fromisoformat(line["now"])
                golden.cuts.append(Cut(line["cut"], now, line["ddl"], {}, line["files"]))
            else:
                rows = []
                golden.cuts[-1].tables[line["table"]] = line["columns"], rows
    return golden


# the way back ----------------------------------------------------------------------------------------------------------


def restore(kept: Cut, url: str, files: Path) -> None:
    """Fill an empty database as the version left it, at its own revision. On SQLite by its own statements."""
    address = sa.engine.make_url(url)
    if address.get_backend_name() == "sqlite":
        _on_sqlite(kept, address.database or "")
    else:
        migrate.upgrade(url, kept.revision)
        _on_postgres(kept, url)
    for sha256, content in kept.files.items():
        path = files / sha256[:2] / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _on_sqlite(kept: Cut, path: str) -> None:
    guards = [statement for statement in kept.ddl if statement.startswith("CREATE TRIGGER")]
    with sqlite3.connect(path) as connection:
        for statement in (one for one in kept.ddl if one not in guards):
            connection.execute(statement)
        for table, (columns, rows) in kept.tables.items():
            places = ", ".join("?" for _ in columns)
            connection.executemany(f'INSERT INTO "{table}" ({_named(columns)}) VALUES ({places})', rows)
        for statement in guards:
            connection.execute(statement)


def _named(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _on_postgres(kept: Cut, url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    there = sa.MetaData()
    with engine.begin() as connection:
        there.reflect(connection)
        connection.execute(sa.text("SET session_replication_role = replica"))  # neither foreign keys nor triggers
        connection.execute(sa.text(f"TRUNCATE {', '.join(_named([name]) for name in there.tables)}"))
        for name, (columns, rows) in kept.tables.items():
            table = there.tables[name]
            found = [dict(zip(columns, _as_kept(table, columns, row), strict=True)) for row in rows]
            if found:
                connection.execute(sa.insert(table), found)
        for table in there.tables.values():
            _count_on(connection, table)


def _as_kept(table: sa.Table, columns: list[str], row: list[Any]) -> Iterator[Any]:
    """The values of a row as PostgreSQL keeps them."""
    for column, value in zip(columns, row, strict=True):
        kind = table.columns[column].type
        if isinstance(kind, sa.DateTime):
            yield moment_of(value)
        elif isinstance(kind, sa.Date) and value is not None:
            yield date.fromisoformat(value)
        elif isinstance(kind, sa.Boolean) and value is not None:
            yield bool(value)
        else:
            yield value


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """New rows get numbers after those that are there."""
    for column in table.primary_key.columns:
        where = {"table": f'"{table.name}"', "column": column.name}
        if sequence := connection.scalar(sa.text("SELECT pg_get_serial_sequence(:table, :column)"), where):
            newest = connection.scalar(sa.select(sa.func.max(column)))
            if newest is not None:
                connection.execute(
                    sa.text("SELECT setval(:sequence, :newest)"), {"sequence": sequence, "newest": newest}
                )
