"""The feed of a case: what a reminder says, and that the same is not told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.cases import feed, operations
from app.cases.move import Move
from tests.people.world import NOW

NAME = "Написать обращение"


@pytest.fixture
def case_id(system, region) -> int:
    operator = region.actors["regional_operator"]
    return operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)


def remind(system, case_id: int, now, *rungs: int) -> None:
    with operations.unit_of(system, None, now) as unit:
        move = Move.load(unit, operations.locked(unit.session, case_id))
        for after in rungs:
            move.record("deadline.reminded", deadline=NAME, due=NOW, tell="executor", after=after)


def test_reminders_say_how_far_the_term_is_and_the_same_is_told_once(system, db, case_id) -> None:
    remind(system, case_id, NOW, -3, -3)
    remind(system, case_id, NOW + timedelta(days=3), 0)
    remind(system, case_id, NOW + timedelta(days=4), 1)
    with db.read() as session:
        events = feed.events(session, case_id, limit=50)
        assert [one["title"] for one in events if NAME in one["title"]] == [
            f"Напоминание о сроке, просрочено на 1 рабочий день: {NAME}",
            f"Напоминание о сроке, в день срока: {NAME}",
            f"Напоминание о сроке, за 3 рабочих дня до него: {NAME}",
        ]
        assert feed.count(session, case_id, events[-1]["seq"]) == 0


def test_pages_of_the_feed_leave_no_record_out(system, db, case_id) -> None:
    remind(system, case_id, NOW, -3, -3, -3)
    with db.read() as session:
        first = feed.events(session, case_id, limit=2)
        assert len(first) == 1
        rest = feed.events(session, case_id, limit=50, before=first[-1]["seq"])
        assert feed.count(session, case_id, first[-1]["seq"]) == len(rest) == 2
