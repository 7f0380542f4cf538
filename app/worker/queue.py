"""Several hosts on PostgreSQL: messages are handed to Procrastinate, whose workers deliver them by the same topics.

The outbox stays the record: a message is handed over and marked in one transaction, on one connection; its row is settled
by who delivered it; what fails comes back to the outbox, which decides when to try again. Procrastinate adds waking by
NOTIFY, spreading over hosts and heartbeats. It does not rescue the jobs of a killed worker by itself: `rescue` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import faults
from app.db import DEAD_PEER, DEAD_SERVER, Database, utcnow
from app.errors import Refused
from app.outbox.models import Message
from app.worker import relay
from app.worker.loop import Worker, new_owner

QUEUE = "opora"
DELIVER, RESCUE = "opora.deliver", "opora.rescue"
HANDED = "queue"
"""Owner of a message that stands in the queue and is in no worker's hands yet."""
LOST = timedelta(hours=6)
"""After this the queue is taken to have lost the job, and the message is handed over again."""
BATCH = 200
INSTALL_LOCK = 715518

log = logging.getLogger(__name__)

# jobs are written through the caller's connection: this application never opens one
_deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


@dataclass(frozen=True)
class Pace:
    """Seconds: between heartbeats of a worker, and until one without them counts as dead; when to look for the dead.

    `retry`: until a job that failed for want of the database is begun anew. A failed delivery is no failed job: it goes
    back to the outbox.
    """

    heartbeat: float = 10.0
    stalled: float = 30.0
    rescue: str = "* * * * * */30"
    retry: int = 5
    concurrency: int = 2

    @classmethod
    def giving_up_after(cls, seconds: int) -> Pace:
        """Hosts without a heartbeat for so long count as dead; looked for as often."""
        return cls(heartbeat=seconds / 3, stalled=float(seconds), rescue=f"* * * * * */{min(seconds, 30)}")


@dataclass
class QueueWorker(Worker):
    """Hands over what is due and works off the queue beside its fellows on other hosts."""

    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.jobs = 0
        self._app = self._build()

    def messages(self) -> int:
        return hand_over(self.system.db, self.clock())

    def job(self, message_id: int) -> None:
        """One job of the queue: the message by its id, unless it was settled meanwhile."""
        self.jobs += 1
        message = hold(self.system.db, message_id, new_owner(), self.clock())
        if message is not None:
            relay.attempt(self.system.db, message, self.deliver, self.clock)

    def run(self) -> None:
        """Until told to stop; when the queue's side fails (the database is away) it is begun anew after a rest."""
        dispatcher = threading.Thread(target=super().run, name="dispatcher")
        dispatcher.start()
        try:
            while not self.stopping.is_set():
                self._work_off(wait=True)
                self.stopping.wait(self.interval)
        finally:
            self.stopping.set()
            dispatcher.join()

    def drain(self, rounds: int = 100) -> None:
        for _ in range(rounds):
            before = self.jobs
            handed = 0 if self.stopping.is_set() else self.round()
            self._work_off(wait=False)
            if not handed and self.jobs == before:
                return

    def _work_off(self, *, wait: bool) -> None:
        try:
            asyncio.run(self._serve(wait=wait))
        except Exception as failure:
            log.error("the queue failed", extra={"error": faults.kind(failure), "place": faults.place(failure)})
            if not wait:
                raise

    async def _serve(self, *, wait: bool) -> None:
        """The queue's worker; a signal lets the jobs in hand end and takes no more."""
        async with self._app.open_async():
            options = {
                "queues": [QUEUE],
                "name": self.owner,
                "concurrency": self.pace.concurrency,
                "wait": wait,
                "delete_jobs": "successful",
                "install_signal_handlers": False,
                "update_heartbeat_interval": self.pace.heartbeat,
                "stalled_worker_timeout": self.pace.stalled,
            }
            working = asyncio.ensure_future(self._app.run_worker_async(**options))  # type: ignore[arg-type]

            def stop() -> None:
                if not self.stopping.is_set():
                    self.stopping.set()
                    working.cancel()

            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stop)
            if self.stopping.is_set():
                working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working

    def _build(self) -> procrastinate.App:
        address = psycopg.conninfo.make_conninfo(conninfo(self.system.db.url), **DEAD_SERVER)
        connector = procrastinate.PsycopgConnector(
            conninfo=address, min_size=1, max_size=5, configure=_give_up_dead_peers
        )
        app = procrastinate.App(connector=connector)
        again = procrastinate.RetryStrategy(wait=self.pace.retry)
        app.task(name=DELIVER, queue=QUEUE, retry=again)(self._deliver_job)
        app.periodic(cron=self.pace.rescue)(app.task(name=RESCUE, queue=QUEUE)(self._rescue))
        return app

    def _deliver_job(self, message_id: int) -> None:
        self.job(message_id)

    async def _rescue(self, timestamp: int) -> None:
        """Put back the jobs of workers that send no heartbeat any more."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self.pace.stalled):
            try:
                await manager.retry_job(job, retry_at=utcnow())
            except (
                procrastinate.exceptions.ConnectorException
            ) as failure:  # somebody else was faster; the next may be ours
                log.warning(
                    "job not put back", extra={"job": job.id, "error": faults.kind(failure.__cause__ or failure)}
                )
            else:
                log.warning("job of a dead worker put back", extra={"job": job.id, **job.task_kwargs})


def hand_over(db: Database, now: datetime) -> int:
    """Move due messages into the queue; returns how many."""
    with db.write() as session:
        return hand_over_in(session, now)


def hand_over_in(session: Session, now: datetime) -> int:
    """The same in the caller's transaction: the mark on the message and its job are written together or not at all."""
    batch = relay.lease(session, HANDED, now, now + LOST, BATCH)
    if batch:
        connection = session.connection().connection.driver_connection
        deferring = _deferring.configure_task(DELIVER, queue=QUEUE, connection=connection)
        jobs: list[dict[str, Any]] = [{"message_id": message.id} for message in batch]
        deferring.batch_defer(*jobs)
    return len(batch)


