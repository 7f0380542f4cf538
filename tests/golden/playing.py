"""The people of several regions by one clock: slow ones, who leave cases at many steps, and quick ones, who end them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Task
from app.cases.system import System
from app.db import by_clock
from app.demo import LIST_YEAR
from app.demo.years import beginnings
from app.demo.years.beginnings import MUNICIPALITY, SCHOOL, Beginning
from app.demo.years.course import LAST, OPENS
from app.demo.years.output import Papers
from app.demo.years.play import HOUR, OF_CAMPAIGNS, Region
from app.documents import acquaintance
from app.documents.models import Acquaintance, Document
from app.errors import DomainError
from app.imports.writing import import_results
from app.people.actor import Actor
from app.people.models import Organisation
from app.programmes.models import Evaluation
from tests.golden.dump import Golden

MORE = (
    Beginning("clarification", "regional_operator", "07.09", SCHOOL),
    Beginning("training_application", "municipal_authority", "12.10", MUNICIPALITY),
    Beginning("resource_request", "school_deputy", "19.10", SCHOOL),
    Beginning("reorganisation", "regional_operator", "16.11", SCHOOL),
)
"""What people begin besides that which they begin in every played year."""


class Alone:
    """Nobody works beside: a form is filled in when its turn comes."""

    def fill(self, asked: Sequence[Any]) -> Iterable[None]:
        return [None] * len(asked)


class People(Region):
    """Of the tasks that lie before them on a day they answer the share `pace`; `mine`: cases that concern them, None for all."""

    def __init__(self, system: System, code: str, now: datetime, out: Path, *, pace: float, most: int) -> None:
        super().__init__(system, code, now, Alone(), Papers(system, out), most)  # type: ignore[arg-type]
        self.pace = pace
        self.mine: Collection[int] | None = None
        self.read: set[int] = set()
        self.habits += [read_papers]

    def open_tasks(self) -> list[Task]:
        drawn = Random(f"{self.code}:{self.days}")
        found = [task for task in super().open_tasks() if drawn.random() < self.pace]
        if self.mine is None:
            return found
        with self.system.db.read() as session:
            led = set(session.scalars(sa.select(Case.id).where(Case.kind.in_(LAST))))
        return [task for task in found if task.case_id in self.mine or task.case_id in led]


def read_papers(region: Region) -> None:
    """On the day after a document was issued all who are to read it say that they have."""
    assert isinstance(region, People)
    issued = sa.select(Document).join(Case, Case.id == Document.case_id)
    issued = issued.where(Case.region == region.code, Document.state.in_(acquaintance.ISSUED))
    with region.system.db.read() as session:
        papers = [paper for paper in session.scalars(issued.order_by(Document.id)) if paper.id not in region.read]
        readers = [(paper.id, actor) for paper in papers for actor in _readers(session, region, paper)]
    region.read.update(paper.id for paper in papers)
    for paper_id, actor in readers:
        try:
            acquaintance.acquaint(region.system, paper_id, actor=actor, now=region.now)
        except DomainError:
            continue  # somebody of the same place has just marked it


def _readers(session: Session, region: Region, paper: Document) -> Iterator[Actor]:
    rows = session.scalars(sa.select(Acquaintance).where(Acquaintance.document_id == paper.id)).all()
    places = [row.organisation_id for row in rows] or [session.get_one(Case, paper.case_id).subject_id]
    for place in dict.fromkeys(places):
        for actor in region.staff.of(session, place, region.today):
            if acquaintance.asked(session, actor, paper):
                yield actor


def begin_more(region: Region) -> None:
    """One case of each further kind: about the last of the schools that are led, the others have a year as usual."""
    year = region.first
    for one in MORE:
        if not one.on(year) <= region.today < one.on(year) + beginnings.WINDOW:
            continue
        with region.system.db.read() as session:
            led = list(session.scalars(region.chosen()))
            subjects = led if one.about == SCHOOL else beginnings.subjects(session, region, one.about)
        if subjects and (one.kind, subjects[-1], year) not in region.begun:
            region.begun.add((one.kind, subjects[-1], year))
            beginnings.begin(region, one, subjects[-1])


def remember(region: Region) -> None:
    """What was begun before this play is not begun again."""
    with region.system.db.read() as session:
        found = sa.select(Case.kind, Case.subject_id, Case.school_year).where(Case.region == region.code)
        region.begun |= {tuple(row) for row in session.execute(found)}  # type: ignore[misc]


def play_day(regions: Sequence[People], until: datetime) -> None:
    """One day in all regions, then the next on which anybody has something to do."""
    busy = False
    with by_clock(lambda: regions[0].now):
        for region in regions:
            busy = region.day() > 0 or busy
        for region in regions:
            region.next_day(busy, until)
    now = min(region.now for region in regions)
    for region in regions:
        region.now = now


def morning(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, HOUR, tzinfo=UTC)


# to the end -------------------------------------------------------------------------------------------------------------

HORIZON = morning(LIST_YEAR + 1, 12, 24)
"""By then every case of the year has its end: the decisions of the year are in force, the next list is signed."""


def finish(
    system: System, golden: Golden, now: datetime, out: Path, *, regions: Collection[str] = (), most: int = 0
) -> list[str]:
    """People of the regions answer all that lies before them until every case that stood at `now` has its end.

    `most`: so many listed schools of a region answer, and only their cases are waited for; 0 for all. Returns the cases
    that did not end, in words.
    """
    people = [People(system, code, now, out, pace=1.0, most=most) for code in regions or golden.later]
    held = {case_id for one in people for case_id in concerned(one)}
    for one in people:
        remember(one)
    opens = morning(LIST_YEAR + 1, *OPENS)
    _play(people, min(opens, HORIZON), held)
    if unended(system, held):
        for one in people:
            one.mine = held
            with by_clock(lambda: people[0].now):
                import_results(system.db, golden.later[one.code], one.code, now=one.now)
                one.open_campaign(LIST_YEAR + 1)
        _play(people, HORIZON, held)
    refused = {form: why for one in people for form, why in one.desk.refused.items()}
    return [f"{case.kind} {case.id}: {case.awaits or tasks(system, case, refused)}" for case in unended(system, held)]


def _play(people: Sequence[People], until: datetime, held: Collection[int]) -> None:
    while people[0].now < until and unended(people[0].system, held):
        play_day(people, until)


def concerned(region: People) -> list[int]:
    """Open cases of the region, or those of them that are not about a school that does not answer."""
    open_ = sa.select(Case.id).where(Case.region == region.code, Case.status == "open")
    if region.most:
        silent = sa.select(Organisation.id).where(
            Organisation.kind == "school", Organisation.id.not_in(region.chosen())
        )
        open_ = open_.where(Case.subject_id.not_in(silent) | Case.kind.in_(OF_CAMPAIGNS))
    with region.system.db.read() as session:
        return list(session.scalars(open_))


def unended(system: System, held: Collection[int]) -> list[Case]:
    """An act that is in force ends with its term, and the case of a school lives on in its next year: they have arrived."""
    decided = sa.select(Case.subject_id).join(Evaluation, Evaluation.case_id == Case.id)
    decided = decided.where(Evaluation.decision.is_not(None), Case.status != "open")
    in_force = sa.and_(Case.kind == "act", Case.outcome == "in_force")
    goes_on = sa.and_(Case.kind == "support_cycle", Case.subject_id.in_(decided))
    with system.db.read() as session:
        where = (Case.id.in_(held), Case.status == "open", ~sa.func.coalesce(in_force, False), ~goes_on)
        return list(session.scalars(sa.select(Case).where(*where).order_by(Case.id)))


def tasks(system: System, case: Case, refused: dict[str, str]) -> str:
    """What lies before people in a case, and why it was not answered."""
    with system.db.read() as session:
        found = session.scalars(sa.select(Task.form).where(Task.case_id == case.id))
        return "; ".join(f"{form} – {refused.get(form, 'nobody tried')}" for form in found)
