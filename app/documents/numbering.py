"""Numbers without gaps: a register's row is locked until the transaction that took the number commits."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.documents.models import Register


@dataclass(frozen=True)
class Number:
    """A number of a register: `text` is as printed, `serial` counts from 1 in the year."""

    register_id: int
    serial: int
    text: str


def take(session: Session, organisation_id: int, name: str, year: int, mask: str, code: str = "") -> Number:
    """The next number of an organisation's register. Two transactions get neighbours; a rolled back one leaves no gap.

    `mask` knows {n}, {year} and {code} of the organisation.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"organisation_id": organisation_id, "name": name, "year": year, "mask": mask, "last": 0}
    session.execute(insert(Register).values(**values).on_conflict_do_nothing())
    mine = (Register.organisation_id == organisation_id, Register.name == name, Register.year == year)
    taken = sa.update(Register).where(*mine).values(last=Register.last + 1).returning(Register.id, Register.last)
    row = session.execute(taken).one()
    return Number(row.id, row.last, mask.format(n=row.last, year=year, code=code))
