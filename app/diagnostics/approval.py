"""What a road map asks of the diagnosis: is it approved, and which factors does the school work with?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.diagnostics.models import Diagnosis, FactorScore


@dataclass(frozen=True)
class FactorInWork:
    """A factor the school took into work: the computed score and level (None without data) beside the decided level."""

    code: str
    number: int
    score: int | None
    level: str | None
    decided: str
    reason: str
    conclusion: str
    as_of: date | None


@dataclass(frozen=True)
class Approved:
    """The approved diagnosis. `in_work` may be empty: then `basis` says what the road map rests on."""

    case_id: int
    school_id: int
    school_year: int
    approved_at: datetime
    light: bool
    catalogue: str
    formula: str
    in_work: tuple[FactorInWork, ...]
    basis: str = ""


_APPROVED = (
    sa.select(Diagnosis)
    .where(Diagnosis.school_id == sa.bindparam("school"), Diagnosis.approved_at.is_not(None))
    .order_by(Diagnosis.school_year.desc(), Diagnosis.approved_at.desc())
    .limit(1)
)
_OF_YEAR = _APPROVED.where(Diagnosis.school_year == sa.bindparam("year"))
_SINCE_YEAR = _APPROVED.where(Diagnosis.school_year >= sa.bindparam("year"))
_IN_WORK = (
    sa.select(FactorScore)
    .where(FactorScore.diagnosis_id == sa.bindparam("diagnosis"), FactorScore.in_work.is_(True))
    .order_by(FactorScore.number)
)


def approved(session: Session, school_id: int, school_year: int) -> Approved | None:
    """The newest approved diagnosis of a school for a school year, None while there is none."""
    return _newest(session, _OF_YEAR, school_id, school_year)


def newest_approved(session: Session, school_id: int, school_year: int) -> Approved | None:
    """The newest approved diagnosis of a school for a school year or a later one."""
    return _newest(session, _SINCE_YEAR, school_id, school_year)


def _newest(session: Session, wanted: sa.Select, school_id: int, school_year: int) -> Approved | None:
    row = session.scalar(wanted, {"school": school_id, "year": school_year})
    if row is None or row.approved_at is None:
        return None
    factors = tuple(
        FactorInWork(s.factor, s.number, s.score, s.level, s.decided or "", s.reason, s.conclusion, s.as_of)
        for s in session.scalars(_IN_WORK, {"diagnosis": row.case_id})
    )
    facts = (row.case_id, row.school_id, row.school_year, row.approved_at, row.light, row.catalogue, row.formula)
    return Approved(*facts, factors, row.basis)
