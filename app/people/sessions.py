"""Sessions of signed-in people and bearer tokens: a random 256-bit value outside, its SHA-256 in the database."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import NotAllowed, NotFound
from app.people import names
from app.people.actor import Actor, actor_in, actors_of
from app.people.models import ApiToken, Organisation, Person, Position, SignIn
from app.people.record import record
from app.sql import Sql, date_of, moment_of

TOUCH_AFTER = timedelta(seconds=60)
TOKEN_PREFIX = "opora_"  # noqa: S105 - lets scanners of secrets recognise a leaked token
DayOf = Callable[[datetime, str | None], date]


def utc_day(now: datetime, _region: str | None = None) -> date:
    return now.astimezone(UTC).date()


@dataclass(frozen=True)
class Limits:
    """How long a session lasts: without use, and at most."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    foreign_idle: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in. `actor` is None when the person holds no position today; `key` is None for a bearer token.

    `one_time`: the password must be changed before anything else; never of a token, which ends when a password is reset.
    `stale`: worth writing `seen_at` down again. `place` is the organisation of the session's position; `alone`: the person
    has no other position and stands in for nobody.
    """

    person_id: int
    name: str
    login: str
    actor: Actor | None
    key: bytes | None
    one_time: bool = False
    stale: bool = False
    place: str = ""
    alone: bool = False


def hash_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def open_session(
    session: Session,
    person_id: int,
    *,
    limits: Limits,
    address: str,
    agent: str,
    now: datetime,
    day_of: DayOf = utc_day,
    foreign: bool = False,
) -> str:
    """Start a session in the position used last, or the first one; returns the value for the cookie."""
    actor = _first_actor(session, person_id, day_of(now, _region_of(session, person_id)))
    row = SignIn(
        person_id=person_id,
        position_id=actor.position_id if actor else None,
        substitution_id=actor.substitution_id if actor else None,
        created_at=now,
        seen_at=now,
        expires_at=now + limits.absolute,
        idle_seconds=int((limits.foreign_idle if foreign else limits.idle).total_seconds()),
        address=address[:64],
        agent=agent[:255],
    )
    return _store(session, row)


def load(session: Session, cookie: str, *, now: datetime, day_of: DayOf = utc_day) -> SignedIn | None:
    """Whose session it is, read in one statement with person and position; None when it is not or no longer valid.

    A session in an own position that has ended is over. One that acts for somebody asks for the whole chain of orders.
    """
    row = SIGNED_IN.first(session, key=hash_of(cookie))
    if row is None or not _is_alive(row, now):
        return None
    name = names.listed(row.family_name, row.given_name, row.patronymic)
    actor = None
    if row.position_id is not None:
        on = day_of(now, row.region)
        if row.substitution_id is not None:
            actor = next((a for a in actors_of(session, row.person_id, on) if a.position_id == row.position_id), None)
        elif row.holder_id == row.person_id and _covers(row, on):
            actor = _actor(row, name)
        if actor is None:
            return None
    return SignedIn(
        person_id=row.person_id,
        name=name,
        login=row.login,
        actor=actor,
        key=row.id,
        one_time=row.password_expires_at is not None,
        stale=now - _moment(row.seen_at) > TOUCH_AFTER,
        place=row.short_name or "",
        alone=row.held == 1 and not row.stands_in,
    )


# Every request begins with this statement: it is written out and its row is not made into objects.
SIGNED_IN = Sql(
    "SELECT s.id, s.person_id, s.position_id, s.substitution_id, s.seen_at, s.expires_at, s.idle_seconds, s.revoked_at, "
    "w.login, w.family_name, w.given_name, w.patronymic, w.password_expires_at, w.blocked_at, "
    "p.person_id AS holder_id, p.role, p.head, p.title, p.valid_from, p.valid_to, "
    "o.id AS organisation_id, o.kind, o.region, o.short_name, "
    "(SELECT count(*) FROM position h WHERE h.person_id = s.person_id) AS held, "
    "EXISTS (SELECT 1 FROM substitution i WHERE i.substitute_id = s.person_id) AS stands_in, "
    "parent.id AS parent_id, parent.kind AS parent_kind "
    "FROM sign_in s JOIN person w ON w.id = s.person_id LEFT JOIN position p ON p.id = s.position_id "
    "LEFT JOIN organisation o ON o.id = p.organisation_id LEFT JOIN organisation parent ON parent.id = o.parent_id "
    "WHERE s.id = :key"
)


def _actor(row: Any, name: str) -> Actor:
    return actor_in(
        row.person_id,
        name,
        row.position_id,
        (row.organisation_id, row.kind, row.region),
        (row.parent_id, row.parent_kind),
        (row.role, bool(row.head), row.title),
    )


def _moment(value: Any) -> datetime:
    moment = moment_of(value)
    assert moment is not None
    return moment


def touch(session: Session, key: bytes, *, now: datetime) -> None:
    session.execute(sa.update(SignIn).where(SignIn.id == key, SignIn.seen_at < now).values(seen_at=now))


def switch_position(session: Session, key: bytes, position_id: int, *, now: datetime, day_of: DayOf = utc_day) -> str:
    """Go on in another position under a new cookie; the old one is over. NotAllowed: not the person's position today."""
    row = session.get(SignIn, key, with_for_update=True)
    if row is None or row.revoked_at is not None:
        raise NotFound("Сеанс завершён. Войдите ещё раз.")
    on = day_of(now, _region_of(session, row.person_id))
    actor = next((a for a in actors_of(session, row.person_id, on) if a.position_id == position_id), None)
    if actor is None:
        raise NotAllowed("Эта должность сегодня не ваша.", advice="Выберите должность из списка.")
    row.revoked_at = now
    fresh = SignIn(
        person_id=row.person_id,
        position_id=actor.position_id,
        substitution_id=actor.substitution_id,
        created_at=row.created_at,
        seen_at=now,
        expires_at=row.expires_at,
        idle_seconds=row.idle_seconds,
        address=row.address,
        agent=row.agent,
    )
    cookie = _store(session, fresh)
    record(session, "session.position", {"title": actor.title, "basis": actor.basis}, actor, now=now)
    return cookie


