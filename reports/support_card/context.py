"""Context of the card of a school's support: where it stands, who is beside it, its years, help, papers — on a day."""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from reports.base import Model, Paper


class Stage(Model):
    """One of the stages: `words` say since when, until when or that it is still to come."""

    title: str
    state: Literal["done", "now", "ahead"]
    words: str


class Beside(Model):
    """A person around the school and who stands in for him."""

    role: str
    name: str
    substitute: str = ""


class Year(Model):
    """A year of support. None: nothing of the kind was kept in the year."""

    school_year: str
    basis: str = ""
    high: int | None = None
    medium: int | None = None
    measures: int | None = None
    done: int | None = None
    visits: int = 0
    help: int = 0
    dynamics: str = ""
    decision: str = ""


class Term(Model):
    """An open term with its norm."""

    name: str
    until: Date
    basis: str
    late: bool = False


class Help(Model):
    """Help given in the years of support, by kind."""

    kind: str
    count: int
    last: Date


class Issued(Model):
    """A paper of the case or of one below it."""

    title: str
    number: str = ""
    day: Date | None = None


class Context(Paper):
    """`why`: where the case stands, in a sentence. `listed`: the act of the newest list and the school's basis in it."""

    kind_word: str = "Карточка сопровождения"
    school_name: str
    school_code: str
    municipality: str = ""
    case_number: str
    opened_on: Date
    track: Literal["listed", "watch"]
    listed: str = ""
    categories: tuple[str, ...] = ()
    year_word: str
    year_number: int
    why: str
    then: str = ""
    stages: tuple[Stage, ...] = ()
    people: tuple[Beside, ...] = ()
    terms: tuple[Term, ...] = ()
    years: tuple[Year, ...] = ()
    help: tuple[Help, ...] = ()
    papers: tuple[Issued, ...] = ()
    papers_more: int = 0
