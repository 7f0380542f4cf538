"""Administration: what is refused, and that each change stands in the journal."""

from __future__ import annotations

from datetime import date, timedelta

import orjson
import pytest
import sqlalchemy as sa

from app import journal
from app.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from app.journal.models import Event
from app.people import names, operations
from app.people.actor import actors_of
from app.people.commands import add_user, parse_place
from app.people.roles import ROLES, check_place
from tests.people import world
from tests.people.world import NOW, SINCE, TODAY

DAY = timedelta(days=1)


def test_a_position_is_held_from_day_to_day(session, place):
    who = world.person(session, "anna")
    world.position(session, who, place.ministry, "ministry", valid_from=TODAY, valid_to=TODAY + DAY)
    held = [bool(actors_of(session, who.id, TODAY + n * DAY)) for n in (-1, 0, 1, 2)]
    assert held == [False, True, True, False]


def test_an_actor_knows_his_place_in_the_tree(session, place):
    who = world.person(session, "anna")
    world.position(session, who, place.school_a, "school_head")
    actor = world.actor(session, who)
    assert (actor.school_id, actor.municipality_id, actor.head) == (place.school_a.id, place.near.id, True)
    world.position(session, who, place.service, "municipal_method_service")
    actor = world.actor(session, who, role="municipal_method_service")
    assert (actor.school_id, actor.municipality_id, actor.head) == (None, place.near.id, False)


@pytest.mark.parametrize("code", ROLES)
def test_a_role_is_held_only_where_it_belongs(code):
    for kind in ("region", "ministry", "operator", "centre", "municipality", "method_service", "school", "partner"):
        if kind in ROLES[code].kinds:
            check_place(code, kind)
        else:
            with pytest.raises(BadInput, match="не может быть"):
                check_place(code, kind)


def test_the_same_position_twice_on_the_same_days_is_refused(session, place):
    who = world.person(session, "anna")
    world.position(session, who, place.school_a, "teacher", valid_to=TODAY)
    with pytest.raises(Conflict):
        world.position(session, who, place.school_a, "teacher", valid_from=TODAY)
    world.position(session, who, place.school_a, "teacher", valid_from=TODAY + DAY)
    world.position(session, who, place.school_b, "teacher", valid_from=TODAY)


def test_a_login_is_unique_whatever_its_letters(session, place):
    world.person(session, "Anna")
    with pytest.raises(Conflict, match="anna"):
        world.person(session, " ANNA ")
    with pytest.raises(BadInput, match="Логин"):
        world.person(session, "анна")
    with pytest.raises(BadInput, match="Имя неполное"):
        world.person(session, "boris", "Борис")


def test_an_organisation_is_unique_by_region_kind_and_code(session, place):
    with pytest.raises(Conflict):
        world.organisation(session, "school", "101001")
    with pytest.raises(BadInput, match="другого региона"):
        world.organisation(session, "school", "101009", parent=place.near, region=world.OTHER)
    with pytest.raises(BadInput, match="Вида"):
        world.organisation(session, "castle", "1")


def test_ending_a_position_needs_a_basis_and_a_day_after_the_first(session, place):
    who = world.person(session, "anna")
    row = world.position(session, who, place.ministry, "ministry")
    with pytest.raises(BadInput, match="основание"):
        operations.end_position(session, row.id, TODAY, basis=" ", actor=None, now=NOW)
    with pytest.raises(BadInput, match="раньше"):
        operations.end_position(session, row.id, SINCE - DAY, basis="приказ", actor=None, now=NOW)
    operations.end_position(session, row.id, TODAY - DAY, basis="приказ № 3", actor=None, now=NOW)
    session.flush()
    assert not actors_of(session, who.id, TODAY)


def test_only_an_administrator_of_the_region_changes_people(session, place):
    everybody = world.everybody(session, place)
    teacher = everybody["teacher"].person_id
    for role, actor in everybody.items():
        if role != "administrator":
            with pytest.raises((NotAllowed, NotFound)):
                operations.block_person(session, teacher, reason="п", actor=actor, now=NOW)
    admin = everybody["administrator"]
    with pytest.raises(Refused, match="Свою"):
        operations.block_person(session, admin.person_id, reason="п", actor=admin, now=NOW)
    south = world.tree(session, world.OTHER)
    stranger = world.person(session, "stranger")
    world.position(session, stranger, south.school_a, "teacher")
    with pytest.raises(NotFound):
        operations.block_person(session, stranger.id, reason="п", actor=admin, now=NOW)
    more = {"valid_from": TODAY, "actor": admin, "now": NOW}
    with pytest.raises(NotFound):
        operations.add_position(session, stranger.id, south.school_b.id, "teacher", **more)


