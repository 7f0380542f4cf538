"""Context of a request for resources: the needs, the grounds, the answer once there is one."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Lines, Model, Paper


class Need(Model):
    kind: str
    what: str
    quantity: str
    unit: str
    price: float | None = None
    urgency: str
    risk: str
    row: str = ""


class Answer(Model):
    """`decision` in words; `terms`: source of money, amount, day of delivery, in lines."""

    decision: str
    reason: str = ""
    terms: Lines = ()
    decided_on: Date


class Context(Paper):
    kind_word: str = "Заявка"
    addressee: Lines = ()
    school: str
    needs: tuple[Need, ...] = Field(min_length=1)
    grounds: str
    answer: Answer | None = None

    @property
    def total(self) -> float:
        return sum(need.price or 0 for need in self.needs)

    @property
    def priced(self) -> bool:
        return any(need.price for need in self.needs)
