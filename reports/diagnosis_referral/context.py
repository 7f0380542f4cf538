"""Context of a referral: whom the centre sends where, when and to whom; nothing of what diagnosis found."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class Person(Model):
    name: str
    post: str
    what: str = ""


class Context(Paper):
    """`intro` begins the text, `what_title` heads the last column: subject of a diagnosis, school of a trainee."""

    kind_word: str = "Направление"
    intro: str
    what_title: str
    starts: Date
    ends: Date | None = None
    form: str
    place: str
    subject: str
    responsible: str = ""
    people: tuple[Person, ...] = Field(min_length=1)
    notice: str = ""
