"""Guessing passwords is slowed down: 5 failures an account, 20 an address, within 15 minutes (ASVS 6.3.1).

The count stands in the database: a restart does not forget it and all workers share it. A try is written down before the
password is looked at, so tries sent at once cannot slip through; a success takes its own rows away.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import TooMany
from app.people.models import SignInAttempt
from app.people.record import serialise
from forms.values import plural

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 5, 20
KEPT = timedelta(days=1)


def account_key(login: str) -> str:
    return "account:" + hashlib.sha256(login.encode()).hexdigest()


def address_key(address: str) -> str:
    return "address:" + hashlib.sha256(address.encode()).hexdigest()


def note_try(session: Session, login: str, address: str, *, now: datetime) -> list[int]:
    """Write a try down; TooMany when the account or the address has used its tries up. Returns ids for `forgive`."""
    keys = ((account_key(login), PER_ACCOUNT), (address_key(address), PER_ADDRESS))
    for key, _ in sorted(keys):
        serialise(session, key)
    for key, limit in keys:
        count, oldest = _recent(session, key, now)
        if count >= limit and oldest is not None:
            raise TooMany(
                "Слишком много неудачных попыток входа.",
                advice=f"Попробуйте через {_minutes(oldest + WINDOW - now)} или обратитесь к администратору.",
                retry_after=max(1, int((oldest + WINDOW - now).total_seconds())),
            )
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < now - KEPT))
    rows = [SignInAttempt(key=key, at=now) for key, _ in keys]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def forgive(session: Session, login: str, tries: list[int]) -> None:
    """The password was right: the account's failures are forgotten, and this try of the address."""
    session.execute(
        sa.delete(SignInAttempt).where(sa.or_(SignInAttempt.key == account_key(login), SignInAttempt.id.in_(tries)))
    )


def _recent(session: Session, key: str, now: datetime) -> tuple[int, datetime | None]:
    query = sa.select(sa.func.count(), sa.func.min(SignInAttempt.at)).where(
        SignInAttempt.key == key, SignInAttempt.at > now - WINDOW
    )
    count, oldest = session.execute(query).one()
    return count, oldest


def _minutes(left: timedelta) -> str:
    n = max(1, -(-int(left.total_seconds()) // 60))
    return plural(n, "минуту", "минуты", "минут")
