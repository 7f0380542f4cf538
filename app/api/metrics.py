"""`/metrics` for Prometheus, only for this very computer: requests by endpoint, and what stands in the database.

`opora serve` and `opora worker` count in files (`app/ops/meters.py`): the answer adds up all processes of the host, web
and background ones. Without files a process tells its own.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.access import public
from app.cases.models import Case, Deadline, Task
from app.db import Database, utcnow
from app.errors import NotFound
from app.journal.models import ChainHead
from app.outbox import incidents
from app.outbox.models import Message

WAITING = sa.select(sa.func.count()).where(Message.done_at.is_(None), Message.failed_at.is_(None))
INCIDENTS = sa.select(sa.func.count()).where(incidents.OPEN)
FILES = "PROMETHEUS_MULTIPROC_DIR"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


class Standing(Collector):
    """Counts asked of the database when somebody looks."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = utcnow()
        counts = {
            "opora_cases_open": ("Open cases", sa.select(sa.func.count()).where(Case.status == "open")),
            "opora_tasks_open": ("Tasks that wait for people", sa.select(sa.func.count()).select_from(Task)),
            "opora_tasks_overdue": ("Of them overdue", sa.select(sa.func.count()).where(Task.due_at < now)),
            "opora_deadlines_due": (
                "Terms nobody looked at yet",
                sa.select(sa.func.count()).where(Deadline.wake_at < now),
            ),
            "opora_outbox_waiting": ("Messages not delivered yet", WAITING),
            "opora_incidents_open": ("What the worker gave up", INCIDENTS),
            "opora_journal_records": ("Records of the journal", sa.select(ChainHead.seq)),
        }
        with self.db.read() as session:
            for name, (words, statement) in counts.items():
                yield GaugeMetricFamily(name, words, value=session.scalar(statement) or 0)


def init_metrics(app: Flask, db: Database) -> None:
    """Count and time every request; serve the numbers."""
    registry = CollectorRegistry()
    labels = ("endpoint", "method", "status")
    answered = Counter("opora_requests", "Answers by endpoint", labels, registry=registry)
    lasted = Histogram("opora_request_seconds", "Duration by endpoint", ("endpoint",), registry=registry)
    several = FILES in os.environ

    def begin() -> None:
        g.began = time.perf_counter()

    def finish(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        answered.labels(endpoint, request.method if request.endpoint else "-", response.status_code).inc()
        lasted.labels(endpoint).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response

    @public
    def metrics() -> Response:
        if not from_here():
            raise NotFound("Такой страницы нет.")
        shown = CollectorRegistry()
        if several:
            for folder in Path(os.environ[FILES]).parent.iterdir():
                MultiProcessCollector(shown, str(folder))
        else:
            shown.register(_Same(registry))
        shown.register(Standing(db))
        return Response(generate_latest(shown), content_type=CONTENT_TYPE_LATEST)

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
    app.add_url_rule("/metrics", "metrics", metrics)


class _Same(Collector):
    """The numbers of this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

    def collect(self) -> Iterator[Any]:
        yield from self.registry.collect()

    def describe(self) -> list[Any]:
        return []


def from_here() -> bool:
    """Asked by this computer itself, not through a proxy on it."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
