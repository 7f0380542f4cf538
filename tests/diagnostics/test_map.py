"""The map of risk factors: schools counted by municipality and factor, every count opening the schools it counts."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.cases.models import Case
from app.cases.system import System
from app.db import Database
from app.diagnostics import map as atlas
from app.diagnostics.models import Diagnosis, FactorScore
from app.people.actor import Actor
from tests.people import world
from tests.roadmap.conftest import NOW, YEAR, system
from tests.security.visitor import Visitor, site

__all__ = ["system"]
pytestmark = pytest.mark.req("OR-69", "OM-14", "OR-67")
CODE = "low_motivation"


@pytest.fixture
def place(db: Database, region_code: str) -> SimpleNamespace:
    """Two municipalities: two schools and one."""
    with db.write() as session:
        made = world.tree(session, region_code)
        made.actors = world.everybody(session, made)
        made.ids = {name: value.id for name, value in vars(made).items() if hasattr(value, "id")}
    return made


def diagnose(
    system: System,
    place: SimpleNamespace,
    school: str,
    levels: dict[str, str],
    *,
    approved: bool = True,
    year: int = YEAR,
) -> int:
    with system.db.write() as session:
        definition = system.newest(session, "diagnostics").hash
        region = place.actors["school_head"].region
        case = Case(
            region=region, profile="", kind="diagnostics", definition=definition, subject_id=place.ids[school],
            school_year=year, title=f"Диагностика {school}", state=b"", data={}, status="done", opened_at=NOW,
            changed_at=NOW, closed_at=NOW,
        )  # fmt: skip
        session.add(case)
        session.flush()
        facts = {"school_id": place.ids[school], "school_year": year, "catalogue": "1", "formula": "1"}
        session.add(Diagnosis(case_id=case.id, **facts, started_on=NOW.date(), approved_at=NOW if approved else None))
        session.flush()
        for number, (factor, level) in enumerate(levels.items(), 1):
            session.add(
                FactorScore(
                    diagnosis_id=case.id,
                    number=number,
                    factor=factor,
                    score=50,
                    level="low" if level != "low" else "high",
                    decided=level,
                    reason="по наблюдениям",
                )
            )
        return case.id


def counted(system: System, actor: Actor) -> dict[str, tuple[int, int, int]]:
    """Municipality → schools, of high and of medium significance of the factor; the whole under an empty name."""
    with system.db.read() as session:
        found = atlas.factors_by_place(session, actor, YEAR)
    told = {one.name: (one.schools, one.counts[CODE, "high"], one.counts[CODE, "medium"]) for one in found.places}
    return {**told, "": (found.whole.schools, found.whole.counts[CODE, "high"], found.whole.counts[CODE, "medium"])}


def test_schools_are_counted_by_what_was_decided_in_approved_diagnoses(system: System, place: SimpleNamespace) -> None:
    diagnose(system, place, "school_a", {CODE: "high", "low_discipline": "low"})
    diagnose(system, place, "school_b", {CODE: "medium"})
    diagnose(system, place, "school_c", {CODE: "high"})
    diagnose(system, place, "school_c", {CODE: "high"}, approved=False)
    diagnose(system, place, "school_c", {CODE: "medium"}, year=YEAR - 1)
    names = {key: value[0] for key, value in _names(system, place).items()}
    near, far = names["near"], names["far"]
    every = counted(system, place.actors["regional_operator"])
    assert every == {near: (2, 1, 1), far: (1, 1, 0), "": (3, 2, 1)}
    assert counted(system, place.actors["municipal_authority"]) == {near: (2, 1, 1), "": (2, 1, 1)}
    with system.db.read() as session:
        assert atlas.years(session, place.actors["regional_operator"]) == [YEAR, YEAR - 1]


def _names(system: System, place: SimpleNamespace) -> dict[str, tuple[str]]:
    from app.people.models import Organisation

    with system.db.read() as session:
        return {
            key: (session.scalars(sa.select(Organisation.short_name).where(Organisation.id == place.ids[key])).one(),)
            for key in ("near", "far")
        }


def test_a_count_opens_the_schools_that_it_counts(system: System, place: SimpleNamespace) -> None:
    first = diagnose(system, place, "school_a", {CODE: "high"})
    diagnose(system, place, "school_b", {CODE: "low"})
    other = diagnose(system, place, "school_c", {CODE: "medium"})
    reader = Visitor(site(system), place.actors["regional_operator"])
    page = reader.get(f"/factors?year={YEAR}")
    assert page.status_code == 200
    links = [one.replace("&amp;", "&") for one in re.findall(r'href="(/cases\?[^"]*factor=[^"]*)"', page.text)]
    opened = {link: set(map(int, re.findall(r'href="/cases/(\d+)"', reader.get(link).text))) for link in links}
    whole = [found for link, found in opened.items() if f"factor={CODE}" in link and "municipality" not in link]
    assert whole == [{first, other}]
    inside = [found for link, found in opened.items() if f"municipality={place.ids['near']}" in link]
    assert inside == [{first}], "the factor of low significance is not counted"
    assert reader.get("/factors.xlsx").data.startswith(b"PK")


def test_before_the_first_diagnosis_the_page_says_when_it_will_be_there(system: System, place: SimpleNamespace) -> None:
    app = site(system)
    assert "Утверждённых диагностик пока нет" in Visitor(app, place.actors["regional_operator"]).get("/factors").text
    assert Visitor(app, place.actors["teacher"]).get("/factors").status_code == 403
