"""Papers of a clarification: the expert's opinion, the minutes of a meeting. Signed by password, numbered, drawn after commit."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.cases.move import Move, Proof
from app.cases.queries import last_answer
from app.documents import contexts, renditions, signing, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.documents.models import Document
from app.people.models import Organisation, Person
from app.schools.models import School
from forms.dictionaries import DICTIONARIES

OPINION, MINUTES = "expert_opinion", "meeting_protocol"
MEETINGS = {
    "meeting": "встречи с руководителями и учредителями",
    "focus_group": "фокус-группы",
    "trip": "мониторингового выезда",
}


def paper(move: Move, kind: str) -> Document | None:
    return texts.of_case(move.session, move.case.id, kind)


def write_opinion(move: Move, answers: dict[str, Any]) -> None:
    """The expert's opinion as a document of the operator's register, signed by the expert."""
    actor = move.actor
    assert actor is not None
    document = paper(move, OPINION) or _new(move, OPINION, f"по школе {move.subject.short_name}")
    expert = move.session.get_one(Person, actor.person_id)
    asked = last_answer(move.session, move.case.id, "clarification_open") or {}
    school, place = move.session.get_one(School, move.case.subject_id), _municipality(move)
    methods = dict(DICTIONARIES["tool"])
    own = {
        "expert": f"{expert.full_name}, {actor.title}",
        "schools": [{"code": school.code, "name": move.subject.name, "municipality": place}],
        "question": asked.get("question") or "",
        "methods": [methods.get(answers["method"], answers["method"])],
        "studied": answers["studied"],
        "conclusion": answers["conclusion"],
        "recommendation": "unchanged" if answers["verdict"] == "no_change" else answers["verdict"],
    }
    _issue(move, document, own, [actor.title], expert)


def write_minutes(move: Move, answers: dict[str, Any]) -> None:
    """The draft of the minutes, to be signed with the decision."""
    asked = last_answer(move.session, move.case.id, "clarification_open") or {}
    document = paper(move, MINUTES) or _new(move, MINUTES, MEETINGS.get(str(asked.get("kind")), "встречи"))
    texts.write(move, document, {**_requisites(move, document, draft=True), **_minutes(move, answers)})


def sign_minutes(move: Move) -> None:
    """The operator's head signs the minutes together with the decision on them."""
    document = paper(move, MINUTES)
    answers = last_answer(move.session, move.case.id, "clarification_protocol")
    if document is None or answers is None or move.actor is None or document.number is not None:
        return
    head = move.session.get_one(Person, move.actor.person_id)
    _issue(move, document, _minutes(move, answers), [move.actor.title], head)


def shown(document: Document | None, move_session: Any) -> str | None:
    """Fingerprint of a paper's text, if there is one."""
    edition = texts.current(move_session, document) if document is not None else None
    return edition.sha256 if edition is not None else None


def _new(move: Move, kind: str, title: str) -> Document:
    return texts.create(move, kind, title, issuing_place(move.session, move.case.region, "operator"))


def _municipality(move: Move) -> str:
    parent = move.session.get(Organisation, move.subject.parent_id) if move.subject.parent_id else None
    return parent.name if parent is not None and parent.kind == "municipality" else ""


def _requisites(move: Move, document: Document, *, draft: bool) -> dict[str, Any]:
    profile = move.profile
    today = move.today
    registration = contexts.registration(
        profile, document, move.case, move.system.base_url, place=profile.capital, draft=draft, edition_day=today
    )
    journal = None if draft else contexts.head(move.session)
    return {"doc": registration, "issuer": contexts.issuer(profile, "operator"), "journal": journal}


def _issue(move: Move, document: Document, own: dict[str, Any], post: list[str], person: Person) -> None:
    """Draft → signature over it → number → the same text with number and mark."""
    signers = [contexts.signer(post, person)]
    edition = texts.write(move, document, {**_requisites(move, document, draft=True), **own, "signers": signers})
    method = move.proof.method if move.proof else "pep"
    signature = signing.sign(move, document, edition, Proof(edition.sha256, method) if move.proof else None, "sign")
    number_document(move, document)
    signers = [contexts.signer(post, person, signature)]
    texts.write(move, document, {**_requisites(move, document, draft=False), **own, "signers": signers})
    renditions.request(move, document)


def _minutes(move: Move, answers: dict[str, Any]) -> dict[str, Any]:
    asked = last_answer(move.session, move.case.id, "clarification_open") or {}
    today = move.today
    found = contexts.holder(move.session, move.case.region, move.profile.signers["operator_head"], today)
    chair = {"name": found[1].listed_name, "post": found[0].title} if found else {"name": "________"}
    questions = [
        {"text": line["question"], "heard": line.get("speakers") or "", "decisions": [_decision(move, line)]}
        for line in answers.get("points") or ()
    ]
    opened = {"text": asked.get("question") or "О результатах", "decisions": [{"text": "Принять к сведению."}]}
    groups = {"teachers": "педагоги", "parents": "родители", "heads": "руководители"}
    return {
        "chair": chair,
        "participants": [
            {"name": p["name"], "post": p.get("organisation") or ""} for p in answers.get("present") or ()
        ],
        "groups": [groups[code] for code in answers.get("groups") or ()],
        "questions": questions or [opened],
        "findings": [{"topic": f["topic"], "text": f["conclusion"]} for f in answers.get("findings") or ()],
    }


def _decision(move: Move, line: dict[str, Any]) -> dict[str, Any]:
    person = move.session.get(Person, int(line["responsible"])) if line.get("responsible") else None
    due = date.fromisoformat(line["due"]) if line.get("due") else None
    return {
        "text": line["resolution"],
        "responsible": person.listed_name if person else "",
        "due": due and due.isoformat(),
    }
