"""What a demo region is generated from: its sizes and places (data files here), its names (the region's profile)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from app.errors import NotFound

Rule = Literal["any", "same_procedure"]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """An organisation of the region's own level: `key` as in the profile, `kind` as in the tree of organisations."""

    key: str
    kind: str
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


def _rows(kind: str, number: int) -> Iterator[dict[str, Any]]:
    for row in data("posts.toml")[kind]:
        if row.get("only", number) == number:
            yield {key: value for key, value in row.items() if key != "only"}


def region_parameters(number: int, **changed: Any) -> RegionParameters:
    """Parameters of the region with this subject number; `changed` are fields that the profile knows better.

    Raises NotFound when the demo knows no region of that number.
    """
    for row in data("regions.toml")["region"]:
        if row["number"] == number:
            known = {"code": f"region-{number}", "name": f"Регион {number}", **row}
            known["organisations"] = tuple(Place(**place) for place in _rows("organisation", number))
            posts = _rows("post", number)
            known["posts"] = tuple(Post(**{**post, "login": post["login"].format(n=number)}) for post in posts)
            return RegionParameters(**{**known, **changed})
    raise NotFound(f"Демонстрационных данных для региона с номером {number} нет.")
