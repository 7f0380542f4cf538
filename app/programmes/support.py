"""The school's case: opened by the signed list, led through its years until it leaves the list (OR-63, OR-65, OM-09).

The facts it waits for are those of the year it is in: what its children of that year have said. Nothing is kept for
later, so a late word of last year cannot end the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import diagnostics
from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.holders import seat
from app.cases.models import Answer, Case
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.cases.why import Reader
from app.engine import Card
from app.files import of_case
from app.identification.models import SupportList, SupportListRow
from app.people.actor import in_force
from app.people.models import Organisation, Person, Position
from app.programmes import exit_orders, plans, roadmap
from app.programmes.evaluation import on
from app.programmes.mentoring import leaving
from app.programmes.models import Evaluation
from app.schools import passports
from app.schools.models import SocialPassport
from app.years import school_year_name, school_year_start

PROFILE = ("Обучающихся", "Обучающихся с ОВЗ", "Педагогов", "Вакансий", "До районного центра, км")
"""Values of the passport that stand in the profile of a school at the start of its case."""
TURNS = ("support_start", "support_year", "support_strengthen")
"""Forms after which a year of the case begins."""


def open_cycle(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One open case a school; `track` is listed or watch."""
    track = str(data.get("track", "listed"))
    word = "Дело школы" if track == "listed" else "Наблюдение"
    return Opening(f"{word}: {subject.short_name}", scope={"track": track}, once=f"support:{subject.id}")


# the year ---------------------------------------------------------------------------------------------------------


def begin_year(move: Move, card: Card) -> Values:
    """The year that begins: of the newest signed list with this school, or the one after the last that was decided."""
    newest = _newest_list(move.session, move.case)
    decided = last_evaluation(move.session, move.case.id)
    years = [move.case.school_year, newest.school_year if newest else 0, decided.school_year + 1 if decided else 0]
    year, days = max(years), move.profile.evaluation.days
    move.record("support.year", school_year=year, number=year - move.case.school_year + 1)
    return {
        "year_start": school_year_start(year).isoformat(),
        "evaluation_due": on(days.opens, year + 1).isoformat(),
        "decision_due": on(days.cycle, year + 1).isoformat(),
        "light": _goes_on(move) and "diagnosis" not in reviewed(move),
    }


def _goes_on(move: Move) -> bool:
    """Is the year the next one of a support that goes on? The first one, and one after a return to the list, are not."""
    turn = last_turn(move.session, move.case.id)
    return turn is not None and turn.form != "support_start"


def reviewed(move: Move) -> tuple[str, ...]:
    """What the plan of this year says is to be looked at again: diagnosis, factors, roadmap, curator."""
    turn = last_turn(move.session, move.case.id)
    return tuple((turn.data.get("review") or ()) if turn is not None and turn.form == "support_year" else ())


def pass_on_review(move: Move, card: Card) -> Values | None:
    """Tell the case that runs on what the year's plan opens in it; one that begins this year is new anyway."""
    kind, word, tell = REVIEWS[card.properties["deliver"]]
    if word in reviewed(move):
        for case_id in move.open_children(kind):
            tell(move, case_id, f"Пересмотр в плане года: {school_year_name(move.year)}")
    return None


REVIEWS = {
    "curator_review": ("mentoring", "curator", leaving.call_review),
    "roadmap_review": ("roadmap", "roadmap", roadmap.call_review),
}


_NEWEST_LIST = (
    sa.select(SupportList)
    .join(SupportListRow, SupportListRow.list_id == SupportList.id)
    .where(SupportListRow.school_id == sa.bindparam("school"), SupportList.region == sa.bindparam("region"))
    .order_by(SupportList.school_year.desc(), SupportList.number.desc())
    .limit(1)
)
_LAST_EVALUATION = (
    sa.select(Evaluation)
    .join(Case, Case.id == Evaluation.case_id)
    .where(Case.parent_id == sa.bindparam("cycle"), Case.status != "cancelled", Evaluation.decision.is_not(None))
    .order_by(Evaluation.school_year.desc(), Evaluation.case_id.desc())
    .limit(1)
)


def _newest_list(session: Session, case: Case) -> SupportList | None:
    """The newest signed list with the school in it."""
    return session.scalar(_NEWEST_LIST, {"school": case.subject_id, "region": case.region})


def last_evaluation(session: Session, cycle_id: int) -> Evaluation | None:
    """The newest decided evaluation of a case."""
    return session.scalar(_LAST_EVALUATION, {"cycle": cycle_id})


def year_of(system: System, session: Session, case: Case) -> int:
    """The school year that a stored case is in; a case that has ended, the last one it was in."""
    begins = system.pinned(session, case).load(case.state, Reader()).scope.get("year_start")
    return int(str(begins)[:4]) if begins else case.school_year


# facts the case waits for -------------------------------------------------------------------------------------------


def diagnosed(move: Move) -> bool:
    return diagnostics.approved(move.session, move.case.subject_id, move.year) is not None


def programme_approved(move: Move) -> bool:
    """The newest edition is in force: a programme of several years is approved once, and again after a review."""
    found = plans.approved_roadmap(move.session, move.case.subject_id, move.year)
    return found is not None and found.amendment is None and found.approved_edition == found.edition


def stages_done(move: Move) -> bool:
    return plans.stages_done(move.session, move.case.subject_id, move.year)


