"""Several hosts on PostgreSQL: messages go through Procrastinate and come to the same end."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from app import config
from app.cli import main
from app.db import Database
from app.errors import Refused
from app.worker import queue, relay
from app.worker.mail import Postman
from tests.people.world import NOW
from tests.worker.setting import message, messages, post


@pytest.fixture
def db(db: Database) -> Database:
    if db.sqlite:
        pytest.skip("the queue needs PostgreSQL")
    queue.install(db.url.render_as_string(hide_password=False))
    return db


def jobs(db: Database) -> list[tuple[str, str]]:
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT args ->> 'message_id', status FROM procrastinate_jobs WHERE task_name = 'opora.deliver' ORDER BY id"
        )
        return [tuple(row) for row in rows]


def worker(system, clock, render=lambda m: None) -> queue.QueueWorker:
    return queue.QueueWorker(system, Postman("", "opora@localhost"), {"render": render}, clock=clock)


def test_a_message_and_its_job_are_written_together_or_not_at_all(db) -> None:
    post(db, "render", "a")
    with pytest.raises(RuntimeError), db.write() as session:
        assert queue.hand_over_in(session, NOW) == 1
        raise RuntimeError
    assert (jobs(db), message(db, "a").owner) == ([], None)
    assert queue.hand_over(db, NOW) == 1
    assert queue.hand_over(db, NOW) == 0
    assert (jobs(db), message(db, "a").owner) == ([(str(message(db, "a").id), "todo")], queue.HANDED)


def test_everything_due_goes_through_the_queue_and_leaves_no_job_behind(db, system, clock) -> None:
    post(db, "render", *[f"r{n}" for n in range(30)])
    delivered: list[str] = []
    worker(system, clock, lambda m: delivered.append(m.key)).drain()
    assert sorted(delivered) == sorted(m.key for m in messages(db))
    assert {(m.done_at, m.attempts, m.owner) for m in messages(db)} == {(NOW, 1, None)}
    assert jobs(db) == []


def test_a_failure_comes_back_to_the_outbox_which_decides_when(db, system, clock) -> None:
    post(db, "render", "a")

    def render(m) -> None:
        if m.attempts == 1:
            raise Refused("Пока нельзя.")

    one = worker(system, clock, render)
    one.drain()
    assert (message(db, "a").due_at, message(db, "a").error) == (NOW + timedelta(minutes=1), "Refused: Пока нельзя.")
    clock.later(minutes=1)
    one.drain()
    assert (message(db, "a").done_at, message(db, "a").attempts) == (clock(), 2)


def test_a_job_put_back_counts_as_an_attempt_and_the_slower_worker_settles_nothing(db) -> None:
    post(db, "render", "a")
    queue.hand_over(db, NOW)
    id_ = message(db, "a").id
    first = queue.hold(db, id_, "one", NOW)
    second = queue.hold(db, id_, "two", NOW)
    assert (first.attempts, second.attempts) == (1, 2)
    assert not relay.settle(db, first, NOW)
    assert relay.settle(db, second, NOW)
    assert queue.hold(db, id_, "three", NOW) is None


def test_what_kills_workers_is_given_up(db) -> None:
    post(db, "render", "a")
    queue.hand_over(db, NOW)
    id_ = message(db, "a").id
    held = [queue.hold(db, id_, f"w{n}", NOW) for n in range(relay.ATTEMPTS + 1)]
    assert [one and one.attempts for one in held] == [*range(1, relay.ATTEMPTS + 1), None]
    assert message(db, "a").failed_at == NOW


def test_a_job_of_a_killed_worker_is_finished_by_another(db, db_url, folder, inbox, forks) -> None:
    post(db, "letter", "a", to="a@place.example", subject="Новости", text="Текст")
    orders = {"url": db_url, "smtp": inbox.url, "folder": str(folder), "queue": True}
    assert forks.run(**orders, kill=["letter", "after"]) == signal.SIGKILL
    assert (message(db, "a").done_at, [status for _, status in jobs(db)]) == (None, ["doing"])
    # the second says when it has done the job, and ends by SIGTERM in peace
    assert forks.run(**orders, kill=["job", "said"], number=signal.SIGTERM) == 0
    assert (message(db, "a").attempts, message(db, "a").owner) == (2, None)
    assert message(db, "a").done_at is not None
    assert jobs(db) == []
    first, second = inbox.letters
    assert first["Message-ID"] == second["Message-ID"]


def test_the_queue_is_installed_by_upgrade_when_the_settings_ask_for_it(db, db_url) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    plain = {"OPORA_DATABASE_URL": db_url}
    run = CliRunner().invoke
    assert run(main, ["upgrade"], env=plain).exit_code == 0
    refused = run(main, ["worker", "--drain"], env={**plain, "OPORA_QUEUE": "procrastinate"})
    assert refused.exit_code == 1
    assert "opora upgrade" in refused.output
    for _ in range(2):
        assert run(main, ["upgrade"], env={**plain, "OPORA_QUEUE": "procrastinate"}).exit_code == 0
    queue.require_installed(db)


def test_migrations_of_the_queue_are_applied_from_the_version_written_down() -> None:
    names = ["03.04.00_50_post_b.sql", "03.01.00_01_pre_a.sql", "03.04.00_01_pre_b.sql", "02.14.01_01_c.sql"]
    assert queue.pending("procrastinate 3.1.0", names) == ["03.04.00_01_pre_b.sql", "03.04.00_50_post_b.sql"]
    assert queue.pending("procrastinate 3.10.0", names) == []
    assert queue.pending(None, names) == []


def test_the_queue_is_refused_on_sqlite() -> None:
    with pytest.raises(Refused, match="только на PostgreSQL"):
        queue.conninfo(sa.engine.make_url(config.Settings().database_url))
