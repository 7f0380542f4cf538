"""What letters say and who gets them; worked out at delivery, so a substitute appointed meanwhile gets his.

A letter names the case, its organisation and the task: no people, no answers. The rest is read after signing in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases import holders
from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.diagnostics import notices
from app.people import actor as actors
from app.people.actor import NOT_REVOKED, ON, in_force, next_day
from app.people.models import Organisation, Person, Position, Substitution


@dataclass(frozen=True)
class LetterText:
    subject: str
    text: str


@dataclass(frozen=True)
class Writing:
    """A letter to be written: about which case, on which day.

    `deadline` and its `task` are those that a deadline's letter names; `email` is its addressee's while his account is open.
    """

    session: Session
    system: System
    case: Case
    payload: Mapping[str, Any]
    now: datetime
    organisation: Organisation
    deadline: Deadline | None = None
    task: Task | None = None
    email: str | None = None

    @property
    def today(self) -> date:
        """The day in the region's time zone."""
        return self.system.calendar(self.case.region).local(self.now)

    @property
    def about(self) -> str:
        return self.organisation.short_name


# Built once: building them costs several times what they cost to run.
_ABOUT = (
    sa.select(Case, Organisation, Deadline, Task, Person.email)
    .join(Organisation, Organisation.id == Case.subject_id)
    .outerjoin(Deadline, sa.and_(Deadline.case_id == Case.id, Deadline.ref == sa.bindparam("ref")))
    .outerjoin(Task, sa.and_(Task.id == Deadline.ref, Deadline.kind == "task"))
    .outerjoin(Person, sa.and_(Person.id == sa.bindparam("person"), Person.blocked_at.is_(None)))
    .where(Case.id == sa.bindparam("case"))
    .options(sa.orm.load_only(Case.id, Case.region, Case.subject_id, Case.title, Case.status))
)
_REACHED = sa.select(Person.id).where(
    Person.id.in_(sa.bindparam("people", expanding=True)), Person.blocked_at.is_(None), Person.email != ""
)
_STANDS_IN = sa.and_(Substitution.position_id == Position.id, in_force(Substitution, ON), NOT_REVOKED)
_HOLDERS = (
    sa.select(Position.id, Position.person_id, Substitution.substitute_id)
    .outerjoin(Substitution, _STANDS_IN)
    .where(in_force(Position, ON))
)
_IN_POSITION = _HOLDERS.where(Position.id == sa.bindparam("position"))
_HEADS = _HOLDERS.where(Position.organisation_id == sa.bindparam("organisation"), Position.head.is_(True))
_IN_ROLE = _HOLDERS.where(
    Position.organisation_id == sa.bindparam("organisation"),
    Position.role.in_(sa.bindparam("roles", expanding=True)),
)
_HEADS_IN_ROLE = _IN_ROLE.where(Position.head.is_(True))
_SUBSTITUTES = (
    sa.select(Substitution.substitute_id)
    .join(Position, _STANDS_IN)
    .where(Position.person_id.in_(sa.bindparam("people", expanding=True)), in_force(Position, ON))
)


def about(session: Session, system: System, case_id: int | None, payload: Mapping[str, Any], now: datetime) -> Writing:
    """A letter by the payload of its message. NoResultFound when there is no such case."""
    asked = {"case": case_id, "ref": payload.get("ref"), "person": payload.get("person")}
    case, organisation, deadline, task, email = session.execute(_ABOUT, asked).one()
    return Writing(session, system, case, payload, now, organisation, deadline, task, email)


def compose(letter: Writing) -> LetterText | None:
    """Subject and text by the template; None when what is written about is done meanwhile. LookupError: no such template."""
    return _template(letter)[0](letter)


def recipients(letter: Writing) -> Sequence[int]:
    """Ids of the people to be told who have mail: holders on this day and those who act for them."""
    found = _template(letter)[1](letter)
    reached = set(letter.session.scalars(_REACHED, {"people": found})) if found else set()
    return [person_id for person_id in found if person_id in reached]


def _template(letter: Writing) -> Any:
    return TEMPLATES[letter.payload["template"]]


# a term: before it, after it ------------------------------------------------------------------------------------------


def _deadline_text(letter: Writing) -> LetterText | None:
    row = letter.deadline
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
    if letter.deadline is None:
        return []
    tell, task = letter.payload["tell"], letter.task
    if tell == "executor" and task is not None:
        position = task.claimed_by or task.position_id
        if position is not None:
            return _people(letter, _IN_POSITION, position=position)
        return _of_roles(letter, task.organisation_id, task.role.split("|"), head=task.head)
    if tell == "head" and task is not None:
        return _people(letter, _HEADS, organisation=task.organisation_id)
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
    body = partial(letter.system.body, letter.session)
    seats = [found for one in base.split("|") if (found := holders.seat(*subject, one, body=body)) is not None]
    if not seats:
        return []
    roles = [one.role for one in seats if one.place == seats[0].place]
    return _of_roles(letter, seats[0].place, roles, head=suffix == "head" and not seats[0].instead)


def _of_roles(letter: Writing, organisation_id: int, roles: Sequence[str], *, head: bool) -> Sequence[int]:
    return _people(letter, _HEADS_IN_ROLE if head else _IN_ROLE, organisation=organisation_id, roles=roles)


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


def _people(letter: Writing, holding: sa.Select, **asked: Any) -> list[int]:
    """People who hold such positions on the day, and those who act for them, chains of substitution included."""
    session, today = letter.session, letter.today
    days = {"on": today, "next_day": next_day(today)}
    found = session.execute(holding, {**asked, **days}).all()
    wanted = {row.id for row in found}
    told = [row.person_id for row in found]
    first = dict.fromkeys(row.substitute_id for row in found if row.substitute_id is not None)
    for person_id in _substitutes(session, list(first), days):
        # the chain's own rules decide whether the position is passed on to the next in it
        if person_id not in told and any(a.position_id in wanted for a in actors.actors_of(session, person_id, today)):
            told.append(person_id)
    return list(dict.fromkeys(told))


def _substitutes(session: Session, first: list[int], days: Mapping[str, Any]) -> list[int]:
    """These people and whoever can be reached from the positions they hold by substitutions in force."""
    reached, new = list[int](), first
    while new:
        reached += new
        found = session.scalars(_SUBSTITUTES, {**days, "people": new}).all()
        new = [person_id for person_id in dict.fromkeys(found) if person_id not in reached]
    return reached
