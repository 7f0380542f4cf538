"""The published formula of a factor's score: pure arithmetic over what the sources say.

score = Σ weight·points / Σ weight over the parts that have data, rounded half up; there is no score when less than the
region's share of the weight has data. Points of a questionnaire: the mean over its questions of the factor of the mean
points of the answers. Everything in fractions; the parts that come out are the evidence that is shown with the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from app.diagnostics.counting import mean_points, round_half_up
from app.diagnostics.instruments import Instrument
from app.regions.criteria import PassportField
from app.regions.diagnostics import Diagnostics, Factor, Part

FEW, LOW_COVERAGE, NO_SCORE, MISSING = "few_answers", "low_coverage", "no_score", "missing"


@dataclass(frozen=True)
class Questionnaire:
    """Sheets of one audience. `sheets` hold answers by question code; `as_of` is set when they are of another year."""

    instrument: Instrument
    sheets: Sequence[Mapping[str, Any]]
    expected: int = 0
    survey_id: int | None = None
    as_of: str = ""


@dataclass(frozen=True)
class Mark:
    """A mark of the check-list, 0…3."""

    item: str
    factor: str | None
    score: int


@dataclass(frozen=True)
class Sources:
    """All that a diagnosis is computed from."""

    questionnaires: Mapping[str, Questionnaire] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    marks_as_of: str = ""
    passport: Mapping[str, Any] | None = None
    passport_year: int | None = None
    results: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Score:
    """`score` and `level` are None without enough data; `parts` are plain values to be kept and shown."""

    factor: str
    score: int | None
    level: str | None
    parts: list[dict[str, Any]]
    flags: list[str]


def compute(rules: Diagnostics, sources: Sources, fields: Mapping[str, PassportField]) -> list[Score]:
    """Scores of every factor of the catalogue, in its order."""
    return [score_of(rules, factor, sources, fields) for factor in rules.factors]


def score_of(rules: Diagnostics, factor: Factor, sources: Sources, fields: Mapping[str, PassportField]) -> Score:
    parts = [_part(rules, factor.code, part, sources, fields) for part in factor.parts]
    known = [
        (part.weight, made["exact"])
        for part, made in zip(factor.parts, parts, strict=True)
        if made["exact"] is not None
    ]
    weight = sum(w for w, _ in known)
    flags = [*dict.fromkeys(made["flag"] for made in parts if made.get("flag"))]
    for made in parts:
        exact = made.pop("exact")
        made["points"] = None if exact is None else round_half_up(exact)
    if not known or weight * 100 < factor.weight * rules.least_weight_percent:
        return Score(factor.code, None, None, parts, [*flags, NO_SCORE])
    score = round_half_up(sum((w * points for w, points in known), Fraction(0)) / weight)
    return Score(factor.code, score, rules.level(score), parts, flags)


def _part(
    rules: Diagnostics, factor: str, part: Part, sources: Sources, fields: Mapping[str, PassportField]
) -> dict[str, Any]:
    made: dict[str, Any] = {"source": part.source, "title": part.title, "weight": part.weight, "exact": None}
    if part.source == "passport":
        return {**made, **_passport(part, sources, fields)}
    if part.source == "results":
        return {**made, **_results(part, sources)}
    if part.source == "checklist":
        return {**made, **_checklist(factor, sources)}
    return {**made, **_questionnaire(rules, factor, sources.questionnaires.get(part.source))}


def _questionnaire(rules: Diagnostics, factor: str, asked: Questionnaire | None) -> dict[str, Any]:
    if asked is None or not asked.sheets:
        return {"why": MISSING}
    least = asked.instrument.least_answers or rules.least_answers
    made: dict[str, Any] = {"sheets": len(asked.sheets), "expected": asked.expected, "survey": asked.survey_id}
    made["as_of"] = asked.as_of
    if len(asked.sheets) < least:
        return {**made, "why": FEW, "flag": FEW, "sheets": None}
    rows: list[tuple[int, Fraction]] = []
    shown = []
    for question in asked.instrument.questions:
        given = [sheet[question.code] for sheet in asked.sheets if question.code in sheet]
        points = mean_points(question, given) if question.factor == factor and len(given) >= least else None
        if points is not None:
            rows.append((question.weight, points))
            shown.append({"code": question.code, "text": question.text, "points": round_half_up(points)})
    if not rows:
        return {**made, "why": MISSING}
    exact = sum((w * p for w, p in rows), Fraction(0)) / sum(w for w, _ in rows)
    low = asked.expected and len(asked.sheets) * 100 < asked.expected * asked.instrument.enough_percent
    return {**made, "exact": exact, "questions": shown, **({"flag": LOW_COVERAGE} if low else {})}


def _checklist(factor: str, sources: Sources) -> dict[str, Any]:
    marks = [mark for mark in sources.marks if mark.factor == factor]
    if not marks:
        return {"why": MISSING}
    exact = Fraction(sum(mark.score for mark in marks) * 100, 3 * len(marks))
    return {"exact": exact, "items": [mark.item for mark in marks], "as_of": sources.marks_as_of}


def _passport(part: Part, sources: Sources, fields: Mapping[str, PassportField]) -> dict[str, Any]:
    if sources.passport is None:
        return {"why": MISSING}
    parts = [number_of(fields[code], sources.passport.get(code)) for code in part.numerator]
    base = number_of(fields[part.denominator], sources.passport.get(part.denominator)) if part.denominator else None
    if any(value is None for value in parts) or (part.denominator and not base):
        return {"why": MISSING}
    above = sum((value for value in parts if value is not None), Fraction(0))
    value = above * 100 / base if base else above
    made = {
        "value": decimal(value),
        "above": decimal(above),
        "below": decimal(base) if base else "",
        "year": sources.passport_year,
    }
    return {**made, "exact": _between(part, value)}


def _results(part: Part, sources: Sources) -> dict[str, Any]:
    n = sum(row["n"] for row in sources.results)
    if not n:
        return {"why": MISSING}
    low = sum(row["low"] for row in sources.results)
    value = Fraction(low * 100, n)
    rows = [dict(row) for row in sources.results]
    return {"value": decimal(value), "above": str(low), "below": str(n), "rows": rows, "exact": _between(part, value)}


def _between(part: Part, value: Fraction) -> Fraction:
    share = (value - part.floor) / (part.ceiling - part.floor)
    return min(max(share, Fraction(0)), Fraction(1)) * 100


def number_of(field: PassportField, value: Any) -> Fraction | None:
    """A passport's value as a number, choices as their points; None when it is not given or is no number."""
    if value is None or value == "":
        return None
    if field.type in ("choice", "choices"):
        chosen = [value] if isinstance(value, str) else list(value)
        return Fraction(min(sum(field.points.get(code, 0) for code in chosen), 100))
    if field.type == "flag":
        return Fraction(int(value is True))
    try:
        return Fraction(str(value))
    except ValueError:
        return None


def decimal(value: Fraction) -> str:
    """With one digit after the comma, none when it is whole: «12,5»."""
    tenths = round_half_up(value * 10)
    whole, rest = divmod(tenths, 10)
    return f"{whole},{rest}" if rest else str(whole)
