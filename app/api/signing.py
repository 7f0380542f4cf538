"""The password entered again as the confirmation of a signature; guessing it is slowed down as at the sign-in."""

from __future__ import annotations

from datetime import datetime

from flask import request

from app.api.schemas import ProofSent
from app.cases.move import Proof
from app.db import Database
from app.errors import NotAllowed
from app.people import passwords, throttle
from app.people.actor import Actor
from app.people.models import Person


def proof_of(db: Database, actor: Actor, sent: ProofSent, now: datetime) -> Proof:
    """NotAllowed when the password is not the person's, TooMany after many wrong ones."""
    with db.write() as session:
        person = session.get_one(Person, actor.person_id)
        login, stored = person.login, person.password_hash
        tries = throttle.note_try(session, login, request.remote_addr or "", now=now)
    if not passwords.matches(sent.password, stored):
        raise NotAllowed("Пароль не подошёл. Подпись не поставлена.")
    with db.write() as session:
        throttle.forgive(session, login, tries)
    return Proof(sent.shown)
