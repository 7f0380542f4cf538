"""Context of the decision on an objection: what was checked, what was found, what changes."""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from pydantic import Field, model_validator

from reports.base import Model, Paper, Point
from reports.objection.context import Figures

DECISIONS = {"accept": "удовлетворить", "partly": "удовлетворить частично", "reject": "отклонить"}
VERDICTS = {
    "listed": "включена в предварительный список",
    "not_listed": "не включена в предварительный список",
    "watch": "предложена для наблюдения",
    "insufficient_data": "данных недостаточно",
}
Verdict = Literal["listed", "not_listed", "watch", "insufficient_data"]


class Checked(Model):
    """A position with the outcome of the check and the figures that count from now on."""

    procedure: str
    year: str
    claimed: Figures
    accepted: Figures | None = None
    confirmed: bool
    evidence: str


class Context(Paper):
    """`objection_ref`: «возражение МОБУ … от 10.09.2025 № 14»; `basis`: the region's clause on objections."""

    kind_word: str = "Решение"
    basis: str
    objection_ref: str
    subject: str
    received: Date
    opinion: str = ""
    opinion_missing: bool = False
    checks: tuple[Checked, ...] = Field(min_length=1)
    decision: Literal["accept", "partly", "reject"]
    school: str
    reasons: str = Field(min_length=50)
    verdict_before: Verdict
    verdict_after: Verdict
    points: tuple[Point, ...] = ()

    @model_validator(mode="after")
    def _rejection_changes_nothing(self) -> Context:
        if self.decision == "reject" and self.verdict_before != self.verdict_after:
            raise ValueError("a rejected objection cannot change the verdict")
        return self

    @property
    def decision_word(self) -> str:
        return DECISIONS[self.decision]

    @property
    def before_word(self) -> str:
        return VERDICTS[self.verdict_before]

    @property
    def after_word(self) -> str:
        return VERDICTS[self.verdict_after]
