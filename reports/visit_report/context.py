"""Context of a visit's report: observations are about lessons, pupils are never named (OR 4.4.1)."""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from pydantic import Field

from reports.base import Model, Paper, Signer

MARKS = ("целеполагание", "активность", "обратная связь", "дисциплина", "дифференциация")


class Lesson(Model):
    """A lesson seen: five marks from 0 to 3 in the order of `MARKS`."""

    subject: str
    topic: str = ""
    grade: str
    marks: tuple[int, ...] = Field(min_length=5, max_length=5)
    conclusion: str = ""

    @property
    def sheet(self) -> str:
        return "; ".join(f"{name} – {mark}" for name, mark in zip(MARKS, self.marks, strict=True))


class Studied(Model):
    name: str
    state: str = ""
    remark: str = ""


class Position(Model):
    """A line of the check-list; without a mark it was not looked at."""

    block: str
    name: str
    mark: int | None = Field(None, ge=0, le=3)
    remark: str = ""


class Advice(Model):
    text: str
    responsible: str = ""
    due: Date | None = None


class Context(Paper):
    """`ack`: what the head of the school said; his signature stands beside the visitor's once it is there. What comes after
    the visitor's signature is no part of its fingerprint."""

    visitor_role: str
    visitor: str
    basis: str = ""
    aim: str
    form: str
    day: Date
    hours: str = ""
    participants: tuple[str, ...] = Field(min_length=1)
    lessons: tuple[Lesson, ...] = ()
    documents: tuple[Studied, ...] = ()
    checklist: tuple[Position, ...] = ()
    talks: str = ""
    found: str
    advice: tuple[Advice, ...] = ()
    next_on: Date | None = None
    files: tuple[str, ...] = ()
    ack: Literal["", "ack", "remarks", "silent"] = ""
    ack_signer: Signer | None = None
    ack_text: str = ""
    answer: str = ""
