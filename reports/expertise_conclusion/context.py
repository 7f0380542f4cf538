"""Context of an expertise's conclusion: criteria with points of every expert, remarks, the result."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from reports.base import Model, Paper

RESULTS = {"recommend": "рекомендовать", "revise": "доработать", "reject": "отклонить"}


class Criterion(Model):
    """Points of the experts in their order; the same for all criteria."""

    text: str
    most: int = Field(ge=1)
    weight: int = Field(1, ge=1)
    points: tuple[int, ...] = Field(min_length=1)
    remarks: tuple[str, ...] = ()


class Expert(Model):
    """`total` is in percent of the most, with the weights of the criteria."""

    name: str
    total: int = Field(ge=0, le=100)
    verdict: Literal["recommend", "revise", "reject"]
    comment: str = ""

    @property
    def verdict_word(self) -> str:
        return RESULTS[self.verdict]


class Context(Paper):
    kind_word: str = "Экспертное заключение"
    subject: str
    material: str
    round: int = Field(1, ge=1)
    criteria_version: str
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    experts: tuple[Expert, ...] = Field(min_length=1)
    mean: int = Field(ge=0, le=100)
    spread: int = Field(0, ge=0, le=100)
    single: bool = False
    remarks: tuple[str, ...] = ()
    result: Literal["recommend", "revise", "reject"]
    reason: str = ""

    @property
    def result_word(self) -> str:
        return RESULTS[self.result]

    @model_validator(mode="after")
    def _every_expert_has_points(self) -> Context:
        if any(len(criterion.points) != len(self.experts) for criterion in self.criteria):
            raise ValueError("every criterion has as many points as there are experts")
        if any(p > c.most for c in self.criteria for p in c.points):
            raise ValueError("points above the most")
        return self
