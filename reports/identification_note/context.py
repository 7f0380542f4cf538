"""Context of the note. Shares are computed from the numerators and denominators given here, never passed."""

from __future__ import annotations

import json
from datetime import date as Date

from pydantic import Field, model_validator

from reports.attachments import Attachment
from reports.base import Lines, Model, Paper


class Source(Model):
    """A source of data and the day of its export; `absent` says why it was not used."""

    name: str
    exported_at: Date | None = None
    absent: str = ""


class Run(Model):
    number: str
    date: Date
    rule_version: str


class Counts(Model):
    """Organisations by outcome of the run. Everything adds up, or the note is refused."""

    schools: int = Field(ge=0)
    not_applicable: int = Field(0, ge=0)
    no_data: int = Field(0, ge=0)
    checked: int = Field(ge=0)
    listed: int = Field(ge=0)
    kept: int = Field(ge=0)
    new: int = Field(ge=0)
    left: int = Field(0, ge=0)
    watch: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Counts:
        if self.schools != self.not_applicable + self.no_data + self.checked:
            raise ValueError("schools must equal not_applicable + no_data + checked")
        if self.listed != self.kept + self.new:
            raise ValueError("listed must equal kept + new")
        return self


class Criterion(Model):
    """A criterion of the rule and how many organisations meet it."""

    name: str
    schools: int = Field(ge=0)


class Procedure(Model):
    name: str
    schools: int = Field(ge=0)
    participants: int = Field(ge=0)
    low_schools: int = Field(ge=0)
    held: bool = True


class LowResult(Model):
    school_code: str
    school_name: str
    procedure: str
    n: int = Field(ge=1)
    low: int = Field(ge=0)
    expert_note: str = ""

    @model_validator(mode="after")
    def _part_of_whole(self) -> LowResult:
        if self.low > self.n:
            raise ValueError("low cannot exceed n")
        return self


class Objection(Model):
    school_code: str
    procedure: str
    claim: str
    decision: str
    date: Date


class YearTotal(Model):
    """`left` and `kept` are None for the first year on record."""

    year: str
    total: int = Field(ge=0)
    kept: int | None = Field(None, ge=0)
    new: int = Field(ge=0)
    left: int | None = Field(None, ge=0)
    draft: bool = False


class Difference(Model):
    """An organisation that was not in last year's list, or is no longer in it."""

    municipality: str
    school_code: str
    school_name: str
    basis: str = ""


class Context(Paper):
    """`rule_text`, `basis`, `objections_text`, `small_text` are the region's words about its own rule."""

    kind_word: str = "Информационно-аналитическая справка"
    restriction: Lines = (
        "Не подлежит размещению",
        "в открытом доступе: содержит",
        "сведения по отдельным процедурам",
    )
    school_year: str
    result_year: str
    basis: str
    sources: tuple[Source, ...] = Field(min_length=1)
    run: Run
    rule_text: str
    counts: Counts
    criteria: tuple[Criterion, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    low_results: tuple[LowResult, ...] = ()
    low_note: str = ""
    small_limit: int = 10
    small_text: str = ""
    small_samples: tuple[LowResult, ...] = ()
    objections_text: str = ""
    objections: tuple[Objection, ...] = ()
    included: tuple[Difference, ...] = ()
    excluded: tuple[Difference, ...] = ()
    dynamics: tuple[YearTotal, ...] = ()
    proposals: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _lists_agree_with_counts(self) -> Context:
        for rows, total, name in ((self.included, self.counts.new, "new"), (self.excluded, self.counts.left, "left")):
            if rows and len(rows) != total:
                raise ValueError(f"{len(rows)} organisations are named, counts.{name} is {total}")
        return self


def attachments(context: Context) -> list[Attachment]:
    """The figures of the note for machines, without results of single organisations."""
    facts = context.model_dump(
        mode="json", include={"school_year", "run", "counts", "criteria", "procedures", "dynamics"}
    )
    data = json.dumps(facts, ensure_ascii=False, indent=1).encode()
    return [Attachment("figures.json", data, "Показатели справки, JSON")]
