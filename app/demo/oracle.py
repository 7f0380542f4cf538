"""An independent reckoning of the lists: what the rules must answer, told from the generator's own pupils.

It knows nothing of the application's rules and is written the plainest way: tests compare the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app.demo.parameters import Rule

PROCEDURES = (
    "vpr_math_5",
    "vpr_math_6",
    "vpr_rus_5",
    "vpr_rus_6",
    "oge_math",
    "oge_rus",
    "ege_math",
    "ege_rus",
)
SHARE = 30  # per cent of participants, compared on integers


class Count(NamedTuple):
    """Participants of a procedure in a school and how many of them are below the threshold."""

    n: int
    low: int

    @property
    def is_low(self) -> bool:
        """Thirty per cent and more, in whole numbers."""
        return self.n > 0 and self.low * 100 >= SHARE * self.n


class Verdict(NamedTuple):
    """`status`: listed, not_listed, watch, not_applicable or insufficient_data; criteria: of K1 and K2."""

    status: str
    criteria: tuple[str, ...]


Results = Mapping[tuple[int, str], Count]  # (school year, procedure) of one school


def low_procedures(results: Results, year: int) -> set[str]:
    """Procedures with a low result in the school year."""
    return {procedure for (when, procedure), count in results.items() if when == year and count.is_low}


def verdict(results: Results, kind: str, list_year: int, rule: Rule) -> Verdict:
    """The verdict on one school for the list of `list_year` (2026 = 2026/27)."""
    if kind == "НОШ":
        return Verdict("not_applicable", ())
    last, before = list_year - 1, list_year - 2
    low_last, low_before = low_procedures(results, last), low_procedures(results, before)
    twice = low_last & low_before if rule == "same_procedure" else low_last and low_before
    criteria = (("K1",) if len(low_last) >= 2 else ()) + (("K2",) if twice else ())
    if criteria:
        return Verdict("listed", criteria)
    years = {when for (when, _), count in results.items() if count.n}
    if last not in years:
        return Verdict("insufficient_data", ())
    return Verdict("watch" if low_last and before not in years else "not_listed", ())


def expected(
    results: Mapping[str, Results], kinds: Mapping[str, str], list_year: int, rule: Rule
) -> dict[str, Verdict]:
    """Verdicts on all schools; `results` and `kinds` are by the school's code."""
    return {code: verdict(results.get(code, {}), kind, list_year, rule) for code, kind in kinds.items()}


def listed(verdicts: Mapping[str, Verdict], codes: Iterable[str] | None = None) -> set[str]:
    """Codes of the listed schools."""
    return {code for code in (codes or verdicts) if verdicts[code].status == "listed"}
