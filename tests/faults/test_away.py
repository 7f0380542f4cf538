"""The database goes away and comes back: pages say so in words and when to try again, the worker rests and goes on."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app.cases.models import Task
from app.db import Database
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests import postgres
from tests.security.visitor import Visitor, site
from tests.worker.setting import message, post

WORDS = "База данных сейчас не отвечает"
SECONDS = 60


@contextmanager
def away(db: Database) -> Iterator[None]:
    """PostgreSQL ends all connections and takes no new one; SQLite's only lock for writing is held by somebody else."""
    if db.sqlite:
        sa.event.listen(db.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout = 20"))
        holder = sqlite3.connect(db.url.database or "", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.close()
        return
    url = db.url.render_as_string(hide_password=False)
    postgres.close(url)
    yield
    postgres.reopen(url)


@pytest.fixture
def visitor(system, region) -> Visitor:
    return Visitor(site(system), region.actors["regional_operator"])


@pytest.fixture
def claim(db, petition) -> str:
    """Where a task is taken: a small deed of a person."""
    with db.read() as session:
        return f"/tasks/{session.scalars(sa.select(Task.id).where(Task.case_id == petition)).one()}/claim"


def claimed(db: Database) -> int | None:
    with db.read() as session:
        return session.scalars(sa.select(Task.claimed_by)).one()


def test_a_deed_is_refused_in_words_and_done_when_the_database_is_back(db, visitor, claim, petition) -> None:
    token = visitor.token
    with away(db):
        answer = visitor.client.post(claim, data={"csrf_token": token})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        page = answer.get_data(as_text=True)
        assert WORDS in page and "обращение" in page and "Traceback" not in page
    assert claimed(db) is None
    assert visitor.client.post(claim, data={"csrf_token": token}).status_code == 303
    assert claimed(db) is not None


def test_pages_and_programs_are_answered_while_there_is_no_database_at_all(db, visitor, claim) -> None:
    if db.sqlite:
        pytest.skip("a file does not go away; who reads it waits for nobody")
    assert visitor.get("/tasks").status_code == 200
    with away(db):
        for _ in range(2):
            answer = visitor.get("/tasks")
            assert answer.status_code == 503 and WORDS in answer.get_data(as_text=True)
        told = visitor.get("/api/v1/tasks")
        assert (told.status_code, told.mimetype) == (503, "application/problem+json")
        assert told.json["code"] == "unavailable" and WORDS in told.json["detail"]
        assert told.headers["Retry-After"] == "30"
        assert [visitor.get(url).status_code for url in ("/healthz", "/readyz")] == [200, 503]
    assert visitor.get("/tasks").status_code == 200
    assert visitor.client.post(claim, data={"csrf_token": visitor.token}).status_code == 303


class Heard(logging.Handler):
    """Somebody who waits until a line is written to a log."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.event = text, threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self.text:
            self.event.set()


def test_the_worker_rests_while_the_database_is_away_and_then_goes_on(db, system, clock) -> None:
    post(db, "render", "a")
    delivered = threading.Event()
    topics = {"render": lambda _: delivered.set()}
    worker = Worker(system, Postman("", "opora@localhost"), topics, clock=clock, interval=0.02)
    heard, log = Heard("a round failed"), logging.getLogger("app.worker.loop")
    log.addHandler(heard)
    working = threading.Thread(target=worker.run)
    try:
        with away(db):
            working.start()
            assert heard.event.wait(SECONDS) and not delivered.is_set()
        assert delivered.wait(SECONDS)
    finally:
        worker.stopping.set()
        working.join()
        log.removeHandler(heard)
    assert (message(db, "a").done_at, message(db, "a").attempts) == (clock(), 1)
