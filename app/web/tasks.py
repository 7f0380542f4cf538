"""Мои задачи: the work list, a task's form, drafts, claiming and handing over."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.access import current_actor, requires, signed_in
from app.cases import drafts, operations, queries
from app.cases.handlers import Asking
from app.cases.models import Task
from app.db import utcnow
from app.errors import BadInput, DomainError, StaleCase, TaskNotOpen, TooMany
from app.people import policy
from app.people.actor import Actor
from app.web import conflicts, elsewhere, formtools, gone, ru, task_forms, task_page
from app.web.parts import KINDS, due_of, people_of, places_of, system
from app.web.task_forms import Sheet
from app.web.typed import number
from forms.values import lower_first

bp = Blueprint("tasks", __name__)
CHIPS = (("all", "Все"), ("overdue", "Просроченные"), ("mine", "Взятые мной"))


@bp.get("/tasks")
@requires("task.read")
def index() -> Any:
    actor, now = current_actor(), utcnow()
    show = request.args.get("show", "all")
    with system().db.glance() as session:
        page = queries.worklist(session, system(), actor, now, show=show, cursor=request.args.get("cursor"))
        names = people_of(session, [row.claimed_by for row in page.rows])
        places = places_of(session, [row.organisation_id for row in page.rows])
        beside = elsewhere.waiting(session, actor, now)
    rows = [_row(row, actor, now, names, places) for row in page.rows]
    late = [row for row in rows if row["due"] and row["due"]["state"] == "late"]
    rest = [row for row in rows if row not in late]
    groups = [("late", "Просрочены", late, True), ("open", "В работе", rest, False)]
    more = url_for("tasks.index", show=show, cursor=page.cursor) if page.cursor else ""
    return render_template(
        "tasks/list.html",
        summary=_summary(page.total, len(late)),
        chips=[{"title": t, "url": url_for("tasks.index", show=k), "current": k == show} for k, t in CHIPS],
        beside=beside,
        groups=[{"key": k, "title": t, "tasks": tasks, "late": is_late} for k, t, tasks, is_late in groups if tasks],
        total=page.total,
        shown=len(rows),
        next_url=more,
        left=max(page.total - len(rows), 0) if more and not request.args.get("cursor") else None,
        actions=[{"value": "claim", "title": "Взять"}],
        empty=_empty(show),
    )


def _summary(total: int, late: int) -> str:
    word = ru.counted(total, "задача", "задачи", "задач")
    return f"{word}, из них просрочено: {late}." if late else f"{word}."


def _empty(show: str) -> dict[str, Any]:
    if show == "all":
        why = "Задачи появляются здесь, когда дело доходит до шага вашей должности. Письмо об этом придёт по почте."
        return {
            "heading": "Сейчас от вас ничего не ждут",
            "why": why,
            "next": "",
            "links": [{"title": "Дела", "url": "/cases"}],
        }
    links = [{"title": "Все задачи", "url": "/tasks"}]
    return {"heading": "По этому отбору задач нет", "why": "Посмотрите все задачи.", "next": "", "links": links}


def _row(
    row: queries.TaskLine, actor: Actor, now: Any, names: dict[int, str], places: dict[int, str]
) -> dict[str, Any]:
    where = row.subject if row.kind in ("support_cycle", "objection", "social_passport") else row.case_title
    taken = names.get(row.claimed_by or 0)
    return {
        "id": row.id,
        "url": url_for("tasks.show", task_id=row.id),
        "name": row.name,
        "where": where,
        "stage": KINDS.get(row.kind, ""),
        "due": due_of(actor.region, row.due_at, now),
        "others": taken or places.get(row.organisation_id, ""),
        "bulk": row.claimed_by is None,
    }


@bp.post("/tasks")
@requires("task.claim")
def bulk() -> Any:
    """Take the tasks marked in the list; each is taken or refused by itself."""
    actor, now, taken = current_actor(), utcnow(), 0
    for task_id in request.form.getlist("task"):
        try:
            operations.claim(system(), task_id, actor=actor, now=now)
            taken += 1
        except DomainError as refusal:
            flash(refusal.message, "warning")
    if taken:
        flash(f"Взято задач: {taken}.", "success")
    return redirect(url_for("tasks.index"), 303)


@bp.get("/tasks/<task_id>")
@requires("task.read")
def show(task_id: str) -> Any:
    actor, now = current_actor(), utcnow()
    with system().db.glance() as session:
        if (other := _in_another_position(session, actor, task_id, now)) is not None:
            return render_template("tasks/elsewhere.html", **other)
        task, case, draft = queries.visible_sheet(session, actor, task_id)
        if not policy.holds_task(actor, task):
            return redirect(url_for("cases.show", case_id=case.id), 303)
        sheet = task_forms.lay_out(session, system(), task, case, drafts.saved(draft), actor, now)
        return task_page.page(session, sheet, sheet.blank(), actor)


def _in_another_position(session: Session, actor: Actor, task_id: str, now: Any) -> dict[str, Any] | None:
    """The task's name and the person's position that it is put before, when it is not the present one."""
    if (signed := signed_in()) is None or signed.alone:
        return None
    task = session.get(Task, task_id)
    if task is None or policy.holds_task(actor, task):
        return None
    found = elsewhere.holder_of(session, actor, task, now)
    return {"name": task.name, "other": found, "here": actor.title} if found else None


@bp.post("/tasks/<task_id>")
@requires("task.complete")
def act(task_id: str) -> Any:
    """Every button of the form: send, save, a table's row, a file, the choice after a conflict."""
    actor, do = current_actor(), request.form.get("do", "stay")
    with system().db.glance() as session:
        if (over := gone.case_of(session, actor, task_id)) is not None:
            return gone.page(session, over, actor, task_id)
        task, case, draft = queries.visible_sheet(session, actor, task_id)
        operations.require_holder(session, actor, case, task)
        sheet = task_forms.lay_out(session, system(), task, case, drafts.saved(draft), actor, utcnow())
    try:
        data = _arrived(sheet, actor)
    except BadInput as refusal:
        return _refuse(sheet, sheet.sent(MultiDict(request.form)), MultiDict(request.form), actor, refusal)
    if do == "send":
        return _send(sheet, data, actor)
    if do == "choose" and sheet.draft is not None:
        data = task_forms.chosen(data, task_forms.pairs(sheet.draft.data))
    if do in ("save", "stay", "keep-mine", "choose"):
        return _keep(sheet, data, actor, leave=do == "save")
    if do == "merge":
        return _merge(sheet, data, actor)
    if do == "take-theirs":
        return redirect(url_for("tasks.show", task_id=task_id), 303)
    form = formtools.pressed(sheet.sent, data, do)
    with system().db.read() as session:
        return task_page.page(session, sheet, form, actor, fresh=True)


