"""What letters say and who gets them; worked out at delivery, so a substitute appointed meanwhile gets his.

A letter names the case, its organisation and the task: no people, no answers. The rest is read after signing in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from app.errors import NotFound
from app.people import actor as actors
from app.people.actor import NOT_REVOKED, ON, in_force, next_day
from app.people.models import Organisation, Person, Position, Substitution

Asked = tuple[int | None, Mapping[str, Any]]
"""The case that a message is about, and its payload."""


@dataclass(frozen=True)
class LetterText:
    subject: str
    text: str


@dataclass(frozen=True)
class Writing:
    """A letter to be written: about which case, on which day.

    `term`: the deadline that a letter names and the task under it, while they stand; `email` is its addressee's while his
    account is open.
    """

    session: Session
    system: System
    case: Case
    payload: Mapping[str, Any]
    now: datetime
    organisation: Organisation
    term: Any = None
    email: str | None = None

    @property
    def today(self) -> date:
        """The day in the region's time zone."""
        return self.system.calendar(self.case.region).local(self.now)

    @property
    def about(self) -> str:
        return self.organisation.short_name


@dataclass(frozen=True)
class Seats:
    """Whose letter it is: the holders of one position, or of roles in an organisation (any role: None), or its heads."""

    position: int | None = None
    organisation: int | None = None
    roles: Sequence[str] | None = None
    head: bool = False

    def names(self, held: Any) -> bool:
        """Whether a held position is one of these."""
        if self.position is not None:
            return held.id == self.position
        named = self.roles is None or held.role in self.roles
        return held.organisation_id == self.organisation and named and (held.head or not self.head)


# Built once: building them costs several times what they cost to run.
_ABOUT = (
    sa.select(Case, Organisation)
    .join(Organisation, Organisation.id == Case.subject_id)
    .where(Case.id.in_(sa.bindparam("cases", expanding=True)))
    .options(sa.orm.load_only(Case.id, Case.region, Case.subject_id, Case.title, Case.status))
)
_TERMS = (
    sa.select(Deadline.case_id, Deadline.ref, Deadline.kind, Deadline.name, Deadline.basis, Deadline.due_at)
    .add_columns(Task.id.label("task"), Task.claimed_by, Task.position_id, Task.organisation_id, Task.role, Task.head)
    .outerjoin(Task, sa.and_(Task.id == Deadline.ref, Deadline.kind == "task"))
    .where(Deadline.case_id.in_(sa.bindparam("cases", expanding=True)))
    .where(Deadline.ref.in_(sa.bindparam("refs", expanding=True)))
)
_REACHED = sa.select(Person.id, Person.email).where(
    Person.id.in_(sa.bindparam("people", expanding=True)), Person.blocked_at.is_(None)
)
_STANDS_IN = sa.and_(Substitution.position_id == Position.id, in_force(Substitution, ON), NOT_REVOKED)
_HOLDERS = (
    sa.select(Position.id, Position.person_id, Position.organisation_id, Position.role, Position.head)
    .add_columns(Substitution.substitute_id)
    .outerjoin(Substitution, _STANDS_IN)
    .where(in_force(Position, ON))
    .order_by(Position.id, Substitution.id)
)
_IN_POSITIONS = _HOLDERS.where(Position.id.in_(sa.bindparam("positions", expanding=True)))
_IN_ROLES = _HOLDERS.where(
    Position.organisation_id.in_(sa.bindparam("organisations", expanding=True)),
    sa.or_(Position.head.is_(True), Position.role.in_(sa.bindparam("roles", expanding=True))),
)
_SUBSTITUTES = (
    sa.select(Substitution.substitute_id)
    .join(Position, _STANDS_IN)
    .where(Position.person_id.in_(sa.bindparam("people", expanding=True)), in_force(Position, ON))
)


def about(session: Session, system: System, asked: Sequence[Asked], now: datetime) -> list[Writing]:
    """Letters by the payloads of their messages, read together. NotFound when there is no such case."""
    if not asked:
        return []
    cases = {case_id for case_id, _ in asked}
    refs = {payload["ref"] for _, payload in asked if "ref" in payload}
    people = {payload["person"] for _, payload in asked if "person" in payload}
    found = {case.id: (case, organisation) for case, organisation in session.execute(_ABOUT, {"cases": list(cases)})}
    terms: dict[Any, Any] = {}
    if refs:
        for row in session.execute(_TERMS, {"cases": list(cases), "refs": list(refs)}):
            terms[row.case_id, row.ref] = row
    emails = _emails(session, people)
    letters = []
    for case_id, payload in asked:
        if case_id not in found:
            raise NotFound("Такого дела нет.")
        case, organisation = found[case_id]
        term, email = terms.get((case_id, payload.get("ref"))), emails.get(payload.get("person"))
        letters.append(Writing(session, system, case, payload, now, organisation, term, email))
    return letters


def _emails(session: Session, people: Collection[int]) -> dict[Any, str | None]:
    """Person → address, of those whose account is open."""
    if not people:
        return {}
    return {person_id: email for person_id, email in session.execute(_REACHED, {"people": list(people)})}


def compose(letter: Writing) -> LetterText | None:
    """Subject and text by the template; None when what is written about is done meanwhile. LookupError: no such template."""
    return _template(letter)[0](letter)


