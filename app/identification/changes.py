"""The only ways a person touches a verdict: a decision through a case, a remark on a small sample."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.errors import NotFound, Refused
from app.identification import rules
from app.identification.context import categories
from app.identification.inputs import conditions
from app.identification.models import IdentificationRun, SupportList, Verdict
from app.identification.runs import method_of, verdict_row
from app.people.actor import Actor

THROUGH = ("objection", "clarification")


def change_verdict(
    session: Session,
    run: IdentificationRun,
    school_id: int,
    status: str,
    reason: str,
    *,
    case_id: int,
    actor: Actor | None,
    now: datetime,
) -> Verdict:
    """Set the decided status of a school beside the computed one, by an objection or a clarification.

    Refused without a reason, through any other kind of case, in another region, and once the list of this run is
    signed. The caller's move writes the journal.
    """
    row = verdict_row(session, run, school_id)
    _check(session, run, status, reason, case_id)
    row.decided_status, row.decided_reason = status, reason.strip()
    row.decided_by_case, row.decided_at = case_id, now
    row.decided_by = actor.position_id if actor else None
    profile = method_of(run).profile
    row.categories = list(categories(profile, status, conditions(session, profile, run.school_year).get(school_id)))
    session.flush()
    return row


def annotate(session: Session, run: IdentificationRun, school_id: int, note: str) -> Verdict:
    """Keep an expert's remark on a small sample; it changes no status. Refused for a verdict without one."""
    row = verdict_row(session, run, school_id)
    if rules.SMALL_SAMPLE not in row.flags:
        raise Refused("Малых выборок у школы нет, отметка не нужна.")
    row.note = note.strip() or None
    session.flush()
    return row


def missing_notes(session: Session, run: IdentificationRun) -> list[int]:
    """Schools listed or watched on a small sample that still wait for an expert's remark."""
    query = sa.select(Verdict.school_id, Verdict.flags).where(
        Verdict.run_id == run.id, Verdict.status.in_((rules.LISTED, rules.WATCH)), Verdict.note.is_(None)
    )
    return [school for school, flags in session.execute(query) if rules.SMALL_SAMPLE in flags]


def _check(session: Session, run: IdentificationRun, status: str, reason: str, case_id: int) -> None:
    if status not in rules.STATUSES:
        raise Refused("Такого вывода нет.", advice="Выберите вывод из списка.")
    if not reason.strip():
        raise Refused("Нет мотивировки.", advice="Напишите, почему вывод меняется.")
    case = session.get(Case, case_id)
    if case is None or case.region != run.region:
        raise NotFound("Дело не найдено.")
    if case.kind not in THROUGH:
        raise Refused("Вывод о школе меняют только возражение и уточнение.", advice="Откройте уточнение.")
    if session.scalar(sa.select(SupportList.id).where(SupportList.run_id == run.id)):
        raise Refused("Перечень по этому расчёту подписан.", advice="Изменения вносит отдельный акт.")
