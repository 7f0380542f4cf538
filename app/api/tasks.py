"""Tasks: lists, a task with its form, taking and handing over, completing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response, request
from sqlalchemy.orm import Session

import forms
from app.access import current_actor, requires
from app.api import rows, schemas, sheets, uploads
from app.api.contract import respond
from app.api.idempotency import HEADER, Once
from app.api.parts import endpoint, system
from app.api.problems import VersionMismatch
from app.api.signing import proof_of
from app.cases import operations, queries
from app.cases.models import Case, Task
from app.cases.operations import Moved
from app.db import utcnow
from app.errors import StaleCase, TaskNotOpen
from app.files import attach
from app.people import policy
from app.people.actor import Actor

TAG = "Задачи"
TASK = "/tasks/{task_id}"
FORM = ("If-Match", HEADER)


@endpoint("GET", "/tasks", tag=TAG, query=schemas.TaskQuery, answer=schemas.TaskPage)
@requires("task.read")
def list_tasks(query: schemas.TaskQuery) -> schemas.TaskPage:
    """Открытые задачи: ваши и тех дел, которые вам видны; срочные первыми."""
    mine, overdue = query.mine == "1", query.overdue == "1"
    with system().db.read() as session:
        return rows.task_page(
            session, system(), current_actor(), utcnow(), mine=mine, overdue=overdue, cursor=query.cursor
        )


@endpoint("GET", TASK, tag=TAG, answer=schemas.TaskDetail, gives=("ETag",))
@requires("task.read")
def show_task(task_id: str) -> Response:
    """Задача; исполнителю – с формой, заполненными значениями и отпечатком для подписи."""
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        task, case = queries.visible_task(session, actor, task_id)
        card = system().pinned(session, case).tasks.get(task.key)
        held: dict[str, Any] = {"fields": None, "facts": {}, "draft": None, "shown": None}
        if policy.holds_task(actor, task):
            held = sheets.described(sheets.lay_out(session, system(), task, case, actor, now))
        line = rows.tasks(session, actor, [task], now)[0]
    form = forms.form_class(task.form)
    words: dict[str, Any] = {"title": form.title, "lead": form.lead, "submit": form.submit_label}
    drawn: dict[str, Any] = {"help": card.documentation if card else "", "basis": (card.basis or "") if card else ""}
    detail = schemas.TaskDetail(**dict(line), **words, **drawn, **held)
    return respond(detail, ETag=f'"{task.version}"')


@endpoint("POST", TASK + "/claim", tag=TAG, answer=schemas.TaskOut, refuses=(409,))
@requires("task.claim")
def claim_task(task_id: str) -> schemas.TaskOut:
    """Взять задачу."""
    return _changed(task_id, operations.claim)


@endpoint("POST", TASK + "/unclaim", tag=TAG, answer=schemas.TaskOut, refuses=(409,))
@requires("task.claim")
def unclaim_task(task_id: str) -> schemas.TaskOut:
    """Вернуть задачу всем, кто может её сделать."""
    return _changed(task_id, operations.unclaim)


@endpoint("POST", TASK + "/assign", tag=TAG, body=schemas.Handover, answer=schemas.TaskOut, refuses=(409,))
@requires("task.assign")
def assign_task(task_id: str, body: schemas.Handover) -> schemas.TaskOut:
    """Передать задачу сотруднику той же организации."""
    return _changed(task_id, operations.assign, body.position)


def _changed(task_id: str, change: Callable[..., None], *more: Any) -> schemas.TaskOut:
    """Change a task that the actor may know of; the task as it is after that, also when it is no longer his."""
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        queries.visible_task(session, actor, task_id)
    change(system(), task_id, *more, actor=actor, now=now)
    with system().db.read() as session:
        task = session.get(Task, task_id)
        if task is None:
            raise TaskNotOpen(operations.DONE_ALREADY)
        return rows.tasks(session, actor, [task], now)[0]


@endpoint("POST", TASK + "/files", tag=TAG, files=True, answer=schemas.StoredList, status=201, refuses=(409,))
@requires("file.write")
def attach_files(task_id: str) -> schemas.StoredList:
    """Приложить файлы к задаче: их номера называют в полях формы вида files."""
    actor, now, sent = current_actor(), utcnow(), uploads.taken()
    with system().db.write() as session:
        task, case = queries.visible_task(session, actor, task_id)
        operations.require_holder(session, actor, case, task)
        whose: dict[str, Any] = {"case_id": case.id, "task_id": task.id, "person_id": actor.person_id, "now": now}
        kept = [attach(session, system().files, upload, **whose) for upload in sent]
        return schemas.StoredList(files=[schemas.StoredOut.model_validate(row) for row in kept])


@endpoint(
    "POST",
    TASK + "/complete",
    tag=TAG,
    body=schemas.Completion,
    answer=schemas.Completed,
    headers=FORM,
    refuses=(409, 412, 429),
)
@requires("task.complete")
def complete_task(task_id: str, body: schemas.Completion) -> Response:
    """Выполнить задачу: ответы проверяются теми же правилами, что и на странице."""
    actor = current_actor()
    once = Once.of_request(system(), actor)
    return once.run(lambda: _complete(task_id, body, once, actor, utcnow()))


def _complete(task_id: str, body: schemas.Completion, once: Once, actor: Actor, now: datetime) -> Response:
    with system().db.read() as session:
        task, case = queries.visible_task(session, actor, task_id)
        operations.require_holder(session, actor, case, task)
        _check_version(task.version)
        sheet = sheets.lay_out(session, system(), task, case, actor, now)
        form = sheet.filled(body.answers)
        signs = sheet.shown(form.answers()) is not None
    sent: Mapping[str, Any] = {
        "answers": form.answers(),
        "routing": form.routing(),
        "proof": proof_of(system().db, actor, body.proof, now) if signs and body.proof else None,
        "seen": task.version,
    }
    answers: list[schemas.Completed] = []

    def note(session: Session, moved: Moved) -> None:
        answers.append(_completed(session, actor, moved, now))
        once.keep(session, answers[0], 200, now)

    try:
        operations.complete_task(system(), task_id, **sent, actor=actor, now=now, note=note)
    except StaleCase:
        _check_again(task_id)
        raise
    return respond(answers[0])


def _completed(session: Session, actor: Actor, moved: Moved, now: datetime) -> schemas.Completed:
    session.flush()
    case = session.get_one(Case, moved.case_id)
    found = session.scalars(sa.select(Task).where(Task.id.in_(moved.open_tasks)).order_by(Task.due_at, Task.id)).all()
    if not policy.may(actor, "case.read", case):
        found = [task for task in found if policy.holds_task(actor, task)]
    return schemas.Completed(
        case=rows.case_ref(case), version=moved.version, tasks=rows.tasks(session, actor, found, now)
    )


def _check_version(version: int) -> None:
    """VersionMismatch when If-Match names versions and this one is not among them."""
    named = request.headers.get("If-Match")
    if named is None or named.strip() == "*":
        return
    if str(version) not in {one.strip().strip('"') for one in named.split(",")}:
        raise VersionMismatch(
            "Задача изменилась с тех пор, как вы её прочли.", advice="Прочтите задачу заново и отправьте с новым ETag."
        )


def _check_again(task_id: str) -> None:
    """The task may have changed between the check and the lock."""
    with system().db.read() as session:
        version = session.scalar(sa.select(Task.version).where(Task.id == task_id))
    if version is not None:
        _check_version(version)
