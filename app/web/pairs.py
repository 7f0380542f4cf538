"""Stopping a mentor pair that works."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.access import current_actor, requires
from app.cases import queries
from app.db import utcnow
from app.errors import NotAllowed
from app.programmes import pair_work
from app.web.parts import system

bp = Blueprint("pairs", __name__)


@bp.route("/pairs/<int:case_id>/stop", methods=["GET", "POST"])
@requires("task.complete")
def stop(case_id: int) -> Any:
    """One of the two or the head of the school wants to stop: the form of stopping is put before him."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        if not pair_work.may_stop(session, actor, case):
            raise NotAllowed(
                "Прекратить работу пары могут наставник, наставляемый и директор школы, пока идут встречи."
            )
    if request.method == "GET":
        return render_template("pairs/stop.html", title=case.title, case_id=case_id)
    task = pair_work.ask_to_stop(system(), case_id, actor=actor, now=utcnow())
    if task is None:
        flash("Записано. Решение о прекращении – в деле.", "success")
        return redirect(url_for("cases.show", case_id=case_id), 303)
    return redirect(url_for("tasks.show", task_id=task), 303)
