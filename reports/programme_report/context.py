"""Context of the report on a municipal programme: targets reached, measures by result, help given, the road maps."""

from __future__ import annotations

from pydantic import Field, model_validator

from reports.base import Model, Paper
from reports.municipal_program.context import Measure, SchoolPlan, Target


class Reached(Target):
    fact: str


class Counts(Model):
    measures: int = Field(ge=0)
    done: int = Field(ge=0)
    partly: int = Field(ge=0)
    not_done: int = Field(ge=0)
    open: int = Field(ge=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Counts:
        if self.done + self.partly + self.not_done + self.open != self.measures:
            raise ValueError("measures by result do not add up to their number")
        return self


class Help(Model):
    kind: str
    times: int = Field(ge=1)
    schools: int = Field(ge=1)


class Context(Paper):
    kind_word: str = "Отчёт"
    term: str
    targets: tuple[Reached, ...] = Field(min_length=1)
    counts: Counts
    money: str
    measures: tuple[Measure, ...] = Field(min_length=1)
    schools: tuple[SchoolPlan, ...] = Field(min_length=1)
    help: tuple[Help, ...] = ()
    conclusion: str
    lessons: str = ""
