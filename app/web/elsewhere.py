"""Who holds several positions sees in each what waits in the others, and gets from a task to the one that it is for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.access import access, signed_in
from app.cases import queries
from app.cases.models import Task
from app.people import policy
from app.people.actor import Actor, actors_of
from app.web import ru
from app.web.parts import places_of, system


def others(session: Session, actor: Actor, now: datetime) -> list[Actor]:
    """The person's other positions today, those he stands in for included; nothing is asked for who has one only."""
    signed = signed_in()
    if signed is None or signed.alone:
        return []
    today = access().day_of(now, actor.region)
    return [one for one in actors_of(session, actor.person_id, today) if one.position_id != actor.position_id]


def waiting(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Positions with open tasks: their name, how many, how many are late."""
    mine = others(session, actor, now)
    places = places_of(session, [one.organisation_id for one in mine])
    found = []
    for one in mine:
        total = queries.worklist(session, system(), one, now, size=1).total
        if not total:
            continue
        late = queries.worklist(session, system(), one, now, show="overdue", size=1).total
        words = ru.counted(total, "задача", "задачи", "задач") + (f", просрочено: {late}" if late else "")
        found.append(_line(one, places, words, url_for("tasks.index")))
    return found


def holder_of(session: Session, actor: Actor, task: Task, now: datetime) -> dict[str, Any] | None:
    """The person's other position that a task is put before, if there is one."""
    for one in others(session, actor, now):
        if policy.holds_task(one, task):
            places = places_of(session, [one.organisation_id])
            return _line(one, places, "", url_for("tasks.show", task_id=task.id))
    return None


def _line(actor: Actor, places: dict[int, str], words: str, to: str) -> dict[str, Any]:
    basis = f", {actor.basis}" if actor.basis else ""
    place = f"{actor.title}, {places.get(actor.organisation_id, '')}{basis}"
    return {"place": place, "words": words, "sent": {"position": actor.position_id, "next": to}}
