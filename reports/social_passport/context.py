"""Context of a social passport: groups of figures with last year's beside them. Numbers of people, never names."""

from __future__ import annotations

from pydantic import Field

from reports.base import Model, Paper


class Figure(Model):
    """A line of the passport: values are printed as they are given; `share` is that of the whole, computed."""

    name: str
    value: str
    previous: str = ""
    part: int | None = Field(None, ge=0)
    whole: int | None = Field(None, ge=0)
    note: str = ""


class Group(Model):
    name: str
    figures: tuple[Figure, ...] = Field(min_length=1)


class Sign(Model):
    """A sign of difficult conditions computed from the figures by the region's rule."""

    name: str
    present: bool
    reason: str = ""


class Context(Paper):
    """`index` with `index_version` is printed only when the region computes one."""

    kind_word: str = "Социальный паспорт"
    school_code: str
    school_name: str
    municipality: str
    school_year: str
    groups: tuple[Group, ...] = Field(min_length=1)
    signs: tuple[Sign, ...] = ()
    index: str = ""
    index_version: str = ""
    explanation: str = ""
