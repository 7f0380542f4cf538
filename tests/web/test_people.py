"""Administration of people, organisations and substitutions, over HTTP."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from app.people.models import Organisation, Person, Position, Substitution
from tests.people import world
from tests.web import accountsite
from tests.web.accountsite import send, sign_in


@pytest.fixture
def place(db):
    return accountsite.fill(db)


@pytest.fixture
def client(db, place):
    return accountsite.build(db).test_client()


@pytest.fixture
def admin(client):
    sign_in(client, "administrator")
    return client


def text(response) -> str:
    return response.get_data(as_text=True).replace("\xa0", " ")


def one(db, query):
    with db.read() as session:
        return session.execute(query).one()


def test_the_list_is_searched_by_name_login_title_and_place(admin, db):
    with db.write() as session:
        world.person(session, "zorina", "Зорина Алла Львовна")
    for q in ("зорина", "ЗОРИНА", "Зорина Ал", "zor"):
        page = text(admin.get("/people/", query_string={"q": q}))
        assert "Зорина Алла Львовна" in page and "1 человек" in page, q
    page = text(admin.get("/people/", query_string={"q": "school 101001"}))
    assert "Директор школы" in page and "Зорина" not in page
    page = text(admin.get("/people/", query_string={"q": "%"}))
    assert "Никого не нашлось" in page


def test_the_list_goes_on_by_cursor_and_shows_everybody_once(admin, db):
    with db.write() as session:
        for n in range(40):
            world.person(session, f"person{n}", f"Иванов Пётр {n}")
    url, seen = "/people/", []
    while url:
        page = text(admin.get(url))
        seen += re.findall(r'href="/people/(\d+)"', page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 40 + len(world.HOMES)


def test_the_way_of_a_new_colleague(admin, db, client):
    page = send(admin, "/people/new", name="Зорина", login="зорина")
    assert page.status_code == 422 and "Логин не подходит" in text(page)
    page = send(admin, "/people/new", name="", login="")
    assert text(page).count("Напишите фамилию") == 2 and "Не сохранено: 2 места надо поправить" in text(page)
    made = send(admin, "/people/new", name="Зорина Алла Львовна", login="Zorina", email="zorina@example.ru")
    card = made.location
    assert made.status_code == 303 and "Должность добавит" not in text(admin.get(card))
    page = send(admin, f"{card}/positions/new", role="school_head", organisation="school", valid_from="01.09.2025")
    assert page.status_code == 422 and "несколько организаций" in text(page)
    page = send(admin, f"{card}/positions/new", role="school_head", organisation="min", valid_from="01.09.2025")
    assert page.status_code == 422 and "не нашлась" in text(page)
    page = send(admin, f"{card}/positions/new", role="school_head", organisation="102001", valid_from="31.11.2025")
    assert page.status_code == 422 and "не похоже на дату" in text(page)
    page = send(admin, f"{card}/positions/new", role="king", organisation="102001", valid_from="01.09.2025")
    assert page.status_code == 422
    done = send(admin, f"{card}/positions/new", role="school_head", organisation="102001", valid_from="01.09.2025")
    assert done.status_code == 303
    assert "school 102001" in text(admin.get(card))
    shown = send(admin, f"{card}/password", card)
    password = re.search(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", text(shown))[0]
    assert shown.headers["Cache-Control"] == "no-store" and password not in text(admin.get(card))
    assert sign_in(admin.application.test_client(), "zorina", password).status_code == 303


def test_a_position_is_ended_and_an_account_closed_and_opened(admin, db, place):
    teacher = place.who["teacher"]
    card = f"/people/{teacher.person_id}"
    page = send(admin, f"/people/positions/{teacher.position_id}/end", last_day="01.01.2026", basis="")
    assert page.status_code == 422 and "Напишите основание" in text(page)
    ended = send(admin, f"/people/positions/{teacher.position_id}/end", last_day="01.01.2026", basis="приказ № 1")
    assert ended.location == card
    assert "01.01.2026" in text(admin.get(card))
    assert send(admin, f"{card}/block", reason="").status_code == 422
    assert send(admin, f"{card}/block", reason="увольнение").status_code == 303
    assert "Вход закрыт" in text(admin.get(card))
    assert sign_in(admin.application.test_client(), "teacher").status_code == 401
    assert send(admin, f"{card}/unblock", reason="вернулась").status_code == 303
    assert sign_in(admin.application.test_client(), "teacher").status_code == 303


def test_an_administrator_cannot_close_his_own_account(admin, place):
    page = send(admin, f"/people/{place.who['administrator'].person_id}/block", reason="п")
    assert page.status_code == 422 and "Свою учётную запись" in text(page)


@pytest.mark.req("OM-45")
def test_the_head_appoints_a_substitute_and_revokes_him(client, db, place):
    sign_in(client, "school-head")
    head, deputy = place.who["school_head"], place.who["school_deputy"]
    page = text(client.get("/substitutions/"))
    assert "Замещений нет" in page and "За: Кречетова Н. В., Директор школы" in page
    url = f"/substitutions/new?position_id={head.position_id}"
    assert "За Кречетову Н. В.: Директор школы" in text(client.get(url))
    page = send(client, url, substitute="", valid_from="02.09.2025", valid_to="01.09.2025", basis="")
    for place_of, problem in (
        ("substitute", "Не выбрано, кто замещает"),
        ("valid_to", "Последний день раньше первого"),
        ("basis", "Напишите основание"),
    ):
        assert page.status_code == 422 and re.search(rf'<a href="#{place_of}">[^<]*{problem}', text(page)), problem
        assert text(page).count(problem) == 2, "in the summary and at its field"
    page = send(
        client, url, substitute=str(place.who["ministry"].person_id), valid_from="01.09.2025", basis="приказ № 5"
    )
    assert page.status_code == 422
    done = send(client, url, substitute=str(deputy.person_id), valid_from="01.09.2025", basis="приказ № 5", acting="y")
    assert done.status_code == 303
    row = one(db, sa.select(Substitution.id, Substitution.acting, Substitution.created_by))
    assert (row.acting, row.created_by) == (True, head.person_id)
    assert "и. о." in text(client.get("/substitutions/")) and "Действует" in text(client.get("/substitutions/"))
    back = f"/substitutions/new?position_id={deputy.position_id}"
    page = send(client, back, substitute=str(head.person_id), valid_from="01.09.2025", basis="приказ № 6")
    assert page.status_code == 422 and "круг" in text(page)
    assert send(client, f"/substitutions/{row.id}/end", reason="вышла на работу").status_code == 303
    assert "отозвано" in text(client.get("/substitutions/?show=past"))


def test_a_substitute_from_elsewhere_is_named_by_login(client, db, place):
    sign_in(client, "school-head")
    url = f"/substitutions/new?position_id={place.who['school_head'].position_id}"
    page = send(client, url, login="nobody-here", valid_from="01.09.2025", basis="приказ № 5")
    assert page.status_code == 422 and "Логина «nobody-here» нет" in text(page)
    assert send(client, url, login="Curator", valid_from="01.09.2025", basis="приказ № 5").status_code == 303


def test_organisations_are_listed_found_and_added(admin, db, place):
    page = text(admin.get("/organisations/", query_string={"q": "101001"}))
    assert "school 101001" in page and "1 организация" in page
    assert "school" not in re.sub(r"<[^>]+>", "", text(admin.get("/organisations/?kind=ministry")))
    assert "Ничего не нашлось" in text(admin.get("/organisations/?q=нет такой"))
    page = send(admin, "/organisations/new", kind="school", code="101001", name="Школа", parent="near")
    assert page.status_code == 422
    done = send(admin, "/organisations/new", kind="partner", code="pedagogical", name="Педагогический университет")
    assert done.status_code == 303 and "Педагогический университет" in text(admin.get(done.location))
    assert "Должностей нет" in text(admin.get(done.location))
    assert "Код pedagogical" not in text(admin.get(done.location)), "no register gives such a code"
    school = one(db, sa.select(Organisation.id).where(Organisation.code == "101001"))
    assert "Код 101001" in text(admin.get(f"/organisations/{school.id}"))
    row = one(db, sa.select(Organisation.region).where(Organisation.code == "pedagogical"))
    assert row.region == world.REGION


def foreign_ids(db) -> dict[str, int]:
    """A person, a position, a substitution and an organisation of the other region."""
    with db.write() as session:
        south = world.tree(session, world.OTHER)
        who, mate = world.person(session, "stranger"), world.person(session, "mate")
        held = world.position(session, who, south.school_a, "school_head")
        world.position(session, mate, south.school_a, "teacher")
        row = Substitution(
            position_id=held.id, substitute_id=mate.id, valid_from=world.SINCE, basis="п", created_at=world.NOW
        )
        session.add(row)
        session.flush()
        return {
            "person_id": who.id,
            "position_id": held.id,
            "substitution_id": row.id,
            "organisation_id": south.school_a.id,
        }


@pytest.mark.parametrize("login", ["administrator", "school-head"])
def test_ids_of_another_region_are_not_found(client, db, login):
    """Every address with an id, read and sent to, for who may do the like at home and who may not."""
    ids = foreign_ids(db)
    sign_in(client, login)
    rules = [r for r in client.application.url_map.iter_rules() if r.arguments & set(ids)]
    assert len(rules) >= 8
    for rule in rules:
        url = re.sub(r"<int:(\w+)>", lambda m: str(ids[m[1]]), rule.rule)
        if "GET" in rule.methods:
            assert client.get(url).status_code in (403, 404), url
        if "POST" in rule.methods:
            answer = send(client, url, "/account", reason="п", last_day="01.01.2027", basis="п", name="х")
            assert answer.status_code in (403, 404), url
    assert client.get(f"/substitutions/new?position_id={ids['position_id']}").status_code in (403, 404)
    with db.read() as session:
        assert session.get(Person, ids["person_id"]).blocked_at is None
        assert session.get(Position, ids["position_id"]).valid_to is None
        assert session.get(Substitution, ids["substitution_id"]).revoked_at is None
    assert f"/people/{ids['person_id']}" not in text(client.get("/people/?q=stranger"))


def test_a_school_sees_its_own_people_and_changes_none(client, place):
    sign_in(client, "school-head")
    page = text(client.get("/people/"))
    assert "4 человека" in page and "Добавить человека" not in page
    for url in ("/people/new", f"/people/{place.who['teacher'].person_id}/block"):
        assert client.get(url).status_code == 403
    card = text(client.get(f"/people/{place.who['teacher'].person_id}"))
    assert "Одноразовый" not in card and "Закрыть вход" not in card and "Назначить замещающего" in card
    assert client.get(f"/people/{place.who['ministry'].person_id}").status_code == 404


def test_what_people_write_is_never_markup(admin, db):
    made = send(admin, "/people/new", name="<b>Зорина</b> <i>Алла</i>", login="zorina")
    page = text(admin.get(made.location))
    assert "<b>Зорина" not in page and "&lt;b&gt;Зорина" in page
