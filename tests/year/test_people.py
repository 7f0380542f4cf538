"""People of a school year: who works in two places, who leaves in the middle, who stands in for whom."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.cases import drafts, operations, vacancies
from app.cases.models import Draft, Task
from app.cases.system import System
from app.db import Database
from app.errors import NotAllowed, NotFound
from app.journal.models import Event
from app.people import operations as staff
from app.people.actor import Actor, actors_of
from app.people.models import Position
from app.people.substitution import create_substitution
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.people import world
from tests.people.world import NOW, TODAY

DAY = timedelta(days=1)


@pytest.fixture
def case_id(system: System, region: SimpleNamespace) -> int:
    operator = region.actors["regional_operator"]
    return operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)


def task_of(db: Database, case_id: int) -> Task:
    with db.read() as session:
        return session.scalars(sa.select(Task).where(Task.case_id == case_id)).one()


def colleague(db: Database, region: SimpleNamespace, role: str = "regional_operator", *, since: date = TODAY) -> Actor:
    """A new employee in the same post."""
    with db.write() as session:
        who = world.person(session, f"new-{role}".replace("_", "-"), "Новикова Инна Олеговна")
        place = session.get_one(Position, region.actors[role].position_id).organisation_id
        staff.add_position(session, who.id, place, role, valid_from=since, actor=None, now=NOW)
    with db.read() as session:
        return actors_of(session, who.id, since)[0]


def leave(db: Database, actor: Actor, last: date, now=NOW) -> None:
    with db.write() as session:
        staff.end_position(session, actor.position_id, last, basis="приказ № 3-к", actor=None, now=now)


@pytest.mark.req("OM-45")
def test_a_taken_task_is_free_again_when_its_taker_has_left_and_his_draft_is_kept(system, db, region, case_id) -> None:
    left = region.actors["regional_operator"]
    task = task_of(db, case_id)
    operations.claim(system, task.id, actor=left, now=NOW)
    drafts.save(db, task.id, {"pairs": [["text", "начато"]]}, seen=0, actor=left, now=NOW)
    new = colleague(db, region)
    leave(db, left, TODAY)
    assert vacancies.pass_on(system, NOW) == 0, "his last day is not over"
    later = NOW + 2 * DAY
    with pytest.raises(NotAllowed):
        operations.complete_task(system, task.id, {}, actor=new, now=later, seen=task.version)
    assert vacancies.pass_on(system, later) == 1
    assert vacancies.pass_on(system, later) == 0
    moved = operations.complete_task(system, task.id, {}, actor=new, now=later, seen=task.version)
    assert moved.status == "open"
    with db.read() as session:
        kinds = session.scalars(sa.select(Event.kind).where(Event.case_id == case_id).order_by(Event.seq)).all()
    assert "task.unclaimed" in kinds


def test_who_has_left_does_nothing_more(system, db, region, case_id) -> None:
    left = region.actors["regional_operator"]
    leave(db, left, TODAY)
    with pytest.raises((NotAllowed, NotFound)):
        operations.complete_task(system, task_of(db, case_id).id, {}, actor=left, now=NOW + 5 * DAY)


@pytest.mark.req("OM-45")
def test_a_task_by_name_passes_to_who_holds_the_post_now(system, db, region, case_id) -> None:
    left = region.actors["regional_operator"]
    task = task_of(db, case_id)
    with db.write() as session:
        session.get_one(Task, task.id).position_id = left.position_id
    leave(db, left, TODAY)
    later = NOW + 3 * DAY
    assert vacancies.pass_on(system, later) == 0, "nobody was appointed yet: the task waits, the ladder tells of it"
    new = colleague(db, region, since=TODAY + 2 * DAY)
    assert vacancies.pass_on(system, later) == 1
    assert task_of(db, case_id).position_id == new.position_id
    assert operations.complete_task(system, task.id, {}, actor=new, now=later).status == "open"


def test_a_closed_account_holds_nothing_either(system, db, region, case_id) -> None:
    left = region.actors["regional_operator"]
    task = task_of(db, case_id)
    operations.claim(system, task.id, actor=left, now=NOW)
    with db.write() as session:
        staff.block_person(session, left.person_id, reason="уволен", actor=None, now=NOW)
    assert vacancies.pass_on(system, NOW) == 1
    assert task_of(db, case_id).claimed_by is None


@pytest.mark.req("OM-45")
def test_who_stands_in_does_the_task_until_the_holder_has_left_for_good(system, db, region, case_id) -> None:
    holder, deputy = region.actors["regional_operator"], region.actors["tutor"]
    task = task_of(db, case_id)
    operations.claim(system, task.id, actor=holder, now=NOW)
    with db.write() as session:
        create_substitution(
            session, holder.position_id, deputy.person_id, valid_from=TODAY, valid_to=TODAY + 30 * DAY,
            basis="приказ № 12", actor=None, now=NOW,
        )  # fmt: skip
    with db.read() as session:
        acting = next(a for a in actors_of(session, deputy.person_id, TODAY) if a.behalf_of == holder.position_id)
    assert operations.complete_task(system, task.id, {}, actor=acting, now=NOW).status == "open"
    leave(db, holder, TODAY + DAY)
    with db.read() as session:
        assert not any(a.behalf_of for a in actors_of(session, deputy.person_id, TODAY + 2 * DAY))


def test_the_worker_passes_tasks_on_by_itself_once_an_hour(system, db, region, case_id) -> None:
    left = region.actors["regional_operator"]
    operations.claim(system, task_of(db, case_id).id, actor=left, now=NOW)
    with db.write() as session:
        staff.block_person(session, left.person_id, reason="уволен", actor=None, now=NOW)
    seen = []
    clock = [NOW]
    chores = [lambda now: seen.append(vacancies.pass_on(system, now)), lambda now: 1 / 0]
    worker = Worker(system, Postman("", "opora@localhost"), clock=lambda: clock[0], chores=chores)
    for minutes in (0, 30, 61):
        clock[0] = NOW + timedelta(minutes=minutes)
        worker.tidy()
    assert seen == [1, 0], "a chore that fails stops nothing"


def test_drafts_belong_to_the_task_not_to_the_person(system, db, region, case_id) -> None:
    left = region.actors["regional_operator"]
    task = task_of(db, case_id)
    drafts.save(db, task.id, {"pairs": [["text", "начато"]]}, seen=0, actor=left, now=NOW)
    with db.read() as session:
        assert session.get_one(Draft, task.id).data["pairs"] == [["text", "начато"]]
