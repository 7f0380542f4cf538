"""The demo in an installation: files through the same import, people with one password, a campaign under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal, regions
from app.cases import operations
from app.cases.models import Case
from app.cases.move import start
from app.cases.system import System
from app.db import utcnow
from app.demo import LIST_YEAR, DemoRegion, generate, region_parameters
from app.identification import lists, runs
from app.identification.context import compute_index
from app.identification.models import SupportListRow
from app.imports.writing import import_results
from app.people import actor as actors
from app.people import passwords
from app.people.models import Assignment, Organisation, Person, Position, Substitution
from app.people.operations import split_name
from app.schools.importing import import_registry
from app.schools.models import School, SocialPassport

SINCE = date(2020, 9, 1)
MAIL = "demo.invalid"


def load(
    system: System,
    codes: Sequence[str] | None = None,
    *,
    if_empty: bool = False,
    password: str,
    progress: Callable[[float], None] = lambda share: None,
) -> Iterator[str]:
    """Load the regions that are not there yet; yields a line for each.

    Loading again changes nothing; a load that was cut off is taken up where it stopped, its campaign comes last.
    """
    wanted = list(codes or regions.codes())
    for number, code in enumerate(wanted):
        with system.db.read() as session:
            there = (
                session.scalar(sa.select(Case.id).where(Case.region == code, Case.kind == "campaign").limit(1))
                is not None
            )
        if there:
            if not if_empty:
                yield f"{regions.profile(code).name.nominative}: уже загружена"
            continue
        yield _region(system, code, password, partial(_part, progress, number, len(wanted)))
    progress(1.0)


def _part(progress: Callable[[float], None], number: int, of: int, share: float) -> None:
    progress((number + share) / of)


def _region(system: System, code: str, password: str, progress: Callable[[float], None]) -> str:
    """A region of real size, where the curators of last year's list work already."""
    return load_region(system, generate(region_parameters(code)), password, progress, curators=True)


def load_region(
    system: System,
    region: DemoRegion,
    password: str,
    progress: Callable[[float], None] = lambda share: None,
    *,
    curators: bool = False,
    running: bool = True,
) -> str:
    """Registry, people, passports, results, then the campaign; each part is found if it is there already.

    Without `running` last year's list is there, but neither its cases nor the new campaign are opened.
    """
    code, now = region.parameters.code, utcnow()
    progress(0.1)
    import_registry(system.db, list(region.files("registry").values()), code, now=now)
    with system.db.write() as session:
        holders = sa.select(Position.id).join(Organisation).where(Organisation.region == code)
        if session.scalar(holders.limit(1)) is None:
            people = _people(session, region, code, passwords.hash_of(password), now)
            passports = _passports(session, region, code, now)
            journal.append(session, "demo.people", {"region": code, "people": people, "passports": passports}, at=now)
    progress(0.2)
    papers = region.files("results", "correction", "markers")
    files = [(name.rpartition("/")[2], content) for name, content in papers.items()]
    import_results(system.db, files, code, now=now, progress=lambda share: progress(0.2 + 0.7 * share))
    _last_list(system, code, now, running=running)
    if curators:
        _curators(system, region, now)
    opened = f", дело кампании № {open_campaign(system, code, now)}" if running else ""
    name = regions.profile(code).name.nominative
    return f"{name}: школ {len(region.schools)}, сотрудников {len(region.people)}, файлов {len(files)}{opened}"


def _last_list(system: System, code: str, now: datetime, *, running: bool) -> None:
    """Last year's list as it was signed, with the cases that run since: what the new list is compared with."""
    year = LIST_YEAR - 1
    with operations.unit_of(system, None, now) as unit:
        if lists.signed(unit.session, code, year) is not None:
            return
        frozen = lists.freeze(unit.session, runs.identify(unit.session, code, year, now=now), now=now)
        rows = (
            sa.select(SupportListRow.school_id)
            .where(SupportListRow.list_id == frozen.id)
            .order_by(SupportListRow.position)
        )
        for school_id in unit.session.scalars(rows).all() if running else ():
            start(unit, "support_cycle", school_id, year, {"track": "listed", "list_id": frozen.id})


