"""Context of the yearly report of a curator or tutor: visits and contacts from the case, conclusions in his own words."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class VisitLine(Model):
    day: Date
    aim: str
    form: str
    advice: int = Field(ge=0)
    done: int = Field(ge=0)


class ContactLine(Model):
    day: Date
    form: str
    whom: str
    about: str
    minutes: int | None = None


class Context(Paper):
    """`planned`: visits that were to take place, `visits` those that did. `done` of a line: recommendations fulfilled."""

    role: str
    person: str
    basis: str = ""
    school: str
    municipality: str = ""
    term: str
    planned: int = Field(ge=0)
    visits: tuple[VisitLine, ...] = ()
    contacts: tuple[ContactLine, ...] = ()
    rating: int | None = Field(None, ge=1, le=5)
    done: str
    changes: str
    advice: str
