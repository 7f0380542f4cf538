"""An act after it was signed: its number, final text, publication and the day it comes into force."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Asking, Values
from app.cases.models import Task
from app.cases.move import Move
from app.documents import act_drafts, act_life, act_texts, issuing, numbering, renditions, signing, texts
from app.documents.approvals import document_of
from app.documents.models import Document, Publication
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.people.models import Organisation


def register_context(ask: Asking) -> Values:
    document = document_of(ask.session, ask.case.id)
    signed = signing.valid(ask.session, document.id, "sign")
    calendar = ask.system.calendar(ask.case.region)
    signed_on = calendar.local(signed[-1].at).isoformat() if signed else None
    today = max(calendar.local(ask.task.opened_at).isoformat(), signed_on or "")
    return {
        "dates": {"signed": signed_on, "today": ask.today.isoformat()},
        "values": {"date": today},
        "choices": {"reserved_number": {}},
    }


def write_register(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    document = document_of(move.session, move.case.id)
    document.day = date.fromisoformat(answers["date"])
    return None


def give_number(move: Move, card: Card) -> Values | None:
    """The next number of the register that the profile names for this kind; without gaps, in this transaction."""
    document = document_of(move.session, move.case.id)
    number_document(move, document)
    return None


def number_document(move: Move, document: Document) -> None:
    """Number a document in the register of who issues it and write it down."""
    described = issuing.of_document(move.session, move.profile, document).described
    if described.numbered_in is None or document.serial is not None:
        return
    register = move.profile.registers[described.numbered_in]
    day = document.day or move.today
    code = move.session.get_one(Organisation, document.organisation_id).code
    number = numbering.take(
        move.session, document.organisation_id, described.numbered_in, day.year, register.mask, code
    )
    document.register_id, document.serial, document.number, document.day = (
        number.register_id,
        number.serial,
        number.text,
        day,
    )
    document.state = "registered"
    move.record("document.numbered", document=document.id, number=number.text, day=day.isoformat())


def render_final(move: Move) -> Values | None:
    """The signed text with number, day, marks and the journal's head; the PDF is made after commit."""
    answers = act_drafts.standing(move.session, move.case.id) or {}
    document = document_of(move.session, move.case.id)
    edition = texts.write(move, document, act_texts.context(move, document, answers, draft=False))
    signed = signing.valid(move.session, document.id, "sign")
    if signed and signed[-1].shown_sha256 != edition.sha256:
        raise Refused(
            "Текст с номером отличается от подписанного.", advice="Сообщите администратору: акт не зарегистрирован."
        )
    renditions.request(move, document)
    return None


def publish_context(ask: Asking) -> Values:
    document = document_of(ask.session, ask.case.id)
    places = ask.system.profile(ask.case.region).publication.places
    return {
        "facts": {"required_places": [place.code for place in places if place.required]},
        "choices": {"publication_place": {place.code: place.title for place in places}},
        "rows": {"placements": []},
        "values": {"placements": [{"resource": place.code} for place in places]},
        "dates": {"registered": document.day and document.day.isoformat(), "today": ask.today.isoformat()},
        "files": of_case(ask.session, ask.case.id),
    }


def write_publish(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    document = document_of(move.session, move.case.id)
    for line in answers["placements"]:
        facts = {"place": line["resource"], "url": line["url"], "day": date.fromisoformat(line["date"])}
        who = move.actor.position_id if move.actor else None
        move.session.add(Publication(document_id=document.id, recorded_by=who, recorded_at=move.now, **facts))
        move.record(
            "document.published", document=document.id, place=line["resource"], url=line["url"], day=line["date"]
        )
    return None


def set_effective(move: Move, card: Card) -> Values:
    """In force by the act's own rule: from signing, from a date, or from the last of the placements that are required."""
    if card.properties.get("mode") == "prolonged":
        return act_life.prolonged(move)
    answers = act_drafts.standing(move.session, move.case.id) or {}
    document = document_of(move.session, move.case.id)
    days = move.session.scalars(sa.select(Publication.day).where(Publication.document_id == document.id)).all()
    rule = answers.get("effective")
    if rule == "publication" and days:
        document.effective_from = max(days)
    elif rule == "date" and answers.get("effective_on"):
        document.effective_from = date.fromisoformat(answers["effective_on"])
    else:
        document.effective_from = document.day
    document.state = "in_force"
    move.session.flush()
    since = document.effective_from and document.effective_from.isoformat()
    move.record("document.in_force", document=document.id, since=since)
    act_life.enter(move, document, answers.get("valid_to"))
    return {"valid_to": answers.get("valid_to")}
