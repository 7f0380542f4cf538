"""Context of a school's objection: its figures against those of the system, position by position."""

from __future__ import annotations

from pydantic import Field, model_validator

from reports.base import Lines, Model, Paper


class Figures(Model):
    """Participants and low results; `n` is 0 where there was no procedure."""

    n: int = Field(ge=0)
    low: int = Field(ge=0)

    @model_validator(mode="after")
    def _part_of_whole(self) -> Figures:
        if self.low > self.n:
            raise ValueError("low cannot exceed n")
        return self

    def __str__(self) -> str:
        return f"{self.low} из {self.n}"


class Position(Model):
    """One disputed result. `recorded` is None when the system has no result."""

    procedure: str
    year: str
    recorded: Figures | None = None
    claimed: Figures
    source: str


class Context(Paper):
    """`subject` is what is disputed, `request` what the school asks for («исключить из перечня»)."""

    kind_word: str = "Возражение"
    addressee: Lines = ()
    school_code: str = ""
    subject: str
    positions: tuple[Position, ...] = Field(min_length=1, max_length=20)
    reasons: str
    request: str
    late_reason: str = ""
    files: tuple[str, ...] = ()
