"""Context of an individual route: goal, gaps, steps with the tutor's marks, entry and exit, consent, two signatures."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class Gap(Model):
    kind: str
    level: str
    percent: str
    note: str = ""


class Step(Model):
    """`result`: what the teacher shows or has shown; `mark`: the tutor's, with its day."""

    gap: str
    text: str
    form: str
    hours: int | None = Field(None, ge=1)
    due: Date
    result: str = ""
    mark: str = ""


class Change(Model):
    """Entry and exit of a kind in percent, the change in percentage points as printed: «+28», «−4», «0»."""

    kind: str
    entry: str
    exit: str
    change: str


class Context(Paper):
    kind_word: str = "Индивидуальный образовательный маршрут"
    person: str
    school: str
    post: str
    goal: str
    starts: Date | None = None
    ends: Date
    tutor: str
    diagnosed: Date | None = None
    gaps: tuple[Gap, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    uncovered: str = ""
    dynamics: tuple[Change, ...] = ()
    exit_day: Date | None = None
    reflection: str = ""
    conclusion: str = ""
    agreed: bool = False
    shows_head: bool = False

    @property
    def hours(self) -> int:
        return sum(step.hours or 0 for step in self.steps)
