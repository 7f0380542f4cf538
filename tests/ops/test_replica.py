"""Lists are read from a streaming standby while it is near; nothing else is, and nobody notices when it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa

from app import config, wiring
from app.db import Database
from app.errors import BadInput, Refused
from app.replica import Replica
from tests import postgres
from tests.served import wait_for

pytestmark = pytest.mark.year

LAG = 0.5
WRITTEN = "INSERT INTO definition (hash, process, files, published_at) VALUES (:hash, 'p', '{}', now())"


@dataclass
class Pair:
    db: Database
    standby: str
    kill: Callable[[], None]

    def port_of(self, session: sa.orm.Session) -> int:
        return session.scalar(sa.text("SELECT inet_server_port()")) or 0

    def lists_from(self) -> int:
        with self.db.browse() as session:
            return self.port_of(session)

    def write(self, name: str) -> None:
        with self.db.write() as session:
            session.execute(sa.text(WRITTEN), {"hash": name})

    def listed(self) -> set[str]:
        with self.db.browse() as session:
            return set(session.scalars(sa.text("SELECT hash FROM definition")))

    def tell(self, statement: str) -> None:
        """Say something to the standby itself."""
        address = sa.engine.make_url(self.standby).set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    @property
    def ports(self) -> tuple[int | None, int | None]:
        return self.db.url.port, sa.engine.make_url(self.standby).port


@pytest.fixture
def pair(db_url: str) -> Iterator[Pair]:
    if db_url.startswith("sqlite"):
        pytest.skip("SQLite has no standby")
    with postgres.standby(db_url) as (address, kill):
        db = Database(db_url, replica=Replica(address, LAG))
        yield Pair(db, address, kill)
        db.dispose()


def test_lists_go_to_a_standby_that_is_near_and_to_the_primary_otherwise(pair: Pair) -> None:
    primary, standby = pair.ports
    pair.write("first")
    wait_for(lambda: pair.lists_from() == standby, "the standby is not read")
    for others in (pair.db.read, pair.db.glance, pair.db.write, pair.db.snapshot):
        with others() as session:
            assert pair.port_of(session) == primary, "forms and checks are the primary's"
    wait_for(
        lambda: "first" in pair.listed() and pair.lists_from() == standby, "the standby goes on behind the primary"
    )

    pair.tell("SELECT pg_wal_replay_pause()")
    pair.write("second")
    wait_for(lambda: pair.lists_from() == primary, "a standby that stands still is passed by")
    assert "second" in pair.listed()
    pair.tell("SELECT pg_wal_replay_resume()")
    wait_for(lambda: pair.lists_from() == standby, "a standby that has caught up is read again")
    assert pair.listed() >= {"first", "second"}

    pair.kill()
    assert pair.lists_from() == primary, "a standby that is gone is passed by at once"
    assert pair.listed() >= {"first", "second"}


def test_a_promoted_standby_is_not_read(pair: Pair) -> None:
    primary, standby = pair.ports
    wait_for(lambda: pair.lists_from() == standby, "the standby is not read")
    pair.tell("SELECT pg_promote()")
    wait_for(lambda: pair.lists_from() == primary, "it goes its own way now")


def test_a_standby_is_refused_where_there_cannot_be_one() -> None:
    settings = config.load({"OPORA_REPLICA_URL": "postgresql+psycopg://opora@standby/opora"})
    with pytest.raises(Refused, match="OPORA_REPLICA_URL"):
        wiring.standby(settings)
    with pytest.raises(BadInput, match="OPORA_REPLICA_LAG_SECONDS"):
        config.load({"OPORA_REPLICA_LAG_SECONDS": "soon"})
