"""Acts: draft from the region's wording, text in editions, signing, number, publication, entry into force."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Answer, Remark, Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import act_texts, contexts, numbering, renditions, signing, texts
from app.documents.approvals import document_of, edition_of, issuing_place
from app.documents.models import Document, Publication
from app.engine import Card
from app.errors import Refused
from app.people.models import Organisation, Person, Position

SIGNED_BY = {"qualified": "ukep", "paper": "paper", "simple": "pep"}


def open_act(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    profile = system.profile(subject.region)
    kind = data.get("document_kind", "ministry_act")
    described = profile.document_kinds[kind]
    values = act_texts.placeholders(session, system, profile, school_year, None)
    title = profile.wording[kind].title.format_map(values) if kind in profile.wording else described.title
    return Opening(
        f"{described.printed}: {title}"[:500], scope={"level": described.level}, data={"document_kind": kind}
    )


def author(move: Move, item: str | None) -> int | None:
    """The drafter of the region's sheet, when the post is held; else who opened the case."""
    sheet = move.profile.sheet_for(move.case.data["document_kind"])
    found = _holder(move, sheet.drafter) if sheet and sheet.drafter else None
    return found or move.case.opened_by


def signer(move: Move, item: str | None) -> int | None:
    """Who holds the signing post today."""
    described = move.profile.document_kinds[move.case.data["document_kind"]]
    return _holder(move, move.profile.signers[described.signer])


def _holder(move: Move, position: str) -> int | None:
    today = move.system.calendar(move.case.region).local(move.now)
    found = contexts.holder(move.session, move.case.region, position, today)
    return found[0].id if found else None


# draft ------------------------------------------------------------------------------------------------------------


def draft_context(ask: Asking) -> Values:
    """The draft as the region words it, or the last one with the remarks that sent it back."""
    profile = ask.system.profile(ask.case.region)
    standing = last_answer(ask.session, ask.case.id, "act_draft")
    values = standing or act_texts.first_draft(ask.session, ask.system, ask.case)
    ministry = sa.select(Position, Person).join(Person, Person.id == Position.person_id)
    where = (
        Position.organisation_id == issuing_place(ask.session, ask.case.region, "ministry"),
        Position.valid_to.is_(None),
    )
    people = {p.id: f"{person.listed_name}, {p.title}" for p, person in ask.session.execute(ministry.where(*where))}
    executors = {
        role: data.title for role, data in profile.roles.items() if not data.of_case and data.level != "system"
    }
    return {
        "values": values,
        "choices": {
            "act_kind": dict(profile.act_kinds),
            "position": people,
            "executor": executors,
            "document": {},
        },
        "dates": {"today": ask.system.calendar(ask.case.region).local(ask.case.changed_at).isoformat()},
        "files": _files(ask.session, ask.case.id),
    }


def _files(session: Session, case_id: int) -> dict[int, dict[str, Any]]:
    from app.files.models import StoredFile

    rows = session.scalars(sa.select(StoredFile).where(StoredFile.case_id == case_id))
    return {row.id: {"name": row.name, "size": row.size} for row in rows}


