"""The order on curators: one for the schools of a municipality, its annex, what follows from its force, who leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Values
from app.cases.holders import municipality_of
from app.cases.models import Case, Task
from app.cases.move import Move, Unit
from app.cases.system import System
from app.documents import acts, issuing, texts
from app.documents.models import Document
from app.engine import Card
from app.people.actor import in_force
from app.people.models import Assignment, Organisation, Person, Position
from app.programmes.mentoring import serving
from app.programmes.mentoring.models import Mentorship, Visit
from app.programmes.plan_models import AssignmentCard

ACTS = {"curator": "municipal_order", "tutor": "tutor_order"}
DAY = timedelta(days=1)
PRINTED = "%d.%m.%Y"


# which order ------------------------------------------------------------------------------------------------------


def order_target(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """An act for the candidate who agreed; none when a draft of the same body takes him in."""
    row = serving.newest_of(move.session, move.case.id)
    assert row is not None
    standing = _act(move.session, row)
    if standing is not None and standing.status == "open" and standing.outcome is None:
        return
    draft = _draft_of(move, row.kind)
    if draft is not None:
        row.act_id = draft.id
        move.session.flush()
        move.record("mentoring.joined", act=draft.id, person=row.person_id)
        return
    yield move.case.subject_id, {"document_kind": ACTS[row.kind], "author": row.proposed_by, "mentorship": row.id}


def _act(session: Session, row: Mentorship) -> Case | None:
    """The case of the order that this candidate stands in."""
    if row.act_id is not None:
        return session.get(Case, row.act_id)
    own = sa.select(Case).where(Case.parent_id == row.case_id, Case.kind == "act").order_by(Case.id.desc())
    found = session.scalars(own).all()
    return next((act for act in found if act.data.get("mentorship") == row.id), None)


def _draft_of(move: Move, kind: str) -> Case | None:
    """An open order of the same body whose draft was not sent yet."""
    school = sa.orm.aliased(Organisation)
    drafting = sa.select(Task.case_id).where(Task.form == "act_draft")
    mentoring = sa.orm.aliased(Case)
    found = (
        sa.select(Case)
        .join(mentoring, mentoring.id == Case.parent_id)
        .join(school, school.id == Case.subject_id)
        .where(Case.kind == "act", Case.status == "open", Case.outcome.is_(None), mentoring.kind == "mentoring")
        .where(Case.region == move.case.region, Case.school_year == move.case.school_year, Case.id.in_(drafting))
        .where(mentoring.id != move.case.id)
        .order_by(Case.id)
    )
    municipality = municipality_of(move.session, move.subject)
    if kind == "curator" and municipality is None:
        return None
    if kind == "curator":
        found = found.where(school.parent_id == municipality)
    acts = move.session.scalars(found).all()
    return next((act for act in acts if act.data.get("document_kind") == ACTS[kind]), None)


def outcome(move: Move) -> bool | Values:
    """Is the order of this candidate decided, be it his own or one that others share?"""
    row = serving.newest_of(move.session, move.case.id)
    return acts.fate(_act(move.session, row)) if row is not None else False


def tell(move: Move, card: Card) -> Values | None:
    """Wake the cases of the other schools of the same order; note what became of this candidate."""
    row = serving.newest_of(move.session, move.case.id)
    assert row is not None
    act = _act(move.session, row)
    assert act is not None
    if row.act_id is None:
        others = sa.select(Mentorship.case_id).where(Mentorship.act_id == act.id, Mentorship.case_id != move.case.id)
        for case_id in move.session.scalars(others.order_by(Mentorship.case_id)):
            move.wake(case_id, "act.decided")
    if acts.fate(act) != {"act_outcome": "in_force"}:
        row.state = "refused"
        move.session.flush()
    return None


# the annex --------------------------------------------------------------------------------------------------------


def in_order(session: Session, act: Case) -> Sequence[Mentorship]:
    """Candidates of an order, by municipality and name of the school."""
    ids = [int(act.data["mentorship"])] if act.data.get("mentorship") else []
    school = sa.orm.aliased(Organisation)
    found = (
        sa.select(Mentorship)
        .join(school, school.id == Mentorship.school_id)
        .where(sa.or_(Mentorship.id.in_(ids), Mentorship.act_id == act.id))
        .order_by(school.short_name, Mentorship.id)
    )
    return session.scalars(found).all()


def annex(move: Move, document: Document) -> list[dict[str, Any]]:
    """Школа – куратор, должность, школа-донор – срок: the annex of the act in hand, which `move` is about."""
    from app.documents import act_texts

    rows = in_order(move.session, move.case)
    if not rows:
        return []
    return [act_texts.annex_of(move, document, table=table(move.session, rows))]


def table(session: Session, rows: Sequence[Mentorship]) -> dict[str, Any]:
    """The rows as a table of `reports`."""
    columns = [
        {"title": "№", "width": 9, "align": "number"},
        {"title": "Общеобразовательная организация"},
        {"title": {"curator": "Куратор", "tutor": "Тьютор"}[rows[0].kind], "width": 31},
        {"title": "Должность, место работы", "width": 40},
        {"title": "Срок", "width": 31},
    ]
    return {"columns": columns, "rows": [_line(session, number, row) for number, row in enumerate(rows, 1)]}


def _line(session: Session, number: int, row: Mentorship) -> list[str]:
    school = session.get_one(Organisation, row.school_id)
    person = session.get_one(Person, row.person_id)
    position = session.get_one(Position, row.proposed_position_id)
    home = session.get_one(Organisation, row.home_id)
    term = f"с {row.starts_on:{PRINTED}} по {row.ends_on:{PRINTED}}"
    return [str(number), school.name, person.full_name, f"{position.title}, {home.short_name}", term]


# in force ---------------------------------------------------------------------------------------------------------


def appoint(move: Move, card: Card) -> Values | None:
    """The order is in force: the one before leaves, the new one is assigned to the school, open tasks pass to him."""
    row = serving.newest_of(move.session, move.case.id)
    assert row is not None
    act = _act(move.session, row)
    document = texts.of_case(move.session, act.id) if act is not None else None
    today = move.today
    since = max(row.starts_on, (document.effective_from if document else None) or today)
    before = serving.in_force_of(move.session, move.case.id)
    if before is not None and before.id != row.id:
        end(move.unit, before, since - DAY, "Назначен преемник")
    row.order_text = _order_words(move, document)
    row.position_id = _acting_position(move, row, min(since, today))
    row.state, row.appointed_on = "appointed", since
    row.ends_on = max(row.ends_on, since)
    move.session.flush()
    _assign(move, row, since)
    rehold(move.unit, row.school_id, row.kind)
    who = {"person": row.person_id, "position": row.position_id}
    move.record("mentoring.appointed", role=row.kind, since=since, until=row.ends_on, basis=row.order_text, **who)
    if row.kind == "curator":
        for case_id in move.system.handlers.audience["curator.appointed"](move):
            move.wake(case_id, "curator.appointed")
    return None


def _order_words(move: Move, document: Document | None) -> str:
    if document is None or document.number is None or document.day is None:
        return ""
    described = issuing.of_document(move.session, move.profile, document).described
    return f"{described.printed.lower()} от {document.day:{PRINTED}} № {document.number}"


def _acting_position(move: Move, row: Mentorship, since: date) -> int:
    """The person's position of a curator or tutor where he works; made when he has none."""
    proposed = move.session.get_one(Position, row.proposed_position_id)
    if proposed.role == row.kind:
        return proposed.id
    found = sa.select(Position.id).where(
        Position.person_id == row.person_id,
        Position.organisation_id == row.home_id,
        Position.role == row.kind,
        in_force(Position, since),
    )
    standing = move.session.scalar(found.limit(1))
    if standing is not None:
        return standing
    title = move.profile.roles[row.kind].title
    made = Position(
        person_id=row.person_id,
        organisation_id=row.home_id,
        role=row.kind,
        title=title,
        valid_from=since,
        basis=row.order_text,
    )
    move.session.add(made)
    move.session.flush()
    facts = {"organisation": row.home_id, "role": row.kind, "title": title, "from": since, "basis": row.order_text}
    move.record("position.added", position=made.id, person=row.person_id, **facts)
    return made.id


