"""Documents: the registry, a document's page with its text and signatures, its PDF, the approval sheet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import attached
from app.cases.models import Case
from app.cases.queries import COUNT_LIMIT
from app.db import utcnow
from app.documents import acquaintance, renditions, sheets, texts
from app.documents.act_life import requisites
from app.documents.approvals import rows_of, visas
from app.documents.models import ISSUED, Act, Document, Edition, Publication, Signature
from app.documents.reading import visible
from app.errors import NotFound
from app.people import policy
from app.people.actor import Actor
from app.people.models import Person, Position
from app.web import ru
from app.web.acts import state as act_state
from app.web.casepage import DOCUMENTS
from app.web.parts import name_of, system
from app.web.typed import number

bp = Blueprint("documents", __name__)
PAGE = 25
CONCLUSIONS = {
    "agreed": ("ok", "согласовано"),
    "agreed_with_remarks": ("remarks", "согласовано с замечаниями"),
    "refused": ("refused", "не согласовано"),
}


@bp.get("/documents")
@requires("document.read")
def index() -> Any:
    actor, cursor = current_actor(), number(request.args.get("cursor"))
    where = [policy.scope(actor, Document)]
    with system().db.browse() as session:
        base = sa.select(Document, Case.title.label("case")).join(Case, Case.id == Document.case_id)
        among = base.where(*where).with_only_columns(Document.id).limit(COUNT_LIMIT).subquery()
        total = session.scalar(sa.select(sa.func.count()).select_from(among)) or 0
        if cursor:
            where.append(Document.id < cursor)
        found = session.execute(base.where(*where).order_by(Document.id.desc()).limit(PAGE + 1)).all()
        rows = [_line(session, row.Document, row.case) for row in found[:PAGE]]
    more = url_for("documents.index", cursor=found[PAGE - 1].Document.id) if len(found) > PAGE else ""
    return render_template(
        "documents/list.html",
        chips=[
            {"title": "Все документы", "url": url_for("documents.index"), "current": True},
            {"title": "Реестр актов", "url": url_for("acts.index")},
        ],
        summary=ru.counted(total, "документ", "документа", "документов")
        + ("." if total < COUNT_LIMIT else " и больше."),
        rows=rows,
        words=f"Показано документов: {len(rows)}",
        next_url=more,
        left=None,
        empty={
            "heading": "Документов пока нет",
            "why": "Они появляются из дел: справки, приказы, решения.",
            "next": "",
        },
    )


def _line(session: Session, document: Document, case: str) -> dict[str, Any]:
    return {
        "url": url_for("documents.show", document_id=document.id),
        "title": name_of(session, document),
        "number": document.number,
        "date": document.day,
        "case": case,
        "case_url": url_for("cases.show", case_id=document.case_id),
        "status": DOCUMENTS[document.state],
    }


@bp.get("/documents/<int:document_id>")
@requires("document.read")
def show(document_id: int) -> Any:
    actor = current_actor()
    with system().db.read() as session:
        document = visible(session, actor, document_id)
        edition, case = texts.current(session, document), session.get_one(Case, document.case_id)
        rendition = renditions.newest(session, document.id)
        return render_template(
            "documents/show.html",
            document={
                "title": name_of(session, document),
                "caption": "",
                "status": _status(session, document),
                "facts": _facts(session, document),
                "number": _number(document),
                "hash": rendition.sha256 if rendition else (edition.sha256 if edition else ""),
                "pdf_url": url_for("documents.pdf", document_id=document.id),
                "code": document.code if document.state in ISSUED else "",
                "verify_url": url_for("verify.show", code=document.code),
                "editions": _editions(session, document),
            },
            crumbs=[("Документы", url_for("documents.index"))],
            paper=edition.html if edition else None,
            signed=_signed(session, document),
            case=(
                {"title": case.title, "url": url_for("cases.show", case_id=case.id)}
                if policy.may(actor, "case.read", case)
                else None
            ),
            replaced=_replaced(session, document),
            sheet_url=url_for("documents.sheet", document_id=document.id) if rows_of(session, document) else "",
            actions=_actions(session, actor, document),
            attachments=_annexes(session, document),
        )


def _annexes(session: Session, document: Document) -> list[dict[str, Any]]:
    """Annexes that are files: to be opened by whoever reads the document."""
    return [
        {"id": row.id, "name": row.name, "size": row.size, "who": "", "at": row.sent_at}
        for row in attached.annexes_of(session, document.id)
    ]


def _status(session: Session, document: Document) -> tuple[str, str]:
    """The state of the document; of an act in force, whether it still is."""
    act = session.get(Act, document.id)
    if act is None or document.state != "in_force":
        return DOCUMENTS[document.state]
    return act_state(document, act, system().calendar(document.region).local(utcnow()))


def _number(document: Document) -> str:
    return f"№ {document.number} от {document.day:%d.%m.%Y}" if document.number and document.day else ""


def _facts(session: Session, document: Document) -> list[str]:
    facts = [f"редакция {document.edition}"]
    if document.effective_from:
        facts.append(f"действует с {document.effective_from:%d.%m.%Y}")
    act = session.get(Act, document.id)
    if act is not None and act.valid_to:
        facts.append(f"действует по {act.valid_to:%d.%m.%Y}")
    places = session.scalars(
        sa.select(Publication).where(Publication.document_id == document.id).order_by(Publication.day)
    )
    facts += [f"размещён {place.day:%d.%m.%Y}: {place.url}" for place in places]
    return facts


def _replaced(session: Session, document: Document) -> dict[str, str] | None:
    """By which act this one is repealed, and since when."""
    act = session.get(Act, document.id)
    by = session.get(Document, act.repealed_by_id) if act is not None and act.repealed_by_id else None
    if by is None or act is None or act.repealed_on is None:
        return None
    text = f"Не действует с {act.repealed_on:%d.%m.%Y}, отменён: {requisites(by)} «{by.title}»."
    return {"heading": "Акт отменён", "text": text, "url": url_for("documents.show", document_id=by.id)}


def _editions(session: Session, document: Document) -> list[dict[str, Any]]:
    """What stood before the edition that is shown."""
    before = (Edition.document_id == document.id, Edition.number < document.edition)
    rows = session.scalars(sa.select(Edition).where(*before).order_by(Edition.number.desc()))
    return [
        {
            "title": f"Редакция {row.number}",
            "url": url_for("documents.pdf", document_id=document.id, edition=row.number),
            "facts": f"отпечаток {row.sha256[:16]}",
        }
        for row in rows
    ]


def _signed(session: Session, document: Document) -> list[dict[str, Any]]:
    where = (Signature.document_id == document.id, Signature.purpose == "sign", Signature.fallen_at.is_(None))
    rows = session.scalars(sa.select(Signature).where(*where).order_by(Signature.id))
    return [
        {
            "name": row.stamp["person"],
            "method": row.method,
            "post": row.stamp["position"],
            "at": row.at,
            "for_whom": row.stamp.get("behalf_of"),
            "basis": row.stamp.get("basis"),
        }
        for row in rows
    ]


def _actions(session: Session, actor: Actor, document: Document) -> list[dict[str, Any]]:
    if not acquaintance.asked(session, actor, document):
        return []
    return [{"url": url_for("documents.acquaint", document_id=document.id), "text": "Ознакомлен"}]


@bp.post("/documents/<int:document_id>/acquaint")
@requires("document.read")
def acquaint(document_id: int) -> Any:
    """«Ознакомлен»: who read which edition, and when."""
    actor = current_actor()
    with system().db.read() as session:
        visible(session, actor, document_id)
    acquaintance.acquaint(system(), document_id, actor=actor, now=utcnow())
    flash("Отмечено: вы ознакомлены с документом.", "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@bp.get("/documents/<int:document_id>.pdf")
@requires("document.read")
def pdf(document_id: int) -> Response:
    """The issued PDF, or the standing edition drawn now."""
    with system().db.read() as session:
        document = visible(session, current_actor(), document_id)
        found = renditions.standing(session, document, number(request.args.get("edition")))
    return _file(renditions.data_of(system().files, found), f"document-{document_id}.pdf")


@bp.get("/documents/<int:document_id>/sheet.pdf")
@requires("document.read")
def sheet_pdf(document_id: int) -> Response:
    with system().db.read() as session:
        document = visible(session, current_actor(), document_id)
        if not rows_of(session, document):
            raise NotFound("У документа нет листа согласования.")
        data = sheets.pdf(session, system(), document)
    return _file(data, f"sheet-{document_id}.pdf")


def _file(data: bytes, name: str) -> Response:
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@bp.get("/documents/<int:document_id>/sheet")
@requires("document.read")
def sheet(document_id: int) -> Any:
    """The approval sheet beside the text: the current round, fallen visas, remarks with answers."""
    with system().db.read() as session:
        document = visible(session, current_actor(), document_id)
        edition = texts.current(session, document)
        if edition is None:
            raise NotFound("У документа ещё нет текста.")
        return render_template(
            "approval/show.html",
            page_title="Лист согласования",
            caption=name_of(session, document),
            crumbs=[(name_of(session, document), url_for("documents.show", document_id=document.id))],
            status=DOCUMENTS[document.state],
            executor=(edition.context.get("drafter") or {}).get("name", ""),
            edition={
                "number": edition.number,
                "at": edition.made_at,
                "pdf_url": url_for("documents.sheet_pdf", document_id=document.id),
            },
            paper=edition.html,
            rounds=[{"title": "Согласование", "lines": sheet_lines(session, document)}],
            lapsed=[f"{v.stamp['person']}: {v.fallen_reason}" for v in sheets.fallen(session, document)],
            remarks=remark_lines(session, document),
            sign=None,
        )


def sheet_lines(session: Session, document: Document) -> list[dict[str, Any]]:
    """Rows of the sheet for the macros: who, which conclusion, since when."""
    given, lines = visas(session, document), []
    rows = rows_of(session, document)
    waiting = min((row.stage for row in rows if row.id not in given), default=None)
    for row in rows:
        person = session.get_one(Person, session.get_one(Position, row.position_id).person_id)
        visa = given.get(row.id)
        state, words = (
            ("now", "ждём заключение") if row.stage == waiting else ("later", f"этап {row.stage}, ещё не наступил")
        )
        if visa is not None:
            state, word = CONCLUSIONS[visa.conclusion or "agreed"]
            words = f"{word}, {ru.moment(visa.at, utcnow(), system().profile(document.region).zone)}"
        name = visa.stamp["person"] if visa else person.listed_name
        behalf = visa.stamp.get("behalf_of") if visa else None
        lines.append(
            {"state": state, "name": name, "post": " ".join(row.position_lines), "words": words, "for_whom": behalf}
        )
    return lines


def remark_lines(session: Session, document: Document) -> list[dict[str, Any]]:
    verdicts = {"accepted": "accepted", "partly": "accepted", "declined": "declined"}
    return [
        {
            "text": f"{r.place}: {r.text}" if r.place else r.text,
            "who": sheets.author_of(session, r.position_id),
            "at": r.at,
            "verdict": verdicts.get(r.answer or ""),
            "answer": r.answer_text or "",
            "answered_by": "исполнитель",
            "answered_at": r.answered_at,
        }
        for r in sheets.remarks_of(session, document.case_id)
    ]
