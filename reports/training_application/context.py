"""Context of a municipality's application; with `answer` it is the centre's reply with places."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reports.base import Model, Paper


class Row(Model):
    topic: str
    kind: str
    audience: str
    subject: str = ""
    school: str
    people: int = Field(ge=1)
    gap: str = ""
    month: str = ""
    priority: Literal[1, 2, 3]
    quota: int | None = Field(None, ge=0)
    group: str = ""
    reason: str = ""


class Context(Paper):
    kind_word: str = "Сводная заявка"
    municipality: str
    period: str
    answer: bool = False
    reference: str = ""
    rows: tuple[Row, ...] = Field(min_length=1)

    @property
    def people(self) -> int:
        return sum(row.people for row in self.rows)

    @property
    def places(self) -> int:
        return sum(row.quota or 0 for row in self.rows)
