"""What a demo region is generated from: sizes and invented places (data files here), names and rule (its profile)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from app import regions
from app.errors import NotFound

Rule = Literal["any", "same_procedure"]
HERE = Path(__file__).parent
LIST_YEAR = 2026  # the newest list: 2026/27, from results of 2025/26 and 2024/25
KINDS = {"ministry": "ministry", "regional_operator": "operator", "pd_center": "centre", "partner": "partner"}


@dataclass(frozen=True)
class Place:
    """An organisation of the region's own level: `key` as in the profile, `kind` as in the tree of organisations."""

    key: str
    kind: str
    code: str
    name: str
    short: str


@dataclass(frozen=True)
class Post:
    """A post of the region's level; `position` is its key in the profile's approval sheets, if it has one there."""

    login: str
    role: str
    org: str
    title: str
    head: bool = False
    position: str = ""


@dataclass(frozen=True)
class RegionParameters:
    """Sizes of one region; `number` is the subject's number in ФИС ОКО logins, `rule` the variant of criterion K2.

    `capital` is its name in the nominative and in the genitive.
    """

    code: str
    name: str
    number: int
    schools: int
    municipalities: int
    urban: int
    capital_share: float
    first_code: int
    state: int
    private: int
    rule: Rule
    passports: bool
    capital: Sequence[str]
    listed_share: float
    organisations: tuple[Place, ...]
    posts: tuple[Post, ...]


def words(text: str) -> list[str]:
    """A list written as a line of words."""
    return text.split()


@cache
def data(file: str) -> Mapping[str, Any]:
    """A data file of this package, parsed once."""
    return tomllib.loads((HERE / file).read_text(encoding="utf-8"))


def region_parameters(code: str, **changed: Any) -> RegionParameters:
    """Parameters of a region by the short code of its profile; `changed` are sizes to take instead of the usual ones.

    Raises NotFound when there is no such profile or no sizes for its number.
    """
    profile = regions.profile(code)
    sizes = next((row for row in data("regions.toml")["region"] if row["number"] == profile.number), None)
    if sizes is None:
        raise NotFound(f"Демонстрационных данных для региона с номером {profile.number} нет.")
    known = {
        "code": code,
        "name": profile.name.short,
        "rule": "same_procedure" if profile.rule(LIST_YEAR).same_procedure else "any",
        "passports": profile.social_passport.required,
        "organisations": tuple(_organisations(profile)),
        "posts": tuple(_posts(profile)),
    }
    return RegionParameters(**{**sizes, **known, **changed})


def _organisations(profile: regions.Profile) -> Iterator[Place]:
    for key, body in profile.organisations.items():
        name = body.name.nominative
        yield Place(key, KINDS[body.role], body.code, name[:1].upper() + name[1:], body.name.short)
    for row in data("posts.toml")["organisation"]:
        if row["key"] not in profile.organisations:
            yield Place(**{**row, "code": row["code"].format(n=profile.number)})


def _posts(profile: regions.Profile) -> Iterator[Post]:
    """Posts of the profile, so that every approval sheet has its signers, then those written here."""
    for key, post in profile.positions.items():
        title = post.title[:1].upper() + post.title[1:]
        login = f"{key.replace('_', '-')}-{profile.number}"
        yield Post(login, post.role, post.organisation, title, post.head, key)
    for row in data("posts.toml")["post"]:
        yield Post(**{**row, "login": row["login"].format(n=profile.number)})
