"""«Новое дело»: what a position may open, about whom, and that pages and rights agree."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import config, create_app
from app.cases import openings
from app.cases.models import Case
from app.cases.system import System
from app.people import passwords
from app.people.models import Organisation, Person
from app.people.roles import KIND_TITLES
from tests.people import world

PASSWORD = "тихая река за мостом"
HASH = passwords.hash_of(PASSWORD)


@pytest.fixture
def site(system: System, place: SimpleNamespace, db_url: str, tmp_path) -> Flask:
    with system.db.write() as session:
        for actor in place.actors.values():
            session.get_one(Person, actor.person_id).password_hash = HASH
    settings = config.Settings(
        database_url=db_url, files_dir=tmp_path / "files", var_dir=tmp_path, insecure_cookies=True, secret_key="x" * 40
    )
    return create_app(settings, system)


@pytest.fixture
def signed_in(site: Flask, system: System, place: SimpleNamespace) -> Callable[[str], FlaskClient]:
    def enter(role: str) -> FlaskClient:
        with system.db.read() as session:
            login = session.get_one(Person, place.actors[role].person_id).login
        client = site.test_client()
        token = token_of(client.get("/sign-in").text)
        client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": token})
        return client

    return enter


def token_of(page: str) -> str:
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def test_every_kind_that_somebody_opens_is_offered_to_him_and_to_nobody_else(
    system: System, place: SimpleNamespace
) -> None:
    for role, actor in place.actors.items():
        offered = {one.kind for one in openings.offers(system, actor)}
        expected = {kind for kind, roles in system.handlers.openers.items() if actor.role in roles}
        assert offered == (expected if role not in ("auditor", "administrator") else set()), role
        assert all(one.why.endswith(".") and one.about for one in openings.offers(system, actor))


@pytest.mark.parametrize(
    ("role", "kind", "names"),
    [
        ("school_deputy", "in_school_work", {"school_a"}),
        ("municipal_authority", "municipal_program", {"near"}),
        ("municipal_method_service", "recommendation", {"near", "school_a", "school_b"}),
        ("regional_operator", "recommendation", {"near", "far", "school_a", "school_b", "school_c"}),
        ("municipal_authority", "act", {"near"}),
    ],
)
def test_one_chooses_among_the_organisations_of_ones_territory(
    system: System, place: SimpleNamespace, role: str, kind: str, names: set[str]
) -> None:
    actor = place.actors[role]
    with system.db.read() as session:
        about = openings.offer(system, actor, kind).about
        found, total, _ = openings.subjects(session, actor, about)
        assert {one.id for one in found} == {place.ids[name] for name in names} and total == len(names)
        assert [one.code for one in openings.subjects(session, actor, about, query="101002")[0]] in ([], ["101002"])


def test_a_person_opens_a_case_on_the_page_and_comes_to_its_form(
    signed_in: Callable[[str], FlaskClient], system: System, place: SimpleNamespace
) -> None:
    client = signed_in("school_deputy")
    assert "Внутришкольная работа" in client.get("/cases/new").text
    page = client.get("/cases/new/in_school_work").text
    assert "school 101001" in page, "the only school is chosen already"
    data = {"subject": place.ids["school_a"], "csrf_token": token_of(page)}
    answer = client.post("/cases/new/in_school_work", data=data)
    assert answer.status_code == 303 and "/tasks/" in answer.location
    assert client.post("/cases/new/in_school_work", data=data).location == answer.location, "pressed twice, opened once"
    with system.db.read() as session:
        case = session.scalars(sa.select(Case).where(Case.kind == "in_school_work")).one()
        assert (case.subject_id, case.opened_by) == (
            place.ids["school_a"],
            place.actors["school_deputy"].position_id,
        )
    assert "Такое дело уже открыто" in client.get("/cases/new/in_school_work").text


def test_every_kind_says_whom_it_is_about(system: System, place: SimpleNamespace) -> None:
    handlers = system.handlers
    assert handlers.kinds.keys() == handlers.about.keys() and handlers.openers.keys() <= handlers.kinds.keys()
    assert {kind for abouts in handlers.about.values() for kind in abouts} <= {*KIND_TITLES, *openings.OWN}


def test_a_survey_and_a_route_ask_what_they_need(
    signed_in: Callable[[str], FlaskClient], system: System, place: SimpleNamespace
) -> None:
    client, school = signed_in("school_deputy"), place.ids["school_a"]
    page = client.get("/cases/new/survey").text
    assert "Анкета" in page
    data = {"subject": school, "instrument": "parents", "csrf_token": token_of(page)}
    assert client.post("/cases/new/survey", data=data).status_code == 303
    with system.db.read() as session:
        assert session.scalars(sa.select(Case.data).where(Case.kind == "survey")).one()["instrument"] == "parents"
    page = signed_in("pd_center").get(f"/cases/new/teacher_route?subject={school}").text
    assert "Педагог" in page and "Тьютор" in page


def test_several_visits_at_once_are_begun_on_their_own_page(
    signed_in: Callable[[str], FlaskClient], place: SimpleNamespace
) -> None:
    client = signed_in("regional_operator")
    assert "/visits/new" in client.get("/cases/new").text
    answer = client.get(f"/cases/new/visit?subject={place.ids['school_a']}")
    assert answer.status_code == 303 and answer.location.endswith(f"/visits/new?subject={place.ids['school_a']}")
    assert "checked" in client.get(answer.location).text, "the school is chosen already"
    assert "/cases/new/request" in client.get("/cases?kind=request").text, "a registry leads to its own kind"


def test_no_case_is_opened_about_a_school_that_is_closed(
    signed_in: Callable[[str], FlaskClient], system: System, place: SimpleNamespace
) -> None:
    with system.db.write() as session:
        session.get_one(Organisation, place.ids["school_a"]).valid_to = world.NOW.date()
    client = signed_in("municipal_method_service")
    token = token_of(client.get("/cases/new/recommendation").text)
    answer = client.post("/cases/new/recommendation", data={"subject": place.ids["school_a"], "csrf_token": token})
    assert answer.status_code == 422 and "закрыта" in answer.text
    with system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_what_is_not_ones_own_is_refused_in_words(
    signed_in: Callable[[str], FlaskClient], place: SimpleNamespace
) -> None:
    client = signed_in("school_deputy")
    token = token_of(client.get("/cases/new/in_school_work").text)
    assert client.get("/cases/new/municipal_program").status_code == 403
    assert client.get("/cases/new/no_such_kind").status_code == 404
    foreign = {"subject": place.ids["school_c"], "csrf_token": token}
    assert client.post("/cases/new/in_school_work", data=foreign).status_code == 404
    assert client.post("/cases/new/in_school_work", data={"subject": "x", "csrf_token": token}).status_code == 404


def test_an_act_is_not_begun_without_saying_which(
    signed_in: Callable[[str], FlaskClient], system: System, place: SimpleNamespace
) -> None:
    client = signed_in("municipal_authority")
    page = client.get("/cases/new/act").text
    assert "Вид акта" in page
    data = {"subject": place.ids["near"], "csrf_token": token_of(page)}
    answer = client.post("/cases/new/act", data=data)
    assert answer.status_code == 422 and "Выберите вариант" in answer.text
    assert client.post("/cases/new/act", data={**data, "document_kind": "list_act"}).status_code == 422
    assert client.post("/cases/new/act", data={**data, "document_kind": "municipal_act"}).status_code == 303
    with system.db.read() as session:
        assert session.scalars(sa.select(Case.data).where(Case.kind == "act")).one()["document_kind"] == "municipal_act"


def test_a_case_of_a_campaign_needs_an_open_one(
    signed_in: Callable[[str], FlaskClient], place: SimpleNamespace
) -> None:
    client = signed_in("school_head")
    page = client.get("/cases/new/objection").text
    answer = client.post("/cases/new/objection", data={"subject": place.ids["school_a"], "csrf_token": token_of(page)})
    assert answer.status_code == 422 and "открытой кампании нет" in answer.text


def test_the_day_of_the_tests_lies_in_the_year_that_runs(system: System, place: SimpleNamespace) -> None:
    assert openings.current_year(system, place.actors["teacher"], world.NOW) == 2026
