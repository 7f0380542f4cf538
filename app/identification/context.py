"""Conditions of a school: the index of the social passport, signs of hard conditions, categories, the matrix.

The index is 0…100: each indicator is brought to points between its `floor` and `ceiling`, indicators are weighted
inside their group, groups are weighted by the region's profile. All arithmetic is in fractions; what is shown has
three digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Protocol

from app.errors import BadInput
from app.identification.rules import INSUFFICIENT_DATA, LISTED, NOT_APPLICABLE, NOT_LISTED
from app.regions.criteria import Indicator, PassportField, SignGroup
from app.regions.model import Profile

HARD, ORDINARY, UNKNOWN = "hard", "ordinary", "unknown"
LOW, NOT_LOW = "low", "not_low"


class Sensed(Protocol):
    """What categories ask of a school's conditions."""

    @property
    def hard(self) -> bool: ...
    @property
    def small(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class IndicatorPoints:
    """`value` in percent of the denominator or the field's own unit, `points` 0…100; both None when data is missing."""

    code: str
    title: str
    value: Fraction | None
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class GroupPoints:
    code: str
    title: str
    points: Fraction | None
    sign: bool
    indicators: tuple[IndicatorPoints, ...]


@dataclass(frozen=True, slots=True)
class ContextIndex:
    """`index` is None when any group has no data; `signs` are codes of the groups seen; `small` the small-school mark."""

    version: str
    index: Fraction | None
    signs: tuple[str, ...]
    hard: bool
    small: bool
    groups: tuple[GroupPoints, ...]

    @property
    def text(self) -> str | None:
        """The index as decimal text with three digits, as it is stored."""
        return None if self.index is None else three_digits(self.index)


def three_digits(value: Fraction) -> str:
    """Rounded half up: «41.250»."""
    scaled = (value.numerator * 2000 + value.denominator) // (2 * value.denominator)
    return f"{scaled // 1000}.{scaled % 1000:03d}"


def weights_version(profile: Profile) -> str:
    return f"{profile.key}.{profile.social_passport.version}"


def check_values(profile: Profile, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Problems of a filled passport: {field, title, text}; empty when all values fit together."""
    passport = profile.social_passport
    fields = {field.code: field for field in passport.fields}
    problems = [
        {"field": code, "title": code, "text": "Такого поля в социальном паспорте нет."}
        for code in values
        if code not in fields
    ]
    numbers: dict[str, Fraction] = {}
    for field in passport.fields:
        try:
            number = _number(field, values.get(field.code))
        except ValueError as error:
            problems.append({"field": field.code, "title": field.title, "text": str(error)})
            continue
        if number is not None:
            numbers[field.code] = number
    problems += _broken_subsets(fields, numbers)
    return problems


def _broken_subsets(fields: Mapping[str, PassportField], numbers: Mapping[str, Fraction]) -> list[dict[str, str]]:
    problems: list[dict[str, str]] = []
    sums: dict[str, list[str]] = {}
    for code, number in numbers.items():
        field = fields[code]
        whole = field.subset_of or ""
        if whole in numbers and number > numbers[whole]:
            text = f"Больше общего числа ({fields[whole].title.lower()}: {numbers[whole]}). Проверьте оба числа."
            problems.append({"field": code, "title": field.title, "text": text})
        if field.sum_group:
            sums.setdefault(field.sum_group, []).append(code)
    for total, codes in sums.items():
        if total in numbers and sum(numbers[code] for code in codes) > numbers[total]:
            names = ", ".join(fields[code].title.lower() for code in codes)
            text = f"Вместе ({names}) больше общего числа ({fields[total].title.lower()}: {numbers[total]})."
            problems.append({"field": codes[0], "title": fields[codes[0]].title, "text": text})
    return problems


def compute_index(profile: Profile, values: Mapping[str, Any]) -> ContextIndex:
    """The index and the signs from the values of a passport; BadInput with `items` when the values contradict."""
    problems = check_values(profile, values)
    if problems:
        raise BadInput("В социальном паспорте есть противоречия.", advice="Исправьте отмеченные поля.", items=problems)
    passport = profile.social_passport
    numbers = {field.code: _number(field, values.get(field.code)) for field in passport.fields}
    groups = tuple(_group(group, numbers) for group in passport.groups)
    known = [(group.weight, points.points) for group, points in zip(passport.groups, groups, strict=True)]
    index: Fraction | None = None
    if all(points is not None for _, points in known):
        total = sum(weight for weight, _ in known)
        index = sum((weight * points for weight, points in known if points is not None), Fraction(0)) / total
    signs = tuple(group.code for group in groups if group.sign)
    hard = (index is not None and index >= passport.hard_from) or len(signs) >= passport.signs_from
    return ContextIndex(weights_version(profile), index, signs, hard, bool(numbers.get("small_school")), groups)


def must_explain(profile: Profile, before: str | None, now: str | None) -> bool:
    """Whether the index moved from last year's by more than the profile lets pass without a reason."""
    if before is None or now is None:
        return False
    old, new = Fraction(before), Fraction(now)
    return abs(new - old) * 100 > old * profile.social_passport.change_to_explain_percent


def _group(group: SignGroup, numbers: Mapping[str, Fraction | None]) -> GroupPoints:
    indicators = tuple(_indicator(indicator, numbers) for indicator in group.indicators)
    known = [(i.weight, p.points) for i, p in zip(group.indicators, indicators, strict=True) if p.points is not None]
    if not known:
        return GroupPoints(group.code, group.title, None, False, indicators)
    points = sum((weight * value for weight, value in known), Fraction(0)) / sum(weight for weight, _ in known)
    return GroupPoints(group.code, group.title, points, points >= group.sign_from, indicators)


def _indicator(indicator: Indicator, numbers: Mapping[str, Fraction | None]) -> IndicatorPoints:
    parts = [numbers.get(code) for code in indicator.numerator]
    base = numbers.get(indicator.denominator) if indicator.denominator else Fraction(100)
    if any(part is None for part in parts) or not base:
        return IndicatorPoints(indicator.code, indicator.title, None, None)
    value = sum((part for part in parts if part is not None), Fraction(0)) * 100 / base
    share = (value - indicator.floor) / (indicator.ceiling - indicator.floor)
    points = min(max(share, Fraction(0)), Fraction(1)) * 100
    return IndicatorPoints(indicator.code, indicator.title, value, points)


def _number(field: PassportField, value: Any) -> Fraction | None:
    """The value as a number: a choice as its points, several choices as their sum; None when it is not given."""
    if value is None or value == "":
        return None
    if field.type in ("choice", "choices"):
        chosen = [value] if isinstance(value, str) else list(value)
        if any(code not in field.points for code in chosen):
            raise ValueError("Такого варианта нет. Выберите из списка.")
        return Fraction(min(sum(field.points[code] for code in chosen), 100))
    if field.type == "flag":
        return Fraction(int(value in (True, "true", "y", "да", 1)))
    try:
        number = Fraction(Decimal(str(value).replace(",", ".").replace("\u00a0", "").replace(" ", "")))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ValueError("Нужно число.") from error
    if number < 0 or (field.type == "count" and number.denominator != 1):
        raise ValueError("Нужно целое число, 0 или больше." if field.type == "count" else "Нужно число, 0 или больше.")
    if field.type == "percent" and number > 100:
        raise ValueError("Больше 100 % не бывает.")
    return number


def categories(profile: Profile, status: str, context: Sensed | None) -> tuple[str, ...]:
    """Codes of the region's categories that the school falls under, by its (decided) status and its conditions."""
    found = []
    if status == LISTED:
        found.append("low_results")
    if context is not None:
        if context.hard:
            found.append("hard_context")
        if context.small:
            found.append("strategy")
        if context.hard and status == NOT_LISTED:
            found.append("resilient")
    return tuple(code for code in found if code in profile.categories)


def matrix_cell(status: str, hard: bool | None) -> tuple[str, str]:
    """Cell of the matrix «conditions – results» a school stands in."""
    conditions = UNKNOWN if hard is None else HARD if hard else ORDINARY
    if status in (INSUFFICIENT_DATA, NOT_APPLICABLE):
        return conditions, UNKNOWN
    return conditions, LOW if status == LISTED else NOT_LOW


def matrix(schools: Iterable[tuple[Any, str, bool | None]]) -> dict[tuple[str, str], list[Any]]:
    """Schools (identifier, status, hard conditions or None) by cell; every cell is present, order is kept."""
    rows: Sequence[str] = (HARD, ORDINARY, UNKNOWN)
    cells: dict[tuple[str, str], list[Any]] = {(row, column): [] for row in rows for column in (LOW, NOT_LOW, UNKNOWN)}
    for school, status, hard in schools:
        cells[matrix_cell(status, hard)].append(school)
    return cells
