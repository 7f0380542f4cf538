"""How a region evaluates a school's year: the grid of criteria, the days of the year, words of the decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from app.regions.criteria import Data

MonthDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])$")]


class EvaluationCriterion(Data):
    """A line of the grid: what the school scores itself by, and the curator after it, from 0 to 3."""

    code: str
    title: str
    hint: str = ""


class EvaluationDays(Data):
    """Days by which each does his part, «дд.мм» of the year in which the evaluated school year ends."""

    opens: MonthDay
    school: MonthDay
    curator: MonthDay
    municipality: MonthDay
    run: MonthDay
    decision: MonthDay
    cycle: MonthDay


class Measure(Data):
    """A measure of strengthened support: the assignment it becomes, who carries it out, in how many working days."""

    text: str
    expected: str
    executor: str
    days: int = Field(ge=1)


class Evaluation(Data):
    """`least_days`: working days that everybody has, even when the evaluation opens late. `watch_months`: control after
    leaving the list. `order_basis`: what the annex of the order prints as the basis of each decision, by its code.
    """

    criteria: tuple[EvaluationCriterion, ...] = Field(min_length=1)
    days: EvaluationDays
    least_days: int = Field(ge=1)
    watch_months: int = Field(ge=1, le=60)
    expected_from: int = Field(ge=2)
    support: Mapping[str, str]
    measures: Mapping[str, Measure]
    basis: str
