"""Context of a municipal programme: its passport, targets, measures, and the road maps of its schools."""

from __future__ import annotations

from pydantic import Field

from reports.base import Model, Paper


class Target(Model):
    name: str
    base: str
    target: str


class Measure(Model):
    """`school` names one school, or says that the measure is for all of them; `money` with its source."""

    kind: str
    text: str
    school: str
    term: str
    who: str
    money: str
    expected: str
    evidence: str = ""
    state: str = ""


class SchoolPlan(Model):
    """The road map of a school in figures; `rows` is 0 while there is none."""

    school: str
    rows: int = Field(ge=0)
    done: int = Field(ge=0)
    until: str = ""


class Context(Paper):
    """`approval`: «приказом от 01.10.2026 № 101-12», empty for a draft. `recommended`: the operator's word, null: none."""

    kind_word: str = "Муниципальная программа"
    approval: str = ""
    recommended: bool | None = None
    term: str
    goal: str
    tasks: tuple[str, ...] = Field(min_length=1)
    risks: tuple[str, ...] = ()
    targets: tuple[Target, ...] = Field(min_length=1)
    measures: tuple[Measure, ...] = Field(min_length=1)
    schools: tuple[SchoolPlan, ...] = Field(min_length=1)
    total: str

    @property
    def word(self) -> str:
        """What the operator said, as it is printed."""
        if self.recommended is None:
            return "не дана в срок, программа утверждена без рекомендации"
        return "рекомендована к утверждению" if self.recommended else "возвращена с замечаниями"
