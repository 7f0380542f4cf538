"""The paper of a request for resources: the school's needs and, once there is one, the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.cases.models import Case
from app.cases.move import Move
from app.documents import contexts, renditions, sent_papers, signing, texts
from app.documents.models import Document, Edition, Signature
from app.people.models import Organisation, Person, Position
from app.programmes import plans
from app.programmes.models import PlanRow
from app.programmes.plan_models import ResourceItem, ResourceRequest
from forms.resource_request import FUNDS, URGENCY
from forms.values import show_number
from reports import ru

KIND = "resource_request"
WHOLE, ANSWER, TERMS = "all", "answer", "terms"
"""What is signed: the school's request, the decision about it, how it is provided for."""
Marks = Mapping[str, Sequence[Signature]]
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
    edition = write(move, row, items, issued=False, senders={WHOLE: contexts.sender(move)})
    document = document_of(move.session, move.case.id)
    if document is not None and edition is not None and sent_papers.sign(move, document, edition) is not None:
        write(move, row, items, issued=False)


def answer(move: Move, row: ResourceRequest, items: list[ResourceItem], scope: str, *, issued: bool) -> None:
    """Write a part of the answer, ANSWER or TERMS, signed by who sends it; nothing that is signed already changes."""
    edition = write(move, row, items, issued=False, senders={scope: contexts.sender(move)})
    document = document_of(move.session, move.case.id)
    if document is None or edition is None:
        return
    for before in _marks(move.session, document).get(scope, ()):
        before.fallen_at, before.fallen_reason = move.now, "ответ изменён"
    sent_papers.sign(move, document, edition, scope)
    write(move, row, items, issued=issued)


def _standing(move: Move) -> Document:
    """The request's paper, made with its first text."""
    document = document_of(move.session, move.case.id)
    if document is None:
        document = texts.create(move, KIND, "на обеспечение ресурсами", move.case.subject_id)
    document.day, document.state = document.day or move.today, "registered"
    move.session.flush()
    return document


def write(
    move: Move,
    row: ResourceRequest,
    items: list[ResourceItem],
    *,
    issued: bool,
    senders: Mapping[str, dict[str, Any]] | None = None,
) -> Edition | None:
    """The paper as the case stands; `issued` is the last one, of which a file is made. None of a request without needs.

    `senders`: part → who is about to sign it; the others are under the names of who has signed them. What the school has
    signed stays as it was signed: an item that gets its answer in another case is named in the answer.
    """
    if not items:
        return None
    document, today = _standing(move), move.today
    doc = contexts.registration(
        move.profile, document, move.case, move.system.base_url, place="", draft=False, edition_day=today
    )
    senders, marks = senders or {}, _marks(move.session, document)
    signed = texts.current(move.session, document) if marks.get(WHOLE) and WHOLE not in senders else None
    needs = [_need(move, item) for item in items]
    context = {
        "doc": {**doc, "long_kept": False, "title_position": "center"},
        "issuer": {"lines": [move.subject.name]},
        "addressee": _addressee(move),
        "school": move.subject.name,
        "needs": signed.context["needs"] if signed else needs,
        "grounds": signed.context["grounds"] if signed else row.grounds,
        "origin": None if marks.get(WHOLE) or WHOLE in senders else _origin(move),
        "signers": _block(move, marks, senders, WHOLE) or _unsigned(move, today),
        "answer": _answer(move, row, marks, senders, _apart(signed.context["needs"], needs) if signed else []),
        "terms": _terms(move, row, marks, senders),
    }
    edition = texts.write(move, document, context)
    if issued:
        renditions.request(move, document)
    return edition


def _marks(session: Session, document: Document) -> dict[str, list[Signature]]:
    """Part of the paper → signatures that stand under it."""
    found: dict[str, list[Signature]] = {}
    for one in signing.valid(session, document.id, "sign"):
        found.setdefault(one.scope, []).append(one)
    return found


