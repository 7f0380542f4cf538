"""What a region settles about mentor pairs."""

from __future__ import annotations

from pydantic import Field

from app.regions.criteria import Data


class Pairs(Data):
    """`most_pairs` of one mentor; a pair lasts at most `longest_days`; a mentor who writes nothing for `silent_days` is
    asked; `notice_days` working days of warning before it stops (ТК РФ, статья 351.8); `consent_version` of the wording."""

    most_pairs: int = Field(ge=1)
    longest_days: int = Field(ge=1)
    silent_days: int = Field(ge=1)
    notice_days: int = Field(ge=3)
    consent_version: str
