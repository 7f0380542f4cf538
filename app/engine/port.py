"""What the application sees of the engine, and what the engine asks of the application.

Nothing here knows how a diagram is run; nothing outside this package knows how it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.errors import BadInput, Refused

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """What the application needs of a node of the diagram, in its own words.

    `role` is a role code, with `.head` for the head of that organisation and `|` between roles that share a task
    (`municipal_authority.head|school_head`). `due` is a term as drawn (`5wd`, `to 30.09`, `valid_to-60d`); `basis` its
    legal basis. `properties` are all extension properties as drawn, `basis` and `due` among them.
    """

    form: str | None = None
    role: str | None = None
    due: str | None = None
    basis: str | None = None
    operation: str | None = None
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def sets(self) -> tuple[str, ...]:
        """Names the node says it writes into the scope (property `sets`)."""
        return tuple(n.strip() for n in self.properties.get("sets", "").split(",") if n.strip())


@dataclass(frozen=True, slots=True)
class Node:
    """A node as drawn: `kind` is the BPMN element (`userTask`, `callActivity`…), `process` where it is drawn."""

    key: str
    name: str
    kind: str
    process: str
    card: Card


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that waits for a person. `id` lives as long as the task; `item` is the row number of a task for many."""

    id: str
    key: str
    name: str
    card: Card
    item: str | None
    process: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait for a message. One event gateway has one id: its `Wait` and its `Timer` share it, the `key` differs."""

    id: str
    key: str
    name: str
    message: str
    card: Card
    process: str


@dataclass(frozen=True, slots=True)
class Timer:
    """A waiting timer; `due` is aware, UTC."""

    id: str
    key: str
    name: str
    due: datetime
    card: Card
    process: str


class Host(Protocol):
    """The application, as the engine meets it while a case moves. What it raises reaches the caller unchanged."""

    now: datetime

    def operation(self, card: Card, scope: Scope) -> Mapping[str, Any] | None:
        """Do what a service task names. Returns the values it sets, each named in the task's `sets`."""

    def fact(self, message: str, scope: Scope) -> bool | Mapping[str, Any]:
        """Is what this wait waits for already true? A mapping means «true, and these values go into the scope»."""

    def sent(self, message: str, values: Mapping[str, Any]) -> None:
        """A message left the case (throw or end event) with the values drawn at the event."""

    def term(self, text: str, scope: Scope) -> datetime:
        """The aware moment a term means, e.g. `5wd`, `to 31.08`, `valid_to-60d`."""

    def passed(self, key: str, name: str) -> None:
        """A node of the diagram was finished: one line of history."""


class DiagramFault(Refused):
    """The running diagram did what no published diagram may do; the move is void and the stored state stands."""

    code = "diagram_fault"


class StateDoesNotFit(Refused):
    """A stored state names nodes this version of the diagram does not have; the case stays on its own version."""

    code = "state_does_not_fit"


class UnsafeExpression(BadInput):
    """A text of the diagram is not in the safe language."""

    code = "unsafe_expression"


class BadDiagram(BadInput):
    """Files that cannot be read as diagrams of the dialect; `items` are the problems found, if any were counted."""

    code = "bad_diagram"


def plain(value: Any, where: str = "") -> Any:
    """`value` if it is made of JSON primitives only, else TypeError: state must come back exactly as it was stored."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int and -(2**63) <= value < 2**63:
        return value
    if kind is float and math.isfinite(value):
        return value
    if kind in (list, tuple):
        return [plain(v, where) for v in value]
    if isinstance(value, Mapping) and all(type(k) is str for k in value):
        return {k: plain(v, where or k) for k, v in value.items()}
    raise TypeError(f"only JSON primitives may enter the scope of a case: {where} = {value!r}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark of the linter, in Russian words. A `warning` does not stop publication."""

    file: str
    element: str
    name: str
    text: str
    advice: str
    warning: bool = False

    def __str__(self) -> str:
        where = f"{self.file}: {self.element}" if self.element else self.file
        title = f" «{self.name}»" if self.name else ""
        return f"{where}{title} – {self.text}. {self.advice}".strip()
