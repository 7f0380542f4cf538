"""One function moves a case: once, whole, by who may, or not at all."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import journal
from app.cases import operations
from app.cases.models import Answer, Case, Deadline, Task
from app.db import Database
from app.errors import Conflict, DomainError, NotAllowed, NotFound, StaleCase, TaskNotOpen
from app.journal.models import Event
from app.outbox.models import Message
from app.people.models import Position
from app.worker import due
from app.worker.loop import Worker
from app.worker.mail import Postman
from tests.people.world import NOW


@pytest.fixture
def case_id(system, region) -> int:
    operator = region.actors["regional_operator"]
    return operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)


def only_task(db: Database, case_id: int) -> Task:
    with db.read() as session:
        return session.scalars(sa.select(Task).where(Task.case_id == case_id)).one()


def counts(db: Database) -> tuple[int, ...]:
    with db.read() as session:
        return tuple(
            session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (Event, Answer, Message, Task)
        )


def worker(system, now) -> Worker:
    return Worker(system, Postman("", "opora@localhost"), clock=lambda: now)


def test_a_new_case_has_its_first_task_with_a_holder_and_a_term(system, db, region, case_id) -> None:
    task = only_task(db, case_id)
    assert (task.key, task.role, task.organisation_id) == ("write", "regional_operator", region.ids["operator"])
    with db.read() as session:
        deadline = session.scalars(sa.select(Deadline)).one()
    assert deadline.due_at == task.due_at
    assert (deadline.term, deadline.basis, deadline.kind) == ("5wd", "P", "task")


def test_a_case_runs_to_its_end_with_a_return(system, db, region, case_id) -> None:
    head, operator = region.actors["operator_head"], region.actors["regional_operator"]
    route = [(operator, {}), (head, {"outcome": "return"}), (operator, {}), (head, {"outcome": "approve"})]
    for actor, values in route:
        task = only_task(db, case_id)
        moved = operations.complete_task(system, task.id, dict(values), values, actor=actor, now=NOW, seen=task.version)
    assert moved.status == "done"
    with db.read() as session:
        kinds = Counter(session.scalars(sa.select(Event.kind).where(Event.case_id == case_id)))
        assert journal.verify(session).intact
    assert kinds["task.completed"] == 4
    assert kinds["case.done"] == 1


def test_a_locked_row_is_read_as_it_is_though_the_session_has_seen_it_before(system, db, case_id) -> None:
    """Who waited for the lock of a case moves it from where the other has left it."""
    elsewhere = sa.update(Case.__table__).where(Case.__table__.c.id == case_id).values(version=7, stage="moved")
    with db.write() as session:
        before = session.get_one(Case, case_id)
        assert before.version == 1
        session.execute(elsewhere)
        assert operations.locked(session, case_id).version == 7
        session.execute(elsewhere.values(version=8))
        assert session.get_one(Case, case_id, with_for_update=True).version == 8 == before.version


def test_whoever_locks_a_case_is_asked_again_whether_his_position_holds(system, db, region, case_id) -> None:
    operator = region.actors["regional_operator"]
    with db.write() as session:
        session.get_one(Position, operator.position_id).valid_to = NOW.date() - timedelta(days=1)
    with pytest.raises(NotAllowed), operations.unit_of(system, operator, NOW) as unit:
        operations.locked(unit.session, case_id)
    with operations.unit_of(system, None, NOW) as unit:
        assert operations.locked(unit.session, case_id).id == case_id, "the system itself holds no position"


def test_eight_threads_on_one_task_exactly_one_succeeds(system, db, region, case_id) -> None:
    head, operator = region.actors["operator_head"], region.actors["regional_operator"]
    for number in range(10):
        task, actor = only_task(db, case_id), (operator, head)[number % 2]
        outcomes: list[type] = []
        barrier = threading.Barrier(8)

        def send(task=task, actor=actor, barrier=barrier, outcomes=outcomes) -> None:
            barrier.wait()
            try:
                values = {"outcome": "return"}
                operations.complete_task(system, task.id, {}, values, actor=actor, now=NOW, seen=task.version)
                outcomes.append(int)
            except DomainError as error:
                outcomes.append(type(error))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(outcomes) == {int: 1, TaskNotOpen: 7}
    with db.read() as session:
        completed = session.scalar(sa.select(sa.func.count()).where(Event.kind == "task.completed"))
        assert completed == session.scalar(sa.select(sa.func.count()).select_from(Answer)) == 10
        assert journal.verify(session).intact


@pytest.mark.parametrize(
    ("role", "refusal"), [("operator_head", NotAllowed), ("auditor", NotAllowed), ("school_head", NotFound)]
)
def test_who_does_not_hold_the_task_changes_nothing(system, db, region, case_id, role, refusal) -> None:
    before = counts(db)
    task = only_task(db, case_id)
    with pytest.raises(refusal):
        operations.complete_task(system, task.id, {}, actor=region.actors[role], now=NOW, seen=task.version)
    assert counts(db) == before


def test_a_stale_form_changes_nothing(system, db, region, case_id) -> None:
    before = counts(db)
    task = only_task(db, case_id)
    with pytest.raises(StaleCase):
        operations.complete_task(
            system, task.id, {}, actor=region.actors["regional_operator"], now=NOW, seen=task.version + 1
        )
    assert counts(db) == before


def test_a_case_of_the_same_subject_and_year_is_opened_once(system, region) -> None:
    operator = region.actors["regional_operator"]
    operations.open_case(system, "round", region.ids["region"], 2026, actor=operator, now=NOW)
    with pytest.raises(Conflict):
        operations.open_case(system, "round", region.ids["region"], 2026, actor=operator, now=NOW)


def opened_round(system, db, region) -> int:
    operator = region.actors["regional_operator"]
    round_id = operations.open_case(system, "round", region.ids["region"], 2026, actor=operator, now=NOW)
    operations.complete_task(system, only_task(db, round_id).id, {}, actor=operator, now=NOW)
    return round_id


def test_the_parent_goes_on_when_the_last_child_has_answered(system, db, region) -> None:
    round_id = opened_round(system, db, region)
    with db.read() as session:
        children = session.scalars(sa.select(Case.id).where(Case.parent_id == round_id)).all()
    assert len(children) == 2
    from tests.people import world

    with db.write() as session:
        who = world.person(session, "far-head")
        world.position(session, who, session.merge(region.far), "municipal_authority")
        far = world.actor(session, who)
    answerers = {region.ids["near"]: region.actors["municipal_authority"], region.ids["far"]: far}
    for child in children:
        task = only_task(db, child)
        operations.complete_task(system, task.id, {}, actor=answerers[task.organisation_id], now=NOW)
        worker(system, NOW).drain()
    assert only_task(db, round_id).key == "sum"


def test_the_window_closes_by_its_timer_and_the_silent_are_recorded(system, db, region) -> None:
    round_id = opened_round(system, db, region)
    with db.read() as session:
        term = session.scalar(sa.select(Deadline.due_at).where(Deadline.case_id == round_id, Deadline.kind == "timer"))
    assert round_id not in due.ahead(db, term - timedelta(seconds=1)).cases
    worker(system, term + timedelta(seconds=1)).drain()
    assert only_task(db, round_id).key == "sum"
    with db.read() as session:
        children = session.execute(sa.select(Case.status, Case.outcome).where(Case.parent_id == round_id)).all()
        assert {tuple(child) for child in children} == {("cancelled", "no_answer")}
        assert session.scalar(sa.select(sa.func.count()).select_from(Deadline).where(Deadline.case_id != round_id)) == 0


def test_a_pause_moves_the_row_and_the_timer_together(system, db, region) -> None:
    round_id = opened_round(system, db, region)
    with db.read() as session:
        before = session.scalar(
            sa.select(Deadline.due_at).where(Deadline.case_id == round_id, Deadline.kind == "timer")
        )
    day = NOW.date()
    operations.pause_case(
        system,
        round_id,
        "holidays",
        "приказ",
        day,
        day + timedelta(days=6),
        actor=region.actors["regional_operator"],
        now=NOW,
    )
    with db.read() as session:
        after = session.scalar(sa.select(Deadline.due_at).where(Deadline.case_id == round_id, Deadline.kind == "timer"))
    assert after == before + timedelta(days=7)
    worker(system, before + timedelta(hours=1)).drain()
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Task).where(Task.case_id == round_id)) == 0
    worker(system, after + timedelta(hours=1)).drain()
    assert only_task(db, round_id).key == "sum"


def test_a_reminder_a_notice_to_the_head_and_an_escalation_are_posted_in_their_order(
    system, db, region, case_id
) -> None:
    task = only_task(db, case_id)
    for day in range(0, 30):
        worker(system, NOW + timedelta(days=day)).drain()
    with db.read() as session:
        told = [
            m.payload["tell"]
            for m in session.scalars(sa.select(Message).where(Message.topic == "mail").order_by(Message.id))
        ]
        assert session.get_one(Task, task.id).due_at == task.due_at
    assert told == ["executor", "executor", "head", "municipal_authority", "regional_operator", "controller"]


def test_a_cancelled_case_takes_its_children_with_it_and_deletes_nothing(system, db, region) -> None:
    round_id = opened_round(system, db, region)
    operations.cancel_case(
        system, round_id, "mistake", "открыто ошибочно", actor=region.actors["regional_operator"], now=NOW
    )
    with db.read() as session:
        statuses = session.scalars(sa.select(Case.status)).all()
        assert statuses == ["cancelled"] * 3
        assert session.scalar(sa.select(sa.func.count()).select_from(Task)) == 0
        assert journal.verify(session).intact


def test_a_task_taken_by_a_colleague_is_his_until_he_gives_it_back(system, db, region, case_id) -> None:
    from tests.people import world

    with db.write() as session:
        who = world.person(session, "second")
        world.position(session, who, session.merge(region.operator), "regional_operator")
        second = world.actor(session, who)
    first, task = region.actors["regional_operator"], only_task(db, case_id)
    operations.claim(system, task.id, actor=first, now=NOW)
    with pytest.raises(NotAllowed):
        operations.complete_task(system, task.id, {}, actor=second, now=NOW)
    operations.unclaim(system, task.id, actor=first, now=NOW)
    operations.complete_task(system, task.id, {}, actor=second, now=NOW)
