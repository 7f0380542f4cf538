"""How acts stand to one another in time: in force on a day, amended, repealed, prolonged, replaced, expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.models import Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.documents import act_drafts, issuing
from app.documents.approvals import document_of
from app.documents.models import Act, Document
from app.engine import Card
from app.errors import Refused

OFFERED = 300


def requisites(document: Document) -> str:
    """«№ 14-од от 25.09.2026»; the title alone while there is no number."""
    return f"№ {document.number} от {document.day:%d.%m.%Y}" if document.number and document.day else document.title


def relatives(session: Session, organisation_id: int, but: int) -> dict[int, str]:
    """Acts of an organisation that another act may amend or repeal: id → requisites and title; the newest first."""
    where = (
        Document.organisation_id == organisation_id,
        Document.state == "in_force",
        Document.case_id != but,
        Act.repealed_by_id.is_(None),
    )
    found = sa.select(Document).join(Act, Act.document_id == Document.id).where(*where)
    rows = session.scalars(found.order_by(Document.id.desc()).limit(OFFERED))
    return {row.id: f"{requisites(row)} «{row.title}»" for row in rows}


def in_force(on: date) -> sa.ColumnElement[bool]:
    """SQL over `Document` joined with `Act`: in force on a day."""
    return sa.and_(
        Document.state == "in_force",
        Document.effective_from <= on,
        sa.or_(Act.valid_to.is_(None), Act.valid_to >= on),
        sa.or_(Act.repealed_on.is_(None), Act.repealed_on > on),
    )


def act_of(session: Session, document: Document) -> Act:
    """The act's own row; made for a document that has none yet."""
    found = session.get(Act, document.id)
    if found is None:
        found = Act(document_id=document.id, level="region", relation="new", binding=False)
        session.add(found)
    return found


def keep(move: Move, document: Document, answers: dict[str, Any]) -> None:
    """What the draft says of the act itself; its effect on other acts comes when it is in force."""
    act = act_of(move.session, document)
    issued = issuing.of_document(move.session, move.profile, document)
    related = answers.get("related")
    act.level = issued.level
    act.relation, act.related_id = answers.get("relation") or "new", int(related) if related else None
    act.binding = bool(answers.get("binding")) or issued.described.binding
    act.prolongs_to = _day(answers.get("prolongs_to")) if act.relation == "amends" else None
    move.session.flush()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def enter(move: Move, document: Document, valid_to: str | None) -> None:
    """The act comes into force: the one that it repeals loses its force, the one that it prolongs gets its new term."""
    act = act_of(move.session, document)
    act.valid_to = _day(valid_to)
    related = move.session.get(Document, act.related_id) if act.related_id else None
    if related is None or document.effective_from is None:
        return
    other = act_of(move.session, related)
    if act.relation == "repeals":
        repeal(move, related, document, document.effective_from)
    elif act.prolongs_to is not None:
        other.valid_to = act.prolongs_to
        move.record("document.prolonged", document=related.id, by=document.id, until=act.prolongs_to.isoformat())
    move.session.flush()


def repeal(move: Move, document: Document, by: Document, since: date) -> None:
    """Write down that an act is repealed from a day by another one, and wake its case. Refused when it was before."""
    act = act_of(move.session, document)
    if act.repealed_by_id is not None and act.repealed_by_id != by.id:
        raise Refused("Этот акт уже отменён другим.", advice="Проверьте, какой акт вы отменяете.")
    act.repealed_on, act.repealed_by_id = since, by.id
    move.session.flush()
    move.record("document.repealed", document=document.id, by=by.id, since=since.isoformat())
    if document.case_id != move.case.id:
        move.wake(document.case_id, "act.repealed")


def repealed(move: Move) -> bool:
    """Is the act of this case repealed or replaced?"""
    act = move.session.get(Act, document_of(move.session, move.case.id).id)
    return act is not None and act.repealed_by_id is not None


# the end of the term ----------------------------------------------------------------------------------------------


def expire_context(ask: Asking) -> Values:
    """The act whose term ends, and acts that could have replaced it."""
    document = document_of(ask.session, ask.case.id)
    act = act_of(ask.session, document)
    after = (act.valid_to or ask.today) + timedelta(days=1)
    title = f"{requisites(document)} «{document.title}»"
    facts = {"document": title, "document_id": document.id, "valid_to": act.valid_to and act.valid_to.isoformat()}
    return {
        "facts": facts,
        "choices": {"document": relatives(ask.session, document.organisation_id, ask.case.id)},
        "dates": {"today": ask.today.isoformat(), "after": after.isoformat()},
    }


def write_expire(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """An act that is in force already may be named as the successor: then no other is prepared."""
    document, successor = document_of(move.session, move.case.id), answers.get("successor")
    if answers["outcome"] != "replace" or not successor:
        return None
    other = move.session.get_one(Document, int(successor))
    since = max(other.effective_from or other.created_at.date(), move.today)
    repeal(move, document, other, since)
    return {"act_expire_outcome": "replaced"}


def successor(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """The act that prolongs this one, or the one that takes its place: its draft is worded from this one."""
    answers = last_answer(move.session, move.case.id, "act_expire") or {}
    document = document_of(move.session, move.case.id)
    data = {"document_kind": move.case.data["document_kind"], "mode": answers["outcome"], "related": document.id}
    yield move.case.subject_id, {**data, "prolong_to": answers.get("prolong_to")}


def prolonged(move: Move) -> Values:
    """The new term, as the prolonging act gave it."""
    act = act_of(move.session, document_of(move.session, move.case.id))
    return {"valid_to": act.valid_to.isoformat() if act.valid_to else None}


def draft_of_successor(session: Session, data: Values, genitive: str) -> dict[str, Any]:
    """What a draft begins with when it prolongs or replaces another act: {} for any other draft."""
    related = session.get(Document, data["related"]) if data.get("related") else None
    if related is None:
        return {}
    before = act_drafts.standing(session, related.case_id) or {}
    if data.get("mode") != "prolong":
        kept = {name: before[name] for name in ("heading", "preamble", "points", "basis") if before.get(name)}
        repeal_ = {"text": f"Признать утратившим силу {_accusative(genitive)} {requisites(related)}."}
        return {**kept, "points": [*kept.get("points", []), repeal_], "relation": "repeals", "related": related.id}
    until = date.fromisoformat(data["prolong_to"])
    title = f"{requisites(related)} «{related.title}»"
    return {
        "heading": f"О продлении срока действия {genitive} {requisites(related)}",
        "preamble": before.get("preamble") or "",
        "points": [{"text": f"Продлить срок действия {genitive} {title} до {until:%d.%m.%Y} включительно."}],
        "relation": "amends",
        "related": related.id,
        "prolongs_to": until.isoformat(),
    }


def _accusative(genitive: str) -> str:
    """«приказа» → «приказ», «распоряжения» → «распоряжение»."""
    return genitive[:-1] if genitive.endswith("а") else genitive[:-1] + "е"
