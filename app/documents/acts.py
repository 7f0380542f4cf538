"""Acts of the region, a municipality or a school: draft from the region's wording, text in editions, signing.

What comes after the signature is in `act_registration`, how an act ends in `act_life`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import attached
from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.holders import Holder
from app.cases.models import Case, Remark, Task
from app.cases.move import Move
from app.cases.system import System
from app.documents import (
    act_drafts,
    act_life,
    act_points,
    act_registration,
    act_texts,
    contexts,
    issuing,
    signing,
    texts,
)
from app.documents.act_registration import number_document
from app.documents.approvals import document_of, edition_of
from app.engine import Card
from app.errors import NotAllowed, Refused
from app.files import of_case
from app.people.actor import Actor, works
from app.people.models import Organisation, Person, Position
from app.people.roles import ROLES

__all__ = ["HANDLERS", "number_document", "outcome"]

SIGNED_BY = {"qualified": "ukep", "paper": "paper", "simple": "pep"}
LEVELS = ("region", "municipality", "school")


def open_act(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """An act about `subject`: of the region, of its municipality or of the school itself, as its `document_kind` says."""
    profile = system.profile(subject.region)
    kind = data.get("document_kind", issuing.MINISTRY_ACT)
    described = profile.document_kinds.get(kind)
    if described is None or described.level not in LEVELS or described.report != "order":
        raise Refused("Акта такого вида нет.", advice="Выберите вид акта из списка.")
    issued = issuing.issue(session, profile, subject, kind)
    values = act_texts.placeholders(session, system, issued, school_year, None, data)
    wording = profile.wording_for(kind)
    title = named(issued.described.printed, contexts.fill(wording.title, values) if wording else described.title)
    return Opening(title, scope={"level": issued.level}, data={"document_kind": kind})


def named(kind: str, heading: str) -> str:
    """The title of an act's case: «Приказ: Об утверждении положения»."""
    return (heading if heading.startswith(kind) else f"{kind}: {heading}")[:500]


def by_hand(session: Session, system: System, actor: Actor, subject: Organisation, data: Values) -> None:
    """By hand one opens the acts of one's own organisation, of the kinds that no other case must open."""
    profile = system.profile(subject.region)
    kind = data.get("document_kind", issuing.MINISTRY_ACT)
    if kind not in kinds_by_hand(system, actor):
        raise NotAllowed("Акты этого вида ваша организация не издаёт.", advice="Выберите вид акта из списка.")
    if issuing.issue(session, profile, subject, kind).organisation.id != actor.organisation_id:
        raise NotAllowed("Этот акт издаёт другая организация.", advice="Откройте акт своей организации.")


def kinds_by_hand(system: System, actor: Actor) -> dict[str, str]:
    """Kinds of acts that the actor may begin: code → title."""
    if actor.role not in system.handlers.openers.get("act", ()):
        return {}
    level = ROLES[actor.role].level
    kinds = system.profile(actor.region).document_kinds
    return {code: kind.title for code, kind in kinds.items() if kind.by_hand and kind.level == level}


def author(move: Move, item: str | None) -> int | Holder | None:
    """Who prepares the act at its issuer's."""
    return issuing.author(move, issuing.of_move(move), move.today)


def signer(move: Move, item: str | None) -> int | None:
    """Who holds the signing post today."""
    found = issuing.signer(move.session, move.profile, issuing.of_move(move), move.today)
    return found[0].id if found else None


def clerk(move: Move, item: str | None) -> int | Holder | None:
    """Who numbers and publishes the issuer's acts."""
    return issuing.clerk(move, issuing.of_move(move), move.today)


def outcome(move: Move) -> bool | Values:
    """The fate of the newest act that this case opened: `{"act_outcome": "in_force" | "refused"}`, False while it is on
    its way. An act cancelled by decision counts as refused. For the fact `<process>.act.decided`.
    """
    return fate(newest_of(move.session, move.case.id))


def newest_of(session: Session, case_id: int) -> Case | None:
    """The newest act that a case opened."""
    found = sa.select(Case).where(Case.parent_id == case_id, Case.kind == "act").order_by(Case.id.desc())
    return session.scalar(found.limit(1))


def fate(act: Case | None) -> bool | Values:
    """Is an act decided, and how? Whoever waits for one, of his own or shared with others, asks here."""
    if act is None:
        return False
    if act.outcome in ("in_force", "refused"):
        return {"act_outcome": act.outcome}
    return {"act_outcome": "refused"} if act.status == "cancelled" else False


# draft ------------------------------------------------------------------------------------------------------------


