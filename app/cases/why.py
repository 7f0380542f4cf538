"""«Почему дело стоит» of a case in the database: its state, and what the rows say of every place in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import deadlines, standing
from app.cases.awaited import kind_of
from app.cases.models import Case, Deadline, Task
from app.cases.standing import Known, Other, Rung, Stand, Why
from app.cases.system import System
from app.people.actor import works
from app.people.models import Organisation, Person, Position


def why(session: Session, system: System, case: Case, now: datetime) -> Why:
    """The sentence about a case, and what it was made of; reading only."""
    if case.status != "open":
        return Why(_ended(system, case))
    places = standing.stands(system.pinned(session, case).load(case.state, Reader()))
    return standing.explain(places, _known(session, system, case, places, now))


def _ended(system: System, case: Case) -> str:
    if case.closed_at is None:
        return "Дело завершено."
    day = system.calendar(case.region).local(case.closed_at)
    return f"Дело завершено {day:%d.%m.%Y}." if case.status == "done" else f"Дело закрыто решением {day:%d.%m.%Y}."


class Reader:
    """A host for looking only: nothing is asked while nothing moves."""

    now: Any = None

    def _refuse(self, *_: Any) -> Any:
        raise RuntimeError("a case is not moved by looking at it")

    operation = fact = sent = term = passed = _refuse


def _known(session: Session, system: System, case: Case, places: Sequence[Stand], now: datetime) -> dict[str, Known]:
    terms = {row.ref: row for row in session.scalars(sa.select(Deadline).where(Deadline.case_id == case.id))}
    tasks = {row.id: row for row in session.scalars(sa.select(Task).where(Task.case_id == case.id))}
    names = _names(session, system, case, tasks.values(), system.calendar(case.region).local(now))
    local = system.calendar(case.region).local
    known: dict[str, Known] = {}
    for place in places:
        row, task = terms.get(place.ref), tasks.get(place.ref)
        began = task.opened_at if task else row.started_at if row else None
        due = place.until or (row.due_at if row else None)
        known[place.ref] = Known(
            who=names.get(place.ref, ""),
            since=local(began) if began else None,
            due=local(due) if due else None,
            late=due is not None and place.until is None and due < now,
            others=_others(session, system, case, place) if place.kind == "wait" else (),
            rung=_rung(system, case, row, place.ladder),
        )
    return known


def _rung(system: System, case: Case, row: Deadline | None, ladder: str | None) -> Rung | None:
    """Whom the ladder tells next; None for a plain date and when the ladder is climbed."""
    rungs = system.profile(case.region).ladder(ladder)
    if row is None or row.kind == "timer" or row.wake_at is None or row.step >= len(rungs):
        return None
    rung, calendar = rungs[row.step], system.calendar(case.region)
    return Rung(calendar.local(deadlines.rung_at(calendar, row.due_at, rung.after)), rung.title, rung.after)


# who ----------------------------------------------------------------------------------------------------------------


def _names(session: Session, system: System, case: Case, tasks: Iterable[Task], today: date) -> dict[str, str]:
    """Task → «МБОУ «СОШ № 4», директор школы Кречетова Н. В.»: the person who has it, else all who may do it."""
    rows = list(tasks)
    places = dict(
        session.execute(
            sa.select(Organisation.id, Organisation.short_name).where(
                Organisation.id.in_({task.organisation_id for task in rows})
            )
        ).all()
    )
    people = _holders(session, rows, today)
    roles = system.profile(case.region).roles
    said = {}
    for task in rows:
        role = task.role.split("|")[0]
        title = roles[role].title if role in roles else ""
        who = people.get(task.id, ())
        place = places.get(task.organisation_id, "")
        title = _lower_first(title.removesuffix(place).strip())  # «директор ГБУ РЦРО»: the body is named once
        words = f"{title} {' или '.join(who)}" if who else title
        said[task.id] = ", ".join(part for part in (place, words.strip()) if part)
    return said


def _lower_first(text: str) -> str:
    """«Директор школы» → «директор школы»; an abbreviation stays."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _holders(session: Session, tasks: Sequence[Task], today: date) -> Mapping[str, Sequence[str]]:
    """Names of who has a task or, when nobody has taken it, of who may; more than two are not named."""
    exact = {task.claimed_by or task.position_id for task in tasks} - {None}
    places = {task.organisation_id for task in tasks}
    found = (
        sa.select(Position, Person)
        .join(Person, Person.id == Position.person_id)
        .where(sa.or_(Position.id.in_(exact), sa.and_(Position.organisation_id.in_(places), works(today))))
        .order_by(Position.id)
    )
    by_id: dict[int, str] = {}
    by_role: dict[tuple[int, str], list[tuple[bool, str]]] = defaultdict(list)
    for position, person in session.execute(found):
        by_id[position.id] = person.listed_name
        by_role[position.organisation_id, position.role].append((position.head, person.listed_name))
    named: dict[str, Sequence[str]] = {}
    for task in tasks:
        held = task.claimed_by or task.position_id
        if held is not None:
            named[task.id] = [by_id[held]] if held in by_id else []
            continue
        may = [who for role in task.role.split("|") for who in by_role[task.organisation_id, role]]
        names = list(dict.fromkeys(name for head, name in may if head or not task.head))
        named[task.id] = names if len(names) < 3 else []
    return named


# other cases --------------------------------------------------------------------------------------------------------


def awaited(session: Session, system: System, case: Case, message: str) -> list[Case]:
    """The cases that will bring what is waited for: by the room's own rule, else open children by their kind."""
    rule = system.handlers.awaited.get(f"{case.kind}.{message}")
    if rule is not None:
        return list(rule(session, case))
    found = sa.select(Case).where(Case.parent_id == case.id, Case.kind == kind_of(message), Case.status == "open")
    return list(session.scalars(found.order_by(Case.id)))


def _others(session: Session, system: System, case: Case, place: Stand) -> list[Other]:
    cases = awaited(session, system, case, place.message)
    return [
        Other(other.id, other.title, _at(session, system, other) if number < standing.NAMED else "")
        for number, other in enumerate(cases)
    ]


def _at(session: Session, system: System, case: Case) -> str:
    """In short what another case stands at: its first task and whose it is, else its date, else what it waits for."""
    found = (
        sa.select(Task.name, Organisation.short_name)
        .join(Organisation, Organisation.id == Task.organisation_id)
        .where(Task.case_id == case.id)
        .order_by(Task.due_at, Task.id)
        .limit(1)
    )
    row = session.execute(found).one_or_none()
    if row is not None:
        return f"там шаг «{row[0]}», {row[1]}"
    dates = sa.select(Deadline).where(Deadline.case_id == case.id).order_by(Deadline.due_at).limit(1)
    date = session.scalars(dates).one_or_none()
    if date is not None and not date.name[:1].isdigit():
        return f"там «{date.name}» {system.calendar(case.region).local(date.due_at):%d.%m.%Y}"
    return f"там ждут {case.awaits.split('; ')[0]}" if case.awaits else ""
