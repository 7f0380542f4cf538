"""Regions as data: typed profiles read from the files beside this module.

`common/` holds what no region's act settles (dictionaries, default terms); a region's file is laid over it, tables
merged key by key, lists replaced whole. All files are read and checked when the first profile is asked for.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.errors import NotFound
from app.regions.criteria import Category, Clause, Criterion, Indicator, Procedure, ResultsRule, SocialPassport
from app.regions.model import Approver, DocumentKind, Organisation, Position, Profile, Register, Sheet, Wording

__all__ = [
    "Approver",
    "BadProfile",
    "Category",
    "Clause",
    "Criterion",
    "DocumentKind",
    "Indicator",
    "Organisation",
    "Position",
    "Procedure",
    "Profile",
    "Register",
    "ResultsRule",
    "Sheet",
    "SocialPassport",
    "Wording",
    "by_number",
    "codes",
    "load",
    "pinned",
    "profile",
    "versions",
]
DIRECTORY = Path(__file__).parent


class BadProfile(ValueError):
    """A region's file cannot be used; the message names file, place and reason."""


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: tables are merged, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def load(path: Path, *, common: Path = DIRECTORY / "common") -> Profile:
    """Read and check one profile; raises BadProfile with every mistake found."""
    digest, name = hashlib.sha256(), path.name
    data: dict[str, Any] = {}
    try:
        for file in (*sorted(common.glob("*.toml")), path):
            name, content = file.name, file.read_bytes()
            digest.update(content + b"\n")
            data = merge(data, tomllib.loads(content.decode()))
        return Profile.model_validate({**data, "key": path.stem, "hash": digest.hexdigest()})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProfile(f"{name}: {error}") from error
    except ValidationError as error:
        places = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise BadProfile(f"{name}: " + "; ".join(places)) from error


@cache
def _all() -> Mapping[str, Profile]:
    files = sorted(DIRECTORY.glob("*.toml"))
    profiles = {path.stem: load(path) for path in files}
    owners = {(profile.number, profile.region) for profile in profiles.values()}
    if len({number for number, _ in owners}) != len({region for _, region in owners}) or not owners:
        raise BadProfile("a region's number and code must go together in all its files")
    return profiles


def versions(code: str) -> tuple[Profile, ...]:
    """Every profile of a region, oldest first; NotFound for an unknown code."""
    found = sorted((p for p in _all().values() if p.region == code), key=lambda p: (p.valid_from, p.version))
    if not found:
        raise NotFound(f"Нет профиля региона «{code}».", advice="Известны: " + ", ".join(codes()) + ".")
    return tuple(found)


def profile(code: str) -> Profile:
    """The newest profile of a region by its short code."""
    return versions(code)[-1]


def pinned(key: str) -> Profile:
    """The very profile a case was opened with, by its key; NotFound when the file is gone."""
    try:
        return _all()[key]
    except KeyError:
        raise NotFound(f"Нет профиля «{key}», закреплённого за делом.") from None


def codes() -> tuple[str, ...]:
    """Short codes of all regions, in alphabetical order."""
    return tuple(sorted({profile.region for profile in _all().values()}))


def by_number(number: int) -> Profile:
    """The newest profile of the region with this number (the two digits of a login «edu…»)."""
    for profile_ in reversed(list(_all().values())):
        if profile_.number == number:
            return profile(profile_.region)
    raise NotFound(f"Нет профиля региона с номером {number}.")
