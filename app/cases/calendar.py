"""Terms in working and calendar days by the production calendar of the Russian Federation.

Days off and moved days come from the `holidays` library, which follows the yearly decrees of the Government; a region
may add days of its own. A term ends at the end of its last day in the region's time zone; a last day that is a day off
moves to the next working day (Гражданский кодекс, ст. 193).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)
LAST_MOMENT = time(23, 59, 59)
TERM = re.compile(r"(?:to )?(?:(?P<day>\d\d)\.(?P<month>\d\d)|(?P<name>[a-z_]\w*))?(?P<shift>[+-]?\d+(?:wd|d))?")


@lru_cache
def _federal() -> holidays.HolidayBase:
    return holidays.country_holidays("RU", years=range(2018, 2031))


@lru_cache(maxsize=10_000)
def _federal_working(day: date) -> bool:
    return _federal().is_working_day(day)


@dataclass(frozen=True)
class Calendar:
    """Working days of a region: federal calendar and `extra` days off. `version` is written on every deadline."""

    zone: ZoneInfo
    extra: frozenset[date] = field(default_factory=frozenset)

    @property
    def version(self) -> str:
        days = " ".join(sorted(day.isoformat() for day in self.extra))
        extra = f"+{len(self.extra)}-{crc32(days.encode()):08x}" if self.extra else ""
        return f"RU-{holidays.__version__}{extra}"

    def is_working(self, day: date) -> bool:
        return day not in self.extra and _federal_working(day)

    def add_working(self, day: date, count: int) -> date:
        """The day `count` working days after (before, when negative) `day`; the count starts on the next day."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def next_working(self, day: date) -> date:
        while not self.is_working(day):
            day += DAY
        return day

    def working_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; negative when `last` is earlier."""
        if last < first:
            return -self.working_between(last, first)
        return sum(self.is_working(first + DAY * i) for i in range(1, (last - first).days + 1))

    def local(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        return datetime.combine(day, LAST_MOMENT, self.zone)

    def term(self, text: str, now: datetime, values: Mapping[str, Any], year_start: date) -> datetime:
        """`5wd`, `30d`, `to 30.09` (of the case's school year), `window` or `valid_to-60d` (a value of the case) → its end.

        A calendar date of the case's school year may be past: it is then due at once. A value with a time of day is that
        very moment of the region's clock, working day or not. ValueError names a bad term.
        """
        match = TERM.fullmatch(text.strip())
        if not match or not text.strip():
            raise ValueError(f"not a term: {text!r}")
        day, shift = self.local(now), match["shift"]
        if match["day"]:
            day = date(year_start.year, int(match["month"]), int(match["day"]))
            if day < year_start:
                day = day.replace(year=year_start.year + 1)
        elif match["name"]:
            value = values[match["name"]]
            if isinstance(value, int):
                return self.end_of(self.add_working(day, value))
            if "T" in str(value) and not shift:
                return datetime.fromisoformat(str(value)).replace(tzinfo=self.zone)
            day = date.fromisoformat(str(value)[:10])
        if shift:
            count = int(shift.rstrip("wd"))
            day = self.add_working(day, count) if shift.endswith("wd") else day + DAY * count
        return self.end_of(day if match["day"] and not shift else self.next_working(day))


def of_zone(zone: str, extra: Iterable[date] = ()) -> Calendar:
    return Calendar(ZoneInfo(zone), frozenset(extra))
