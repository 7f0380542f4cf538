"""The password entered again as the confirmation of a signature; guessing it is slowed down as at the sign-in."""

from __future__ import annotations

from datetime import datetime

from flask import request

from app.api.schemas import ProofSent
from app.cases.move import Proof
from app.db import Database
from app.people import accounts
from app.people.actor import Actor


def proof_of(db: Database, actor: Actor, sent: ProofSent, now: datetime) -> Proof:
    """NotAllowed when the password is not the person's, TooMany after many wrong ones."""
    accounts.confirm_password(db, actor.person_id, sent.password, address=request.remote_addr or "", now=now)
    return Proof(sent.shown)
