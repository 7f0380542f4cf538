"""Pausing a case: days that do not count, with their reason and basis."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.access import current_actor, requires
from app.cases import operations, queries
from app.db import utcnow
from app.people import policy
from app.web.parts import system
from app.web.typed import line

bp = Blueprint("pauses", __name__)
LONGEST_BASIS = 500
REASONS = (
    ("holidays", "каникулы"),
    ("quarantine", "карантин"),
    ("emergency", "чрезвычайная ситуация"),
    ("staff", "кадровые изменения"),
    ("document", "ожидание документа"),
    ("court", "судебный спор"),
)


@bp.route("/cases/<int:case_id>/pause", methods=["GET", "POST"])
@requires("case.pause")
def pause(case_id: int) -> Any:
    """Ask for reason, basis and days; move every running term of the case."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        policy.require(actor, "case.pause", case)
    typed = {name: line(request.form.get(name)) for name in ("reason", "basis", "since", "until")}
    errors, days = _checked(typed) if request.method == "POST" else ({}, None)
    if days is None:
        page = render_template("cases/pause.html", case=case, reasons=REASONS, typed=typed, errors=errors)
        return page, 422 if errors else 200
    since, until = days
    operations.pause_case(system(), case_id, typed["reason"], typed["basis"], since, until, actor=actor, now=utcnow())
    flash("Дело на паузе: сроки передвинуты.", "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _checked(typed: dict[str, str]) -> tuple[dict[str, str], tuple[date, date] | None]:
    errors, days = {}, {}
    if not typed["basis"]:
        errors["basis"] = "Назовите основание: приказ, письмо."
    elif len(typed["basis"]) > LONGEST_BASIS:
        errors["basis"] = f"Не больше {LONGEST_BASIS} знаков."
    if typed["reason"] not in dict(REASONS):
        typed["reason"] = REASONS[0][0]
    for name in ("since", "until"):
        try:
            days[name] = datetime.strptime(typed[name], "%d.%m.%Y").date()  # noqa: DTZ007 - a calendar day
        except ValueError:
            errors[name] = "Впишите день, например 09.11.2026."
    if not errors and days["until"] < days["since"]:
        errors["until"] = "Пауза кончается раньше, чем начинается."
    return errors, None if errors else (days["since"], days["until"])
