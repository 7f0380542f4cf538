"""What a school's programme needs to know of its diagnosis and expertise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import diagnostics
from app.diagnostics.models import Expertise


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
    """The diagnosis that a programme begun in a school year rests on, the risks in the order of their significance.

    A programme of several years goes on from the newest diagnosis.
    """
    found = diagnostics.newest_approved(session, school_id, school_year)
    if found is None:
        return None
    risks = [Risk(factor.code, factor.decided or factor.level or "low") for factor in found.in_work]
    risks.sort(key=lambda risk: ("high", "medium", "low").index(risk.severity))
    return Found(found.case_id, tuple(risks))


def expertise(session: Session, case_id: int) -> datetime | None:
    """When the case's last expertise recommended it; None while it did not."""
    found = sa.select(Expertise).where(Expertise.case_id == case_id, Expertise.concluded_at.is_not(None))
    last = session.scalar(found.order_by(Expertise.round.desc()).limit(1))
    return last.concluded_at if last is not None and last.result == "recommend" else None
