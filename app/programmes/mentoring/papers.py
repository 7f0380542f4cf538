"""Papers of accompaniment: the candidate's consent, the yearly report. Contexts of `reports` from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.cases.models import Case
from app.cases.move import Move
from app.cases.queries import last_answer
from app.documents import contexts, renditions, signing, texts
from app.documents.models import Document
from app.people.models import Organisation, Person, Position
from app.people.names import within
from app.programmes.mentoring import appointing, serving
from app.programmes.mentoring.models import ContactLog, Mentorship
from app.programmes.models import PlanRow
from app.regions import Profile
from app.years import school_year_name

CONSENT, REPORT = "mentoring_consent", "mentoring_report"
CONTACT_WORDS = {"call": "звонок", "meeting": "встреча", "mail": "переписка", "video": "видеосвязь"}
FORM_WORDS = {"onsite": "очно", "online": "онлайн"}
DONE = "done"


def worded(profile: Profile, text: str) -> str:
    """The product's own words as the region prints them: without «ё» where it has none."""
    return text.replace("ё", "е").replace("Ё", "Е") if profile.vocabulary.get("yo") == "нет" else text


def upper(title: str) -> str:
    return title[:1].upper() + title[1:]


def requisites(move: Move, document: Document, *, draft: bool) -> dict[str, Any]:
    today = move.today
    found = contexts.registration(
        move.profile, document, move.case, move.system.base_url, place="", draft=draft, edition_day=today
    )
    return {**found, "title_position": "center", "long_kept": False}


def block(post: str, person: Person) -> dict[str, Any]:
    """Room for the signature of a person. The name stays whoever signs for him: the mark says who did."""
    return {"post": [post], "name": person.signed_name, "mark": None}


def seal(move: Move, document: Document, **late: Any) -> None:
    """The signed text with its day, mark and the journal's head, and what was added after it was shown for signing.

    Everything else is taken from the edition that was signed: what changed in the tables meanwhile changes no paper.
    """
    edition = texts.current(move.session, document)
    assert edition is not None
    signed = signing.valid(move.session, document.id, "sign")
    first = {**edition.context["signers"][0], "mark": signing.mark(signed[-1]) if signed else None}
    known = {
        "doc": requisites(move, document, draft=False),
        "signers": [first],
        "journal": contexts.head(move.session),
    }
    texts.write(move, document, {**edition.context, **known, **late})
    renditions.request(move, document)


def person_words(move: Move, row: Mentorship) -> str:
    """«Листвина М. А., директор МБОУ «Лицей»»."""
    person = move.session.get_one(Person, row.person_id)
    position = move.session.get_one(Position, row.proposed_position_id)
    home = move.session.get_one(Organisation, row.home_id)
    return f"{person.listed_name}, {within(position.title)}, {home.short_name}"


# consent ----------------------------------------------------------------------------------------------------------


def write_consent(move: Move, row: Mentorship) -> Document:
    """The text that the candidate is to sign: a new edition for every candidate."""
    document = texts.of_case(move.session, move.case.id, CONSENT)
    if document is None or document.state != "draft":
        title = worded(move.profile, move.profile.mentoring.consents[row.kind].title)
        document = texts.create(move, CONSENT, title, row.home_id)
    document.organisation_id = row.home_id
    texts.write(move, document, consent_text(move, document, row))
    return document


