"""Context of a candidate's consent to accompany a school. What he adds while signing is printed below his signature."""

from __future__ import annotations

from pydantic import Field

from reports.base import Lines, Paper


class Context(Paper):
    """`addressee`: to whom the consent is given; `added`: conditions and permissions named at signing."""

    addressee: Lines = ()
    person: str
    post: str
    paragraphs: Lines = Field(min_length=1)
    conditions: str = ""
    payment: str = ""
    contacts: bool | None = None
