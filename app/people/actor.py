"""Who acts: a person in a position of his own, or in that of somebody he stands in for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db import Moment
from app.people.models import Organisation, Person, Position, Substitution
from app.people.names import basis_genitive
from app.people.roles import ALWAYS_HEAD
from app.sql import Sql


@dataclass(frozen=True)
class Actor:
    """A person acting in one position.

    When acting by substitution, position, role and organisation are those of the holder replaced, `behalf_of` equals
    `position_id`, `basis` reads «за Заварзину Т. П. на основании …»; `person_id` and `name` are always the real person.
    `substitution_id` is the last link of a chain: the row that names this person as the substitute.
    """

    person_id: int
    name: str
    position_id: int
    organisation_id: int
    organisation_kind: str
    region: str
    municipality_id: int | None
    school_id: int | None
    role: str
    head: bool
    title: str
    substitution_id: int | None = None
    behalf_of: int | None = None
    basis: str | None = None
    acting: bool = False

    def same_person(self, other: Actor | int | None) -> bool:
        """Four eyes look at the person, whatever positions he holds or acts in. `other`: an actor or a person's id."""
        return other is not None and self.person_id == (other.person_id if isinstance(other, Actor) else other)


def in_force(table: Any, on: date) -> sa.ColumnElement[bool]:
    """SQL: the row's `valid_from … valid_to` covers the day, both ends included."""
    return sa.and_(table.valid_from <= on, sa.or_(table.valid_to.is_(None), table.valid_to >= on))


def works(on: date) -> sa.ColumnElement[bool]:
    """SQL over positions joined with their persons: held on the day by somebody who is let in."""
    return sa.and_(in_force(Position, on), Person.blocked_at.is_(None))


def covers(row: Any, on: date) -> bool:
    """What `in_force` asks, of a row in hand."""
    return row.valid_from <= on and (row.valid_to is None or row.valid_to >= on)


def next_day(on: date) -> datetime:
    return datetime.combine(on + timedelta(days=1), time(), UTC)


# Statements that run often are built once: building one costs several times what it costs to run. Days they ask for:
ON: Any = sa.bindparam("on", type_=sa.Date)
NEXT_DAY: Any = sa.bindparam("next_day", type_=Moment)
NOT_REVOKED = sa.or_(Substitution.revoked_at.is_(None), Substitution.revoked_at >= NEXT_DAY)
"""SQL: a substitution revoked on a day is not in force from that very day on; the days before keep it."""


RUSSIAN_DAY = (timedelta(hours=2), timedelta(hours=12))
PARENT = aliased(Organisation, name="parent")
HOLDER = aliased(Person, name="holder")


def position_query() -> sa.Select:
    """Positions with organisation, its parent and the holder: what an actor is made of, in one statement."""
    return (
        sa.select(Position, Organisation, PARENT, HOLDER)
        .select_from(Position)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .join(HOLDER, HOLDER.id == Position.person_id)
        .outerjoin(PARENT, PARENT.id == Organisation.parent_id)
    )


def own_actor(person: Person, position: Position, organisation: Organisation, parent: Organisation | None) -> Actor:
    """The person in a position of his own."""
    return actor_in(
        person.id,
        person.listed_name,
        position.id,
        (organisation.id, organisation.kind, organisation.region),
        (parent.id, parent.kind) if parent is not None else (None, None),
        (position.role, position.head, position.title),
    )


def actor_in(
    person_id: int,
    name: str,
    position_id: int,
    organisation: tuple[int, str, str],
    parent: tuple[int | None, str | None],
    held: tuple[str, bool, str],
) -> Actor:
    """The same from plain values: organisation (id, kind, region), its parent (id, kind), what is held (role, head, title)."""
    organisation_id, kind, region = organisation
    role, head, title = held
    above = parent[0] if parent[1] == "municipality" else None
    return Actor(
        person_id=person_id,
        name=name,
        position_id=position_id,
        organisation_id=organisation_id,
        organisation_kind=kind,
        region=region,
        municipality_id=organisation_id if kind == "municipality" else above,
        school_id=organisation_id if kind == "school" else None,
        role=role,
        head=head or role in ALWAYS_HEAD,
        title=title,
    )


@dataclass(frozen=True)
class _Reach:
    """A position reached by substitutions; `links` lead from the first person: each with the holder whom it replaces."""

    row: sa.Row
    links: tuple[tuple[Substitution, Person], ...]


