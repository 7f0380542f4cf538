"""What a region settles about programmes of municipalities, work inside schools, requests and recommendations."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from app.regions.criteria import Data


class Programmes(Data):
    """`similar_percent`: from this share of equal measures on, the operator is told of a neighbour's programme."""

    similar_percent: int = Field(ge=1, le=100)
    basis: str


class SchoolWorkRules(Data):
    """`silence_days` without a meeting ask whether to go on; `groups_at_once`: more of them for one teacher are told."""

    silence_days: int = Field(ge=1)
    groups_at_once: int = Field(ge=1)
    periods: Mapping[str, int]


class Requests(Data):
    """Who answers first, by kind: roles in the order in which they are looked for around the one who asks.

    Days to take and to answer are working days for requests of the system's own people, calendar days for the public.
    """

    routing: Mapping[str, tuple[str, ...]]
    offices: tuple[str, ...]
    rated: tuple[str, ...]
    take_days: int = Field(ge=1)
    reply_days: int = Field(ge=1)
    public_take_days: int = Field(ge=1)
    public_reply_days: int = Field(ge=1)
    forwards: int = Field(ge=1)
    public_basis: str


class Recommendations(Data):
    """`similar_percent`: recommendations as equal as that to those of another addressee are told to their signer."""

    similar_percent: int = Field(ge=1, le=100)
    rows: int = Field(ge=1)


class Municipal(Data):
    programmes: Programmes
    school_work: SchoolWorkRules
    requests: Requests
    recommendations: Recommendations