def decision_taken(move: Move) -> bool | Values:
    """The decision about this year, once the order that carries it is in force."""
    row = last_evaluation(move.session, move.case.id)
    if row is None or row.school_year != move.year:
        return False
    since = exit_orders.in_force_since(move.session, row)
    if since is None:
        return False
    months = move.profile.evaluation.watch_months
    until = months_after(since, months).isoformat() if row.decision == "exit" else None
    return {"decision": row.decision, "watch_until": until}


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def later_list(move: Move) -> bool:
    """Is a list of a later school year signed than the one this case was opened by?"""
    where = (SupportList.region == move.case.region, SupportList.school_year > move.case.school_year)
    return move.session.scalar(sa.select(SupportList.id).where(*where).limit(1)) is not None


def listed_again(move: Move) -> bool:
    """Is the school in a list signed after it left? One signed before is the list that it left."""
    newest, row = _newest_list(move.session, move.case), last_evaluation(move.session, move.case.id)
    if newest is None or newest.school_year <= move.year:
        return False
    return row is None or row.decided_at is None or newest.frozen_at > row.decided_at


# children -----------------------------------------------------------------------------------------------------------


def for_year(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """Children of the year: about this school."""
    yield move.case.subject_id, {"cycle": move.case.id, "year": move.year - move.case.school_year + 1}


def last_turn(session: Session, case_id: int) -> Answer | None:
    where = (Answer.case_id == case_id, Answer.form.in_(TURNS))
    return session.scalar(sa.select(Answer).where(*where).order_by(Answer.version.desc()).limit(1))


def with_stale_passport(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """The school, unless its social passport of the year is accepted."""
    where = (
        SocialPassport.school_id == move.case.subject_id,
        SocialPassport.school_year == move.year,
        SocialPassport.accepted_at.is_not(None),
    )
    if move.session.scalar(sa.select(SocialPassport.id).where(*where).limit(1)) is None:
        yield move.case.subject_id, {}


def for_measures(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """An assignment for every measure of strengthened support that was chosen."""
    answers = last_answer(move.session, move.case.id, "support_strengthen") or {}
    calendar = move.system.calendar(move.case.region)
    today = move.today
    for code in answers.get("measures") or ():
        measure = move.profile.evaluation.measures[code]
        data: dict[str, Any] = {"text": f"{measure.text}: {move.subject.short_name}", "expected": measure.expected}
        data |= {"due_on": calendar.add_working(today, measure.days).isoformat(), "control": "usual"}
        data |= {
            "basis": "годовое решение об усилении поддержки",
            "executor": _in_charge(move, measure.executor, today),
        }
        yield move.case.subject_id, data


def _in_charge(move: Move, role: str, on_day: date) -> int | None:
    """The position that answers for a role about this school: the head first; without one, who gives the assignment."""
    where = seat(move.session, move.case.region, move.case.subject_id, role)
    here = (Position.organisation_id == where.place, Position.role == where.role) if where else (sa.false(),)
    held = sa.select(Position.id).where(*here, in_force(Position, on_day))
    found = move.session.scalar(held.order_by(Position.head.desc(), Position.id).limit(1))
    return found or (move.actor.position_id if move.actor else move.case.opened_by)


def start_context(ask: Asking) -> Values:
    """People of the school for the working group, and its profile at the start with where each value is from."""
    people = (
        sa.select(Person)
        .join(Position, Position.person_id == Person.id)
        .where(Position.organisation_id == ask.case.subject_id)
    )
    names = {person.id: person.full_name for person in ask.session.scalars(people.order_by(Person.family_name))}
    return {
        "choices": {"person": names, "document": {}},
        "facts": {"basis": basis(ask.session, ask.case), "school_year": school_year_name(ask.case.school_year)},
        "files": of_case(ask.session, ask.case.id),
        "dates": {"today": ask.today.isoformat()},
        "known": [*_why_listed(ask), *_conditions(ask)],
    }


def _why_listed(ask: Asking) -> Iterator[dict[str, Any]]:
    """The basis of the signed list, with the calculation it comes from."""
    newest, said = _newest_list(ask.session, ask.case), basis(ask.session, ask.case)
    if newest is not None and said:
        url = f"/runs/{newest.run_id}/schools/{ask.case.subject_id}"
        yield {
            "label": "Основание поддержки",
            "value": said,
            "source": {"text": "расчёт с результатами школы", "url": url},
        }


def _conditions(ask: Asking) -> Iterator[dict[str, Any]]:
    """What the last accepted passport says of the school."""
    passport = passports.newest(ask.session, ask.case.subject_id)
    if passport is None:
        return
    said, year = dict(passports.told(passport.values)), school_year_name(passport.school_year)
    source = {"text": f"социальный паспорт {year}", "url": f"/cases/{passport.case_id}" if passport.case_id else ""}
    for label in PROFILE:
        if label in said:
            yield {"label": label, "value": said[label], "source": source}


def basis(session: Session, case: Case) -> str:
    """Why the school is supported: the basis printed in the annex of the newest order that names it."""
    newest = _newest_list(session, case)
    where = (SupportListRow.list_id == (newest.id if newest else 0), SupportListRow.school_id == case.subject_id)
    return session.scalar(sa.select(SupportListRow.basis).where(*where)) or ""


HANDLERS = Handlers(
    kinds={"support_cycle": open_cycle},
    about={"support_cycle": ("school",)},
    contexts={"support_start": start_context},
    operations={"support_cycle.collect_facts": begin_year, "support_cycle.deliver": pass_on_review},
    facts={
        "support_cycle.list.frozen": later_list,
        "support_cycle.school.listed": listed_again,
        "support_cycle.diagnosis.approved": diagnosed,
        "support_cycle.roadmap.approved": programme_approved,
        "support_cycle.stages.done": stages_done,
        "support_cycle.decision.taken": decision_taken,
    },
    targets={
        "support_cycle.year": for_year,
        "support_cycle.stale_passport": with_stale_passport,
        "support_cycle.measures": for_measures,
    },
)
