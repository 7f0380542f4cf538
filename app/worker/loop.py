"""`opora worker`: relay, then what is due, then sleep; stops between two messages when asked to."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.cases import deadlines, operations
from app.cases.system import System
from app.db import utcnow
from app.worker import letters
from app.worker.mail import Postman
from app.worker.relay import Taken, relay

log = logging.getLogger(__name__)
Topic = Callable[[Taken], None]


@dataclass
class Worker:
    """`topics` beyond wake and mail are given by the rooms: render."""

    system: System
    postman: Postman
    topics: dict[str, Topic] = field(default_factory=dict)
    clock: Callable[[], datetime] = utcnow
    interval: float = 1.0
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}")

    def __post_init__(self) -> None:
        self.stopping = threading.Event()

    def deliver(self, message: Taken) -> None:
        """Hand a message to its topic."""
        {"wake": self._wake, "mail": self._mail, **self.topics}[message.topic](message)

    def _wake(self, message: Taken) -> None:
        assert message.case_id is not None
        payload = message.payload
        operations.deliver(self.system, message.case_id, payload["message"], payload["values"], now=self.clock())

    def _mail(self, message: Taken) -> None:
        payload: dict[str, Any] = dict(message.payload)
        if payload.get("template") == "deadline":
            with self.system.db.read() as session:
                letter = letters.deadline(session, self.system, message.case_id or 0, payload, self.clock().date())
            if letter is not None:
                self.postman.send(message.key, letter.to, letter.subject, letter.text)
            return
        self.postman.send(message.key, payload["to"], payload["subject"], payload["text"])

    def round(self) -> int:
        """Everything due now, once; returns how much was done."""
        done = relay(self.system.db, self.owner, self.deliver, self.clock)
        with self.system.db.read() as session:
            due = deadlines.due_cases(session, self.clock())
        for case_id in due:
            try:
                operations.wake(self.system, case_id, now=self.clock())
            except Exception:
                log.exception("waking a case failed", extra={"case": case_id})
        return done + len(due)

    def drain(self, rounds: int = 100) -> None:
        """Rounds until nothing is due: for command lines and tests that want the end state at once."""
        for _ in range(rounds):
            if not self.round():
                return

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        while not self.stopping.is_set():
            try:
                busy = self.round()
            except Exception:
                log.exception("a round failed")
                busy = 0
            if not busy:
                self.stopping.wait(self.interval)
