"""What the worker's tests work on: the small diagrams, a clock that is set, a real mail server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from app import engine, outbox, regions
from app.cases import common
from app.cases.calendar import of_zone
from app.cases.handlers import Handlers, Opening
from app.cases.system import System
from app.db import Database
from app.files import FileStore
from app.outbox.models import Message
from tests.cases import diagrams
from tests.people.world import NOW
from tests.postgres import free_port

KINDS = ("petition", "round", "reply")


@cache
def catalogue(folder: Path) -> engine.Catalogue:
    """The small diagrams, written into `folder` at first use."""
    workflows = folder / "workflows"
    if not workflows.exists():
        workflows.mkdir(parents=True)
        for name in KINDS:
            (workflows / f"{name}.bpmn").write_bytes(getattr(diagrams, name.upper()))
    return engine.Catalogue(workflows)


def build(db: Database, folder: Path) -> System:
    """A system of the small diagrams over a database."""
    profiles = {code: regions.profile(code) for code in regions.codes()}
    kinds = dict.fromkeys(KINDS, lambda _s, _y, subject, *_: Opening(f"Дело {subject.short_name}"))
    openers = dict.fromkeys(KINDS, ("regional_operator",))
    return System(
        db=db,
        catalogue=catalogue(folder),
        handlers=Handlers.join([common.HANDLERS, Handlers(kinds=kinds, openers=openers)]),
        profiles=profiles,
        calendars={code: of_zone(profile.time_zone) for code, profile in profiles.items()},
        files=FileStore(folder / "files"),
    )


class Clock:
    """Time stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


class Inbox:
    """What the server took. `refuses`: addresses it does not know. `gate`: a letter is taken only when it is open."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses: set[str] = set()
        self.gate, self.knocked = threading.Event(), threading.Event()
        self.gate.set()
        self.url = ""

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.knocked.set()
        await server.loop.run_in_executor(None, self.gate.wait)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def told(self) -> list[str]:
        """Addresses, one a letter."""
        return sorted(letter["To"] for letter in self.letters)


@contextmanager
def mail_server() -> Iterator[Inbox]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    inbox.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield inbox
    finally:
        inbox.gate.set()
        controller.stop()


def post(db: Database, topic: str, *keys: str, case_id: int | None = None, **payload) -> None:
    with db.write() as session:
        outbox.post_all(session, [outbox.Letter(topic, key, payload, case_id) for key in keys], NOW)


def message(db: Database, key: str) -> Message:
    with db.read() as session:
        return session.scalars(sa.select(Message).where(Message.key == key)).one()


def messages(db: Database, *where) -> list[Message]:
    with db.read() as session:
        return list(session.scalars(sa.select(Message).where(*where).order_by(Message.id)))
