"""What a run sees: schools of the registry, current results of the years, links, signs of bias, conditions."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identification.rules import Result
from app.people.models import Organisation
from app.regions import Profile, ResultsRule
from app.results.models import BiasMark, ImportFile
from app.results.models import Result as ResultRow
from app.schools.models import School, SchoolLink, SocialPassport

LINKS = ("merge", "branch", "rename")


class SchoolLine(NamedTuple):
    """A school as lists show it."""

    id: int
    code: str
    kind: str
    name: str
    municipality: str


@dataclass(frozen=True)
class Conditions:
    """What an accepted social passport says of a school; `hard` and `small` are all that categories need."""

    hard: bool
    small: bool


@dataclass(frozen=True)
class Inputs:
    """Everything a run is computed from. `sha256` names it: the same digest gives the same verdicts."""

    schools: list[SchoolLine]
    results: list[Result]
    links: Mapping[int, list[tuple[int, int]]]
    biased: frozenset[int]
    conditions: Mapping[int, Conditions]
    files: list[dict[str, Any]]
    sha256: str
    without: tuple[int, ...] = field(default=())


def load(
    session: Session, profile: Profile, rule: ResultsRule, school_year: int, *, without: Collection[int] = ()
) -> Inputs:
    """Read what the rule looks at for a list of `school_year`. `without`: ids of result rows left out by decision."""
    schools = registry(session, profile.region, school_year)
    years = range(school_year - rule.years, school_year)
    results = _results(session, profile.region, years, without)
    links = _links(session, profile.region)
    biased = _biased(session, profile.region, years)
    left_out = tuple(sorted(without))
    return Inputs(
        schools=schools,
        results=results,
        links=links,
        biased=biased,
        conditions=conditions(session, profile, school_year),
        files=_files(session, profile.region, years),
        sha256=_digest(schools, results, links, biased, left_out),
        without=left_out,
    )


def registry(session: Session, region: str, school_year: int, ids: Collection[int] = ()) -> list[SchoolLine]:
    """Schools at work on 1 September of the list's year, by municipality and name; never by results."""
    place = sa.orm.aliased(Organisation)
    day = date(school_year, 9, 1)
    query = (
        sa.select(School.id, School.code, School.kind, Organisation.short_name, place.short_name)
        .join(Organisation, Organisation.id == School.id)
        .outerjoin(place, place.id == School.municipality_id)
        .where(School.region == region, sa.or_(Organisation.valid_to.is_(None), Organisation.valid_to >= day))
    )
    if ids:
        query = query.where(School.id.in_(ids))
    found = [SchoolLine(*row[:4], row[4] or "") for row in session.execute(query)]
    return sorted(found, key=lambda line: (line.municipality.casefold(), line.name.casefold(), line.code))


def _results(session: Session, region: str, years: Iterable[int], without: Collection[int]) -> list[Result]:
    """Current results of the years; the columns stand as the fields of `Result` do."""
    columns = (
        ResultRow.school_id,
        ResultRow.procedure,
        ResultRow.school_year,
        ResultRow.n,
        ResultRow.low,
        ResultRow.part,
        ResultRow.wave,
        sa.literal("current"),
        sa.type_coerce(ResultRow.ambiguous, sa.Integer),
        ImportFile.name,
        ResultRow.sheet,
        ResultRow.rows,
        ResultRow.id,
    )
    query = sa.select(*columns).join(ImportFile, ImportFile.id == ResultRow.file_id).where(*_seen(region, years))
    left_out = set(without)
    session.flush()
    results = list(map(Result._make, session.connection().execute(query)))  # none is an entity: rows are all it takes
    return [row for row in results if row.id not in left_out] if left_out else results


def _seen(region: str, years: Iterable[int]) -> tuple[sa.ColumnElement[bool], ...]:
    return ResultRow.region == region, ResultRow.school_year.in_(list(years)), ResultRow.current.is_(True)


def _files(session: Session, region: str, years: Iterable[int]) -> list[dict[str, Any]]:
    used = sa.select(ResultRow.file_id).where(*_seen(region, years))
    query = sa.select(ImportFile.id, ImportFile.name, ImportFile.sha256).where(ImportFile.id.in_(used))
    return [{"id": row.id, "name": row.name, "sha256": row.sha256} for row in session.execute(query.order_by("id"))]


def _links(session: Session, region: str) -> dict[int, list[tuple[int, int]]]:
    """Successor → (predecessor, first school year of the successor alone). A split gives no one's results away."""
    query = (
        sa.select(SchoolLink.school_id, SchoolLink.predecessor_id, SchoolLink.since)
        .join(School, School.id == SchoolLink.school_id)
        .where(School.region == region, SchoolLink.kind.in_(LINKS), SchoolLink.with_results.is_(True))
        .order_by(SchoolLink.id)
    )
    links: dict[int, list[tuple[int, int]]] = {}
    for school, predecessor, since in session.execute(query):
        first = since.year if (since.month, since.day) <= (9, 1) else since.year + 1
        links.setdefault(school, []).append((predecessor, first))
    return links


def _biased(session: Session, region: str, years: Iterable[int]) -> frozenset[int]:
    query = (
        sa.select(BiasMark.school_id)
        .join(School, School.id == BiasMark.school_id)
        .where(School.region == region, BiasMark.current.is_(True), BiasMark.school_year.in_(list(years)))
    )
    return frozenset(session.scalars(query))


def conditions(session: Session, profile: Profile, school_year: int) -> dict[int, Conditions]:
    """Conditions by school from the newest accepted passport of the list's year or the year before."""
    query = (
        sa.select(SocialPassport.school_id, SocialPassport.values, SocialPassport.index, SocialPassport.signs)
        .join(School, School.id == SocialPassport.school_id)
        .where(
            School.region == profile.region,
            SocialPassport.school_year.in_((school_year - 1, school_year)),
            SocialPassport.accepted_at.is_not(None),
            SocialPassport.superseded_by.is_(None),
            SocialPassport.index.is_not(None),
        )
        .order_by(SocialPassport.school_year, SocialPassport.id)
    )
    passport, found = profile.social_passport, {}
    for school, values, index, signs in session.execute(query):
        hard = float(index) >= passport.hard_from or len(signs or ()) >= passport.signs_from
        found[school] = Conditions(hard, values.get("small_school") in (True, 1, "true", "y"))
    return found


def _digest(
    schools: list[SchoolLine],
    results: list[Result],
    links: Mapping[int, list[tuple[int, int]]],
    biased: frozenset[int],
    without: tuple[int, ...],
) -> str:
    """SHA-256 over the rows that decide, in the order of their ids: the order of reading does not matter."""
    rows = sorted(results, key=attrgetter("id"))
    digest = hashlib.sha256()
    for name in ("id", "school", "school_year", "n", "low"):
        digest.update(array("q", map(attrgetter(name), rows)).tobytes())
    rest = (sorted((s.id, s.kind) for s in schools), sorted(links.items()), sorted(biased), without)
    digest.update(orjson.dumps(rest))
    return digest.hexdigest()
