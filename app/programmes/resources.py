"""Requests of schools for resources: one answer a case, items with another answer are split off into a sister case (OR 2.5-7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Task
from app.cases.move import Move, start
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.documents import signing, texts
from app.documents.models import Signature
from app.engine import Card
from app.errors import NotAllowed, Refused
from app.files import of_case
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.programmes import plans, resource_papers
from app.programmes.models import HelpGiven, PlanRow
from app.programmes.plan_models import ResourceItem, ResourceRequest

HELP = "resource"


def open_request(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """Of a school, by its own hand or from a row of its programme; `split_from` names the case it was split off."""
    if subject.kind != "school":
        raise Refused("Заявку на ресурсы подаёт школа.")
    return Opening(f"Заявка на ресурсы: {subject.short_name}", scope={"split": bool(data.get("split_from"))})


def row_of(session: Session, case_id: int) -> ResourceRequest:
    return session.get_one(ResourceRequest, case_id)


def items_of(session: Session, case_id: int) -> list[ResourceItem]:
    found = sa.select(ResourceItem).where(ResourceItem.case_id == case_id).order_by(ResourceItem.id)
    return list(session.scalars(found))


# the school asks --------------------------------------------------------------------------------------------------


def form_context(ask: Asking) -> Values:
    """Risks, rows of the programme that need a resource, what is asked for already."""
    session, case, profile = ask.session, ask.case, ask.profile
    roadmap = plans.roadmap_of(session, case.subject_id, case.school_year)
    rows = plans.rows(session, roadmap.case_id) if roadmap else ()
    row = session.get(ResourceRequest, case.id)
    given = session.get(PlanRow, int(case.data["plan_row"])) if case.data.get("plan_row") else None
    values: dict[str, Any] = {"grounds": row.grounds} if row else {}
    if row is not None:
        values["needs"] = [_line(item) for item in items_of(session, case.id)]
    elif given is not None:
        values["needs"] = [{"factor": given.section, "plan_row": given.id, "what": given.text[:500]}]
    return {
        "choices": {
            "resource": dict(profile.dictionaries["resource"]),
            "risk_factor": dict(profile.dictionaries["risk_factor"]),
            "plan_row": {r.id: f"{r.number}. {r.text[:90]}" for r in rows},
        },
        "values": values,
        "facts": {"question": row.reason if row and row.decision == "return" else None},
        "files": of_case(session, case.id),
    }


def _line(item: ResourceItem) -> dict[str, Any]:
    names = ("kind", "what", "quantity", "unit", "price", "urgency", "factor")
    return {**{name: getattr(item, name) for name in names}, "plan_row": item.plan_row_id}


def write_form(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Write the needs; an item that the school already asks for in another open request is refused by name."""
    session, case = move.session, move.case
    _no_doubles(move, answers["needs"])
    row = session.get(ResourceRequest, case.id)
    if row is None:
        row = ResourceRequest(
            case_id=case.id, school_id=case.subject_id, reason="", partner="", programme="", effect=""
        )
        row.early = False
        session.add(row)
    row.grounds, row.decision = answers["grounds"], None
    session.execute(sa.delete(ResourceItem).where(ResourceItem.case_id == case.id))
    names = ("kind", "what", "quantity", "unit", "price", "urgency", "factor")
    for line in answers["needs"]:
        given = {name: line.get(name) for name in names}
        session.add(ResourceItem(case_id=case.id, plan_row_id=line.get("plan_row"), **given))
    session.flush()
    move.record("resource.asked", items=len(answers["needs"]))
    resource_papers.sign(move, row, items_of(session, case.id))
    return None


def _no_doubles(move: Move, needs: list[dict[str, Any]]) -> None:
    found = (
        sa.select(ResourceItem.kind, ResourceItem.what, Case.id)
        .join(Case, Case.id == ResourceItem.case_id)
        .where(Case.subject_id == move.case.subject_id, Case.status == "open", Case.id != move.case.id)
    )
    asked = {(kind, what.casefold().strip()): case_id for kind, what, case_id in move.session.execute(found)}
    for line in needs:
        double = asked.get((line["kind"], line["what"].casefold().strip()))
        if double is not None:
            raise Refused(
                f"«{line['what']}» школа уже просит: дело № {double}.",
                advice="Уберите строку или дождитесь ответа по ней.",
            )


# the municipality and the region answer ---------------------------------------------------------------------------


def review_context(ask: Asking) -> Values:
    row, items = row_of(ask.session, ask.case.id), items_of(ask.session, ask.case.id)
    document = resource_papers.document_of(ask.session, ask.case.id)
    facts = {
        "grounds": row.grounds,
        "items": [_told(ask, item) for item in items],
        "reason": row.reason,
        "funds": row.funds,
        "amount": row.amount,
        "deliver_by": row.deliver_by.isoformat() if row.deliver_by else None,
        "document_id": document.id if document else None,
    }
    apart = {item.id: f"{item.what}, {item.quantity:g} {item.unit}" for item in items} if len(items) > 1 else {}
    files, dates = of_case(ask.session, ask.case.id), {"today": ask.today.isoformat()}
    return {"facts": facts, "choices": {"apart": apart}, "files": files, "dates": dates}


def _told(ask: Asking, item: ResourceItem) -> dict[str, Any]:
    words = ask.profile.dictionaries
    return {
        "what": item.what,
        "kind": words["resource"].get(item.kind, item.kind),
        "factor": words["risk_factor"].get(item.factor, item.factor),
        "quantity": item.quantity,
        "unit": item.unit,
        "price": item.price,
        "urgency": item.urgency,
    }


