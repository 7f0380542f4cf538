"""The card of an assignment and the people about it: who executes, who gave it, who accepts."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.cases.move import Move
from app.diagnostics import curators
from app.people import policy
from app.people.actor import covers, in_force
from app.people.models import Organisation, Position
from app.programmes import plans
from app.programmes.models import PlanRow
from app.programmes.plan_models import AssignmentCard

PROGRAMME = ("строка {} программы", "мероприятия программы, строка {}")
ROWS = {
    "visit": ("рекомендация {} по итогам посещения", "рекомендации {} по итогам посещения"),
    "municipal_program": ("строка {} муниципальной программы", "мероприятия муниципальной программы, строка {}"),
}
"""Kind of the case that a row stands in → how the row is named, and what its report is about."""


def card_from(session: Session, case: Case) -> AssignmentCard:
    """The card of a case as its opener described it."""
    data = case.data
    row = session.get_one(PlanRow, int(data["plan_row"])) if data.get("plan_row") else None
    due = row.due_on if row else date.fromisoformat(data.get("due_on") or case.opened_at.date().isoformat())
    kind = session.get_one(Organisation, case.subject_id).kind
    return AssignmentCard(
        case_id=case.id,
        school_id=case.subject_id if kind == "school" else None,
        plan_row_id=row.id if row else None,
        origin=data.get("origin", "plan" if row else "order" if data.get("text") else "direct"),
        text=row.text if row else data.get("text", ""),
        basis=row_words(session, row)[0] if row else data.get("basis", "")[:500],
        expected=row.expected if row else data.get("expected", ""),
        issuer_id=int(data["issuer"]) if data.get("issuer") else case.opened_by,
        executor_id=int(data["executor"]) if data.get("executor") else None,
        others=[],
        control=data.get("control", "none"),
        first_due=due,
        due_on=due,
        moved=0,
        state="open",
        fact="",
        data={},
        conclusion="",
        early=False,
    )


def row_words(session: Session, row: PlanRow) -> tuple[str, str]:
    """«Рекомендация 2 по итогам посещения»: a row by the paper that it stands in, and its report."""
    name, report = ROWS.get(session.get_one(Case, row.case_id).kind, PROGRAMME)
    return name.format(row.number), report.format(row.number)


def ensure(session: Session, case: Case) -> AssignmentCard:
    """The card of an assignment, made from its opening when nobody has asked for it yet."""
    card = session.get(AssignmentCard, case.id)
    if card is None:
        card = card_from(session, case)
        session.add(card)
        session.flush()
    return card


def card_of(move: Move) -> AssignmentCard:
    """The card of the case in hand."""
    return ensure(move.session, move.case)


def row_of(session: Session, card: AssignmentCard) -> PlanRow | None:
    return session.get(PlanRow, card.plan_row_id) if card.plan_row_id else None


# who --------------------------------------------------------------------------------------------------------------


def executor(move: Move, item: str | None) -> int | None:
    """The responsible person of the row while he works there, else the school's deputy or head."""
    card, today = card_of(move), move.today
    given = move.session.get(Position, card.executor_id) if card.executor_id else None
    if given is not None and covers(given, today):
        return given.id
    row = row_of(move.session, card)
    place = given.organisation_id if given else move.case.subject_id
    found = plans.position_of(move.session, row.responsible_id, place, today) if row else None
    found = found or plans.holder_of(move.session, place, "school_deputy", today)
    return found or _any_head(move.session, place, today)


def _any_head(session: Session, place: int, today: date) -> int | None:
    held = in_force(Position, today)
    wanted = (Position.organisation_id == place, Position.role.in_(sorted(policy.WORKERS)), held)
    return session.scalar(sa.select(Position.id).where(*wanted).order_by(Position.head.desc(), Position.id).limit(1))


def issuer(move: Move, item: str | None) -> int | None:
    card, today = card_of(move), move.today
    given = move.session.get(Position, card.issuer_id) if card.issuer_id else None
    if given is not None and covers(given, today):
        return given.id
    if given is not None:
        return plans.head_of(move.session, given.organisation_id, given.role, today)
    return plans.head_of(move.session, move.case.subject_id, "school_head", today)


def acceptor(move: Move, item: str | None) -> int | None:
    """The curator for a row of a school's programme, who gave the assignment for any other; never the executor himself."""
    card = card_of(move)
    chosen = issuer(move, item)
    if row_of(move.session, card) is not None:
        chosen = plans.curator_of(move.session, move.case.region, move.case.subject_id, move.today)
    if chosen is None or _same_person(move.session, chosen, executor(move, item)):
        return curators.substitute_of(move.session, move.case.region, move.case.subject_id, move.today)
    return chosen


def _same_person(session: Session, one: int | None, other: int | None) -> bool:
    people = {session.get_one(Position, p).person_id for p in (one, other) if p is not None}
    return one is not None and other is not None and len(people) == 1
