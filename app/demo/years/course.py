"""Years one after another: results come, the campaign opens, its list begins cases, their year ends with decisions."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import journal
from app.cases.models import Case, Task
from app.cases.system import System
from app.db import Database, by_clock
from app.demo import LIST_YEAR, DemoRegion, generate, region_parameters
from app.demo.load import load_region
from app.demo.years.output import write_papers
from app.demo.years.play import HOUR, Region
from app.demo.years.results import files_of
from app.documents import witnesses
from app.errors import Refused
from app.imports.writing import import_results
from app.people.models import Organisation
from app.programmes.models import Evaluation

OPENS = (8, 3)  # of each year: results are there, the campaign begins
ENDS = (11, 10)  # of the year after the last: the decisions of its schools are in force
LAST = frozenset({"campaign", "data_pack", "act", "annual_evaluation"})  # the next year is begun, not played


@dataclass
class Played:
    """What was done: tasks by form, cases by (kind, status), decisions by year, papers written, what nobody could answer."""

    tasks: Counter[str] = field(default_factory=Counter)
    cases: dict[str, dict[str, int]] = field(default_factory=dict)
    decisions: dict[int, dict[str, int]] = field(default_factory=dict)
    papers: dict[str, int] = field(default_factory=dict)
    documents: int = 0
    left: dict[str, str] = field(default_factory=dict)
    events: int = 0
    intact: bool = False
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        return {**vars(self), "tasks": dict(self.tasks), "decisions": {str(k): v for k, v in self.decisions.items()}}

    def lines(self) -> Iterator[str]:
        yield f"Выполнено задач: {self.tasks.total()}, документов: {self.documents}, записей журнала: {self.events}"
        for kind, states in sorted(self.cases.items()):
            yield f"  дела {kind}: " + ", ".join(f"{state} {count}" for state, count in sorted(states.items()))
        for year, found in sorted(self.decisions.items()):
            yield f"  решения {year}/{(year + 1) % 100:02d}: " + ", ".join(f"{k} {v}" for k, v in sorted(found.items()))
        for kind, count in sorted(self.papers.items()):
            yield f"  PDF {kind}: {count}"
        for form, why in sorted(self.left.items()):
            yield f"  осталось без ответа: {form}: {why}"
        yield f"Журнал {'цел' if self.intact else 'ПОВРЕЖДЁН'}. Время: {self.seconds:.0f} с"


def play(
    system: System,
    code: str,
    years: int,
    out: Path,
    *,
    password: str,
    demo: DemoRegion | None = None,
    schools: int = 0,
    tell: Callable[[str], None] = lambda line: None,
) -> Played:
    """Play so many school years of a demo region that is not in the database yet; papers go to `out`.

    `schools`: how many of the listed schools are led through their years; 0 for all. The campaigns are always whole.
    Refused when the region is there already: a played clock must not run over the cases of people.
    """
    began = time.monotonic()
    _require_absent(system, code)
    _hurry(system.db)
    world = demo or generate(region_parameters(code))
    region = Region(system, code, datetime(LIST_YEAR, *OPENS, HOUR, tzinfo=UTC), schools)
    with by_clock(lambda: region.now):
        tell(load_region(system, world, password, running=False))
        for year in range(LIST_YEAR, LIST_YEAR + years + 1):
            if year > LIST_YEAR:
                import_results(system.db, files_of(world, year - 1), code, now=region.now)
            region.open_campaign(year)
            last = year == LIST_YEAR + years
            region.only = LAST if last else frozenset()
            region.until(datetime(year + (not last), *(ENDS if last else OPENS), HOUR, tzinfo=UTC))
            tell(f"{region.today:%d.%m.%Y}: задач {region.desk.done.total()}, {time.monotonic() - began:.0f} с")
        papers = write_papers(system, region.papers, out)
        played = _told(system, region)
    played.papers, played.seconds = papers, round(time.monotonic() - began, 1)
    return played


def _hurry(db: Database) -> None:
    """No waiting for the disk at every commit: a played region can be played again."""
    say = "PRAGMA synchronous=OFF" if db.sqlite else "SET synchronous_commit = off"

    def begin(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(say)
        cursor.close()
        if not db.sqlite:
            connection.commit()

    for engine in db.engines:
        sa.event.listen(engine, "connect", begin)
    db.dispose()


def _require_absent(system: System, code: str) -> None:
    with system.db.read() as session:
        there = session.scalar(sa.select(Organisation.id).where(Organisation.region == code).limit(1))
    if there is not None:
        raise Refused(
            "Этот регион уже есть в базе: годы проигрываются только на пустой.",
            advice="Укажите новую базу в OPORA_DATABASE_URL и выполните «opora upgrade».",
        )


def _told(system: System, region: Region) -> Played:
    """The counts of what stands in the database now."""
    found = Played(tasks=region.desk.done, documents=len({paper["document"] for paper in region.papers}))
    own = Case.region == region.code
    with system.db.read() as session:
        for kind, status, count in session.execute(
            sa.select(Case.kind, Case.status, sa.func.count()).where(own).group_by(Case.kind, Case.status)
        ):
            found.cases.setdefault(kind, {})[status] = count
        decided = sa.select(Evaluation.school_year, Evaluation.decision, sa.func.count()).join(
            Case, Case.id == Evaluation.case_id
        )
        grouped = decided.where(own, Evaluation.decision.is_not(None)).group_by(
            Evaluation.school_year, Evaluation.decision
        )
        for year, decision, count in session.execute(grouped):
            found.decisions.setdefault(year, {})[str(decision)] = count
        still = session.scalars(sa.select(Task.form).join(Case).where(own).distinct()).all()
        found.left = {form: region.desk.refused[form] for form in still if form in region.desk.refused}
        report = journal.verify(session, witnesses.printed_heads(session))
        found.events, found.intact = report.records, report.intact
    return found
