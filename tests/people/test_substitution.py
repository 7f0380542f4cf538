"""Who stands in for whom: days, chains, circles, revocation; the laws are checked on random graphs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.errors import BadInput, Conflict, NotAllowed, Refused
from app.people.actor import actors_of, still_holds
from app.people.models import Organisation, Person, Position, Substitution
from app.people.substitution import create_substitution, revoke_substitution
from tests.people.world import NOW, SINCE, TODAY, actor, person, position

DAY = timedelta(days=1)
pytestmark = pytest.mark.req("OM-45")


def stand_in(session: Session, holder: Position, who: Person, first: date = TODAY, last: date | None = None, **more):
    more.setdefault("basis", "приказ от 01.10.2026 № 12")
    more.setdefault("actor", None)
    return create_substitution(session, holder.id, who.id, valid_from=first, valid_to=last, now=NOW, **more)


@pytest.fixture
def staff(session, place):
    """Three people of the ministry, each with one position."""
    names = ("Заварзина Татьяна Петровна", "Носков Илья Викторович", "Мельник Ольга Игоревна")
    people = [person(session, f"p{n}", name) for n, name in enumerate(names)]
    return [(p, position(session, p, place.ministry, "ministry")) for p in people]


def held(session, who, on=TODAY):
    return {a.position_id for a in actors_of(session, who.id, on)}


def test_the_substitute_acts_in_the_position_of_the_holder(session, staff, place):
    (_, minister), (deputy, own), _ = staff
    stand_in(session, minister, deputy, acting=True)
    mine, his = actors_of(session, deputy.id, TODAY)
    assert mine.position_id == own.id and mine.behalf_of is None and mine.basis is None
    assert (his.position_id, his.behalf_of, his.person_id) == (minister.id, minister.id, deputy.id)
    assert (his.organisation_id, his.role, his.acting) == (place.ministry.id, "ministry", True)
    assert his.basis == "за Заварзину Т. П. на основании приказа от 01.10.2026 № 12"
    assert his.name == "Носков И. В." and his.same_person(mine)


@pytest.mark.parametrize(
    ("shift", "inside"), [(-1, False), (0, True), (3, True), (4, False)], ids=["before", "first", "last", "after"]
)
def test_it_counts_from_the_first_day_to_the_last(session, staff, shift, inside):
    (_, minister), (deputy, _), _ = staff
    stand_in(session, minister, deputy, TODAY, TODAY + 3 * DAY)
    assert (minister.id in held(session, deputy, TODAY + shift * DAY)) is inside


def test_it_may_begin_earlier(session, staff):
    (_, minister), (deputy, _), _ = staff
    stand_in(session, minister, deputy, TODAY - 10 * DAY, TODAY)
    assert minister.id in held(session, deputy, TODAY - 5 * DAY)


def test_a_chain_leads_on_and_names_every_order(session, staff):
    (_, minister), (deputy, deputy_position), (third, _) = staff
    stand_in(session, minister, deputy, basis="приказ № 1")
    link = stand_in(session, deputy_position, third, basis="распоряжение № 2")
    reached = {a.position_id: a for a in actors_of(session, third.id, TODAY)}
    chained = reached[minister.id]
    assert chained.substitution_id == link.id
    assert (
        chained.basis
        == "за Заварзину Т. П. на основании приказа № 1, вместо Носкова И. В. на основании распоряжения № 2"
    )


def test_a_chain_is_in_force_only_while_each_link_is(session, staff):
    (_, minister), (deputy, deputy_position), (third, _) = staff
    stand_in(session, minister, deputy, TODAY, TODAY + 5 * DAY)
    stand_in(session, deputy_position, third, TODAY + 3 * DAY, TODAY + 9 * DAY)
    days = [n for n in range(10) if minister.id in held(session, third, TODAY + n * DAY)]
    assert days == [3, 4, 5]


def test_who_replaces_a_person_elsewhere_does_not_get_his_substitutions(session, staff, place):
    (_, minister), (deputy, _), (third, _) = staff
    school = position(session, deputy, place.school_a, "curator")
    stand_in(session, minister, deputy)
    stand_in(session, school, third)
    assert held(session, third) >= {school.id} and minister.id not in held(session, third)


def test_a_circle_is_refused(session, staff):
    (first, a), (second, b), (third, c) = staff
    stand_in(session, a, second)
    stand_in(session, b, third)
    with pytest.raises(Refused, match="круг"):
        stand_in(session, c, first)
    with pytest.raises(Refused, match="сам себя"):
        stand_in(session, c, third)


def test_no_circle_when_there_is_no_common_day(session, staff):
    (first, a), (second, b), _ = staff
    stand_in(session, a, second, TODAY, TODAY + 5 * DAY)
    stand_in(session, b, first, TODAY + 6 * DAY, TODAY + 9 * DAY)


def test_one_substitute_at_a_time(session, staff):
    (_, a), (second, _), (third, _) = staff
    stand_in(session, a, second, TODAY, TODAY + 5 * DAY)
    with pytest.raises(Conflict, match="уже замещает Носков"):
        stand_in(session, a, third, TODAY + 5 * DAY)
    stand_in(session, a, third, TODAY + 6 * DAY)


def test_no_substitution_without_a_basis_or_in_wrong_days(session, staff):
    (_, a), (second, _), _ = staff
    with pytest.raises(BadInput, match="основание"):
        stand_in(session, a, second, basis="  ")
    with pytest.raises(BadInput, match="раньше первого"):
        stand_in(session, a, second, TODAY, TODAY - DAY)
    with pytest.raises(BadInput, match="не занята"):
        stand_in(session, a, second, SINCE - 9 * DAY, SINCE - DAY)


def test_revocation_ends_it_at_once_and_keeps_the_past(session, staff):
    (_, minister), (deputy, deputy_position), (third, _) = staff
    first = stand_in(session, minister, deputy, TODAY - 5 * DAY)
    stand_in(session, deputy_position, third, TODAY - 5 * DAY)
    acting = next(a for a in actors_of(session, third.id, TODAY) if a.position_id == minister.id)
    assert still_holds(session, acting, NOW)
    revoke_substitution(session, first.id, reason="вернулась раньше", actor=None, now=NOW)
    session.flush()
    assert minister.id not in held(session, deputy) | held(session, third)
    assert not still_holds(session, acting, NOW)
    assert minister.id in held(session, deputy, TODAY - DAY)
    stand_in(session, minister, third)


def test_only_the_head_of_the_place_or_an_administrator_appoints(session, place):
    boss, clerk, admin = (person(session, login) for login in ("boss", "deputy", "admin"))
    head = position(session, boss, place.school_a, "school_head")
    position(session, clerk, place.school_a, "school_deputy")
    position(session, admin, place.region, "administrator")
    with pytest.raises(NotAllowed):
        stand_in(session, head, clerk, actor=actor(session, clerk))
    row = stand_in(session, head, clerk, TODAY, TODAY, actor=actor(session, boss))
    assert row.created_by == boss.id
    revoke_substitution(session, row.id, reason="ошибка", actor=actor(session, admin), now=NOW)


def test_the_database_itself_asks_for_a_basis(db, place, session):
    who = person(session, "x1")
    held_position = position(session, who, place.ministry, "ministry")
    bad = Substitution(position_id=held_position.id, substitute_id=who.id, valid_from=TODAY, basis="", created_at=NOW)
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.add(bad)
        session.flush()


# laws, on an in-memory database: a graph of at most five people and any days

SPAN = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
EDGE = st.tuples(st.integers(0, 4), st.integers(0, 4), SPAN)


@pytest.fixture(scope="module")
def people_tables():
    from app.models import metadata

    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("insert into chain_head (id, seq, hash) values (1, 0, x'00')")
    return engine


@given(edges=st.lists(EDGE, max_size=10))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_laws_of_the_graph(people_tables, edges):
    """Never a circle on any day; who may act is exactly what the accepted orders of that day lead to."""
    with people_tables.connect() as connection, connection.begin() as outer, Session(connection) as session:
        people, positions = _five(session)
        accepted = []
        for holder, substitute, (first, last) in edges:
            try:
                stand_in(session, positions[holder], people[substitute], TODAY + first * DAY, TODAY + last * DAY)
            except (Refused, Conflict):
                continue
            accepted.append((holder, substitute, first, last))
        for offset in range(10):
            valid = [(h, s) for h, s, first, last in accepted if first <= offset <= last]
            for n in range(5):
                reached = _walk(valid, n)
                assert n not in reached, "a circle"
                expected = {positions[m].id for m in reached | {n}}
                assert held(session, people[n], TODAY + offset * DAY) == expected
        outer.rollback()


def _five(session):
    place = Organisation(region="r", kind="ministry", code="m", name="m", short_name="m")
    session.add(place)
    session.flush()
    people = [
        Person(login=f"l{n}", family_name="Ф", given_name="И", created_at=datetime(2026, 1, 1, tzinfo=UTC))
        for n in range(5)
    ]
    session.add_all(people)
    session.flush()
    positions = [
        Position(person_id=p.id, organisation_id=place.id, role="ministry", title="т", valid_from=SINCE) for p in people
    ]
    session.add_all(positions)
    session.flush()
    return people, positions


def _walk(valid, start):
    reached, stack = set(), [start]
    while stack:
        current = stack.pop()
        for holder, substitute in valid:
            if substitute == current and holder not in reached:
                reached.add(holder)
                stack.append(holder)
    return reached
