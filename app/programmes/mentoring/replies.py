"""The school's word about a visit: does the day suit, has the head read the report (OR 4.4.1-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Task
from app.cases.move import Move
from app.cases.system import System
from app.documents import signing, texts
from app.people.models import Organisation, Person, Position
from app.programmes.mentoring import visit_papers
from app.programmes.mentoring.models import Visit


def open_reply(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    mode = str(data.get("mode", "confirm"))
    word = {"confirm": "День посещения", "acknowledge": "Отчёт о посещении"}[mode]
    return Opening(f"{word}: {subject.short_name}", scope={"mode": mode})


def row_of(session: Session, case_id: int) -> Visit:
    return session.get_one(Visit, case_id)


# the school's word about the day ----------------------------------------------------------------------------------


def confirm_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.parent_id or 0)
    may_move = row.changes < ask.profile.mentoring.day_changes
    answers = {"ok": "подтверждаем", **({"other": "просим другой день"} if may_move else {})}
    return {
        "choices": {"outcome": answers},
        "facts": {"visit": shown(ask, row), "last": not may_move},
        "dates": {"today": ask.today.isoformat()},
    }


def shown(ask: Asking, row: Visit) -> dict[str, Any]:
    """A visit as the school sees it."""
    at, subjects = row.planned_at.astimezone(ask.profile.zone), ask.profile.dictionaries["subject"]
    return {
        "kind": ask.profile.mentoring.posts[row.kind],
        "who": _visitor(ask.session, row),
        "at": at,
        "form": row.form,
        "aim": row.aim,
        "looks": row.looks,
        "lessons": [{**line, "title": subjects.get(line["subject"], line["subject"])} for line in row.lessons],
    }


def _visitor(session: Session, row: Visit) -> str:
    """Who planned the visit: his name and where he works."""
    position_id = visit_papers.planner(session, row.case_id)
    if position_id is None:
        return ""
    position = session.get_one(Position, position_id)
    person, home = session.get_one(Person, position.person_id), session.get_one(Organisation, position.organisation_id)
    return f"{person.listed_name}, {home.short_name}"


def write_confirm(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.parent_id or 0)
    row.confirmed = answers["outcome"]
    if answers["outcome"] == "other":
        row.asked_at = datetime.fromisoformat(answers["at"]).replace(tzinfo=move.profile.zone)
        row.asked_reason = answers["reason"]
        row.changes += 1
    move.case.outcome = answers["outcome"]
    return None


# acknowledgement --------------------------------------------------------------------------------------------------


def ack_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.parent_id or 0, visit_papers.KIND)
    return {"facts": {"document_id": document.id if document else None}}


def ack_shown(ask: Asking, answers: Values | None) -> str | None:
    return visit_papers.fingerprint(ask.session, ask.case.parent_id or 0)


def write_ack(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The head of the school signs that he has read exactly this report; disagreement is written as remarks."""
    row = row_of(move.session, move.case.parent_id or 0)
    document = texts.of_case(move.session, row.case_id, visit_papers.KIND)
    edition = texts.current(move.session, document) if document else None
    assert document is not None and edition is not None
    signing.sign(move, document, edition, move.proof, "acquaint")
    row.ack, row.ack_text = answers["outcome"], answers.get("text")
    move.case.outcome = answers["outcome"]
    return None


HANDLERS = Handlers(
    kinds={"visit_reply": open_reply},
    about={"visit_reply": ("school",)},
    forms={"visit_confirm": write_confirm, "visit_ack": write_ack},
    contexts={"visit_confirm": confirm_context, "visit_ack": ack_context},
    signed={"visit_ack": ack_shown},
)
