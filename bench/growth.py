"""`python -m bench growth [--quick]`: does anything get slower as an installation fills? Curves, not points.

Three axes: tasks done in one case, open tasks in the installation, records of the journal. Pages are asked for over HTTP
as people ask for them, by an operator who sees the region and by a school that sees its own.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import journal
from app.cases.models import Case, Task
from app.db import Database, utcnow
from bench import crowd, events, people, results, rooms, table, workload
from bench.client import Client
from bench.figures import machine, summary
from bench.moves import Driver, Times, quiet
from bench.server import databases, served

PATIENCE = 4.0
"""Seconds after which a page is not looked at again: one that takes a second need not be seen forty times."""


@dataclass(frozen=True)
class Plan:
    """How far each axis goes; numbers ascending."""

    done: tuple[int, ...]
    open: tuple[int, ...]
    journal: tuple[int, ...]
    looks: int = 40


PLANS: Mapping[tuple[str, bool], Plan] = {
    ("postgresql", False): Plan((0, 300, 3_000), (100, 10_000, 1_000_000), (100_000, 1_000_000, 10_000_000)),
    ("postgresql", True): Plan((0, 75, 150), (100, 1_000, 10_000), (1_000, 10_000, 100_000), looks=20),
    ("sqlite", False): Plan((0, 300, 3_000), (100, 10_000, 100_000), (10_000, 100_000, 1_000_000)),
    ("sqlite", True): Plan((0, 75), (100, 1_000), (1_000, 10_000), looks=10),
}

SCHOOL, REGION, TOWN = workload.SCHOOL, workload.REGION, workload.MUNICIPALITY
LISTS: Mapping[str, tuple[str, str]] = {
    "work list": (REGION, "/tasks"),
    "work list, overdue": (REGION, "/tasks?show=overdue"),
    "work list, taken by me": (REGION, "/tasks?show=mine"),
    "work list of a school": (SCHOOL, "/tasks"),
    "cases": (REGION, "/cases"),
    "cases of a school": (SCHOOL, "/cases"),
    "registry of a kind": (REGION, "/cases?kind=bench_case"),
    "registry by term": (REGION, "/cases?kind=bench_case&sort=due"),
    "registry by place": (REGION, "/cases?kind=bench_case&sort=place"),
    "registry, overdue": (REGION, "/cases?kind=bench_case&late=1"),
    "cases by words, of a school": (REGION, "/cases?q=%D1%88%D0%BA%D0%BE%D0%BB%D0%B0+bench-s7"),
    "cases by words, none such": (REGION, "/cases?q=%D1%82%D0%B0%D0%BA%D0%BE%D0%B3%D0%BE+%D0%BD%D0%B5%D1%82"),
    "registry, a kind with no cases": (REGION, "/cases?kind=campaign"),
    "registry of a school by term": (SCHOOL, "/cases?kind=bench_case&sort=due"),
    "cases of a municipality": (TOWN, "/cases"),
    "registry of a municipality by term": (TOWN, "/cases?kind=bench_case&sort=due"),
    "registry of a municipality by place": (TOWN, "/cases?kind=bench_case&sort=place"),
    "documents": (REGION, "/documents"),
    "documents of a school": (SCHOOL, "/documents"),
    "surveys": (REGION, "/surveys"),
    "schools": (REGION, "/schools"),
    "teachers": (REGION, "/teachers"),
    "acts in force": (REGION, "/acts"),
    "incidents": (REGION, "/incidents"),
}
"""Title → role that looks, address."""


def main(*, quick: bool, only: str = "") -> None:
    """Measure, print, keep."""
    report: dict[str, Any] = {"machine": machine(), "quick": quick, "growth": {}}
    with tempfile.TemporaryDirectory(prefix="opora-growth-") as place, databases(Path(place)) as urls:
        for name, url in urls.items():
            if only in ("", name):
                report["growth"][name] = measure(url, Path(place) / name, PLANS[name, quick])
                print(table.of_growth(name, report["growth"][name]), flush=True)
    results.keep(report, "growth")


def measure(url: str, folder: Path, plan: Plan) -> dict[str, Any]:
    """The three curves of one database and the terms that are due among its last number of open tasks."""
    folder.mkdir(exist_ok=True)
    db = Database(url)
    try:
        subject = people.settle(db)
        with served("bench.site", url, str(folder)) as port, quiet():
            driver = Driver(Client(port), db, subject)
            for _ in range(3):
                driver.play(Times())
            found: dict[str, Any] = {"one_case": one_case(driver, plan)}
            found["open_tasks"] = {str(count): open_tasks(driver, db, count, plan) for count in plan.open}
            found["due"] = rooms.due_among(db, plan.looks)
            found["journal"] = {str(count): records(driver, db, count, plan) for count in plan.journal}
            return found
    finally:
        db.dispose()


# one case that goes on and on -----------------------------------------------------------------------------------------


def one_case(driver: Driver, plan: Plan) -> dict[str, Any]:
    """Tasks done before → opening and sending a form, the case's page and its feed, over a year of fifteen tasks."""
    case_id, done, found = driver.start(Times()), 0, {}
    for mark in plan.done:
        while done < mark:
            done += _year(driver, case_id, Times())
        pages = _pages(
            driver, {"case": (REGION, f"/cases/{case_id}"), "feed": (REGION, f"/cases/{case_id}/feed")}, plan
        )
        times = Times()
        done += _year(driver.rested(), case_id, times)
        found[str(mark)] = {"submit": summary(times.submit), "open a form": summary(times.open), **pages}
    return found