def write_municipal(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    apart = {int(one) for one in answers.get("apart") or ()}
    if apart:
        _split(move, row, apart)
    row.decision, row.reason = answers["outcome"], answers.get("reason") or ""
    row.partner = answers.get("partner") or ""
    move.session.flush()
    move.record("resource.answered", outcome=row.decision, split=len(apart))
    if row.decision not in ("up", "return"):
        resource_papers.answer(move, row, items_of(move.session, move.case.id), resource_papers.ANSWER, issued=False)
    return None


def _split(move: Move, row: ResourceRequest, apart: set[int]) -> None:
    """A sister case with its own answer: the same parent, the same grounds, the items taken out of this one."""
    session, case = move.session, move.case
    parent = session.get(Case, case.parent_id) if case.parent_id else None
    moved = [item for item in items_of(session, case.id) if item.id in apart]
    sister = start(
        move.unit, "resource_request", case.subject_id, case.school_year, {"split_from": case.id}, parent=parent
    )
    session.add(
        ResourceRequest(
            case_id=sister.id,
            school_id=row.school_id,
            grounds=row.grounds,
            reason="",
            partner="",
            programme="",
            effect="",
        )
    )
    for item in moved:
        item.case_id = sister.id
    session.flush()
    move.record("resource.split", sister=sister.id, items=len(moved))


def write_region(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.decision, row.programme = answers["outcome"], answers.get("programme") or ""
    row.reason = answers.get("reason") or row.reason
    move.session.flush()
    resource_papers.answer(move, row, items_of(move.session, move.case.id), resource_papers.ANSWER, issued=False)
    return None


def write_allocate(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.funds, row.amount = answers["funds"], answers.get("amount")
    row.deliver_by = date.fromisoformat(answers["deliver_by"])
    move.session.flush()
    resource_papers.answer(move, row, items_of(move.session, move.case.id), resource_papers.TERMS, issued=True)
    return None


def write_deliver(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.delivered_on = date.fromisoformat(answers["day"])
    return None


def write_confirm(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """What is received is help given to the school (M5); what lacks goes back with five working days more."""
    row = row_of(move.session, move.case.id)
    row.received = answers["outcome"]
    calendar = move.system.calendar(move.case.region)
    if row.received == "received" and row.delivered_on:
        parent = move.subject.parent_id
        given = HelpGiven(school_id=row.school_id, provider_id=parent, kind=HELP, day=row.delivered_on)
        given.case_id = move.case.id
        move.session.add(given)
        move.case.outcome = "received"
    else:
        row.reason = answers.get("note") or ""
        row.deliver_by = calendar.add_working(move.today, 5)
    move.session.flush()
    return {"deliver_by": (row.deliver_by or move.today).isoformat()}


def write_effect(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.used, row.effect = answers["used"], answers["changed"]
    return None


def tell_refusal(move: Move, card: Card) -> Values | None:
    row = row_of(move.session, move.case.id)
    move.case.outcome = "refused"
    resource_papers.write(move, row, items_of(move.session, move.case.id), issued=True)
    key = f"resource:{move.case.id}:refused"
    move.post("mail", key, template="task", role="school_head", subject=f"Ответ на заявку: {move.subject.short_name}")
    return None


def acquainted(move: Move) -> bool:
    document = texts.of_case(move.session, move.case.id, "resource_request")
    where = (Signature.document_id == (document.id if document else 0), Signature.purpose == "acquaint")
    return move.session.scalar(sa.select(Signature.id).where(*where).limit(1)) is not None


def ready_early(move: Move) -> bool:
    return row_of(move.session, move.case.id).early


def may_report_early(session: Session, actor: Actor, case: Case) -> bool:
    """The school, while it waits for half a year to pass since it received what it asked for."""
    row = session.get(ResourceRequest, case.id) if case.kind == "resource_request" else None
    mine = actor.organisation_id == case.subject_id and actor.role in policy.SCHOOL
    return mine and case.status == "open" and row is not None and row.received == "received" and not row.early


def report_early(system: System, case_id: int, *, actor: Actor, now: datetime) -> None:
    """The school tells of the use before half a year has passed."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        if actor.organisation_id != case.subject_id or actor.role not in policy.SCHOOL:
            raise NotAllowed("О пользе сообщает школа.")
        if not may_report_early(unit.session, actor, case):
            raise Refused("Сообщить о пользе можно после получения.")
        row_of(unit.session, case_id).early = True
        key = f"wake:{case_id}:resource_request.early:{case.version}"
        unit.post("wake", key, case_id, message="resource_request.early", values={}, sender=case_id)


HANDLERS = Handlers(
    kinds={"resource_request": open_request},
    about={"resource_request": ("school",)},
    openers={"resource_request": ("school_deputy", "school_head")},
    forms={
        "resource_form": write_form,
        "resource_municipal": write_municipal,
        "resource_region": write_region,
        "resource_allocate": write_allocate,
        "resource_deliver": write_deliver,
        "resource_confirm": write_confirm,
        "resource_effect": write_effect,
    },
    contexts={
        "resource_form": form_context,
        "resource_municipal": review_context,
        "resource_region": review_context,
        "resource_allocate": review_context,
        "resource_deliver": review_context,
        "resource_confirm": review_context,
        "resource_effect": review_context,
    },
    signed={
        "resource_form": signing.own_words(),
        "resource_municipal": signing.own_words("meet", "network", "refuse"),
        "resource_region": signing.own_words("meet", "refuse"),
        "resource_allocate": signing.own_words(),
    },
    operations={"resource_request.deliver": tell_refusal},
    facts={
        "resource_request.acquaintance.all": acquainted,
        "resource_request.resource_request.early": ready_early,
    },
)
