"""How many pupils of each school sat each procedure and how many failed: the numbers that pupils are made from."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from app.demo.oracle import PROCEDURES, SHARE, Count
from app.demo.parameters import RegionParameters
from app.demo.schools import School

YEARS = (2023, 2024, 2025)  # school years 2023/24 … 2025/26: lists of 2025 and 2026
LIKELY = {  # how often a procedure is the low one, where a school has any
    "vpr_math_5": 3,
    "vpr_math_6": 5,
    "vpr_rus_5": 3,
    "vpr_rus_6": 4,
    "oge_math": 6,
    "oge_rus": 2,
    "ege_math": 1,
    "ege_rus": 0.3,
}
EASIER = {"ege_math": 0.4, "ege_rus": 0.15}  # graduates fail more seldom


class Split(NamedTuple):
    """Two papers of one exam in maths: base and profile."""

    base: Count
    profile: Count


class Plan:
    """Counts by (school, year, procedure); maths of ЕГЭ is kept as two papers."""

    def __init__(self, schools: Iterable[School], random: Random) -> None:
        self.random = random
        self.counts: dict[str, dict[tuple[int, str], Count]] = {}
        self.splits: dict[tuple[str, int], Split] = {}
        for school in schools:
            self.counts[school.code] = self._quiet(school)

    def _quiet(self, school: School) -> dict[tuple[int, str], Count]:
        """A school without low results: its sizes vary, its failures stay under the share."""
        random = self.random
        counts: dict[tuple[int, str], Count] = {}
        if school.kind == "НОШ":
            return counts
        weakness = random.betavariate(1.6, 9.0)
        for year in YEARS:
            for procedure in PROCEDURES:
                if school.kind == "ООШ" and procedure.startswith("ege"):
                    continue
                n = self._size(school.cohort, procedure)
                if n:
                    share = weakness * random.uniform(0.4, 1.6) * EASIER.get(procedure, 1.0)
                    counts[year, procedure] = Count(n, _under(n, int(share * n + random.random())))
        return counts

    def _size(self, cohort: float, procedure: str) -> int:
        random = self.random
        if procedure.startswith("vpr"):
            return max(1, round(cohort * random.gauss(0.97, 0.12)))
        if procedure.startswith("oge"):
            return max(1, round(cohort * random.gauss(0.98, 0.12)))
        return max(0, round(cohort * random.gauss(0.66, 0.12) - 0.4))

    def place(self, code: str, year: int, procedure: str, count: Count, split: Split | None = None) -> None:
        """Put an exact count in."""
        self.counts[code][year, procedure] = count
        self.splits.pop((code, year), None)
        if split:
            self.splits[code, year] = split

    def make_low(self, code: str, year: int, procedure: str) -> None:
        """Turn a result low: between the share and about twice as much."""
        n = max(self.counts[code][year, procedure].n, 2)
        low = max(-(-SHARE * n // 100), round(n * self.random.uniform(0.31, 0.58)))
        self.counts[code][year, procedure] = Count(n, low)

    def forget(self, code: str, years: Iterable[int]) -> None:
        """The school did not exist in these years."""
        gone = set(years)
        self.counts[code] = {key: count for key, count in self.counts[code].items() if key[0] not in gone}

    def choose(self, code: str, years: Iterable[int], number: int) -> list[str]:
        """Different procedures that the school had in each of the years, likelier ones more often."""
        own = self.counts[code]
        able = [procedure for procedure in PROCEDURES if all((year, procedure) in own for year in years)]
        able.sort(key=lambda procedure: self.random.random() ** (1 / LIKELY[procedure]), reverse=True)
        return able[:number]

    def split(self, code: str, year: int) -> Split:
        """Base and profile papers of the year: about half of the pupils each, failures likewise."""
        if found := self.splits.get((code, year)):
            return found
        total = self.counts[code][year, "ege_math"]
        base_n = min(total.n, round(total.n * self.random.uniform(0.35, 0.65)))
        base_low = min(base_n, round(total.low * self.random.uniform(0.3, 0.7)))
        base_low = max(base_low, total.low - (total.n - base_n))
        split = Split(Count(base_n, base_low), Count(total.n - base_n, total.low - base_low))
        self.splits[code, year] = split
        return split


def _under(n: int, low: int) -> int:
    """The nearest number of failures that is not low."""
    while low * 100 >= SHARE * n > 0 and low:
        low -= 1
    return low


def _steady(plan: Plan, code: str, turn: int) -> None:
    same = plan.choose(code, YEARS, 1) if turn % 4 == 3 else []  # one and the same procedure, year after year
    for year in YEARS:
        for procedure in same or plan.choose(code, (year,), 2 + (turn % 3 == 0)):
            plan.make_low(code, year, procedure)


def _two_in(plan: Plan, code: str, year: int, twice: tuple[int, int], turn: int) -> None:
    """Listed once: two procedures in the year, or one in both years of `twice`."""
    if turn % 3 == 2:
        (procedure,) = plan.choose(code, twice, 1)
        for when in twice:
            plan.make_low(code, when, procedure)
        return
    for procedure in plan.choose(code, (year,), 2):
        plan.make_low(code, year, procedure)


def _different(plan: Plan, code: str, years: tuple[int, int]) -> None:
    for year, procedure in zip(years, plan.choose(code, years, 2), strict=True):
        plan.make_low(code, year, procedure)


class Wanted(NamedTuple):
    """How many schools of each history are still to be made."""

    steady: int
    new: int
    left: int
    crossing: int
    crossing_before: int


def wanted(parameters: RegionParameters, listed_now: int, listed_before: int) -> Wanted:
    """Numbers that bring both lists to the region's share, the planted cases counted already."""
    target = round(parameters.schools * parameters.listed_share)
    counts_crossing = parameters.rule == "any"
    crossing = round(target * 0.12)
    rest_now = target - listed_now - (crossing if counts_crossing else 0)
    rest_before = target + 2 - listed_before - (crossing if counts_crossing else 0)
    steady = round(target * 0.55)
    return Wanted(steady, rest_now - steady, rest_before - steady, crossing, crossing)


def spread(plan: Plan, free: list[School], want: Wanted) -> None:
    """Give histories to schools that no planted case uses; the rest stay quiet or have one low result in one year."""
    turns = iter(sorted(free, key=lambda school: plan.random.random() * (1 + school.cohort / 40)))
    able = (school.code for school in turns if school.cohort >= 4 and not school.selective)
    for turn in range(want.steady):
        _steady(plan, next(able), turn)
    for turn in range(want.new):
        _two_in(plan, next(able), 2025, (2024, 2025), turn)
    for turn in range(want.left):
        _two_in(plan, next(able), 2024, (2023, 2024), turn)
    for _ in range(want.crossing):
        _different(plan, next(able), (2024, 2025))
    for _ in range(want.crossing_before):
        _different(plan, next(able), (2023, 2024))
    for turn in range(len(free) // 10):
        code, year = next(able), YEARS[turn % len(YEARS)]
        for procedure in plan.choose(code, (year,), 1):
            plan.make_low(code, year, procedure)
