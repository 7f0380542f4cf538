"""What cannot be beaten: a bare commit. And single rooms of the product measured by themselves."""

from __future__ import annotations

import time

import sqlalchemy as sa

import reports
from app import journal
from app.db import Database
from bench.figures import summary


def commit(db: Database, count: int) -> dict[str, float]:
    """One row updated and committed, durably."""
    with db.write() as session:
        session.execute(sa.text("CREATE TABLE bench_floor (id integer primary key, n integer)"))
        session.execute(sa.text("INSERT INTO bench_floor VALUES (1, 0)"))
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        with db.write() as session:
            session.execute(sa.text("UPDATE bench_floor SET n = n + 1 WHERE id = 1"))
        seconds.append(time.perf_counter() - began)
    with db.write() as session:
        session.execute(sa.text("DROP TABLE bench_floor"))
    return summary(seconds)


def rooms() -> dict[str, str]:
    """The order with an annex of 120 rows; the journal written and verified."""
    return {"order with 120 rows, PDF, seconds": _order(), "journal verified, records a second": _journal()}


def _order() -> str:
    context = reports.samples("order")["sample"]
    rows = context["annexes"][0]["rows"]
    context["annexes"][0]["rows"] = [{**rows[n % len(rows)], "n": n + 1} for n in range(120)]
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        reports.render("order", context)
        seconds.append(time.perf_counter() - began)
    return f"{min(seconds):.2f}"


def _journal(records: int = 50_000) -> str:
    from tempfile import TemporaryDirectory

    from tests import schema

    with TemporaryDirectory(prefix="opora-bench-") as folder:
        url = f"sqlite:///{folder}/journal.db"
        schema.upgrade(url)
        db = Database(url)
        with db.write() as session:
            journal.append_all(
                session, [journal.Record("thing.done", {"number": n}, n % 50 + 1) for n in range(records)]
            )
        began = time.perf_counter()
        with db.read() as session:
            report = journal.verify(session)
        assert report.intact
        db.dispose()
        return f"{records / (time.perf_counter() - began):,.0f}"
