"""Recommendations to one addressee with a basis and terms: signed, answered, carried out (OR 5.6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import attached
from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.holders import Holder
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.system import System
from app.documents import texts
from app.documents.act_registration import number_document
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.people.models import Organisation, Person, Position
from app.programmes import shared
from app.programmes.models import HelpGiven
from app.programmes.municipal_models import Recommendation, RecommendationRow
from app.programmes.municipal_texts import write_remarks

KIND = "recommendation"
PAPERS = {
    "operator": "recommendation",
    "ministry": "recommendation",
    "centre": "recommendation_centre",
    "method_service": "recommendation_municipal",
    "municipality": "recommendation_municipal",
}
REPLIERS = {"school": ("school_head",), "municipality": ("municipal_authority",)}
RESULTS = {"done": "выполнено", "partly": "выполнено частично", "not_done": "не выполнено"}


def open_recommendation(
    session: Session, system: System, subject: Organisation, school_year: int, data: Values
) -> Opening:
    if subject.kind not in REPLIERS:
        raise Refused("Рекомендации дают школе или муниципалитету.", advice="Выберите адресата.")
    return Opening(f"Рекомендации: {subject.short_name}")


def row_of(session: Session, case_id: int) -> Recommendation:
    return session.get_one(Recommendation, case_id)


def rows(session: Session, case_id: int) -> list[RecommendationRow]:
    found = sa.select(RecommendationRow).where(RecommendationRow.case_id == case_id)
    return list(session.scalars(found.order_by(RecommendationRow.number)))


# drafting -----------------------------------------------------------------------------------------------------------


def draft_context(ask: Asking) -> Values:
    session, row = ask.session, ask.session.get(Recommendation, ask.case.id)
    values: dict[str, Any] = dict(ask.case.data.get("draft") or {})
    if row is not None:
        same = ("audience", "basis_kind", "basis", "direction", "action")
        lines = [
            {"text": one.text, "due": one.due_on and one.due_on.isoformat(), "expected": one.expected}
            for one in rows(session, row.case_id)
        ]
        values = {**{name: getattr(row, name) for name in same}, "person": row.person_id, "rows": lines}
    people = shared.positions(session, [ask.case.subject_id], ask.today, ("teacher", "school_deputy", "mentor"))
    return {
        "choices": {"person": people, **shared.dictionaries(ask.profile, "audience", "direction")},
        "values": values,
        "dates": {"today": ask.today.isoformat()},
    }


def write_draft(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    session, case = move.session, move.case
    row = session.get(Recommendation, case.id)
    if row is None:
        row = Recommendation(case_id=case.id, organisation_id=case.subject_id)
        session.add(row)
    for name in ("audience", "basis_kind", "basis", "direction", "action"):
        setattr(row, name, answers[name])
    row.person_id = int(answers["person"]) if answers.get("person") else None
    session.flush()
    session.execute(sa.delete(RecommendationRow).where(RecommendationRow.case_id == case.id))
    for number, line in enumerate(answers["rows"], 1):
        values = {"text": line["text"], "due_on": shared.day(line.get("due")), "expected": line.get("expected") or ""}
        session.add(RecommendationRow(case_id=case.id, number=number, **values))
    session.flush()
    return None


def issuer(move: Move) -> tuple[str, int]:
    """Kind of the paper and the organisation that issues it: where the author works; a curator answers for himself."""
    author = move.session.get_one(Position, move.case.opened_by)
    place = move.session.get_one(Organisation, author.organisation_id)
    if place.kind == "method_service" and place.parent_id is not None:
        return PAPERS["method_service"], place.parent_id
    return PAPERS.get(place.kind, "recommendation_curator"), place.id


def render(move: Move, card: Card) -> Values | None:
    row, (kind, place) = row_of(move.session, move.case.id), issuer(move)
    document = shared.paper_of(move, kind, f"для {_whom(move, row)}", place)
    final = card.properties["mode"] == "final"
    context = paper(move, row, document, draft=not final)
    if not final:
        texts.write(move, document, context)
        return {"needs_sheet": move.profile.sheet_for(kind) is not None}
    if document.day is None:
        document.day = move.today
    document.state = "registered"
    move.session.flush()
    shared.finish(move, document, paper(move, row, document, draft=False))
    return {"rec_due": _last_due(move, row).isoformat(), "action_needed": row.action}


def _whom(move: Move, row: Recommendation) -> str:
    """Whom a title names: the organisation; never a teacher, whose name only the addressee and the author see."""
    return f"педагога ({move.subject.short_name})" if row.person_id else move.subject.short_name


def _last_due(move: Move, row: Recommendation) -> date:
    """The last term of the recommendations; 30 days where none is set."""
    terms = [one.due_on for one in rows(move.session, row.case_id) if one.due_on]
    return (
        max([*terms, move.today])
        if terms
        else move.system.calendar(move.case.region).term("30d", move.now, {}, date(move.case.school_year, 7, 1)).date()
    )


def paper(move: Move, row: Recommendation, document: Any, *, draft: bool) -> dict[str, Any]:
    session, words = move.session, move.profile.dictionaries
    own = _curator(move) if document.kind == "recommendation_curator" else None
    return {
        **shared.requisites(move, document, draft=draft, signer=own),
        "addressee": move.subject.name,
        "audience": words["audience"][row.audience],
        "basis_kind": BASES[row.basis_kind],
        "basis": row.basis,
        "direction": words["direction"][row.direction],
        "rows": [
            {"text": one.text, "due": one.due_on and one.due_on.isoformat(), "expected": one.expected}
            for one in rows(session, row.case_id)
        ],
        "action": row.action,
    }


BASES = {
    "indicator": "показатель мониторинга",
    "factor": "фактор риска",
    "gap": "профессиональный дефицит",
    "visit": "посещение школы",
    "decision": "решение по итогам года",
    "other": "иное",
}


def _curator(move: Move) -> tuple[Position, Person]:
    position = move.session.get_one(Position, move.case.opened_by)
    return position, move.session.get_one(Person, position.person_id)


def sign_context(ask: Asking) -> Values:
    """The paper, and whether it reads like one that somebody else got."""
    limit = ask.profile.municipal.recommendations.similar_percent
    return {"facts": {**shared.paper_facts(ask.session, ask.case.id), "similar": alike(ask.session, ask.case, limit)}}


def alike(session: Session, case: Case, limit: int) -> list[dict[str, Any]]:
    """Other addressees of the school year whose recommendations read word for word as these, from `limit` per cent on."""
    own = [one.text for one in rows(session, case.id)]
    found = (
        sa.select(RecommendationRow.case_id, RecommendationRow.text, Organisation.short_name)
        .join(Case, Case.id == RecommendationRow.case_id)
        .join(Organisation, Organisation.id == Case.subject_id)
        .where(Case.region == case.region, Case.school_year == case.school_year, Case.subject_id != case.subject_id)
        .where(RecommendationRow.text.in_(own))
    )
    theirs: dict[str, list[str]] = {}
    for _, text, name in session.execute(found):
        theirs.setdefault(name, []).append(text)
    shares = {name: shared.likeness(own, others) for name, others in theirs.items()}
    return [{"name": name, "percent": share} for name, share in sorted(shares.items()) if share >= limit]


def sign_shown(ask: Asking, answers: Values | None) -> str | None:
    return shared.sign_shown(ask, None, answers)


def write_sign(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    if answers["outcome"] == "sign":
        shared.sign(move, None)
        row_of(move.session, move.case.id).signed_at = move.now
    else:
        write_remarks(move, move.case.id, "rec_draft", 1, answers.get("remarks") or [])
    return None


def number(move: Move, card: Card) -> Values | None:
    document = texts.of_case(move.session, move.case.id)
    assert document is not None
    number_document(move, document)
    return None


def deliver(move: Move, card: Card) -> Values | None:
    role = REPLIERS[move.subject.kind][0]
    subject = f"Рекомендации: {move.subject.short_name}"
    move.post("mail", f"recommendation:{move.case.id}", template="task", role=role, subject=subject)
    return None


# the addressee ------------------------------------------------------------------------------------------------------


def reply_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    told = {name: getattr(row, name) for name in ("question", "answer", "refusal", "insisted")}
    return {"facts": {**shared.paper_facts(ask.session, ask.case.id), **told}}


def write_reply(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row, text = row_of(move.session, move.case.id), answers.get("text") or ""
    row.replied_at = move.now
    if answers["outcome"] == "question":
        row.question, row.answer = text, ""
    elif answers["outcome"] == "decline":
        row.reply, row.refusal = "decline", text
    else:
        row.reply, row.how = "accept", answers["decision"]
        if not row.action or row.how == "done":
            _help(move, row)
    return None


def write_answer(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row_of(move.session, move.case.id).answer = answers["answer_text"]
    return None


def write_decline_check(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.insisted = answers["text"]
    move.case.outcome = "declined" if answers["outcome"] == "agree" else move.case.outcome
    return None


def mark_context(ask: Asking) -> Values:
    found = [
        {
            "row": one.number,
            "text": one.text,
            "due": f"{one.due_on:%d.%m.%Y}" if one.due_on else "без срока",
            "result": one.result,
            "fact": one.fact or None,
            "files": one.files,
        }
        for one in rows(ask.session, ask.case.id)
    ]
    return {"rows": {"rows": found}, "files": of_case(ask.session, ask.case.id)}


def write_mark(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    by_number = {one.number: one for one in rows(move.session, move.case.id)}
    for line in answers["rows"]:
        one = by_number[int(line["row"])]
        one.result, one.fact, one.files = line["result"], line["fact"], line.get("files") or []
    return None


def check_context(ask: Asking) -> Values:
    found = rows(ask.session, ask.case.id)
    files = attached.by_ids(ask.session, (key for one in found for key in one.files))
    lines = [
        {
            "text": one.text,
            "result": RESULTS.get(one.result or "", ""),
            "fact": one.fact,
            "files": [files[int(key)] for key in one.files if int(key) in files],
        }
        for one in found
    ]
    return {"facts": {"lines": lines}}


def write_check(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    if answers["outcome"] == "accept":
        row.done_at, move.case.outcome = move.now, "done"
    else:
        write_remarks(move, move.case.id, "rec_mark", 1, answers.get("remarks") or [])
    return None


def count(move: Move, card: Card) -> Values | None:
    _help(move, row_of(move.session, move.case.id))
    return None


def _help(move: Move, row: Recommendation) -> None:
    """Recommendations that a school has taken are methodical help to it (M5); once a case."""
    known = move.session.scalar(sa.select(HelpGiven.id).where(HelpGiven.case_id == move.case.id).limit(1))
    if move.subject.kind != "school" or known is not None:
        return
    place = issuer(move)[1]
    help_given = {"kind": "method", "day": move.today, "case_id": move.case.id}
    move.session.add(HelpGiven(school_id=move.case.subject_id, provider_id=place, **help_given))
    move.session.flush()


# who ----------------------------------------------------------------------------------------------------------------


def signer(move: Move, item: str | None) -> int | None:
    """The head of who issues the recommendations; a curator signs his own."""
    kind, place = issuer(move)
    if kind == "recommendation_curator":
        return move.case.opened_by
    return shared.head_position(move.session, place, move.today)


def addressee(move: Move, item: str | None) -> int | Holder | None:
    """The teacher named, or whoever answers for the organisation."""
    row = move.session.get(Recommendation, move.case.id)
    if row is not None and row.person_id is not None:
        return row.person_id
    return Holder(REPLIERS[move.subject.kind][0], False, move.case.subject_id)


HANDLERS = Handlers(
    kinds={KIND: open_recommendation},
    about={KIND: ("school", "municipality")},
    openers={
        KIND: ("regional_operator", "pd_center", "tutor", "municipal_method_service", "municipal_authority", "curator")
    },
    forms={
        "rec_draft": write_draft,
        "rec_sign": write_sign,
        "rec_reply": write_reply,
        "rec_answer": write_answer,
        "rec_decline_check": write_decline_check,
        "rec_mark": write_mark,
        "rec_check": write_check,
    },
    contexts={
        "rec_draft": draft_context,
        "rec_sign": sign_context,
        "rec_reply": reply_context,
        "rec_answer": reply_context,
        "rec_decline_check": reply_context,
        "rec_mark": mark_context,
        "rec_check": check_context,
    },
    operations={
        f"{KIND}.render": render,
        f"{KIND}.number": number,
        f"{KIND}.deliver": deliver,
        f"{KIND}.collect_facts": count,
    },
    roles={f"{KIND}.signer": signer, f"{KIND}.addressee": addressee},
    signed={"rec_sign": sign_shown},
)
