"""Where the processes of a host count what they do, so that one look at `/metrics` sees all of them.

Each process writes a file of its own; web and background processes have a folder each, under the name of the host, since
several hosts may share the directory.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

SETTING = "PROMETHEUS_MULTIPROC_DIR"
WEB, WORKER = "web", "worker"


def gather(var_dir: Path, part: str) -> None:
    """Count in files from here on; before anything is counted. What nobody alive wrote is dropped."""
    folder = var_dir.absolute() / "metrics" / (socket.gethostname() or "host") / part
    if not any(_alive(path) for path in folder.glob("*.db")):
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[SETTING] = str(folder)


def _alive(path: Path) -> bool:
    """Files are named `counter_<pid>.db`."""
    number = path.stem.rpartition("_")[2]
    return number.isdecimal() and Path("/proc", number).exists()
