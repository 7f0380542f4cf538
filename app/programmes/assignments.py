"""Assignments: a row of a plan, a point of an act, an order of a head – executed with evidence, accepted, taken off control."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values, moment
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.operations import locked, unit_of
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import signing
from app.engine import Card
from app.errors import NotAllowed, Refused
from app.files import of_case
from app.people import policy
from app.people.actor import Actor, works
from app.people.models import Organisation, Person, Position
from app.people.names import within
from app.programmes import assignment_papers, plans
from app.programmes.assignment_cards import acceptor, card_of, executor, issuer, row_of, row_words
from app.programmes.models import HelpGiven, PlanRow
from app.programmes.plan_models import AssignmentCard, Roadmap

ISSUERS = ("ministry", "controller", "regional_operator", "municipal_authority", "school_head")
DAY = timedelta(days=1)


def open_assignment(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """Of a plan's row, of a point given by another case (`text` in the data), or by hand: then it is written first.

    Data of a point: text, due_on (ISO), executor (position id), basis, expected, control, origin.
    """
    scope: dict[str, Any] = {"manual": True, "to_take": True, "controlled": False}
    today = system.calendar(subject.region).local(moment(session))
    scope |= {"opens_on": today.isoformat(), "due_on": (today + 14 * DAY).isoformat()}
    if data.get("plan_row"):
        row = session.get_one(PlanRow, int(data["plan_row"]))
        scope |= {"manual": False, "to_take": False, "due_on": row.due_on.isoformat()}
        scope["opens_on"] = (row.starts_on - DAY).isoformat()
        title = f"{row.number}. {row.text}"
    elif data.get("text"):
        controlled = data.get("control") in ("usual", "special")
        scope |= {"manual": False, "controlled": controlled, "due_on": data.get("due_on", scope["due_on"])}
        title = str(data["text"])
    else:
        title = f"Поручение: {subject.short_name}"
    return Opening(title[:500], scope=scope)


# giving and taking ------------------------------------------------------------------------------------------------


def issue_context(ask: Asking) -> Values:
    """Whom the issuer may charge: workers of his own organisation, and heads of those under it."""
    session, case = ask.session, ask.case
    card = session.get(AssignmentCard, case.id)
    refused = last_answer(session, case.id, "assignment_take") or {}
    values = {"text": card.text, "basis": card.basis, "expected": card.expected} if card and card.text else {}
    return {
        "choices": {"executor": _executors(ask)},
        "values": values,
        "facts": {"objection": refused.get("reason") if refused.get("outcome") == "object" else None},
        "dates": {"today": ask.today.isoformat()},
    }


def _executors(ask: Asking) -> dict[int, str]:
    mine = ask.actor.organisation_id
    under = sa.and_(Organisation.parent_id == mine, Position.head)
    places = sa.or_(Position.organisation_id.in_([mine, ask.case.subject_id]), under)
    found = (
        sa.select(Position, Person, Organisation.short_name)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(
            places, works(ask.today), Position.role.in_(sorted(policy.WORKERS)), Position.id != ask.actor.position_id
        )
        .order_by(Organisation.short_name, Person.family_name)
        .limit(500)
    )
    return {
        p.id: f"{person.listed_name}, {within(p.title) or place}, {place}"
        for p, person, place in ask.session.execute(found)
    }


def write_issue(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    card = card_of(move)
    card.text, card.basis, card.expected = answers["text"], answers["basis"], answers["expected"]
    card.executor_id, card.control = int(answers["executor"]), answers["control"]
    card.others = [int(one) for one in answers["others"]]
    card.due_on = date.fromisoformat(answers["due_on"])
    card.first_due, card.state = card.due_on, "open"
    card.issuer_id = move.actor.position_id if move.actor else card.issuer_id
    move.case.title = card.text[:500]
    move.session.flush()
    move.record("assignment.issued", due=answers["due_on"], executor=card.executor_id, control=card.control)
    assignment_papers.issue(move, card)
    return None


def take_context(ask: Asking) -> Values:
    card = ask.session.get_one(AssignmentCard, ask.case.id)
    colleagues = plans.people_of(ask.session, ask.actor.organisation_id, ask.today)
    others = {k: name for k, name in colleagues.items() if k != ask.actor.person_id}
    return {"choices": {"colleague": others}, "facts": shown(ask.session, card)}


def shown(session: Session, card: AssignmentCard) -> dict[str, Any]:
    """What the pages of an assignment tell above the form."""
    row = row_of(session, card)
    return {
        "text": card.text,
        "expected": card.expected,
        "basis": card.basis,
        "due": card.due_on.isoformat(),
        "first_due": card.first_due.isoformat(),
        "moved": card.moved,
        "control": card.control,
        "plan": _plan(session, row) if row else None,
        "about": _about(session, card),
        "returned": card.conclusion if card.state == "open" else "",
    }


def _plan(session: Session, row: PlanRow) -> dict[str, Any]:
    """The row that the work follows from: of a school's programme, which has a page of its rows, or of another case."""
    programme = session.get(Roadmap, row.case_id) is not None
    words = row_words(session, row)[0]
    return {"case": row.case_id, "number": row.number, "programme": programme, "words": words[:1].upper() + words[1:]}