def _curators(system: System, region: DemoRegion, now: datetime) -> None:
    """A curator for the first school of last year's list in every municipality that has somebody for it."""
    code, title = region.parameters.code, regions.profile(region.parameters.code).roles["curator"].title
    basis = {"valid_from": date(LIST_YEAR - 1, 9, 1), "basis": "демонстрационные данные"}
    with system.db.write() as session:
        standing = sa.select(Position.id).join(Organisation).where(Organisation.region == code)
        if session.scalar(standing.where(Position.role == "curator").limit(1)) is not None:
            return
        frozen = lists.signed(session, code, LIST_YEAR - 1)
        listed = sa.select(SupportListRow.school_id).where(SupportListRow.list_id == frozen.id) if frozen else ()
        found = session.scalars(sa.select(School).where(School.id.in_(listed)).order_by(School.code))
        schools = {school.municipality_id: school for school in reversed(list(found)) if school.code in region.curators}
        for school in schools.values():
            login = region.curators[school.code]
            heads = sa.select(Position).join(Person, Person.id == Position.person_id)
            head = session.scalars(heads.where(Person.login == login, Position.role == "school_head")).one()
            place = {"person_id": head.person_id, "organisation_id": head.organisation_id}
            curator = Position(role="curator", title=title, **place, **basis)
            session.add(curator)
            session.flush()
            session.add(Assignment(position_id=curator.id, organisation_id=school.id, **basis))
        journal.append(session, "demo.people", {"region": code, "curators": len(schools)}, at=now)


def open_campaign(system: System, code: str, now: datetime) -> int:
    """The newest campaign, opened by the operator's analyst as in the browser."""
    with system.db.read() as session:
        root = session.scalars(
            sa.select(Organisation.id).where(Organisation.region == code, Organisation.kind == "region")
        ).one()
        open_ = session.scalar(sa.select(Case.id).where(Case.region == code, Case.kind == "campaign"))
        analyst = (
            sa.select(Position.person_id)
            .join(Organisation, Organisation.id == Position.organisation_id)
            .where(Organisation.region == code, Position.role == "regional_operator")
            .order_by(Position.id)
            .limit(1)
        )
        person = session.scalars(analyst).one()
        actor = actors.actors_of(session, person, now.date())[0]
    return open_ or operations.open_case(system, "campaign", root, LIST_YEAR, actor=actor, now=now)


def _people(session: Session, region: DemoRegion, code: str, password_hash: str, now: datetime) -> int:
    """Organisations of the region's level, services of the municipalities, all people with their positions."""
    places = _organisations(session, region, code)
    ids = _insert(session, Person, [_person(p, password_hash, now) for p in region.people])
    rows = [
        {
            "person_id": ids[n],
            "organisation_id": places[p.organisation],
            "role": p.role,
            "head": p.head,
            "title": p.title,
            "code": p.position or None,
            "valid_from": SINCE,
            "basis": "демонстрационные данные",
        }
        for n, p in enumerate(region.people)
    ]
    positions = _insert(session, Position, rows)
    by_login = {p.login: n for n, p in enumerate(region.people)}
    for line in region.substitutions:
        session.add(
            Substitution(
                position_id=positions[by_login[line.whom]],
                substitute_id=ids[by_login[line.by]],
                valid_from=date.fromisoformat(line.first_day),
                valid_to=date.fromisoformat(line.last_day),
                basis=line.basis,
                created_at=now,
            )
        )
    session.flush()
    return len(ids)


def _passports(session: Session, region: DemoRegion, code: str, now: datetime) -> int:
    """Accepted social passports with their index, where the region gathers them."""
    schools = dict(session.execute(sa.select(School.code, School.id).where(School.region == code)).all())
    profile = regions.profile(code)
    rows = []
    for year, by_code in region.passports.items():
        for school_code, values in by_code.items():
            if school_code not in schools:
                continue
            found = compute_index(profile, values)
            rows.append(
                {
                    "school_id": schools[school_code],
                    "school_year": year,
                    "values": dict(values),
                    "index": found.text,
                    "signs": list(found.signs),
                    "weights_version": found.version,
                    "accepted_at": now,
                }
            )
    if rows:
        session.execute(sa.insert(SocialPassport), rows)
    return len(rows)


def _person(person: Any, password_hash: str, now: datetime) -> dict[str, Any]:
    family, given, patronymic = split_name(person.full_name)
    return {
        "login": person.login,
        "family_name": family,
        "given_name": given,
        "patronymic": patronymic,
        "email": f"{person.login}@{MAIL}",
        "password_hash": password_hash,
        "created_at": now,
    }


def _organisations(session: Session, region: DemoRegion, code: str) -> dict[str, int]:
    """Key of the demo → id; what the registry has named is found, the rest is added."""
    found = session.execute(
        sa.select(Organisation.kind, Organisation.code, Organisation.id).where(Organisation.region == code)
    )
    known = {(kind, own): id_ for kind, own, id_ in found}
    root = next(id_ for (kind, _), id_ in known.items() if kind == "region")
    ids: dict[str, int] = {}
    for place in region.organisations:
        id_ = known.get((place.kind, place.code))
        if id_ is None:
            row = Organisation(
                region=code,
                kind=place.kind,
                code=place.code,
                name=place.name,
                short_name=place.short_name[:255],
                parent_id=ids.get(place.parent, root) if place.kind == "method_service" else root,
                valid_from=SINCE,
            )
            session.add(row)
            session.flush()
            id_ = row.id
        ids[place.key] = id_
    return ids


def _insert(session: Session, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Bulk insert; ids in the order of the rows."""
    statement = sa.insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows))
