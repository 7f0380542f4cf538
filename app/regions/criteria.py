"""How a region recognises a school that needs support: rules over results and over conditions, as data.

A rule is never changed in place: another legal basis or another number is another version, and a list once signed
keeps the version it was computed by.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Data(BaseModel):
    """Frozen, strict about unknown keys: a typing error in a region's file stops the start."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Clause(Data):
    """A place in an act: `ref` as it is cited, `text` as it reads."""

    ref: str
    text: str = ""


class Procedure(Data):
    """An assessment procedure and the coarser or finer names it may be counted under.

    `pooled_as` is the code used when grades are counted together; `levels` maps a level of the examination to the code
    used when levels are counted apart.
    """

    code: str
    exam: Literal["vpr", "oge", "ege"]
    subject: str
    grade: int | None = None
    title: str
    short: str
    genitive: str
    pooled_as: str | None = None
    levels: Mapping[str, str] = Field(default_factory=dict)


class Criterion(Data):
    """`procedures` or more low results in each of the `years` school years before the list's own.

    `label` is the code in Russian letters, `paragraph` the ordinal under which an annex cites it («второй»).
    """

    code: str
    label: str
    title: str
    paragraph: str = ""
    clause: Clause
    years: int = Field(ge=1, le=5)
    procedures: int = Field(ge=1)


class ResultsRule(Data):
    """The rule over results of assessment procedures.

    `waves` are groups in the order of preference: the first group that has data is summed, the rest is left out.
    `same_procedure` asks criteria that look at several years for one and the same procedure in each of them.
    """

    kind: Literal["results"] = "results"
    code: str
    version: int = Field(ge=1)
    title: str
    legal_basis: str
    valid_from: date
    valid_to: date | None = None
    low_result: Clause
    listing: Clause
    first_attempt: Clause
    share_percent: int = Field(ge=1, le=100)
    operator: Literal["gte", "gt"]
    procedures: tuple[str, ...] = Field(min_length=1)
    granularity: Literal["by_grade", "pooled"] = "by_grade"
    ege_math: Literal["pooled", "split"] = "pooled"
    same_procedure: bool = False
    combine: Literal["any", "all"] = "any"
    min_participants: int = Field(default=1, ge=1)
    small_sample_below: int = Field(default=10, ge=0)
    waves: tuple[tuple[str, ...], ...] = (("early", "main"), ("autumn",), ("reserve",))
    excluded_categories: tuple[str, ...] = ()
    pool_predecessors: bool = False
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @property
    def key(self) -> str:
        """Name of this version in runs and documents."""
        return f"{self.code}.{self.version}"

    @property
    def years(self) -> int:
        """How many school years before the list's own the rule looks at."""
        return max(criterion.years for criterion in self.criteria)

    def override(self, **changes: Any) -> Self:
        """The same rule with other parameters, checked anew; for trial calculations and options of a run."""
        return type(self).model_validate({**self.model_dump(), **changes})

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        codes = [criterion.code for criterion in self.criteria]
        if len(set(codes)) != len(codes):
            raise ValueError("two criteria share one code")
        return self


class Indicator(Data):
    """A share of the social passport, brought to 0…100 points.

    `numerator` are fields that are summed, `denominator` a field; without it the value itself is taken. `floor` is the
    value that gives no points, `ceiling` the one that gives all (percent of the denominator, or the field's own unit);
    `ceiling < floor` reads the other way round: the less, the harder. `weight` counts inside the group.
    """

    code: str
    title: str
    numerator: tuple[str, ...] = Field(min_length=1)
    denominator: str | None = None
    floor: int = 0
    ceiling: int
    weight: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _scale_has_length(self) -> Self:
        if self.floor == self.ceiling:
            raise ValueError(f"{self.code}: floor and ceiling are equal")
        return self


class SignGroup(Data):
    """A sign of hard conditions: its indicators, its weight in the index, the points from which the sign is seen."""

    code: str
    title: str
    weight: int = Field(ge=1)
    sign_from: int = Field(ge=1, le=100)
    indicators: tuple[Indicator, ...] = Field(min_length=1)


class PassportField(Data):
    """A value of the social passport. `subset_of` names the total it may not exceed; `labels` give points to choices."""

    code: str
    title: str
    type: Literal["count", "number", "percent", "flag", "choice", "choices"]
    subset_of: str | None = None
    sum_group: str | None = None
    points: Mapping[str, int] = Field(default_factory=dict)


class SocialPassport(Data):
    """Yearly context form of a school and the index computed from it.

    A school works in hard conditions when the index is `hard_from` or more, or `signs_from` or more signs are seen.
    """

    required: bool
    scope: Literal["all", "listed"] = "listed"
    version: int = Field(ge=1)
    legal_basis: str
    due: str
    hard_from: int = Field(ge=1, le=100)
    signs_from: int = Field(ge=1)
    change_to_explain_percent: int = 20
    hide_below: int = 5
    clause: Clause
    fields: tuple[PassportField, ...]
    groups: tuple[SignGroup, ...]

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        known = {field.code for field in self.fields}
        used = {field.subset_of for field in self.fields if field.subset_of}
        for group in self.groups:
            for indicator in group.indicators:
                used |= {*indicator.numerator, indicator.denominator or indicator.numerator[0]}
        if used - known:
            raise ValueError(f"no such fields of the social passport: {sorted(used - known)}")
        return self


class Category(Data):
    """A notion of the region's act a school may fall under besides the list."""

    code: str
    title: str
    clause: Clause
