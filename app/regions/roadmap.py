"""A school's programme as data: its kinds, stages of control, the catalogue of measures, the factors they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from app.regions.criteria import Data


class ProgrammeKind(Data):
    """A kind of programme: how it is called, which document it becomes, by which dictionary its rows are sorted.

    `title` has the placeholder {school}; `rows_by` names a dictionary and `rows_word` heads its column.
    """

    label: str
    printed: str
    title: str
    document_kind: str
    rows_by: str = "direction"
    rows_word: str = "Направление"


class Stage(Data):
    """A stage of control: it ends on a day of every school year, `ends` as «01.02»."""

    code: str
    title: str
    ends: str = Field(pattern=r"^\d\d\.\d\d$")


class Measure(Data):
    """A measure that helps against a risk, as it may stand in a plan; `indicator` and `unit` suggest how to measure it."""

    factor: str
    text: str
    direction: str
    mechanism: str
    audience: str
    expected: str
    indicator: str
    unit: str
    evidence: str


class Roadmaps(Data):
    """`usual` is the kind a new programme begins as; `open_before` days before its start a row's assignment is due to open."""

    usual: str
    kinds: Mapping[str, ProgrammeKind]
    stages: tuple[Stage, ...] = Field(min_length=1)
    final: str = Field(pattern=r"^\d\d\.\d\d$")
    expertise: bool = True
    report_days: int = Field(5, ge=0, le=30)
    same_percent: int = Field(80, ge=50, le=100)
    extensions: int = Field(2, ge=0, le=10)
    no_risk: str
    measures: Mapping[str, Measure]

    @model_validator(mode="after")
    def _usual_is_known(self) -> Self:
        if self.usual not in self.kinds:
            raise ValueError(f"no such kind of programme: {self.usual}")
        return self

    def against(self, factor: str) -> dict[str, Measure]:
        """Measures of the catalogue that answer a factor, by code."""
        return {code: measure for code, measure in self.measures.items() if measure.factor == factor}
