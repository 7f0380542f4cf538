"""Context of the final report: indicators reached, rows executed, stages assessed, the school's conclusion."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class Reached(Model):
    """An indicator: `direction` is 1 when more is better, -1 when less is; the target tells it from the base."""

    name: str
    unit: str
    base: float
    target: float
    fact: float
    note: str = ""

    @property
    def reached(self) -> bool:
        return self.fact >= self.target if self.target >= self.base else self.fact <= self.target

    @property
    def word(self) -> str:
        if self.reached:
            return "достигнут"
        better = self.fact > self.base if self.target >= self.base else self.fact < self.base
        return "достигнут частично" if better else "не достигнут"


class Executed(Model):
    number: int
    measure: str
    result: str
    quality: int | None = Field(None, ge=0, le=3)
    fact: str = ""


class Stage(Model):
    title: str
    ends_on: Date
    confirmed: int
    rows: int
    conclusion: str


class Context(Paper):
    kind_word: str = "Итоговый отчёт"
    programme: str
    school: str
    indicators: tuple[Reached, ...] = Field(min_length=1)
    rows: tuple[Executed, ...] = ()
    stages: tuple[Stage, ...] = ()
    conclusion: str
    mechanism: str = ""

    @property
    def counts(self) -> dict[str, int]:
        return {
            "indicators": len(self.indicators),
            "reached": sum(one.reached for one in self.indicators),
            "rows": len(self.rows),
            "done": sum(row.result == "выполнено" for row in self.rows),
        }
