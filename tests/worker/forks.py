"""Real worker processes that die at a chosen point: a process that has imported everything forks one at each request."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Forks:
    """`run` gives a worker its orders (see `driver`) and returns how it ended; at a point named `kill` it is killed."""

    def __enter__(self) -> Forks:
        command = [sys.executable, "-m", "tests.worker.driver"]
        self._server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(timeout=30)
        self._server.stdout.close()

    def run(self, *, number: int = signal.SIGKILL, **orders: Any) -> int:
        """The signal that ended the process, or 0. `number` is what it gets at the point `kill` = [topic, moment]."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(json.dumps(orders) + "\n")
        for line in self._server.stdout:
            word, _, value = line.strip().partition(" ")
            if word == "reached":
                os.kill(int(value), number)
            elif word == "ended":
                return os.WTERMSIG(int(value)) if os.WIFSIGNALED(int(value)) else os.WEXITSTATUS(int(value))
        raise AssertionError("the driver is gone")
