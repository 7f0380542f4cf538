"""Context of an expert's opinion on risk factors: method, what was observed, points, conclusion."""

from __future__ import annotations

from pydantic import Field

from reports.base import Model, Paper


class Opinion(Model):
    factor: str
    method: str
    seen: str
    score: int = Field(ge=0, le=3)
    conclusion: str


class Context(Paper):
    kind_word: str = "Экспертное заключение о факторах риска"
    expert: str
    school_code: str
    school_name: str
    municipality: str = ""
    school_year: str
    opinions: tuple[Opinion, ...] = Field(min_length=1)
    independent: bool = True
