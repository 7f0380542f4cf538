"""Statements and commits of a request, counted where the application sends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.db import Database
from bench import workload
from bench.client import CSRF, HIDDEN, plain
from bench.people import PASSWORD


@dataclass
class Count:
    """`sent`: texts of statements; BEGIN, COMMIT and ROLLBACK are not among them."""

    sent: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def counted(db: Database) -> Iterator[Count]:
    """Count what a database's engine sends inside."""
    count = Count()

    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            count.sent.append(statement)

    def committed(connection: Any) -> None:
        count.commits += 1

    watched = [
        (engine, *pair)
        for engine in db.engines
        for pair in (("before_cursor_execute", executed), ("commit", committed))
    ]
    for one in watched:
        sa.event.listen(*one)
    try:
        yield count
    finally:
        for one in watched:
            sa.event.remove(*one)


def sign_in(client: FlaskClient, role: str) -> str:
    """Sign a person of the workload in; returns the token for changes."""
    token = CSRF.search(client.get("/sign-in").data)[1].decode()  # type: ignore[index]
    fields = {"login": role.replace("_", "-"), "password": PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=fields).status_code == 303
    return CSRF.search(client.get("/tasks").data)[1].decode()  # type: ignore[index]


def count_submit(url: str, folder: Path, subject: int) -> dict[str, Any]:
    """A case's second submit, opening of the case and of the form, each counted after a first one has warmed the caches."""
    from bench import site

    app = site.create(url, folder)
    db = app.extensions["system"].db
    found: dict[str, Any] = {}
    with app.test_client() as client:
        token = sign_in(client, workload.REGION)
        for _ in range(2):
            with counted(db) as started:
                case = client.post("/bench/cases", data={"subject": str(subject), "csrf_token": token})
            assert case.status_code == 303, plain(case.data)
            case_id = int(case.headers["Location"].rsplit("/", 1)[1])
            task_id = _task_of(db, case_id)
            with counted(db) as opened:
                page = client.get(f"/tasks/{task_id}")
            hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page.data)}
            from random import Random

            fields = {**hidden, **workload.answers("t01", Random(1)), "do": "send", "csrf_token": token}
            with counted(db) as submitted:
                answer = client.post(f"/tasks/{task_id}", data=fields)
            assert answer.status_code == 303, plain(answer.data)
    for name, count in (("start", started), ("open_form", opened), ("submit", submitted)):
        found[name] = {"statements": len(count.sent), "commits": count.commits, "texts": count.sent}
    db.dispose()
    return found


def _task_of(db: Database, case_id: int) -> str:
    from app.cases.models import Task

    with db.read() as session:
        return session.scalars(sa.select(Task.id).where(Task.case_id == case_id)).one()
