"""Who may be proposed to a school, and what speaks against a candidate: results, own school, load, another municipality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.holders import municipality_of
from app.cases.models import Case
from app.people.actor import in_force, works
from app.people.models import Assignment, Organisation, Person, Position
from app.programmes.mentoring.models import Mentorship
from app.regions import Profile
from app.results.models import Result

PENDING = ("proposed", "agreed")
HEADS = ("school_head",)
TUTORS = ("tutor", "pd_center")
RESITS = ("resit",)
LOOKED_AT = 100  # schools whose results are read at once in search of donors


@dataclass(frozen=True)
class Candidate:
    """A person in the position he would be proposed in. `elsewhere` names his municipality when it is another one."""

    position: Position
    person: Person
    home: Organisation
    load: int
    elsewhere: str | None


@dataclass(frozen=True)
class Check:
    """A condition of appointment; an `absolute` one cannot be overridden."""

    code: str
    text: str
    passed: bool
    absolute: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "passed": self.passed, "absolute": self.absolute}


def limit(profile: Profile, kind: str) -> int:
    """How many schools one person may accompany."""
    return profile.limits.curator_schools if kind == "curator" else profile.mentoring.tutor_schools


def steadily_high(
    session: Session, profile: Profile, schools: Iterable[int], school_year: int
) -> dict[int, bool | None]:
    """School → are its results steadily high in the years before `school_year`; None: too few results in one of them.

    High: of all who took part in a year less than the profile's share did not reach the threshold, and no procedure of it
    had a low result by the rule of the list.
    """
    wanted = sorted(set(schools))
    years = range(school_year - profile.mentoring.donor.years, school_year)
    found = (
        sa.select(Result.school_id, Result.school_year, sa.func.sum(Result.n), sa.func.sum(Result.low))
        .where(Result.school_id.in_(wanted), Result.school_year.in_(years))
        .where(Result.current.is_(True), Result.wave.not_in(RESITS))
        .group_by(Result.school_id, Result.school_year, Result.procedure)
    )
    lines: dict[int, dict[int, list[tuple[int, int]]]] = {}
    for school, year, n, low in session.execute(found):
        lines.setdefault(school, {}).setdefault(year, []).append((int(n), int(low)))
    low_from = profile.rule(school_year).share_percent
    return {school: _judged(profile, lines.get(school, {}), years, low_from) for school in wanted}


def _judged(profile: Profile, by_year: Mapping[int, list[tuple[int, int]]], years: range, low_from: int) -> bool | None:
    rule = profile.mentoring.donor
    counts = {
        year: (sum(n for n, _ in by_year.get(year, ())), sum(low for _, low in by_year.get(year, ()))) for year in years
    }
    if any(n < rule.participants for n, _ in counts.values()):
        return None
    if any(100 * low >= low_from * n for year in years for n, low in by_year[year]):
        return False
    return all(100 * low < rule.share_percent * n for n, low in counts.values())


def loads(session: Session, people: Iterable[int], kind: str, on: date, *, without_case: int) -> dict[int, int]:
    """Person → how many schools he accompanies or was proposed to, this case left out."""
    wanted = sorted(set(people))
    held = (
        sa.select(Position.person_id, Assignment.organisation_id)
        .join(Assignment, Assignment.position_id == Position.id)
        .where(Position.person_id.in_(wanted), Position.role == kind, _not_over(Assignment, on))
        .where(sa.or_(Assignment.case_id.is_(None), Assignment.case_id != without_case))
    )
    proposed = (
        sa.select(Mentorship.person_id, Mentorship.school_id)
        .join(Case, Case.id == Mentorship.case_id)
        .where(Mentorship.person_id.in_(wanted), Mentorship.kind == kind, Mentorship.state.in_(PENDING))
        .where(Case.status == "open", Case.id != without_case)
    )
    pairs = {tuple(row) for row in (*session.execute(held), *session.execute(proposed))}
    return {person: sum(1 for who, _ in pairs if who == person) for person in wanted}


def _not_over(table: Any, on: date) -> sa.ColumnElement[bool]:
    return sa.or_(table.valid_to.is_(None), table.valid_to >= on)


def offered(session: Session, profile: Profile, case: Case, kind: str, on: date) -> list[Candidate]:
    """Whom the appointing body may choose from: heads of schools of the municipality, then donors of others; tutors.

    People of the school itself are not offered.
    """
    school = session.get_one(Organisation, case.subject_id)
    municipality = municipality_of(session, school)
    places = _places(session, case.region, TUTORS if kind == "tutor" else HEADS, school.id, on)
    if kind == "curator":
        places = _near(session, profile, case, places, municipality)
    rows = _people(session, [place.position for place in places])
    count = loads(session, [person.id for _, person, _ in rows], kind, on, without_case=case.id)
    towns = _towns(session, {home.parent_id for _, _, home in rows if home.parent_id is not None})
    return [
        Candidate(position, person, home, count[person.id], _elsewhere(home, municipality, kind, towns))
        for position, person, home in rows
    ]


def _places(session: Session, region: str, roles: tuple[str, ...], school_id: int, on: date) -> list[Any]:
    """Everybody who might be proposed, in the order of the list: `position`, his organisation `home` and its `parent`."""
    own = sa.select(Position.person_id).where(Position.organisation_id == school_id, in_force(Position, on))
    found = (
        sa.select(Position.id.label("position"), Organisation.id.label("home"), Organisation.parent_id.label("parent"))
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Organisation.region == region, Position.role.in_(roles), works(on))
        .where(Person.id.not_in(own), Organisation.valid_to.is_(None))
        .order_by(Organisation.short_name, Person.family_name, Position.id)
    )
    return list(session.execute(found))


def _people(session: Session, positions: list[int]) -> list[Any]:
    found = (
        sa.select(Position, Person, Organisation)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Position.id.in_(positions))
    )
    by_position = {row[0].id: tuple(row) for row in session.execute(found)}
    return [by_position[position] for position in positions]


def _near(session: Session, profile: Profile, case: Case, places: list[Any], municipality: int | None) -> list[Any]:
    """The municipality's own heads, and as many donors of others as the profile offers: no more results are read."""
    own = [place for place in places if municipality is not None and place.parent == municipality]
    others = [place for place in places if municipality is None or place.parent != municipality]
    most, donors = profile.mentoring.other_municipality_donors, list[Any]()
    for first in range(0, len(others), LOOKED_AT):
        some = others[first : first + LOOKED_AT]
        high = steadily_high(session, profile, [place.home for place in some], case.school_year)
        donors += [place for place in some if high[place.home]]
        if len(donors) >= most:
            break
    return [*own, *donors[:most]]


