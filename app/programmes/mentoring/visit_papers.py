"""The printed report of a visit: from the answers of its form, with marks of the visitor and the head of the school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Answer
from app.cases.move import Move
from app.documents import contexts, signing, texts
from app.documents.models import Document
from app.files.models import StoredFile
from app.people.models import Organisation, Person, Position
from app.people.names import within
from app.programmes.mentoring import papers, serving
from app.programmes.mentoring.models import Visit
from app.regions import Profile
from reports import ru

KIND = "visit_report"
MARKS = ("goal", "activity", "feedback", "discipline", "difference")


def fingerprint(session: Session, case_id: int) -> str | None:
    """Of the standing text of a visit's report."""
    document = texts.of_case(session, case_id, KIND)
    edition = texts.current(session, document) if document else None
    return edition.sha256 if edition else None


def planner(session: Session, case_id: int) -> int | None:
    """The position that planned the visit last."""
    return _answered(session, case_id, "visit_plan")


_ANSWERED = (
    sa.select(Answer.position_id)
    .where(Answer.case_id == sa.bindparam("case"), Answer.form == sa.bindparam("form"))
    .where(Answer.position_id.is_not(None))
    .order_by(Answer.version.desc())
    .limit(1)
)


def _answered(session: Session, case_id: int, form: str) -> int | None:
    return session.scalar(_ANSWERED, {"case": case_id, "form": form})


def write(move: Move, row: Visit) -> Document:
    """The text of the report by the actor, to be read and signed."""
    assert move.actor is not None and row.held_on is not None
    position = move.session.get_one(Position, move.actor.position_id)
    document = texts.of_case(move.session, row.case_id, KIND)
    title = f"О посещении {move.subject.short_name} {ru.long_date(row.held_on)}"
    if document is None:
        document = texts.create(move, KIND, title, position.organisation_id)
    document.title, document.state, document.organisation_id = title, "draft", position.organisation_id
    texts.write(move, document, text(move, document, row, position))
    return document


def text(move: Move, document: Document, row: Visit, position: Position) -> dict[str, Any]:
    profile, session, report = move.profile, move.session, row.report or {}
    person = session.get_one(Person, position.person_id)
    return {
        "doc": papers.requisites(move, document, draft=True),
        "issuer": {"lines": [session.get_one(Organisation, position.organisation_id).name]},
        "kind_word": papers.worded(profile, profile.mentoring.papers[row.kind]),
        "visitor_role": profile.mentoring.posts[row.kind],
        "visitor": _visitor(session, row, position, person),
        "basis": _basis(session, row, position),
        "aim": row.aim,
        "form": papers.FORM_WORDS[row.form],
        "day": row.held_on,
        "hours": report.get("hours") or "",
        "participants": [_present(line) for line in report["participants"]],
        "lessons": [_lesson(profile, line) for line in report.get("lessons") or ()],
        "documents": [
            {"name": line["name"], "state": line.get("state") or "", "remark": line.get("remark") or ""}
            for line in report.get("documents") or ()
        ],
        "checklist": _checklist(report.get("blocks") or ()),
        "talks": report.get("talks") or "",
        "found": report["found"],
        "advice": [_advice(session, line) for line in report.get("advice") or ()],
        "next_on": report.get("next_on"),
        "files": _files(session, report.get("files") or ()),
        "signers": [papers.block(_post(profile, row, position), person)],
    }


def _post(profile: Profile, row: Visit, position: Position) -> str:
    """The post below the report: that of the kind, or the person's own when somebody stood in."""
    expected = {"curator": "curator", "tutor": "tutor", "method_service": serving.SERVICE}.get(row.kind)
    return profile.mentoring.posts[row.kind] if position.role == expected else papers.upper(position.title)


def _visitor(session: Session, row: Visit, position: Position, person: Person) -> str:
    """«Листвина М. А., директор МБОУ «Лицей»»: a curator is named by the post he was appointed in."""
    if row.mentoring_id is not None:
        mentor = serving.in_force_of(session, row.mentoring_id)
        if mentor is not None and mentor.position_id == position.id:
            position = session.get_one(Position, mentor.proposed_position_id)
    home = session.get_one(Organisation, position.organisation_id)
    return f"{person.listed_name}, {within(position.title)}, {home.short_name}"


def _basis(session: Session, row: Visit, position: Position) -> str:
    mentor = serving.in_force_of(session, row.mentoring_id) if row.mentoring_id is not None else None
    return mentor.order_text if mentor is not None and mentor.position_id == position.id else ""


def _present(line: Mapping[str, Any]) -> str:
    return f"{within(line['role'])} {line['name']}" if line.get("name") else within(line["role"])


def _lesson(profile: Profile, line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subject": profile.dictionaries["subject"].get(line["subject"], line["subject"]),
        "topic": line.get("topic") or "",
        "grade": line["grade"],
        "marks": [int(line[name]) for name in MARKS],
        "conclusion": line.get("conclusion") or "",
    }


def _checklist(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Positions that were looked at."""
    found = []
    for line in lines:
        mark = line.get("mark")
        if mark is None and not line.get("remark"):
            continue
        block, _, name = line["position"].partition(": ")
        mark = None if mark is None else int(mark)
        found.append({"block": block, "name": name, "mark": mark, "remark": line.get("remark") or ""})
    return found


def _advice(session: Session, line: Mapping[str, Any]) -> dict[str, Any]:
    person = session.get(Person, line["responsible"]) if line.get("responsible") else None
    return {"text": line["text"], "responsible": person.listed_name if person else "", "due": line.get("due")}


def _files(session: Session, ids: Sequence[Any]) -> list[str]:
    found = sa.select(StoredFile).where(StoredFile.id.in_([int(key) for key in ids])).order_by(StoredFile.id)
    return [row.name for row in session.scalars(found)]


def acknowledged(move: Move, document: Document, row: Visit) -> dict[str, Any]:
    """What the school said; nothing while it is asked."""
    signed = signing.valid(move.session, document.id, "acquaint")
    if row.ack is None or (row.ack != "silent" and not signed):
        return {}
    last = signed[-1] if signed else None
    known = worded_ack(move.profile)
    return {
        "ack": row.ack,
        "ack_signer": contexts.signer([known, papers.upper(last.stamp["position"])], None, last) if last else None,
        "ack_text": row.ack_text or "",
        "answer": row.answer_text or "",
    }


def worded_ack(profile: Profile) -> str:
    return papers.worded(profile, "С отчётом ознакомлен")
