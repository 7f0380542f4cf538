"""The approval sheet as it is shown and printed: rows with conclusions, rounds, remarks with their answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import reports
from app.cases.models import Case, Remark
from app.cases.system import System
from app.documents import issuing, signing
from app.documents.approvals import VISA, edition_of, rows_of, visas
from app.documents.models import ApprovalRow, Document, Signature
from app.people.models import Person, Position


def remarks_of(session: Session, case_id: int) -> list[Remark]:
    """Remarks of the approvers in the order in which they were made."""
    where = (Remark.case_id == case_id, Remark.form == VISA)
    return list(session.scalars(sa.select(Remark).where(*where).order_by(Remark.id)))


def fallen(session: Session, document: Document) -> list[Signature]:
    where = (Signature.document_id == document.id, Signature.purpose == "approval", Signature.fallen_at.is_not(None))
    return list(session.scalars(sa.select(Signature).where(*where).order_by(Signature.id)))


def author_of(session: Session, position_id: int | None) -> str:
    if position_id is None:
        return ""
    return session.get_one(Person, session.get_one(Position, position_id).person_id).listed_name


def printed(session: Session, system: System, document: Document) -> dict[str, Any]:
    """The context of `reports` for the sheet of a document."""
    case = session.get_one(Case, document.case_id)
    profile = system.profile(document.region)
    edition, given = edition_of(session, document), visas(session, document)
    remarks = remarks_of(session, case.id)
    numbers = {remark.id: number for number, remark in enumerate(remarks, 1)}
    issued = issuing.of_document(session, profile, document)
    sheet, described = issued.sheet(profile), issued.described
    calendar = system.calendar(document.region)
    drafter = (edition.context.get("drafter") or {}).get("name")
    return {
        "doc": {
            "title": document.title,
            "date": calendar.local(edition.made_at).isoformat(),
            "edition": edition.number,
            "case_code": str(case.id),
        },
        "issuer": {"lines": issued.letterhead(profile)},
        "subject": f"проекта {described.genitive}",
        "sheet_edition": {
            "number": edition.number,
            "date": calendar.local(edition.made_at).isoformat(),
            "fingerprint": edition.sha256,
        },
        "visas": [
            _visa(session, row, given.get(row.id), remarks, numbers)
            for row in sorted(rows_of(session, document), key=lambda row: row.row)
        ],
        "remarks": [_remark(session, calendar, remark, numbers[remark.id]) for remark in remarks],
        "fallen": [_fallen(calendar, visa) for visa in fallen(session, document)],
        "dissent": _dissent(session, document),
        "signers": [{"post": ["Исполнитель"], "name": drafter}] if drafter and sheet else [],
    }


def _visa(
    session: Session, row: ApprovalRow, visa: Signature | None, remarks: list[Remark], numbers: dict[int, int]
) -> dict[str, Any]:
    holder = session.get_one(Person, session.get_one(Position, row.position_id).person_id)
    mine = [numbers[r.id] for r in remarks if visa and r.position_id == visa.position_id and r.edition == visa.edition]
    return {
        "position": " ".join(row.position_lines),
        "name": visa.stamp["signed_name"] if visa else holder.signed_name,
        "conclusion": visa.conclusion if visa else None,
        "remark_numbers": mine,
        "scope": "" if row.scope == signing.WHOLE else signing.part(row.scope),
        "mark": signing.mark(visa) if visa else None,
    }


def _remark(session: Session, calendar: Any, remark: Remark, number: int) -> dict[str, Any]:
    return {
        "n": number,
        "author": author_of(session, remark.position_id),
        "at": calendar.local(remark.at).isoformat(),
        "edition": remark.edition or 1,
        "place": remark.place,
        "required": remark.compulsory,
        "text": remark.text,
        "answer_kind": remark.answer,
        "answer": remark.answer_text or "",
        "answered_at": calendar.local(remark.answered_at).isoformat() if remark.answered_at else None,
    }


def _fallen(calendar: Any, visa: Signature) -> dict[str, Any]:
    return {
        "name": visa.stamp["person"],
        "behalf_of": visa.stamp.get("behalf_of", ""),
        "edition": visa.edition,
        "conclusion": visa.conclusion,
        "at": calendar.local(visa.at).isoformat(),
        "reason": visa.fallen_reason or "",
    }


def _dissent(session: Session, document: Document) -> str:
    names = [author_of(session, row.position_id) for row in rows_of(session, document) if row.dissent]
    return f"Вынесено на подпись с особым мнением: {', '.join(names)}." if names else ""


def pdf(session: Session, system: System, document: Document) -> bytes:
    """The sheet as a separate file: its marks appear before the order is signed and must not change the signed bytes."""
    return reports.render("approval_sheet", printed(session, system, document)).pdf
