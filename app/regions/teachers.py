"""Skill gaps, routes and groups as a region's data: the scale of levels, targets, terms, words that people agree to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from app.regions.criteria import Data

Level = Literal["high", "medium", "low", "none"]


class Scale(Data):
    """From the share of the work done to the level of the gap: below `high_below` high, …, from `low_below` on none."""

    high_below: float
    medium_below: float
    low_below: float
    version: int = 1
    basis: str

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not 0 < self.high_below < self.medium_below < self.low_below <= 100:
            raise ValueError("bounds of levels must rise from 0 to 100")
        return self

    def level(self, percent: float) -> Level:
        if percent < self.high_below:
            return "high"
        if percent < self.medium_below:
            return "medium"
        return "low" if percent < self.low_below else "none"


class Wordings(Data):
    """What people agree to, in words of a version."""

    version: int
    processing: str
    show_head: str


class Teachers(Data):
    """`gap_levels`: levels that count as a gap and ask for a route. `second_session_until`: the last day on which another
    day of diagnosis is still offered, a term of the school year. `hours`: least and most (0: no limit) by kind of group."""

    scale: Scale
    gap_levels: tuple[Level, ...] = Field(min_length=1)
    coverage_target: int = Field(ge=1, le=100)
    routes_target: int = Field(ge=1, le=100)
    second_session_until: str
    half_ends: tuple[str, str]
    hours: Mapping[str, tuple[int, int]]
    hide_below: int = Field(ge=1)
    consent: Wordings
