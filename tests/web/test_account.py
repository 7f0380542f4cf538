"""Signing in and out, cookies, positions, sessions and the password, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import access
from app.config import Settings
from app.db import utcnow
from app.journal.models import Event
from app.people import accounts, operations, sessions, substitution
from app.people.models import Person, SignIn
from tests.people import world
from tests.web import accountsite
from tests.web.accountsite import PASSWORD, send, sign_in, token


@pytest.fixture
def place(db):
    return accountsite.fill(db)


@pytest.fixture
def app(db, place) -> Flask:
    return accountsite.build(db)


@pytest.fixture
def client(app):
    return app.test_client()


def text(response) -> str:
    return response.get_data(as_text=True).replace("\xa0", " ")


def test_a_guest_is_led_to_signing_in_and_back(client):
    asked = client.get("/people/?show=working")
    assert asked.status_code == 303 and asked.location == "/sign-in?next=/people/?show%3Dworking"
    assert sign_in(client, "school-head", next="/people/?show=working").location == "/people/?show=working"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "", "/a\nb"]
)
def test_nobody_is_led_to_another_site(client, target):
    assert sign_in(client, "school-head", next=target).location == "/"


def test_a_wrong_password_and_an_unknown_login_look_the_same(client):
    pages = [sign_in(client, login, "не тот пароль") for login in ("school-head", "nobody-here")]
    assert {page.status_code for page in pages} == {401}
    bodies = [text(page).replace("nobody-here", "school-head") for page in pages]
    drop = [token(body) for body in bodies]
    nonces = [body.replace(t, "") for body, t in zip(bodies, drop, strict=True)]
    assert accounts.WRONG in bodies[0] and len(nonces[0]) == len(nonces[1])
    assert not any("Set-Cookie" in page.headers for page in pages)


def test_after_five_failures_it_is_too_many(client):
    for _ in range(5):
        assert sign_in(client, "school-head", "не тот пароль").status_code == 401
    page = sign_in(client, "school-head")
    assert page.status_code == 429 and 0 < int(page.headers["Retry-After"]) <= 900


def test_cookies_are_locked(db, place):
    app = accountsite.build(db, settings=Settings())
    client = app.test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    data = {"login": "school-head", "password": PASSWORD, "csrf_token": token(text(page))}
    entered = client.post("/sign-in", data=data, base_url="https://localhost")
    for cookie in page.headers.getlist("Set-Cookie") + entered.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-") and "Domain" not in cookie
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert any(c.startswith("__Host-s=") for c in entered.headers.getlist("Set-Cookie"))


def test_each_sign_in_has_a_new_id_and_a_planted_one_is_ignored(client, db):
    client.set_cookie("s", "planted")
    sign_in(client, "school-head")
    first = client.get_cookie("s").value
    client.delete_cookie("s")
    sign_in(client, "school-head")
    assert len({"planted", first, client.get_cookie("s").value}) == 3
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 2


def test_a_change_needs_the_token_and_our_own_page(client):
    sign_in(client, "school-head")
    good = token(text(client.get("/account")))
    assert client.post("/sign-out").status_code == 400
    assert client.post("/sign-out", data={"csrf_token": "x" * 88}).status_code == 400
    foreign = client.post("/sign-out", data={"csrf_token": good}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 400
    assert client.get("/account").status_code == 200
    assert client.post("/sign-out", data={"csrf_token": good}).status_code == 303


def test_after_signing_out_the_old_cookie_opens_nothing(client):
    sign_in(client, "school-head")
    old = client.get_cookie("s").value
    send(client, "/sign-out", "/account")
    assert client.get_cookie("s") is None
    client.set_cookie("s", old)
    assert client.get("/account").status_code == 303


def test_time_ends_a_session(client):
    with time_machine.travel(world.NOW, tick=False) as clock:
        sign_in(client, "school-head")
        for _ in range(3):
            clock.shift(timedelta(minutes=29))
            assert client.get("/account").status_code == 200
        clock.shift(timedelta(minutes=31))
        assert client.get("/account").status_code == 303
        sign_in(client, "school-head")
        for _ in range(24):
            clock.shift(timedelta(minutes=29))
            client.get("/account")
        clock.shift(timedelta(minutes=25))
        assert client.get("/account").status_code == 303


def test_one_of_two_sessions_is_ended_from_the_other(app, client):
    other = app.test_client()
    sign_in(client, "school-head")
    sign_in(other, "school-head")
    page = text(client.get("/account"))
    assert "этот компьютер" in page and "адрес 127.0.0.1" in page
    key = sessions.hash_of(other.get_cookie("s").value).hex()
    assert send(client, f"/account/sessions/{key}/end", "/account").status_code == 303
    assert other.get("/account").status_code == 303 and client.get("/account").status_code == 200
    for wrong in ("zz", "00" * 32):
        assert send(client, f"/account/sessions/{wrong}/end", "/account").status_code == 404
    sign_in(other, "school-head")
    assert send(client, "/account/sessions/end-others", "/account").status_code == 303
    assert other.get("/account").status_code == 303


def test_blocking_ends_a_session_at_the_next_request(client, db, place):
    sign_in(client, "school-head")
    with db.write() as session:
        person_id = place.who["school_head"].person_id
        operations.block_person(session, person_id, reason="увольнение", actor=None, now=utcnow())
    assert client.get("/account").status_code == 303
    assert sign_in(client, "school-head").status_code == 401


@pytest.mark.req("OM-45")
def test_switching_to_a_position_by_substitution(client, db, place):
    head, teacher = place.who["school_head"], place.who["teacher"]
    with db.write() as session:
        substitution.create_substitution(
            session,
            head.position_id,
            teacher.person_id,
            valid_from=world.SINCE,
            basis="приказ № 5",
            actor=None,
            now=utcnow(),
        )
    sign_in(client, "teacher")
    old = client.get_cookie("s").value
    assert "на основании приказа № 5" in text(client.get("/account"))
    assert client.get("/people/").status_code == 403
    assert send(client, "/position", "/account", position=str(head.position_id)).status_code == 303
    assert client.get_cookie("s").value != old
    assert client.get("/people/").status_code == 200
    assert "за Кречетову Н. В. на основании приказа № 5" in text(client.get("/account"))
    assert send(client, "/position", "/account", position=str(place.who["ministry"].position_id)).status_code == 403
    assert send(client, "/position", "/account", position="x").status_code == 404


def test_changing_the_password(client):
    sign_in(client, "school-head")
    new = "другая тихая река"
    page = send(client, "/account/password", old=PASSWORD, new=new, again="не та")
    assert page.status_code == 422 and "Пароли не совпали" in text(page)
    page = send(client, "/account/password", old="не тот", new=new, again=new)
    assert page.status_code == 422 and "Прежний пароль не подошёл" in text(page)
    page = send(client, "/account/password", old=PASSWORD, new="короткий", again="короткий")
    assert page.status_code == 422 and "от 12 до 128" in text(page)
    assert send(client, "/account/password", old=PASSWORD, new=new, again=new).status_code == 303
    assert client.get("/account").status_code == 200
    assert sign_in(client.application.test_client(), "school-head", new).status_code == 303


def test_a_one_time_password_opens_only_the_page_that_changes_it(client, db, place):
    with db.write() as session:
        person_id = place.who["school_head"].person_id
        once = accounts.reset_password(session, person_id, actor=None, now=utcnow())
    sign_in(client, "school-head", once)
    assert client.get("/people/").location == "/account/password"
    assert client.get("/account").location == "/account/password"
    assert "одноразовым паролем" in text(client.get("/account/password"))
    new = "другая тихая река"
    assert send(client, "/account/password", old=once, new=new, again=new).status_code == 303
    assert client.get("/people/").status_code == 200


def test_a_person_without_a_position_sees_why_and_nothing_else(client, db):
    with db.write() as session:
        who = world.person(session, "newcomer")
        accounts.set_password(session, who.id, PASSWORD, actor=None, now=utcnow())
    sign_in(client, "newcomer")
    assert "Сегодня у вас нет должности" in text(client.get("/account"))
    page = client.get("/people/")
    assert page.status_code == 403 and "нет должности" in text(page)


def test_every_look_of_an_auditor_is_in_the_journal(client, db, place):
    sign_in(client, "auditor")
    client.get("/account")
    client.get(f"/people/{place.who['teacher'].person_id}?x=1")
    client.get("/people/999999")
    with db.read() as session:
        looks = session.scalars(sa.select(Event.body).where(Event.kind == "look")).all()
    assert (
        len(looks) == 1
        and '"page":"people.show"' in looks[0]
        and f'"person":{place.who["auditor"].person_id}' in looks[0]
    )


def test_getting_pages_writes_nothing(client, db, place):
    sign_in(client, "administrator")

    def state():
        with db.read() as session:
            tables = (Event.seq, Person.id, SignIn.seen_at)
            return [session.scalar(sa.select(sa.func.max(column))) for column in tables]

    before = state()
    for url in ("/account", "/people/", "/people/new", "/organisations/", "/substitutions/", "/account/password"):
        assert client.get(url).status_code == 200
    assert state() == before


def test_demo_accounts_are_listed_only_when_they_are_given(db, place, client):
    assert "Показательные" not in text(client.get("/sign-in"))
    one = {"login": "school-head", "title": "Директор школы", "place": "Школа № 1"}
    demo = accountsite.build(db, DEMO_ACCOUNTS=lambda: [one], DEMO_PASSWORD=PASSWORD).test_client()
    page = text(demo.get("/sign-in"))
    assert "Показательные учётные записи" in page and "логин school-head" in page


# the interface and the declarations


@pytest.fixture
def api(db, place):
    app = accountsite.build(db)

    @app.get("/api/v1/whoami")
    @access.requires("school.read")
    def whoami():
        return {"role": access.current_actor().role}

    return app.test_client()


def test_the_interface_takes_a_bearer_token_and_no_cookie(api, db, place):
    sign_in(api, "school-head")
    assert api.get("/api/v1/whoami").status_code == 401
    with db.write() as session:
        secret = sessions.add_token(session, place.who["school_head"].person_id, now=utcnow())
        idle = sessions.add_token(session, place.who["administrator"].person_id, now=utcnow())
    answer = api.get("/api/v1/whoami", headers={"Authorization": f"Bearer {secret}"})
    assert answer.get_json() == {"role": "school_head"}
    assert api.get("/api/v1/whoami", headers={"Authorization": f"Bearer {idle}"}).status_code == 403
    for wrong in ("Bearer x", f"Basic {secret}", "Bearer "):
        assert api.get("/api/v1/whoami", headers={"Authorization": wrong}).status_code == 401
    assert api.get("/account", headers={"Authorization": f"Bearer {secret}"}).status_code == 200  # by the cookie
    api.delete_cookie("s")
    assert api.get("/account", headers={"Authorization": f"Bearer {secret}"}).status_code == 303


def test_a_view_that_says_nothing_stops_the_start(db):
    app = Flask("silent", static_folder=None)
    app.add_url_rule("/silent", "silent", lambda: "x")
    with pytest.raises(RuntimeError, match="silent"):
        access.guard(app)
    with pytest.raises(LookupError, match="nonsense"):
        access.requires("nonsense")


def test_every_view_demands_an_action(app):
    demands = {endpoint: access.demand_of(view) for endpoint, view in app.view_functions.items()}
    undeclared = {endpoint for endpoint, demand in demands.items() if demand is None}
    assert undeclared == {"frame.assets", "frame.look"}
    assert {e for e, demand in demands.items() if demand == access.PUBLIC} == {"account.sign_in", "account.enter"}
