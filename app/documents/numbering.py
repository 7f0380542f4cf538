"""Numbers without gaps: a register's row is locked until the transaction that took the number commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.documents.models import Register


@dataclass(frozen=True)
class Number:
    """A number of a register: `text` is as printed, `serial` counts from 1 in the year."""

    register_id: int
    serial: int
    text: str


_REGISTER: Any = Register.__table__


def _next(insert: Any) -> Any:
    """The register's row with its first number, or its next one: either way locked until the transaction ends."""
    row = insert(_REGISTER)
    mine = [_REGISTER.c.organisation_id, _REGISTER.c.name, _REGISTER.c.year]
    taken = row.on_conflict_do_update(index_elements=mine, set_={"last": _REGISTER.c.last + 1})
    return taken.returning(_REGISTER.c.id, _REGISTER.c.last)


_NEXT = {"sqlite": _next(sqlite.insert), "postgresql": _next(postgresql.insert)}


def take(session: Session, organisation_id: int, name: str, year: int, mask: str, code: str = "") -> Number:
    """The next number of an organisation's register. Two transactions get neighbours; a rolled back one leaves no gap.

    `mask` knows {n}, {year} and {code} of the organisation.
    """
    mine = {"organisation_id": organisation_id, "name": name, "year": year, "mask": mask, "last": 1}
    row = session.execute(_NEXT[session.get_bind().dialect.name], mine).one()
    return Number(row.id, row.last, mask.format(n=row.last, year=year, code=code))
