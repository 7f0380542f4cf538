"""Cases that people begin of themselves in the course of a school year: as on the page of opening, by the same questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders, openings, operations
from app.cases.models import Case, Deadline
from app.errors import DomainError
from app.identification.campaign import run_of
from app.identification.models import Verdict
from app.people.models import Assignment, Organisation, Position
from app.people.operations import end_position
from app.years import school_year_of

if TYPE_CHECKING:
    from app.demo.years.play import Region

WINDOW = timedelta(days=40)  # a day on which nothing else happens is not played: the next one will do
SCHOOL, MUNICIPALITY, CENTRE = "school", "municipality", "centre"


@dataclass(frozen=True)
class Beginning:
    """Whose initiative: the holder of `role` begins a case of `kind` from a day on («12.10»), for every n-th of `about`."""

    kind: str
    role: str
    day: str
    about: str = SCHOOL
    every: int = 1

    def on(self, school_year: int) -> date:
        day, month = map(int, self.day.split("."))
        return date(school_year + (month < 7), month, day)


BEGINNINGS = (
    Beginning("training", "pd_center", "21.09", CENTRE),
    Beginning("municipal_program", "municipal_authority", "05.10", MUNICIPALITY),
    Beginning("mentor_pair", "school_deputy", "12.10", every=3),
    Beginning("in_school_work", "school_deputy", "26.10", every=2),
    Beginning("recommendation", "regional_operator", "16.11", every=4),
    Beginning("request", "school_deputy", "30.11", every=4),
)
LEAVES = Beginning("", "curator", "15.02")


def begin_cases(region: Region) -> None:
    """Whatever is to begin about now and has not begun in this school year."""
    if region.only:
        return
    year = school_year_of(region.today)
    due = [one for one in BEGINNINGS if one.on(year) <= region.today < one.on(year) + WINDOW]
    for one in due:
        with region.system.db.read() as session:
            found = subjects(session, region, one.about)[:: one.every]
        for subject in found:
            if (one.kind, subject, year) not in region.begun:
                region.begun.add((one.kind, subject, year))
                begin(region, one, subject)


def subjects(session: Session, region: Region, about: str) -> list[int]:
    """Schools that are led now, their municipalities, or the region's centre."""
    if about == CENTRE:
        return region.staff.bodies(session, region.code, "centre")[:1]
    schools = list(session.scalars(_led(region)))
    if about == SCHOOL:
        return schools
    parents = (
        sa.select(Organisation.id)
        .where(Organisation.id.in_(sa.select(Organisation.parent_id).where(Organisation.id.in_(schools))))
        .where(Organisation.kind == "municipality")
    )
    return list(session.scalars(parents.order_by(Organisation.id)))


def _led(region: Region) -> sa.Select:
    """Listed schools whose cases are open and answered in this play."""
    listed = sa.select(Case.subject_id).where(
        Case.region == region.code, Case.kind == "support_cycle", Case.status == "open"
    )
    listed = listed.where(sa.type_coerce(Case.data, sa.Text).contains('"listed"'))
    if region.most:
        listed = listed.where(Case.subject_id.in_(region.chosen()))
    return listed.order_by(Case.subject_id)


def begin(region: Region, one: Beginning, subject: int) -> None:
    """The case is opened, or stands as refused with the words that a person would read."""
    system, now = region.system, region.now
    with system.db.read() as session:
        body = subject if one.about == CENTRE else holders.place(session, region.code, subject, one.role)
        actor = region.staff.with_role(session, body, one.role, region.today) if body is not None else None
        if actor is None:
            region.desk.refused[one.kind] = f"дело некому открыть: {one.role}"
            return
        try:
            wish = openings.wish(session, system, actor, one.kind, subject, {}, now)
        except DomainError as refusal:
            region.desk.refused[one.kind] = str(refusal)
            return
    try:
        made = (wish.subject_id, wish.school_year, wish.data)
        operations.open_case(system, one.kind, *made, actor=actor, now=now, parent_id=wish.parent_id)
    except DomainError as refusal:
        region.desk.refused[one.kind] = str(refusal)


def object_to_the_list(region: Region) -> None:
    """Two schools of the preliminary list object to it while the campaign waits for objections."""
    for campaign_id, year in _waiting_campaigns(region):
        with region.system.db.read() as session:
            asked = list(_objectors(session, region, campaign_id))
        for school in asked:
            if ("objection", school, year) not in region.begun:
                region.begun.add(("objection", school, year))
                begin(region, Beginning("objection", "school_head", ""), school)


def _waiting_campaigns(region: Region) -> list[tuple[int, int]]:
    """Campaigns whose window for objections is open: they wait for a day of the calendar."""
    open_ = (
        sa.select(Case.id, Case.school_year)
        .join(Deadline, Deadline.case_id == Case.id)
        .where(Case.region == region.code, Case.kind == "campaign", Case.status == "open")
        .where(Deadline.kind == "timer", Deadline.due_at > region.now)
    )
    with region.system.db.read() as session:
        return [(row[0], row[1]) for row in session.execute(open_)]


def _objectors(session: Session, region: Region, campaign_id: int) -> Iterator[int]:
    """The first two schools of the newest run's list with a head of their own."""
    run = run_of(session, campaign_id)
    if run is None:
        return
    listed = sa.select(Verdict.school_id).where(Verdict.run_id == run.id, Verdict.status == "listed")
    heads = sa.select(Position.organisation_id).where(Position.role == "school_head", Position.valid_to.is_(None))
    found = listed.where(Verdict.school_id.in_(heads)).order_by(Verdict.school_id)
    yield from session.scalars(found.limit(2))


def leave_a_curator(region: Region) -> None:
    """In the second half of the first year one curator leaves his post: his schools go to another one."""
    if region.left or not LEAVES.on(region.first) <= region.today < LEAVES.on(region.first) + WINDOW:
        return
    curators = (
        sa.select(Position.id)
        .join(Assignment, Assignment.position_id == Position.id)
        .join(Organisation, Organisation.id == Assignment.organisation_id)
        .where(Organisation.region == region.code, Position.role == "curator", Position.valid_to.is_(None))
        .where(Assignment.valid_to.is_(None) | (Assignment.valid_to > region.today))
        .order_by(Position.id)
    )
    with region.system.db.write() as session:
        position = session.scalar(curators.limit(1))
        if position is None:
            return
        ended = end_position(
            session, position, region.today, basis="заявление об увольнении", actor=None, now=region.now
        )
        region.staff.forget(ended.organisation_id)
    region.left = True
    region.desk.done["(уволен куратор)"] += 1
