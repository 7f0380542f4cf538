"""`python -m bench.load [--minutes 30]`: people at work on the last days of a term, over HTTP, against PostgreSQL.

64 users (half heads of schools, half the region's operators) on 5,000 cases, 60,000 open tasks and two million records.
The server is the product's own (`opora serve`, `opora worker`), nothing is pinned to a core. One after another 1, 16 and
64 of them work; the pauses between their clicks get shorter towards the end, as they do before a term.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from app.cases.models import Case, Task
from app.db import Database, utcnow
from app.journal.models import ChainHead
from bench import results, table, townsfolk
from bench.client import Client
from bench.figures import machine, percentile
from bench.server import wait_for
from tests import postgres, schema

SHARES = {1: 0.15, 16: 0.3, 64: 0.55}
"""Users at once → their part of the time."""
PAUSES = ((0.6, 8.0), (0.9, 4.0), (1.0, 2.0))
"""Until which part of a stage → mean seconds between two clicks of a person."""
KINDS = ("list", "form", "case", "submit")


@dataclass
class Seen:
    """Seconds by kind of request, and what went wrong, of one role in one stage."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    errors: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, act: Callable[[], Any]) -> Any:
        """Do it, write down how long it took; None when it failed."""
        began = time.perf_counter()
        try:
            answer = act()
        except Exception as failure:
            with self.lock:
                self.errors[kind].append(str(failure)[:200])
            return None
        with self.lock:
            self.seconds[kind].append(time.perf_counter() - began)
        return answer


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.load")
    options.add_argument("--minutes", type=float, default=30.0)
    options.add_argument("--workers", type=int, default=2, help="web workers")
    options.add_argument("--cases", type=int, default=5_000, help="of schools; twelve open tasks to each")
    options.add_argument("--records", type=int, default=2_000_000)
    options.add_argument("--users", type=int, nargs="+", default=list(SHARES))
    chosen = options.parse_args()
    size = townsfolk.Size(chosen.cases, chosen.records)
    quick = chosen.minutes < 10 or size != townsfolk.Size()
    report: dict[str, Any] = {"machine": machine(), "quick": quick}
    report["load"] = measure(size, chosen.minutes, chosen.workers, chosen.users)
    print(table.of_load(report["load"]))
    results.keep(report, "load")


def measure(size: townsfolk.Size, minutes: float, workers: int, stages: list[int]) -> dict[str, Any]:
    """Fill an installation, let people work, count."""
    with tempfile.TemporaryDirectory(prefix="opora-load-") as place, postgres.cluster(fsync=True) as server:
        url, folder = postgres.create_database(server, "load"), Path(place)
        schema.upgrade(url)
        db = Database(url)
        folk = townsfolk.settle(db)
        with served(url, folder, workers) as port:
            townsfolk.fill(db, folder, port, folk, size)
            found = _counts(db)
            shares = [SHARES.get(users, 1.0) for users in stages]
            spans = [minutes * 60 * share / sum(shares) for share in shares]
            rows = [row for users, span in zip(stages, spans, strict=True) for row in stage(port, users, span)]
        db.dispose()
    return {**found, "minutes": minutes, "workers": workers, "rows": rows}


def _counts(db: Database) -> dict[str, int]:
    with db.read() as session:
        of = {"cases": Case, "open_tasks": Task}
        found = {name: session.scalar(sa.select(sa.func.count()).select_from(model)) or 0 for name, model in of.items()}
        return {**found, "records": session.scalar(sa.select(ChainHead.seq)) or 0}


@contextmanager
def served(url: str, folder: Path, workers: int) -> Iterator[int]:
    """The product's web and background processes as an installation runs them."""
    port = postgres.free_port()
    settings = {
        **{"OPORA_DATABASE_URL": url, "OPORA_FILES_DIR": str(folder / "files"), "OPORA_VAR_DIR": str(folder)},
        **{"OPORA_INSECURE_COOKIES": "1", "OPORA_SESSION_IDLE_MINUTES": "600", "OPORA_LOG_LEVEL": "WARNING"},
    }
    opora, environment = [sys.executable, "-m", "app.cli"], {**os.environ, **settings}
    serve = [*opora, "serve", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    running = [subprocess.Popen(command, env=environment) for command in (serve, [*opora, "worker"])]
    try:
        wait_for(port, running[0])
        yield port
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=60)


