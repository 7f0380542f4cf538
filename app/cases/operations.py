"""Operations on cases. Each is one transaction: lock → version → permission → facts → engine step → rows → journal → commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import orjson
import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases import attached, deadlines, rows
from app.cases.handlers import Asking
from app.cases.models import Case, Pause, Task
from app.cases.move import Move, Proof, Unit, start
from app.cases.system import System
from app.db import for_update
from app.errors import Conflict, NotAllowed, NotFound, Refused, StaleCase, TaskNotOpen
from app.people import actor as actors
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation, Position

DONE_ALREADY = "Эта задача уже выполнена."

# Locked in the order named, case first as everywhere; a locked row is read as it is after the wait. The subject and its
# parent come along: who does the next task is asked of them.
_PARENT = sa.orm.aliased(Organisation)
LOCK_TASK = for_update(
    sa.select(Case, Task, Organisation, _PARENT)
    .join(Task, Task.case_id == Case.id)
    .join(Organisation, Organisation.id == Case.subject_id)
    .outerjoin(_PARENT, _PARENT.id == Organisation.parent_id)
    .where(Task.id == sa.bindparam("task")),
    of=[Case, Task],
)
_CASE = sa.select(Case).where(Case.id == sa.bindparam("case"))
_LOCKED = for_update(_CASE)


@dataclass(frozen=True)
class Moved:
    """What a move left: the case, its version, its status, the ids of the tasks now open in it, the actor's own next one."""

    case_id: int
    version: int
    status: str
    open_tasks: list[str] = field(default_factory=list)
    mine: str | None = None


@contextmanager
def unit_of(system: System, actor: Actor | None, now: datetime) -> Iterator[Unit]:
    """A writing transaction whose events and letters are written last. Its actor is asked for again with the first lock."""
    with system.db.write() as session:
        unit = Unit(system, session, now, actor)
        session.info |= {"now": now, "acting": actor}
        yield unit
        unit.close()


def locked(session: Session, case_id: int) -> Case:
    """The case's row, locked; NotFound when there is none, NotAllowed when the actor's position has ended meanwhile."""
    case = session.scalar(_LOCKED, {"case": case_id})
    if case is None:
        raise NotFound("Такого дела нет.")
    require_acting(session)
    return case


def require_acting(session: Session) -> None:
    """The actor's position and substitution are read again under the lock, once a transaction."""
    actor = session.info.pop("acting", None)
    if actor is not None and not actors.still_holds(session, actor, session.info["now"]):
        raise NotAllowed(
            "Ваша должность или замещение больше не действуют.", advice="Выберите другую должность или войдите заново."
        )


def open_case(
    system: System,
    kind: str,
    subject_id: int,
    school_year: int,
    data: Mapping[str, Any] | None = None,
    *,
    actor: Actor | None,
    now: datetime,
    parent_id: int | None = None,
    note: Callable[[Session, int], None] | None = None,
) -> int:
    """Open a case of a kind about an organisation; returns its id. Conflict when the like is open already.

    `note` is called at the end of the same transaction with the id: what it writes stands or falls with the case.
    """
    with unit_of(system, actor, now) as unit:
        subject = unit.session.get(Organisation, subject_id)
        if subject is None:
            raise NotFound("Такой организации нет.")
        require_acting(unit.session)
        if actor is not None:
            policy.require(actor, "case.open", subject)
            if actor.role not in system.handlers.openers.get(kind, ()):
                raise NotAllowed("Такие дела открывает другая роль.", advice="Обратитесь к региональному оператору.")
            if check := system.handlers.by_hand.get(kind):
                check(unit.session, system, actor, subject, data or {})
        parent = locked(unit.session, parent_id) if parent_id is not None else None
        case_id = start(unit, kind, subject_id, school_year, data or {}, parent=parent).id
        if note is not None:
            note(unit.session, case_id)
        return case_id