def sessions_of(session: Session, person_id: int, *, now: datetime) -> list[SignIn]:
    """Living sessions of a person, the one used last first."""
    query = sa.select(SignIn).where(
        SignIn.person_id == person_id, SignIn.revoked_at.is_(None), SignIn.expires_at > now
    )  # fmt: skip
    rows = session.scalars(query.order_by(SignIn.seen_at.desc())).all()
    return [row for row in rows if now - row.seen_at <= timedelta(seconds=row.idle_seconds)]


def revoke(session: Session, person_id: int, key: bytes, *, now: datetime) -> None:
    """End one session of this person; NotFound for somebody else's."""
    row = session.get(SignIn, key, with_for_update=True)
    if row is None or row.person_id != person_id:
        raise NotFound("Такого сеанса нет.")
    row.revoked_at = row.revoked_at or now


def revoke_all(session: Session, person_id: int, *, now: datetime, keep: bytes | None = None) -> None:
    """End all sessions of the person but `keep`."""
    query = sa.update(SignIn).where(SignIn.person_id == person_id, SignIn.revoked_at.is_(None))
    if keep is not None:
        query = query.where(SignIn.id != keep)
    session.execute(query.values(revoked_at=now))


def revoke_position(session: Session, position_id: int, *, now: datetime, substitutes: bool = False) -> None:
    """End the sessions in this position; `substitutes`: only of those who act for its holder."""
    query = sa.update(SignIn).where(SignIn.position_id == position_id, SignIn.revoked_at.is_(None))
    if substitutes:
        query = query.where(SignIn.substitution_id.is_not(None))
    session.execute(query.values(revoked_at=now))


def add_token(
    session: Session, person_id: int, *, title: str = "", position_id: int | None = None, now: datetime
) -> str:
    """A new bearer token, shown this once."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(id=hash_of(secret), person_id=person_id, position_id=position_id, title=title[:200], created_at=now)
    )
    record(session, "token.added", {"person": person_id, "title": title[:200]}, None, now=now)
    return secret


def load_token(session: Session, secret: str, *, now: datetime, day_of: DayOf = utc_day) -> SignedIn | None:
    """Whose token it is; None when there is none, it was revoked, or its person or position is no longer there."""
    query = (
        sa.select(ApiToken, Person).join(Person).where(ApiToken.id == hash_of(secret), ApiToken.revoked_at.is_(None))
    )
    found = session.execute(query).first()
    if found is None or found[1].blocked_at is not None:
        return None
    token, person = found
    actors = actors_of(session, person.id, day_of(now, _region_of(session, person.id)))
    actor = next((a for a in actors if token.position_id in (None, a.position_id)), None)
    if actor is None:
        return None
    return SignedIn(person_id=person.id, name=person.listed_name, login=person.login, actor=actor, key=None)


def revoke_tokens(session: Session, person_id: int, *, now: datetime) -> None:
    query = sa.update(ApiToken).where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
    session.execute(query.values(revoked_at=now))


def _store(session: Session, row: SignIn) -> str:
    cookie = secrets.token_urlsafe(32)
    row.id = hash_of(cookie)
    session.add(row)
    session.flush()
    return cookie


def _is_alive(row: sa.Row[Any], now: datetime) -> bool:
    idle = timedelta(seconds=row.idle_seconds)
    if row.revoked_at is not None or row.blocked_at is not None:
        return False
    return now < _moment(row.expires_at) and now - _moment(row.seen_at) <= idle


def _covers(row: sa.Row[Any], on: date) -> bool:
    first, last = date_of(row.valid_from), date_of(row.valid_to)
    return first is not None and first <= on and (last is None or last >= on)


def _first_actor(session: Session, person_id: int, on: date) -> Actor | None:
    actors = actors_of(session, person_id, on)
    last = session.scalar(
        sa.select(SignIn.position_id).where(SignIn.person_id == person_id).order_by(SignIn.seen_at.desc()).limit(1)
    )
    return next((a for a in actors if a.position_id == last), actors[0] if actors else None)


def _region_of(session: Session, person_id: int) -> str | None:
    """The region whose calendar day counts for the person: that of any position."""
    query = sa.select(Organisation.region).join(Position, Position.organisation_id == Organisation.id)
    return session.scalar(query.where(Position.person_id == person_id).limit(1))
