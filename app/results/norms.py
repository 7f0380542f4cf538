"""Norms as data: thresholds, scales, days of waves. Read once from the files beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Threshold:
    """`minimum` is the least value on `scale` (score, mark, primary) that is not a low result; `maximum` the greatest."""

    exam: str
    subject: str
    part: str
    scale: str
    minimum: int
    maximum: int
    bands: tuple[int, ...]
    extra: str
    basis: str
    confirmed: bool


def threshold(exam: str, subject: str, part: str, year: int) -> Threshold | None:
    """The threshold of an exam held in the calendar year `year`; None if the norms do not cover it."""
    for row in _norms("thresholds.toml")["threshold"]:
        same = (row["exam"], row["subject"], row["part"]) == (exam, subject, part)
        if not same or not row["from"] <= year <= row.get("to", 9999):
            continue
        return Threshold(
            exam=exam,
            subject=subject,
            part=part,
            scale=row["scale"],
            minimum=row["min"],
            maximum=row["max"],
            bands=tuple(row.get("bands", ())),
            extra=row.get("extra", ""),
            basis=row["basis"],
            confirmed=year <= row["confirmed"],
        )
    return None


def scale(procedure: str, year: int) -> tuple[int, int, int] | None:
    """Upper bounds of «2», «3», «4» of an all-Russia check held in the calendar year `year`."""
    for row in _norms("thresholds.toml")["scale"]:
        if row["procedure"] == procedure and row["year"] == year:
            return tuple(row["upper"])
    return None


def wave_by_day(exam: str, day: date | None) -> str:
    """The wave that an exam of this day belongs to when nothing names it; «main» when no row covers the day."""
    if day is None:
        return "main"
    for row in _norms("waves.toml")["wave"]:
        fits_exam = row["exam"] in (exam, "any")
        fits_year = row["year"] in (0, day.year) and day.year >= row.get("since", 0)
        if fits_exam and fits_year and row["from"] <= f"{day:%m-%d}" <= row["to"]:
            return str(row["wave"])
    return "main"


@cache
def _norms(name: str) -> dict[str, Any]:
    return tomllib.loads(files("app.results").joinpath(name).read_text(encoding="utf-8"))