def _arrived(sheet: Sheet, actor: Actor) -> MultiDict[str, str]:
    """What was sent, its files kept and named by their ids."""
    if any(upload.filename for upload in request.files.values()):
        with system().db.write() as session:
            return task_forms.take_files(session, system(), sheet, actor, utcnow())
    return MultiDict(request.form)


def _send(sheet: Sheet, data: MultiDict[str, str], actor: Actor) -> Any:
    form = sheet.sent(data)
    refusal: DomainError | None = None
    if (newer := _newer(sheet, actor)) is not None:
        with system().db.read() as session:
            return task_page.page(session, sheet, form, actor, conflict=newer), 409
    if form.validate():
        try:
            proof = task_forms.proof_of(system().db, actor, utcnow()) if _signs(sheet, form, actor) else None
            moved = operations.complete_task(
                system(),
                sheet.task.id,
                form.answers(),
                form.routing(),
                actor=actor,
                now=utcnow(),
                seen=_seen(),
                proof=proof,
            )
        except TaskNotOpen:
            return _gone(sheet, actor)
        except DomainError as error:
            refusal = error
        else:
            return _done(sheet, moved, actor)
    return _refuse(sheet, form, data, actor, refusal)


def _gone(sheet: Sheet, actor: Actor) -> Any:
    """Somebody else was a moment earlier."""
    with system().db.read() as session:
        if (over := gone.case_of(session, actor, sheet.task.id)) is not None:
            return gone.page(session, over, actor, sheet.task.id)
    raise TaskNotOpen(operations.DONE_ALREADY, advice="Откройте дело: там видно, кто и когда её выполнил.")


def _newer(sheet: Sheet, actor: Actor) -> drafts.NewerDraft | None:
    """A colleague's draft saved after this page was laid out: sending now would throw his work away."""
    if "draft_version" not in request.form or sheet.draft is None or sheet.draft.person == actor.name:
        return None
    return drafts.NewerDraft(sheet.draft) if sheet.draft.version != number(request.form["draft_version"]) else None


def _refuse(
    sheet: Sheet, form: forms.CaseForm, data: MultiDict[str, str], actor: Actor, why: DomainError | None
) -> Any:
    """The page again with what is wrong; what was typed stays in the draft."""
    try:
        _save_draft(sheet, data, actor)
    except drafts.NewerDraft as newer:
        with system().db.read() as session:
            return task_page.page(session, sheet, form, actor, conflict=newer), 409
    words = f"{why.message} {why.advice}".strip() if why else ""
    with system().db.read() as session:
        page = task_page.page(session, sheet, form, actor, refusal=words, fresh=True)
    return page, why.status if isinstance(why, StaleCase | TooMany) else 422


