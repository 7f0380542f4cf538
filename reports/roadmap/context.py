"""Context of a school's programme: who approved and agreed, its passport, its measures by risk."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Mark, Model, Paper


class Stamp(Model):
    """A requisite over the title: «Утверждаю» or «Согласовано», the post, the name, the mark once it is there."""

    word: str
    post: str
    name: str
    mark: Mark | None = None


class Task(Model):
    """A risk taken into work with the school's aim."""

    risk: str
    severity: str = ""
    text: str


class Indicator(Model):
    number: int
    risk: str
    name: str
    unit: str
    base: str
    target: str
    measured: str = ""


class Row(Model):
    """A measure; `number` is its own for good, so numbers may have gaps after an edition that left rows out."""

    number: int
    risk: str
    text: str
    direction: str
    starts_on: Date
    due_on: Date
    responsible: str
    audience: str = ""
    expected: str
    indicator: str
    base: str
    target: str
    evidence: str
    partner: str = ""


class Context(Paper):
    """`kind_word` names the kind («Дорожная карта»), `subject` continues it («улучшения … МБОУ …»), `years` the term."""

    kind_word: str = "Дорожная карта"
    subject: str
    years: str
    school: str
    school_code: str = ""
    municipality: str = ""
    basis: str = ""
    risks: tuple[str, ...] = ()
    considered: str = ""
    dissent: str = ""
    goal: str
    term: tuple[Date, Date]
    head: str = ""
    team: tuple[str, ...] = ()
    stages: str = ""
    stamps: tuple[Stamp, ...] = ()
    tasks: tuple[Task, ...] = ()
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    rows_word: str = "Направление"
    rows: tuple[Row, ...] = Field(min_length=1)
