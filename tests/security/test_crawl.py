"""Every route, asked by everybody with everybody's ids: nobody is shown what is not his, and nothing changes by looking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.access import demand_of
from app.cases.models import Answer, Case, Task
from app.cases.system import System
from app.people import policy
from app.people.actor import Actor
from app.schools.models import School
from tests.security import places, town
from tests.security.visitor import Visitor, site

pytestmark = pytest.mark.req("OR-67", "OR-85")
NOT_WORKING = ("administrator", "other-administrator")
ROLES = (
    "school_head", "teacher", "municipal_authority", "municipal_method_service", "curator", "expert", "tutor", "regional_operator",
    "minister", "auditor", "pd_center", "legal", "clerk", "administrator", "other-regional_operator", "other-auditor",
    "other-administrator", "other-municipal_authority", "other-school_head",
)  # fmt: skip
HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass
class World:
    system: System
    app: Flask
    actors: dict[str, Actor]
    things: dict[str, list[places.Thing]]
    codes: dict[str, int]
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, role: str) -> Visitor:
        if role not in self.visitors:
            self.visitors[role] = Visitor(self.app, self.actors.get(role))
        return self.visitors[role]

    def version(self) -> int:
        """Changes with every commit of anybody else: what a look must leave alone."""
        return self.watch.exec_driver_sql("PRAGMA data_version").scalar_one()

    def __post_init__(self) -> None:
        self.watch = self.system.db.engine.connect()


@pytest.fixture(scope="module", params=["packs", "end"])
def place(request: pytest.FixtureRequest, stages: Any) -> Iterator[World]:
    """The campaign in its middle and at its end."""
    url = stages.copy("sqlite", request.param, f"crawl-{request.param}")
    system = town.system_at(url, stages.files("sqlite"))
    with system.db.read() as session:
        found = places.things(session)
        codes = dict(session.execute(sa.select(School.code, School.id)).all())
    world = World(system, site(system), dict(town.actors(system)), found, codes)
    yield world
    world.watch.close()
    system.db.dispose()


def test_every_route_is_placed_and_says_what_it_demands(place) -> None:
    rules = {rule.endpoint for rule in place.app.url_map.iter_rules()}
    assert rules == set(places.PLACED), "a new route: say in tests/security/places.py with which ids it is asked"
    open_ = {e for e in rules if demand_of(place.app.view_functions[e]) in (None, "public")}
    assert open_ == places.OPEN


def addresses(place: World, method: str) -> Iterator[tuple[str, str, frozenset[int] | None]]:
    """(endpoint, address, owners of the object) of all routes with the method."""
    adapter = place.app.url_map.bind("localhost")
    known = {e for e in places.PLACED if any(method in (r.methods or ()) for r in place.app.url_map.iter_rules(e))}
    for endpoint in sorted(known):
        if endpoint in places.LISTS:
            for query in places.LISTS[endpoint]:
                yield endpoint, adapter.build(endpoint) + query, None
        elif endpoint in places.OBJECTS:
            for thing in place.things[places.OBJECTS[endpoint]]:
                yield endpoint, adapter.build(endpoint, dict(thing.args), method=method), thing.owners
        elif endpoint in places.OWN | places.BODIES:
            yield endpoint, adapter.build(endpoint, {"key": "00" * 32}, method=method), None


def takes_part(session: Session, who: Actor) -> set[int]:
    """Subjects of the cases that have a task for the actor, in which he answered, or which he opened."""
    roles = ("|" + Task.role + "|").contains(f"|{who.role}|")
    by_role = sa.and_(Task.organisation_id == who.organisation_id, roles, Task.position_id.is_(None))
    tasks = sa.select(Task.case_id).where(sa.or_(Task.position_id == who.position_id, by_role))
    answers = sa.select(Answer.case_id).where(Answer.position_id == who.position_id)
    mine = sa.or_(Case.id.in_(tasks), Case.id.in_(answers), Case.opened_by == who.position_id)
    return set(session.scalars(sa.select(Case.subject_id).where(mine)))


@pytest.mark.parametrize("role", ROLES)
def test_nobody_is_shown_what_is_not_his(place, role) -> None:
    who = place.actors[role]
    with place.system.db.read() as session:
        reach, part = town.reach(session, who), takes_part(session, who)
        named = reach | part
        region_level = {o for o in reach if _level(session, o)}
    visitor, logged = place.visitor(role), who.role == "auditor"
    visitor.get("/account")
    before = place.version()
    problems: list[str] = []
    refused: dict[str, int] = {}
    for endpoint, url, owners in addresses(place, "GET"):
        if refused.get(endpoint, 0) > 1 and not policy.may(who, demand_of(place.app.view_functions[endpoint])):
            continue  # the role may not do the like with any object: the others are asked for by who may
        answer = visitor.get(url)
        refused[endpoint] = refused.get(endpoint, 0) + (answer.status_code == 403)
        text = answer.get_data(as_text=True) if answer.mimetype in ("text/html", "application/json") else ""
        problems += check(endpoint, url, answer, owners, who, named, region_level, part)
        if answer.status_code == 200:
            problems += leaks(url, text, named, place.codes)
        problems += [f"{url}: {p}" for p in undressed(answer)]
        if not logged and (now := place.version()) != before:
            problems.append(f"{url}: looking changed the database")
            before = now
    assert not problems, "\n".join(problems[:60])


def _level(session: Session, organisation_id: int) -> bool:
    from app.people.models import Organisation

    return session.get_one(Organisation, organisation_id).kind in town.REGION_LEVEL


def check(endpoint: str, url: str, answer: Any, owners: Any, who: Actor, named: set[int], level: set[int], part: set[int]) -> list[str]:
    status = answer.status_code
    if status >= 500:
        return [f"{url}: {status}"]
    working = endpoint.partition(".")[0] in ("cases", "documents", "tasks", "schools", "identification")
    if who.role == "administrator" and working and status == 200:
        return [f"{url}: shown to an administrator"]
    if owners is None or status != 200:
        return []
    mine = named if who.organisation_kind in town.REGION_LEVEL else named - (level if working else set()) | part
    return [] if owners & mine else [f"{url}: a stranger's object is shown"]


def leaks(url: str, text: str, named: set[int], codes: dict[str, int]) -> list[str]:
    organisations, people = town.marks(text)
    found = []
    if organisations - named:
        found.append(f"{url}: names organisations {sorted(organisations - named)[:5]}")
    if people - named:
        found.append(f"{url}: names people of {sorted(people - named)[:5]}")
    strange = {code for code in re.findall(r"(?<![\w.-])\d{6}(?![\w.-])", text) if code in codes and codes[code] not in named}
    return [*found, *([f"{url}: codes {sorted(strange)[:5]}"] if strange else [])]


def undressed(answer: Any) -> list[str]:
    """What is missing of the headers that every answer carries."""
    missing = [n for n, v in HEADERS.items() if not answer.headers.get(n, "").startswith(v)]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        missing.append(f"policy {policy!r}")
    return missing
