"""Context of a risk profile: every factor with its score, what people decided and why, what it all rests on."""

from __future__ import annotations

import json
from datetime import date as Date
from typing import Literal

from pydantic import Field, model_validator

from reports.attachments import Attachment
from reports.base import Model, Paper

Level = Literal["high", "medium", "low"]
WORDS = {"high": "высокая", "medium": "средняя", "low": "низкая"}


class School(Model):
    code: str
    name: str
    municipality: str = ""
    pupils: int | None = None
    teachers: int | None = None


class Person(Model):
    name: str
    position: str = ""


class FactorLine(Model):
    """`level` is the computed significance, `decided` people's; `as_of` the day of answers taken from another year."""

    n: int = Field(ge=1)
    name: str
    short: str
    sources: str
    score: int | None = Field(None, ge=0, le=100)
    level: Level | None = None
    decided: Level | None = None
    in_work: bool = False
    as_of: Date | None = None

    @property
    def level_word(self) -> str:
        return WORDS[self.level] if self.level else "сведений мало"

    @property
    def decided_word(self) -> str:
        return WORDS[self.decided] if self.decided and self.decided != self.level else "–"

    @property
    def decision(self) -> str:
        if self.in_work:
            return "в работе"
        return "наблюдение" if (self.decided or self.level) in ("high", "medium") else "–"


class Override(Model):
    """A decision that departs from the computed value: both are printed."""

    factor: str
    computed: Level | None = None
    decided: Level
    reason: str
    by: str = ""
    at: Date | None = None

    @property
    def computed_word(self) -> str:
        return WORDS[self.computed] if self.computed else "нет"

    @property
    def decided_word(self) -> str:
        return WORDS[self.decided]


class Opinions(Model):
    """Points 0…3 of the school, the curator and the expert side by side."""

    factor: str
    school: int | None = Field(None, ge=0, le=3)
    curator: int | None = Field(None, ge=0, le=3)
    expert: int | None = Field(None, ge=0, le=3)


class Difference(Model):
    """Curator and expert differ by two points or more: both texts stand."""

    factor: str
    curator: str
    expert: str


class Conclusion(Model):
    factor: str
    text: str


class Coverage(Model):
    """`answered` is None when it may not be told: fewer than five."""

    audience: str
    invited: int = Field(ge=0)
    answered: int | None = Field(None, ge=0)
    note: str = ""


class Context(Paper):
    kind_word: str = "Рисковый профиль школы"
    school: School
    list_act: str = ""
    period: str
    catalogue_version: str
    formula_version: str
    high_from: int = 60
    medium_from: int = 35
    curator: Person | None = None
    light: str = ""
    factors: tuple[FactorLine, ...] = Field(min_length=1)
    overrides: tuple[Override, ...] = ()
    opinions: tuple[Opinions, ...] = ()
    differences: tuple[Difference, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()
    surveys: tuple[Coverage, ...] = ()
    notes: tuple[str, ...] = ()
    school_opinion: str = ""
    left_out: str = ""
    conclusion: str

    @model_validator(mode="after")
    def _explained(self) -> Context:
        for factor in self.factors:
            if (factor.score is None) != (factor.level is None):
                raise ValueError(f"factor {factor.n}: a score and a level go together")
        return self


def attachments(context: Context) -> list[Attachment]:
    """The factors for machines: scores, levels, decisions."""
    kept = {"n", "name", "score", "level", "decided", "in_work"}
    facts = {
        "catalogue": context.catalogue_version,
        "formula": context.formula_version,
        "factors": [factor.model_dump(mode="json", include=kept) for factor in context.factors],
    }
    data = json.dumps(facts, ensure_ascii=False, indent=1).encode()
    return [Attachment("factors.json", data, "Баллы и решения по факторам, JSON")]
