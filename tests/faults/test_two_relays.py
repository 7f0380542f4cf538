"""Two worker processes at once over five hundred messages: each is delivered once."""

from __future__ import annotations

import os
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

from app.db import Database
from app.outbox.models import Message
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.faults.forks import Child
from tests.people.world import NOW
from tests.worker import setting
from tests.worker.setting import messages, post

KEYS = [f"render:{n}" for n in range(500)]


def test_each_message_is_delivered_once(db, db_url, folder, tmp_path: Path) -> None:
    post(db, "render", *KEYS)
    db.dispose()
    told, both = tmp_path / "told", get_context("fork").Barrier(2)

    def deliver() -> int:
        out = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        system, number = setting.build(Database(db_url), folder), 0

        def render(message) -> None:
            nonlocal number
            if not number:
                both.wait(60)  # each has messages in its hands before either goes on
            number += 1
            os.write(out, f"{message.key}\n".encode())

        worker = Worker(system, Postman("", "opora@localhost"), {"render": render}, clock=lambda: NOW)
        while worker.messages():
            pass
        return number

    children = [Child(deliver) for _ in range(2)]
    ends = [child.join() for child in children]
    assert [status for status, _ in ends] == [0, 0]
    # one that saw only rows in the other's hands may rest early; what is left is there for the next round
    left = [one.key for one in messages(db, Message.done_at.is_(None))]
    delivered = told.read_text().splitlines()
    assert Counter([*delivered, *left]) == dict.fromkeys(KEYS, 1)
    assert sum(number for _, number in ends) == len(delivered)
    assert {one.attempts for one in messages(db, Message.done_at.is_not(None))} == {1}
