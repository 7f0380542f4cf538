"""How schools are accompanied and visited: who may be a curator, check-lists, words of the papers."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from app.regions.criteria import Data


class Donor(Data):
    """When results of a school are steadily high: in each of `years` years less than `share_percent` of all participants did
    not reach the threshold, and no procedure had a low result. Fewer than `participants` in a year tell nothing."""

    years: int = Field(ge=1)
    participants: int = Field(ge=1)
    share_percent: int = Field(ge=1, le=100)
    basis: str


class Block(Data):
    """A block of the visitor's check-list."""

    title: str
    positions: tuple[str, ...] = Field(min_length=1)


class Consent(Data):
    """Words of a candidate's consent; in braces: school, region, year, since, until."""

    title: str
    paragraphs: tuple[str, ...] = Field(min_length=1)


class Mentoring(Data):
    """`stages`: names of terms at which the accompaniment is reviewed. `day_changes`: how often a school may move a visit.

    `papers`: kind of visit → word of its report; `posts`: kind → post of who visits; `help`: kind → kind of help given.
    """

    donor: Donor
    tutor_schools: int = Field(ge=1)
    payment: bool = False
    stages: tuple[str, ...] = Field(min_length=1)
    day_changes: int = Field(ge=0)
    other_municipality_donors: int = Field(ge=0)
    blocks: tuple[Block, ...] = Field(min_length=1)
    checklist_kinds: tuple[str, ...]
    papers: Mapping[str, str]
    reports: Mapping[str, str]
    posts: Mapping[str, str]
    help: Mapping[str, str]
    consents: Mapping[str, Consent]
