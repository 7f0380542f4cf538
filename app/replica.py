"""A PostgreSQL standby that lists, boards and exports are read from, as long as it answers and is near enough.

Forms, checks and whatever is decided under a lock never come here. What a list shows may be as old as the settings allow;
a standby that is further behind, promoted or away is passed by without anybody noticing.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import faults
from app.db import DEAD_SERVER, KNOWN_STATEMENTS, HoldingSession, on_postgres_connect

log = logging.getLogger(__name__)
REST_SECONDS = 5.0
"""A standby that failed is left alone for so long."""
IMPATIENT = {**DEAD_SERVER, "connect_timeout": 2, "tcp_user_timeout": 3000, "prepare_threshold": 1}
AT_PRIMARY = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), clock_timestamp()"
AT_STANDBY = (
    "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), pg_last_xact_replay_timestamp() WHERE pg_is_in_recovery()"
)


class Replica:
    """`lag`: seconds by which it may be behind."""

    def __init__(self, url: str, lag: float) -> None:
        self.lag = timedelta(seconds=lag)
        self.engine = sa.create_engine(
            url, pool_size=8, max_overflow=16, query_cache_size=KNOWN_STATEMENTS, connect_args=IMPATIENT
        )
        sa.event.listen(self.engine, "connect", on_postgres_connect)
        self._away_until = 0.0
        self._behind = False

    def session(self, primary: sa.Engine) -> Session | None:
        """A session on the standby whose connection has just answered; None when the primary is to be read."""
        if time.monotonic() < self._away_until:
            return None
        with primary.connect() as connection:
            written, now = connection.exec_driver_sql(AT_PRIMARY).one()
        session = HoldingSession(self.engine, autoflush=False)
        try:
            found = session.connection().exec_driver_sql(AT_STANDBY).one_or_none()
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as failure:
            self._leave(session, failure)
            return None
        # replayed up to what the primary has written by now, or up to a commit that is young enough by its own clock
        near = found is not None and (found[0] >= written or (found[1] is not None and now - found[1] <= self.lag))
        if near == self._behind:
            self._behind = not near
            log.log(logging.INFO if near else logging.WARNING, "standby is near again" if near else "standby is behind")
        if near:
            return session
        session.close()
        return None

    def _leave(self, session: Session, failure: Exception) -> None:
        session.invalidate()
        self.engine.dispose()  # the other connections are as dead and must not be waited for one by one
        self._away_until = time.monotonic() + REST_SECONDS
        log.warning("standby is away", extra={"error": faults.kind(failure)})
