"""python -m tests.golden VERSION: write the golden cases of a version that is being released, by its own code.

Slow people are played from the opening of a campaign into winter in every region at once, in one database. Of its mornings
those few are kept that between them hold every process and the most tasks at which a case can stand.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path
from random import Random

import sqlalchemy as sa

from app import regions
from app.cases import drafts
from app.cases.models import Case, Task
from app.cases.system import System
from app.db import Base, by_clock
from app.demo import LIST_YEAR, DemoRegion, generate, region_parameters
from app.demo.load import load_region
from app.demo.years.course import OPENS
from app.demo.years.people import Staff
from app.demo.years.results import files_of
from app.errors import DomainError
from app.files import Upload, attach
from tests import schema
from tests.golden import dump
from tests.golden.kept import CUTS, HERE
from tests.golden.playing import People, begin_more, morning, play_day
from tests.small import PASSWORD, SIZES, system_at

WORLD = {**SIZES, "schools": 110, "listed_share": 0.005}
PACES, LED = (0.5, 1.0), 3
UNTIL = morning(LIST_YEAR + 1, 7, 20)
WITHIN = ("sign_off", "expertise")
"""Processes that are called inside of another case: their tasks begin with their name."""


@dataclass(frozen=True)
class Kept:
    """A morning's copy and what stands open in it: kinds of cases, and tasks as kind and form."""

    now: datetime
    database: Path
    stands: frozenset[str]


def played(folder: Path) -> Iterator[tuple[Kept, System]]:
    """Mornings from the first on which people have something before them."""
    url, start = f"sqlite:///{folder / 'opora.db'}", morning(LIST_YEAR, *OPENS)
    schema.upgrade(url)
    system = system_at(url, folder / "files")
    with by_clock(lambda: start):
        for code in regions.codes():
            load_region(system, world(code), PASSWORD, running=False)
    paces = zip(regions.codes(), cycle(PACES), strict=False)
    people = [People(system, code, start, folder / "papers", pace=pace, most=LED) for code, pace in paces]
    with by_clock(lambda: start):
        for one in people:
            one.habits.append(begin_more)
            one.open_campaign(LIST_YEAR)
    while people[0].now < UNTIL:
        play_day(people, UNTIL)
        yield keep(system, folder, people[0].now), system
    for one in people:
        for what, why in one.desk.refused.items():
            print(f"  {what}: {why}", file=sys.stderr)


def world(code: str) -> DemoRegion:
    return generate(region_parameters(code, **WORLD))


def keep(system: System, folder: Path, now: datetime) -> Kept:
    with system.db.read() as session:
        kinds = set(session.scalars(sa.select(Case.kind).where(Case.status == "open")))
        found = sa.select(Case.region, Case.kind, Task.form).join(Task, Task.case_id == Case.id)
        tasks = {(region, kind, form) for region, kind, form in session.execute(found)}
    inner = {process for process in WITHIN if any(form.startswith(process) for _, _, form in tasks)}
    stands = frozenset({*kinds, *inner, *(" ".join(task) for task in tasks)})
    path = folder / f"{now:%Y-%m-%d}.db"
    schema.copy_sqlite(system.db.url.database or "", path)
    return Kept(now, path, stands)


def chosen(mornings: list[Kept], count: int) -> list[Kept]:
    """Those that hold the most between them: from every morning on greedily, the best of these choices."""
    best: list[Kept] = []
    for first in mornings:
        found = [first]
        while len(found) < count:
            seen = together(found)
            found.append(max(mornings, key=lambda one: worth(one.stands - seen)))
        if worth(together(found)) > worth(together(best)):
            best = found
    return sorted(best, key=lambda one: one.now)


def together(mornings: Collection[Kept]) -> frozenset[str]:
    return frozenset().union(*(one.stands for one in mornings))


def worth(stands: Collection[str]) -> int:
    """A process that no other morning holds counts for more than any number of tasks."""
    return sum(1 if " " in one else 1000 for one in stands)


def begin_answers(system: System, now: datetime) -> None:
    """Half of the tasks have a draft with a file beside it: what somebody had not sent yet at the release."""
    drawn = Random(f"{now}")
    with system.db.read() as session:
        tasks = session.scalars(sa.select(Task).order_by(Task.opened_at, Task.id)).all()
    for task in (one for one in tasks if drawn.random() < 0.5):
        for actor in holders(system, task, now):
            try:
                drafts.save(system.db, task.id, {"pairs": [["note", "начато"]]}, seen=0, actor=actor, now=now)
            except DomainError:
                continue
            whose = {"case_id": task.case_id, "task_id": task.id, "person_id": actor.person_id}
            with system.db.write() as session:
                upload = Upload("справка.pdf", f"%PDF-1.4 {task.form}".encode())
                attach(session, system.files, upload, **whose, now=now)
            break


def holders(system: System, task: Task, now: datetime) -> list:
    with system.db.read() as session:
        return list(Staff(system).holders(session, task, now.date()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.golden")
    parser.add_argument("version", help="of the release that is being made")
    version = parser.parse_args().version
    with tempfile.TemporaryDirectory(prefix="opora-golden-") as name:
        folder = Path(name)
        mornings = [kept for kept, _ in played(folder)]
        kept, cuts = chosen(mornings, CUTS), []
        for number, one in enumerate(kept, 1):
            system = system_at(f"sqlite:///{one.database}", folder / "files")
            begin_answers(system, one.now)
            system.db.dispose()
            cuts.append(dump.cut(one.database, folder / "files", f"{number}", one.now))
        held = together(kept)
        missing = set(system.catalogue.processes()) - held
    columns = {table.name: [column.name for column in table.columns] for table in Base.metadata.sorted_tables}
    later = {code: files_of(world(code), LIST_YEAR) for code in regions.codes()}
    target = HERE / version / "cases.xz"
    target.parent.mkdir(exist_ok=True)
    dump.write(dump.Golden(version, columns, later, cuts), target)
    tasks = {one for one in held if " " in one}
    days = ", ".join(f"{one.now:%d.%m.%Y}" for one in kept)
    print(f"{target}: {target.stat().st_size} bytes, mornings {days}, open tasks of {len(tasks)} sorts")
    print(f"processes that nothing holds: {', '.join(sorted(missing)) or 'none'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
