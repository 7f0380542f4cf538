"""What the rooms declare about the processes whose facts they own; `app.wiring` joins the declarations.

A handler runs inside the transaction of the move and gets the `Move`; it writes facts and returns values for gateways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from app.db import utcnow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.cases.holders import Holder
    from app.cases.models import Case, Task
    from app.cases.move import Move
    from app.cases.registry import Registry
    from app.cases.system import System
    from app.documents.models import Document
    from app.engine import Card
    from app.people.actor import Actor
    from app.people.models import Organisation
    from app.regions import Profile

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Opening:
    """What a kind says of a case to be opened.

    `scope`: first values for gateways. `once`: key that at most one open case may hold. `data`: facts of the opening.
    """

    title: str
    scope: Values = field(default_factory=dict)
    once: str | None = None
    data: Values = field(default_factory=dict)


OpenKind = Callable[["Session", "System", Any, int, Values], Opening]
"""(session, system, subject organisation, school year, data) → Opening; Refused when the case may not be opened."""

FormWriter = Callable[["Move", "Task", dict[str, Any]], "Values | None"]
"""Writes a form's facts; returns more values for gateways. Refused takes the whole move back."""

OperationFunction = Callable[["Move", "Card"], "Values | None"]
FactFunction = Callable[["Move"], "bool | Values"]
TargetFunction = Callable[["Move", "Card"], "Iterable[tuple[int, dict[str, Any]]]"]
"""Whom children are opened for: (organisation, data of the opening) by the word that the diagram uses."""

ShownFunction = Callable[["Asking", "Values | None"], "str | None"]
"""Fingerprint (SHA-256, hex) of what a signing form shows; None when the answers sign nothing (a return, say)."""

AwaitedFunction = Callable[["Session", "Case"], "Iterable[Case]"]
"""Which other cases will bring what a case waits for; by «<process>.<message>». Children by their kind need no rule."""

AudienceFunction = Callable[["Move"], "Iterable[int]"]
"""Cases to be told of a message that is not for the parent alone."""

RoleFunction = Callable[["Move", "str | None"], "int | Holder | None"]
"""Case role → position id, a role in an organisation, or None when the rule finds nobody. The second argument is the row
of a multi-instance."""

TermFunction = Callable[["Move", "str | None"], "str | None"]
"""A task's own term, «5wd»; None where the drawn one holds. The second argument is the row of a multi-instance."""

AnnexFunction = Callable[["Move", "Document"], "list[dict[str, Any]]"]
"""Annexes of an act of a kind as `reports.order` takes them, from the tables of whoever opened the act; [] for none."""

OpeningFunction = Callable[["Session", "System", "Actor", "Organisation", Values], None]
"""May this person open such a case about this organisation by hand? Refused or NotAllowed says why not."""

ContextFunction = Callable[["Asking"], Values]
"""What a form shows and offers: choices, prefilled values with sources, facts to read."""


@dataclass(frozen=True)
class Question:
    """What is asked before a case is opened by hand: one of `choices` {code: label}; the code goes into `data[name]`."""

    name: str
    title: str
    choices: Mapping[str, str]


QuestionsFunction = Callable[["Session", "System", "Actor", "Organisation"], "Sequence[Question]"]


@dataclass(frozen=True)
class Asking:
    """A look at an open task: who looks and when. Reading only."""

    session: Session
    system: System
    case: Case
    task: Task
    actor: Actor
    now: datetime

    @property
    def profile(self) -> Profile:
        return self.system.profile(self.case.region)

    @property
    def today(self) -> date:
        """The day in the region's time zone."""
        return self.system.calendar(self.case.region).local(self.now)


@dataclass(frozen=True)
class Handlers:
    """Tables of functions by code. An operation with a `gate` property is looked up as `check_gate.<gate>` first.

    `openers`: kind → roles whose holders may open such a case by hand; other kinds are opened by cases only. `by_hand`
    says more exactly who and about whom. `about`: every kind → kinds of organisations that such a case may be about;
    `within`: kind → kind of the open case that it belongs to; `asked`: kind → questions before it begins. `annexes`: kind of
    document → annexes of the act. `terms`: form → the term of its task where people set it. `registries`: kind → columns and
    filters of its list.
    """

    kinds: Mapping[str, OpenKind] = field(default_factory=dict)
    forms: Mapping[str, FormWriter] = field(default_factory=dict)
    contexts: Mapping[str, ContextFunction] = field(default_factory=dict)
    operations: Mapping[str, OperationFunction] = field(default_factory=dict)
    facts: Mapping[str, FactFunction] = field(default_factory=dict)
    roles: Mapping[str, RoleFunction] = field(default_factory=dict)
    targets: Mapping[str, TargetFunction] = field(default_factory=dict)
    signed: Mapping[str, ShownFunction] = field(default_factory=dict)
    audience: Mapping[str, AudienceFunction] = field(default_factory=dict)
    awaited: Mapping[str, AwaitedFunction] = field(default_factory=dict)
    openers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_hand: Mapping[str, OpeningFunction] = field(default_factory=dict)
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, QuestionsFunction] = field(default_factory=dict)
    annexes: Mapping[str, AnnexFunction] = field(default_factory=dict)
    terms: Mapping[str, TermFunction] = field(default_factory=dict)
    registries: Mapping[str, Registry] = field(default_factory=dict)

    @classmethod
    def join(cls, parts: Iterable[Handlers]) -> Handlers:
        """One table from many rooms; a code declared twice is an error of the program."""
        joined: dict[str, dict[str, Any]] = {f.name: {} for f in fields(cls)}
        for part in parts:
            for name, table in joined.items():
                for code, function in getattr(part, name).items():
                    if code in table:
                        raise ValueError(f"{name}: {code} is declared twice")
                    table[code] = function
        return cls(**joined)

    def operation(self, card: Card, process: str) -> OperationFunction:
        """The most exact declaration: `<process>.<operation>`, `<operation>.<gate>`, `<operation>`."""
        name, gate = card.operation or "", card.properties.get("gate")
        for code in (f"{process}.{name}", f"{name}.{gate}" if gate else "", name):
            if code in self.operations:
                return self.operations[code]
        raise LookupError(f"operation {name} {gate or ''} of {process} has no handler")


def moment(session: Session) -> datetime:
    """When the case that is being opened begins: the clock of its unit; outside of one, the machine's."""
    return session.info.get("now") or utcnow()
