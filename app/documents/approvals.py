"""Approval sheet (лист согласования): who approves, conclusions bound to what was shown, remarks and answers, rounds.

Gates of `sign_off`: `stage` finds the first stage with a row that lacks a valid visa, `visas` sums a stage up, `text`
drops the visas whose part of the text has changed and asks refusals again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Values
from app.cases.models import Remark, Task
from app.cases.move import Move
from app.documents import act_drafts, contexts, issuing, signing, texts
from app.documents.models import ApprovalRow, Document, Edition, Signature
from app.engine import Card
from app.errors import Refused
from app.people import policy
from app.people.actor import works
from app.people.models import Person, Position
from app.regions import Profile, Sheet

VISA = "sign_off_visa"
DISPUTED_AFTER = 2

_IN_WORK = (
    sa.select(Document)
    .where(Document.case_id == sa.bindparam("case"), Document.state.in_(("draft", "approval", "withdrawn")))
    .order_by(Document.id.desc())
    .limit(1)
)
_ROWS = (
    sa.select(ApprovalRow)
    .where(ApprovalRow.document_id == sa.bindparam("document"))
    .order_by(ApprovalRow.stage, ApprovalRow.row)
)
_ROW = sa.select(ApprovalRow).where(
    ApprovalRow.document_id == sa.bindparam("document"), ApprovalRow.row == sa.bindparam("row")
)


def document_of(session: Session, case_id: int) -> Document:
    """The document that the case puts round for approval: the newest still in work, though the case may have later papers."""
    document = session.scalar(_IN_WORK, {"case": case_id}) or texts.of_case(session, case_id)
    if document is None:
        raise Refused("В деле ещё нет документа для согласования.", advice="Сначала подготовьте проект.")
    return document


def edition_of(session: Session, document: Document) -> Edition:
    edition = texts.current(session, document)
    assert edition is not None
    return edition


def rows_of(session: Session, document: Document) -> Sequence[ApprovalRow]:
    return session.scalars(_ROWS, {"document": document.id}).all()


def visas(session: Session, document: Document) -> dict[int, Signature]:
    """Row id → its valid visa."""
    found = signing.valid(session, document.id, "approval")
    return {visa.approval_row_id: visa for visa in found if visa.approval_row_id is not None}


def open_remarks(session: Session, case_id: int) -> Sequence[Remark]:
    where = (Remark.case_id == case_id, Remark.form == VISA, Remark.answer.is_(None))
    return session.scalars(sa.select(Remark).where(*where).order_by(Remark.id)).all()


# the sheet --------------------------------------------------------------------------------------------------------


def route_context(ask: Asking) -> Values:
    """Rows of the region's sheet for this kind of document; after a return, the rows as they stand."""
    document = document_of(ask.session, ask.case.id)
    standing = rows_of(ask.session, document)
    people = _positions(ask.session, document.organisation_id, ask.today)
    # a process whose approvers are not the region's posts
    own = ask.system.handlers.contexts.get(f"{ask.case.kind}.sheet")
    given: Values = own(ask) if own else {"rows": _sheet_rows(ask, document), "positions": {}}
    rows, people = [_standing_row(row) for row in standing] or given["rows"], {**people, **given["positions"]}
    return {
        "rows": {"stages": rows},
        "choices": {"position": people, "part": signing.parts(edition_of(ask.session, document))},
        "facts": {
            "document": document.title,
            "edition": document.edition,
            "free": sheet_of(ask.session, ask.profile, document) is None,
        },
    }


def sheet_of(session: Session, profile: Profile, document: Document) -> Sheet | None:
    """The region's approval sheet for this document; None when its author chooses whom to ask."""
    return issuing.of_document(session, profile, document).sheet(profile)


def _standing_row(row: ApprovalRow) -> dict[str, Any]:
    scope = {"scope": "whole"} if row.scope == signing.WHOLE else {"scope": "sections", "sections": row.scope}
    return {
        "row": row.row, "stage": row.stage, "position": row.position_id, "days": row.days, "compulsory": row.compulsory, **scope,
    }  # fmt: skip


def _sheet_rows(ask: Asking, document: Document) -> list[dict[str, Any]]:
    profile = ask.profile
    sheet = sheet_of(ask.session, profile, document)
    rows: list[dict[str, Any]] = []
    for approver in [a for a in sheet.approvers if a.enabled] if sheet else []:
        found = contexts.holder(ask.session, ask.case.region, approver.position, ask.today)
        if found is None:
            title = profile.positions[approver.position].title
            raise Refused(
                f"Некому согласовать: должность «{title}» не занята.", advice="Назначьте сотрудника или замещение."
            )
        days = profile.limits.approval_days_default
        row = {"row": len(rows) + 1, "stage": approver.stage, "position": found[0].id, "scope": "whole", "days": days}
        rows.append({**row, "compulsory": approver.compulsory})
    return rows


