"""Russian names inside sentences: «за Заварзину Т. П.» needs the accusative of a family name."""

from __future__ import annotations

import re

UNCHANGED = ("о", "е", "э", "и", "ы", "у", "ю", "ых", "их")
ADJECTIVE = ("ский", "цкий", "ной", "ный", "ской", "цкой", "той", "стый", "вой", "хий", "гий", "кий", "лой", "лый")


def is_woman(given_name: str, patronymic: str) -> bool:
    """By the patronymic; by the ending of the given name when there is none."""
    if patronymic:
        return patronymic.lower().endswith(("на", "кызы", "гызы"))
    return given_name.lower().endswith(("а", "я"))


def accusative(family_name: str, *, woman: bool) -> str:
    """«Заварзина» → «Заварзину», «Носков» → «Носкова», «Сухомлинский» → «Сухомлинского»; parts of a double name each."""
    return "-".join(_one(part, woman) for part in family_name.split("-"))


def _one(name: str, woman: bool) -> str:
    low = name.lower()
    if low.endswith(UNCHANGED) or len(name) < 3:
        return name
    if low.endswith("ая"):
        return name[:-2] + "ую"
    if low.endswith("а"):
        return name[:-1] + "у"
    if low.endswith("я"):
        return name[:-1] + "ю"
    if woman:
        return name
    if low.endswith(ADJECTIVE):
        return name[:-2] + "ого"
    return name[:-1] + "я" if low.endswith(("й", "ь")) else name + "а"


GENITIVE = {
    "приказ": "приказа",
    "распоряжение": "распоряжения",
    "постановление": "постановления",
    "решение": "решения",
    "доверенность": "доверенности",
    "указ": "указа",
    "поручение": "поручения",
    "протокол": "протокола",
    "заявление": "заявления",
    "письмо": "письма",
}


def basis_genitive(basis: str) -> str:
    """«приказ от 01.09.2026 № 5» → «приказа от 01.09.2026 № 5»: what stands after «на основании»."""
    first, space, rest = basis.strip().partition(" ")
    return GENITIVE.get(first.lower(), first if first.isupper() else first.lower()) + space + rest


def listed(family: str, given: str, patronymic: str) -> str:
    """«Кречетова Н. В.», as in lists and texts."""
    return " ".join([family, *initials(given, patronymic)])


def initials(given: str, patronymic: str) -> list[str]:
    return [f"{part[0]}." for part in (given, patronymic) if part]


def in_order(name: str) -> list[tuple[int, str]]:
    """The key of a list by names: «СОШ № 2» stands before «СОШ № 10»."""
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", name) if part]


def within(title: str) -> str:
    """A post inside a sentence: «Директор» → «директор»; an abbreviation keeps its capitals."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title
