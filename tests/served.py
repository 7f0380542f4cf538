"""The product as an installation runs it: `opora serve` and `opora worker`, their logs in files, people over HTTP."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from app.db import Database, utcnow
from app.people import sessions
from tests.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
LIMITS = sessions.Limits(idle=timedelta(hours=2), absolute=timedelta(hours=2))


@dataclass
class Answer:
    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class Person:
    """Somebody with a browser. `cookie` empty: nobody yet."""

    port: int
    cookie: str = ""
    host: str = "127.0.0.1"
    patience: float = 30

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str], page: str = "") -> Answer:
        """`page`: where the form stands; it gives the token."""
        token = CSRF.search(self.get(page or path).text)
        sent = {"csrf_token": token[1] if token else "", **fields}
        return self._ask("POST", path, urlencode(sent), {"Content-Type": "application/x-www-form-urlencoded"})

    def _ask(self, method: str, path: str, body: str | None = None, more: Mapping[str, str] | None = None) -> Answer:
        """On a connection of its own, which may meet another process than the last one."""
        headers = {**({"Cookie": self.cookie} if self.cookie else {}), **(more or {})}
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=self.patience)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        given = [value.split(";")[0] for name, value in response.getheaders() if name == "Set-Cookie"]
        kept = dict(one.split("=", 1) for one in [*filter(None, self.cookie.split("; ")), *given])
        self.cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
        return Answer(response.status, text, dict(response.getheaders()))


def session_of(db: Database, person_id: int) -> str:
    """The cookie of a session opened as signing in does after the password."""
    with db.write() as session:
        opened = {"limits": LIMITS, "address": "127.0.0.1", "agent": "test", "now": utcnow()}
        return "s=" + sessions.open_session(session, person_id, **opened, day_of=lambda now, _region: now.date())


@dataclass
class Installation:
    """Processes of one installation; `prefix` stands before each command (another network, say)."""

    folder: Path
    settings: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str, prefix: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """`opora` with the command; its log is `name.log`."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("OPORA_", "PROMETHEUS_"))}
        line = [*prefix, sys.executable, "-m", "app.cli", *command]
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(line, cwd=ROOT, env={**environment, **self.settings}, stderr=log)
        return self.running[name]

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def installation(folder: Path, url: str, **more: str) -> Iterator[Installation]:
    """Nothing runs at first; what was started is ended."""
    settings = {
        **{"OPORA_DATABASE_URL": url, "OPORA_VAR_DIR": str(folder / "var"), "OPORA_FILES_DIR": str(folder / "files")},
        **{"OPORA_INSECURE_COOKIES": "1", "OPORA_SECRET_KEY": "k" * 40, **more},
    }
    found = Installation(folder, settings)
    try:
        yield found
    finally:
        found.stop()


def serve(
    site: Installation, workers: int, *, name: str = "web", host: str = "127.0.0.1", prefix: Sequence[str] = ()
) -> int:
    """Web processes; returns their port once they answer."""
    port = free_port()
    command = ("serve", "--host", host, "--port", str(port), "--workers", str(workers))
    process = site.start(name, *command, prefix=prefix)
    wait_for(lambda: _answers(host, port) or process.poll() is not None, "the site did not start")
    assert process.poll() is None, site.log(name).read_text()[-2000:]
    return port


def _answers(host: str, port: int) -> bool:
    try:
        return Person(port, host=host).get("/healthz").status == 200
    except OSError:
        return False


def wait_for(true: Callable[[], object], otherwise: str, seconds: float = 60) -> None:
    """Until it is true; AssertionError with the words after so many seconds."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, otherwise
        time.sleep(0.05)
