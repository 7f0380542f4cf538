"""The product served by its own command over a copy of the small region; the worker is driven by the tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from app.db import utcnow
from app.documents import renditions
from app.people.models import Person
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.campaign.walk import Walker
from tests.small import PASSWORD, LoadedFiles, system_at

START_SECONDS = 240


class Site:
    """`walker` knows whose turn it is; everything people do goes through the browser at `base`."""

    def __init__(self, folder: Path, code: str, loaded: LoadedFiles, workers: int = 1) -> None:
        self.code, self.folder, self.workers = code, folder, workers
        self.url = loaded.copy(code, folder / "opora.db")
        self.system = system_at(self.url, folder / "files")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Begin to serve, and wait until the site says that it is ready."""
        settings = {
            "OPORA_DATABASE_URL": self.url,
            "OPORA_FILES_DIR": str(self.folder / "files"),
            "OPORA_VAR_DIR": str(self.folder),
            "OPORA_INSECURE_COOKIES": "1",
            "OPORA_DEMO": "1",
            "OPORA_DEMO_PASSWORD": PASSWORD,
        }
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers)]
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env={**_outside(), **settings}, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self._process is not None and self._process.poll() is None, self.log()
            try:
                with urllib.request.urlopen(f"{self.base}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                continue
        raise AssertionError(f"the site did not start: {self.log()}")

    def log(self) -> str:
        return (self.folder / "serve.log").read_text()[-2000:]

    def kill(self) -> None:
        """Stop at once, as when the power goes."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.kill()
        self.system.db.dispose()

    @property
    def walker(self) -> Walker:
        return Walker(self.system, utcnow())

    def settle(self) -> None:
        """Everything that is due now, as the worker does it."""
        topics = {"render": lambda message: renditions.deliver(self.system, message.payload)}
        Worker(self.system, Postman("", "opora@localhost"), topics=topics).drain()

    def login(self, person_id: int) -> str:
        with self.system.db.read() as session:
            return session.scalars(sa.select(Person.login).where(Person.id == person_id)).one()


def _outside() -> dict[str, str]:
    """The environment without settings that are meant for the tests or for another installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPORA_")}
