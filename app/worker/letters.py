"""What letters say and who gets them; worked out at delivery, so a substitute appointed meanwhile gets his.

A letter names the case, its organisation and the task: no people, no answers. The rest is read after signing in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders
from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.diagnostics import notices
from app.people import actor as actors
from app.people.actor import in_force, not_revoked
from app.people.models import Organisation, Person, Position, Substitution


@dataclass(frozen=True)
class LetterText:
    subject: str
    text: str


@dataclass(frozen=True)
class Writing:
    """A letter to be written: about which case, on which day."""

    session: Session
    system: System
    case: Case
    payload: Mapping[str, Any]
    now: datetime

    @property
    def today(self) -> date:
        """The day in the region's time zone."""
        return self.system.calendar(self.case.region).local(self.now)

    @property
    def about(self) -> str:
        return self.session.get_one(Organisation, self.case.subject_id).short_name

    def deadline(self) -> Deadline | None:
        where = (Deadline.case_id == self.case.id, Deadline.ref == self.payload["ref"])
        return self.session.scalar(sa.select(Deadline).where(*where))


def compose(letter: Writing) -> LetterText | None:
    """Subject and text by the template; None when what is written about is done meanwhile. LookupError: no such template."""
    return _template(letter)[0](letter)


def recipients(letter: Writing) -> Sequence[int]:
    """Ids of the people to be told who have mail: holders on this day and those who act for them."""
    found = _template(letter)[1](letter)
    open_ = sa.select(Person.id).where(Person.id.in_(found), Person.blocked_at.is_(None), Person.email != "")
    reached = set(letter.session.scalars(open_)) if found else set()
    return [person_id for person_id in found if person_id in reached]


def address(session: Session, person_id: int) -> str | None:
    """Mail of a person whose account is open."""
    return session.scalar(sa.select(Person.email).where(Person.id == person_id, Person.blocked_at.is_(None)))


def _template(letter: Writing) -> Any:
    return TEMPLATES[letter.payload["template"]]


# a term: before it, after it ------------------------------------------------------------------------------------------


def _deadline_text(letter: Writing) -> LetterText | None:
    row = letter.deadline()
    if row is None:
        return None
    day = letter.system.calendar(letter.case.region).local(row.due_at)
    late = letter.payload["after"] > 0
    if row.kind == "task":
        words = f"Просрочена задача «{row.name}»" if late else f"Подходит срок задачи «{row.name}»"
    else:
        words = f"Срок истёк: «{row.name}»" if late else f"Подходит срок: «{row.name}»"
    basis = f" (основание: {row.basis})" if row.basis else ""
    return _laid_out(
        letter,
        f"{words}: {letter.about}",
        f"{words}.",
        f"Срок: {day:%d.%m.%Y}{basis}",
        text=letter.payload.get("ask") or "",
    )


def _deadline_people(letter: Writing) -> Sequence[int]:
    row = letter.deadline()
    if row is None:
        return []
    tell = letter.payload["tell"]
    task = letter.session.get(Task, row.ref) if row.kind == "task" else None
    if tell == "executor" and task is not None:
        position = task.claimed_by or task.position_id
        if position is not None:
            return people(letter.session, letter.today, Position.id == position)
        where = [Position.organisation_id == task.organisation_id, Position.role.in_(task.role.split("|"))]
        return people(letter.session, letter.today, *where, *([Position.head.is_(True)] if task.head else []))
    if tell == "head" and task is not None:
        return people(
            letter.session, letter.today, Position.organisation_id == task.organisation_id, Position.head.is_(True)
        )
    return _role_people(letter, "regional_operator" if tell in ("executor", "head") else tell)


# a word to a role -----------------------------------------------------------------------------------------------------


def _task_text(letter: Writing) -> LetterText | None:
    subject = letter.payload["subject"]
    return _laid_out(letter, subject, f"{subject.rstrip('.')}.", text=letter.payload.get("text") or "")


def _task_people(letter: Writing) -> Sequence[int]:
    return _role_people(letter, letter.payload["role"])


def _role_people(letter: Writing, role: str) -> Sequence[int]:
    """Holders of a role within the case's scope; `a|b` are held in one place, `a.head` are only its heads."""
    base, _, suffix = role.partition(".")
    subject = (letter.session, letter.case.region, letter.case.subject_id)
    seats = [found for one in base.split("|") if (found := holders.seat(*subject, one)) is not None]
    if not seats:
        return []
    roles = [one.role for one in seats if one.place == seats[0].place]
    where = [Position.organisation_id == seats[0].place, Position.role.in_(roles)]
    heads = suffix == "head" and not seats[0].instead
    return people(letter.session, letter.today, *where, *([Position.head.is_(True)] if heads else []))


# how a survey goes on -------------------------------------------------------------------------------------------------


def _survey_text(letter: Writing) -> LetterText | None:
    profile = letter.system.profile(letter.case.region)
    said = notices.words(letter.session, profile, letter.case.id, letter.payload["percent"], letter.now)
    return _laid_out(letter, said[0], f"{said[0]}.", text=said[1]) if said else None


def _survey_people(letter: Writing) -> Sequence[int]:
    return _role_people(letter, "school_deputy")


TEMPLATES = {
    "deadline": (_deadline_text, _deadline_people),
    "task": (_task_text, _task_people),
    "survey": (_survey_text, _survey_people),
}


def _laid_out(letter: Writing, subject: str, first: str, *lines: str, text: str = "") -> LetterText:
    about = [f"Дело: {letter.case.title}", f"Организация: {letter.about}", *lines]
    parts = [first, "\n".join(about), text.strip(), f"Открыть дело: {letter.system.base_url}/cases/{letter.case.id}"]
    return LetterText(" ".join(subject.split()), "\n\n".join(part for part in parts if part) + "\n")


# holders and who acts for them ----------------------------------------------------------------------------------------


def people(session: Session, today: date, *where: sa.ColumnElement[bool]) -> list[int]:
    """People who hold such positions on the day, and those who act for them, chains of substitution included."""
    found = session.execute(sa.select(Position.id, Position.person_id).where(in_force(Position, today), *where)).all()
    wanted = {row.id for row in found}
    told = [row.person_id for row in found]
    for person_id in _substitutes(session, wanted, today):
        # the chain's own rules decide whether the position is passed on to the next in it
        if person_id not in told and any(a.position_id in wanted for a in actors.actors_of(session, person_id, today)):
            told.append(person_id)
    return list(dict.fromkeys(told))


def _substitutes(session: Session, positions: Iterable[int], today: date) -> list[int]:
    """Whoever can be reached from these positions by substitutions in force."""
    ids, reached = set(positions), list[int]()
    while ids:
        link = sa.select(Substitution.substitute_id).where(Substitution.position_id.in_(ids))
        found = session.scalars(link.where(in_force(Substitution, today), not_revoked(today))).all()
        new = [person_id for person_id in dict.fromkeys(found) if person_id not in reached]
        reached += new
        held = sa.select(Position.id).where(Position.person_id.in_(new), in_force(Position, today))
        ids = set(session.scalars(held)) if new else set()
    return reached
