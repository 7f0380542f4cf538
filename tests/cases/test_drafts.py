"""Drafts: of two people who begin at once neither is lost, and what ended leaves none behind."""

from __future__ import annotations

import threading
import time
from collections import Counter
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.cases import drafts, operations
from app.cases.models import Case, Draft, DraftVersion, Task
from app.cases.move import Move
from app.cases.system import System
from app.db import Database
from app.people.actor import Actor
from app.people.models import Organisation
from tests.people import world
from tests.people.world import NOW


@pytest.fixture
def colleagues(db: Database, region: SimpleNamespace) -> list[Actor]:
    """Six operators of the region."""
    with db.write() as session:
        place = session.get_one(Organisation, region.ids["operator"])
        people = [world.person(session, f"operator-{number}") for number in range(6)]
        for who in people:
            world.position(session, who, place, "regional_operator")
        return [world.actor(session, who) for who in people]


def begun(system: System, region: SimpleNamespace) -> Task:
    operator = region.actors["regional_operator"]
    case = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    with system.db.read() as session:
        return session.scalars(sa.select(Task).where(Task.case_id == case)).one()


def until_somebody_waits(db: Database) -> None:
    """PostgreSQL says that another transaction stands at a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    last = time.monotonic() + 20
    while time.monotonic() < last:
        with db.glance() as session:
            if session.scalar(sa.text(waiting)):
                return
    raise AssertionError("nobody waits")


def test_of_first_drafts_saved_at_one_moment_one_stands_and_the_others_are_told(
    db: Database, system: System, region: SimpleNamespace, colleagues: list[Actor]
) -> None:
    for task in [begun(system, region) for _ in range(5)]:
        outcomes: list[type] = []
        barrier = threading.Barrier(len(colleagues))

        def save(actor: Actor, task: Task = task, outcomes: list[type] = outcomes, barrier=barrier) -> None:
            barrier.wait()
            try:
                outcomes.append(type(drafts.save(db, task.id, {"pairs": []}, seen=0, actor=actor, now=NOW)))
            except Exception as error:
                outcomes.append(type(error))

        threads = [threading.Thread(target=save, args=(actor,)) for actor in colleagues]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(outcomes) == {drafts.Saved: 1, drafts.NewerDraft: len(colleagues) - 1}


def test_a_first_draft_waits_for_a_move_of_the_case_and_neither_is_lost(
    db: Database, system: System, region: SimpleNamespace, colleagues: list[Actor]
) -> None:
    task, saved = begun(system, region), []
    saving = threading.Thread(
        target=lambda: saved.append(
            drafts.save(db, task.id, {"pairs": []}, seen=0, actor=colleagues[0], now=NOW).version
        )
    )
    with db.write() as session:
        session.execute(sa.select(Case.id).where(Case.id == task.case_id).with_for_update())
        saving.start()
        if not db.sqlite:
            until_somebody_waits(db)
        session.execute(sa.select(Task.id).where(Task.id == task.id).with_for_update())
    saving.join()
    assert saved == [1]


@pytest.mark.parametrize("ending", ["done", "cancelled", "cut"])
def test_what_was_typed_is_forgotten_with_its_task(
    db: Database, system: System, region: SimpleNamespace, ending: str
) -> None:
    task, operator = begun(system, region), region.actors["regional_operator"]
    other = begun(system, region)
    for one, times in ((task, 3), (other, 2)):
        for seen in range(times):
            drafts.save(db, one.id, {"pairs": [["text", str(seen)]]}, seen=seen, actor=operator, now=NOW)
    if ending == "done":
        operations.complete_task(system, task.id, {}, actor=operator, now=NOW, seen=task.version)
    elif ending == "cancelled":
        operations.cancel_case(system, task.case_id, "открыто по ошибке", "", actor=operator, now=NOW)
    else:
        with operations.unit_of(system, operator, NOW) as unit:
            move = Move.load(unit, operations.locked(unit.session, task.case_id))
            move.end("школа закрыта")
            move.save()
    with db.read() as session:
        assert session.scalars(sa.select(Draft.task_id)).all() == [other.id]
        assert session.scalars(sa.select(DraftVersion.task_id)).all() == [other.id] * 2
        assert session.scalars(sa.select(Task.id).where(Task.id == task.id)).all() == []
