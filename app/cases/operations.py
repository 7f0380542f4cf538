"""Operations on cases. Each is one transaction: lock → version → permission → facts → engine step → rows → journal → commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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

from app.cases import attached, deadlines
from app.cases.handlers import Asking
from app.cases.models import Case, Deadline, Pause, Task
from app.cases.move import Move, Proof, Unit, start
from app.cases.system import System
from app.errors import Conflict, NotAllowed, NotFound, Refused, StaleCase, TaskNotOpen
from app.people import actor as actors
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation, Position

DONE_ALREADY = "Эта задача уже выполнена."

# Locked in the order named, case first as everywhere; a locked row is read as it is after the wait. The subject and its
# parent come along: who does the next task is asked of them.
_PARENT = sa.orm.aliased(Organisation)
LOCK_TASK = (
    sa.select(Case, Task, Organisation, _PARENT)
    .join(Task, Task.case_id == Case.id)
    .join(Organisation, Organisation.id == Case.subject_id)
    .outerjoin(_PARENT, _PARENT.id == Organisation.parent_id)
    .where(Task.id == sa.bindparam("task"))
    .with_for_update(of=[Case, Task])
    .execution_options(populate_existing=True)
)
_CASE = sa.select(Case).where(Case.id == sa.bindparam("case"))
_LOCKED = _CASE.with_for_update()
_LOCKED_IF_FREE = (
    sa.select(Case)
    .where(Case.id.in_(sa.bindparam("cases", expanding=True)))
    .order_by(Case.id)
    .with_for_update(skip_locked=True)
)


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
    """A writing transaction whose events and letters are written last."""
    with system.db.write() as session:
        unit = Unit(system, session, now, actor)
        session.info["now"] = now
        yield unit
        unit.close()


def locked(session: Session, case_id: int) -> Case:
    """The case's row, locked; NotFound when there is none."""
    case = session.scalar(_LOCKED, {"case": case_id})
    if case is None:
        raise NotFound("Такого дела нет.")
    return case


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
        if actor is not None:
            _still(unit, actor)
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
        _still(unit, actor)
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


Word = tuple[str, Mapping[str, Any]]
"""A message to a case and the values it brings."""


def deliver(system: System, case_id: int, words: Callable[[Session], Iterable[Word]], *, now: datetime) -> int:
    """Wake a case by messages from others; returns how many moved it: none when it is closed or waits for nothing such.

    `words` is asked in the same transaction, the case's row locked: it marks as delivered what it names.
    """
    with unit_of(system, None, now) as unit:
        case = locked(unit.session, case_id)
        standing = list(words(unit.session))
        if case.status != "open" or not standing:
            return 0
        if system.pinned(unit.session, case).deaf(case.state, {message for message, _ in standing}):
            return 0
        move, moved, idle = Move.load(unit, case), 0, list[Word]()
        for message, values in standing:
            if case.status != "open":
                break
            if (message, values) in idle:  # asked a moment ago, and nothing has changed since
                continue
            if move.run.message(message, values) or move.run.dump() != case.state:
                move.record("message.delivered", message=message, values=dict(values))
                move.save()
                moved, idle = moved + 1, []
            else:
                idle.append((message, values))
        return moved


def wake(system: System, case_id: int, *, now: datetime) -> bool:
    """What is due in a case: its timers fire by the diagram, its ladder tells whom it names.

    False when nothing is due any more or another worker has the case in hand. RuntimeError when a row stays due although
    the engine has nothing to fire: the caller must not ask again at once.
    """
    with unit_of(system, None, now) as unit:
        session = unit.session
        case = session.scalar(_LOCKED_IF_FREE, {"cases": [case_id]})
        due = deadlines.due(session, [case_id], now).get(case_id) if case is not None else None
        if case is None or not due:
            return False
        if case.status != "open":
            session.execute(sa.delete(Deadline).where(Deadline.case_id == case_id))
            return True
        move = Move.load(unit, case)
        _climb(session, [(move, [row for row in due if row.kind != "timer"])])
        waiting = move.run.timers()
        fired = [timer.name for timer in waiting if timer.due <= now]
        if fired:
            move.record("timer.fired", timers=sorted(fired))
            move.run.tick()
            move.save()
        # a ladder that was climbed is due later: only a timer can stay, and not one that is waited for no more
        gone = {timer.id for timer in waiting} - {timer.id for timer in move.run.timers()}
        left = {row.ref for row in due if row.kind == "timer"} - gone
        if left and (stuck := left & {row.ref for row in deadlines.due(session, [case_id], now).get(case_id, ())}):
            raise RuntimeError(f"due by the row, not by the engine: {', '.join(sorted(stuck))}")
        return True


