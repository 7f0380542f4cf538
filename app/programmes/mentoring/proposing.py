"""A candidate of accompaniment: who may be chosen, the check by tables, his consent under signature (OR 4.3.1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.models import Task
from app.cases.move import Move
from app.documents import signing, texts
from app.engine import Card
from app.files import of_case
from app.people.models import Person, Position
from app.people.names import within
from app.programmes.mentoring import appointing, candidates, papers, serving
from app.programmes.mentoring.models import Mentorship
from app.programmes.models import Consent

# candidate --------------------------------------------------------------------------------------------------------


def candidate_context(ask: Asking) -> Values:
    """Whom the body may choose from, with what speaks for and against each; who was asked before."""
    kind, profile = serving.kind_of(ask.case), ask.profile
    people = candidates.offered(ask.session, profile, ask.case, kind, ask.today)
    checked = candidates.checks(ask.session, profile, ask.case, kind, people)
    most = candidates.limit(profile, kind)
    failed = {str(key): [c.as_dict() for c in found if not c.passed] for key, found in checked.items()}
    year_end = date(ask.case.school_year + 1, 8, 31)
    standing = serving.in_force_of(ask.session, ask.case.id)
    return {
        "choices": {"candidate": {one.position.id: _label(one, failed, most) for one in people}},
        "facts": {
            "kind": kind,
            "head": ask.actor.head,
            "failed": {key: found for key, found in failed.items() if found},
            "elsewhere": {str(one.position.id): one.elsewhere for one in people if one.elsewhere is not None},
            "before": _before(ask.session, ask.case.id),
            "standing": standing_words(ask.session, standing),
            "donor": profile.mentoring.donor.basis if kind == "curator" else "",
        },
        "values": {"starts_on": ask.today, "ends_on": date(ask.case.school_year + 1, 6, 30)},
        "dates": {"today": ask.today.isoformat(), "latest": year_end.isoformat()},
        "files": of_case(ask.session, ask.case.id),
    }


def _label(one: candidates.Candidate, failed: dict[str, list[dict[str, Any]]], most: int) -> str:
    where = f", {one.elsewhere}" if one.elsewhere else ""
    words = [f"школ {one.load} из {most}"]
    codes = {f["code"] for f in failed[str(one.position.id)]}
    words.append("результаты не подтверждены" if "results" in codes else "условия выполнены" if not codes else "")
    told = "; ".join(word for word in words if word)
    title = within(one.position.title)
    return f"{one.person.listed_name}, {title}, {one.home.short_name}{where} ({told})"


def _before(session: Session, case_id: int) -> list[dict[str, str]]:
    """Earlier candidates of the case and what became of them."""
    words = {
        "unfit": "не прошёл проверку",
        "declined": "не согласился",
        "refused": "приказ отклонён",
        "ended": "закончил",
        "appointed": "назначен",
    }
    rows = sa.select(Mentorship, Person).join(Person, Person.id == Mentorship.person_id)
    found = session.execute(rows.where(Mentorship.case_id == case_id).order_by(Mentorship.number))
    return [
        {"name": person.listed_name, "fate": words[row.state], "reason": _why(row)}
        for row, person in found
        if row.state in words
    ]


def _why(row: Mentorship) -> str:
    if row.state == "unfit":
        return "; ".join(check["text"] for check in row.checks if not check["passed"])
    return row.end_reason or ""


def standing_words(session: Session, row: Mentorship | None) -> str:
    if row is None:
        return ""
    person = session.get_one(Person, row.person_id)
    left = f", выбыл {row.ended_on:{appointing.PRINTED}}" if row.ended_on else ""
    return f"{person.listed_name}{left}"


def write_candidate(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A row of the history; the conditions are judged by `check_candidate` on what is true then."""
    position = move.session.get_one(Position, int(answers["candidate"]))
    newest = serving.newest_of(move.session, move.case.id)
    actor = move.actor
    move.session.add(
        Mentorship(
            case_id=move.case.id,
            number=(newest.number if newest else 0) + 1,
            kind=serving.kind_of(move.case),
            school_id=move.case.subject_id,
            person_id=position.person_id,
            proposed_position_id=position.id,
            home_id=position.organisation_id,
            proposed_by=actor.position_id if actor else None,
            starts_on=date.fromisoformat(answers["starts_on"]),
            ends_on=date.fromisoformat(answers["ends_on"]),
            checks=[],
            reason=answers.get("reason"),
            override=bool(answers.get("reason") and actor and actor.head),
            created_at=move.now,
        )
    )
    return None


def check_candidate(move: Move, card: Card) -> Values:
    """Is the candidate fit now, by tables and not by the page: a fourth school agreed meanwhile counts (OR 4.3.1)."""
    row = serving.newest_of(move.session, move.case.id)
    assert row is not None
    today = move.today
    people = candidates.offered(move.session, move.profile, move.case, row.kind, today)
    chosen = [one for one in people if one.position.id == row.proposed_position_id]
    checked = candidates.checks(move.session, move.profile, move.case, row.kind, chosen)
    found = checked.get(row.proposed_position_id) or [
        candidates.Check("own", "Кандидат работает в этой школе или выбыл", passed=False, absolute=True)
    ]
    row.checks = [check.as_dict() for check in found]
    failed = [check for check in found if not check.passed]
    fit = not failed or (row.override and not any(check.absolute for check in failed))
    if not fit:
        row.state = "unfit"
    move.session.flush()
    move.record(
        "mentoring.checked",
        person=row.person_id,
        fit=fit,
        failed=[check.code for check in failed],
        override=row.override,
    )
    return {"check_ok": fit}


# consent ----------------------------------------------------------------------------------------------------------


def render_consent(move: Move, card: Card) -> Values | None:
    row = serving.newest_of(move.session, move.case.id)
    assert row is not None
    papers.write_consent(move, row)
    return None


def consent_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, papers.CONSENT)
    facts = {"document_id": document.id if document else None, "payment": ask.profile.mentoring.payment}
    return {"facts": facts}


def consent_shown(ask: Asking, answers: Values | None) -> str | None:
    return shown(ask, papers.CONSENT, answers, "yes")


def shown(ask: Asking, kind: str, answers: Values | None, word: str) -> str | None:
    """Fingerprint of the paper that is signed; None when the answers sign nothing."""
    if answers is not None and answers.get("outcome") != word:
        return None
    document = texts.of_case(ask.session, ask.case.id, kind)
    edition = texts.current(ask.session, document) if document else None
    return edition.sha256 if edition else None


def write_consent(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = serving.newest_of(move.session, move.case.id)
    assert row is not None
    if answers["outcome"] == "no":
        row.state, row.end_reason = "declined", answers["reason"]
        return None
    document = texts.of_case(move.session, move.case.id, papers.CONSENT)
    edition = texts.current(move.session, document) if document else None
    assert document is not None and edition is not None
    signing.sign(move, document, edition, move.proof, "sign")
    document.state, document.day = "signed", move.today
    papers.seal(
        move,
        document,
        conditions=answers.get("conditions") or "",
        payment=answers.get("payment") or "",
        contacts=bool(answers.get("contacts")),
    )
    wording = "\n".join(edition.context["paragraphs"])
    row.state = "agreed"
    purposes = [f"mentoring_{row.kind}", *(["contacts"] if answers.get("contacts") else [])]
    for purpose in purposes:
        move.session.add(
            Consent(person_id=row.person_id, purpose=purpose, wording=wording, case_id=move.case.id, given_at=move.now)
        )
    return None
