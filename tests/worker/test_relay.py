"""The relay: each message settled once, by whom it was leased; failures wait longer and longer and become incidents."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case, Deadline, Task
from app.errors import Refused
from app.journal.models import Event
from app.outbox import incidents
from app.outbox.models import Message
from app.people.models import Person
from app.worker import relay
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.people.world import NOW
from tests.worker.setting import message, messages, post

KEYS = [f"render:{n}" for n in range(60)]


def worker(system, clock, render) -> Worker:
    return Worker(system, Postman("", "opora@localhost"), {"render": render}, clock=clock)


@pytest.mark.parametrize("count", [2, 4])
def test_workers_at_once_settle_each_message_once(db, system, clock, count) -> None:
    post(db, "render", *KEYS)
    delivered: list[str] = []
    barrier = threading.Barrier(count)

    def work() -> None:
        one = worker(system, clock, lambda m: delivered.append(m.key))
        barrier.wait()
        while one.messages():
            pass

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # one that saw only rows in others' hands may rest early; what it left is still there for the next round
    worker(system, clock, lambda m: delivered.append(m.key)).drain()
    assert Counter(delivered) == dict.fromkeys(KEYS, 1)
    assert {(m.done_at, m.attempts, m.owner) for m in messages(db)} == {(NOW, 1, None)}


def test_a_lease_that_ran_out_goes_to_another_and_its_first_owner_settles_nothing(db, clock) -> None:
    post(db, "render", "a")
    (first,) = relay.take(db, "one", clock())
    assert relay.take(db, "two", clock.later(seconds=119)) == []
    (second,) = relay.take(db, "two", clock.later(seconds=2))
    assert (first.attempts, second.attempts) == (1, 2)
    assert not relay.settle(db, first, clock(), "too late")
    assert not relay.settle(db, first, clock())
    assert relay.settle(db, second, clock())
    assert not relay.settle(db, second, clock())
    assert (message(db, "a").done_at, message(db, "a").error) == (clock(), None)


def test_a_failing_message_waits_longer_each_time_and_becomes_an_incident_while_others_go_on(db, system, clock) -> None:
    post(db, "render", "bad", "good")
    tried: list = []

    def render(m) -> None:
        if m.key == "bad":
            tried.append(clock())
            raise Refused("Нельзя: petrova@school.example против.")

    one = worker(system, clock, render)
    while not (bad := message(db, "bad")).failed_at:
        one.drain()
        assert len(tried) <= relay.ATTEMPTS
        clock.now = max(clock(), message(db, "bad").due_at)
    minutes = [(b - a) // timedelta(minutes=1) for a, b in pairwise(tried)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert (bad.attempts, bad.done_at, bad.owner) == (12, None, None)
    assert bad.error == "Refused: Нельзя: ‹address› против."
    assert message(db, "good").done_at == NOW
    one.drain()
    assert len(tried) == 12


def test_an_incident_tried_again_by_a_person_is_delivered(db, system, clock) -> None:
    post(db, "render", "a")
    with db.write() as session:
        session.execute(sa.update(Message).values(failed_at=NOW, attempts=12, error="?"))
    with db.write() as session:
        incidents.retry(session, message(db, "a").id, NOW)
    worker(system, clock, lambda m: None).drain()
    assert (message(db, "a").done_at, message(db, "a").error) == (NOW, None)


def test_what_kills_its_workers_takes_no_other_message_with_it_and_is_given_up(db, clock) -> None:
    post(db, "render", "deadly", "a", "b")
    assert len(relay.take(db, "w0", clock())) == 3
    clock.later(minutes=3)
    # all three are suspect now: each is taken alone
    assert [m.key for m in relay.take(db, "w1", clock())] == ["deadly"]
    for key in ("a", "b"):
        (suspect,) = relay.take(db, "w2", clock())
        assert suspect.key == key
        assert relay.settle(db, suspect, clock())
    for attempt in range(3, relay.ATTEMPTS + 1):
        (taken,) = relay.take(db, "w3", clock.later(minutes=3))
        assert taken.attempts == attempt
    post(db, "render", "c")
    assert [m.key for m in relay.take(db, "w4", clock.later(minutes=3))] == ["c"]
    assert (message(db, "deadly").failed_at, message(db, "deadly").error) == (clock(), relay.DIED)


def test_what_was_taken_and_not_begun_in_time_is_given_back_and_costs_no_attempt(db, system, clock) -> None:
    post(db, "render", "slow", "a", "b")
    assert worker(system, clock, lambda m: clock.later(seconds=61)).messages() == 1
    assert [(m.attempts, m.owner, m.lease_until, m.done_at is None) for m in messages(db)] == [
        (1, None, None, False),
        (0, None, None, True),
        (0, None, None, True),
    ]


def test_a_worker_told_to_stop_ends_the_message_in_hand_and_gives_back_the_rest(db, system, clock) -> None:
    post(db, "render", "a", "b", "c")
    one = worker(system, clock, lambda m: one.stopping.set())
    one.run()
    assert [(m.done_at, m.attempts, m.owner) for m in messages(db)] == [
        (NOW, 1, None),
        (None, 0, None),
        (None, 0, None),
    ]


def test_a_resting_worker_takes_no_write_lock(db, system, clock) -> None:
    with db.write() as session:
        session.execute(sa.update(Message).values(attempts=0))
        assert worker(system, clock, lambda m: None).round() == 0


def opened_round(system, db, region) -> int:
    operator = region.actors["regional_operator"]
    round_id = operations.open_case(system, "round", region.ids["region"], 2026, actor=operator, now=NOW)
    with db.read() as session:
        task_id = session.scalars(sa.select(Task.id).where(Task.case_id == round_id)).one()
    operations.complete_task(system, task_id, {}, actor=operator, now=NOW)
    with db.read() as session:
        children = session.scalars(sa.select(Case.id).where(Case.parent_id == round_id)).all()
    for child in children:
        operations.cancel_case(system, child, "mistake", "", actor=operator, now=NOW)
    return round_id


def test_a_wake_moves_the_case_once_however_often_it_is_delivered(db, system, clock, region) -> None:
    round_id = opened_round(system, db, region)
    one = worker(system, clock, lambda m: None)
    wakes = relay.take(db, one.owner, clock())
    for wake in [*wakes, *wakes]:
        assert wake.topic == "wake"
        assert one.deliver(wake)
    clock.later(minutes=5)
    one.drain()
    with db.read() as session:
        assert session.scalars(sa.select(Task.key).where(Task.case_id == round_id)).all() == ["sum"]
        counted = sa.select(sa.func.count()).where(Event.kind == "message.delivered", Event.case_id == round_id)
        assert session.scalar(counted) == 1
    assert all(message(db, wake.key).done_at == NOW for wake in wakes)


def test_a_wake_whose_lease_is_lost_moves_nothing(db, system, clock, region) -> None:
    round_id = opened_round(system, db, region)
    one = worker(system, clock, lambda m: None)
    late = relay.take(db, one.owner, clock())
    mine = relay.take(db, "another", clock.later(minutes=3))[-1]
    one.deliver(next(wake for wake in late if wake.key == mine.key))
    with db.read() as session:
        assert session.scalars(sa.select(Task.key).where(Task.case_id == round_id)).all() == []
    assert message(db, mine.key).owner == "another"


def test_what_is_due_is_found_by_the_index(db) -> None:
    post(db, "render", *[f"k{n}" for n in range(2000)])
    with db.write() as session:
        session.execute(sa.update(Message).where(Message.id > 5).values(done_at=NOW))
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        text = str(relay.waiting(NOW, Message.id).limit(20).compile(db.engine, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN QUERY PLAN" if db.sqlite else "EXPLAIN"
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"{explain} {text}").all())
    assert "ix_message_due" in plan


def test_what_is_done_in_the_database_alone_goes_together_in_the_order_of_its_posting(db, system, clock) -> None:
    done: list[list[str]] = []

    class Watched(Worker):
        def deliver(self, message) -> bool:
            done.append([message.key])
            return super().deliver(message)

        def together(self, messages) -> set[int]:
            if len(messages) > 1:
                done.append([message.key for message in messages])
            return super().together(messages)

    post(db, "mail", "a", "b", to=["x@place.example"], subject="Тема", text="-")
    post(db, "render", "c", "d")
    post(db, "mail", "e", to=["x@place.example", "y@place.example"], subject="Тема", text="-")
    Watched(system, Postman("", "opora@localhost"), {"render": lambda m: None}, clock=clock).drain()
    letters = [m.key for m in messages(db, Message.topic == "letter")]
    assert len(letters) == 4
    assert done == [["a", "b"], ["c"], ["d"], ["e"], letters]
    assert {(m.done_at, m.attempts, m.owner) for m in messages(db)} == {(NOW, 1, None)}


def test_one_that_fails_among_those_that_go_together_is_put_off_alone(db, system, clock) -> None:
    words = {"subject": "Тема", "text": "-"}
    post(db, "mail", "a", to=["x@place.example"], **words)
    post(db, "mail", "bad", case_id=77, template="task", role="school_head", subject="Встреча")
    post(db, "mail", "b", to=["x@place.example", "y@place.example"], **words)
    one = worker(system, clock, lambda m: None)
    one.drain()
    bad = message(db, "bad")
    assert (bad.error, bad.attempts, bad.due_at) == ("NotFound: Такого дела нет.", 1, NOW + timedelta(minutes=1))
    assert len(messages(db, Message.topic == "letter")) == 3
    assert {m.attempts for m in messages(db, Message.key != "bad")} == {1}
    assert messages(db, Message.done_at.is_(None), Message.key != "bad") == []


def test_of_those_that_go_together_one_whose_lease_is_lost_leaves_nothing(db, system, clock) -> None:
    post(db, "mail", "a", "b", "c", to=["x@place.example"], subject="Тема", text="-")
    one = worker(system, clock, lambda m: None)
    mine = relay.take(db, one.owner, clock())
    (theirs,) = relay.take(db, "another", clock.later(minutes=3))
    assert one.together(mine) == {m.id for m in mine} - {theirs.id}
    assert len(messages(db, Message.topic == "letter")) == 2
    assert message(db, theirs.key).owner == "another"


def test_light_messages_are_settled_together_and_told_again_when_that_fails(db, system, clock) -> None:
    post(db, "render", "a", "b", "c")
    told: list[str] = []

    def note(m) -> None:
        told.append(m.key)
        if told == ["a", "b"]:
            raise RuntimeError

    one = Worker(system, Postman("", "opora@localhost"), {"render": note}, clock=clock, light=["render"])
    one.drain()
    assert told == ["a", "b", "a", "b", "c"]
    assert {(m.done_at, m.attempts) for m in messages(db)} == {(NOW, 1)}


def test_wakes_of_one_case_go_together_and_move_it_once(db, system, clock, region) -> None:
    round_id = opened_round(system, db, region)
    one = worker(system, clock, lambda m: None)
    wakes = relay.take(db, one.owner, clock())
    assert len({one.portion(wake) for wake in wakes}) == 1 < len(wakes)
    assert one.together(wakes) == {wake.id for wake in wakes}
    with db.read() as session:
        assert session.scalars(sa.select(Task.key).where(Task.case_id == round_id)).all() == ["sum"]
        counted = sa.select(sa.func.count()).where(Event.kind == "message.delivered", Event.case_id == round_id)
        assert session.scalar(counted) == 1
    assert one.together(wakes) == set()


def test_many_messages_cost_few_statements(db, system, clock, petition) -> None:
    sent: list[str] = []
    words = {"template": "task", "role": "school_head", "subject": "Встреча"}
    post(db, "mail", *[f"m{n}" for n in range(20)], case_id=petition, **words)
    with db.write() as session:
        session.execute(sa.update(Person).values(email=Person.login + "@place.example"))
    for engine in db.engines:
        sa.event.listen(engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    worker(system, clock, lambda m: None).drain()
    assert len(messages(db, Message.topic == "letter", Message.done_at.is_not(None))) == 20
    # of twenty: the look, the lease, what the letters are about, to whom, the settling, with BEGIN on SQLite
    assert len(sent) <= (26 if db.sqlite else 16)


def test_terms_of_many_cases_cost_few_statements(db, system, clock, region) -> None:
    operator, sent = region.actors["regional_operator"], list[str]()
    schools = [region.ids[name] for name in ("school_a", "school_b", "school_c")] * 4
    for school in schools:
        operations.open_case(system, "petition", school, 2026, actor=operator, now=NOW)
    with db.read() as session:
        clock.now = session.scalars(sa.select(sa.func.max(Deadline.wake_at))).one()
    for engine in db.engines:
        sa.event.listen(engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    one = worker(system, clock, lambda m: None)
    assert one.round() == len(schools)
    assert len(sent) <= (12 if db.sqlite else 7)
    assert len(messages(db, Message.topic == "mail")) == len(schools)
