"""Answers counted for showing: nobody is to be recognised in a small group.

A cell with fewer than `least` answers is hidden. When exactly one cell of a question is hidden, its number would follow
from the total, so the next smallest is hidden with it. A question answered by fewer than `least` shows no cells at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.diagnostics.instruments import CHOSEN, MEASURED, Instrument, Question

LEAST = 5
Sheet = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """`count` is None when it is hidden."""

    label: str
    count: int | None


@dataclass(frozen=True)
class Counted:
    """A question as it may be shown; `points` 0…100 is the mean of what was answered, None when it may not be shown."""

    code: str
    text: str
    answered: int | None
    cells: tuple[Cell, ...] = ()
    mean: str = ""
    points: int | None = None
    texts: tuple[str, ...] = ()
    factor: str | None = None


@dataclass(frozen=True)
class Summary:
    """`sheets` is None when there are too few to be told; `doubles` are sheets equal to another in all answers."""

    sheets: int | None
    few: bool
    questions: tuple[Counted, ...] = ()
    doubles: int = 0


def cells(counts: Sequence[int], least: int = LEAST) -> list[int | None]:
    """Counts with the small ones hidden, so that none follows from the rest; zeros are shown."""
    shown: list[int | None] = [count if count == 0 or count >= least else None for count in counts]
    hidden = [n for n, count in enumerate(shown) if count is None]
    if len(hidden) == 1:
        others = [n for n, count in enumerate(shown) if count]
        if others:
            shown[min(others, key=lambda n: (counts[n], n))] = None
        else:
            zeros = [n for n, count in enumerate(shown) if count == 0]
            for n in zeros[:1]:
                shown[n] = None
    return shown


def summary(instrument: Instrument, sheets: Sequence[Sheet], *, least: int = LEAST) -> Summary:
    """What may be shown of the sheets of one survey."""
    least = 1 if instrument.mode == "named" else least
    if len(sheets) < least:
        return Summary(None, True)
    counted = tuple(_counted(question, sheets, least) for question in instrument.questions)
    return Summary(len(sheets), False, counted, doubles(instrument, sheets))


def _counted(question: Question, sheets: Sequence[Sheet], least: int) -> Counted:
    given = [sheet[question.code] for sheet in sheets if question.code in sheet]
    known: dict[str, Any] = {"code": question.code, "text": question.text, "factor": question.factor}
    if len(given) < least:
        return Counted(**known, answered=None)
    if question.type == "text":
        return Counted(**known, answered=len(given), texts=tuple(sorted(map(str, given))))
    points = mean_points(question, given)
    score = None if points is None else round_half_up(points)
    if question.type in CHOSEN:
        return Counted(**known, answered=len(given), cells=_cells(question, given, least), points=score)
    if question.type in MEASURED:
        mean = sum((Fraction(str(value)) for value in given), Fraction(0)) / len(given)
        digits = 0 if len(given) == 1 and mean.denominator == 1 else 1  # the answer of one is a number, not a mean
        return Counted(**known, answered=len(given), mean=f"{float(mean):.{digits}f}".replace(".", ","), points=score)
    return Counted(**known, answered=len(given), texts=tuple(map(_row_text, _rows(given))))


def _cells(question: Question, given: Sequence[Any], least: int) -> tuple[Cell, ...]:
    counts = Counter(code for answer in given for code in (answer if isinstance(answer, list) else [answer]))
    labels = [(option.code, option.label) for option in question.options]
    shown = cells([counts.get(code, 0) for code, _ in labels], least)
    return tuple(Cell(label, count) for (_, label), count in zip(labels, shown, strict=True))


def _rows(given: Iterable[Any]) -> list[Mapping[str, Any]]:
    return [row for rows in given if isinstance(rows, list) for row in rows if isinstance(row, Mapping)]


def _row_text(row: Mapping[str, Any]) -> str:
    return ", ".join(str(value) for value in row.values() if value not in (None, ""))


def mean_points(question: Question, answers: Iterable[Any]) -> Fraction | None:
    """The mean of the points of the answers that have any."""
    points = [Fraction(str(p)) for p in (question.points(answer) for answer in answers) if p is not None]
    return sum(points, Fraction(0)) / len(points) if points else None


def round_half_up(value: Fraction) -> int:
    return int((value.numerator * 2 + value.denominator) // (2 * value.denominator))


def doubles(instrument: Instrument, sheets: Sequence[Sheet]) -> int:
    """Sheets that repeat another in every answer, where at least ten questions were answered: clicked, not thought."""
    closed = [question.code for question in instrument.questions if question.type in CHOSEN]
    same = Counter(tuple(str(sheet.get(code)) for code in closed) for sheet in sheets if len(sheet) >= 10)
    return sum(count - 1 for count in same.values())
