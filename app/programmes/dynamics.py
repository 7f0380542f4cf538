"""What became of a school's results in a year: procedure by procedure, by the rule of the region. Pure, exact numbers.

A share that fell is not yet a merit. Two things are told beside every comparison: whether so few took part that chance
alone explains it, and what share would be expected had nothing been done. A school enters the list after an unusually
bad year, so its next year is better on average by itself: the share returns towards that of the region, the more so the
fewer took part. The expectation is the mean of a beta-binomial model fitted by moments to the region's schools.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from app.regions.model import Dynamics, ExitRule

POSITIVE, NEGATIVE, NONE, INSUFFICIENT = "positive", "negative", "none", "insufficient"
EXIT, CONTINUE, WATCH = "exit", "continue", "watch"
ONE_YEAR, MOVED, NOT_HELD = "one_year", "moved", "not_held"


class Seen(NamedTuple):
    """Participants of a procedure in one year: `n` of them, `low` below the threshold, `mean` where it is known."""

    n: int
    low: int
    mean: Fraction | None = None
    places: tuple[tuple[str, str, str], ...] = ()

    @property
    def share(self) -> Fraction:
        """In percent."""
        return Fraction(self.low * 100, self.n)


class Norm(NamedTuple):
    """The region's schools in the earlier year: common share (0…1) and how much true shares differ (variance)."""

    share: float
    variance: float

    def expected(self, seen: Seen) -> float:
        """Share in percent that a school like this one shows next year when nothing changes."""
        noise = self.share * (1 - self.share) / seen.n
        trust = self.variance / (self.variance + noise) if self.variance + noise else 1.0
        return 100 * (self.share + trust * (seen.low / seen.n - self.share))


@dataclass(frozen=True)
class Compared:
    """One procedure in two years. `obstacle` says why they cannot be compared; `expected` is a whole percent."""

    procedure: str
    before: Seen | None
    after: Seen | None
    obstacle: str | None = None
    small: bool = False
    improved: bool = False
    worsened: bool = False
    expected: int | None = None

    @property
    def delta(self) -> Fraction | None:
        """Change of the share of low results, in percentage points."""
        if self.before is None or self.after is None or self.obstacle:
            return None
        return self.after.share - self.before.share

    @property
    def within_return(self) -> bool:
        """Better, but no better than is to be expected of itself."""
        return self.improved and self.after is not None and self.expected is not None and self._as_expected()

    def _as_expected(self) -> bool:
        assert self.after is not None and self.expected is not None
        return self.after.share >= self.expected


def norm(counts: Iterable[tuple[int, int]], least: int) -> Norm | None:
    """(n, low) of the region's schools → their norm; None when fewer than `least` schools took part."""
    schools = [(n, low) for n, low in counts if n > 0]
    total = sum(n for n, _ in schools)
    if len(schools) < least or not total:
        return None
    share = sum(low for _, low in schools) / total
    spread = sum(n * (low / n - share) ** 2 for n, low in schools)
    weight = total - sum(n * n for n, _ in schools) / total
    chance = (len(schools) - 1) * share * (1 - share)
    return Norm(share, max(0.0, (spread - chance) / weight) if weight else 0.0)


def compare(
    procedure: str,
    before: Seen | None,
    after: Seen | None,
    rule: Dynamics,
    *,
    obstacle: str | None = None,
    small_below: int = 0,
    expectation: Norm | None = None,
) -> Compared:
    """One procedure: better when the share fell below `improved_below` points, worse from `negative_from` points on."""
    if obstacle is None and (before is None or after is None):
        obstacle = ONE_YEAR
    small = any(seen is not None and seen.n < small_below for seen in (before, after))
    if obstacle or before is None or after is None:
        return Compared(procedure, before, after, obstacle, small)
    change = after.share - before.share
    expected = round(expectation.expected(before)) if expectation else None
    improved, worsened = change < rule.improved_below, change >= rule.negative_from
    return Compared(procedure, before, after, None, small, improved, worsened, expected)


def conclude(rows: Sequence[Compared], rule: Dynamics) -> str:
    """Of the school: positive when enough comparable procedures improved and none is negative."""
    comparable = [row for row in rows if row.obstacle is None]
    if not comparable:
        return INSUFFICIENT
    if any(row.worsened for row in comparable):
        return NEGATIVE
    improved = sum(row.improved for row in comparable)
    return POSITIVE if improved * 100 >= len(comparable) * rule.improved_share_percent else NONE


def rule_says(verdicts: Sequence[str | None], rule: ExitRule) -> str:
    """What the exit rule answers to the conclusions of the runs, the newest first; None: the school was not judged.

    exit: `clean_runs` runs in a row without the school. watch: a year without data might still list it.
    """
    newest = verdicts[0] if verdicts else None
    if newest in (None, "insufficient_data", "not_applicable"):
        return EXIT if rule.no_data_allows else INSUFFICIENT
    if newest == "watch":
        return WATCH
    clean = 0
    for verdict in verdicts:
        if verdict != "not_listed":
            break
        clean += 1
    return EXIT if clean >= rule.clean_runs else CONTINUE


def warnings(rows: Sequence[Compared]) -> Mapping[str, tuple[str, ...]]:
    """Codes of procedures by what must be said of them: `small`, `returned`."""
    comparable = [row for row in rows if row.obstacle is None]
    return {
        "small": tuple(row.procedure for row in comparable if row.small),
        "returned": tuple(row.procedure for row in comparable if row.within_return),
    }
