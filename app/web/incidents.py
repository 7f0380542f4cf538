"""Incidents: what the system could not do by itself, why, and «try again»."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app import journal
from app.access import current_actor, requires
from app.cases.models import Case
from app.db import utcnow
from app.errors import NotFound
from app.outbox import incidents
from app.outbox.models import Message
from app.people import policy
from app.people.actor import Actor
from app.web import ru
from app.web.parts import system
from app.web.typed import number

bp = Blueprint("incidents", __name__)
WHAT = {
    "mail": "Разослать письма",
    "letter": "Отправить письмо",
    "render": "Изготовить PDF документа",
    "wake": "Передать сообщение делу",
    "due": "Проверить сроки дела",
    "left": "Передать работу ушедшего сотрудника",
    "stuck": "Дело остановилось",
}
"""What was to be done, by the topic of the message."""


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    """Incidents of the actor's region; those that belong to no case are the installation's, its administrator's."""
    own = Message.case_id.in_(sa.select(Case.id).where(Case.region == actor.region))
    return sa.or_(own, Message.case_id.is_(None)) if actor.role == "administrator" else own


@bp.get("/incidents")
@requires("incident.read")
def index() -> Any:
    """Incidents that wait for a person, the newest first."""
    actor = current_actor()
    with system().db.read() as session:
        found = incidents.standing(session, _mine(actor))
        titles = _titles(session, found) if policy.may(actor, "case.read") else {}
    rows = [
        {
            "id": row.id,
            "what": WHAT.get(row.topic, row.topic),
            "reason": row.error or "",
            "at": row.failed_at,
            "attempts": row.attempts,
            "case": titles.get(row.case_id, f"Дело № {row.case_id}") if row.case_id else "",
            "url": url_for("cases.show", case_id=row.case_id) if row.case_id in titles else "",
        }
        for row in found
    ]
    return render_template(
        "incidents/list.html", rows=rows, summary=ru.counted(len(rows), "сбой", "сбоя", "сбоев") + "." if rows else ""
    )


def _titles(session: Session, found: Any) -> dict[int, str]:
    cases = sa.select(Case.id, Case.title).where(Case.id.in_({row.case_id for row in found} - {None}))
    return {key: title for key, title in session.execute(cases)}


@bp.post("/incidents/retry")
@requires("incident.retry")
def retry() -> Any:
    """The message is due again, with all its attempts; who asked for it stands in the journal."""
    actor, now, wanted = current_actor(), utcnow(), number(request.form.get("incident")) or 0
    with system().db.write() as session:
        row = session.scalar(sa.select(Message).where(Message.id == wanted, _mine(actor)))
        if row is None:
            raise NotFound("Такого сбоя нет.", advice="Обновите список: возможно, он уже устранён.")
        incidents.retry(session, row.id, now)
        facts = {"message": row.key, "topic": row.topic, "reason": (row.error or "")[:500]}
        journal.append(session, "incident.retried", facts, case_id=row.case_id, actor=actor, at=now)
    flash("Система попробует ещё раз. Если не получится, сбой появится в списке снова.", "ok")
    return redirect(url_for("incidents.index"), 303)
