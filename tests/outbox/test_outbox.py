"""Posting: in the caller's transaction, once for a key. Incidents: opened, closed, tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import outbox
from app.errors import NotFound
from app.outbox import incidents
from app.outbox.models import Message
from tests.people.world import NOW


def stored(db) -> list[Message]:
    with db.read() as session:
        return list(session.scalars(sa.select(Message).order_by(Message.id)))


def post(db, *letters: outbox.Letter, now=NOW) -> None:
    with db.write() as session:
        outbox.post_all(session, letters, now)


def test_a_message_waits_with_its_payload_case_and_moment(db) -> None:
    later = NOW + timedelta(days=1)
    post(db, outbox.Letter("wake", "a", {"words": ["да", 1, None]}, 7), outbox.Letter("mail", "b", due_at=later))
    first, second = stored(db)
    assert (first.topic, first.key, first.payload, first.case_id) == ("wake", "a", {"words": ["да", 1, None]}, 7)
    assert (first.due_at, second.due_at) == (NOW, later)
    assert (first.attempts, first.owner, first.done_at, first.failed_at) == (0, None, None, None)


def test_a_key_is_posted_once_for_ever(db) -> None:
    post(db, outbox.Letter("mail", "a", {"n": 1}))
    post(db, outbox.Letter("mail", "a", {"n": 2}), outbox.Letter("mail", "b", {"n": 3}))
    with db.write() as session:
        session.execute(sa.update(Message).values(done_at=NOW))
    with db.write() as session:
        outbox.post(session, outbox.Letter("mail", "a", {"n": 4}), NOW + timedelta(days=1))
    assert [(m.key, m.payload["n"], m.done_at) for m in stored(db)] == [("a", 1, NOW), ("b", 3, NOW)]


def test_the_same_key_twice_in_one_call_is_one_message(db) -> None:
    post(db, *[outbox.Letter("mail", "a", {"n": n}) for n in range(3)])
    assert [m.payload["n"] for m in stored(db)] == [0]


def test_what_is_rolled_back_was_never_posted(db) -> None:
    with pytest.raises(RuntimeError), db.write() as session:
        outbox.post(session, outbox.Letter("mail", "a"), NOW)
        raise RuntimeError
    assert stored(db) == []


def test_an_unknown_topic_is_an_error_of_the_program(db) -> None:
    with pytest.raises(ValueError, match="pigeon"), db.write() as session:
        outbox.post(session, outbox.Letter("pigeon", "a"), NOW)
    post(db)
    assert stored(db) == []


def test_an_incident_counts_failures_in_a_row_until_it_is_resolved(db) -> None:
    with db.write() as session:
        counted = [incidents.report(session, "due:7", "due", 7, {"refs": []}, f"no {n}", NOW) for n in range(3)]
        (row,) = incidents.standing(session)
        assert (counted, row.error, row.failed_at) == ([1, 2, 3], "no 2", NOW)
        assert incidents.standing_of(session, ["due:7", "due:8"]) == {"due:7"}
    with db.write() as session:
        incidents.resolve(session, "due:7", NOW)
        assert list(incidents.standing(session)) == []
        assert incidents.report(session, "due:7", "due", 7, {"refs": []}, "again", NOW) == 1


def test_an_incident_is_tried_again_by_a_person_once(db) -> None:
    post(db, outbox.Letter("mail", "a"))
    with db.write() as session:
        session.execute(sa.update(Message).values(failed_at=NOW, attempts=12))
    later = NOW + timedelta(hours=5)
    with db.write() as session:
        incidents.retry(session, stored(db)[0].id, later)
    (row,) = stored(db)
    assert (row.due_at, row.attempts, row.failed_at) == (later, 0, None)
    with pytest.raises(NotFound), db.write() as session:
        incidents.retry(session, row.id, later)
