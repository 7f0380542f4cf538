"""The paper of a request for resources: the school's needs and, once there is one, the answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.cases.move import Move
from app.documents import contexts, renditions, sent_papers, signing, texts
from app.documents.models import Document, Edition
from app.people.models import Organisation, Person, Position
from app.programmes import plans
from app.programmes.models import PlanRow
from app.programmes.plan_models import ResourceItem, ResourceRequest
from forms.resource_request import FUNDS, URGENCY
from forms.values import show_number
from reports import ru

KIND = "resource_request"
DECISIONS = {
    "meet": "удовлетворить",
    "network": "закрыть потребность ресурсами сети",
    "up": "передать в министерство",
    "refuse": "отказать",
}


def document_of(session: Session, case_id: int) -> Document | None:
    return texts.of_case(session, case_id, KIND)


def sign(move: Move, row: ResourceRequest, items: list[ResourceItem]) -> None:
    """The school's request with the mark of who sends it; one sent again after a question is signed anew."""
    document = document_of(move.session, move.case.id)
    for before in signing.valid(move.session, document.id, "sign") if document else ():
        before.fallen_at, before.fallen_reason = move.now, "заявка уточнена"
    edition = write(move, row, items, issued=False, signers=[contexts.sender(move)])
    document = document_of(move.session, move.case.id)
    if document is not None and edition is not None and sent_papers.sign(move, document, edition) is not None:
        write(move, row, items, issued=False)


def write(
    move: Move,
    row: ResourceRequest,
    items: list[ResourceItem],
    *,
    issued: bool,
    signers: list[dict[str, Any]] | None = None,
) -> Edition | None:
    """The paper as the case stands; `issued` is the last one, of which a file is made. None of a request without needs.

    `signers`: who is about to sign; else who has signed it.
    """
    if not items:
        return None
    document = document_of(move.session, move.case.id)
    if document is None:
        document = texts.create(move, KIND, "на обеспечение ресурсами", move.case.subject_id)
    today = move.system.calendar(move.case.region).local(move.now)
    document.day, document.state = document.day or today, "registered"
    move.session.flush()
    doc = contexts.registration(
        move.profile, document, move.case, move.system.base_url, place="", draft=False, edition_day=today
    )
    context = {
        "doc": {**doc, "long_kept": False, "title_position": "center"},
        "issuer": {"lines": [move.subject.name]},
        "addressee": _addressee(move),
        "school": move.subject.name,
        "needs": [_need(move, item) for item in items],
        "grounds": row.grounds,
        "answer": _answer(row, today),
        "signers": signers or _signers(move, document, today),
    }
    edition = texts.write(move, document, context)
    if issued:
        renditions.request(move, document)
    return edition


def _addressee(move: Move) -> list[str]:
    parent = move.session.get(Organisation, move.subject.parent_id) if move.subject.parent_id else None
    return [parent.name] if parent is not None and parent.kind == "municipality" else []


def _need(move: Move, item: ResourceItem) -> dict[str, Any]:
    words = move.profile.dictionaries
    row = move.session.get(PlanRow, item.plan_row_id) if item.plan_row_id else None
    return {
        "kind": words["resource"].get(item.kind, item.kind),
        "what": item.what,
        "quantity": show_number(item.quantity),
        "unit": item.unit,
        "price": item.price,
        "urgency": dict(URGENCY)[item.urgency],
        "risk": words["risk_factor"].get(item.factor, item.factor),
        "row": f"строка {row.number}" if row else "",
    }


def _answer(row: ResourceRequest, today: Any) -> dict[str, Any] | None:
    if row.decision not in DECISIONS:
        return None
    terms = []
    if row.partner:
        terms.append(f"Ресурс предоставляет: {row.partner}")
    if row.programme:
        terms.append(f"Программа: {row.programme}")
    if row.funds:
        amount = f", {ru.grouped(round(row.amount))} руб." if row.amount else ""
        terms.append(f"Источник: {dict(FUNDS)[row.funds]}{amount}")
    if row.deliver_by:
        terms.append(f"Срок передачи: {row.deliver_by:%d.%m.%Y}")
    answer = {"decision": DECISIONS[row.decision], "reason": row.reason, "terms": terms}
    return {**answer, "decided_on": today.isoformat()}


def _signers(move: Move, document: Document, today: Any) -> list[dict[str, Any]]:
    """Who signed the request; the head of the school under a part of another request, which nobody has signed anew."""
    signed = signing.valid(move.session, document.id, "sign")
    if signed:
        person = move.session.get_one(Person, signed[-1].person_id)
        return [contexts.signer([signed[-1].stamp["position"] or "Сотрудник"], person, signed[-1])]
    position_id = plans.head_of(move.session, move.case.subject_id, "school_head", today)
    if position_id is None:
        return []
    position = move.session.get_one(Position, position_id)
    person = move.session.get_one(Person, position.person_id)
    return [{"post": [position.title or "Директор"], "name": person.signed_name}]
