"""Simple electronic signatures (63-ФЗ, ст. 9): who signed, in which position, for whom, and exactly what was shown."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.move import Move, Proof
from app.documents.models import Document, Edition, Signature
from app.errors import Refused, StaleCase
from app.people.actor import Actor
from app.people.models import Person, Position

WHOLE = "document"
"""Code of all parts of a text together, see `reports.canon`."""
PARTS = {
    **{"text": "текст", "annex": "приложение", "answer": "ответ", "terms": "условия поставки"},
    **{"passport": "паспорт", "tasks": "задачи", "indicators": "показатели", "measures": "мероприятия"},
}
CHANGED = "Пока вы читали, текст документа изменился."


def new_sign_id() -> str:
    raw = secrets.token_hex(6).upper()
    return f"{raw[:4]}-{raw[4:8]}-{raw[8:]}"


def sign(
    move: Move,
    document: Document,
    edition: Edition,
    proof: Proof | None,
    purpose: str,
    *,
    scope: str = "all",
    **fields: Any,
) -> Signature:
    """Write a signature of the actor under an edition. StaleCase when another text was shown; Refused without a proof."""
    actor = move.actor
    if actor is None or proof is None:
        raise Refused("Подпись не подтверждена.", advice="Введите пароль ещё раз: им подтверждается подпись.")
    expected = shown(edition, scope)
    if proof.shown_sha256 != expected:
        raise StaleCase(CHANGED, advice="Прочитайте новую редакцию и подпишите её.")
    signature = Signature(
        document_id=document.id,
        purpose=purpose,
        person_id=actor.person_id,
        position_id=actor.position_id,
        behalf_of=actor.behalf_of,
        basis=actor.basis,
        method=proof.method,
        sign_id=new_sign_id(),
        edition=edition.number,
        scope=scope,
        shown_sha256=expected,
        stamp=stamp(move.session, actor, move.now.astimezone(move.profile.zone), expected),
        at=move.now,
        **fields,
    )
    move.session.add(signature)
    facts = {"document": document.id, "edition": edition.number, "scope": scope, "sha256": expected}
    move.record(
        "document.signed", signature=signature.sign_id, purpose=purpose, conclusion=signature.conclusion, **facts
    )
    return signature


def own_words(*outcomes: str) -> Callable[[Asking, Values | None], str | None]:
    """Fingerprint of a form whose sender signs what he himself writes in it: of the task as it was laid out.

    With `outcomes`, only those answers sign; others are a return.
    """

    def shown_of(ask: Asking, answers: Values | None) -> str | None:
        if answers is not None and outcomes and answers.get("outcome") not in outcomes:
            return None
        return sha256(orjson.dumps([ask.case.id, ask.task.id, ask.task.version])).hexdigest()

    return shown_of


def parts(edition: Edition) -> dict[str, str]:
    """Parts of the text that may be signed by themselves: code → its name."""
    return {code: part(code) for code in edition.scopes if code != WHOLE}


def part(code: str) -> str:
    return PARTS.get(code) or f"приложение № {code.removeprefix('annex-')}"


def shown(edition: Edition, scope: str) -> str:
    """The fingerprint that a signature over `scope` is bound to: `all` or a part of the document."""
    return edition.sha256 if scope == "all" else edition.scopes[scope]


def stamp(session: Session, actor: Actor, at: datetime, fingerprint: str) -> dict[str, Any]:
    """What is printed of the signature, frozen with the position held at that moment."""
    person = session.get_one(Person, actor.person_id)
    behalf, basis = "", ""
    if actor.behalf_of is not None:
        holder = session.get_one(Person, session.get_one(Position, actor.behalf_of).person_id)
        behalf, basis = holder.listed_name, actor.basis or ""
    return {
        "kind": "pep",
        "person": person.listed_name,
        "signed_name": person.signed_name,
        "position": actor.title,
        "at": at.isoformat(),
        "fingerprint": fingerprint,
        "behalf_of": behalf,
        "basis": basis,
    }


def mark(signature: Signature) -> dict[str, Any]:
    """The stamp as the documents' context takes it."""
    kept = {key: value for key, value in signature.stamp.items() if key != "signed_name"}
    return {**kept, "kind": signature.method, "sign_id": signature.sign_id}


_VALID = (
    sa.select(Signature)
    .where(Signature.document_id == sa.bindparam("document"), Signature.purpose == sa.bindparam("purpose"))
    .where(Signature.fallen_at.is_(None))
    .order_by(Signature.id)
)


def valid(session: Session, document_id: int, purpose: str) -> Sequence[Signature]:
    """Signatures that have not fallen, oldest first."""
    return session.scalars(_VALID, {"document": document_id, "purpose": purpose}).all()
