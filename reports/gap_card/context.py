"""Context of a teacher's card of diagnosis: given to the teacher; the tutor and the centre read it too."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class Result(Model):
    """A kind of gap: `percent` as printed, `level` in words, `gap`: whether it counts as one."""

    kind: str
    percent: str
    level: str
    gap: bool
    note: str = ""


class Part(Model):
    """Results of one day in one subject."""

    subject: str
    day: Date
    results: tuple[Result, ...] = Field(min_length=1)


class Context(Paper):
    """`scale`: how levels follow from percents, in words."""

    kind_word: str = "Карта диагностики профессиональных дефицитов"
    person: str
    post: str
    school: str
    instrument: str
    parts: tuple[Part, ...] = Field(min_length=1)
    scale: str
    proposal: str = ""

    @property
    def gaps(self) -> tuple[str, ...]:
        """Kinds that count as gaps, each once."""
        return tuple(dict.fromkeys(row.kind.lower() for part in self.parts for row in part.results if row.gap))
