"""Context of the report about an executed assignment with the acceptor's decision."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper
from reports.stage_opinion.context import SCORES


class Moved(Model):
    """A decision about the term."""

    on: Date
    granted: bool
    due_on: Date | None = None
    reason: str


class Proof(Model):
    name: str
    accepted: bool = True


class Context(Paper):
    """`plan`: «строка 4 программы …» or the basis of the assignment."""

    kind_word: str = "Отчёт об исполнении"
    text: str
    plan: str
    school: str = ""
    executor: str
    due_on: Date
    first_due: Date
    done_on: Date
    result: str
    done_text: str
    people: int | None = None
    value: str = ""
    reason: str = ""
    moves: tuple[Moved, ...] = ()
    proofs: tuple[Proof, ...] = ()
    quality: int = Field(ge=0, le=3)
    conclusion: str = ""
    acceptor: str

    @property
    def score(self) -> str:
        return f"{self.quality} – {SCORES[self.quality]}"
