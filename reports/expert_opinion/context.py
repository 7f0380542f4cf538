"""Context of an expert's opinion on a school: question, method, what was studied, conclusion."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reports.base import Model, Paper

RECOMMENDATIONS = {
    "listed": "включить в перечень",
    "not_listed": "не включать в перечень",
    "watch": "предложить для наблюдения",
    "unchanged": "оставить вывод без изменений",
}


class School(Model):
    code: str
    name: str
    municipality: str = ""


class Context(Paper):
    """`independent` prints the expert's statement that there is no conflict of interest."""

    kind_word: str = "Экспертное мнение"
    expert: str
    schools: tuple[School, ...] = Field(min_length=1)
    question: str
    methods: tuple[str, ...] = Field(min_length=1)
    studied: str
    observations: str = ""
    conclusion: str
    recommendation: Literal["listed", "not_listed", "watch", "unchanged"] | None = None
    independent: bool = True
    files: tuple[str, ...] = ()

    @property
    def recommendation_word(self) -> str:
        return RECOMMENDATIONS[self.recommendation] if self.recommendation else ""