def _apart(signed: list[dict[str, Any]], left: list[dict[str, Any]]) -> list[str]:
    """What the school signed for and what is not answered here any more."""
    here = {(need["kind"], need["what"]) for need in left}
    return [need["what"] for need in signed if (need["kind"], need["what"]) not in here]


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


def _answer(
    move: Move, row: ResourceRequest, marks: Marks, senders: Mapping[str, dict[str, Any]], apart: list[str]
) -> dict[str, Any] | None:
    """The decision with who took it; of the day when it was signed, whenever the paper is written again."""
    if row.decision not in DECISIONS:
        return None
    lines = []
    if row.partner:
        lines.append(f"Ресурс предоставляет: {row.partner}")
    if row.programme:
        lines.append(f"Программа: {row.programme}")
    if apart:
        lines.append(f"Рассматривается отдельной заявкой: {'; '.join(apart)}")
    return {
        "decision": DECISIONS[row.decision],
        "reason": row.reason,
        "terms": lines,
        "decided_on": _day(move, marks, senders, ANSWER),
        "signers": _block(move, marks, senders, ANSWER),
    }


def _terms(
    move: Move, row: ResourceRequest, marks: Marks, senders: Mapping[str, dict[str, Any]]
) -> dict[str, Any] | None:
    """Whence the money comes and by which day the thing is given, once that is written down."""
    if not row.funds or not row.deliver_by:
        return None
    standing = marks.get(TERMS) and TERMS not in senders
    document = document_of(move.session, move.case.id)
    edition = texts.current(move.session, document) if standing and document else None
    if edition is not None and edition.context.get("terms"):
        lines = edition.context["terms"]["lines"]  # a day put off after a short delivery is not what was signed
    else:
        amount = f", {ru.grouped(round(row.amount))} руб." if row.amount else ""
        lines = [f"Источник: {dict(FUNDS)[row.funds]}{amount}", f"Срок передачи: {row.deliver_by:%d.%m.%Y}"]
    return {
        "lines": lines,
        "settled_on": _day(move, marks, senders, TERMS),
        "signers": _block(move, marks, senders, TERMS),
    }


def _day(move: Move, marks: Marks, senders: Mapping[str, Any], scope: str) -> str:
    calendar = move.system.calendar(move.case.region)
    signed = marks.get(scope) if scope not in senders else None
    return calendar.local(signed[-1].at if signed else move.now).isoformat()


def _block(move: Move, marks: Marks, senders: Mapping[str, dict[str, Any]], scope: str) -> list[dict[str, Any]]:
    """Who is about to sign a part, else who has signed it."""
    if scope in senders:
        return [senders[scope]]
    return [_signed(move.session, one) for one in marks.get(scope, ())[-1:]]


def _signed(session: Session, one: Signature) -> dict[str, Any]:
    return contexts.signer([one.stamp["position"] or "Сотрудник"], session.get_one(Person, one.person_id), one)


def _origin(move: Move) -> dict[str, Any] | None:
    """The request that this one was split off from: its day, its case, its code, and who signed it."""
    above = move.session.get(Case, move.case.data.get("split_from") or 0)
    while above is not None:
        document = document_of(move.session, above.id)
        if document is not None and (marks := _marks(move.session, document).get(WHOLE)):
            day = move.system.calendar(move.case.region).local(marks[-1].at)
            facts = {"day": day.isoformat(), "case_code": above.number or str(above.id), "code": document.code}
            return {**facts, "signers": [_signed(move.session, marks[-1])]}
        above = move.session.get(Case, above.data.get("split_from") or 0)
    return None


def _unsigned(move: Move, today: Any) -> list[dict[str, Any]]:
    """The head of the school with room for his hand, under a request that nobody has signed."""
    position_id = plans.head_of(move.session, move.case.subject_id, "school_head", today)
    if position_id is None:
        return []
    position = move.session.get_one(Position, position_id)
    person = move.session.get_one(Person, position.person_id)
    return [{"post": [position.title or "Директор"], "name": person.signed_name}]
