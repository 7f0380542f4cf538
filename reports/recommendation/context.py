"""Context of recommendations to one addressee: why, what, until when."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class Advice(Model):
    text: str
    due: Date | None = None
    expected: str = ""


class Context(Paper):
    """`basis_kind`: «посещение школы»; `action`: must the addressee report on what was done."""

    kind_word: str = "Адресные рекомендации"
    addressee: str
    audience: str
    basis_kind: str
    basis: str = Field(min_length=1)
    direction: str
    rows: tuple[Advice, ...] = Field(min_length=1)
    action: bool
