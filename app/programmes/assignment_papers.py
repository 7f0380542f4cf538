"""Papers of an assignment: the assignment itself and the report about its execution."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.cases.move import Move
from app.documents import sent_papers, texts
from app.documents.models import Document
from app.files.models import StoredFile
from app.people.models import Organisation, Person, Position
from app.programmes.assignment_cards import row_words
from app.programmes.models import PlanRow
from app.programmes.plan_models import AssignmentCard, Roadmap
from forms.values import show_number

RESULTS = {"done": "выполнено", "partly": "выполнено частично", "not_done": "не выполнено"}


def named(session: Session, position_id: int | None) -> str:
    """«Кречетова Н. В., директор школы»."""
    position = session.get(Position, position_id) if position_id else None
    if position is None:
        return "не назначен"
    person = session.get_one(Person, position.person_id)
    return (
        f"{person.listed_name}, {position.title[:1].lower() + position.title[1:]}"
        if position.title
        else person.listed_name
    )


def _document(move: Move, kind: str, title: str) -> Document:
    place = move.actor.organisation_id if move.actor else move.case.subject_id
    return texts.of_case(move.session, move.case.id, kind) or texts.create(move, kind, title, place)


def issue(move: Move, card: AssignmentCard) -> None:
    """The paper of an assignment given by hand."""
    session, subject = move.session, move.subject
    document = _document(move, "assignment", "к исполнению")
    place = session.get_one(Organisation, document.organisation_id)
    context = {
        "issuer": {"lines": [place.name]},
        "text": card.text,
        "basis": card.basis,
        "executor": named(session, card.executor_id),
        "others": [named(session, one) for one in card.others],
        "subject": subject.name if subject.id != place.id else "",
        "due_on": card.due_on.isoformat(),
        "expected": card.expected,
        "control": card.control,
    }
    sent_papers.issue(move, document, context, state="registered")


def report(move: Move, card: AssignmentCard) -> None:
    """The report with the acceptor's decision."""
    session = move.session
    row = session.get(PlanRow, card.plan_row_id) if card.plan_row_id else None
    title = row_words(session, row)[1] if row else "поручения"
    document = _document(move, "assignment_report", title)
    place = session.get_one(Organisation, move.case.subject_id)
    value = card.data.get("value")
    context = {
        "issuer": {"lines": [place.name]},
        "text": card.text,
        "plan": plan_words(session, card),
        "school": place.name if place.kind == "school" else "",
        "executor": named(session, card.data.get("reporter") or card.executor_id),
        "due_on": card.due_on.isoformat(),
        "first_due": card.first_due.isoformat(),
        "done_on": (card.done_on or card.due_on).isoformat(),
        "result": RESULTS[card.result or "done"],
        "done_text": card.fact,
        "people": card.data.get("people"),
        "value": show_number(value) if value is not None else "",
        "reason": card.data.get("reason") or "",
        "moves": [_moved(one) for one in card.data.get("extensions", ())],
        "proofs": _proofs(session, card),
        "quality": card.quality or 0,
        "conclusion": card.conclusion,
        "acceptor": named(session, card.accepted_by),
    }
    sent_papers.issue(move, document, context, state="registered")


def plan_words(session: Session, card: AssignmentCard) -> str:
    row = session.get(PlanRow, card.plan_row_id) if card.plan_row_id else None
    roadmap = session.get(Roadmap, row.case_id) if row else None
    return f"строка {row.number}, {roadmap.title}" if row and roadmap else card.basis


def _moved(line: dict[str, Any]) -> dict[str, Any]:
    granted = line["outcome"] == "grant"
    due = line.get("new_due") if granted else None
    return {"on": line["on"], "granted": granted, "due_on": due, "reason": line["reason"]}


def _proofs(session: Session, card: AssignmentCard) -> list[dict[str, Any]]:
    names = [session.get_one(StoredFile, int(key)).name for key in card.data.get("files") or ()]
    names += [card.data["link"]] if card.data.get("link") else []
    checked = {int(line["row"]): line.get("accepted") for line in card.data.get("checked") or ()}
    return [{"name": name, "accepted": checked.get(n) != "rejected"} for n, name in enumerate(names, 1)]