# people -----------------------------------------------------------------------------------------------------------------


def stage(port: int, users: int, seconds: float) -> list[dict[str, Any]]:
    """So many people work for a while; one alone is first of a school, then the operator."""
    if users == 1:
        return [*_together(port, [0], 1, seconds / 2), *_together(port, [1], 1, seconds / 2)]
    return _together(port, range(users), users, seconds)


def _together(port: int, numbers: Sequence[int], users: int, seconds: float) -> list[dict[str, Any]]:
    """A line for each role and kind of request."""
    seen = {"school": Seen(), "operator": Seen()}
    until = time.monotonic() + seconds
    pool = [threading.Thread(target=_work, args=(port, n, seconds, until, seen)) for n in numbers]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    return [_row(users, role, kind, one) for role, one in seen.items() for kind in KINDS if _any(one, kind)]


def _any(seen: Seen, kind: str) -> bool:
    return bool(seen.seconds[kind] or seen.errors[kind])


def _row(users: int, role: str, kind: str, seen: Seen) -> dict[str, Any]:
    taken = seen.seconds[kind] or [0.0]
    times = {f"p{share}": round(percentile(taken, share / 100) * 1e3, 1) for share in (50, 95, 99)}
    wrong = seen.errors[kind]
    counts = {"n": len(seen.seconds[kind]), "errors": len(wrong), "said": sorted(set(wrong))[:3]}
    return {"users": users, "role": role, "kind": kind, **counts, **times}


def _work(port: int, number: int, whole: float, until: float, seen: Mapping[str, Seen]) -> None:
    """One person: the list, a task of it, the form sent, the case; every other one is of a school."""
    role = "operator" if number % 2 else "school"
    login = f"{'operator' if number % 2 else 'head'}-{number // 2}"
    random, client, noted = Random(number), Client(port), seen[role]
    client.sign_in(login)

    def rest() -> None:
        part = 1 - max(until - time.monotonic(), 0) / whole
        mean = next(mean for end, mean in PAUSES if part <= end)
        client.connection.close()  # the server gives up a connection that rests; a browser opens another
        time.sleep(min(random.expovariate(1 / mean), max(until - time.monotonic(), 0)))

    while time.monotonic() < until:
        page = noted.note("list", partial(client.get, login, "/tasks"))
        tasks = client.links(page.body, "tasks") if page else []
        rest()
        if not tasks:
            continue
        path = random.choice(tasks)
        form = noted.note("form", partial(client.get, login, path))
        rest()
        if form is None:
            continue
        opened = client.opened(form.body)
        fields = {**opened.hidden, **_answers(form.body), "do": "send"}
        sent = noted.note("submit", partial(client.post, login, path, fields, multipart=opened.multipart))
        if sent is not None:  # where the browser is sent to: the case, or the person's next task in it
            kind = "case" if sent.location.startswith("/cases/") else "form"
            noted.note(kind, partial(client.get, login, sent.location))
        rest()


def _answers(page: bytes) -> dict[str, str]:
    """A school takes what it is charged with and reports of it; the operator asks for more."""
    today = utcnow().date()
    if b'value="take"' in page:
        return {"outcome": "take"}
    if b'name="done_text"' in page:
        done = {"outcome": "report", "result": "partly", "done_text": "Сделано", "reason": "не всё успели"}
        return {**done, "done_on": f"{today:%d.%m.%Y}", "people": "12"}
    again = today + timedelta(days=3)
    return {"outcome": "return", "quality": "1", "conclusion": "Добавьте протокол", "again_by": f"{again:%d.%m.%Y}"}


if __name__ == "__main__":
    main()