def complete_task(
    system: System,
    task_id: str,
    answers: dict[str, Any],
    routing: Mapping[str, Any] | None = None,
    *,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
    proof: Proof | None = None,
    note: Callable[[Session, Moved], None] | None = None,
) -> Moved:
    """Complete a person's task with the validated answers of its form; a signing form needs its `proof`.

    `note` is called at the end of the same transaction with what the move left: what it writes stands or falls with it.

    `seen` is the task's version that the form was laid out for. TaskNotOpen when somebody was faster, StaleCase when
    what the form showed has changed since, NotAllowed under the lock: nothing is written in any of them.
    """
    with unit_of(system, actor, now) as unit:
        move, task = _locked_task(unit, task_id)
        if seen is not None and seen != task.version:
            raise StaleCase(
                "Пока вы заполняли форму, то, что она показывает, изменилось.",
                advice="Сверьте изменения и отправьте ещё раз.",
            )
        require_holder(unit.session, actor, move.case, task)
        _check_proof(move, task, answers, proof)
        move.proof = proof
        moved = _complete(move, task, answers, routing or {})
        if note is not None:
            note(unit.session, moved)
        return moved


def _asking(move: Move, task: Task) -> Asking:
    assert move.actor is not None
    return Asking(move.session, move.system, move.case, task, move.actor, move.now)


def _check_proof(move: Move, task: Task, answers: Mapping[str, Any], proof: Proof | None) -> None:
    """A form that signs is refused without a confirmed password, and when other things were shown than stand now."""
    show = move.system.handlers.signed.get(task.form)
    expected = show(_asking(move, task), answers) if show else None
    if expected is None:
        return
    if proof is None:
        raise Refused("Подпись не подтверждена.", advice="Введите пароль ещё раз: им подтверждается подпись.")
    if proof.shown_sha256 != expected:
        raise StaleCase("Пока вы читали, то, что вы подписываете, изменилось.", advice="Прочитайте заново и подпишите.")


def _complete(move: Move, task: Task, answers: dict[str, Any], routing: Mapping[str, Any]) -> Moved:
    unit, case = move.unit, move.case
    write = move.system.handlers.forms.get(task.form)
    values = {**routing, **((write(move, task, answers) if write else None) or {})}
    attached.sent(move.session, case.id, task.form, answers, unit.now)
    text = orjson.dumps(answers)
    move.answer = {
        "case_id": case.id,
        "version": case.version + 1,
        "form": task.form,
        "item": task.item,
        "position_id": unit.actor.position_id if unit.actor else None,
        "at": unit.now,
        "data": answers,
    }
    digest = sha256(text).hexdigest()
    move.record(
        "task.completed", task=task.key, form=task.form, item=task.item, answers_sha256=digest, version=case.version + 1
    )
    move.run.complete(task.id, values)
    move.save()
    open_tasks = [t.id for t in move.run.open_tasks()] if case.status == "open" else []
    return Moved(case.id, case.version, case.status, open_tasks, _next_of(move, open_tasks))


def _next_of(move: Move, open_tasks: list[str]) -> str | None:
    """The first open task that the actor holds: what this move opened is known, the others are read."""
    tasks: dict[str, Any] = {row["id"]: SimpleNamespace(**row) for row in move.opened}
    if others := [id_ for id_ in open_tasks if id_ not in tasks]:
        tasks |= {task.id: task for task in move.session.scalars(sa.select(Task).where(Task.id.in_(others)))}
    actor = move.actor
    return next((id_ for id_ in open_tasks if actor and id_ in tasks and policy.holds_task(actor, tasks[id_])), None)


def cancel_case(system: System, case_id: int, reason: str, explanation: str, *, actor: Actor, now: datetime) -> None:
    """End a case by decision: nothing is deleted, its open children are cancelled with it."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        policy.require(actor, "case.cancel", case)
        if case.status != "open":
            raise Refused("Дело уже завершено.", advice="Завершённое дело не отменяют.")
        close(unit, case, reason, explanation)


def close(unit: Unit, case: Case, reason: str, explanation: str = "") -> None:
    """Cancel a locked case and its open children in the unit's transaction."""
    children = sa.select(Case).where(Case.parent_id == case.id, Case.status == "open").order_by(Case.id)
    for child in unit.session.scalars(for_update(children)).all():
        close(unit, child, reason, explanation)
    case.status, case.closed_at, case.changed_at, case.once_key = "cancelled", unit.now, unit.now, None
    case.version += 1
    case.outcome = reason[:60]
    rows.clear(unit.session, case.id)
    unit.session.flush()
    unit.record("case.cancelled", case.id, reason=reason, explanation=explanation)
    Move(unit, case, unit.system.pinned(unit.session, case)).finish("case.closed")


