"""Another expert instead of one who is late."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import queries
from app.cases.models import Case
from app.db import utcnow
from app.diagnostics import replacing
from app.errors import NotFound
from app.people.actor import Actor
from app.web.parts import due_of, system
from app.web.typed import line, number

bp = Blueprint("experts", __name__)
LONGEST = 1000


def offers(session: Session, actor: Actor, case: Case, tasks: Any, now: Any) -> list[dict[str, str]]:
    """What the organiser may do about cards that are late; nothing is asked while none is."""
    waiting = any(row.Task.form == replacing.FORM and row.Task.due_at and row.Task.due_at < now for row in tasks)
    if not waiting or not replacing.may_replace(session, system(), actor, case, now):
        return []
    return [
        {
            "url": url_for("experts.replace", case_id=case.id, row=one.row),
            "text": f"Заменить эксперта: {one.name}",
        }
        for one in replacing.late(session, case.id, now)
    ]


@bp.route("/cases/<int:case_id>/experts/<int:row>", methods=["GET", "POST"])
@requires("task.assign")
def replace(case_id: int, row: int) -> Any:
    """Who looks instead, and why; the new expert gets the whole term."""
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        found = next((one for one in replacing.late(session, case.id, now) if one.row == row), None)
        if found is None or not replacing.may_replace(session, system(), actor, case, now):
            raise NotFound("Просроченной экспертной карты здесь нет.")
        people = replacing.candidates(session, system(), case, now)
    chosen, reason = number(request.form.get("expert")), line(request.form.get("reason"))[:LONGEST]
    sent = request.method == "POST"
    if sent and chosen in people and reason and request.form.get("no_conflict"):
        replacing.replace(system(), case_id, row, chosen, reason, actor=actor, now=now)
        flash("Эксперт заменён, срок карты начался заново.", "ok")
        return redirect(url_for("cases.show", case_id=case_id), 303)
    page = render_template(
        "diagnoses/replace.html",
        case={"title": case.title, "url": url_for("cases.show", case_id=case.id)},
        crumbs=[(case.title, url_for("cases.show", case_id=case.id))],
        late={"name": found.name, "due": due_of(case.region, found.due_at, now)},
        people=people,
        chosen=chosen,
        reason=reason,
        confirmed=bool(request.form.get("no_conflict")),
        sent=sent,
    )
    return (page, 422) if sent else page