def climb(system: System, case_ids: Collection[int], *, now: datetime) -> set[int]:
    """Ladders that are due in several cases, in one transaction; ids of the cases that are done with.

    The others are for `wake`: those with a timer due, closed ones, those that another worker has in hand. Nothing but
    the rows of free cases and then the journal's head is locked, so no two of these can wait for each other.
    """
    with unit_of(system, None, now) as unit:
        cases = {case.id: case for case in unit.session.scalars(_LOCKED_IF_FREE, {"cases": list(case_ids)})}
        found = deadlines.due(unit.session, cases, now) if cases else {}
        ladders = [
            (Move.load(unit, cases[case_id]), due)
            for case_id, due in found.items()
            if cases[case_id].status == "open" and all(row.kind != "timer" for row in due)
        ]
        _climb(unit.session, ladders)
        return {move.case.id for move, _ in ladders}


def _climb(session: Session, ladders: Iterable[tuple[Move, Sequence[Any]]]) -> None:
    climbed = [row for move, due in ladders for row in deadlines.climb(move, due)]
    if climbed:
        deadlines.SET_RUNG.many(session, climbed)


def cancel_case(system: System, case_id: int, reason: str, explanation: str, *, actor: Actor, now: datetime) -> None:
    """End a case by decision: nothing is deleted, its open children are cancelled with it."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        _still(unit, actor)
        policy.require(actor, "case.cancel", case)
        if case.status != "open":
            raise Refused("Дело уже завершено.", advice="Завершённое дело не отменяют.")
        close(unit, case, reason, explanation)


def close(unit: Unit, case: Case, reason: str, explanation: str = "") -> None:
    """Cancel a locked case and its open children in the unit's transaction."""
    children = (
        sa.select(Case).where(Case.parent_id == case.id, Case.status == "open").order_by(Case.id).with_for_update()
    )
    for child in unit.session.scalars(children).all():
        close(unit, child, reason, explanation)
    case.status, case.closed_at, case.changed_at, case.once_key = "cancelled", unit.now, unit.now, None
    case.version += 1
    case.outcome = reason[:60]
    unit.session.execute(sa.delete(Task).where(Task.case_id == case.id))
    unit.session.execute(sa.delete(Deadline).where(Deadline.case_id == case.id))
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
        _still(unit, actor)
        policy.require(actor, "case.pause", case)
        pause_locked(Move.load(unit, case), reason, basis, since, until)


def pause_locked(move: Move, reason: str, basis: str, since: date, until: date) -> None:
    """The same inside a move that is under way."""
    position = move.actor.position_id if move.actor else None
    values = {"reason": reason, "basis": basis, "since": since, "until": until}
    move.session.add(Pause(case_id=move.case.id, position_id=position, created_at=move.now, **values))
    move.record("case.paused", reason=reason, basis=basis, since=since, until=until)
    deadlines.shift(move, since, until)
    move.save()


def claim(system: System, task_id: str, *, actor: Actor, now: datetime) -> None:
    """Take a task: others see who has it and cannot send it any more."""
    with unit_of(system, actor, now) as unit:
        move, task = _locked_task(unit, task_id)
        _still(unit, actor)
        require_holder(unit.session, actor, move.case, task)
        if task.claimed_by is not None and task.claimed_by != actor.position_id:
            raise Conflict("Задачу уже взял другой сотрудник.", advice="Попросите его вернуть задачу или передать вам.")
        task.claimed_by = actor.position_id
        move.record("task.claimed", task=task.key)


def unclaim(system: System, task_id: str, *, actor: Actor, now: datetime) -> None:
    """Give a task back to everybody who may do it."""
    with unit_of(system, actor, now) as unit:
        move, task = _locked_task(unit, task_id)
        _still(unit, actor)
        if task.claimed_by != actor.position_id and not _heads(actor, task):
            raise NotAllowed("Вернуть задачу может тот, кто её взял, или руководитель организации.")
        task.claimed_by = None
        move.record("task.unclaimed", task=task.key)


def assign(system: System, task_id: str, position_id: int, *, actor: Actor, now: datetime) -> None:
    """Hand a task to a colleague of the same organisation: by its head, or by who has the task."""
    with unit_of(system, actor, now) as unit:
        move, task = _locked_task(unit, task_id)
        _still(unit, actor)
        policy.require(actor, "task.assign", task)
        position = unit.session.get(Position, position_id)
        if (
            position is None
            or position.organisation_id != task.organisation_id
            or position.role not in task.role.split("|")
        ):
            raise Refused("Этому сотруднику задачу передать нельзя: у него нет нужной роли в организации.")
        task.claimed_by = position_id
        move.record("task.assigned", task=task.key, to=position_id)


def _locked_task(unit: Unit, task_id: str) -> tuple[Move, Task]:
    """Lock the case of a task and the task: a task that ended while this one waited for the lock is not found."""
    found = unit.session.execute(LOCK_TASK, {"task": task_id}).one_or_none()
    if found is None:
        raise TaskNotOpen(DONE_ALREADY, advice="Откройте дело: там видно, кто и когда её выполнил.")
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


def _still(unit: Unit, actor: Actor) -> None:
    """The actor's position and substitution are read again under the lock."""
    if not actors.still_holds(unit.session, actor, unit.now):
        raise NotAllowed(
            "Ваша должность или замещение больше не действуют.", advice="Выберите другую должность или войдите заново."
        )
