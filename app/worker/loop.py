"""`opora worker`: relay, then what is due, then sleep; stops between two messages when asked to."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app import faults
from app.cases.system import System
from app.db import utcnow
from app.worker import due, watch
from app.worker.mail import Postman
from app.worker.relay import Taken, relay
from app.worker.topics import Topic, Topics

log = logging.getLogger(__name__)
NONE, HOUR = timedelta(), timedelta(hours=1)  # less than none has passed where the clock was put back


def new_owner() -> str:
    """A name under which a process takes messages: no two processes, nor two lives of one, share it."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{os.urandom(4).hex()}"


@dataclass
class Worker:
    """`topics` beyond wake, mail and due are given by the rooms: render. `interval`: seconds of rest when nothing is due.

    `light`: those of `topics` that touch nothing but this process; their messages are settled many at a time.
    `chores` are done once an hour while the worker runs; one that fails is tried again in an hour.
    """

    system: System
    postman: Postman
    topics: Mapping[str, Topic] = field(default_factory=dict)
    clock: Callable[[], datetime] = utcnow
    interval: float = 1.0
    owner: str = field(default_factory=new_owner)
    chores: Sequence[Callable[[datetime], object]] = ()
    light: Collection[str] = ()

    def __post_init__(self) -> None:
        self._tidied: datetime | None = None
        self._watched: datetime | None = None
        self._seen: int | None = None
        self.stopping = threading.Event()
        self._topics = Topics(self.system, self.postman, self.topics, self.light, self.clock)

    def deliver(self, message: Taken) -> bool:
        """Hand a message to its topic; True when it is closed with that."""
        return self._topics.deliver(message)

    def portion(self, message: Taken) -> str:
        """Messages in a row for which this is the same go together."""
        return self._topics.portion(message)

    def together(self, messages: Sequence[Taken]) -> set[int]:
        """Hand a portion to its topic; ids of the messages closed with that."""
        return self._topics.together(messages)

    def messages(self) -> int:
        """Messages due now; returns how many were taken."""
        return relay(self.system.db, self.owner, self, self.clock, self.stopping.is_set)

    def round(self) -> int:
        """Everything due now, once; returns how much was done."""
        ahead = due.ahead(self.system.db, self.clock())
        done = self.messages() if ahead.messages else 0
        return done + due.look(self.system, ahead, self.clock(), self.stopping.is_set)

    def drain(self, rounds: int = 100) -> None:
        """Rounds until nothing is due: for command lines and tests that want the end state at once."""
        for _ in range(rounds):
            if self.stopping.is_set() or not self.round():
                return

    def run(self) -> None:
        """Until told to stop. A round that fails (the database is away) is tried again after a rest."""
        log.info("worker started", extra={"owner": self.owner})
        while not self.stopping.is_set():
            try:
                self.tidy()
                self.watch()
                busy = self.round()
            except Exception as failure:
                log.error("a round failed", extra={"error": faults.kind(failure), "place": faults.place(failure)})
                busy = 0
            if not busy:
                self.stopping.wait(self.interval)
        log.info("worker stopped", extra={"owner": self.owner})

    def watch(self) -> int:
        """Look for cases that stand still, when a minute has passed since the last look; the first of an hour sees them all.

        A case that was damaged by hand has no record of it.
        """
        now, before = self.clock(), self._watched
        if before is not None and NONE <= now - before < watch.MINUTE:
            return 0
        found = watch.look(self.system, now, since=self._seen)
        self._watched, self._seen = now, found.seen
        return found.written

    def tidy(self) -> None:
        """The chores, when an hour has passed since they were done last."""
        now = self.clock()
        if self._tidied is not None and NONE <= now - self._tidied < HOUR:
            return
        self._tidied, self._seen = now, None
        for chore in self.chores:
            try:
                chore(now)
            except Exception as failure:
                log.error("a chore failed", extra={"error": faults.kind(failure), "place": faults.place(failure)})

    def heed_signals(self) -> None:
        """SIGTERM and SIGINT: finish the message in hand, give back the rest, stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
