"""Crash points: places that a process passes on its way, put in from outside by the events of the libraries it stands on.

Before and after each statement that writes, before and after each COMMIT (SQLAlchemy); before and after each delivery of
the outbox; before and after each command to a mail server and each of its answers (smtplib); before a file is renamed into
its place (the interpreter's audit). At the chosen one the process gets SIGKILL: nothing of it runs any more.
"""

from __future__ import annotations

import os
import re
import signal
import smtplib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.worker.loop import Worker
from app.worker.relay import Taken

WRITES = re.compile(r'\b(?:INSERT INTO|DELETE FROM|UPDATE)\s+"?(\w+)"?(?=\s+(?:SET|WHERE|\()|\s*$)', re.IGNORECASE)
VERB = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


def written_by(statement: str) -> tuple[str, list[str]] | None:
    """The verb and the tables of a statement that writes; None for one that reads."""
    verb = VERB.match(statement)
    tables = WRITES.findall(statement) if verb else []
    return (verb[1].upper(), tables) if verb and tables else None


@dataclass(frozen=True)
class Passed:
    """What a process told of its way: points in their order, tables it wrote."""

    points: list[str]
    tables: set[str]


class Points:
    """Notes what is passed, in order; at number `kill` (from 1) the process ends by SIGKILL."""

    def __init__(self, kill: int = 0) -> None:
        self.kill = kill
        self.passed: list[str] = []
        self.tables: set[str] = set()

    def told(self) -> Passed:
        return Passed(self.passed, self.tables)

    def reach(self, point: str) -> None:
        self.passed.append(point)
        if len(self.passed) == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, db: Database, files: Path) -> Points:
        """Put the points in; the process is not used for anything else afterwards."""
        for engine in db.engines:
            sa.event.listen(engine, "before_cursor_execute", self._statement("before"))
            sa.event.listen(engine, "after_cursor_execute", self._statement("after"))
            self._around(engine.dialect, "do_commit", lambda *_: "COMMIT")
        self._around(smtplib.SMTP, "putcmd", lambda _server, command, *_: f"smtp {command.split()[0].upper()}")
        self._around(smtplib.SMTP, "getreply", lambda *_: "smtp answer")
        sys.addaudithook(self._audit(f"{files}{os.sep}"))
        return self

    def _statement(self, moment: str) -> Callable[..., None]:
        def passed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if found := written_by(statement):
                self.tables.update(found[1])
                self.reach(f"{moment} {found[0]} {'+'.join(dict.fromkeys(found[1]))}")

        return passed

    def _around(self, owner: Any, name: str, label: Callable[..., str]) -> None:
        inner = getattr(owner, name)

        def outer(*args: Any, **named: Any) -> Any:
            self.reach(f"before {label(*args)}")
            done = inner(*args, **named)
            self.reach(f"after {label(*args)}")
            return done

        setattr(owner, name, outer)

    def _audit(self, folder: str) -> Callable[[str, tuple[Any, ...]], None]:
        def heard(event: str, args: tuple[Any, ...]) -> None:
            if event == "os.rename" and str(args[1]).startswith(folder):
                self.reach("before rename of a file")

        return heard


class MortalWorker(Worker):
    """The product's worker, with a point before and after each delivery, of one message or of several at once."""

    points: Points

    def deliver(self, message: Taken) -> bool:
        self.points.reach(f"before delivery of {message.topic}")
        closed = super().deliver(message)
        self.points.reach(f"after delivery of {message.topic}")
        return closed

    def together(self, messages: Sequence[Taken]) -> set[int]:
        topics = " and ".join(sorted({message.topic for message in messages}))
        self.points.reach(f"before delivery of {topics} together")
        closed = super().together(messages)
        self.points.reach(f"after delivery of {topics} together")
        return closed
