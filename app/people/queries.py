"""What the pages of administration show: reading only, cut by the actor's territory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import search
from app.errors import NotFound
from app.people.actor import Actor, covers, in_force
from app.people.models import Organisation, Person, Position, SignIn, Substitution
from app.people.territory import scope, within

PAGE = 30
UNKNOWN = "Такой записи нет или она вам не видна."


@dataclass(frozen=True)
class Page:
    """Rows of one page, the cursor of the next one, how many rows there are in all."""

    rows: Sequence[Any]
    cursor: str | None
    total: int


@dataclass(frozen=True)
class PersonLine:
    """A row of the list of people; `positions` are those of the day with their organisations."""

    id: int
    name: str
    login: str
    positions: Sequence[Position]
    blocked: bool
    seen_at: datetime | None


def people(
    session: Session, actor: Actor, on: date, *, q: str = "", show: str = "all", cursor: str = "", size: int = PAGE
) -> Page:
    """People by name. `show`: all, working (with a position today), idle, blocked."""
    where = [scope(actor, Person, on=on)]
    today = sa.select(Position.person_id).where(in_force(Position, on))
    shown = {
        "working": Person.id.in_(today),
        "idle": Person.id.not_in(today),
        "blocked": Person.blocked_at.is_not(None),
    }
    if show in shown:
        where.append(shown[show])
    if q.strip():
        where.append(_person_matches(q))
    total = session.scalar(sa.select(sa.func.count()).select_from(Person).where(*where)) or 0
    name, _, number = cursor.rpartition("~")
    if number.isascii() and number.isdecimal() and len(number) <= 18:
        where.append(sa.tuple_(Person.family_name, Person.id) > sa.tuple_(sa.literal(name), sa.literal(int(number))))
    query = sa.select(Person).where(*where).order_by(Person.family_name, Person.id).limit(size + 1)
    found = session.scalars(query).all()
    rows = found[:size]
    after = f"{rows[-1].family_name}~{rows[-1].id}" if len(found) > size else None
    return Page(_lines(session, rows, on), after, total)


def person(session: Session, actor: Actor, person_id: int) -> Person:
    """The person, or NotFound when there is none that the actor may know of."""
    return _visible(session, actor, Person, person_id)


def position(session: Session, actor: Actor, position_id: int) -> Position:
    return _visible(session, actor, Position, position_id)


def organisation(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    return _visible(session, actor, Organisation, organisation_id)


def substitution(session: Session, actor: Actor, substitution_id: int) -> Substitution:
    return _visible(session, actor, Substitution, substitution_id)


def positions_of(session: Session, person_id: int) -> Sequence[Position]:
    """All positions of a person, the present ones first."""
    query = sa.select(Position).where(Position.person_id == person_id).options(joinedload(Position.organisation))
    return session.scalars(
        query.order_by(Position.valid_to.is_not(None), Position.valid_from.desc(), Position.id)
    ).all()


def substitutions(
    session: Session, actor: Actor, on: date, *, person_id: int | None = None, past: bool = False
) -> Sequence[Substitution]:
    """Substitutions in force or to come, or those past; of one person (as holder or substitute) when given."""
    over = sa.or_(Substitution.revoked_at.is_not(None), sa.and_(Substitution.valid_to < on))
    where = [scope(actor, Substitution, on=on), over if past else sa.not_(sa.func.coalesce(over, sa.false()))]
    if person_id is not None:
        mine = sa.select(Position.id).where(Position.person_id == person_id)
        where = [sa.or_(Substitution.position_id.in_(mine), Substitution.substitute_id == person_id), where[1]]
    query = (
        sa.select(Substitution)
        .where(*where)
        .options(
            joinedload(Substitution.substitute),
            joinedload(Substitution.position).joinedload(Position.person),
            joinedload(Substitution.position).joinedload(Position.organisation),
        )
    )
    return session.scalars(query.order_by(Substitution.valid_from.desc(), Substitution.id.desc()).limit(200)).all()


def is_in_force(row: Substitution, on: date) -> bool:
    return row.revoked_at is None and covers(row, on)


def organisations(
    session: Session, actor: Actor, *, q: str = "", kind: str = "", cursor: str = "", size: int = PAGE
) -> Page:
    """Organisations by short name."""
    where = [scope(actor, Organisation)]
    if kind:
        where.append(Organisation.kind == kind)
    if q.strip():
        where.append(search.found(q, Organisation.name, Organisation.short_name, Organisation.code))
    total = session.scalar(sa.select(sa.func.count()).select_from(Organisation).where(*where)) or 0
    name, _, number = cursor.rpartition("~")
    order = (Organisation.short_name, Organisation.id)
    if number.isascii() and number.isdecimal() and len(number) <= 18:
        where.append(sa.tuple_(*order) > sa.tuple_(sa.literal(name), sa.literal(int(number))))
    query = sa.select(Organisation).where(*where).options(joinedload(Organisation.parent))
    found = session.scalars(query.order_by(*order).limit(size + 1)).all()
    rows = found[:size]
    after = f"{rows[-1].short_name}~{rows[-1].id}" if len(found) > size else None
    return Page(rows, after, total)


def staff(session: Session, organisation_id: int, on: date) -> Sequence[Position]:
    """Positions held in the organisation on the day, heads first."""
    query = (
        sa.select(Position)
        .where(Position.organisation_id == organisation_id, in_force(Position, on))
        .options(joinedload(Position.person))
    )
    return session.scalars(query.order_by(Position.head.desc(), Position.id).limit(500)).all()


def candidates(session: Session, holder: Position, on: date) -> Sequence[Person]:
    """Who may stand in for the holder: open accounts of the same organisation."""
    there = sa.select(Position.person_id).where(
        Position.organisation_id == holder.organisation_id, in_force(Position, on)
    )
    query = sa.select(Person).where(Person.id.in_(there), Person.id != holder.person_id, Person.blocked_at.is_(None))
    return session.scalars(query.order_by(Person.family_name, Person.id)).all()


def named_organisations(session: Session, actor: Actor, text: str, kinds: Sequence[str]) -> Sequence[Organisation]:
    """Organisations of these kinds with exactly this code or short name, else those whose name contains it; at most six."""
    mine = [scope(actor, Organisation), Organisation.kind.in_(kinds)]
    exact = sa.or_(Organisation.code == text, Organisation.short_name == text)
    for match in (exact, search.found(text, Organisation.short_name, Organisation.name)):
        query = sa.select(Organisation).where(*mine, match).order_by(Organisation.short_name).limit(6)
        found = session.scalars(query).all()
        if found:
            return found
    return []


def _person_matches(q: str) -> sa.ColumnElement[bool]:
    """By name, given and second name also by their initials; by login; or by a position held and its place."""
    held = (
        sa.select(Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(search.found(q, Position.title, Organisation.short_name, Organisation.code))
    )
    named = sa.and_(*(_in_name(word) for word in search.words(q.replace(".", " "))))
    return sa.or_(named, search.found(q, Person.login), Person.id.in_(held))


def _in_name(word: str) -> sa.ColumnElement[bool]:
    given = (Person.given_name, Person.patronymic)
    if len(word) == 1:
        return sa.or_(*(search.folded(one).startswith(word, autoescape=True) for one in given))
    return search.found(word, Person.family_name, *given)


def _lines(session: Session, rows: Sequence[Person], on: date) -> list[PersonLine]:
    ids = [row.id for row in rows]
    held: dict[int, list[Position]] = {}
    query = sa.select(Position).where(Position.person_id.in_(ids), in_force(Position, on))
    for one in session.scalars(query.options(joinedload(Position.organisation)).order_by(Position.id)):
        held.setdefault(one.person_id, []).append(one)
    last = sa.select(SignIn.person_id, sa.func.max(SignIn.seen_at)).where(SignIn.person_id.in_(ids))
    seen = {key: moment for key, moment in session.execute(last.group_by(SignIn.person_id))}
    return [
        PersonLine(r.id, r.full_name, r.login, held.get(r.id, []), r.blocked_at is not None, seen.get(r.id))
        for r in rows
    ]


def _visible(session: Session, actor: Actor, model: Any, key: int) -> Any:
    row = session.get(model, key)
    if row is None or not within(session, actor, row):
        raise NotFound(UNKNOWN)
    return row
