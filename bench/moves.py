"""Starting, opening, submitting, listing: the workload driven through the product's pages."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from app.cases.models import Task
from app.db import Database
from bench import crowd, floors, people, rooms, sizes, table, workload
from bench.client import Client
from bench.figures import summary
from bench.server import databases, served


@dataclass
class Times:
    """Seconds of each kind of request."""

    start: list[float] = field(default_factory=list)
    open: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)


class Driver:
    """Plays cases. Which tasks are open is read from the database, outside of what is timed."""

    def __init__(self, client: Client, db: Database, subject: int) -> None:
        self.client, self.db, self.subject, self.random = client, db, subject, Random(20)
        for role in workload.ROLES:
            client.sign_in(role)

    def rested(self) -> Driver:
        """After a pause the server may have closed the connection."""
        self.client.connection.close()
        return self

    def start(self, times: Times) -> int:
        answer = self.client.post(workload.REGION, "/bench/cases", {"subject": str(self.subject)})
        times.start.append(answer.seconds)
        return int(answer.location.rsplit("/", 1)[1])

    def play(self, times: Times, *, cycles: int = 1) -> int:
        """A case from its start to its end."""
        case_id = self.start(times)
        for number in range(1, cycles + 1):
            for _ in range(workload.TASKS_A_CYCLE):
                self.step(case_id, times, again=number < cycles)
        assert not self.open_tasks(case_id), "the case goes on"
        return case_id

    def step(self, case_id: int, times: Times, *, again: bool = False) -> None:
        """Open the form of the first open task and send it, as its holder."""
        task_id, key, role = self.open_tasks(case_id)[0]
        page = self.client.get(role, f"/tasks/{task_id}")
        times.open.append(page.seconds)
        form = self.client.opened(page.body)
        fields = {**form.hidden, **workload.answers(key, self.random, again=again), "do": "send"}
        answer = self.client.post(role, f"/tasks/{task_id}", fields, multipart=form.multipart)
        times.submit.append(answer.seconds)

    def open_tasks(self, case_id: int) -> list[tuple[str, str, str]]:
        with self.db.read() as session:
            found = sa.select(Task.id, Task.key, Task.role).where(Task.case_id == case_id).order_by(Task.item, Task.id)
            return [tuple(row) for row in session.execute(found)]


def measure(url: str, folder: Path, subject: int, plan: dict[str, Any]) -> dict[str, Any]:
    """All figures of one database."""
    db = Database(url)
    try:
        with served("bench.site", url, str(folder)) as port, quiet():
            driver = Driver(Client(port), db, subject)
            for _ in range(plan["warm"]):
                driver.play(Times())
            found = _cases(driver, db, plan["cases"])
            found["history"] = _history(driver, plan["cycles"])
            found["open_case_bytes"] = _open_cases(driver, db, plan["parked"])
            found["worklist"] = {
                str(count): _worklist(driver, db, count, plan["looks"]) for count in sorted(plan["lists"])
            }
            found["due"] = rooms.due_among(db, plan["looks"])
            return found
    finally:
        db.dispose()


class quiet:
    """No garbage collection of the client inside a measured request."""

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()

    def __exit__(self, *_: Any) -> None:
        gc.enable()


def _cases(driver: Driver, db: Database, count: int) -> dict[str, Any]:
    times, before = Times(), sizes.of(db)
    driver.rested()
    began = time.perf_counter()
    for _ in range(count):
        driver.play(times)
    wall = time.perf_counter() - began
    return {
        "start": summary(times.start),
        "open_form": summary(times.open),
        "submit": summary(times.submit),
        "tasks_per_second": round(len(times.submit) / sum(times.submit)),
        "tasks_per_second_with_opening": round(len(times.submit) / (sum(times.submit) + sum(times.open))),
        "wall_seconds": round(wall, 1),
        "finished_case_bytes": (sizes.of(db) - before) // count,
    }


def _history(driver: Driver, cycles: int) -> dict[str, Any]:
    """One case through many years: the first year's submits against the last year's."""
    times = Times()
    driver.rested().play(times, cycles=cycles)
    year = workload.TASKS_A_CYCLE
    last = year * (cycles - 1)
    return {"0": summary(times.submit[:year]), str(last): summary(times.submit[last:])}


def _open_cases(driver: Driver, db: Database, count: int) -> int:
    before = sizes.of(db)
    driver.rested()
    for _ in range(count):
        driver.start(Times())
    return (sizes.of(db) - before) // count


def _worklist(driver: Driver, db: Database, count: int, looks: int) -> dict[str, Any]:
    """The first page of the work list, 25 rows, with so many open tasks before the one who looks."""
    crowd.fill(db, workload.REGION, count)
    driver.rested()
    seconds = [driver.client.get(workload.REGION, "/tasks").seconds for _ in range(looks + 3)][3:]
    times = Times()
    driver.play(times)
    return {**summary(seconds), "submit": summary(times.submit)}


def statements(url: str, folder: Path, subject: int) -> dict[str, Any]:
    """Statements and commits of one submit, counted in the application itself."""
    from bench.counting import count_submit

    return count_submit(url, folder, subject)


def plans(quick: bool) -> Iterator[tuple[str, Any]]:
    """How much of everything."""
    yield "warm", 2 if quick else 5
    yield "cases", 15 if quick else 60
    yield "cycles", 6 if quick else 21
    yield "parked", 50 if quick else 200
    yield "lists", (100, 10_000) if quick else (100, 10_000, 100_000)
    yield "looks", 40 if quick else 100


def of_databases(quick: bool) -> dict[str, Any]:
    """Each database of its own: the bare commit, statements, all figures."""
    found: dict[str, Any] = {}
    plan = dict(plans(quick))
    with TemporaryDirectory(prefix="opora-bench-") as place, databases(Path(place)) as urls:
        for name, url in urls.items():
            folder = Path(place) / name
            folder.mkdir()
            db = Database(url)
            subject = people.settle(db)
            floor = floors.commit(db, 200)
            db.dispose()
            counted = statements(url, folder, subject)
            found[name] = {"commit": floor, "statements": counted, **measure(url, folder, subject, plan)}
            print(table.of_database(name, found[name]))
    return found