def _towns(session: Session, ids: set[int]) -> dict[int, str]:
    found = sa.select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(sorted(ids)))
    return {key: name for key, name in session.execute(found)}


def _elsewhere(home: Organisation, municipality: int | None, kind: str, towns: Mapping[int, str]) -> str | None:
    if kind == "tutor" or home.parent_id == municipality:
        return None
    return towns.get(home.parent_id or 0, "")


def checks(
    session: Session, profile: Profile, case: Case, kind: str, people: Iterable[Candidate]
) -> dict[int, list[Check]]:
    """Position → every condition with its outcome (OR 4.3.1: a head of a school with steadily high results)."""
    candidates = list(people)
    homes = [one.home.id for one in candidates if one.home.kind == "school"]
    high = steadily_high(session, profile, homes, case.school_year) if kind == "curator" else {}
    most = limit(profile, kind)
    return {one.position.id: _of(one, case, kind, high, most) for one in candidates}


def _of(one: Candidate, case: Case, kind: str, high: Mapping[int, bool | None], most: int) -> list[Check]:
    found = [Check("own", "Кандидат работает в этой же школе", one.home.id != case.subject_id, absolute=True)]
    if kind == "curator":
        known = high.get(one.home.id)
        text = "Результаты школы кандидата не стабильно высокие"
        if known is None:
            text = "Нет данных о результатах школы кандидата за нужные годы"
        found.append(Check("results", text, bool(known)))
    words = f"У кандидата уже {one.load} из {most} школ"
    found.append(Check("load", words, one.load < most))
    return found
