"""Two web hosts and two job hosts on one PostgreSQL; cables are pulled in the middle of the work, and hosts die.

Nothing is lost: every letter leaves, every case that somebody asked for is there once. Nothing is repeated for those
outside: a letter that a host had in hand may leave twice, with the same Message-ID, and is one letter to its receiver.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from app import journal, outbox, regions
from app.cases.models import Case
from app.db import Database, utcnow
from app.outbox.models import Message
from app.worker import queue
from bench import crowd
from tests import postgres, schema, served
from tests.faults.sink import Sink, sink
from tests.hosts import network
from tests.hosts.network import Host
from tests.people import world

LETTERS, CASES = 160, 16
IN_HAND = 2 * 2
"""Letters that job hosts have in hand at the moments of the two cuts."""


@dataclass
class Town:
    """Everything that runs, and the person who works."""

    db: Database
    site: served.Installation
    post: Sink
    hosts: dict[str, Host]
    person: int
    ports: dict[str, int] = field(default_factory=dict)

    def kill(self, name: str) -> None:
        """The whole host dies: SIGKILL to every process in its network."""
        told = os.popen(f"ip netns pids {self.hosts[name].name}").read().split()
        for pid in told:
            os.kill(int(pid), signal.SIGKILL)
        self.site.running[name].wait()

    def letters(self) -> Counter[str]:
        return Counter(number for number, _, _ in self.post.letters())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    try:
        with network.hosts("web1", "web2", "job1", "job2") as hosts:
            yield from _town(tmp_path, dict(zip(("web1", "web2", "job1", "job2"), hosts, strict=True)))
    except network.Refused as refused:
        pytest.skip(f"no network namespaces here: {refused}")


def _town(folder: Path, hosts: dict[str, Host]) -> Iterator[Town]:
    here = network.HERE.partition("/")[0]
    with postgres.cluster(also=network.HERE) as server, sink(folder, here) as post:
        url = postgres.create_database(server, "hosts")
        schema.upgrade(url)
        queue.install(url)
        db = Database(url)
        with db.write() as session:
            place = world.tree(session, regions.codes()[0])
            person = world.everybody(session, place)["regional_operator"].person_id
            crowd.schools(session)
        more = {"OPORA_QUEUE": "procrastinate", "OPORA_SMTP_URL": post.url, "OPORA_WORKER_INTERVAL": "0.2"}
        with served.installation(folder, url, OPORA_QUEUE_STALLED_SECONDS="6", **more) as site:
            yield Town(db, site, post, hosts, person)
        db.dispose()


def test_hosts_that_are_cut_off_lose_nothing_and_repeat_nothing(town: Town) -> None:
    _start(town)
    opened = threading.Thread(target=_open_cases, args=(town,))
    _post_letters(town.db)
    opened.start()
    served.wait_for(lambda: len(town.letters()) > LETTERS // 6 and _cases(town.db), "nobody works")
    town.hosts["job1"].pull()
    town.hosts["web1"].pull()
    served.wait_for(lambda: _silent(town), "the other hosts have work to do")
    town.kill("job1")
    town.kill("web1")
    served.wait_for(lambda: len(town.letters()) > LETTERS // 2, "the other host goes on")
    town.site.start("job1 again", "worker", prefix=town.hosts["job1"].prefix)
    town.hosts["job1"].plug()
    town.hosts["job2"].pull()
    served.wait_for(lambda: _attached(town, "job2") == 0, "the server gives up a host that it does not hear")
    town.hosts["job2"].plug()
    opened.join(60)
    served.wait_for(lambda: _done(town.db) == LETTERS, "letters are lost", 90)
    letters = town.letters()
    assert len(letters) == LETTERS, "each letter has left, under one number"
    assert sum(letters.values()) - LETTERS <= IN_HAND, "only what was in hand at a cut left again"
    assert _cases(town.db) == [1] * CASES, "each case that was asked for is there once"
    with town.db.read() as session:
        assert journal.verify(session, []).intact


def _start(town: Town) -> None:
    for name in ("job1", "job2"):
        town.site.start(name, "worker", prefix=town.hosts[name].prefix)
    for name in ("web1", "web2"):
        host = town.hosts[name]
        town.ports[name] = served.serve(town.site, 1, name=name, host=host.address, prefix=host.prefix)
    served.wait_for(lambda: _attached(town, "job1") and _attached(town, "job2"), "job hosts do not come")


def _post_letters(db: Database) -> None:
    letter = {"subject": "Дело", "text": "Текст"}
    with db.write() as session:
        letters = [
            outbox.Letter("letter", f"letter {n}", {"to": f"p{n}@place.example", **letter}) for n in range(LETTERS)
        ]
        outbox.post_all(session, letters, utcnow())


def _open_cases(town: Town) -> None:
    """A person opens a case for each school; what is not answered is asked again, at the other site, as people do."""
    cookie = served.session_of(town.db, town.person)
    with town.db.read() as session:
        schools = crowd.schools(session)[:CASES]
    sites = [served.Person(town.ports[name], cookie, town.hosts[name].address, patience=3) for name in ("web1", "web2")]
    for school in schools:
        while not _opens(sites[0], school):
            sites.reverse()


def _opens(site: served.Person, school: int) -> bool:
    try:
        answer = site.post("/cases/new/assignment", {"subject": str(school)}, page="/cases/new/assignment")
    except OSError:
        return False
    return answer.status == 303


def _silent(town: Town) -> bool:
    """The hosts that were cut off are in the middle of something, and the others have gone on since."""
    before = len(town.letters())
    served.wait_for(lambda: len(town.letters()) > before, "the other host goes on")
    return True


def _attached(town: Town, name: str) -> int:
    """Connections that the server has with a host."""
    address = town.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE client_addr = %s"
        found = connection.execute(asked, [town.hosts[name].address]).fetchone()
    return found[0] if found else 0


def _done(db: Database) -> int:
    """How many letters are closed. One that failed while a cable was out has a minute to wait: it is taken away."""
    with db.write() as session:
        failed = (Message.done_at.is_(None), Message.owner.is_(None), Message.error.is_not(None))
        session.execute(sa.update(Message).where(*failed).values(due_at=utcnow()))
        return (
            session.scalar(sa.select(sa.func.count()).where(Message.topic == "letter", Message.done_at.is_not(None)))
            or 0
        )


def _cases(db: Database) -> list[int]:
    """How many assignments each school has that has any."""
    with db.read() as session:
        found = sa.select(sa.func.count()).where(Case.kind == "assignment").group_by(Case.subject_id)
        return list(session.scalars(found))
