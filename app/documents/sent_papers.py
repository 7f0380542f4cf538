"""Papers that one person makes by sending a form: what he confirms is what he typed, and the paper bears his mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases.move import Move, Proof
from app.documents import contexts, renditions, signing, texts
from app.documents.models import Document, Edition, Signature


def issue(move: Move, document: Document, context: Mapping[str, Any], *, state: str) -> None:
    """Write the paper, sign it by who sent the form, write it again with the mark, ask for its PDF.

    `context`: that of the document's kind without requisites, signers and the journal's head. `state`: the document's
    from now on. A form sent without a confirmation signs nothing: its paper is written once, without a mark.
    """
    today = move.today
    document.day, document.state = document.day or today, state
    doc = contexts.registration(
        move.profile, document, move.case, move.system.base_url, place="", draft=False, edition_day=today
    )
    whole = {**context, "doc": {**doc, "long_kept": False, "title_position": "center"}}
    signature = None
    if move.proof is not None:
        signature = sign(move, document, texts.write(move, document, {**whole, "signers": [contexts.sender(move)]}))
    marked = {"signers": [contexts.sender(move, signature)], "journal": contexts.head(move.session)}
    texts.write(move, document, {**whole, **marked})
    renditions.request(move, document)


def sign(move: Move, document: Document, edition: Edition, scope: str = "all") -> Signature | None:
    """The sender's mark under the paper made of his form, or under a part of it.

    None when the form was sent without a signature: the paper is written by another case or by the system.
    """
    if move.actor is None or move.proof is None:
        return None
    proof = Proof(signing.shown(edition, scope), move.proof.method)
    return signing.sign(move, document, edition, proof, "sign", scope=scope)
