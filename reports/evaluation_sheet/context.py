"""Context of the sheet. Shares and changes are computed from the counts given here, never passed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from pydantic import Field, model_validator

from reports.base import Lines, Model, Paper

WISHES = {"exit": "исключить из перечня", "continue": "продолжить поддержку", "strengthen": "усилить поддержку"}
DYNAMICS = {
    "positive": "положительная",
    "negative": "отрицательная",
    "none": "положительной динамики нет",
    "insufficient": "сопоставимых данных нет",
}
Wish = Literal["exit", "continue", "strengthen"]
Points = Literal[0, 1, 2, 3]


class Score(Model):
    """A criterion with both scores; `own_text` is the school's evidence, `note` the curator's remark."""

    criterion: str
    own: Points | None = None
    own_text: str = ""
    curator: Points | None = None
    note: str = ""

    @property
    def apart(self) -> bool:
        """The two differ by two and more."""
        return self.own is not None and self.curator is not None and abs(self.own - self.curator) > 1


class Opinion(Model):
    """What one side asks for. Without `wish` it was not asked or did not answer; `text` then says so."""

    who: str
    wish: Wish | None = None
    text: str = ""

    @property
    def wish_word(self) -> str:
        return WISHES[self.wish] if self.wish else "–"


class Side(Model):
    """Participants of a procedure in one year, and how many of them are below the threshold."""

    n: int = Field(ge=1)
    low: int = Field(ge=0)
    mean: str = ""

    @model_validator(mode="after")
    def _part_of_whole(self) -> Side:
        if self.low > self.n:
            raise ValueError("low cannot exceed n")
        return self


class Result(Model):
    """A procedure in two years; `obstacle` says why they are not compared. `expected`: percent, had nothing changed."""

    procedure: str
    before: Side | None = None
    after: Side | None = None
    obstacle: str = ""
    outcome: Literal["better", "same", "worse"] | None = None
    expected: int | None = Field(None, ge=0, le=100)
    small: bool = False
    returned: bool = False

    @model_validator(mode="after")
    def _compared_or_not(self) -> Result:
        compared = self.before is not None and self.after is not None and not self.obstacle
        if compared != (self.outcome is not None):
            raise ValueError("a procedure has an outcome exactly when both years are comparable")
        return self

    @property
    def delta(self) -> str:
        """Change in percentage points, half up: «−12,4»."""
        if self.outcome is None or self.before is None or self.after is None:
            return "–"
        exact = Decimal(self.after.low * 100) / self.after.n - Decimal(self.before.low * 100) / self.before.n
        shown = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
        sign = "+" if shown > 0 else "−" if shown < 0 else ""
        return sign + str(abs(shown)).replace(".", ",")

    @property
    def word(self) -> str:
        words = {"better": "улучшение", "same": "без улучшения", "worse": "ухудшение"}
        return words[self.outcome] if self.outcome else self.obstacle


class Context(Paper):
    """`rule_text`, `dynamics_text` are the region's own words about its rules; `rule_word` is what the exit rule answers."""

    kind_word: str = "Лист оценки школы"
    restriction: Lines = ("Не подлежит размещению", "в открытом доступе: содержит", "сведения по отдельным процедурам")
    school: str
    school_code: str
    municipality: str
    school_year: str
    year_before: str
    list_basis: str = ""
    plan_rows: int = Field(ge=0)
    plan_done: int = Field(ge=0)
    curator_word: str
    scores: tuple[Score, ...] = Field(min_length=1)
    opinions: tuple[Opinion, ...] = ()
    results: tuple[Result, ...] = ()
    run: str = ""
    verdict_word: str
    rule_text: str
    rule_word: str
    dynamics: Literal["positive", "negative", "none", "insufficient"]
    dynamics_text: str
    notes: tuple[str, ...] = ()
    proposal: Wish
    departs: bool = False
    motive: str = ""

    @model_validator(mode="after")
    def _departure_has_reasons(self) -> Context:
        if self.departs and not self.motive:
            raise ValueError("a proposal that departs from the rule needs its reasons")
        if self.plan_done > self.plan_rows:
            raise ValueError("plan_done cannot exceed plan_rows")
        return self

    @property
    def proposal_word(self) -> str:
        return WISHES[self.proposal]

    @property
    def dynamics_word(self) -> str:
        return DYNAMICS[self.dynamics]