def _about(session: Session, card: AssignmentCard) -> str:
    """Whose work it is: who controls has assignments of many schools before him."""
    place = sa.select(Organisation.short_name).join(Case, Case.subject_id == Organisation.id)
    return session.scalars(place.where(Case.id == card.case_id)).one()


def write_take(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    card = card_of(move)
    if answers["outcome"] == "take" and answers.get("given_to") and move.actor:
        place = move.actor.organisation_id
        position = plans.position_of(move.session, int(answers["given_to"]), place, move.today)
        if position is None:
            raise Refused("Этот сотрудник больше не работает в организации.", advice="Выберите другого.")
        card.executor_id = position
    return {"due_on": card.due_on.isoformat()}


# the report -------------------------------------------------------------------------------------------------------


def report_context(ask: Asking) -> Values:
    card = ask.session.get_one(AssignmentCard, ask.case.id)
    tomorrow = (ask.today + DAY).isoformat()
    return {
        "facts": shown(ask.session, card),
        "choices": {"help_kind": dict(ask.profile.dictionaries["help_kind"])},
        "files": of_case(ask.session, ask.case.id),
        "dates": {"today": ask.today.isoformat(), "tomorrow": tomorrow},
    }


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    card = card_of(move)
    if answers["outcome"] == "ask_extension":
        if date.fromisoformat(answers["new_due"]) <= card.due_on:
            raise Refused("Новый срок не позже нынешнего.", advice="Поставьте более позднюю дату.")
        card.data = {**card.data, "asked": {"new_due": answers["new_due"], "grounds": answers["grounds"]}}
        return None
    card.state, card.result, card.fact = "reported", answers["result"], answers["done_text"]
    card.done_on = date.fromisoformat(answers["done_on"])
    kept = ("people", "value", "files", "link", "reason", "help_kind")
    card.data = {**card.data, **{name: answers.get(name) for name in kept}}
    if move.actor is not None:
        card.data = {**card.data, "reporter": move.actor.position_id, "reporter_person": move.actor.person_id}
    return None


def gate_extension(move: Move, card: Card) -> Values:
    """The region says how often the issuer may move a term; the next time is the controller's."""
    given = card_of(move)
    return {"extension_by": "controller" if given.moved >= move.profile.roadmaps.extensions else "issuer"}


def extend_context(ask: Asking) -> Values:
    card = ask.session.get_one(AssignmentCard, ask.case.id)
    asked = card.data.get("asked", {})
    return {
        "facts": {**shown(ask.session, card), "asked": asked},
        "values": {"new_due": asked.get("new_due")},
        "dates": {"today": ask.today.isoformat()},
    }


def write_extend(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    card = card_of(move)
    if answers["outcome"] == "grant":
        card.due_on, card.moved = date.fromisoformat(answers["new_due"]), card.moved + 1
    history = [*card.data.get("extensions", ()), {**answers, "on": move.today.isoformat()}]
    card.data = {**card.data, "extensions": history, "asked": None}
    move.session.flush()
    move.record("assignment.extension", outcome=answers["outcome"], due=card.due_on.isoformat(), moved=card.moved)
    return {"due_on": card.due_on.isoformat()}


# acceptance -------------------------------------------------------------------------------------------------------


def check_context(ask: Asking) -> Values:
    card = ask.session.get_one(AssignmentCard, ask.case.id)
    stored = of_case(ask.session, ask.case.id)
    proofs = [(f"файл: {stored[key]['name']}", key) for key in map(int, card.data.get("files") or ()) if key in stored]
    lines = [name for name, _ in proofs] + ([f"ссылка: {card.data['link']}"] if card.data.get("link") else [])
    report = {
        "result": card.result,
        "fact": card.fact,
        "done_on": card.done_on.isoformat() if card.done_on else None,
        "value": card.data.get("value"),
        "reason": card.data.get("reason"),
        "people": card.data.get("people"),
        "files": [{"id": key, **stored[key]} for _, key in proofs],
        "link": card.data.get("link"),
    }
    rows = [{"row": n, "name": name} for n, name in enumerate(lines, 1)]
    facts = {**shown(ask.session, card), "report": report}
    return {"rows": {"evidence": rows}, "facts": facts, "dates": {"today": ask.today.isoformat()}}


def write_check(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Accept, return or drop. Who executed does not accept his own work, whatever position he acts in."""
    card = card_of(move)
    if move.actor is not None and move.actor.person_id == card.data.get("reporter_person"):
        raise Refused(
            "Исполнитель не принимает собственную работу.",
            advice="Передайте приёмку методической службе или замещающему.",
        )
    card.quality, card.conclusion = answers["quality"], answers.get("conclusion") or ""
    card.data = {**card.data, "checked": answers["evidence"]}
    if answers["outcome"] == "return":
        card.state, card.quality = "open", None
        move.session.flush()
        return {"due_on": answers["again_by"]}
    card.state = "accepted" if answers["outcome"] == "accept" else "dropped"
    card.accepted_by, card.accepted_at = move.actor.position_id if move.actor else None, move.now
    move.case.outcome = card.state
    if card.state == "accepted":
        _accept(move, card)
    move.session.flush()
    move.record("assignment.checked", outcome=answers["outcome"], quality=card.quality, result=card.result)
    return None


def _accept(move: Move, card: AssignmentCard) -> None:
    """Accepted work becomes facts: of the plan's row, of help given; the report is printed with the acceptor's words."""
    row = row_of(move.session, card)
    if row is not None:
        row.result, row.done_on, row.quality, row.fact = card.result, card.done_on, card.quality, card.fact
    if card.data.get("help_kind") and card.school_id and card.done_on:
        reporter = move.session.get(Position, card.data.get("reporter") or 0)
        place = reporter.organisation_id if reporter else None
        given = HelpGiven(school_id=card.school_id, provider_id=place, kind=card.data["help_kind"], day=card.done_on)
        given.case_id = move.case.id
        move.session.add(given)
    move.session.flush()
    assignment_papers.report(move, card)


def control_context(ask: Asking) -> Values:
    card = ask.session.get_one(AssignmentCard, ask.case.id)
    facts = {**shown(ask.session, card), "conclusion": card.conclusion, "quality": card.quality, "fact": card.fact}
    return {"facts": facts}


def write_control(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    card = card_of(move)
    if answers["outcome"] == "off":
        return None
    card.state, card.conclusion = "open", answers["reason"]
    move.session.flush()
    again = move.system.calendar(move.case.region).add_working(move.today, 5)
    return {"due_on": max(card.due_on, again).isoformat()}


# earlier than planned ---------------------------------------------------------------------------------------------


def begun_early(move: Move) -> bool:
    return card_of(move).early


def unbegun(session: Session, cases: Collection[int]) -> set[int]:
    """Those of these assignments that wait for their first day under a programme that still goes on."""
    above, worked = sa.orm.aliased(Case), sa.select(sa.literal(1)).where(Task.case_id == Case.id)
    found = (
        sa.select(AssignmentCard.case_id)
        .join(Case, Case.id == AssignmentCard.case_id)
        .outerjoin(above, above.id == Case.parent_id)
        .where(
            Case.id.in_(cases),
            Case.status == "open",
            sa.or_(above.id.is_(None), above.status == "open"),
            AssignmentCard.state == "open",
            AssignmentCard.early.is_(False),
            ~worked.exists(),
        )
    )
    return set(session.scalars(found))


def begin_early(system: System, case_id: int, *, actor: Actor, now: datetime) -> None:
    """The school begins a row before its date: the executor gets the report at once. Refused once it has begun, or when
    the programme is over."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        if actor.organisation_id != case.subject_id or actor.role not in policy.SCHOOL:
            raise NotAllowed("Начать строку раньше срока может школа.")
        if case_id not in unbegun(unit.session, [case_id]):
            raise Refused(
                "Начать раньше срока нельзя: строка уже исполняется или закрыта, либо программа завершена.",
                advice="Состояние строки показано в деле поручения.",
            )
        unit.session.get_one(AssignmentCard, case_id).early = True
        unit.record("assignment.early", case_id)
        key = f"wake:{case_id}:assignment.early:{case.version}"
        unit.post("wake", key, case_id, message="assignment.early", values={}, sender=case_id)


def overdue(session: Session, region: str, on: date) -> Mapping[int, int]:
    """School id → assignments past their term and not reported."""
    found = (
        sa.select(AssignmentCard.school_id, sa.func.count())
        .join(Case, Case.id == AssignmentCard.case_id)
        .where(Case.region == region, Case.status == "open", AssignmentCard.state == "open", AssignmentCard.due_on < on)
        .group_by(AssignmentCard.school_id)
    )
    return {school: count for school, count in session.execute(found) if school is not None}


HANDLERS = Handlers(
    kinds={"assignment": open_assignment},
    about={"assignment": ("region", "municipality", "school")},
    openers={"assignment": ISSUERS},
    forms={
        "assignment_issue": write_issue,
        "assignment_take": write_take,
        "assignment_report": write_report,
        "assignment_extend": write_extend,
        "assignment_check": write_check,
        "assignment_control": write_control,
    },
    contexts={
        "assignment_issue": issue_context,
        "assignment_take": take_context,
        "assignment_report": report_context,
        "assignment_extend": extend_context,
        "assignment_check": check_context,
        "assignment_control": control_context,
    },
    operations={"check_gate.assignment.extension": gate_extension},
    facts={"assignment.assignment.early": begun_early},
    signed={"assignment_issue": signing.own_words(), "assignment_check": signing.own_words("accept")},
    roles={"assignment.executor": executor, "assignment.issuer": issuer, "assignment.acceptor": acceptor},
)
