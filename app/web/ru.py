"""Russian formats of pages: plurals, dates, terms, numbers, shares, names. Spaces inside a value never break."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from functools import lru_cache

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from app.years import school_year_name

NB = "\u00a0"
MINUS = "\u2212"
_LOCALE = Locale.parse("ru")
_UNITS = ((1 << 30, "ГБ"), (1 << 20, "МБ"), (1 << 10, "КБ"))
_SHORT = re.compile(r"\b(в|во|и|к|ко|о|об|с|со|у|на|не|ни|но|а|до|за|из|от|по|№|г\.|п\.|ст\.) +", re.IGNORECASE)
PEOPLE = frozenset({"педагог", "преподаватель", "слушатель", "эксперт"})
_INITIALS = re.compile(r"\b([А-ЯЁ][а-яё-]+) ([А-ЯЁ]\.)(?: ?([А-ЯЁ]\.))?")


def plural(n: int | float, one: str, few: str, many: str) -> str:
    """The word for a number: 1 задача, 2 задачи, 5 задач, 21 задача; a fraction takes the second form."""
    return {"one": one, "few": few, "many": many}.get(_form(abs(n)), few)


@lru_cache(maxsize=1024)
def _form(n: int | float) -> str:
    return _LOCALE.plural_form(n)


def counted(n: int, one: str, few: str, many: str) -> str:
    """«14 208 задач»."""
    return f"{number(n)}{NB}{plural(n, one, few, many)}"


def accusative(noun: str) -> str:
    """«строку», «меру», «педагога» from one small word in its first form: what is added or taken away."""
    if noun in PEOPLE:
        return noun.removesuffix("ь") + ("я" if noun.endswith("ь") else "а")
    return noun[:-1] + {"а": "у", "я": "ю"}.get(noun[-1:], noun[-1:])


def number(value: int | float | None, digits: int | None = None) -> str:
    """«14 208», «30,8», a real minus; `digits` fixes the decimals. None is «нет данных»."""
    if value is None:
        return "нет данных"
    if isinstance(value, int) and digits is None:
        return f"{value:,}".replace(",", NB).replace("-", MINUS)
    pattern = "#,##0.###" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=_LOCALE).replace("-", MINUS)


def percent(value: float | None, digits: int = 1) -> str:
    """«34,0 %» from 34.0 (already in hundredths)."""
    return "нет данных" if value is None else f"{number(value, digits)}{NB}%"


def share(part: int, whole: int) -> str:
    """«12 из 39, 30,8 %»: the counts come first, the percent alone is never shown."""
    counts = f"{number(part)} из {number(whole)}".replace(" ", NB)
    return counts if not whole else f"{counts}, {percent(part * 100 / whole)}"


def file_size(size: int) -> str:
    """«1,1 МБ» from bytes."""
    for unit, name in _UNITS:
        if size >= unit:
            value = size / unit
            return f"{number(value, 0 if value >= 10 else 1)}{NB}{name}"
    return counted(size, "байт", "байта", "байт")


def day(value: date | datetime, today: date | None = None, tz: tzinfo | None = None) -> str:
    """«9 ноября 2026 г.»; in the year of `today` «9 ноября»."""
    when = _local_day(value, tz)
    if today is not None and when.year == today.year:
        return _day_text(when, "d MMMM")
    return _day_text(when, "d MMMM y 'г'.")


def day_short(value: date | datetime, tz: tzinfo | None = None) -> str:
    """«09.11.2026», for requisites and fields."""
    return _local_day(value, tz).strftime("%d.%m.%Y")


def clock(value: datetime, tz: tzinfo | None = None) -> str:
    """«14:32»."""
    return (value.astimezone(tz) if tz else value).strftime("%H:%M")


def moment(value: datetime, now: datetime | None = None, tz: tzinfo | None = None) -> str:
    """«сегодня, 14:32», «вчера, 9:05», «16 ноября, 15:40»."""
    today = _local_day(now, tz) if now is not None else None
    when = _local_day(value, tz)
    apart = (today - when).days if today else None
    name = {0: "сегодня", 1: "вчера"}.get(apart) if apart is not None else None
    return f"{name or day(when, today)}, {clock(value, tz)}"


def moment_exact(value: datetime, tz: tzinfo | None = None) -> str:
    """«26.11.2026, 03:58:12» in the region's time."""
    return value.astimezone(tz).strftime("%d.%m.%Y, %H:%M:%S")


def left(days: int | None, *, working: bool = True, by: str = "18:00") -> str:
    """What remains of a term in words. `days`: 0 today, negative when late, None while the clock stands still."""
    if days is None:
        return "срок приостановлен"
    forms = ("рабочий день", "рабочих дня", "рабочих дней") if working else ("день", "дня", "дней")
    if days < 0:
        return f"просрочено на{NB}{counted(-days, *forms)}"
    if days == 0:
        return f"сегодня до{NB}{by}"
    verb = plural(days, "остался", "осталось", "осталось")
    return f"{verb} {counted(days, *forms)}"


def until(value: date | datetime, today: date | None = None, tz: tzinfo | None = None) -> str:
    """«до 5 октября»."""
    return f"до{NB}{day(value, today, tz)}"


def school_year(first: int) -> str:
    """«2026/27» from the year it begins in."""
    return school_year_name(first)


def initials(name: str) -> str:
    """«Кречетова Н. В.» from the full name; one word stays as it is."""
    words = name.split()
    if len(words) < 2 or words[1].endswith("."):
        return bound(name)
    letters = [f"{word[0]}." for word in words[1:3]]
    return NB.join([words[0], *letters])


def groups(hexadecimal: str, size: int = 4, keep: int | None = None) -> str:
    """«9f2c 41aa … e07d»: a hash in groups; `keep` groups from the start and one from the end."""
    parts = [hexadecimal[i : i + size] for i in range(0, len(hexadecimal), size)]
    if keep is not None and len(parts) > keep + 1:
        parts = [*parts[:keep], "…", parts[-1]]
    return " ".join(parts)


def bound(text: str | None) -> str:
    """Text whose short words, №, initials do not part from their neighbours at a line's end; Markup stays as it is."""
    return text if hasattr(text, "__html__") else _tied(str(text or ""))  # type: ignore[return-value]


@lru_cache(maxsize=4096)
def _tied(text: str) -> str:
    tied = _SHORT.sub(lambda m: m.group(1) + NB, text)
    tied = _INITIALS.sub(lambda m: NB.join(part for part in m.groups() if part), tied)
    return re.sub(r"(\d) (?=%|г\.|КБ|МБ)", rf"\1{NB}", tied)


def lines(text: str | None) -> Markup:
    """Plain text with its line breaks, escaped."""
    return Markup("<br>").join(escape(line) for line in (text or "").splitlines())


def _local_day(value: date | datetime, tz: tzinfo | None) -> date:
    if isinstance(value, datetime):
        return (value.astimezone(tz) if tz and value.tzinfo else value).date()
    return value


@lru_cache(maxsize=4096)
def _day_text(when: date, pattern: str) -> str:
    return format_date(when, pattern, locale=_LOCALE).replace(" ", NB)
