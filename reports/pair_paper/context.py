"""Context of a paper of a mentor pair. All five say who, to whom and on what; parts hold text, points or a table."""

from __future__ import annotations

from pydantic import Field, model_validator

from reports.base import Lines, Mark, Model, Paper, Point, Table


class Approval(Model):
    """Гриф утверждения: whose decision and, once it is there, the mark of the signature."""

    post: Lines = Field(min_length=1)
    name: str
    mark: Mark | None = None


class Part(Model):
    """A part of the paper; a heading alone is no part."""

    heading: str = ""
    text: str = ""
    points: tuple[Point, ...] = ()
    table: Table | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Part:
        if not (self.text or self.points or self.table):
            raise ValueError("a part needs text, points or a table")
        return self


class Context(Paper):
    """`addressee`: to whom a personal statement is handed in; `approval`: who approves a programme."""

    addressee: Lines = ()
    approval: Approval | None = None
    parts: tuple[Part, ...] = Field(min_length=1)
