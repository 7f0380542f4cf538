"""Years one after another: results come, the campaign opens, its list begins cases, their year ends with decisions."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import journal
from app.cases.models import Answer, Case, Task
from app.cases.system import System
from app.db import Database, by_clock
from app.demo import LIST_YEAR, DemoRegion, generate, region_parameters
from app.demo.load import load_region
from app.demo.years.beside import Beside
from app.demo.years.output import Papers
from app.demo.years.play import HOUR, Region
from app.demo.years.results import files_of
from app.documents import witnesses
from app.documents.models import Document
from app.errors import Refused
from app.imports.writing import import_results
from app.people.models import Organisation
from app.programmes.models import Evaluation
from app.years import school_year_name

OPENS = (8, 3)  # of each year: results are there, the campaign begins
ENDS = (11, 10)  # of the year after the last: the decisions of its schools are in force
LAST = frozenset(
    {"campaign", "data_pack", "objection", "act", "annual_evaluation"}
)  # the next year is begun, not played


@dataclass
class Played:
    """What stands in the database now. `cases`: kind → status → how many; `documents`, `papers` (PDF): by kind; `names`: of
    kinds of cases as diagrams are headed; `left`: what nobody could answer; `seconds`: by the part of the work.
    """

    tasks: Counter[str] = field(default_factory=Counter)
    cases: dict[str, dict[str, int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    decisions: dict[int, dict[str, int]] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)
    papers: dict[str, int] = field(default_factory=dict)
    returned: int = 0
    left: dict[str, str] = field(default_factory=dict)
    events: int = 0
    intact: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {**vars(self), "tasks": dict(self.tasks), "decisions": {str(k): v for k, v in self.decisions.items()}}

    def lines(self) -> Iterator[str]:
        done = sum(count for form, count in self.tasks.items() if not form.startswith("("))
        every = sum(sum(states.values()) for states in self.cases.values())
        yield (
            f"Дел: {every} ({len(self.cases)} видов), выполнено задач: {done}, возвратов на доработку: {self.returned}, "
            f"документов: {sum(self.documents.values())}, записей журнала: {self.events}"
        )
        for form, count in sorted(self.tasks.items()):
            if form.startswith("("):
                yield f"  {form.strip('()')}: {count}"
        for kind, states in sorted(self.cases.items()):
            told = ", ".join(f"{STATES.get(state, state)} {count}" for state, count in sorted(states.items()))
            yield f"  {self.names.get(kind, kind)}: {told}"
        for year, found in sorted(self.decisions.items()):
            yield f"  решения {school_year_name(year)}: " + ", ".join(f"{k} {v}" for k, v in sorted(found.items()))
        for kind, count in sorted(self.documents.items()):
            yield f"  документы {kind}: {count}, из них файлами PDF: {self.papers.get(kind, 0)}"
        for form, why in sorted(self.left.items()):
            yield f"  осталось без ответа: {form}: {why}"
        parts = ", ".join(f"{part} {count:.0f} с" for part, count in self.seconds.items())
        yield f"Журнал {'цел' if self.intact else 'ПОВРЕЖДЁН'}. Время: {sum(self.seconds.values()):.0f} с ({parts})"


STATES = {"open": "идёт", "done": "завершено", "cancelled": "прекращено"}


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
    clock = [datetime(LIST_YEAR, *OPENS, HOUR, tzinfo=UTC)]
    with by_clock(lambda: clock[0]):
        tell(load_region(system, world, password, running=False))
    loaded = time.monotonic()
    papers = Papers(system, out)
    with _beside(system) as beside:
        region = Region(system, code, clock[0], beside, papers, schools)
        with by_clock(lambda: region.now):
            for year in range(LIST_YEAR, LIST_YEAR + years + 1):
                _play_year(region, world, year, last=year == LIST_YEAR + years)
                papers.draw(beside, region.now)
                tell(f"{region.today:%d.%m.%Y}: задач {region.desk.done.total()}, {time.monotonic() - began:.0f} с")
            ended = time.monotonic()
            drawn = papers.write()
    printed = time.monotonic()
    played = _told(system, region)
    parts = {"загрузка": loaded - began, "годы": ended - loaded, "печать": printed - ended}
    parts["проверка журнала"] = time.monotonic() - printed
    played.papers, played.seconds = drawn, {part: round(seconds, 1) for part, seconds in parts.items()}
    return played


def _play_year(region: Region, world: DemoRegion, year: int, *, last: bool) -> None:
    """Results of the year before, the campaign, the days until the next one; of the year after the last its decisions."""
    if year > LIST_YEAR:
        import_results(region.system.db, files_of(world, year - 1), region.code, now=region.now)
    region.open_campaign(year)
    region.only = LAST if last else frozenset()
    region.until(datetime(year + (not last), *(ENDS if last else OPENS), HOUR, tzinfo=UTC))


@contextmanager
def _beside(system: System) -> Iterator[Beside]:
    """The other processes, begun when everything is loaded.

    What is loaded is never garbage, and a move makes thousands of short-lived objects: they are not searched as often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    beside = Beside(system)
    try:
        yield beside
    finally:
        beside.close()


def _hurry(db: Database) -> None:
    """No waiting for the disk at every commit: a played region can be played again."""
    lazy = ("PRAGMA synchronous = OFF", "PRAGMA wal_autocheckpoint = 16000")
    say = lazy if db.sqlite else ("SET synchronous_commit = off",)

    def begin(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for statement in say:
            cursor.execute(statement)
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
    found = Played(tasks=region.desk.done)
    own = Case.region == region.code
    with system.db.read() as session:
        for kind, status, count in session.execute(
            sa.select(Case.kind, Case.status, sa.func.count()).where(own).group_by(Case.kind, Case.status)
        ):
            found.cases.setdefault(kind, {})[status] = count
        found.names = {kind: system.catalogue.definition(kind).name for kind in found.cases}
        kinds = sa.select(Document.kind, sa.func.count()).where(Document.region == region.code).group_by(Document.kind)
        found.documents = {kind: count for kind, count in session.execute(kinds)}
        answered = sa.select(sa.func.count()).select_from(Answer).join(Case, Case.id == Answer.case_id).where(own)
        sent_back = sa.type_coerce(Answer.data, sa.Text).contains('"outcome":"return"')
        found.returned = session.scalar(answered.where(sent_back)) or 0
        decided = sa.select(Evaluation.school_year, Evaluation.decision, sa.func.count()).join(
            Case, Case.id == Evaluation.case_id
        )
        grouped = decided.where(own, Evaluation.decision.is_not(None)).group_by(
            Evaluation.school_year, Evaluation.decision
        )
        for year, decision, count in session.execute(grouped):
            found.decisions.setdefault(year, {})[str(decision)] = count
        still = session.scalars(sa.select(Task.form).join(Case).where(own).distinct()).all()
        begun = [kind for kind in region.desk.refused if kind in system.handlers.kinds]
        found.left = {form: region.desk.refused[form] for form in [*still, *begun] if form in region.desk.refused}
        report = journal.verify(session, witnesses.printed_heads(session))
        found.events, found.intact = report.records, report.intact
    return found
