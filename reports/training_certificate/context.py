"""Context of a certificate: number of the register, programme, hours, dates."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Paper


class Context(Paper):
    kind_word: str = "Удостоверение о повышении квалификации"
    person: str
    programme: str
    hours: int = Field(ge=16)
    starts: Date
    ends: Date
    order: str = ""