def _positions(session: Session, organisation_id: int, today: date) -> dict[int, str]:
    """Who may be asked for a visa: positions that may hold a task at all, so not an auditor's."""
    found = (
        sa.select(Position, Person)
        .join(Person, Person.id == Position.person_id)
        .where(
            Position.organisation_id == organisation_id,
            works(today),
            Position.role.in_(sorted(policy.WORKERS)),
        )
        .order_by(Person.family_name)
    )
    return {p.id: f"{person.listed_name}, {p.title}" for p, person in session.execute(found)}


def write_route(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Keep the sheet: rows of a position that stands stay, with their visas; others are new or gone."""
    document = document_of(move.session, move.case.id)
    edition = edition_of(move.session, document)
    profile = move.profile
    sheet = sheet_of(move.session, profile, document)
    known = {row.position_id: row for row in rows_of(move.session, document)}
    needed = {int(row["position"]) for row in answers["stages"]}
    legal = {code.position for code in sheet.approvers if code.legal} if sheet else set()
    for position_id in known.keys() - needed:
        if known[position_id].compulsory:
            raise Refused("Обязательную строку листа согласования убрать нельзя.", advice="Верните её в лист.")
        _drop_row(move, known[position_id])
    last = max((row.row for row in known.values()), default=0)
    for line in answers["stages"]:
        position = move.session.get_one(Position, int(line["position"]))
        row = known.get(position.id)
        if row is None:
            last += 1
            row = ApprovalRow(document_id=document.id, row=last, position_id=position.id, compulsory=False)
            row.compulsory = _compulsory(sheet, position.code)
            move.session.add(row)
        row.stage, row.days, row.scope = line["stage"], line["days"], _scope(line, edition)
        row.legal = position.code in legal
        row.position_lines = _post(profile, position)
    document.state = "approval"
    move.session.flush()
    move.record("sheet.made", document=document.id, rows=len(answers["stages"]))
    return None


def _compulsory(sheet: Any, code: str | None) -> bool:
    return any(a.position == code and a.compulsory for a in sheet.approvers) if sheet else False


def _drop_row(move: Move, row: ApprovalRow) -> None:
    for visa in move.session.scalars(sa.select(Signature).where(Signature.approval_row_id == row.id)):
        visa.approval_row_id, visa.fallen_at, visa.fallen_reason = (
            None,
            visa.fallen_at or move.now,
            "строка убрана из листа",
        )
    move.session.delete(row)
    move.session.flush()


def _scope(line: dict[str, Any], edition: Edition) -> str:
    wanted = str(line.get("sections") or "")
    return wanted if line["scope"] == "sections" and wanted in edition.scopes else signing.WHOLE


def _post(profile: Any, position: Position) -> list[str]:
    printed = profile.positions.get(position.code) if position.code else None
    return list(printed.post) if printed else [position.title]


def approver(move: Move, item: str | None) -> int | None:
    """The position of the sheet's row that a visa task is for."""
    row = _row_of(move, item)
    return row.position_id if row is not None else None


def visa_term(move: Move, item: str | None) -> str | None:
    """The term of a visa: the working days that its row of the sheet says."""
    row = _row_of(move, item)
    return f"{row.days}wd" if row is not None else None


def _row_of(move: Move, item: str | None) -> ApprovalRow | None:
    document = document_of(move.session, move.case.id)
    return move.session.scalar(_ROW, {"document": document.id, "row": int(item or 0)})


# visas ------------------------------------------------------------------------------------------------------------


def _row_of_task(session: Session, document: Document, task: Task) -> ApprovalRow:
    return session.scalars(_ROW, {"document": document.id, "row": int(task.item or 0)}).one()


def visa_shown(ask: Asking, answers: Values | None) -> str | None:
    document = document_of(ask.session, ask.case.id)
    return signing.shown(edition_of(ask.session, document), _row_of_task(ask.session, document, ask.task).scope)


def visa_context(ask: Asking) -> Values:
    document = document_of(ask.session, ask.case.id)
    return {"facts": {"document": document.title, "edition": document.edition, "document_id": document.id}}


def write_visa(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A conclusion with its signature; four eyes look at the person, whatever positions he acts in."""
    document = document_of(move.session, move.case.id)
    edition, row = edition_of(move.session, document), _row_of_task(move.session, document, task)
    _four_eyes(move, document, row)
    fields = {"conclusion": answers["conclusion"], "approval_row_id": row.id}
    signature = signing.sign(move, document, edition, move.proof, "approval", scope=row.scope, **fields)
    for line in answers.get("remarks") or ():
        remark = Remark(
            case_id=move.case.id,
            form=VISA,
            round=document.edition,
            place=line["place"],
            text=line["text"],
            compulsory=bool(line["mandatory"]),
            position_id=signature.position_id,
            behalf_of=signature.behalf_of,
            at=move.now,
            edition=edition.number,
        )
        move.session.add(remark)
    return None


def _four_eyes(move: Move, document: Document, row: ApprovalRow) -> None:
    sheet = sheet_of(move.session, move.profile, document)
    if move.actor is None or (sheet is not None and not sheet.four_eyes):
        return
    mine = (
        Signature.person_id == move.actor.person_id,
        Signature.approval_row_id != row.id,
        Signature.fallen_at.is_(None),
    )
    where = (Signature.document_id == document.id, Signature.purpose == "approval", *mine)
    if move.session.scalar(sa.select(Signature.id).where(*where).limit(1)) is not None:
        raise Refused(
            "Вы уже визировали этот документ в другой должности.",
            advice="Здесь нужны две разные подписи: передайте визу замещающему.",
        )


# gates ------------------------------------------------------------------------------------------------------------


def gate_stage(move: Move, card: Card) -> Values:
    """The rows of the first stage that still lack a visa; the result when none is left."""
    document = document_of(move.session, move.case.id)
    given = visas(move.session, document)
    rows = rows_of(move.session, document)
    missing = [row for row in rows if row.id not in given]
    withdrawn = document.state == "withdrawn"
    stage = min((row.stage for row in missing), default=None)
    left = stage is not None and not withdrawn
    result = "refused" if withdrawn else "dissent" if any(row.dissent for row in rows) else "agreed"
    asked = [str(row.row) for row in missing if row.stage == stage] if left else []
    return {"stage_left": left, "approvers": asked, "sign_off_result": result}


def gate_visas(move: Move, card: Card) -> Values:
    document = document_of(move.session, move.case.id)
    refused = [v for v in visas(move.session, document).values() if v.conclusion == "refused"]
    dissent = {row.id for row in rows_of(move.session, document) if row.dissent}
    standing = [visa for visa in refused if visa.approval_row_id not in dissent]
    return {"stage_result": "remarks" if standing or open_remarks(move.session, move.case.id) else "clean"}


def gate_text(move: Move, card: Card) -> Values:
    """Visas over a changed text fall; a refusal is asked again, after the second one of a row it is a dispute."""
    document = document_of(move.session, move.case.id)
    edition, dispute = edition_of(move.session, document), False
    rows = {row.id: row for row in rows_of(move.session, document)}
    for row_id, visa in visas(move.session, document).items():
        if visa.shown_sha256 != signing.shown(edition, visa.scope):
            _fall(move, visa, "текст изменён")
        elif visa.conclusion == "refused" and not rows[row_id].dissent:
            if _refusals(move.session, row_id) >= DISPUTED_AFTER:
                dispute = True
            else:
                _fall(move, visa, "на отказ дан ответ, виза спрошена снова")
    return {"dispute": dispute}


def _refusals(session: Session, row_id: int) -> int:
    where = (Signature.approval_row_id == row_id, Signature.conclusion == "refused")
    return session.scalar(sa.select(sa.func.count()).select_from(Signature).where(*where)) or 0


def _fall(move: Move, visa: Signature, reason: str) -> None:
    visa.fallen_at, visa.fallen_reason = move.now, reason
    move.session.flush()
    move.record("signature.fallen", signature=visa.sign_id, reason=reason)


# answers and dispute ----------------------------------------------------------------------------------------------


def answer_context(ask: Asking) -> Values:
    """Remarks to answer, and the text as it stands: what the author changes becomes the next edition."""
    rows = []
    for remark in open_remarks(ask.session, ask.case.id):
        position = ask.session.get(Position, remark.position_id) if remark.position_id else None
        who = ask.session.get_one(Person, position.person_id).listed_name if position else ""
        rows.append({"row": remark.id, "author": who, "place": remark.place, "remark": remark.text})
    draft = act_drafts.standing(ask.session, ask.case.id) or {}
    values = {"preamble": draft.get("preamble"), "points": [{"text": p["text"]} for p in draft.get("points") or ()]}
    return {"rows": {"remarks": rows}, "values": values, "facts": {"has_text": bool(draft)}}


def write_answer(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    by_id = {remark.id: remark for remark in open_remarks(move.session, move.case.id)}
    for line in answers["remarks"]:
        remark = by_id[int(line["row"])]
        remark.answer, remark.answer_text, remark.answered_at = line["resolution"], line["reply"], move.now
    move.session.flush()
    rewrite = move.system.handlers.operations.get(f"{move.case.kind}.rewrite")
    if rewrite is not None:
        rewrite(move, answers)  # type: ignore[arg-type]
    return None


def write_dispute(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Carry the refusals to the head as особое мнение, or take the document off the sheet."""
    document = document_of(move.session, move.case.id)
    if answers["outcome"] == "withdraw":
        document.state = "withdrawn"
    else:
        given = visas(move.session, document)
        for row in rows_of(move.session, document):
            visa = given.get(row.id)
            row.dissent = row.dissent or (visa is not None and visa.conclusion == "refused")
    move.session.flush()
    move.record("sheet.dispute", document=document.id, outcome=answers["outcome"], reason=answers["reason"])
    return None


HANDLERS = Handlers(
    forms={
        "sign_off_route": write_route,
        VISA: write_visa,
        "sign_off_answer": write_answer,
        "sign_off_dispute": write_dispute,
    },
    contexts={"sign_off_route": route_context, VISA: visa_context, "sign_off_answer": answer_context},
    operations={
        "check_gate.sign_off.stage": gate_stage,
        "check_gate.sign_off.visas": gate_visas,
        "check_gate.sign_off.text": gate_text,
    },
    roles={"approver": approver},
    signed={VISA: visa_shown},
    terms={VISA: visa_term},
)