def pause_case(
    system: System, case_id: int, reason: str, basis: str, since: date, until: date, *, actor: Actor, now: datetime
) -> None:
    """Stop the clock of a case for some days: deadline rows and the engine's timers move together."""
    if until < since:
        raise Refused("Пауза кончается раньше, чем начинается.", advice="Проверьте даты.")
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        policy.require(actor, "case.pause", case)
        pause_locked(Move.load(unit, case), reason, basis, since, until)


def pause_locked(move: Move, reason: str, basis: str, since: date, until: date) -> None:
    """The same inside a move that is under way."""
    stop_clock(move, reason, basis, since, until)
    move.save()


def stop_clock(move: Move, reason: str, basis: str, since: date, until: date) -> None:
    """The same in a move that is saved by its caller."""
    position = move.actor.position_id if move.actor else None
    values = {"reason": reason, "basis": basis, "since": since, "until": until}
    move.session.add(Pause(case_id=move.case.id, position_id=position, created_at=move.now, **values))
    move.record("case.paused", reason=reason, basis=basis, since=since, until=until)
    deadlines.shift(move, since, until)


def claim(system: System, task_id: str, *, actor: Actor, now: datetime) -> None:
    """Take a task: others see who has it and cannot send it any more."""
    with unit_of(system, actor, now) as unit:
        move, task = _locked_task(unit, task_id)
        require_holder(unit.session, actor, move.case, task)
        if task.claimed_by is not None and task.claimed_by != actor.position_id:
            raise Conflict("Задачу уже взял другой сотрудник.", advice="Попросите его вернуть задачу или передать вам.")
        task.claimed_by = actor.position_id
        move.record("task.claimed", task=task.key)


def unclaim(system: System, task_id: str, *, actor: Actor, now: datetime) -> None:
    """Give a task back to everybody who may do it."""
    with unit_of(system, actor, now) as unit:
        move, task = _locked_task(unit, task_id)
        if task.claimed_by != actor.position_id and not _heads(actor, task):
            raise NotAllowed("Вернуть задачу может тот, кто её взял, или руководитель организации.")
        task.claimed_by = None
        move.record("task.unclaimed", task=task.key)


def assign(system: System, task_id: str, position_id: int, *, actor: Actor, now: datetime) -> None:
    """Hand a task to a colleague who can do it: by the head of the organisation, by who has the task, by the operator."""
    with unit_of(system, actor, now) as unit:
        move, task = _locked_task(unit, task_id)
        policy.require(actor, "task.assign", task)
        if not _could_do(move, task, position_id):
            raise Refused(
                "Этому сотруднику задачу передать нельзя: он не сможет её выполнить.",
                advice="Выберите того, кто сегодня работает в этой организации в нужной роли. "
                "Задачу, которая дана одному человеку, другому не передают.",
            )
        task.claimed_by = position_id
        move.record("task.assigned", task=task.key, to=position_id)


def _could_do(move: Move, task: Task, position_id: int) -> bool:
    """Whether the holder of a position may do the task today; who stands in for him is not asked."""
    position = move.session.get(Position, position_id)
    if position is None:
        return False
    held = actors.actors_of(move.session, position.person_id, move.today)
    return any(one.position_id == position_id and policy.could_hold_task(one, task) for one in held)


def _locked_task(unit: Unit, task_id: str) -> tuple[Move, Task]:
    """Lock the case of a task and the task: a task that ended while this one waited for the lock is not found."""
    found = unit.session.execute(LOCK_TASK, {"task": task_id}).one_or_none()
    if found is None:
        raise TaskNotOpen(DONE_ALREADY, advice="Откройте дело: там видно, кто и когда её выполнил.")
    require_acting(unit.session)
    case, task, *places = found
    move = Move.load(unit, case)
    move.places = places
    return move, task


def require_holder(session: Session, actor: Actor, case: Case, task: Task) -> None:
    """NotFound when the actor may not know of the task, NotAllowed when he may but is not its holder."""
    if policy.holds_task(actor, task):
        return
    if not policy.may(actor, "case.read", case):
        raise NotFound("Такой задачи нет.")
    raise NotAllowed("Эту задачу выполняет другой сотрудник.", advice="В деле видно, кто её исполнитель.")


def _heads(actor: Actor, task: Task) -> bool:
    return actor.head and actor.organisation_id == task.organisation_id
