"""Papers of a mentor pair: both consents, the agreement to the mentor's contract, the programme, the final report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.move import Move
from app.cases.queries import last_answer
from app.documents import contexts, issuing, renditions, signing, texts
from app.documents.models import Document, Edition, Signature
from app.people.models import Organisation, Person, Position
from app.programmes.models import Consent
from app.programmes.pair_models import MentorPair, PairIndicator, PairMeeting

MEETINGS = {
    "meeting": "встреча",
    "visit": "взаимопосещение",
    "analysis": "разбор урока",
    "joint_lesson": "совместный урок",
}
CONSENTS = {"mentor_consent": "mentor", "mentee_consent": "mentee"}


def pair_of(session: Session, case_id: int) -> MentorPair:
    """The pair of a case; there is one from its first proposal on."""
    return session.get_one(MentorPair, case_id)


def person_at(session: Session, position_id: int) -> tuple[Position, Person]:
    position = session.get_one(Position, position_id)
    return position, session.get_one(Person, position.person_id)


def day(value: date) -> str:
    return f"{value:%d.%m.%Y}"


def values(move: Move) -> dict[str, str]:
    """What the wordings of these papers name in braces."""
    session, pair = move.session, pair_of(move.session, move.case.id)
    (mentor, mentor_person), (mentee, mentee_person) = (
        person_at(session, key) for key in (pair.mentor_id, pair.mentee_id)
    )
    head = issuing.head_of(session, pair.school_id, move.today)
    return {
        "mentor_name": mentor_person.full_name,
        "mentor_title": _lower(mentor.title),
        "mentee_name": mentee_person.full_name,
        "mentee_title": _lower(mentee.title),
        "school": session.get_one(Organisation, pair.school_id).name,
        "head_name": head[1].full_name if head else contexts.BLANK,
        "goal": _sentence(pair.goal),
        "content": _sentence(pair.content),
        "work_form": _sentence(pair.work_form),
        "payment": pair.payment.rstrip(". "),
        "from": day(pair.starts_on),
        "to": day(pair.ends_on),
        "version": move.profile.pairs.consent_version,
    }


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."


# texts ------------------------------------------------------------------------------------------------------------


def write(move: Move, kind: str, *, draft: bool = True) -> Edition:
    """A new edition of a paper of the pair, made with the first; without the word «проект» once it is signed."""
    wording = move.profile.wording_for(kind)
    assert wording is not None
    known = values(move)
    title = contexts.fill(wording.title, known)
    document = texts.of_case(move.session, move.case.id, kind)
    if document is None:
        document = texts.create(move, kind, title, move.case.subject_id)
    document.title = title
    if not draft:
        document.day = document.day or move.today
    parts = [{"text": contexts.fill(wording.preamble, known)}, *_parts(move, kind, known)]
    return texts.write(move, document, {**_requisites(move, document, draft=draft), **_own(move, kind), "parts": parts})


def _requisites(move: Move, document: Document, *, draft: bool) -> dict[str, Any]:
    profile, today = move.profile, move.today
    registration = contexts.registration(
        profile, document, move.case, move.system.base_url, place="", draft=draft, edition_day=today
    )
    school = move.session.get_one(Organisation, move.case.subject_id)
    return {
        "doc": {**registration, "title_position": "center"},
        "issuer": {"lines": [school.name]},
        "kind_word": profile.document_kinds[document.kind].printed,
        "journal": None if draft else contexts.head(move.session),
    }


def _own(move: Move, kind: str) -> dict[str, Any]:
    """Who signs, to whom it is handed in, who approves."""
    pair, session = pair_of(move.session, move.case.id), move.session
    head = issuing.head_of(session, pair.school_id, move.today)
    mark = _mark(move, kind)
    if kind in CONSENTS:
        signer = pair.mentor_id if kind == "mentor_consent" else pair.mentee_id
        addressee = ["Руководителю", session.get_one(Organisation, pair.school_id).short_name]
        return {"addressee": addressee, "signers": [_signer(session, signer, mark)]}
    if kind == "mentor_agreement":
        sides = [("Работодатель", head), ("Работник", person_at(session, pair.mentor_id))]
        return {"signers": [_side(word, found) for word, found in sides]}
    if kind == "mentoring_programme":
        approval = {"post": _post(head), "name": head[1].signed_name if head else contexts.BLANK}
        drawn_up = [_signer(session, pair.mentor_id, None)]
        return {"approval": {**approval, "mark": signing.mark(mark) if mark else None}, "signers": drawn_up}
    accepted = contexts.signer(_post(head), head[1] if head else None, mark)
    return {"signers": [_signer(session, pair.mentor_id, None), accepted]}


def _mark(move: Move, kind: str) -> Signature | None:
    document = texts.of_case(move.session, move.case.id, kind)
    signed = signing.valid(move.session, document.id, "sign") if document is not None else ()
    current = [one for one in signed if document is not None and one.edition == document.edition]
    return current[-1] if current else None


def _post(found: tuple[Position, Person] | None) -> list[str]:
    title = found[0].title if found else "Руководитель"
    return [title[:1].upper() + title[1:]]


def _side(word: str, found: tuple[Position, Person] | None) -> dict[str, Any]:
    title = _lower(found[0].title) if found else contexts.BLANK
    return {"post": [f"{word}:", title], "name": found[1].signed_name if found else contexts.BLANK}


def _signer(session: Session, position_id: int, mark: Signature | None) -> dict[str, Any]:
    position, person = person_at(session, position_id)
    return contexts.signer([position.title[:1].upper() + position.title[1:]], person, mark)


def _parts(move: Move, kind: str, known: Mapping[str, str]) -> list[dict[str, Any]]:
    if kind == "mentoring_programme":
        return _programme(move)
    if kind == "pair_report":
        return _report(move)
    wording = move.profile.wording_for(kind)
    assert wording is not None
    points = [
        {"number": str(number), "text": contexts.fill(point.text, known)}
        for number, point in enumerate(wording.points, 1)
    ]
    last = f"Текст согласия: {known['version']}." if kind in CONSENTS else f"Дата подписания: {contexts.BLANK}"
    return [{"points": points}, {"text": last}]


def _programme(move: Move) -> list[dict[str, Any]]:
    answers = last_answer(move.session, move.case.id, "pair_program") or {}
    rows = [[one.name, one.base, one.target] for one in indicators(move.session, move.case.id)]
    planned = [
        [str(number), one.topic, MEETINGS[one.form], day(one.due_on)]
        for number, one in enumerate(planned_meetings(move.session, move.case.id), 1)
        if one.due_on
    ]
    pair = pair_of(move.session, move.case.id)
    return [
        {"heading": "Цель", "text": _sentence(pair.goal) + "\n" + answers.get("goals", "")},
        {"heading": "Показатели", "table": _table(("Показатель", "Сейчас", "Цель"), rows, (None, 45, 45))},
        {"heading": "Встречи", "table": _table(("№", "Тема", "Форма", "Срок"), planned, (10, None, 40, 28))},
    ]


def _report(move: Move) -> list[dict[str, Any]]:
    answers = last_answer(move.session, move.case.id, "pair_report") or {}
    rows = [[one.name, one.base, one.target, one.reached or "–"] for one in indicators(move.session, move.case.id)]
    held = [one for one in _meetings(move.session, move.case.id) if one.held_on]
    met = [[day(one.held_on), one.topic, MEETINGS[one.form], one.agreed] for one in held if one.held_on]
    pair = pair_of(move.session, move.case.id)
    parts = [{"heading": "Цель", "text": _sentence(pair.goal)}]
    if rows:
        titles = ("Показатель", "Было", "Цель", "Достигнуто")
        parts.append({"heading": "Что достигнуто", "table": _table(titles, rows, (None, 34, 34, 38))})  # type: ignore[dict-item]
    if met:
        titles = ("Дата", "Тема", "Форма", "О чём договорились")
        parts.append({"heading": "Встречи", "table": _table(titles, met, (24, None, 34, 58))})  # type: ignore[dict-item]
    planned = planned_meetings(move.session, move.case.id)
    counted = f"Встреч по программе: {len(planned)}, состоялось всего: {len(held)}."
    stopped = f" Работа пары прекращена с {day(pair.stop_on)}." if pair.stop_on else ""
    parts.append({"heading": "Вывод", "text": f"{answers.get('conclusion', '')}\n{counted}{stopped}"})
    if pair.mark:
        said = last_answer(move.session, move.case.id, "pair_mentee_mark") or {}
        words = f" {_sentence(said['words'])}" if said.get("words") else ""
        parts.append({"heading": "Оценка наставляемого", "text": f"Польза: {pair.mark} из 5.{words}"})
    return parts


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int | None]) -> dict[str, Any]:
    columns = [{"title": title, "width": width} for title, width in zip(titles, widths, strict=True)]
    return {"columns": columns, "rows": [list(row) for row in rows]}


def indicators(session: Session, case_id: int) -> Sequence[PairIndicator]:
    found = sa.select(PairIndicator).where(PairIndicator.case_id == case_id).order_by(PairIndicator.number)
    return session.scalars(found).all()


def planned_meetings(session: Session, case_id: int) -> list[PairMeeting]:
    return [one for one in _meetings(session, case_id) if one.due_on is not None]


def _meetings(session: Session, case_id: int) -> Sequence[PairMeeting]:
    order = sa.func.coalesce(PairMeeting.held_on, PairMeeting.due_on)
    return session.scalars(sa.select(PairMeeting).where(PairMeeting.case_id == case_id).order_by(order)).all()


# signing ----------------------------------------------------------------------------------------------------------


def shown(session: Session, case_id: int, kind: str) -> str | None:
    """Fingerprint of the standing text of a paper."""
    document = texts.of_case(session, case_id, kind)
    edition = texts.current(session, document) if document is not None else None
    return edition.sha256 if edition is not None else None


def sign(move: Move, kind: str) -> Document:
    """The actor signs the standing text; the issued one bears the mark."""
    document = texts.of_case(move.session, move.case.id, kind)
    edition = texts.current(move.session, document) if document is not None else None
    assert document is not None and edition is not None
    signing.sign(move, document, edition, move.proof, "sign")
    document.state = "signed"
    write(move, kind, draft=False)
    renditions.request(move, document)
    return document


def consent(move: Move, kind: str) -> None:
    """Keep the consent with the very words agreed to and their version."""
    wording = move.profile.wording_for(kind)
    assert wording is not None and move.actor is not None
    known = values(move)
    lines = [wording.preamble, *(point.text for point in wording.points)]
    text = "\n".join(contexts.fill(line, known) for line in lines)
    row = {"person_id": move.actor.person_id, "purpose": f"mentor_pair.{CONSENTS[kind]}", "case_id": move.case.id}
    move.session.add(Consent(**row, wording=f"{move.profile.pairs.consent_version}\n{text}", given_at=move.now))
    move.session.flush()


def withdraw_consents(move: Move, side: str) -> None:
    """Who stops the pair withdraws what he agreed to; nothing is deleted."""
    where = (Consent.case_id == move.case.id, Consent.withdrawn_at.is_(None), Consent.purpose == f"mentor_pair.{side}")
    for row in move.session.scalars(sa.select(Consent).where(*where)):
        row.withdrawn_at = move.now
    move.session.flush()
