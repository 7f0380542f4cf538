"""Russian words that depend on a value: dates, plurals, names, school years, shares. Plain functions, no locale."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
DASH = "–"


def long_date(value: date, year_word: str = "г.") -> str:
    """«26 сентября 2025 г.»: for running text. `year_word` is the region's: «г.» or «года»."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year} {year_word}"


def short_date(value: date) -> str:
    """«26.09.2025»: for requisites and references."""
    return f"{value:%d.%m.%Y}"


def moment(value: datetime) -> str:
    """«26.09.2025 15:42:18 (UTC+5)». ValueError for a moment without a time zone: the zone is part of the mark."""
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("a signature's moment needs a time zone")
    hours, rest = divmod(int(offset.total_seconds()) // 60, 60)
    zone = f"UTC{hours:+d}" if hours or rest else "UTC"
    return f"{value:%d.%m.%Y %H:%M:%S} ({zone}{f':{rest:02d}' if rest else ''})"


def plural(number: int, one: str, few: str, many: str) -> str:
    """The noun's form after a number: `plural(22, 'школа', 'школы', 'школ')` is «школы»."""
    tail, tens = abs(number) % 10, abs(number) % 100
    if tail == 1 and tens != 11:
        return one
    return few if tail in (2, 3, 4) and tens not in (12, 13, 14) else many


def count(number: int, one: str, few: str, many: str) -> str:
    """«1 школа», «22 школы», «1 148 школ»."""
    return f"{grouped(number)} {plural(number, one, few, many)}"


def grouped(number: int) -> str:
    """Thousands apart: «21 806»."""
    return f"{number:,}".replace(",", " ")


def percent(part: int, whole: int, digits: int = 1) -> str:
    """The share as «34,5» without the sign, half up; a dash when nothing was measured."""
    if not whole:
        return DASH
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(10) ** -digits, ROUND_HALF_UP)
    return str(share).replace(".", ",")


def initials(family: str, given: str, patronymic: str = "", *, before: bool = True) -> str:
    """«В. О. Ясенев» in a signature (`before`), «Ясенев В. О.» where a person is named in the text."""
    letters = " ".join(
        "-".join(f"{part[0]}." for part in name.split("-") if part) for name in (given, patronymic) if name
    )
    return f"{letters} {family}".strip() if before else f"{family} {letters}".strip()


def school_year(first: int, short: bool = True) -> str:
    """«2025/26» or, in full, «2025/2026»."""
    return f"{first}/{(first + 1) % 100:02d}" if short else f"{first}/{first + 1}"


def sentence(text: str) -> str:
    """The text with a full stop at its end, unless it has one («на 3 л.», «Яровая К. П.»)."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def fingerprint(digest: str) -> str:
    """The first 16 signs of a SHA-256 as they are printed: «9F3C A1D8 04B7 71E0»."""
    signs = digest.replace(" ", "").upper()[:16]
    return " ".join(signs[i : i + 4] for i in range(0, len(signs), 4))
