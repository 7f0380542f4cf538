"""The questionnaire of a school as a table: the template out, a filled one in as the draft of the form."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import drafts, operations, queries
from app.cases.models import Case, Task
from app.db import utcnow
from app.diagnostics import twin
from app.diagnostics.instruments import Instrument
from app.diagnostics.surveys import instrument_of
from app.errors import NotFound
from app.people.actor import Actor
from app.people.models import Organisation
from app.web import ru, task_forms
from app.web.cases import XLSX
from app.web.parts import system
from forms import as_formdata
from forms.questions import NAME

bp = Blueprint("twins", __name__)
FORM = "survey_fill"


def _asked(session: Session, actor: Actor, task_id: str) -> tuple[Task, Case, Instrument, str]:
    """The task of the school's questionnaire for its holder, with the version of the instrument it began with."""
    task, case, _ = queries.visible_sheet(session, actor, task_id)
    operations.require_holder(session, actor, case, task)
    if task.form != FORM:
        raise NotFound("У этой задачи нет таблицы.")
    return task, case, instrument_of(session, case), session.get_one(Organisation, case.subject_id).short_name


@bp.get("/surveys/tasks/<task_id>/table.xlsx")
@requires("task.complete")
def template(task_id: str) -> Response:
    """The questions with what is filled in already: last year's answers, or the draft's over them."""
    actor = current_actor()
    with system().db.read() as session:
        task, case, instrument, place = _asked(session, actor, task_id)
        saved = drafts.read(session, task_id)
        sheet = task_forms.lay_out(session, system(), task, case, saved, actor, utcnow())
        made = twin.template(instrument, place, sheet.blank().sheet())  # type: ignore[attr-defined]
    name = f"{instrument.title} – {place}.xlsx"
    return send_file(BytesIO(made), mimetype=XLSX, as_attachment=True, download_name=name)


@bp.post("/surveys/tasks/<task_id>/table")
@requires("task.complete")
def upload(task_id: str) -> Any:
    """A filled table becomes the draft of the form; with one wrong cell nothing of it is taken."""
    actor, back = current_actor(), url_for("tasks.show", task_id=task_id)
    with system().db.read() as session:
        _, _, instrument, place = _asked(session, actor, task_id)
        standing = drafts.read(session, task_id)
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        flash("Выберите файл с таблицей.", "warn")
        return redirect(back, 303)
    found = twin.read(sent.read(twin.MOST_BYTES + 1), instrument)
    if found.wrong or not found.answers:
        return render_template("tasks/wrong.html", name=sent.filename, wrong=found.wrong, back=back, place=place), 422
    data = as_formdata({f"{NAME}{code}": answer for code, answer in found.answers.items()})
    pairs = [[name, text] for name in data for text in data.getlist(name)]
    seen = standing.version if standing else 0
    drafts.save(system().db, task_id, {"pairs": pairs}, seen=seen, actor=actor, now=utcnow())
    words = ru.counted(len(found.answers), "ответ", "ответа", "ответов")
    flash(f"Таблица прочитана: {words}. Проверьте и отправьте форму: до этого ничего не записано.", "ok")
    return redirect(back, 303)