def actors_of(session: Session, person_id: int, on: date) -> list[Actor]:
    """In whom the person may act on the day: own positions first, then those he stands in for, chains included.

    A chain: if B stands in for A and C for B, then C may act for A while both orders are in force. When B holds several
    positions and one of them is in A's organisation, B stands in for A as the holder of that one, and only who replaces
    B in it goes on to A. A blocked person acts in nothing.
    """
    own = _own_positions(session, person_id, on)
    person = own[0][3] if own else session.get(Person, person_id)
    if person is None or person.blocked_at is not None:
        return []
    actors = [own_actor(person, position, organisation, parent) for position, organisation, parent, _ in own]
    taken = {actor.position_id for actor in actors}
    for reach in _reached(session, person_id, on):
        if reach.row[0].id not in taken:
            taken.add(reach.row[0].id)
            actors.append(_substitute(person, reach))
    return actors


HOLDS_OWN = Sql(
    "SELECT 1 AS holds FROM position p JOIN person w ON w.id = p.person_id "
    "WHERE p.id = :position AND w.id = :person AND w.blocked_at IS NULL "
    "AND p.valid_from <= :last AND (p.valid_to IS NULL OR p.valid_to >= :first)"
)


def still_holds(session: Session, actor: Actor, now: datetime) -> bool:
    """Does the actor still hold the position or the substitution, on any calendar day that goes on in the country now?

    It is asked under the lock of an operation; the exact day of the region was asked when the request came in.
    """
    days = {(now.astimezone(UTC) + shift).date() for shift in RUSSIAN_DAY}
    if actor.behalf_of is None:
        asked = {"position": actor.position_id, "person": actor.person_id, "first": min(days), "last": max(days)}
        return HOLDS_OWN.first(session, **asked) is not None
    found = (a for day in days for a in actors_of(session, actor.person_id, day))
    return any((a.position_id, a.behalf_of) == (actor.position_id, actor.behalf_of) for a in found)


OWN_POSITIONS = (
    position_query()
    .where(Position.person_id == sa.bindparam("person"), in_force(Position, ON))
    .order_by(Position.valid_from, Position.id)
)
LINKS = (
    position_query()
    .add_columns(Substitution)
    .join(Substitution, Substitution.position_id == Position.id)
    .where(Substitution.substitute_id == sa.bindparam("person"), in_force(Substitution, ON))
    .where(NOT_REVOKED, in_force(Position, ON))
    .order_by(Substitution.id)
)


def _own_positions(session: Session, person_id: int, on: date) -> list[sa.Row]:
    return list(session.execute(OWN_POSITIONS, {"person": person_id, "on": on}))


def _reached(session: Session, person_id: int, on: date) -> Iterator[_Reach]:
    """Positions that links of substitution lead to, nearest first."""
    queue: list[_Reach] = [_Reach(row, ((link, row[3]),)) for link, row in _links(session, person_id, on)]
    seen: set[int] = set()
    while queue:
        reach = queue.pop(0)
        through, holder = reach.row[0], reach.row[3]
        if through.id in seen or holder.id == person_id:
            continue
        seen.add(through.id)
        yield reach
        held = [row[0] for row in _own_positions(session, holder.id, on)]
        for link, row in _links(session, holder.id, on):
            if _passes_on(row[0], through, held):
                queue.append(_Reach(row, (*reach.links, (link, row[3]))))


def _links(session: Session, substitute: int, on: date) -> list[tuple[Substitution, sa.Row]]:
    asked = {"person": substitute, "on": on, "next_day": next_day(on)}
    return [(row[4], row) for row in session.execute(LINKS, asked)]


def _passes_on(position: Position, through: Position, held: list[Position]) -> bool:
    """Does who replaces somebody in `through` also get the `position` that this somebody stands in for?"""
    beside = {p.id for p in held if p.organisation_id == position.organisation_id}
    return not beside or through.id in beside


def _substitute(person: Person, reach: _Reach) -> Actor:
    position, organisation, parent, holder = reach.row[:4]
    return replace(
        own_actor(holder, position, organisation, parent),
        person_id=person.id,
        name=person.listed_name,
        substitution_id=reach.links[0][0].id,
        behalf_of=position.id,
        basis=_basis(reach),
        acting=reach.links[-1][0].acting,
    )


def _basis(reach: _Reach) -> str:
    """«за Заварзину Т. П. на основании приказа № 5», for a chain «…, вместо Носкова И. В. на основании приказа № 7»."""
    (link, holder), *others = reversed(reach.links)
    text = f"за {holder.replaced_name} на основании {basis_genitive(link.basis)}"
    return text + "".join(f", вместо {h.replaced_name} на основании {basis_genitive(s.basis)}" for s, h in others)
