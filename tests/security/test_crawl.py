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
AT_THE_PACKS = (
    "school_head",
    "municipal_authority",
    "expert",
    "auditor",
    "other-regional_operator",
    "other-municipal_authority",
)
PLANS = [("packs", role) for role in AT_THE_PACKS] + [("end", role) for role in ROLES]
WORKING = (
    *(
        "acts",
        "api",
        "cases",
        "diagnoses",
        "documents",
        "factors",
        "files",
        "identification",
        "imports",
        "mentoring",
        "openings",
    ),
    *("pairs", "pauses", "roadmaps", "schools", "support", "surveys", "tasks", "teachers", "twins"),
)
"""Rooms of pages that an administrator never sees."""
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
    codes: dict[str, set[int]]
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


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, stages: Any) -> Iterator[World]:
    """The campaign in its middle, `packs`, or at its end."""
    stage = getattr(request, "param", "end")
    url = stages.copy("sqlite", stage, f"crawl-{stage}")
    system = town.system_at(url, stages.files("sqlite"))
    with system.db.read() as session:
        found = places.things(session)
        codes: dict[str, set[int]] = {}
        for code, school in session.execute(sa.select(School.code, School.id)):
            codes.setdefault(code, set()).add(school)
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


@pytest.mark.parametrize(("place", "role"), PLANS, indirect=["place"])
def test_nobody_is_shown_what_is_not_his(place, role) -> None:
    who = place.actors[role]
    with place.system.db.read() as session:
        reach, part = town.reach(session, who), takes_part(session, who)
        named = reach | part | town.parents(session, part)
        region_level = {o for o in reach if _level(session, o)}
    visitor, logged = place.visitor(role), who.role == "auditor"
    visitor.get("/account")
    before = place.version()
    problems: list[str] = []
    refused: dict[str, int] = {}
    for endpoint, url, owners in addresses(place, "GET"):
        if refused.get(endpoint, 0) > 1 and not policy.may(who, demand_of(place.app.view_functions[endpoint])):
            continue  # the role may not do the like with any object: the others are asked for by who may
        if "pdf" in endpoint and role != "regional_operator" and owners & reach:
            continue  # one's own papers are drawn once, they cost a second each
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


def check(
    endpoint: str, url: str, answer: Any, owners: Any, who: Actor, named: set[int], level: set[int], part: set[int]
) -> list[str]:
    status = answer.status_code
    if status >= 500:
        return [f"{url}: {status}"]
    if endpoint == "identification.run" and who.organisation_kind not in town.REGION_LEVEL:
        return [] if not owners or owners & level or status != 200 else [f"{url}: a run of another region is shown"]
    working = endpoint.partition(".")[0] in WORKING and endpoint != "api.processes"
    if who.role == "administrator" and working and status == 200:
        return [f"{url}: shown to an administrator"]
    if owners is None or status != 200:
        return []
    mine = named if who.organisation_kind in town.REGION_LEVEL else named - (level if working else set()) | part
    return [] if owners & mine else [f"{url}: a stranger's object is shown"]


def leaks(url: str, text: str, named: set[int], codes: dict[str, set[int]]) -> list[str]:
    organisations, people = town.marks(text)
    found = []
    if organisations - named:
        found.append(f"{url}: names organisations {sorted(organisations - named)[:5]}")
    if people - named:
        found.append(f"{url}: names people of {sorted(people - named)[:5]}")
    strange = {
        code for code in re.findall(r"(?<![\w.-])\d{6}(?![\w.-])", text) if code in codes and not codes[code] & named
    }
    return [*found, *([f"{url}: codes {sorted(strange)[:5]}"] if strange else [])]


def undressed(answer: Any) -> list[str]:
    """What is missing of the headers that every answer carries."""
    missing = [n for n, v in HEADERS.items() if not answer.headers.get(n, "").startswith(v)]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        missing.append(f"policy {policy!r}")
    return missing


# nobody, and people who may not enter ------------------------------------------------------------------------------


def test_nobody_sees_only_the_open_pages(place) -> None:
    visitor, before = Visitor(place.app), place.version()
    for endpoint, url, _ in addresses(place, "GET"):
        answer = visitor.get(url)
        expected = 401 if url.startswith("/api/") else 303
        assert answer.status_code == expected, f"{endpoint} {url}: {answer.status_code}"
        if expected == 303:
            assert answer.headers["Location"].startswith("/sign-in?next="), url
        assert not undressed(answer), url
    for url in (
        "/sign-in",
        "/verify",
        "/v/2Ф7Х-0000-0000",
        "/s/ABCDEFGH",
        "/s/ABCDEFGH/thanks",
        "/healthz",
        "/nothing-here",
        "/assets/favicon.svg",
        "/api/v1/openapi.json",
    ):
        answer = visitor.get(url)
        assert answer.status_code in (200, 404), url
        assert town.marks(answer.get_data(as_text=True)) == (set(), set()), url
        assert not undressed(answer), url
    assert place.version() == before


