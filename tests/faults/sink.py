"""A mail server of its own process on loopback: what it took stands in a file, one line a letter, before it says so."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import orjson
from aiosmtpd.controller import Controller

from tests.postgres import free_port


class Keeper:
    def __init__(self, path: Path) -> None:
        self.path = path

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
        line = orjson.dumps([letter["Message-ID"], letter["To"], letter["Subject"]])
        with self.path.open("ab") as file:
            file.write(line + b"\n")
        return "250 OK"


class Sink:
    """What the server took: (Message-ID, to, subject), repetitions included."""

    def __init__(self, url: str, path: Path) -> None:
        self.url, self.path = url, path

    def empty(self) -> None:
        self.path.write_bytes(b"")

    def letters(self) -> list[tuple[str, str, str]]:
        return [tuple(orjson.loads(line)) for line in self.path.read_bytes().splitlines()]


@contextmanager
def sink(folder: Path, host: str = "127.0.0.1") -> Iterator[Sink]:
    """The server, until the end of the block."""
    found = Sink(f"smtp://{host}:{(port := free_port())}", folder / "letters.jsonl")
    found.empty()
    ready, told = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            controller = Controller(Keeper(found.path), hostname=host, port=port)
            controller.start()
            os.write(told, b"!")
            threading.Event().wait()
        finally:
            os._exit(0)
    os.read(ready, 1)
    try:
        yield found
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ready)
        os.close(told)
