"""Letters: after commit, over real SMTP, to whom it concerns on the day, with nothing about people in them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import outbox
from app.cases import operations, vacancies, waking
from app.cases.models import Deadline, Task
from app.outbox.models import Message
from app.people import substitution
from app.people.actor import actors_of
from app.people.models import Person, Position
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.people import world
from tests.people.world import NOW, TODAY
from tests.worker.setting import messages, post


@pytest.fixture
def worker(system, clock, inbox) -> Worker:
    return Worker(system, Postman(inbox.url, "opora@region.example"), clock=clock)


@pytest.fixture(autouse=True)
def addresses(db, region) -> None:
    with db.write() as session:
        session.execute(sa.update(Person).values(email=Person.login + "@place.example"))


def test_a_letter_leaves_after_commit_and_never_without(db, worker, inbox) -> None:
    letter = {"to": ["a@place.example"], "subject": "Перечень школ:\nпроект № 4", "text": "Ознакомьтесь до 5 октября."}
    with pytest.raises(RuntimeError), db.write() as session:
        outbox.post(session, outbox.Letter("mail", "a", letter), NOW)
        raise RuntimeError
    worker.drain()
    assert inbox.letters == []
    post(db, "mail", "a", **letter)
    worker.drain()
    (got,) = inbox.letters
    assert (got["Subject"], got["From"]) == ("Перечень школ: проект № 4", "opora@region.example")
    assert got.get_content().strip() == "Ознакомьтесь до 5 октября."
    assert got["Message-ID"].endswith("@region.example>")
    assert got["Date"].datetime == NOW


def test_a_word_to_a_role_goes_to_its_holders_in_the_place_of_the_case(db, worker, inbox, petition) -> None:
    words = {"template": "task", "subject": "Приглашение на встречу", "text": "Время: 9 октября, 14:00"}
    post(db, "mail", "school", case_id=petition, role="school_head", **words)
    post(db, "mail", "district", case_id=petition, role="municipal_authority", **words)
    post(db, "mail", "nobody", case_id=petition, role="partner|expert", **words)
    worker.drain()
    assert inbox.told() == ["municipal-authority@place.example", "partner@place.example", "school-head@place.example"]
    letter = next(one for one in inbox.letters if one["To"].startswith("school"))
    assert letter["Subject"] == "Приглашение на встречу"
    text = letter.get_content()
    assert "Время: 9 октября, 14:00" in text
    assert f"Открыть дело: http://127.0.0.1:8000/cases/{petition}" in text
    assert "Кречетова" not in text


def test_text_may_be_missing_and_heads_may_be_asked_for(db, worker, inbox, petition) -> None:
    post(db, "mail", "a", case_id=petition, template="task", role="operator_head.head", subject="Решение по возражению")
    worker.drain()
    assert inbox.told() == ["operator-head@place.example"]
    assert inbox.letters[0].get_content().splitlines()[:3] == ["Решение по возражению.", "", "Дело: Дело school 101001"]


def test_of_a_task_by_name_only_its_new_holder_is_told(db, system, region, worker, inbox, petition) -> None:
    left = region.actors["school_deputy"].position_id
    with db.write() as session:
        far = session.merge(region.school_c)
        session.get_one(Position, left).organisation_id = far.id  # not where the case is about
        session.get_one(Position, left).valid_to = TODAY - timedelta(days=1)
        session.scalars(sa.select(Task)).one().position_id = left
        for login, place in (("colleague", far), ("heir", far), ("namesake", session.merge(region.school_a))):
            who = world.person(session, login)
            who.email = f"{login}@place.example"
            world.position(session, who, place, "school_deputy", valid_from=TODAY)
    assert vacancies.pass_on(system, NOW) == 1
    worker.drain()
    assert inbox.told() == ["heir@place.example"]
    assert inbox.letters[0]["Subject"] == "К вам перешла задача: Написать"


@pytest.mark.req("OR-06")
def test_a_reminder_names_the_task_its_term_and_its_basis(db, worker, inbox, petition, clock) -> None:
    with db.read() as session:
        row = session.scalars(sa.select(Deadline)).one()
    clock.now = row.wake_at
    worker.drain()
    (letter,) = inbox.letters
    assert letter["To"] == "regional-operator@place.example"
    assert letter["Subject"].startswith("Подходит срок задачи «Написать»: ")
    assert "Срок: 12.10.2026 (основание: P)" in letter.get_content()


def test_what_is_done_meanwhile_is_not_written_about(db, system, region, worker, inbox, petition, clock) -> None:
    with db.read() as session:
        row = session.scalars(sa.select(Deadline)).one()
    waking.wake(system, petition, now=clock.later(days=(row.wake_at - NOW).days + 1))
    operator = region.actors["regional_operator"]
    operations.complete_task(system, row.ref, {}, actor=operator, now=clock())
    worker.drain()
    assert [m.done_at for m in messages(db, Message.topic == "mail")] == [clock()]
    assert inbox.letters == []


def substitute(db, position_id: int, login: str, **days) -> Person:
    with db.write() as session:
        who = world.person(session, login)
        who.email = f"{login}@place.example"
        dates = {"valid_from": TODAY, **days}
        substitution.create_substitution(session, position_id, who.id, basis="приказ № 7", actor=None, now=NOW, **dates)
    return who


def test_who_acts_for_the_holder_is_told_too_and_others_substitutes_are_not(
    db, region, worker, inbox, petition
) -> None:
    head, deputy = region.actors["school_head"], region.actors["school_deputy"]
    with db.write() as session:
        substitution.create_substitution(
            session, head.position_id, deputy.person_id, valid_from=TODAY, basis="приказ № 6", actor=None, now=NOW
        )
    substitute(db, region.actors["teacher"].position_id, "stranger")
    post(db, "mail", "a", case_id=petition, template="task", role="school_head", subject="Встреча")
    worker.drain()
    assert inbox.told() == ["school-deputy@place.example", "school-head@place.example"]


def test_a_chain_of_substitutions_is_followed_as_far_as_it_gives_rights(db, region, worker, inbox, petition) -> None:
    head = region.actors["school_head"]
    with db.write() as session:
        first = world.person(session, "first")
        own = world.position(session, first, session.merge(region.school_b), "school_deputy")
        beside = world.position(session, first, session.merge(region.school_a), "mentor")
        substitution.create_substitution(
            session, head.position_id, first.id, valid_from=TODAY, basis="приказ № 6", actor=None, now=NOW
        )
    substitute(db, own.id, "elsewhere")
    reached = substitute(db, beside.id, "beside")
    with db.read() as session:
        assert head.position_id in {actor.position_id for actor in actors_of(session, reached.id, TODAY)}
    post(db, "mail", "a", case_id=petition, template="task", role="school_head", subject="Встреча")
    worker.drain()
    assert inbox.told() == ["beside@place.example", "school-head@place.example"]


def test_closed_accounts_past_positions_and_people_without_mail_get_nothing(
    db, region, worker, inbox, petition
) -> None:
    with db.write() as session:
        place = session.merge(region.school_a)
        for login, change in (("closed", {"blocked_at": NOW}), ("silent", {"email": None}), ("ready", {})):
            who = world.person(session, login)
            who.email = f"{login}@place.example"
            for name, value in change.items():
                setattr(who, name, value)
            world.position(session, who, place, "school_deputy")
        gone = session.scalars(
            sa.select(Position).where(Position.id == region.actors["school_deputy"].position_id)
        ).one()
        gone.valid_to = TODAY - timedelta(days=1)
    post(db, "mail", "a", case_id=petition, template="task", role="school_deputy", subject="Встреча")
    worker.drain()
    assert inbox.told() == ["ready@place.example"]


def test_a_refused_address_neither_holds_up_nor_repeats_the_letters_to_others(db, worker, inbox, clock) -> None:
    inbox.refuses = {"gone@place.example"}
    to = ["b@place.example", "gone@place.example", "c@place.example", "b@place.example"]
    post(db, "mail", "a", to=to, subject="Встреча", text="-")
    for _ in range(20):
        worker.drain()
        clock.later(hours=7)
    assert inbox.told() == ["b@place.example", "c@place.example"]
    (incident,) = messages(db, Message.failed_at.is_not(None))
    assert incident.topic == "letter"
    assert "550" in (incident.error or "")
    assert "gone@" not in (incident.error or "")


def test_a_letter_sent_again_is_recognised_by_its_id_and_letters_differ_by_theirs(inbox) -> None:
    postman = Postman(inbox.url, "opora@region.example")
    for key, to in (("k", "a@x.example"), ("k", "a@x.example"), ("k", "b@x.example"), ("m", "a@x.example")):
        postman.send(key, to, "Тема", "Текст", at=NOW)
    ids = [letter["Message-ID"] for letter in inbox.letters]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_mail_server_that_is_away_costs_time_and_no_letter(db, system, clock, inbox) -> None:
    post(db, "mail", "a", to=["a@place.example"], subject="Тема", text="Текст")
    away = Worker(system, Postman("smtp://127.0.0.1:9", "opora@region.example"), clock=clock)
    away.drain()
    (letter,) = messages(db, Message.topic == "letter")
    assert (letter.attempts, letter.due_at) == (1, NOW + timedelta(minutes=1))
    clock.later(minutes=1)
    Worker(system, Postman(inbox.url, "opora@region.example"), clock=clock).drain()
    assert inbox.told() == ["a@place.example"]


def test_opening_a_task_writes_no_letter(db, petition) -> None:
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Task)) == 1
    assert messages(db) == []
