"""Databases and the served product of a run; application and database on one core, the client on another."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres, schema

SERVER_CORE, CLIENT_CORE = {0}, {1}


@contextmanager
def on_core(cores: set[int]) -> Iterator[None]:
    """What is started inside stays on these cores; nothing is pinned on a machine with one."""
    before = os.sched_getaffinity(0)
    if len(before) > 1 and cores <= before:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """An upgraded database of each kind; PostgreSQL with fsync."""
    with on_core(SERVER_CORE):
        cluster = postgres.cluster(fsync=True)
        server = cluster.__enter__()
    try:
        urls = {"postgresql": postgres.create_database(server, "bench"), "sqlite": f"sqlite:///{folder}/bench.db"}
        for url in urls.values():
            schema.upgrade(url)
        yield urls
    finally:
        cluster.__exit__(None, None, None)


@contextmanager
def served(module: str, *arguments: str) -> Iterator[int]:
    """A module that serves on the port it gets as its last argument, in its own process."""
    port = postgres.free_port()
    with on_core(SERVER_CORE):
        process = subprocess.Popen([sys.executable, "-m", module, *arguments, str(port)])
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the site answers; RuntimeError when it does not within five minutes."""
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the site did not start")
