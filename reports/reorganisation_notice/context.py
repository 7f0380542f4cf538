"""Context of the notice: what was entered into the registry, what became of the cases, what the reader is to do."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Lines, Model, Paper
from reports.reorganisation_card.context import Change, School


class Moved(Model):
    """A case as it stands after the reorganisation."""

    title: str
    outcome: str


class Context(Paper):
    """`card`: the signed card, «карточка реорганизации от … № …»; `readers`: to whom, line by line."""

    kind_word: str = "Уведомление"
    readers: Lines = ()
    kind: str
    day: Date
    act: str
    card: str
    schools: tuple[School, ...] = Field(min_length=1)
    successor: School | None = None
    changes: tuple[Change, ...] = ()
    moved: tuple[Moved, ...] = ()
    pending: tuple[str, ...] = ()
    past: bool = False
