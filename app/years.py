"""The school year of the system: when it begins, which one a day is in, how it is called."""

from __future__ import annotations

from datetime import date


def school_year_start(year: int) -> date:
    """A school year of the system begins on 1 July, when the intake of its data begins."""
    return date(year, 7, 1)


def school_year_of(day: date) -> int:
    """The year in which the school year of a day began."""
    return day.year if day >= school_year_start(day.year) else day.year - 1


def school_year_name(year: int) -> str:
    """«2026/27»."""
    return f"{year}/{(year + 1) % 100:02d}"