def hold(db: Database, message_id: int, owner: str, now: datetime) -> relay.Taken | None:
    """Take a handed message into a worker's hands; None when it is settled, or has killed as many workers as it may.

    A job that was put back finds the name of its dead worker on the message: that was an attempt.
    """
    open_ = (Message.id == message_id, Message.done_at.is_(None), Message.failed_at.is_(None))
    with db.write() as session:
        where = (*open_, Message.owner.is_not(None))
        row = session.execute(sa.select(Message.owner, Message.attempts).where(*where).with_for_update()).one_or_none()
        if row is None:
            return None
        again = row.owner != HANDED
        mine = sa.update(Message).where(Message.id == message_id)
        if again and row.attempts >= relay.ATTEMPTS:
            session.execute(mine.values(failed_at=now, error=relay.DIED, owner=None, lease_until=None))
            log.error("given up", extra={"messages": [message_id], "error": relay.DIED})
            return None
        values = {"owner": owner, "lease_until": now + LOST, "attempts": row.attempts + again}
        return relay.Taken(*session.execute(mine.values(**values).returning(*relay.COLUMNS)).one())


async def _give_up_dead_peers(connection: psycopg.AsyncConnection[Any]) -> None:
    for name, value in DEAD_PEER.items():
        await connection.execute(f"SET {name} = {value}")
    await connection.commit()


# the queue's own tables -------------------------------------------------------------------------------------------------


def conninfo(url: sa.engine.URL) -> str:
    """The database's address for libpq. Refused when it is not PostgreSQL."""
    if url.get_backend_name() != "postgresql":
        raise Refused(
            "Очередь Procrastinate работает только на PostgreSQL.",
            advice="Уберите OPORA_QUEUE или укажите базу PostgreSQL в OPORA_DATABASE_URL.",
        )
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def install(url: str) -> None:
    """Make the queue's tables, or bring them to the version of the package that is installed.

    They are the package's own and not of our migrations: an installation without the queue has none of them.
    """
    target = version("procrastinate")
    folder = Path(procrastinate.schema.SchemaManager.get_migrations_path())
    with psycopg.connect(conninfo(sa.engine.make_url(url)), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [INSTALL_LOCK])
        is_there, said = _installed(connection)
        if not is_there:
            connection.execute(procrastinate.schema.SchemaManager.get_schema())
        for name in pending(said, (path.name for path in folder.glob("*.sql"))) if is_there else ():
            connection.execute((folder / name).read_text("utf-8"))  # type: ignore[arg-type]
        comment = psycopg.sql.SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(f"procrastinate {target}")
        connection.execute(comment)


def require_installed(db: Database) -> None:
    """Refused when the queue's tables are not there."""
    with psycopg.connect(conninfo(db.url)) as connection:
        if not _installed(connection)[0]:
            raise Refused("В базе нет таблиц очереди.", advice="Выполните «opora upgrade» с OPORA_QUEUE=procrastinate.")


def _installed(connection: psycopg.Connection) -> tuple[bool, str | None]:
    """Whether the tables are there, and the version that `install` wrote on them."""
    said = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL, obj_description(to_regclass('procrastinate_jobs'))"
    row = connection.execute(said).fetchone()
    assert row is not None
    return bool(row[0]), row[1]


def pending(said: str | None, names: Iterable[str]) -> list[str]:
    """Migration files (`03.04.00_01_pre_….sql`) newer than the version written on the tables, in their order."""
    if said is None:
        return []
    have = tuple(int(part) for part in said.split()[-1].split(".")[:3])
    return [name for name in sorted(names) if tuple(int(part) for part in name[:8].split(".")) > have]