def consent_text(move: Move, document: Document, row: Mentorship) -> dict[str, Any]:
    profile, session = move.profile, move.session
    person = session.get_one(Person, row.person_id)
    position = session.get_one(Position, row.proposed_position_id)
    home = session.get_one(Organisation, row.home_id)
    body = serving.appointing(session, move.case.region, row.school_id, row.kind)
    values = {
        "school": move.subject.short_name,
        "since": f"{row.starts_on:{appointing.PRINTED}}",
        "until": f"{row.ends_on:{appointing.PRINTED}}",
        "year": school_year_name(move.case.school_year),
    }
    paragraphs = profile.mentoring.consents[row.kind].paragraphs
    return {
        "doc": requisites(move, document, draft=True),
        "issuer": {"lines": [home.name]},
        "kind_word": worded(profile, profile.document_kinds[CONSENT].printed),
        "addressee": [session.get_one(Organisation, body.organisation_id).name] if body else [],
        "person": person.full_name,
        "post": f"{within(position.title)} {home.short_name}",
        "paragraphs": [worded(profile, text).format_map(values) for text in paragraphs],
        "signers": [block(upper(position.title), person)],
    }


# report -----------------------------------------------------------------------------------------------------------


def write_report(move: Move, row: Mentorship, answers: Mapping[str, Any]) -> Document:
    document = texts.of_case(move.session, move.case.id, REPORT)
    if document is None or document.state != "draft":
        year = school_year_name(move.case.school_year)
        title = f"О сопровождении {move.subject.short_name} в {year} учебном году"
        document = texts.create(move, REPORT, title, row.home_id)
    texts.write(move, document, report_text(move, document, row, answers))
    return document


def report_text(move: Move, document: Document, row: Mentorship, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the case knows and what the curator writes. `answers` are those of the report's form."""
    profile, session = move.profile, move.session
    parent = session.get(Organisation, move.subject.parent_id) if move.subject.parent_id else None
    since = row.appointed_on or row.starts_on
    review = last_answer(session, move.case.id, "mentoring_review") or {}
    return {
        "doc": requisites(move, document, draft=True),
        "issuer": {"lines": [session.get_one(Organisation, row.home_id).name]},
        "kind_word": worded(profile, profile.mentoring.reports[row.kind]),
        "role": profile.mentoring.posts[row.kind],
        "person": person_words(move, row),
        "basis": row.order_text,
        "school": move.subject.name,
        "municipality": parent.name if parent is not None and parent.kind == "municipality" else "",
        "term": f"с {since:{appointing.PRINTED}} по {row.ended_on or row.ends_on:{appointing.PRINTED}}",
        "planned": _planned(move),
        "visits": _visits(move),
        "contacts": _contacts(move),
        "rating": review.get("rating"),
        **{name: answers[name] for name in ("done", "changes", "advice")},
        "signers": [_reporter(move, row)],
    }


def _reporter(move: Move, row: Mentorship) -> dict[str, Any]:
    """Who is appointed; who stands in when he has left."""
    if row.position_id is None or move.actor is None or move.actor.position_id == row.position_id:
        return block(move.profile.mentoring.posts[row.kind], move.session.get_one(Person, row.person_id))
    position = move.session.get_one(Position, move.actor.position_id)
    return block(upper(position.title), move.session.get_one(Person, position.person_id))


def _planned(move: Move) -> int:
    found = sa.select(sa.func.count()).select_from(Case).where(Case.parent_id == move.case.id, Case.kind == "visit")
    return move.session.scalar(found) or 0


def _visits(move: Move) -> list[dict[str, Any]]:
    lines = []
    for visit in appointing.held_visits(move.session, move.case.id):
        rows = move.session.scalars(sa.select(PlanRow.result).where(PlanRow.case_id == visit.case_id)).all()
        given = len((visit.report or {}).get("advice") or ())
        lines.append(
            {
                "day": visit.held_on,
                "aim": visit.aim,
                "form": FORM_WORDS[visit.form],
                "advice": given,
                "done": sum(result == DONE for result in rows),
            }
        )
    return lines


def _contacts(move: Move) -> list[dict[str, Any]]:
    found = sa.select(ContactLog).where(ContactLog.case_id == move.case.id).order_by(ContactLog.day, ContactLog.id)
    return [
        {"day": row.day, "form": CONTACT_WORDS[row.form], "whom": row.whom, "about": row.about, "minutes": row.minutes}
        for row in move.session.scalars(found)
    ]
