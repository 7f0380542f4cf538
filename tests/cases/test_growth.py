"""Lists stay cheap as an installation fills: their pages follow each other without gaps, and no plan reads a table whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.cases.models import Case, Deadline, Task
from app.db import Database
from bench import crowd, events, people, site, workload
from bench.client import CURSOR
from bench.counting import sign_in

TASKS, RECORDS = 15_000, 3000
REGION, SCHOOL, TOWN = workload.REGION, workload.SCHOOL, workload.MUNICIPALITY
PAGES = [
    (REGION, "/tasks"),
    (REGION, "/tasks?show=overdue"),
    (REGION, "/tasks?show=mine"),
    (SCHOOL, "/tasks"),
    (REGION, "/cases"),
    (REGION, "/cases?kind=bench_case"),
    (REGION, "/cases?kind=campaign"),
    (REGION, "/cases?kind=bench_case&sort=due"),
    (REGION, "/cases?kind=bench_case&sort=place"),
    (REGION, "/cases?kind=bench_case&late=1"),
    (REGION, "/cases?q=такого нет"),
    (REGION, "/cases?q=bench-s7 ШКОЛА"),
    (REGION, "/cases?q=№ 77"),
    (SCHOOL, "/cases?kind=bench_case"),
    (SCHOOL, "/cases?kind=bench_case&sort=due"),
    (TOWN, "/cases"),
    (TOWN, "/cases?kind=bench_case"),
    (TOWN, "/cases?kind=bench_case&status=all"),
    (TOWN, "/cases?kind=bench_case&sort=place"),
    (REGION, "/journal"),
    (REGION, "/journal?kind=case.paused"),
    (REGION, "/documents"),
]
REFUSED = re.compile(r"Rows Removed by Filter: (\d+)")
READ = re.compile(r"Scan .*\bon (task|\"case\"|event|deadline)\b.*rows=(\d+) loops=(\d+)")


@pytest.fixture
def full(db: Database, tmp_path: Path) -> Iterator[tuple[Flask, dict[str, FlaskClient]]]:
    """A site with some thousands of tasks, cases and records, and the two who look."""
    subject = people.settle(db)
    app = site.create(db.url.render_as_string(hide_password=False), tmp_path)
    looking = {role: app.test_client() for role in (REGION, SCHOOL, TOWN)}
    tokens = {role: sign_in(client, role) for role, client in looking.items()}
    sent = {"subject": str(subject), "csrf_token": tokens[REGION]}
    assert looking[REGION].post("/bench/cases", data=sent).status_code == 303
    crowd.fill(db, REGION, TASKS)
    events.fill(db, RECORDS)
    yield app, looking
    app.extensions["system"].db.dispose()


def test_no_page_of_a_list_reads_a_table_whole(full: tuple[Flask, dict[str, FlaskClient]]) -> None:
    app, looking = full
    db = app.extensions["system"].db
    if db.sqlite:
        pytest.skip("only PostgreSQL tells how many rows a plan really read")
    read_whole = []
    for role, address in PAGES:
        for statement, parameters in _sent(db, looking[role], address):
            plan = _plan(db, statement, parameters)
            read_whole += [f"{role} {address}: {line}" for line in plan if _whole(line)]
    assert not read_whole, "\n".join(read_whole)


def test_pages_of_a_list_follow_each_other_without_gaps(full: tuple[Flask, dict[str, FlaskClient]]) -> None:
    app, looking = full
    with app.extensions["system"].db.write() as session:  # of many terms at one moment only the number tells
        session.execute(sa.update(Task).values(due_at=sa.select(sa.func.min(Task.due_at)).scalar_subquery()))
        some = sa.select(Deadline.id).order_by(Deadline.id).limit(TASKS - 40)
        session.execute(sa.delete(Deadline).where(Deadline.id.in_(some)))
    for address, link in (
        ("/tasks", rb'/tasks/(\w{32})"'),
        ("/cases?kind=bench_case&sort=due", rb'href="/cases/(\d+)"'),
        ("/cases?kind=bench_case&sort=place", rb'href="/cases/(\d+)"'),
    ):
        seen: list[bytes] = []
        for _ in range(5):
            page = looking[REGION].get(address).data
            seen += list(dict.fromkeys(re.findall(link, page)))
            address = CURSOR.search(page)[1].decode().replace("&amp;", "&")  # type: ignore[index]
        assert len(seen) == len(set(seen)) == 5 * 25


def test_a_search_is_by_words_in_any_order_and_case(full: tuple[Flask, dict[str, FlaskClient]]) -> None:
    app, looking = full
    with app.extensions["system"].db.read() as session:
        title, number = session.execute(sa.select(Case.title, Case.id).order_by(Case.id).limit(1)).one()
    backwards = " ".join(reversed(title.upper().split()))
    for words in (backwards, f"№ {number}", "BENCH-s7 школа"):
        assert re.search(rb'href="/cases/\d+"', looking[REGION].get("/cases", query_string={"q": words}).data), words
    assert not re.search(rb'href="/cases/\d+"', looking[REGION].get("/cases", query_string={"q": f"{title} нет"}).data)


def _sent(db: Database, client: FlaskClient, address: str) -> list[tuple[str, Any]]:
    """Statements of the second look at a page, with their values."""
    sent: list[tuple[str, Any]] = []

    def executed(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    assert client.get(address).status_code == 200
    for engine in db.engines:
        sa.event.listen(engine, "before_cursor_execute", executed)
    try:
        client.get(address)
    finally:
        for engine in db.engines:
            sa.event.remove(engine, "before_cursor_execute", executed)
    return sent


def _plan(db: Database, statement: str, parameters: Any) -> list[str]:
    with db.browse() as session:
        told = session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", parameters)
        return [str(row[0]) for row in told]


def _whole(line: str) -> bool:
    """Most rows of a table that grows, really read, whether from end to end or by an index."""
    found, refused = READ.search(line), REFUSED.search(line)
    read = int(found[2]) * int(found[3]) if found else int(refused[1]) if refused else 0
    return read > TASKS // 2