def _assign(move: Move, row: Mentorship, since: date) -> None:
    """Territory follows: the school is the appointed one's from the day of the order."""
    assert row.position_id is not None
    same = sa.select(Assignment).where(
        Assignment.position_id == row.position_id, Assignment.organisation_id == row.school_id
    )
    standing = [one for one in move.session.scalars(same) if one.valid_to is None or one.valid_to >= since - DAY]
    if standing:
        standing[-1].valid_to, standing[-1].basis, standing[-1].case_id = row.ends_on, row.order_text, move.case.id
        move.session.flush()
        return
    made = Assignment(
        position_id=row.position_id,
        organisation_id=row.school_id,
        valid_from=since,
        valid_to=row.ends_on,
        basis=row.order_text,
        case_id=move.case.id,
    )
    move.session.add(made)
    move.session.flush()
    move.record(
        "assignment.added", assignment=made.id, position=row.position_id, organisation=row.school_id, since=since
    )


def end(unit: Unit, row: Mentorship, last_day: date, reason: str) -> None:
    """The appointment is over after `last_day`; so is the assignment of its case."""
    left = row.ended_on
    row.state, row.ended_on, row.alert = "ended", left or last_day, None
    row.end_reason = row.end_reason if left else reason
    close_assignment(unit, row, row.ended_on)
    unit.record("mentoring.ended", row.case_id, person=row.person_id, until=row.ended_on, reason=row.end_reason)


