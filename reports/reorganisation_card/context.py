"""Context of the card of a reorganisation: schools, successor, the founder's act, changes, open cases one by one."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class School(Model):
    """A school as the registry has it on the day of the card."""

    name: str
    code: str
    place: str = ""


class Change(Model):
    """A line of the registry; an empty `before` or `after` is printed as a dash."""

    what: str
    before: str = ""
    after: str = ""


class CaseFate(Model):
    """An open case: `fate` in words, `terms` and `curator` only where something is decided about them."""

    title: str
    fate: str
    reason: str
    curator: str = ""
    terms: str = ""


class Context(Paper):
    """`kind`: «присоединение», as printed; `successor` is absent where nobody takes the school's place."""

    kind_word: str = "Карточка реорганизации"
    kind: str
    day: Date
    act: str
    schools: tuple[School, ...] = Field(min_length=1)
    successor: School | None = None
    changes: tuple[Change, ...] = ()
    note: str = ""
    results: str = ""
    cases: tuple[CaseFate, ...] = ()
    ceases: bool = False
