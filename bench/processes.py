"""What the product's own processes cost: how long until the site answers, how much memory each holds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.server import wait_for
from tests import postgres, schema

PAGES = ("/sign-in", "/healthz", "/readyz", "/verify")


def measure() -> dict[str, Any]:
    """`opora serve` and `opora worker` over an empty database: seconds to the first answer, MB of each process."""
    with TemporaryDirectory(prefix="opora-bench-") as place:
        url = f"sqlite:///{place}/opora.db"
        schema.upgrade(url)
        settings = {"OPORA_DATABASE_URL": url, "OPORA_VAR_DIR": place, "OPORA_LOG_LEVEL": "WARNING"}
        port, environment = postgres.free_port(), {**os.environ, **settings, "OPORA_FILES_DIR": f"{place}/files"}
        began = time.perf_counter()
        serve = ("serve", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
        with _running(environment, *serve) as site, _running(environment, "worker") as worker:
            wait_for(port, site)
            cold = time.perf_counter() - began
            _look(port)
            web = max(_megabytes(pid) for pid in _children(site.pid))
            return {"cold_start_seconds": round(cold, 2), "web_mb": web, "worker_mb": _megabytes(worker.pid)}


@contextmanager
def _running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "app.cli", *arguments], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def _look(port: int) -> None:
    import http.client

    for path in PAGES:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", path)
        connection.getresponse().read()


def _children(pid: int) -> list[int]:
    """Processes that this one started; itself when there are none."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found] or [pid]


def _megabytes(pid: int) -> int:
    """Resident memory."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return round(int(next(line.split()[1] for line in status if line.startswith("VmRSS"))) / 1024)
