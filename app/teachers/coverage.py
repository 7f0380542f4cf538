"""Indicators of the development of teachers: coverage by subject (M3a), shares of gaps by kind (M3b), routes (M4).

All of them count people, not rows: who works in two schools is one person in the region and one in each of the schools.
A school year's entry diagnosis counts; of several results of one kind the newest rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.people.models import Organisation
from app.regions import Profile
from app.teachers.common import GAP_KINDS, active
from app.teachers.models import SkillGap, Teacher, TeacherRoute, TeacherSubject


@dataclass(frozen=True)
class Share:
    """`part` of `whole` people."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """With one digit; None when there is nobody."""
        return round(100 * self.part / self.whole, 1) if self.whole else None

    def tells_of_one(self, few: int) -> bool:
        """Whether the share says of single people that they have a gap: too few of them, or all. `few` 0: nobody asks."""
        return few > 0 and self.whole > 0 and (self.whole < few or self.part == self.whole)

    def reaches(self, target: int) -> bool:
        """Whether the target is reached exactly, not after rounding."""
        return 100 * self.part >= target * self.whole

    @property
    def words(self) -> str:
        return "–" if self.percent is None else f"{self.percent:.1f}".removesuffix(".0").replace(".", ",") + " %"


@dataclass(frozen=True)
class Coverage:
    """M3a. `subjects`: code → people diagnosed in the subject of all who teach it; `total` of all people, `leaders` of
    leaders. In the total a person counts as diagnosed when every subject of his is."""

    total: Share
    leaders: Share
    subjects: Mapping[str, Share] = field(default_factory=dict)


Schools = sa.ColumnElement[bool]
"""A clause on `Teacher.school_id`: whose teachers are counted."""


def in_school(school_id: int) -> Schools:
    return Teacher.school_id == school_id


def in_municipality(municipality_id: int) -> Schools:
    below = sa.select(Organisation.id).where(Organisation.parent_id == municipality_id, Organisation.kind == "school")
    return Teacher.school_id.in_(below)


def in_region(region: str) -> Schools:
    return Teacher.school_id.in_(
        sa.select(Organisation.id).where(Organisation.region == region, Organisation.kind == "school")
    )


def in_schools(schools: Sequence[int] | sa.Select) -> Schools:
    """Of a given list, the listed schools say, or of a SELECT of ids (`territory.organisations_of`)."""
    return Teacher.school_id.in_(schools)


def diagnosed(school_year: int, on: date, subject: Any = None) -> sa.ColumnElement[bool]:
    """SQL: the teacher has an entry result of the year by the day, in the subject when one is given and not null."""
    where = [
        SkillGap.person_id == Teacher.person_id,
        SkillGap.phase == "entry",
        SkillGap.school_year == school_year,
        SkillGap.day <= on,
    ]
    if subject is not None:
        where.append(sa.or_(subject.is_(None), SkillGap.subject == subject))
    return sa.exists(sa.select(SkillGap.id).where(*where))


def coverage(session: Session, schools: Schools, school_year: int, on: date) -> Coverage:
    """M3a on a day (OR-83): everybody in the rosters counts, also who does not take part."""
    seen = diagnosed(school_year, on, TeacherSubject.subject).label("seen")
    pairs = (
        sa.select(Teacher.person_id, Teacher.leader, TeacherSubject.subject, seen)
        .outerjoin(TeacherSubject, TeacherSubject.teacher_id == Teacher.id)
        .where(schools, active(on))
        .distinct()
        .subquery()
    )
    person, missing = pairs.c.person_id, sa.case((sa.not_(pairs.c.seen), pairs.c.person_id))

    def people(column: Any) -> sa.Function[int]:
        return sa.func.count(sa.distinct(column))

    leader, missing_leader = (sa.case((pairs.c.leader, column)) for column in (person, missing))
    counts = sa.select(people(person), people(missing), people(leader), people(missing_leader))
    whole, left, leaders, left_leaders = session.execute(counts).one()
    by_subject = (
        sa.select(pairs.c.subject, people(person), people(missing))
        .where(pairs.c.subject.is_not(None))
        .group_by(pairs.c.subject)
        .order_by(pairs.c.subject)
    )
    subjects = {code: Share(every - not_yet, every) for code, every, not_yet in session.execute(by_subject)}
    return Coverage(Share(whole - left, whole), Share(leaders - left_leaders, leaders), subjects)


def by_school(session: Session, schools: Schools, school_year: int, on: date) -> Mapping[int, Share]:
    """The total of `coverage` for each school with a roster, in one statement."""
    seen = diagnosed(school_year, on, TeacherSubject.subject)
    pairs = (
        sa.select(Teacher.school_id, Teacher.person_id, seen.label("seen"))
        .outerjoin(TeacherSubject, TeacherSubject.teacher_id == Teacher.id)
        .where(schools, active(on))
        .subquery()
    )
    missing = sa.case((sa.not_(pairs.c.seen), pairs.c.person_id))
    counted = sa.select(
        pairs.c.school_id, sa.func.count(sa.distinct(pairs.c.person_id)), sa.func.count(sa.distinct(missing))
    ).group_by(pairs.c.school_id)
    return {school: Share(whole - left, whole) for school, whole, left in session.execute(counted)}


def routes_by_school(
    session: Session, profile: Profile, schools: Schools, school_year: int, on: date
) -> Mapping[int, Share]:
    """M4 for each school, in one statement."""
    found = newest(school_year, on)
    lacking = sa.select(found.c.person_id).where(found.c.level.in_(profile.teachers.gap_levels))
    led = sa.select(TeacherRoute.person_id).where(
        TeacherRoute.school_year == school_year, TeacherRoute.agreed_at.is_not(None)
    )
    with_route = sa.case((Teacher.person_id.in_(led), Teacher.person_id))
    counted = (
        sa.select(
            Teacher.school_id, sa.func.count(sa.distinct(with_route)), sa.func.count(sa.distinct(Teacher.person_id))
        )
        .where(schools, active(on), Teacher.person_id.in_(lacking))
        .group_by(Teacher.school_id)
    )
    return {school: Share(part, whole) for school, part, whole in session.execute(counted)}


def newest(school_year: int, on: date, phase: str = "entry", *, people: sa.Select | None = None) -> sa.Subquery:
    """The result that counts: the newest of each person, subject and kind; of `people` only, when a SELECT of ids is given.

    The people of one school are named here and not around it: a window is not narrowed from outside.
    """
    order = (SkillGap.day.desc(), SkillGap.id.desc())
    within = (SkillGap.person_id, SkillGap.subject, SkillGap.kind)
    place = sa.func.row_number().over(partition_by=within, order_by=order).label("place")
    rows = (
        sa.select(SkillGap, place)
        .where(SkillGap.school_year == school_year, SkillGap.phase == phase, SkillGap.day <= on)
        .where(*(() if people is None else (SkillGap.person_id.in_(people),)))
        .subquery()
    )
    return sa.select(rows).where(rows.c.place == 1).subquery()


def _people(schools: Schools, on: date) -> sa.Select:
    return sa.select(Teacher.person_id).where(schools, active(on))


def gap_shares(
    session: Session, profile: Profile, schools: Schools, school_year: int, on: date, *, phase: str = "entry"
) -> Mapping[str, Share]:
    """M3b: for each kind the people with a gap of the people diagnosed for it."""
    found = newest(school_year, on, phase, people=_people(schools, on))
    lacking = sa.case((found.c.level.in_(profile.teachers.gap_levels), found.c.person_id))
    counts = sa.select(
        found.c.kind, sa.func.count(sa.distinct(lacking)), sa.func.count(sa.distinct(found.c.person_id))
    ).group_by(found.c.kind)
    known = {kind: Share(part, whole) for kind, part, whole in session.execute(counts)}
    return {kind: known.get(kind, Share(0, 0)) for kind in GAP_KINDS}


def people_with_gaps(profile: Profile, schools: Schools, school_year: int, on: date) -> sa.Select:
    """SELECT of ids of people whose newest result of some kind is a gap."""
    found = newest(school_year, on, people=_people(schools, on))
    return sa.select(found.c.person_id).where(found.c.level.in_(profile.teachers.gap_levels)).distinct()


def routes(session: Session, profile: Profile, schools: Schools, school_year: int, on: date) -> Share:
    """M4 (OR-84): people with an agreed route of the year among people with gaps; a refusal stays in the whole."""
    lacking = people_with_gaps(profile, schools, school_year, on).subquery()
    led = sa.select(TeacherRoute.person_id).where(
        TeacherRoute.school_year == school_year, TeacherRoute.agreed_at.is_not(None)
    )
    with_route = sa.case((lacking.c.person_id.in_(led), 1))
    part, whole = session.execute(sa.select(sa.func.count(with_route), sa.func.count()).select_from(lacking)).one()
    return Share(part, whole)


def closed_gaps(session: Session, profile: Profile, schools: Schools, school_year: int, on: date) -> Share:
    """Gaps of people that the exit diagnosis no longer shows, of the gaps it looked at again."""
    people = _people(schools, on)
    entry, exit_ = newest(school_year, on, people=people), newest(school_year, on, "exit", people=people)
    same = sa.and_(
        entry.c.person_id == exit_.c.person_id,
        entry.c.kind == exit_.c.kind,
        entry.c.subject.is_not_distinct_from(exit_.c.subject),
    )
    left = sa.case((sa.not_(exit_.c.level.in_(profile.teachers.gap_levels)), 1))
    counts = (
        sa.select(sa.func.count(left), sa.func.count())
        .select_from(sa.join(entry, exit_, same))
        .where(entry.c.level.in_(profile.teachers.gap_levels))
    )
    part, whole = session.execute(counts).one()
    return Share(part, whole)