def _year(driver: Driver, case_id: int, times: Times) -> int:
    for _ in range(workload.TASKS_A_CYCLE):
        driver.step(case_id, times, again=True)
    return workload.TASKS_A_CYCLE


# an installation that fills -------------------------------------------------------------------------------------------


def open_tasks(driver: Driver, db: Database, count: int, plan: Plan) -> dict[str, Any]:
    """So many tasks wait for the operator: every list, a page far down the work list, a case's page, moves."""
    crowd.fill(db, REGION, count)
    with db.read() as session:
        newest = session.scalar(sa.select(sa.func.max(Case.id)))
    pages = LISTS | {"a case": (REGION, f"/cases/{newest}")}
    found = _pages(driver.rested(), pages, plan)
    found |= {f"{title}, tenth page": _tenth(driver.rested(), address) for title, address in DEEP.items()}
    times = Times()
    for _ in range(3):
        driver.rested().play(times)
    return found | {"submit": summary(times.submit), "open a form": summary(times.open), "start": summary(times.start)}


DEEP = {"work list": "/tasks", "registry of a kind": "/cases?kind=bench_case"}


def _tenth(driver: Driver, address: str) -> dict[str, float]:
    """The way that a reader goes: page after page by the link to the next one; the last three are timed."""
    seconds = []
    for _ in range(10):
        page = driver.client.get(REGION, address)
        seconds.append(page.seconds)
        address = driver.client.next_page(page.body)
        if not address:
            break
    return summary(seconds[-3:])


# a journal that grows -------------------------------------------------------------------------------------------------


def records(driver: Driver, db: Database, count: int, plan: Plan) -> dict[str, Any]:
    """So many records: the journal's page and its filters, a case's page and feed, one record added, moves."""
    events.fill(db, count)
    with db.read() as session:
        busy = session.scalar(sa.select(sa.func.max(Task.case_id)))
    pages = {
        "journal": (REGION, "/journal"),
        "journal, one case": (REGION, f"/journal?case={busy}"),
        "journal, a rare kind": (REGION, "/journal?kind=case.paused"),
        "journal, from the middle": (REGION, f"/journal?cursor={count // 2}"),
        "a case": (REGION, f"/cases/{busy}"),
        "feed of a case": (REGION, f"/cases/{busy}/feed"),
        "cases of a school": (SCHOOL, "/cases"),
    }
    found = _pages(driver.rested(), pages, plan)
    found["append"] = summary(list(_appends(db, plan.looks)))
    times = Times()
    driver.rested().play(times)
    return found | {"submit": summary(times.submit)}


def _appends(db: Database, count: int) -> Iterator[float]:
    for n in range(count):
        began = time.perf_counter()
        with db.write() as session:
            journal.append(session, "task.completed", {"task": "t01", "version": n}, at=utcnow())
        yield time.perf_counter() - began


def _pages(driver: Driver, pages: Mapping[str, tuple[str, str]], plan: Plan) -> dict[str, Any]:
    return {title: summary(_looks(partial(_look, driver, *page), plan.looks)) for title, page in pages.items()}


def _look(driver: Driver, role: str, path: str) -> float:
    return driver.client.get(role, path).seconds


def _looks(look: Callable[[], float], most: int) -> list[float]:
    """Seconds of each look after a first one; fewer of what is slow."""
    look()
    seconds: list[float] = []
    while len(seconds) < most and (len(seconds) < 3 or sum(seconds) < PATIENCE):
        seconds.append(look())
    return seconds
