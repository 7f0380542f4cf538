"""Context of a school's own paper: the regulation of a mechanism against a risk, the plan of a group's work."""

from __future__ import annotations

from pydantic import Field

from reports.base import Model, Paper


class Step(Model):
    text: str
    who: str
    when: str


class Context(Paper):
    """`work_word`: «Внутришкольный механизм», «Микрогруппа». `reason` is a risk or a deficit, as `reason_word` says."""

    kind_word: str = "Регламент"
    work_word: str
    school_name: str
    reason_word: str
    reason: str
    goal: str
    responsible: str
    members: tuple[str, ...] = ()
    term: str
    period: str
    practice: str = ""
    steps: tuple[Step, ...] = Field(min_length=1)