def test_a_blocked_person_acts_in_nothing(session, place):
    who = world.person(session, "anna")
    world.position(session, who, place.ministry, "ministry")
    operations.block_person(session, who.id, reason="увольнение", actor=None, now=NOW)
    assert actors_of(session, who.id, TODAY) == []


def test_each_change_stands_in_the_journal_with_who_did_it(session, place):
    admin = world.person(session, "admin")
    world.position(session, admin, place.region, "administrator")
    actor = world.actor(session, admin)
    who = operations.add_person(session, "anna", "Кречетова Нина Викторовна", actor=actor, now=NOW)
    last = session.scalar(sa.select(Event).order_by(Event.seq.desc()).limit(1))
    body = orjson.loads(last.body)
    assert (last.kind, body["actor"]["person"], body["data"]["person"]) == ("person.added", admin.id, who.id)
    assert journal.verify(session).intact


@pytest.mark.req("OR-25")
def test_nobody_curates_his_own_school(session, place):
    who = world.person(session, "anna")
    row = world.position(session, who, place.school_a, "curator")
    with pytest.raises(Refused, match="своей же школе"):
        operations.assign(session, row.id, place.school_a.id, valid_from=TODAY, actor=None, now=NOW)
    operations.assign(session, row.id, place.school_b.id, valid_from=TODAY, actor=None, now=NOW)
    with pytest.raises(Conflict):
        operations.assign(session, row.id, place.school_b.id, valid_from=TODAY + DAY, actor=None, now=NOW)


def test_the_command_line_makes_the_first_account(session, place):
    made = add_user(
        session, "First", name="Седова Мария Петровна", places=("administrator@north/north", "clerk@min"), now=NOW
    )
    assert made["login"] == "first" and made["password"] and len(made["positions"]) == 2
    again = add_user(session, "first", name="", places=("ministry@min",), since=date(2026, 1, 1), now=NOW)
    assert again["person"] == made["person"] and again["password"] is None


def test_a_place_is_found_by_code_and_told_apart_by_region(session, place):
    world.tree(session, world.OTHER)
    with pytest.raises(BadInput, match="несколько"):
        parse_place(session, "school_head@101001")
    assert parse_place(session, "school_head@north/101001")[1].id == place.school_a.id
    assert parse_place(session, "municipal_authority@north/101")[1].id == place.near.id
    assert parse_place(session, "municipal_method_service@north/101")[1].id == place.service.id
    for wrong in ("school_head", "king@101001", "school_head@nowhere"):
        with pytest.raises((BadInput, NotFound)):
            parse_place(session, wrong)


@pytest.mark.parametrize(
    ("name", "given", "patronymic", "expected"),
    [
        ("Заварзина", "Татьяна", "Петровна", "Заварзину"),
        ("Носков", "Илья", "Викторович", "Носкова"),
        ("Сухомлинский", "Пётр", "Ильич", "Сухомлинского"),
        ("Крупская", "Надежда", "", "Крупскую"),
        ("Мельник", "Олег", "Иванович", "Мельника"),
        ("Мельник", "Ольга", "Ивановна", "Мельник"),
        ("Гоголь", "Николай", "Васильевич", "Гоголя"),
        ("Шевченко", "Иван", "Петрович", "Шевченко"),
        ("Черных", "Анна", "Павловна", "Черных"),
        ("Гайдай", "Леонид", "Иович", "Гайдая"),
        ("Римский-Корсаков", "Андрей", "Ильич", "Римского-Корсакова"),
        ("Толстой", "Лев", "Николаевич", "Толстого"),
        ("Берия", "Пётр", "Ильич", "Берию"),
    ],
)
def test_family_names_in_the_accusative(name, given, patronymic, expected):
    assert names.accusative(name, woman=names.is_woman(given, patronymic)) == expected


@pytest.mark.parametrize(
    ("basis", "expected"),
    [("Приказ № 5", "приказа № 5"), ("приказа № 5", "приказа № 5"), ("УКАЗ № 1", "указа № 1"), ("ТК РФ", "ТК РФ")],
)
def test_the_basis_after_its_preposition(basis, expected):
    assert names.basis_genitive(basis) == expected
