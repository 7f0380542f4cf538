"""Seats are never overbooked: eight municipalities at once, the constraint, the count after every change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from app.cases.models import Case
from app.people.models import Person, Position
from app.teachers import seats
from app.teachers.models import Trainee, Training
from tests.teachers.team import Team

THREADS = 8
SEATS = 5
EACH = 2


def _crowd(team: Team, count: int) -> list[tuple[int, int]]:
    """New teachers of the school: person and position."""
    made = []
    with team.system.db.write() as session:
        for number in range(count):
            person = Person(login=f"crowd-{number}", family_name="Щавелев", given_name="Ян", created_at=team.now)
            session.add(person)
            session.flush()
            position = Position(
                person_id=person.id,
                organisation_id=team.school,
                role="teacher",
                title="Учитель",
                valid_from=team.now.date(),
            )
            session.add(position)
            session.flush()
            made.append((person.id, position.id))
    return made


def _count(team: Team, training: int) -> tuple[int, dict[str, int]]:
    with team.system.db.read() as session:
        states = sa.select(Trainee.state, sa.func.count()).where(Trainee.case_id == training).group_by(Trainee.state)
        return session.get_one(Training, training).taken, dict(session.execute(states).all())


@pytest.mark.req("OR-18", "OR-20", "OR-26")
def test_eight_at_once_take_no_more_seats_than_there_are(team: Team) -> None:
    training = team.group("internship", seats=SEATS)
    people = _crowd(team, THREADS * EACH)
    start = Barrier(THREADS)

    def enrol(number: int) -> list[str]:
        start.wait(timeout=60)
        states = []
        for person, position in people[number * EACH : (number + 1) * EACH]:
            with team.system.db.write() as session:
                trainee = seats.put(session, training, person, position, school_id=team.school)
                states.append(trainee.state)
        return states

    with ThreadPoolExecutor(THREADS) as pool:
        told = [state for states in pool.map(enrol, range(THREADS)) for state in states]
    assert told.count("enrolled") == SEATS and told.count("reserve") == THREADS * EACH - SEATS
    assert _count(team, training) == (SEATS, {"enrolled": SEATS, "reserve": THREADS * EACH - SEATS})


@pytest.mark.req("OR-20")
def test_one_person_named_by_eight_holds_one_seat(team: Team) -> None:
    training = team.group(seats=SEATS)
    ((person, position),) = _crowd(team, 1)
    start = Barrier(THREADS)

    def enrol(_: int) -> str:
        start.wait(timeout=60)
        with team.system.db.write() as session:
            return seats.put(session, training, person, position, school_id=team.school).state

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(enrol, range(THREADS))) == {"enrolled"}
    assert _count(team, training) == (1, {"enrolled": 1})


def test_a_freed_seat_can_be_taken_and_the_count_follows(team: Team) -> None:
    training = team.group(seats=1)
    first, second = _crowd(team, 2)
    with team.system.db.write() as session:
        one = seats.put(session, training, *first, school_id=team.school)
        two = seats.put(session, training, *second, school_id=team.school)
        assert (one.state, two.state) == ("enrolled", "reserve")
        seats.move(session, one, "declined")
        assert seats.move(session, two, "enrolled") == "enrolled"
        assert seats.move(session, one, "enrolled") == "reserve"
    assert _count(team, training) == (1, {"enrolled": 1, "reserve": 1})


def test_the_database_itself_refuses_a_seat_too_many(team: Team) -> None:
    training = team.group(seats=1)
    with pytest.raises(sa.exc.IntegrityError), team.system.db.write() as session:
        session.execute(sa.update(Training).where(Training.case_id == training).values(taken=2))
    with team.system.db.read() as session:
        assert session.get_one(Case, training).status == "open"
