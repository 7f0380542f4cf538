"""Statements written out in SQL, for the paths that are walked most, and what drivers give back."""

from __future__ import annotations

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import EPOCH, Base, Moment

_MOMENT = Moment()
_PARAMETER = re.compile(r"(?<!:):([a-z_]\w*)")


class Sql:
    """A statement written out, for a path where building it would cost more than running it.

    Parameters are `:name`; moments and dictionaries are bound as `Moment` and `Json` keep them. `many` sends one
    statement for several rows, `first` reads a row and `all` every one: what comes back are the driver's values, see
    `moment_of`. Nothing is flushed before.
    """

    def __init__(self, text: str) -> None:
        self.texts = {"sqlite": text, "postgresql": _PARAMETER.sub(r"%(\1)s", text)}
        self._make: Callable[[Any], Any] | None = None

    def __call__(self, session: Session | sa.Connection, **values: Any) -> None:
        self._run(session, [values])

    def many(self, session: Session | sa.Connection, rows: list[dict[str, Any]]) -> int:
        """Returns how many rows of the table it touched."""
        return self._run(session, rows).rowcount

    def first(self, session: Session | sa.Connection, **values: Any) -> Any:
        """The first row, its values by place and by name; None when there is none."""
        found = self._run(session, [values])
        row = found.fetchone()
        if row is None or not isinstance(found, sqlite3.Cursor):
            return row
        if self._make is None:
            self._make = _row_type(column[0] for column in found.description)._make
        return self._make(row)

    def all(self, session: Session | sa.Connection, **values: Any) -> list[Any]:
        """Every row, its values by place."""
        return list(self._run(session, [values]).fetchall())

    def _run(self, session: Session | sa.Connection, rows: list[dict[str, Any]]) -> Any:
        connection = session.connection() if isinstance(session, Session) else session
        dialect = connection.dialect
        text = self.texts[dialect.name]
        sent = [{name: _bound(value, dialect) for name, value in row.items()} for row in rows]
        driver = connection.connection.dbapi_connection
        if not isinstance(driver, sqlite3.Connection) or connection.dispatch.before_cursor_execute:
            return connection.exec_driver_sql(text, sent if len(sent) > 1 else sent[0])
        # nobody watches, and SQLite keeps no account of broken connections: what stands between costs ten times the rest
        try:
            return driver.executemany(text, sent) if len(sent) > 1 else driver.execute(text, sent[0])
        except sqlite3.Error as failure:
            raise sa.exc.DBAPIError.instance(text, sent, failure, sqlite3.Error, dialect=dialect) from failure


def load(session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Many new rows at once, their values as drivers take them: COPY on PostgreSQL, one statement on SQLite.

    `columns`: of the model's table; the rest have their defaults in the database or may be empty.
    """
    values = list(map(tuple, rows))
    if not values:
        return
    session.flush()
    connection = session.connection()
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(model.__tablename__)} ({', '.join(map(quote, columns))})"
    driver: Any = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        places = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({places})", values)  # noqa: S608 – the model's own names
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def _row_type(names: Iterable[str]) -> Any:
    return namedtuple("Row", names)


_PLAIN = frozenset({int, str, bytes, bool, float, type(None)})


def _bound(value: Any, dialect: sa.Dialect) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, datetime):
        return _MOMENT.process_bind_param(value, dialect)
    if isinstance(value, date) and dialect.name == "sqlite":
        return value.isoformat()
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def moment_of(value: Any) -> datetime | None:
    """A moment as a driver gives it: `timestamptz`, or microseconds on SQLite."""
    if isinstance(value, int):
        return EPOCH + timedelta(microseconds=value)
    return None if value is None else value.astimezone(UTC)


def date_of(value: Any) -> date | None:
    """A date as a driver gives it: text on SQLite."""
    return date.fromisoformat(value) if isinstance(value, str) else value
