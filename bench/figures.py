"""Numbers of a run: percentiles, and what they were taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests import postgres

LIBRARIES = ("SQLAlchemy", "psycopg", "Flask", "WTForms", "SpiffWorkflow", "gunicorn", "polars", "weasyprint")


def percentile(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, max(0, round(share * (len(ordered) - 1))))]


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: p50, p95, the longest, and how many there were."""
    return {
        "n": len(seconds),
        "p50": round(percentile(seconds, 0.5) * 1e3, 2),
        "p95": round(percentile(seconds, 0.95) * 1e3, 2),
        "max": round(max(seconds) * 1e3, 2),
    }


def machine() -> dict[str, Any]:
    """Where the figures were taken; `load` is the one-minute average before the run."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _output("git", "rev-parse", "--short", "HEAD"),
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory) / 2**20),
        "load": load(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _output(str(postgres.binaries() / "postgres"), "--version").rpartition("PostgreSQL) ")[2],
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def load() -> float:
    """The one-minute average of the machine."""
    return round(os.getloadavg()[0], 2)


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