def close_assignment(unit: Unit, row: Mentorship, last_day: date) -> None:
    """The school is seen by the appointed one no longer than `last_day`."""
    found = sa.select(Assignment).where(
        Assignment.position_id == row.position_id,
        Assignment.organisation_id == row.school_id,
        Assignment.case_id == row.case_id,
    )
    for assignment in unit.session.scalars(found):
        if assignment.valid_to is None or assignment.valid_to > last_day:
            assignment.valid_to = max(last_day, assignment.valid_from)
            unit.record("assignment.ended", row.case_id, assignment=assignment.id, until=assignment.valid_to)
    unit.session.flush()


# open tasks pass --------------------------------------------------------------------------------------------------


def rehold(unit: Unit, school_id: int, kind: str) -> list[str]:
    """Give the open tasks of a curator's or tutor's lanes about a school to who holds them now; returns the tasks' ids.

    Only rows of tasks are written, so that no other case has to be locked: a task done meanwhile is simply gone.
    """
    session, passed = unit.session, []
    found = (
        sa.select(Task, Case)
        .join(Case, Case.id == Task.case_id)
        .where(Case.subject_id == school_id, Case.status == "open")
        .order_by(Task.id)
    )
    for task, case in session.execute(found).all():
        holder = _holder_now(unit.system, session, task, case, kind, unit)
        if holder is None or (task.role, task.organisation_id, task.position_id) == holder:
            continue
        role, organisation_id, position_id = holder
        changed = sa.update(Task).where(Task.id == task.id)
        values = {"role": role, "organisation_id": organisation_id, "position_id": position_id, "claimed_by": None}
        session.execute(changed.values(**values, head=False))
        unit.record("task.passed", case.id, task=task.key, role=role, organisation=organisation_id)
        passed.append(task.id)
    return passed


def _accepts(session: Session, case: Case, lanes: Sequence[str]) -> bool:
    """Is it the curator's to accept? So it is with the work of a row of the school's programme."""
    if case.kind != "assignment" or lanes != ["acceptor"]:
        return False
    row = sa.select(AssignmentCard.plan_row_id).where(AssignmentCard.case_id == case.id)
    return session.scalar(row) is not None


def _holder_now(
    system: System, session: Session, task: Task, case: Case, kind: str, unit: Unit
) -> tuple[str, int, int | None] | None:
    """Role, organisation and position that hold the task's lane now; None when the lane is somebody else's."""
    card = system.pinned(session, case).tasks.get(task.key)
    lanes = (card.role or "").partition(".")[0].split("|") if card else []
    today = system.calendar(case.region).local(unit.now)
    if case.kind == "visit" and "author" in lanes:
        if str(case.data.get("kind")) != kind or case.data.get("mentoring") is None:
            return None
        mentoring = int(case.data["mentoring"])
    elif case.kind == "mentoring" and lanes[:1] == ["curator"]:
        if serving.kind_of(case) != kind or task.key == "mentoring_consent":
            return None
        mentoring = case.id
    elif lanes == [kind] or (kind == "curator" and _accepts(session, case, lanes)):
        found = serving.accompanying(session, case.subject_id, kind, today)
        return _row(session, found or serving.stand_in(session, case.region, case.subject_id, kind, today))
    else:
        return None
    return _row(session, serving.of_case(session, case.region, mentoring, case.subject_id, kind, today))


def _row(session: Session, found: Any) -> tuple[str, int, int | None] | None:
    if found is None:
        return None
    if not isinstance(found, int):
        return found.role, found.organisation_id, found.position_id
    position = session.get_one(Position, found)
    return position.role, position.organisation_id, position.id


def open_visits(session: Session, mentoring_id: int) -> Sequence[Case]:
    """Visits of an accompaniment that are not over."""
    found = sa.select(Case).where(Case.parent_id == mentoring_id, Case.kind == "visit", Case.status == "open")
    return session.scalars(found.order_by(Case.id)).all()


def held_visits(session: Session, mentoring_id: int) -> Sequence[Visit]:
    """Visits of an accompaniment that took place."""
    found = sa.select(Visit).where(Visit.mentoring_id == mentoring_id, Visit.held_on.is_not(None))
    return session.scalars(found.order_by(Visit.held_on, Visit.case_id)).all()
