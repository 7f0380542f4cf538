"""What the processes of help share: choices from the profile, people of places, files, dates, papers from draft to number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking
from app.cases.move import Move
from app.documents import contexts, issuing, renditions, signing, texts
from app.documents.models import Document
from app.errors import Refused
from app.identification.models import SupportList, SupportListRow
from app.people.actor import in_force
from app.people.models import Organisation, Person, Position
from app.people.names import within
from app.people.roles import ALWAYS_HEAD
from app.regions import Profile
from app.schools.models import School


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def dictionaries(profile: Profile, *names: str) -> dict[str, Mapping[str, str]]:
    """Lists of the region for the choices of a form."""
    return {name: profile.dictionaries[name] for name in names}


def positions(
    session: Session, places: Iterable[int], on: date, roles: Iterable[str] | None = None, *, by_person: bool = False
) -> dict[int, str]:
    """Who works in these organisations on a day: position id (or person id) → «Кречетова Н. В., директор»."""
    where = [Position.organisation_id.in_(list(places)), in_force(Position, on)]
    if roles is not None:
        where.append(Position.role.in_(sorted(roles)))
    found = (
        sa.select(Position, Person)
        .join(Person, Person.id == Position.person_id)
        .where(*where, Position.role.not_in(("auditor", "administrator")))
        .order_by(Person.family_name, Person.given_name, Position.id)
    )
    return {
        (person.id if by_person else position.id): f"{person.listed_name}, {within(position.title)}"
        for position, person in session.execute(found)
    }


def listed_name(session: Session, position_id: int | None) -> str:
    """«Кречетова Н. В., директор школы»; empty for nobody."""
    position = session.get(Position, position_id) if position_id is not None else None
    return f"{session.get_one(Person, position.person_id).listed_name}, {within(position.title)}" if position else ""


def head_position(session: Session, organisation_id: int, on: date) -> int | None:
    """The position of an organisation's head."""
    heads = sa.or_(Position.head.is_(True), Position.role.in_(sorted(ALWAYS_HEAD)))
    where = (Position.organisation_id == organisation_id, heads, in_force(Position, on))
    return session.scalar(sa.select(Position.id).where(*where).order_by(Position.id.desc()).limit(1))


# schools of a municipality ------------------------------------------------------------------------------------------


def schools_of(session: Session, municipality_id: int) -> dict[int, str]:
    """Schools of a municipality that teach, by name."""
    found = (
        sa.select(School.id, Organisation.short_name)
        .join(Organisation, Organisation.id == School.id)
        .where(School.municipality_id == municipality_id, Organisation.valid_to.is_(None))
        .order_by(Organisation.short_name)
    )
    return {key: name for key, name in session.execute(found)}


def listed_of(session: Session, region: str, municipality_id: int) -> dict[int, str]:
    """Those of them that stand in the newest signed list of the region."""
    newest = sa.select(SupportList.id).where(SupportList.region == region)
    newest = newest.order_by(SupportList.school_year.desc(), SupportList.number.desc()).limit(1)
    rows = set(
        session.scalars(sa.select(SupportListRow.school_id).where(SupportListRow.list_id == newest.scalar_subquery()))
    )
    return {key: name for key, name in schools_of(session, municipality_id).items() if key in rows}


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.casefold().replace("ё", "е").split())


def likeness(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """Share in per cent of my texts that stand word for word among theirs."""
    other = {words_of(text) for text in theirs}
    return round(100 * sum(words_of(text) in other for text in mine) / len(mine)) if mine else 0


# papers -------------------------------------------------------------------------------------------------------------


def paper_of(move: Move, kind: str, title: str, organisation_id: int) -> Document:
    """The document of a kind in the case in hand, made when there is none yet."""
    document = texts.of_case(move.session, move.case.id, kind)
    if document is None:
        document = texts.create(move, kind, title, organisation_id)
    document.title = title
    move.session.flush()
    return document


def requisites(
    move: Move, document: Document, *, draft: bool, signer: tuple[Position, Person] | None = None
) -> dict[str, Any]:
    """What every paper has: registration, letterhead, word, signature and the journal's head.

    `signer` stands in for the head of who issues the paper, where somebody else signs.
    """
    profile, session, on = move.profile, move.session, move.today
    issued = issuing.of_document(session, profile, document)
    holder = signer or issuing.signer(session, profile, issued, on)
    post = _post(signer[0]) if signer else issuing.post(profile, issued, holder[0] if holder else None)
    signed = signing.valid(session, document.id, "sign")
    place = issued.place(profile)
    return {
        "doc": contexts.registration(
            profile, document, move.case, move.system.base_url, place=place, draft=draft, edition_day=on
        ),
        "issuer": {"lines": issued.letterhead(profile)},
        "kind_word": issued.described.printed,
        "signers": [contexts.signer(post, holder[1] if holder else None, signed[-1] if signed else None)],
        "journal": None if draft else contexts.head(session),
    }


def _post(position: Position) -> list[str]:
    return [position.title[:1].upper() + position.title[1:]]


def finish(move: Move, document: Document, context: Mapping[str, Any]) -> None:
    """The final text: the same that was signed, with number, day and mark; its PDF is made after commit.

    Refused when the text is not the one that was signed.
    """
    edition = texts.write(move, document, context)
    signed = signing.valid(move.session, document.id, "sign")
    if signed and signed[-1].shown_sha256 != edition.sha256:
        raise Refused("Текст отличается от подписанного.", advice="Верните документ на подпись.")
    renditions.request(move, document)


def sign_shown(ask: Asking, kind: str | None, answers: Mapping[str, Any] | None) -> str | None:
    """Fingerprint of the paper that a form signs; None when the answers sign nothing."""
    if answers is not None and answers.get("outcome") != "sign":
        return None
    document = texts.of_case(ask.session, ask.case.id, kind)
    edition = texts.current(ask.session, document) if document else None
    return edition.sha256 if edition else None


def sign(move: Move, kind: str | None) -> Document:
    """Sign the paper of the case by its actor."""
    document = texts.of_case(move.session, move.case.id, kind)
    edition = texts.current(move.session, document) if document else None
    if document is None or edition is None:
        raise Refused("Документа ещё нет.", advice="Вернитесь к предыдущему шагу.")
    signing.sign(move, document, edition, move.proof, "sign")
    document.state = "signed"
    move.session.flush()
    return document


def paper_facts(session: Session, case_id: int, kind: str | None = None) -> dict[str, Any]:
    """What the page of a task about a paper needs."""
    document = texts.of_case(session, case_id, kind)
    return {"document_id": document.id, "document": document.title} if document else {}
