"""Requisites of documents from the region's profile and the people who hold its positions today."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal
from app.cases.calendar import Calendar
from app.cases.models import Case
from app.cases.move import Move
from app.documents.models import Document, Signature
from app.documents.signing import mark
from app.documents.texts import verify_url
from app.people.actor import ON, in_force
from app.people.models import Organisation, Person, Position
from app.regions import Profile
from app.regions.model import Point
from app.years import school_year_start
from reports import ru

BLANK = "________"
RELATIVE = re.compile(r"(\d+)wd")


class Known(dict[str, str]):
    """Values for a wording; what nobody knows yet is left to be written in by hand, as on a paper form."""

    def __missing__(self, key: str) -> str:
        return BLANK


def fill(text: str, values: Mapping[str, str]) -> str:
    """A wording with its placeholders filled."""
    return text.format_map(Known(values))


def issuer(profile: Profile, organisation: str) -> dict[str, Any]:
    """Letterhead of a body of the region by its key in the profile."""
    body = profile.organisations[organisation]
    return {"lines": list(body.letterhead) or [body.name.nominative]}


_HOLDER = (
    sa.select(Position, Person)
    .join(Person, Person.id == Position.person_id)
    .join(Organisation, Organisation.id == Position.organisation_id)
    .where(Organisation.region == sa.bindparam("region"), Position.code == sa.bindparam("code"))
    .where(in_force(Position, ON))
    .order_by(Position.valid_from.desc())
    .limit(1)
)


def holder(session: Session, region: str, position: str, on: date) -> tuple[Position, Person] | None:
    """Who holds a position of the profile on a day."""
    row = session.execute(_HOLDER, {"region": region, "code": position, "on": on}).one_or_none()
    return (row.Position, row.Person) if row else None


def registration(
    profile: Profile, document: Document, case: Case, base_url: str, *, place: str, draft: bool, edition_day: date
) -> dict[str, Any]:
    """Number, day, title and address of verification; a draft has neither number nor day."""
    kind = profile.document_kinds[document.kind]
    return {
        "number": None if draft else document.number,
        "date": None if draft else (document.day and document.day.isoformat()),
        "place": place,
        "title": document.title,
        "title_position": title_position(profile),
        "edition": max(document.edition, 1),
        "edition_date": edition_day.isoformat(),
        "code": document.code,
        "verify_url": verify_url(base_url, document.code),
        "case_code": case.number or str(case.id),
        "long_kept": kind.level == "region" and kind.publish,
        "draft": draft,
    }


def title_position(profile: Profile) -> str:
    return profile.vocabulary.get("title_position", "corner")


def signer(post: Sequence[str], person: Person | None, signature: Signature | None = None) -> dict[str, Any]:
    """Signature block: post, initials and surname of who signs, and the mark once it is there."""
    stamp = mark(signature) if signature is not None else None
    name = signature.stamp["signed_name"] if signature is not None else (person.signed_name if person else "________")
    return {"post": list(post), "name": name, "mark": stamp}


def sender(move: Move, signature: Signature | None = None) -> dict[str, Any]:
    """Signature block of who sends the form."""
    actor = move.actor
    if actor is None:
        return signer(["________"], None)
    return signer([actor.title or "Сотрудник"], move.session.get_one(Person, actor.person_id), signature)


def drafter(session: Session, position_id: int | None) -> dict[str, Any] | None:
    """Отметка об исполнителе."""
    if position_id is None:
        return None
    position = session.get_one(Position, position_id)
    person = session.get_one(Person, position.person_id)
    return {"name": person.full_name}


def head(session: Session) -> dict[str, Any] | None:
    """The journal's head for the foot of the page; None while nothing was written yet."""
    end = journal.head(session)
    return {"seq": end.seq, "hash": end.hash.hex()} if end.seq else None


def points(
    items: Sequence[Point],
    values: Mapping[str, str],
    calendar: Calendar,
    now: datetime,
    year: int,
    *,
    late: int,
    prefix: str = "",
) -> list[dict[str, Any]]:
    """Points of an act from the region's wording: numbered, placeholders filled, terms in words.

    A point whose wording is filled with nothing is left out. `late`: working days for a point whose day is past.
    """
    numbered: list[dict[str, Any]] = []
    items = [point for point in items if fill(point.text, {**values, "by": "–"}).strip()]
    for number, point in enumerate(items, 1):
        own = f"{prefix}.{number}" if prefix else str(number)
        by = _by(point.term, values, calendar, now, year, late) if point.term else ""
        text = fill(point.text, {**values, "by": by}).replace("г..", "г.")
        children = points(point.points, values, calendar, now, year, late=late, prefix=own)
        single = len(items) == 1 and not prefix
        numbered.append({"number": "" if single else own, "text": text, "children": children})
    return numbered


def _by(term: str, values: Mapping[str, str], calendar: Calendar, now: datetime, year: int, late: int) -> str:
    """«в срок до 12 декабря 2026 г.»; working days run from the force of the act, whenever it is signed."""
    found = RELATIVE.fullmatch(term)
    due = None if found else calendar.term(term, now, {}, school_year_start(year))
    if due is not None and due > now:
        return f"в срок до {ru.long_date(due.date())}"
    days = ru.count(int(found[1]) if found else late, "рабочего дня", "рабочих дней", "рабочих дней")
    return f"в течение {days} со дня вступления в силу настоящего {values.get('kind_genitive', 'акта')}"
