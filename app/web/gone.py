"""A task that somebody else finished while its form was open here: who did it, and what was typed, so that nothing is lost.

The page of a form names its case and its form (`task_case`, `task_form`), because of a finished task no row is left.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.cases.models import Answer, Case, Task
from app.db import utcnow
from app.people import policy
from app.people.actor import Actor
from app.web import ru, task_forms
from app.web.formtools import said
from app.web.parts import people_of, system
from app.web.typed import number

CHOSEN = frozenset({"reference", "references", "files"})  # their words went with the task: only numbers were sent


def case_of(session: Session, actor: Actor, task_id: str) -> Case | None:
    """The case that a sent form says it belonged to, when the task is over and the case may be seen."""
    case = session.get(Case, number(request.form.get("task_case")) or 0)
    over = case is not None and session.get(Task, task_id) is None
    return case if case is not None and over and policy.may(actor, "case.read", case) else None


def page(session: Session, case: Case, actor: Actor, task_id: str) -> tuple[str, int]:
    """What happened to the task, then what was typed here."""
    key = request.form.get("task_form", "")
    title = forms.form_class(key).title if key in forms.KEYS else "Задача"
    answer = session.scalars(
        sa.select(Answer).where(Answer.case_id == case.id, Answer.form == key).order_by(Answer.id.desc()).limit(1)
    ).first()
    words = render_template(
        "tasks/gone.html",
        task={"id": task_id, "title": title},
        case={"url": url_for("cases.show", case_id=case.id), "title": case.title, "number": case.id},
        done=_done(session, answer, actor) if answer else None,
        typed=_typed(key) if key in forms.KEYS else [],
    )
    return words, 409


def _done(session: Session, answer: Answer, actor: Actor) -> str:
    """«Борова Е. К., сегодня, 12:52»."""
    who = people_of(session, [answer.position_id]).get(answer.position_id or 0, "")
    when = ru.moment(answer.at, utcnow(), system().profile(actor.region).zone)
    return ", ".join(part for part in (who, when) if part)


def _typed(key: str) -> list[dict[str, Any]]:
    """Label and words of everything that was written; what was chosen from lists is told where its words are known."""
    sent = MultiDict([(name, value) for name, value in task_forms.kept(request.form)["pairs"]])
    form = forms.form_class(key)(sent, context={})
    shown = [one for one in form if getattr(one, "kind", "") not in {"hidden", *CHOSEN} and not one.empty()]
    return [{"label": str(one.label.text), "value": said(one)} for one in shown if said(one)]