def recipients(letters: Sequence[Writing]) -> list[Sequence[int]]:
    """Of each letter the ids of people to be told who have mail: holders on this day and those who act for them."""
    seats = [_template(letter)[1](letter) for letter in letters]
    told: list[Sequence[int]] = [()] * len(letters)
    for day in {letter.today for letter in letters}:  # regions have their own
        meant = [number for number, letter in enumerate(letters) if letter.today == day and seats[number] is not None]
        for number, found in zip(meant, _people(letters[0].session, day, [seats[n] for n in meant]), strict=True):
            told[number] = found
    emails = _emails(letters[0].session, {person_id for found in told for person_id in found}) if letters else {}
    return [[person_id for person_id in found if emails.get(person_id)] for found in told]


def _template(letter: Writing) -> Any:
    return TEMPLATES[letter.payload["template"]]


# a term: before it, after it ------------------------------------------------------------------------------------------


def _deadline_text(letter: Writing) -> LetterText | None:
    row = letter.term
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


def _deadline_seats(letter: Writing) -> Seats | None:
    row = letter.term
    if row is None:
        return None
    tell = letter.payload["tell"]
    if tell == "executor" and row.task is not None:
        position = row.claimed_by or row.position_id
        if position is not None:
            return Seats(position)
        return Seats(None, row.organisation_id, row.role.split("|"), row.head)
    if tell == "head" and row.task is not None:
        return Seats(organisation=row.organisation_id, head=True)
    return _seats(letter, "regional_operator" if tell in ("executor", "head") else tell)


# a word to a role or to one position ----------------------------------------------------------------------------------


def _task_text(letter: Writing) -> LetterText | None:
    subject = letter.payload["subject"]
    return _laid_out(letter, subject, f"{subject.rstrip('.')}.", text=letter.payload.get("text") or "")


def _task_seats(letter: Writing) -> Seats | None:
    """One position when the letter is by name; else a role."""
    if "position" in letter.payload:
        return Seats(letter.payload["position"])
    return _seats(letter, letter.payload["role"])


def _seats(letter: Writing, role: str) -> Seats | None:
    """Holders of a role within the case's scope; `a|b` are held in one place, `a.head` are only its heads."""
    base, _, suffix = role.partition(".")
    subject = (letter.session, letter.case.region, letter.case.subject_id)
    body = partial(letter.system.body, letter.session)
    seats = [found for one in base.split("|") if (found := holders.seat(*subject, one, body=body)) is not None]
    if not seats:
        return None
    roles = [one.role for one in seats if one.place == seats[0].place]
    return Seats(None, seats[0].place, roles, suffix == "head" and not seats[0].instead)


# how a survey goes on -------------------------------------------------------------------------------------------------


def _survey_text(letter: Writing) -> LetterText | None:
    profile = letter.system.profile(letter.case.region)
    said = notices.words(letter.session, profile, letter.case.id, letter.payload["percent"], letter.now)
    return _laid_out(letter, said[0], f"{said[0]}.", text=said[1]) if said else None


def _survey_seats(letter: Writing) -> Seats | None:
    return _seats(letter, "school_deputy")


TEMPLATES = {
    "deadline": (_deadline_text, _deadline_seats),
    "task": (_task_text, _task_seats),
    "survey": (_survey_text, _survey_seats),
}


def _laid_out(letter: Writing, subject: str, first: str, *lines: str, text: str = "") -> LetterText:
    about = [f"Дело: {letter.case.title}", f"Организация: {letter.about}", *lines]
    parts = [first, "\n".join(about), text.strip(), f"Открыть дело: {letter.system.base_url}/cases/{letter.case.id}"]
    return LetterText(" ".join(subject.split()), "\n\n".join(part for part in parts if part) + "\n")


# holders and who acts for them ----------------------------------------------------------------------------------------


def _people(session: Session, today: date, seats: Sequence[Seats]) -> Iterator[list[int]]:
    """Of each the people who hold such positions on the day, and those who act for them, by whole chains."""
    days = {"on": today, "next_day": next_day(today)}
    held = _held(session, days, seats)
    for one in seats:
        found = [row for row in held if one.names(row)]
        wanted = {row.id for row in found}
        told = [row.person_id for row in found]
        first = dict.fromkeys(row.substitute_id for row in found if row.substitute_id is not None)
        for person_id in _substitutes(session, list(first), days):
            # the chain's own rules decide whether the position is passed on to the next in it
            if person_id not in told and any(
                a.position_id in wanted for a in actors.actors_of(session, person_id, today)
            ):
                told.append(person_id)
        yield list(dict.fromkeys(told))


def _held(session: Session, days: Mapping[str, Any], seats: Sequence[Seats]) -> list[Any]:
    """Positions held on the day among which these are, in their order, one row for each substitute."""
    positions = {one.position for one in seats if one.position is not None}
    organisations = {one.organisation for one in seats if one.organisation is not None}
    roles = {role for one in seats for role in one.roles or ()}
    found: dict[Any, None] = {}
    if positions:
        found |= dict.fromkeys(session.execute(_IN_POSITIONS, {**days, "positions": list(positions)}))
    if organisations:
        asked = {"organisations": list(organisations), "roles": list(roles)}
        found |= dict.fromkeys(session.execute(_IN_ROLES, {**days, **asked}))
    return sorted(found, key=lambda row: row.id)


def _substitutes(session: Session, first: list[int], days: Mapping[str, Any]) -> list[int]:
    """These people and whoever can be reached from the positions they hold by substitutions in force."""
    reached, new = list[int](), first
    while new:
        reached += new
        found = session.scalars(_SUBSTITUTES, {**days, "people": new}).all()
        new = [person_id for person_id in dict.fromkeys(found) if person_id not in reached]
    return reached
