"""The process that workers are forked from; orders are JSON lines on stdin.

Orders: `url` of the database, `smtp`, `folder`, `later` (seconds by which its clock is ahead), `queue` (Procrastinate, until
it is signalled), `kill`: [topic, before | commit | after]: there the worker says «reached» and waits for its end.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db import Database, utcnow
from app.worker.loop import Worker
from app.worker.mail import Postman
from app.worker.queue import Pace, QueueWorker
from app.worker.relay import Taken
from tests.faults.forks import end_after
from tests.worker import setting


def say(words: str) -> None:
    os.write(1, f"{words}\n".encode())


class Mortal:
    """Says where it is when that is the chosen point; goes on when the signal was not deadly."""

    kill: tuple[str, str] = ("", "")

    def point(self, topic: str, moment: str) -> None:
        if (topic, moment) == self.kill:
            self.kill = ("", "")
            say(f"reached {os.getpid()}")
            if moment != "said":
                threading.Event().wait(60)  # for SIGKILL

    def deliver(self, message: Taken) -> bool:
        self.near(message.topic)
        closed = super().deliver(message)  # type: ignore[misc]
        self.point(message.topic, "after")
        return closed

    def together(self, messages: Sequence[Taken]) -> set[int]:
        self.near(messages[0].topic)
        closed = super().together(messages)  # type: ignore[misc]
        self.point(messages[0].topic, "after")
        return closed

    def near(self, topic: str) -> None:
        self.point(topic, "before")
        if self.kill == (topic, "commit"):
            engine = self.system.db.engine  # type: ignore[attr-defined]
            sa.event.listen(engine, "commit", lambda _connection: self.point(topic, "commit"))


class MortalWorker(Mortal, Worker):
    pass


class MortalQueueWorker(Mortal, QueueWorker):
    def job(self, message_id: int) -> None:
        super().job(message_id)
        self.point("job", "said")


def work(orders: dict[str, Any]) -> None:
    def clock() -> datetime:
        return utcnow() + timedelta(seconds=orders.get("later", 0))

    system = setting.build(Database(orders["url"]), Path(orders["folder"]))
    postman = Postman(orders.get("smtp", ""), "opora@region.example")
    if orders.get("queue"):
        pace = Pace(heartbeat=0.2, stalled=1.0, rescue="* * * * * *")
        worker: Any = MortalQueueWorker(system, postman, clock=clock, interval=0.1, pace=pace)
    else:
        worker = MortalWorker(system, postman, clock=clock)
    worker.kill = tuple(orders.get("kill", ("", "")))
    worker.run() if orders.get("queue") else worker.drain()


def main() -> None:
    for line in sys.stdin:
        orders = json.loads(line)
        pid = os.fork()
        if not pid:
            end_after(partial(work, orders))
        say(f"ended {os.waitpid(pid, 0)[1]}")


if __name__ == "__main__":
    main()
