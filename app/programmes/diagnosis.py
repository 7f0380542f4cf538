"""What a school's programme needs to know of its diagnosis: is it approved, which risks are taken into work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import diagnostics


@dataclass(frozen=True)
class Risk:
    """A risk factor taken into work and how serious it is: high, medium, low."""

    factor: str
    severity: str


@dataclass(frozen=True)
class Found:
    """An approved diagnosis. `risks` may be empty: then the programme rests on results of education."""

    case_id: int
    risks: Sequence[Risk]


def approved(session: Session, school_id: int, school_year: int) -> Found | None:
    """The approved diagnosis of a school for a school year."""
    found = diagnostics.approved(session, school_id, school_year)
    if found is None:
        return None
    return Found(found.case_id, tuple(Risk(code, severity) for code, severity in found.in_work))