def write_draft(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    if answers["outcome"] == "withdraw":
        document = texts.of_case(move.session, move.case.id)
        if document is not None:
            document.state = "withdrawn"
    return None


def render_draft(move: Move, card: Card) -> Values | None:
    """The text of the draft becomes an edition of the document; visas and signatures are bound to it."""
    answers = last_answer(move.session, move.case.id, "act_draft") or {}
    document = texts.of_case(move.session, move.case.id)
    if document is None:
        kind = move.case.data["document_kind"]
        place = issuing_place(move.session, move.case.region, "ministry")
        document = texts.create(move, kind, answers["heading"], place, public=bool(answers.get("publish")))
    document.title = answers["heading"]
    document.state = "draft"
    move.session.flush()
    texts.write(move, document, act_texts.context(move, document, answers, draft=True))
    return None


def rewrite(move: Move, changed: dict[str, Any]) -> Values | None:
    """A new edition from the answers to remarks: preamble and points as the author left them."""
    answers = dict(last_answer(move.session, move.case.id, "act_draft") or {})
    if changed.get("preamble"):
        answers["preamble"] = changed["preamble"]
    if changed.get("points"):
        before = answers.get("points") or []
        kept = [*before, *[{}] * len(changed["points"])]
        answers["points"] = [{**kept[n], "text": line["text"]} for n, line in enumerate(changed["points"])]
    document = document_of(move.session, move.case.id)
    edition = texts.write(move, document, act_texts.context(move, document, answers, draft=True))
    row = {"case_id": move.case.id, "form": "act_draft", "at": move.now, "data": answers, "version": -edition.number}
    exists = sa.select(Answer.id).where(Answer.case_id == move.case.id, Answer.version == -edition.number)
    if move.session.scalar(exists) is None:
        move.session.execute(sa.insert(Answer).values(**row))
    return None


# signing, number, publication -------------------------------------------------------------------------------------


def sign_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    return edition_of(ask.session, document_of(ask.session, ask.case.id)).sha256


def sign_context(ask: Asking) -> Values:
    document = document_of(ask.session, ask.case.id)
    level = ask.system.profile(ask.case.region).document_kinds[document.kind].level
    facts = {"document": document.title, "edition": document.edition, "document_id": document.id, "level": level}
    return {"facts": facts, "files": _files(ask.session, ask.case.id)}


def write_sign(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Sign, return with remarks, or refuse. A qualified or paper signature keeps its file beside the record of the signer."""
    document = document_of(move.session, move.case.id)
    if answers["outcome"] == "sign":
        edition = edition_of(move.session, document)
        signature = signing.sign(move, document, edition, move.proof, "sign")
        signature.method = SIGNED_BY[answers["method"]]
        document.state = "signed"
    elif answers["outcome"] == "return":
        document.state = "draft"
        for line in answers.get("remarks") or ():
            _remark(move, task, line, document.edition)
    else:
        document.state = "refused"
    move.session.flush()
    return None


def _remark(move: Move, task: Task, line: dict[str, Any], edition: int) -> None:
    position = move.actor.position_id if move.actor else None
    text = {"place": line.get("place") or "", "text": line["text"], "compulsory": line.get("weight") != "advice"}
    move.session.add(
        Remark(
            case_id=move.case.id,
            form=task.form,
            round=edition,
            position_id=position,
            at=move.now,
            edition=edition,
            **text,
        )
    )


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
    """Number a document in its register and write it down."""
    described = move.profile.document_kinds[document.kind]
    if described.numbered_in is None or document.serial is not None:
        return
    register = move.profile.registers[described.numbered_in]
    day = document.day or move.system.calendar(move.case.region).local(move.now)
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
    move.session.flush()
    move.record("document.numbered", document=document.id, number=number.text, day=day.isoformat())


def render_final(move: Move, card: Card) -> Values | None:
    """The signed text with number, day, marks and the journal's head; the PDF is made after commit."""
    if card.properties.get("mode") == "draft":
        return render_draft(move, card)
    answers = last_answer(move.session, move.case.id, "act_draft") or {}
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
        "files": _files(ask.session, ask.case.id),
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
    move.session.flush()
    return None


def set_effective(move: Move, card: Card) -> Values:
    """In force by the act's own rule: from signing, from a date, or from the last of the placements that are required."""
    answers = last_answer(move.session, move.case.id, "act_draft") or {}
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
    move.record(
        "document.in_force", document=document.id, since=document.effective_from and document.effective_from.isoformat()
    )
    return {"valid_to": answers.get("valid_to")}


HANDLERS = Handlers(
    kinds={"act": open_act},
    forms={
        "act_draft": write_draft,
        "act_sign": write_sign,
        "act_register": write_register,
        "act_publish": write_publish,
    },
    contexts={
        "act_draft": draft_context,
        "act_sign": sign_context,
        "act_register": register_context,
        "act_publish": publish_context,
    },
    operations={
        "act.render": render_final,
        "act.number": give_number,
        "act.set_effective": set_effective,
        "act.rewrite": rewrite,  # type: ignore[dict-item]
    },
    roles={"act.author": author, "act.signer": signer},
    signed={"act_sign": sign_shown},
)
