"""Signing in and passwords. One refusal for every reason, in the same time: nobody learns which logins exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.errors import BadInput, NotAllowed, NotFound
from app.people import passwords, sessions, throttle
from app.people.actor import Actor, actors_of
from app.people.models import Person
from app.people.operations import normal_login
from app.people.policy import require
from app.people.record import record

WRONG = "Логин или пароль не подошли."
ADVICE = "Проверьте раскладку и Caps Lock. После пяти неудачных попыток вход закрывается на 15 минут."
ONE_TIME_FOR = timedelta(days=3)


@dataclass(frozen=True)
class Visitor:
    """From where somebody signs in. `foreign`: not his own computer, a shorter session."""

    address: str
    agent: str = ""
    foreign: bool = False


def sign_in(
    db: Database,
    login: str,
    password: str,
    *,
    visitor: Visitor,
    limits: sessions.Limits,
    now: datetime,
    day_of: sessions.DayOf = sessions.utc_day,
) -> str:
    """Check the password and start a session; returns the value for the cookie.

    NotAllowed for a wrong login or password, a closed account, an expired one-time password; TooMany after many failures.
    """
    login = normal_login(login)[:200]
    with db.write() as session:
        tries = throttle.note_try(session, login, visitor.address, now=now)
    with db.read() as session:
        found = session.execute(sa.select(Person.id, Person.password_hash).where(Person.login == login)).first()
    good = passwords.matches(password, found.password_hash if found else None)
    with db.write() as session:
        current = session.get(Person, found.id) if found else None
        if not good or current is None or found is None or not _may_enter(current, found.password_hash, now):
            data = {"person": current.id if current else None, "address": visitor.address}
            record(session, "account.refused", data, None, now=now)
            cookie = None
        else:
            cookie = _enter(session, current, password, login, tries, visitor, limits, now, day_of)
    if cookie is None:
        raise NotAllowed(WRONG, advice=ADVICE)
    return cookie


def change_password(
    db: Database, signed: sessions.SignedIn, old: str, new: str, *, address: str, now: datetime
) -> None:
    """The person's own change. His other sessions end.

    NotAllowed: the present password did not match (counted as a failure of signing in); BadInput: the new one is refused.
    """
    if old == new:
        raise BadInput("Новый пароль совпадает с прежним.", advice="Придумайте другую фразу.")
    with db.read() as session:
        passwords.check_rules(new, own_words=_own_words(session.get_one(Person, signed.person_id)))
    with db.write() as session:
        tries = throttle.note_try(session, signed.login, address, now=now)
    with db.write() as session:
        person = session.get(Person, signed.person_id, with_for_update=True)
        if person is None or not passwords.matches(old, person.password_hash):
            raise NotAllowed("Прежний пароль не подошёл.", advice="Проверьте раскладку и Caps Lock.")
        throttle.forgive(session, signed.login, tries)
        _set(session, person, new)
        sessions.revoke_all(session, person.id, now=now, keep=signed.key)
        record(session, "password.changed", {"person": person.id, "by": "self"}, signed.actor, now=now)


def confirm_password(db: Database, person_id: int, password: str, *, address: str, now: datetime) -> None:
    """The password entered again under a signature; guessing is counted with the failures of signing in.

    NotAllowed when it is not the person's, TooMany after many wrong ones.
    """
    with db.write() as session:
        person = session.get_one(Person, person_id)
        login, stored = person.login, person.password_hash
        tries = throttle.note_try(session, login, address, now=now)
    if not passwords.matches(password, stored):
        raise NotAllowed("Пароль не подошёл. Подпись не поставлена.")
    with db.write() as session:
        throttle.forgive(session, login, tries)


def set_password(
    session: Session, person_id: int, password: str, *, actor: Actor | None, now: datetime, check: bool = True
) -> None:
    """Set a lasting password for somebody: the command line and the demo. All his sessions and tokens end."""
    person = _managed(session, person_id, actor)
    _set(session, person, password, check=check)
    _shut_out(session, person, now)
    record(session, "password.changed", {"person": person.id, "by": "administrator"}, actor, now=now)


def reset_password(session: Session, person_id: int, *, actor: Actor | None, now: datetime) -> str:
    """A one-time password, shown this once and good for three days: at the next sign-in it must be changed.

    All sessions and tokens of the person end: who knew the old password may have got himself either.
    """
    person = _managed(session, person_id, actor)
    password = passwords.generate()
    person.password_hash = passwords.hash_of(password)
    person.password_expires_at = now + ONE_TIME_FOR
    _shut_out(session, person, now)
    record(session, "password.reset", {"person": person.id}, actor, now=now)
    return password


def sign_out(session: Session, signed: sessions.SignedIn, *, now: datetime) -> None:
    if signed.key is not None:
        sessions.revoke(session, signed.person_id, signed.key, now=now)
        record(session, "account.signed_out", {"person": signed.person_id}, signed.actor, now=now)


def _enter(
    session: Session,
    person: Person,
    password: str,
    login: str,
    tries: list[int],
    visitor: Visitor,
    limits: sessions.Limits,
    now: datetime,
    day_of: sessions.DayOf,
) -> str:
    throttle.forgive(session, login, tries)
    if passwords.is_outdated(person.password_hash or ""):
        person.password_hash = passwords.hash_of(password)
    cookie = sessions.open_session(
        session,
        person.id,
        limits=limits,
        address=visitor.address,
        agent=visitor.agent,
        now=now,
        day_of=day_of,
        foreign=visitor.foreign,
    )
    actors = actors_of(session, person.id, day_of(now, None))
    data = {"person": person.id, "address": visitor.address}
    record(session, "account.signed_in", data, actors[0] if actors else None, now=now)
    return cookie


def _may_enter(current: Person, compared: str | None, now: datetime) -> bool:
    """Not closed, the one-time password not expired, and the hash is still the one that was compared."""
    if current.blocked_at is not None or current.password_hash != compared:
        return False
    return current.password_expires_at is None or now < current.password_expires_at


def _set(session: Session, person: Person, password: str, *, check: bool = True) -> None:
    if check:
        passwords.check_rules(password, own_words=_own_words(person))
    person.password_hash = passwords.hash_of(password)
    person.password_expires_at = None


def _shut_out(session: Session, person: Person, now: datetime) -> None:
    sessions.revoke_all(session, person.id, now=now)
    sessions.revoke_tokens(session, person.id, now=now)


def _own_words(person: Person) -> tuple[str, ...]:
    return person.login, person.family_name, person.given_name


def _managed(session: Session, person_id: int, actor: Actor | None) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound("Такой записи нет.")
    if actor is not None:
        require(actor, "people.manage", person)
    return person
