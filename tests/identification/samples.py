"""Short ways to write results and rules in tests."""

from __future__ import annotations

from typing import Any

from app import regions
from app.identification.rules import Method, Result, Source, Verdict
from app.regions import Profile, ResultsRule

YEAR = 2025
PREV, PREV2 = YEAR - 1, YEAR - 2
FIRST, SECOND = "orenburg", "omsk"
SHORT = {
    "МА5": "vpr_math_5",
    "МА6": "vpr_math_6",
    "РУ5": "vpr_rus_5",
    "РУ6": "vpr_rus_6",
    "ОГЭ-МА": "oge_math",
    "ОГЭ-РУ": "oge_rus",
    "ЕГЭ-МА": "ege_math",
    "ЕГЭ-РУ": "ege_rus",
}
CLEAN = {"МА5": (0, 50), "РУ5": (0, 50)}


def profile(code: str = FIRST) -> Profile:
    return regions.profile(code)


def method(code: str = FIRST, **changes: Any) -> Method:
    rule: ResultsRule = profile(code).rule(YEAR)
    return Method(rule.override(**changes) if changes else rule, profile(code))


def row(short: str, low: int, n: int, year: int = PREV, **more: Any) -> Result:
    school = more.pop("school", "A")
    file, sheet, at = more.pop("source", Source(f"{short}_{year}.xlsx", "Отчёт", str(n)))
    return Result(school, SHORT[short], year, n, low, file=file, sheet=sheet, rows=at, **more)


def rows(prev: dict[str, tuple[int, int]], prev2: dict[str, tuple[int, int]] | None = None) -> list[Result]:
    """`prev`, `prev2`: short name → (low, n)."""
    found = [row(short, low, n, PREV) for short, (low, n) in prev.items()]
    return found + [row(short, low, n, PREV2) for short, (low, n) in (prev2 or {}).items()]


def judge(results: list[Result], code: str = FIRST, *, kind: str = "full", **changes: Any) -> Verdict:
    return method(code, **changes).verdict("A", kind, results, YEAR)
