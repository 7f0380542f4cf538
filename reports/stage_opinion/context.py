"""Context of the curator's conclusion about a stage: what the school reported, what was confirmed, how it is assessed."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper

SCORES = {0: "нет результата", 1: "формально", 2: "достаточно", 3: "результативно"}


class Assessed(Model):
    """A row: the school's words, whether they are confirmed, the score 0–3."""

    number: int
    measure: str
    reported: str
    confirmed: bool
    quality: int = Field(ge=0, le=3)
    note: str = ""

    @property
    def score(self) -> str:
        return f"{self.quality} – {SCORES[self.quality]}"


class Context(Paper):
    """`programme`: «дорожная карта от 12.12.2026, редакция 2»; `doc.title` names the stage and the school."""

    kind_word: str = "Заключение"
    programme: str
    school: str
    stage: str
    ends_on: Date
    share: str = ""
    difficulties: str = ""
    rows: tuple[Assessed, ...] = ()
    conclusion: str

    @property
    def summary(self) -> dict[str, int]:
        good = [row for row in self.rows if row.confirmed]
        return {"rows": len(self.rows), "confirmed": len(good), "effective": sum(r.quality >= 2 for r in good)}
