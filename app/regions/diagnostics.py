"""Diagnosis and expertise as a region's data: factors with the formula of their scores, instruments, criteria."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from app.regions.criteria import Data

Source = Literal["administration", "teachers", "pupils", "parents", "checklist", "passport", "results"]


class Part(Data):
    """A source of a factor's score. Points run from 0 at `floor` to 100 at `ceiling`, whichever of them is greater.

    Questionnaires and the check-list bring their own points; `passport` takes `numerator` (of `denominator`, in percent),
    `results` the share of low results in percent.
    """

    source: Source
    weight: int = Field(ge=1, le=10)
    title: str = ""
    numerator: tuple[str, ...] = ()
    denominator: str | None = None
    floor: int = 0
    ceiling: int = 100

    @model_validator(mode="after")
    def _measurable(self) -> Self:
        if self.source in ("passport", "results") and (self.floor == self.ceiling or not self.title):
            raise ValueError(f"{self.source}: a title and two different bounds are needed")
        if self.source == "passport" and not self.numerator:
            raise ValueError("passport: no field is named")
        return self


class Factor(Data):
    """A risk factor; its full title is in the dictionary `risk_factor`, `short` stands beside a bar of the chart."""

    code: str
    short: str
    parts: tuple[Part, ...] = Field(min_length=1)

    @property
    def weight(self) -> int:
        return sum(part.weight for part in self.parts)


class Diagnostics(Data):
    """`catalogue` and `formula` are versions that a diagnosis is computed by and printed with.

    A part counts from `least_answers` sheets on; a score stands on `least_weight_percent` of the weight or more.
    """

    catalogue: str
    formula: str
    high_from: int = Field(ge=1, le=100)
    medium_from: int = Field(ge=1, le=100)
    least_weight_percent: int = Field(ge=1, le=100)
    least_answers: int = Field(ge=5)
    most_in_work: int = Field(ge=1)
    rounds: int = Field(ge=1)
    sources_days: int = Field(ge=1)
    window_days: tuple[int, int]
    extension_days: int = Field(ge=1)
    passport_years: int = Field(ge=1)
    expert: bool
    questionnaires: tuple[str, ...] = Field(min_length=1)
    checklist: str
    self_assessment: str
    model: str
    factors: tuple[Factor, ...] = Field(min_length=1)

    def factor(self, code: str) -> Factor:
        """KeyError for a code that is not in the catalogue."""
        return {factor.code: factor for factor in self.factors}[code]

    def level(self, score: int) -> Literal["high", "medium", "low"]:
        return "high" if score >= self.high_from else "medium" if score >= self.medium_from else "low"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.medium_from >= self.high_from:
            raise ValueError("medium_from must be below high_from")
        if len({factor.code for factor in self.factors}) != len(self.factors):
            raise ValueError("a factor stands twice in the catalogue")
        return self


class ExpertCriterion(Data):
    code: str
    text: str
    most: int = Field(ge=1, le=10)
    passing: int = Field(ge=0, le=10)
    weight: int = Field(ge=1)


class ExpertiseKind(Data):
    """What is looked at and by which criteria."""

    title: str
    criteria: tuple[ExpertCriterion, ...] = Field(min_length=1)


class Expertise(Data):
    """A third expert is asked when scores differ by more than `spread_percent` of the most; the head is told of a rework
    from round `rounds_told` on."""

    version: str
    spread_percent: int = Field(ge=1, le=100)
    rounds_told: int = Field(ge=1)
    kinds: Mapping[str, ExpertiseKind]


def dangling(diagnostics: Diagnostics, dictionary: Mapping[str, str], fields: set[str]) -> Iterator[str]:
    """Names that nothing stands behind: factors without a title, fields the passport does not have."""
    for factor in diagnostics.factors:
        if factor.code not in dictionary:
            yield f"no title in dictionaries.risk_factor: {factor.code}"
        used = {code for part in factor.parts for code in (*part.numerator, part.denominator) if code}
        for code in sorted(used - fields):
            yield f"factor {factor.code}: no such field of the social passport: {code}"