def test_a_session_is_worth_nothing_after_its_position_ended_or_its_person_was_blocked(place) -> None:
    from app.db import utcnow
    from app.people import operations

    administrator = place.actors["administrator"]
    for number, change in enumerate(("block", "end")):
        who = place.actors[("teacher", "clerk")[number]]
        visitor = Visitor(place.app, who)
        assert visitor.get("/schools").status_code == 200
        with place.system.db.write() as session:
            if change == "block":
                operations.block_person(session, who.person_id, reason="проверка", actor=administrator, now=utcnow())
            else:
                day = utcnow().date()
                operations.end_position(
                    session, who.position_id, day, basis="приказ", actor=administrator, now=utcnow()
                )
                from datetime import timedelta

                from app.people.models import Position

                session.get_one(Position, who.position_id).valid_to = day - timedelta(days=1)
        assert visitor.get("/schools").status_code == 303
        assert visitor.get("/api/v1/cases").status_code == 401


def test_with_a_one_time_password_only_the_change_of_it_is_open(place) -> None:
    from app.db import utcnow
    from app.people import accounts

    who = place.actors["legal"]
    with place.system.db.write() as session:
        accounts.reset_password(session, who.person_id, actor=place.actors["administrator"], now=utcnow())
    visitor = Visitor(place.app, who)
    for endpoint, url, _ in addresses(place, "GET"):
        if endpoint.startswith("api.") or endpoint == "account.password":
            continue
        answer = visitor.get(url)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/account/password"), url


# changes ------------------------------------------------------------------------------------------------------------


def test_a_change_without_the_token_of_our_page_or_from_another_site_is_refused(place) -> None:
    """Whoever he is: the operator's analyst, an administrator, a school."""
    for role in ("regional_operator", "administrator", "school_head"):
        who, visitor = place.actors[role], Visitor(place.app, place.actors[role])
        token, before, asked = visitor.token, place.version(), set()
        for endpoint, url, _ in addresses(place, "POST"):
            demand = demand_of(place.app.view_functions[endpoint])
            known = endpoint in asked or url.startswith("/api/")
            if known or not (demand == "account.use" or policy.may(who, demand)):
                continue
            asked.add(endpoint)
            attempts = [
                visitor.client.post(url),
                visitor.client.post(url, data={"csrf_token": "A" * 88}),
                visitor.client.post(url, data={"csrf_token": token}, headers={"Origin": "https://elsewhere.example"}),
                visitor.client.post(url, data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}),
            ]
            assert [a.status_code for a in attempts] == [400] * 4, url
            assert not undressed(attempts[0]), url
        assert len(asked) > 3
        assert place.version() == before


def test_a_token_of_another_visitor_does_not_fit(place) -> None:
    mine, his = Visitor(place.app, place.actors["minister"]), Visitor(place.app, place.actors["auditor"])
    assert mine.client.post("/sign-out", data={"csrf_token": his.token}).status_code == 400


def test_a_cookie_opens_nothing_of_the_interface_for_programs(place) -> None:
    visitor = Visitor(place.app, place.actors["regional_operator"])
    for endpoint, url, _ in addresses(place, "POST"):
        if endpoint.startswith("api."):
            assert visitor.client.post(url, json={}).status_code == 401, url


@pytest.mark.parametrize(
    "role", ["other-administrator", "other-regional_operator", "other-municipal_authority", "school_head"]
)
def test_a_change_of_a_stranger_changes_nothing(place, role) -> None:
    who = place.actors[role]
    with place.system.db.read() as session:
        reach = town.reach(session, who) | takes_part(session, who)
    visitor = Visitor(place.app, who)
    token, before = visitor.token, place.version()
    for _, url, owners in addresses(place, "POST"):
        if owners is None or owners & reach:
            continue
        sent = {"csrf_token": token, "do": "send", "reason": "чужое", "basis": "приказ", "last_day": "01.12.2026"}
        if url.startswith("/api/"):
            answer = visitor.client.post(
                url, json={"answers": {}}, headers={"Authorization": f"Bearer {visitor.bearer}"}
            )
            assert answer.status_code in (401, 403, 404, 415, 422), url
        else:
            # without these headers an upload in parts is not even looked at
            tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "3"}
            answer = visitor.client.post(url, data=sent, headers=tus)
            assert answer.status_code in (403, 404), f"{url}: {answer.status_code}"
        assert place.version() == before, url
