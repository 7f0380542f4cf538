"""Context of a request for resources: the needs, the grounds, the answer once there is one."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Lines, Model, Paper, Signer


class Need(Model):
    kind: str
    what: str
    quantity: str
    unit: str
    price: float | None = None
    urgency: str
    risk: str
    row: str = ""


class Answer(Model):
    """`decision` in words; `terms`: whose resource, by which programme, what is answered elsewhere, in lines."""

    decision: str
    reason: str = ""
    terms: Lines = ()
    decided_on: Date
    signers: tuple[Signer, ...] = ()


class Terms(Model):
    """How it is provided for: source of money, amount, day of delivery, in lines."""

    lines: Lines = Field(min_length=1)
    settled_on: Date
    signers: tuple[Signer, ...] = ()


class Origin(Model):
    """The signed request of which this one is a part."""

    day: Date
    case_code: str
    code: str
    signers: tuple[Signer, ...]


class Context(Paper):
    kind_word: str = "Заявка"
    addressee: Lines = ()
    school: str
    needs: tuple[Need, ...] = Field(min_length=1)
    grounds: str
    origin: Origin | None = None
    answer: Answer | None = None
    terms: Terms | None = None

    @property
    def total(self) -> float:
        return sum(need.price or 0 for need in self.needs)

    @property
    def priced(self) -> bool:
        return any(need.price for need in self.needs)
