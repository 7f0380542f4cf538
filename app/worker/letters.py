"""What letters say and who gets them; worked out at delivery, so a substitute appointed meanwhile gets his."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders
from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.people.models import Organisation, Person, Position, Substitution


@dataclass(frozen=True)
class LetterText:
    to: Sequence[str]
    subject: str
    text: str


def deadline(session: Session, system: System, case_id: int, payload: dict[str, Any], today: date) -> LetterText | None:
    """A reminder of the ladder; None when what was waited for is done meanwhile."""
    row = session.scalar(sa.select(Deadline).where(Deadline.case_id == case_id, Deadline.ref == payload["ref"]))
    if row is None:
        return None
    case = session.get_one(Case, case_id)
    subject = session.get_one(Organisation, case.subject_id)
    day = system.calendar(case.region).local(row.due_at)
    late = payload["after"] > 0
    words = f"Просрочена задача «{row.name}»" if late else f"Подходит срок задачи «{row.name}»"
    text = (
        f"{words}.\n\nДело: {case.title}\nОрганизация: {subject.short_name}\nСрок: {day:%d.%m.%Y}"
        f" ({row.term}, основание: {row.basis})\n\nОткрыть дело: {system.base_url}/cases/{case.id}\n"
    )
    return LetterText(_told(session, system, case, row, payload["tell"], today), f"{words}: {subject.short_name}", text)


def _told(session: Session, system: System, case: Case, row: Deadline, tell: str, today: date) -> list[str]:
    task = session.get(Task, row.ref) if row.kind == "task" else None
    if tell == "executor" and task is not None:
        return addresses(
            session, task.organisation_id, task.role.split("|"), today, task.claimed_by or task.position_id
        )
    if tell == "head" and task is not None:
        return addresses(session, task.organisation_id, None, today)
    role = "regional_operator" if tell in ("executor", "head") else tell
    place = holders.place(session, case.region, case.subject_id, role)
    return addresses(session, place, [role], today) if place else []


def addresses(
    session: Session, organisation_id: int, roles: Sequence[str] | None, today: date, position_id: int | None = None
) -> list[str]:
    """Mail of holders valid today and of their substitutes; `roles` None: of the head of the organisation."""
    valid = sa.and_(Position.valid_from <= today, sa.or_(Position.valid_to.is_(None), Position.valid_to >= today))
    where = [valid, Position.organisation_id == organisation_id]
    if position_id is not None:
        where = [Position.id == position_id]
    elif roles is None:
        where.append(Position.head)
    else:
        where.append(Position.role.in_(roles))
    found = session.execute(
        sa.select(Position.id, Person.email).join(Person, Person.id == Position.person_id).where(*where)
    ).all()
    now_acting = (
        sa.select(Person.email)
        .join(Substitution, Substitution.substitute_id == Person.id)
        .where(Substitution.position_id.in_([row.id for row in found]), Substitution.revoked_at.is_(None))
        .where(
            Substitution.valid_from <= today, sa.or_(Substitution.valid_to.is_(None), Substitution.valid_to >= today)
        )
    )
    mails = [row.email for row in found] + list(session.scalars(now_acting))
    return [mail for mail in mails if mail]
