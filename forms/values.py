"""How answers travel: JSON values ↔ the flat names of a sent form, and texts people type ↔ values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_MOMENT = re.compile(r"(.+?)(?:,\s*|\s+|T)(\d{1,2})[:.](\d{2})(?::\d{2})?")
_SPACES = re.compile(r"\s")
YES, NO = ("yes", "y", "да", "true", "1", "on"), ("no", "n", "нет", "false", "0")


class FormData:
    """A sent form: name → texts. Enough of a multi-dict for WTForms."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, text in pairs:
            self.add(name, text)

    def add(self, name: str, text: str) -> None:
        self._values.setdefault(name, []).append(text)

    def set(self, name: str, text: str) -> None:
        self._values[name] = [text]

    def getlist(self, name: str) -> list[str]:
        return list(self._values.get(name, ()))

    def get(self, name: str, default: str = "") -> str:
        return next(iter(self.getlist(name)), default)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)


def as_formdata(values: Any) -> FormData:
    """A copy of a sent form, or JSON answers laid out as if a person had sent them."""
    if hasattr(values, "getlist"):
        return FormData((name, text) for name in values for text in values.getlist(name))
    return FormData(_flat("", values))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}-{key}" if name else str(key), inner)
    elif isinstance(value, list | tuple):
        for k, inner in enumerate(value):
            yield from _flat(f"{name}-{k}", inner) if isinstance(inner, Mapping) else _flat(name, inner)
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif value is not None:
        yield name, str(value)


def read_integer(text: str) -> int:
    """`14 208` → 14208; ValueError with what to do."""
    plain = _SPACES.sub("", text)
    if not re.fullmatch(r"[-−]?\d{1,12}", plain, re.ASCII):
        raise ValueError("Впишите целое число, например 25")
    return int(plain.replace("−", "-"))


def read_number(text: str) -> float:
    """`30,5` or `30.5` → 30.5."""
    plain = _SPACES.sub("", text).replace("−", "-").removesuffix("%").replace(",", ".")
    if not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", plain, re.ASCII):
        raise ValueError("Впишите число, например 30,5")
    return float(plain)


def show_number(value: float) -> str:
    """30.5 → `30,5`; a whole value without a fraction."""
    return (f"{value:.6f}".rstrip("0").rstrip(".") or "0").replace(".", ",")


def read_date(text: str) -> date:
    """`20.11.2026` (or ISO, as sent by programs) → date; a day that does not exist is named."""
    plain = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
        year, month, day = map(int, plain.split("-"))
    elif match := _DATE.fullmatch(plain):
        day, month, year = map(int, match.groups())
    else:
        raise ValueError("Впишите дату так: 20.11.2026")
    try:
        return date(year, month, day)
    except ValueError:
        named = 1 <= month <= 12
        what = f"{day} {_MONTHS[month - 1]} {year} года" if named else f"Месяца {month}"
        raise ValueError(f"{what} не бывает. Проверьте дату") from None


def read_moment(text: str) -> datetime:
    """`20.11.2026 14:30` → datetime of the region's clock, without a zone."""
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        raise ValueError("Впишите дату и время так: 20.11.2026 14:30")
    day, hour, minute = read_date(match[1]), int(match[2]), int(match[3])
    if hour > 23 or minute > 59:
        raise ValueError("Такого времени не бывает. Впишите, например, 14:30")
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001


def read_yes_no(text: str) -> bool:
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError("Выберите «да» или «нет»")


def word_for(n: int, one: str, few: str, many: str) -> str:
    """`21, «строка», «строки», «строк»` → `строка`."""
    return many if 10 < n % 100 < 20 else {1: one, 2: few, 3: few, 4: few}.get(n % 10, many)


def plural(n: int, one: str, few: str, many: str) -> str:
    """`21, «строка», «строки», «строк»` → `21 строка`."""
    return f"{n} {word_for(n, one, few, many)}"


def lower_first(text: str) -> str:
    """The sentence continued after a colon; an abbreviation keeps its capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