def _signs(sheet: Sheet, form: forms.CaseForm, actor: Actor) -> bool:
    """Whether these answers sign something."""
    show = system().handlers.signed.get(sheet.task.form)
    if show is None:
        return False
    with system().db.read() as session:
        ask = Asking(session, system(), sheet.case, sheet.task, actor, utcnow())
        return show(ask, form.answers()) is not None


def _seen() -> int | None:
    return number(request.form.get("version"))


def _done(sheet: Sheet, moved: operations.Moved, actor: Actor) -> Any:
    """To my next task in this case, else to the case."""
    flash(f"Отправлено: {lower_first(sheet.task.name)}.", "success")
    flash(str(sheet.task.id), "sent")
    if moved.mine:
        return redirect(url_for("tasks.show", task_id=moved.mine), 303)
    readable = sheet.case.region == actor.region  # who has answered in a case of his region may read it
    return redirect(url_for("cases.show", case_id=moved.case_id) if readable else url_for("tasks.index"), 303)


def _keep(sheet: Sheet, data: MultiDict[str, str], actor: Actor, *, leave: bool) -> Any:
    try:
        _save_draft(sheet, data, actor, force=request.form.get("do") in ("keep-mine", "choose"))
    except drafts.NewerDraft as newer:
        with system().db.read() as session:
            return task_page.page(session, sheet, sheet.sent(data), actor, conflict=newer), 409
    flash("Черновик сохранён.", "success")
    flash(str(sheet.task.id), "sent")
    return redirect(url_for("tasks.index") if leave else url_for("tasks.show", task_id=sheet.task.id), 303)


def _merge(sheet: Sheet, data: MultiDict[str, str], actor: Actor) -> Any:
    """Both drafts joined over the one they began from; nothing is saved until the merged page is."""
    with system().db.read() as session:
        base = drafts.version(session, sheet.task.id, number(request.form.get("draft_version")) or 0)
        mine = [pair for pair in data.items(multi=True) if pair[0] not in task_forms.SERVICE]
        theirs = sheet.draft.data["pairs"] if sheet.draft else []
        merged, disputed = conflicts.merge(base["pairs"] if base else [], mine, theirs)
        merged = task_forms.chosen(merged, task_forms.pairs({"pairs": theirs}))
        words = ru.counted(len(disputed), "место изменили", "места изменили", "мест изменили")
        said = f" {words} вы оба: там оставлен ваш текст." if disputed else ""
        flash(f"Редакции объединены.{said} Проверьте и сохраните.", "success")
        return task_page.page(session, sheet, sheet.sent(merged), actor)


def _save_draft(sheet: Sheet, data: MultiDict[str, str], actor: Actor, *, force: bool = False) -> None:
    """`force`: after a comparison, over the very draft that was compared with and nothing newer."""
    seen = number(request.form.get("compared" if force else "draft_version")) or 0
    kept = task_forms.kept(data)
    sheet.draft = drafts.save(system().db, sheet.task.id, kept, seen=seen, actor=actor, now=utcnow())


@bp.post("/tasks/<task_id>/draft")
@requires("draft.write")
def draft(task_id: str) -> Any:
    """What is typed, saved as it is typed; 409 when a colleague saved a newer one."""
    actor = current_actor()
    zone = system().profile(actor.region).zone
    try:
        seen = number(request.form.get("draft_version")) or 0
        saved = drafts.save(system().db, task_id, task_forms.typed(), seen=seen, actor=actor, now=utcnow())
    except drafts.NewerDraft as newer:
        return jsonify(message=newer.message, url=url_for("tasks.show", task_id=task_id)), 409
    except TaskNotOpen as over:
        case = number(request.form.get("task_case"))
        page = url_for("cases.show", case_id=case) if case else url_for("tasks.index")
        return jsonify(message=f"{over.message} Введённое останется на этой странице.", page=page), 409
    return jsonify(version=saved.version, saved=ru.clock(saved.saved_at, zone))


@bp.post("/tasks/<task_id>/claim")
@requires("task.claim")
def claim(task_id: str) -> Any:
    operations.claim(system(), task_id, actor=current_actor(), now=utcnow())
    flash("Задача взята: теперь её отправите вы.", "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@bp.post("/tasks/<task_id>/unclaim")
@requires("task.claim")
def unclaim(task_id: str) -> Any:
    operations.unclaim(system(), task_id, actor=current_actor(), now=utcnow())
    flash("Задача возвращена: её может взять любой из коллег.", "success")
    return redirect(url_for("tasks.index"), 303)