def draft_context(ask: Asking) -> Values:
    """The draft as the region words it, or the last one with the remarks that sent it back."""
    profile = ask.system.profile(ask.case.region)
    subject = ask.session.get_one(Organisation, ask.case.subject_id)
    issued = issuing.issue(ask.session, profile, subject, ask.case.data["document_kind"])
    standing = act_drafts.standing(ask.session, ask.case.id)
    values = standing or act_texts.first_draft(ask, issued)
    executors = {
        role: data.title for role, data in profile.roles.items() if not data.of_case and data.level != "system"
    }
    return {
        "values": values,
        "choices": {
            "act_kind": {code: profile.act_kinds[code] for code in profile.act_levels[issued.level]},
            "position": _people(ask.session, issued.organisation.id, ask.today),
            "executor": executors,
            "document": act_life.relatives(ask.session, issued.organisation.id, ask.case.id),
        },
        "facts": {"level": issued.level},
        "dates": {"today": ask.today.isoformat()},
        "files": of_case(ask.session, ask.case.id),
    }


def _people(session: Session, organisation_id: int, today: date) -> dict[int, str]:
    found = (
        sa.select(Position, Person)
        .join(Person, Person.id == Position.person_id)
        .where(Position.organisation_id == organisation_id, works(today))
    )
    return {p.id: f"{person.listed_name}, {p.title}" for p, person in session.execute(found)}


def write_draft(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The level is the kind's own, whatever was sent: it decides whether the act goes round for visas."""
    if answers["outcome"] == "withdraw":
        document = texts.of_case(move.session, move.case.id)
        if document is not None:
            document.state = "withdrawn"
    return {"level": issuing.of_move(move).level}


def render_draft(move: Move, card: Card) -> Values | None:
    """The text of the draft becomes an edition of the document; visas and signatures are bound to it."""
    answers = act_drafts.standing(move.session, move.case.id) or {}
    document = texts.of_case(move.session, move.case.id)
    if document is None:
        kind, place = move.case.data["document_kind"], issuing.of_move(move).organisation.id
        document = texts.create(move, kind, answers["heading"], place, public=bool(answers.get("publish")))
    document.title = answers["heading"]
    move.case.title = named(issuing.of_document(move.session, move.profile, document).described.printed, document.title)
    document.state = "draft"
    act_life.keep(move, document, answers)
    attached.annexed(move.session, move.case.id, document.id, answers.get("annexes") or ())
    texts.write(move, document, act_texts.context(move, document, answers, draft=True))
    return None


def render(move: Move, card: Card) -> Values | None:
    """A draft for visas, or the signed text with its number."""
    return render_draft(move, card) if card.properties.get("mode") == "draft" else act_registration.render_final(move)


def rewrite(move: Move, changed: dict[str, Any]) -> Values | None:
    """A new edition from the answers to remarks: preamble and points as the author left them."""
    answers = dict(act_drafts.standing(move.session, move.case.id) or {})
    if changed.get("preamble"):
        answers["preamble"] = changed["preamble"]
    if changed.get("points"):
        before = answers.get("points") or []
        kept = [*before, *[{}] * len(changed["points"])]
        answers["points"] = [{**kept[n], "text": line["text"]} for n, line in enumerate(changed["points"])]
    document = document_of(move.session, move.case.id)
    edition = texts.write(move, document, act_texts.context(move, document, answers, draft=True))
    act_drafts.keep(move, answers, edition.number)
    return None


# signing ----------------------------------------------------------------------------------------------------------


def sign_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    return edition_of(ask.session, document_of(ask.session, ask.case.id)).sha256


def sign_context(ask: Asking) -> Values:
    document = document_of(ask.session, ask.case.id)
    level = issuing.of_document(ask.session, ask.profile, document).level
    facts = {"document": document.title, "edition": document.edition, "document_id": document.id, "level": level}
    facts["no_sheet"] = level == "school"
    return {"facts": facts, "files": of_case(ask.session, ask.case.id)}


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


HANDLERS = Handlers(
    kinds={"act": open_act},
    openers={"act": ("ministry", "municipal_authority", "school_head")},
    by_hand={"act": by_hand},
    forms={
        "act_draft": write_draft,
        "act_sign": write_sign,
        "act_register": act_registration.write_register,
        "act_publish": act_registration.write_publish,
        "act_expire": act_life.write_expire,
    },
    contexts={
        "act_draft": draft_context,
        "act_sign": sign_context,
        "act_register": act_registration.register_context,
        "act_publish": act_registration.publish_context,
        "act_expire": act_life.expire_context,
    },
    operations={
        "act.render": render,
        "act.number": act_registration.give_number,
        "act.set_effective": act_registration.set_effective,
        "act.rewrite": rewrite,  # type: ignore[dict-item]
    },
    facts={"act.act.decided": outcome, "act.act.repealed": act_life.repealed},
    targets={"act.successor": act_life.successor, "act.points": act_points.points},
    roles={"act.author": author, "act.signer": signer, "act.clerk": clerk},
    signed={"act_sign": sign_shown},
    annexes={"list_act": act_texts.list_annex},
)
