"""The database: types that behave alike on SQLite and PostgreSQL, and the two kinds of transaction.

SQLite is opened in WAL with `synchronous=FULL`; a writing transaction begins IMMEDIATE, so it takes the write lock
before it reads, as `FOR UPDATE` does on PostgreSQL.
"""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from app import search

if TYPE_CHECKING:
    from app.replica import Replica

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC: `timestamptz` on PostgreSQL, whole microseconds since 1970 on SQLite (sorts, compares)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        if dialect.name == "sqlite":
            return micros_of(value)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)
        return value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON kept as text: the order of keys survives, which engine state and hashes rely on."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else orjson.loads(value)


_clock: ContextVar[Callable[[], datetime] | None] = ContextVar("clock", default=None)


def utcnow() -> datetime:
    """Now, by the clock of the context: a played year has its own."""
    clock = _clock.get()
    return clock() if clock else datetime.now(UTC)


@contextmanager
def by_clock(clock: Callable[[], datetime]) -> Iterator[None]:
    """Within it `utcnow` tells the time of `clock`."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


def micros_of(value: datetime) -> int:
    """Whole microseconds since 1970."""
    delta = value - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event below decides, not the driver
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-65536",
    ):
        connection.execute("PRAGMA " + pragma)
    connection.create_function(search.NAME, 1, search.fold, deterministic=True)


def on_postgres_connect(connection: Any, _record: Any) -> None:
    autocommit, connection.autocommit = connection.autocommit, True
    connection.prepared_max = PREPARED
    connection.execute("SET lock_timeout = '15s'")
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.execute("SET jit = off")
    for name, value in DEAD_PEER.items():
        connection.execute(f"SET {name} = {value}")
    connection.autocommit = autocommit


DEAD_PEER = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A host that was cut off in the middle of a transaction is given up by the server within eleven seconds, and what it held
is free before those who wait for it (`lock_timeout`) have to give up too."""
DEAD_SERVER = {
    **{"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3},
    **{"tcp_user_timeout": 10_000, "connect_timeout": 10},
}
"""The same from the other side."""
PREPARED = 500
"""Statements a connection keeps prepared on the server; the driver's own 100 are fewer than the rooms take turns with."""
HELD = 2000
"""Rows a session keeps at hand: more than any move or page reads, less than a walk over all cases should gather."""


def for_update(found: sa.Select, **options: Any) -> sa.Select:
    """Lock what is found and read it as it is after the wait, also where the session holds it from before."""
    return found.with_for_update(**options).execution_options(populate_existing=True)


def _afresh(options: dict[str, Any]) -> dict[str, Any]:
    return {"populate_existing": True, **options} if options.get("with_for_update") else options


class HoldingSession(Session):
    """A session that holds what it has read: asked for again, a row is there and costs no statement.

    SQLAlchemy's own holds rows weakly, so that the same few (a school, its authority, a position) are read many times
    in one transaction.
    """

    def __init__(self, bind: sa.Engine, **options: Any) -> None:
        super().__init__(bind, expire_on_commit=False, **options)
        self.held: list[object] = []

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """A row by its key; one that is not at hand is read by a statement built once, not anew each time.

        A row that is locked is read as it is after the wait.
        """
        if options or not isinstance(ident, int | str) or self.identity_key(entity, ident) in self.identity_map:
            return super().get(entity, ident, **_afresh(options))
        return self.scalar(_by_key(entity), {"key": ident})

    def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        """The same; NoResultFound when there is no such row."""
        found = None if options else self.get(entity, ident)
        return super().get_one(entity, ident, **_afresh(options)) if found is None else found


@cache
def _by_key(entity: Any) -> sa.Select:
    (key,) = sa.inspect(entity).primary_key
    return sa.select(entity).where(key == sa.bindparam("key"))


@sa.event.listens_for(HoldingSession, "loaded_as_persistent")
@sa.event.listens_for(HoldingSession, "pending_to_persistent")
def _hold(session: HoldingSession, row: object) -> None:
    if len(session.held) < HELD:
        session.held.append(row)


Outage = Literal["away", "full"]
_AWAY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def outage(failure: BaseException | None) -> Outage | None:
    """Why a deed failed that was right in itself and may be tried again: the database is away, or there is no room.

    None for anything else, mistakes of ours among it. Nothing was written, or everything was.
    """
    if isinstance(failure, sa.exc.TimeoutError):
        return "away"  # no connection became free
    cause = failure.orig if isinstance(failure, sa.exc.DBAPIError) else failure
    if isinstance(cause, OSError):
        return "full" if cause.errno in _NO_ROOM else None
    if isinstance(cause, sqlite3.OperationalError):
        code = cause.sqlite_errorcode & 0xFF
        return "full" if code == sqlite3.SQLITE_FULL else "away" if code in _AWAY else None
    if isinstance(cause, psycopg.errors.DiskFull):
        return "full"
    lost = isinstance(failure, sa.exc.DBAPIError) and failure.connection_invalidated
    return "away" if lost or isinstance(cause, psycopg.OperationalError) else None


def _begin_on_sqlite(driver: Any) -> None:
    driver.execute("BEGIN")


def _lock_sqlite(session: Session) -> None:
    """Begin anew as the only writer, before anything is read."""
    driver: Any = session.connection().connection.dbapi_connection
    driver.execute("COMMIT")
    try:
        driver.execute(IMMEDIATE)
    except sqlite3.Error as failure:
        raise sa.exc.DBAPIError.instance(IMMEDIATE, (), failure, sqlite3.Error) from failure


IMMEDIATE = "BEGIN IMMEDIATE"
SAMPLE = 100_000
"""Rows of each index that SQLite looks at to learn how it is filled."""
IDLE_SECONDS = 10.0
KNOWN_STATEMENTS = 4000
"""Compiled statements kept: more than all rooms have, with their variants, so that none is compiled twice."""


def _on_checkin(_connection: Any, record: Any) -> None:
    if record is not None:
        record.info["seen"] = time.monotonic()


def _on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
    """A connection that rested is asked whether the server still knows it; one just used is not."""
    if time.monotonic() - record.info.get("seen", time.monotonic()) > IDLE_SECONDS:
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except psycopg.OperationalError as gone:
            raise sa.exc.DisconnectionError from gone


class Database:
    """Pools of connections. `read()` never commits; `write()` is one transaction, committed at its exit or rolled back whole."""

    def __init__(self, url: str, *, pool_size: int = 8, replica: Replica | None = None) -> None:
        self.replica = replica
        self.url = sa.engine.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 16, "query_cache_size": KNOWN_STATEMENTS}
        if self.sqlite:
            known = {"cached_statements": KNOWN_STATEMENTS}  # the driver's own default is 128
            options["connect_args"] = {"check_same_thread": False, "timeout": 30, **known}
        else:
            options["connect_args"] = {"prepare_threshold": 1, **DEAD_SERVER}
        self.engine = self._single = sa.create_engine(self.url, **options)
        if self.sqlite:
            sa.event.listen(self.engine, "connect", _on_sqlite_connect)
            # not by an event: an engine that has one asks at every statement who listens
            setattr(self.engine.dialect, "do_begin", _begin_on_sqlite)  # noqa: B010
        else:
            options |= {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
            self._single = sa.create_engine(self.url, **options)
            for engine in self.engines:
                sa.event.listen(engine, "connect", on_postgres_connect)
                sa.event.listen(engine, "checkin", _on_checkin)
                sa.event.listen(engine, "checkout", _on_checkout)
                sa.event.listen(engine, "handle_error", self._on_error)

    @property
    def engines(self) -> tuple[sa.Engine, ...]:
        """Every pool of connections: on PostgreSQL those of `glance` are never in a transaction."""
        return (self.engine,) if self.sqlite else (self.engine, self._single)

    def _on_error(self, context: sa.engine.ExceptionContext) -> None:
        """The server has dropped a connection: those of the other pool are as dead, and must not fail one by one."""
        if context.is_disconnect:
            for engine in self.engines:
                if engine is not context.engine:
                    engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading: never committed; what was loaded stays readable after its end."""
        with HoldingSession(self.engine, autoflush=False) as session:
            yield session

    @contextmanager
    def browse(self) -> Iterator[Session]:
        """A session for reading lists: what they are narrowed by decides which index serves them.

        PostgreSQL plans such statements with their values; all others keep one plan, which is cheaper and good enough
        where a row is named by its key. Where there is a standby that is near enough, it is read instead.
        """
        copy = self.replica.session(self._single) if self.replica else None
        with copy or HoldingSession(self.engine, autoflush=False) as session:
            if not self.sqlite:
                session.connection().exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
            yield session

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """A session for reading a few rows: each statement stands alone, no transaction is begun and ended for it."""
        with HoldingSession(self._single, autoflush=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session for reading that sees one moment, however long it reads."""
        with self.read() as session:
            options = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
            session.connection(execution_options=options).exec_driver_sql("SELECT seq FROM chain_head")
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one writing transaction."""
        with HoldingSession(self.engine) as session, session.begin():
            if self.sqlite:
                _lock_sqlite(session)
            yield session

    def study(self) -> None:
        """Let SQLite learn how its tables are filled, or it takes each list for a short one; PostgreSQL does so by itself."""
        if not self.sqlite:
            return
        with self.write() as session:
            for statement in (f"PRAGMA analysis_limit = {SAMPLE}", "ANALYZE"):
                session.connection().exec_driver_sql(statement)

    def dispose(self) -> None:
        for engine in (*self.engines, *((self.replica.engine,) if self.replica else ())):
            engine.dispose()
