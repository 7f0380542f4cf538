"""Handing a task over: to who can do it today, never so that nobody can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import operations
from app.cases.models import Task
from app.cases.system import System
from app.db import Database
from app.errors import NotAllowed, Refused
from app.people.actor import Actor
from app.people.models import Organisation, Person, Position
from tests.people import world
from tests.people.world import NOW, TODAY

Prepare = Callable[[Session, Task, Position], object]


@pytest.fixture
def task(system: System, region: SimpleNamespace) -> Task:
    operator = region.actors["regional_operator"]
    case = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    with system.db.read() as session:
        return session.scalars(sa.select(Task).where(Task.case_id == case)).one()


@pytest.fixture
def second(db: Database, region: SimpleNamespace) -> Actor:
    with db.write() as session:
        who = world.person(session, "second")
        world.position(session, who, session.get_one(Organisation, region.ids["operator"]), "regional_operator")
        return world.actor(session, who)


def _left(session: Session, task: Task, position: Position) -> None:
    position.valid_to = TODAY - timedelta(days=1)


def _not_yet(session: Session, task: Task, position: Position) -> None:
    position.valid_from = TODAY + timedelta(days=7)


def _blocked(session: Session, task: Task, position: Position) -> None:
    session.get_one(Person, position.person_id).blocked_at = NOW


def _for_the_head(session: Session, task: Task, position: Position) -> None:
    task.head = True


def _by_name(session: Session, task: Task, position: Position) -> None:
    task.position_id = session.scalars(
        sa.select(Position.id).where(Position.role == "regional_operator", Position.id != position.id)
    ).one()


@pytest.mark.parametrize("prepare", [_left, _not_yet, _blocked, _for_the_head, _by_name])
def test_a_task_is_not_handed_to_who_cannot_do_it(
    db: Database, system: System, region: SimpleNamespace, task: Task, second: Actor, prepare: Prepare
) -> None:
    with db.write() as session:
        prepare(session, session.get_one(Task, task.id), session.get_one(Position, second.position_id))
    with pytest.raises(Refused, match="передать нельзя"):
        operations.assign(system, task.id, second.position_id, actor=region.actors["operator_head"], now=NOW)
    with db.read() as session:
        assert session.get_one(Task, task.id).claimed_by is None


def test_the_colleague_who_gets_it_does_it(
    db: Database, system: System, region: SimpleNamespace, task: Task, second: Actor
) -> None:
    first = region.actors["regional_operator"]
    operations.assign(system, task.id, second.position_id, actor=first, now=NOW)
    with pytest.raises(NotAllowed):
        operations.complete_task(system, task.id, {}, actor=first, now=NOW)
    operations.complete_task(system, task.id, {}, actor=second, now=NOW)
