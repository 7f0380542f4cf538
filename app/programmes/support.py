"""The school's case: opened by the signed list, led through its years until it leaves the list."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case
from app.cases.move import Move
from app.cases.system import System
from app.documents.contexts import school_year as year_name
from app.engine import Card
from app.files.models import StoredFile
from app.identification.models import SupportList, SupportListRow
from app.people.models import Organisation, Person, Position


def open_cycle(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One open case a school; `track` is listed or watch."""
    track = str(data.get("track", "listed"))
    word = "Дело школы" if track == "listed" else "Наблюдение"
    return Opening(f"{word}: {subject.short_name}", scope={"track": track}, once=f"support:{subject.id}")


def begin_year(move: Move, card: Card) -> Values:
    """The year that begins: of the newest signed list with this school, else the calendar's."""
    newest = _newest_list(move)
    year = newest.school_year if newest else move.case.school_year
    return {"year_start": date(year, 7, 1).isoformat(), "decision_due": date(year + 1, 9, 30).isoformat()}


def _newest_list(move: Move) -> SupportList | None:
    found = (
        sa.select(SupportList)
        .join(SupportListRow, SupportListRow.list_id == SupportList.id)
        .where(SupportListRow.school_id == move.case.subject_id)
        .order_by(SupportList.school_year.desc(), SupportList.number.desc())
        .limit(1)
    )
    return move.session.scalar(found)


def later_list(move: Move) -> bool:
    """Is a list of a later school year signed than the one this case was opened by?"""
    where = (SupportList.region == move.case.region, SupportList.school_year > move.case.school_year)
    return move.session.scalar(sa.select(SupportList.id).where(*where).limit(1)) is not None


def listed_again(move: Move) -> bool:
    newest = _newest_list(move)
    return newest is not None and newest.school_year > move.case.school_year


def start_context(ask: Asking) -> Values:
    """People of the school for the working group, and the basis of the case."""
    people = (
        sa.select(Person)
        .join(Position, Position.person_id == Person.id)
        .where(Position.organisation_id == ask.case.subject_id)
    )
    names = {person.id: person.full_name for person in ask.session.scalars(people.order_by(Person.family_name))}
    stored = ask.session.scalars(sa.select(StoredFile).where(StoredFile.case_id == ask.case.id))
    return {
        "choices": {"person": names, "document": {}},
        "facts": {"basis": basis(ask.session, ask.case), "school_year": year_name(ask.case.school_year)},
        "files": {row.id: {"name": row.name, "size": row.size} for row in stored},
        "dates": {"today": ask.today.isoformat()},
    }


def basis(session: Session, case: Case) -> str:
    """Why the school is supported: the basis printed in the annex of the order."""
    where = (SupportListRow.list_id == case.data.get("list_id", 0), SupportListRow.school_id == case.subject_id)
    return session.scalar(sa.select(SupportListRow.basis).where(*where)) or ""


HANDLERS = Handlers(
    kinds={"support_cycle": open_cycle},
    contexts={"support_start": start_context},
    operations={"support_cycle.collect_facts": begin_year},
    facts={"support_cycle.list.frozen": later_list, "support_cycle.school.listed": listed_again},
)
