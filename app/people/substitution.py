"""Substitution by order: who stands in for the holder of a position, from which day to which, on what basis.

It may begin earlier (orders are signed after the fact) or be appointed ahead. Chains are allowed, a circle is not: on no
day may a person be reached again by going from holder to substitute.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import BadInput, Conflict, NotFound, Refused
from app.people import sessions
from app.people.actor import Actor
from app.people.models import Person, Position, Substitution
from app.people.operations import check_dates, get, ru
from app.people.policy import require
from app.people.record import record, serialise

Days = tuple[date, date]


def create_substitution(
    session: Session,
    position_id: int,
    substitute_id: int,
    *,
    valid_from: date,
    valid_to: date | None = None,
    basis: str,
    acting: bool = False,
    actor: Actor | None,
    now: datetime,
) -> Substitution:
    """Appoint a substitute. `acting`: и. о., full duties.

    BadInput: no basis, dates outside the position's; Refused: the holder himself, a blocked person, a circle;
    Conflict: the position has a substitute on some of these days.
    """
    serialise(session, "substitution")
    position = get(session, Position, position_id)
    substitute = get(session, Person, substitute_id)
    if actor is not None:
        require(actor, "substitution.manage", position)
    days = _checked_days(position, valid_from, valid_to)
    if not basis.strip():
        raise BadInput("Укажите основание: без приказа или распоряжения замещения нет.")
    _check_substitute(session, position, substitute, days)
    row = Substitution(
        position_id=position.id,
        substitute_id=substitute.id,
        valid_from=valid_from,
        valid_to=valid_to,
        acting=acting,
        basis=basis.strip(),
        created_by=actor.person_id if actor else None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(session, "substitution.created", _facts(row, position, substitute), actor, now=now)
    return row


def _facts(row: Substitution, position: Position, substitute: Person) -> dict[str, Any]:
    """What the journal keeps of it."""
    data = {"substitution": row.id, "position": position.id, "holder": position.person.listed_name}
    data |= {"substitute": substitute.id, "substitute_name": substitute.listed_name, "acting": row.acting}
    return {**data, "from": row.valid_from, "to": row.valid_to, "basis": row.basis}


def revoke_substitution(
    session: Session, substitution_id: int, *, reason: str, actor: Actor | None, now: datetime
) -> Substitution:
    """End a substitution at once: nobody acts by it any more, nor by a chain through it."""
    row = session.get(Substitution, substitution_id, with_for_update=True)
    if row is None:
        raise NotFound("Такой записи нет.")
    if actor is not None:
        require(actor, "substitution.manage", row.position)
    if not reason.strip():
        raise BadInput("Укажите причину: она останется в журнале.")
    if row.revoked_at is None:
        row.revoked_at = now
        sessions.revoke_position(session, row.position_id, now=now, substitutes=True)
        data = {"substitution": row.id, "position": row.position_id, "substitute": row.substitute_id}
        record(session, "substitution.revoked", data | {"reason": reason.strip()}, actor, now=now)
    return row


def circle(session: Session, position: Position, substitute_id: int, days: Days) -> list[Person] | None:
    """The circle that appointing the substitute on these days would close: people from substitute to holder, or None."""
    edges = _edges(session)
    seen: set[tuple[int, Days]] = set()
    stack: list[tuple[int, Days, tuple[int, ...]]] = [(position.person_id, days, ())]
    # From a holder upwards: whom does he himself stand in for on the days that are left?
    while stack:
        person, left, path = stack.pop()
        if person == substitute_id:
            return [session.get_one(Person, p) for p in (*path, person)]
        if (person, left) in seen:
            continue
        seen.add((person, left))
        for holder, span in edges.get(person, ()):
            common = _common(left, span)
            if common:
                stack.append((holder, common, (*path, person)))
    return None


def _edges(session: Session) -> dict[int, list[tuple[int, Days]]]:
    """Substitute → holders with the days on which the substitution can be in force."""
    query = (
        sa.select(Substitution, Position)
        .join(Position, Position.id == Substitution.position_id)
        .where(Substitution.revoked_at.is_(None))
    )
    edges: dict[int, list[tuple[int, Days]]] = {}
    for row, position in session.execute(query):
        span = _common(_days(row.valid_from, row.valid_to), _days(position.valid_from, position.valid_to))
        if span:
            edges.setdefault(row.substitute_id, []).append((position.person_id, span))
    return edges


def _check_substitute(session: Session, position: Position, substitute: Person, days: Days) -> None:
    if substitute.id == position.person_id:
        raise Refused("Сотрудник не может замещать сам себя.", advice="Выберите другого.")
    if substitute.blocked_at is not None:
        raise Refused("Учётная запись замещающего закрыта.", advice="Выберите другого или откройте запись.")
    busy = _already(session, position.id, days)
    if busy is not None:
        until = f" по {ru(busy.valid_to)}" if busy.valid_to else ""
        raise Conflict(
            f"Эту должность уже замещает {busy.substitute.listed_name}: с {ru(busy.valid_from)}{until}.",
            advice="Отзовите прежнее замещение или выберите другие дни.",
        )
    closed = circle(session, position, substitute.id, days)
    if closed:
        names = " — ".join(person.listed_name for person in closed)
        raise Refused(f"Замещение замкнулось бы в круг: {names}.", advice="Выберите другого сотрудника или другие дни.")


def _already(session: Session, position_id: int, days: Days) -> Substitution | None:
    query = sa.select(Substitution).where(
        Substitution.position_id == position_id,
        Substitution.revoked_at.is_(None),
        Substitution.valid_from <= days[1],
        sa.or_(Substitution.valid_to.is_(None), Substitution.valid_to >= days[0]),
    )
    return session.scalar(query.order_by(Substitution.id).limit(1))


def _checked_days(position: Position, first: date, last: date | None) -> Days:
    check_dates(first, last)
    days = _common(_days(first, last), _days(position.valid_from, position.valid_to))
    if days is None:
        raise BadInput("В эти дни должность никем не занята.", advice="Дни замещения должны попасть на дни должности.")
    return days


def _days(first: date, last: date | None) -> Days:
    return first, last or date.max


def _common(a: Days, b: Days) -> Days | None:
    first, last = max(a[0], b[0]), min(a[1], b[1])
    return (first, last) if first <= last else None
