"""A document by its full name: the kind, then what it is about."""

from __future__ import annotations

from app.documents import issuing
from app.regions import Profile

GOES_ON = frozenset({"о", "об", "обо", "по", "на", "для"})
"""Words that a title goes on with from the name of its kind: «Об утверждении…», «На обучение…»."""


def full(profile: Profile, kind: str, title: str, issuer: str = "") -> str:
    """The name of a document of the profile's region; a kind that the region no longer has says nothing.

    `issuer`: the kind of the organisation that issued it, see `issuing.as_issued`.
    """
    known = kind in profile.document_kinds
    return named(issuing.as_issued(profile, kind, issuer).printed, title) if known else title


def named(printed: str, title: str) -> str:
    """«Приказ об утверждении…», «Лист оценки школы: СОШ № 10»; a title that names its kind itself stays as it is."""
    first, _, rest = title.partition(" ")
    goes_on = first.lower() in GOES_ON
    if _says(printed, title) or (": " in title and not goes_on):
        return title
    if goes_on:
        return f"{_before(printed, f'{first.lower()} {rest}')} {first.lower()} {rest}"
    return f"{printed} {title}" if title[:1].islower() else f"{printed}: {title}"


def _says(printed: str, title: str) -> bool:
    """Whether one of the first two words of the title is the kind's own, in any case: «Дорожная карта», «О квоте»."""
    stem = _plain(printed).partition(" ")[0][:-1]
    return any(word.startswith(stem) for word in _plain(title).split()[:2])


def _before(printed: str, title: str) -> str:
    """«Отчёт» of «Отчёт о сопровождении» before «о сопровождении СОШ № 10»: the same is not said twice."""
    same = " ".join(title.split()[:2])
    at = _plain(printed).find(f" {_plain(same)}")
    return printed[:at] if at > 0 else printed


def _plain(text: str) -> str:
    return text.lower().replace("ё", "е")
