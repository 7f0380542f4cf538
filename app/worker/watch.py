"""The watch over cases that stand still for ever: open, with nothing to do in them and nothing they wait for.

Such a case is a mistake of a diagram or of a handler. It becomes an incident within a minute; the incident closes by
itself once the case moves on or ends. Cases are not opened: their rows say it. Which ones have moved, the journal says:
an index over when a case moved last would have to be written anew, and all others with it, at every move.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import IDLE, Case, Deadline, Task
from app.cases.system import System
from app.db import for_update
from app.journal.models import ChainHead, Event
from app.outbox import incidents

log = logging.getLogger(__name__)
TOPIC = "stuck"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Look:
    """`written`: incidents opened and closed; `seen`: the journal's last record that was looked at."""

    written: int
    seen: int


def key_of(case_id: int) -> str:
    """The key of a case's incident."""
    return f"{TOPIC}:{case_id}"


def stuck(session: Session, since: int | None = None, among: Collection[int] | None = None) -> list[int]:
    """Open cases without a task, a term and a wait, of those that moved after a record or of those named."""
    busy = (sa.exists().where(Task.case_id == Case.id), sa.exists().where(Deadline.case_id == Case.id))
    found = sa.select(Case.id).where(IDLE, *(~one for one in busy))
    if since is not None:
        found = found.where(Case.id.in_(sa.select(Event.case_id).where(Event.seq > since)))
    if among is not None:
        found = found.where(Case.id.in_(among))
    return list(session.scalars(found.order_by(Case.id)))


def look(system: System, now: datetime, since: int | None = None) -> Look:
    """Report the cases that stand still and close the incidents of those that do not; `since`: as the last look said."""
    with system.db.read() as session:
        seen = session.scalar(sa.select(ChainHead.seq)) or 0
        known = incidents.cases_of(session, TOPIC)
        found = stuck(session, since)
        gone = known - set(stuck(session, among=known)) if known else set()
    written = [case_id for case_id in found if case_id not in known and report(system, case_id, now)]
    if gone:
        with system.db.write() as session:
            for case_id in sorted(gone):
                incidents.resolve(session, key_of(case_id), now)
    return Look(len(written) + len(gone), seen)


def report(system: System, case_id: int, now: datetime) -> bool:
    """Open the incident of a case that still stands still under its lock."""
    with system.db.write() as session:
        case = session.scalar(for_update(sa.select(Case).where(Case.id == case_id)))
        if case is None or not stuck(session, among=[case_id]):
            return False
        after = f" после шага «{case.stage}»" if case.stage else ""
        reason = (
            f"Дело «{case.title}» открыто, но{after} в нём нет ни задачи, ни срока, ни ожидания: само оно не двинется."
        )
        incidents.report(session, key_of(case_id), TOPIC, case_id, {"kind": case.kind}, reason, now)
    log.error("a case stands still", extra={"case": case_id})
    return True
