"""The gap between the most and the least successful schools: quartiles of the share of participants below the threshold.

A number of the region alone: no school is named by it and no order of schools is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identification.context import three_digits
from app.identification.models import IdentificationRun, Verdict

SMALLEST = 4


@dataclass(frozen=True, slots=True)
class Gap:
    """Quartiles of the share of low results over `schools`, percent; None for fewer than four schools."""

    schools: int
    lower: Fraction | None
    upper: Fraction | None

    @property
    def points(self) -> Fraction | None:
        """The gap in percentage points."""
        return None if self.upper is None or self.lower is None else self.upper - self.lower

    @property
    def text(self) -> str | None:
        """The gap as decimal text with three digits."""
        return None if self.points is None else three_digits(self.points)


def quartile_gap(shares: Iterable[tuple[int, int]]) -> Gap:
    """Gap over (low, n) of schools; quartiles by the nearest rank, so each is the share of a real school."""
    ordered = sorted(Fraction(low * 100, n) for low, n in shares if n > 0)
    count = len(ordered)
    if count < SMALLEST:
        return Gap(count, None, None)
    return Gap(count, ordered[-(-count // 4) - 1], ordered[-(-3 * count // 4) - 1])


def region_gap(session: Session, run: IdentificationRun) -> Gap:
    """Gap of the year before the list, all procedures of a school taken together."""
    query = sa.select(Verdict.observations).where(Verdict.run_id == run.id)
    return quartile_gap(_together(seen, run.school_year - 1) for seen in session.scalars(query))


def _together(observations: list[list], school_year: int) -> tuple[int, int]:
    last = [(low, n) for _, year, n, low, _, _ in observations if year == school_year]
    return sum(low for low, _ in last), sum(n for _, n in last)
