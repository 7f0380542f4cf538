"""Results of the school years that come after those of the demo: as files in the official layouts, like all others."""

from __future__ import annotations

from random import Random

from app.demo import gia, vpr
from app.demo.gia import Style
from app.demo.names import pool
from app.demo.oracle import SHARE, Count
from app.demo.pupils import EXAMS, Maker, marks_of
from app.demo.region import DemoRegion
from app.demo.sheets import text, xlsx

BETTER = 0.55  # how often a low result is low no more a year later
WORSE = 0.012
DAYS = {"oge_math": "06.02", "oge_rus": "06.09", "ege_rus": "06.04", "ege_math": "06.08"}


def files_of(region: DemoRegion, year: int) -> list[tuple[str, bytes]]:
    """Files of a school year (its start year) that follows the one before in the region's plan."""
    random = Random(f"{region.seed}:{region.parameters.number}:{year}")  # noqa: S311 - a toy world, not a secret
    _go_on(region, year, random)
    schools = sorted(region.schools, key=lambda school: school.code)
    counts = region.plan.counts
    marks = {
        procedure: {
            school.code: marks_of(random, count)
            for school in schools
            if (count := counts[school.code].get((year, procedure)))
        }
        for procedure in vpr.PROCEDURE
    }
    spring = year + 1
    found = [(f"ВПР_{spring}_выгрузка.xlsx", xlsx(vpr.flat(spring, marks, schools), sheet=f"ВПР {spring}"))]
    maker = Maker(region.plan, schools, random)
    maker.key = year * 100_000
    towns = {school.code: school.municipality.code for school in schools}
    writer = gia.Writer(pool(random, 3001), towns, random)
    for exam in EXAMS:
        day = f"{spring}.{DAYS['ege_math' if exam in ('ege_base', 'ege_profile') else exam]}"
        session = maker.main(exam, year, day)
        columns = gia.OGE_DENSE if exam.startswith("oge") else gia.EGE_BASE if exam == "ege_base" else gia.EGE_FULL
        family = "ОГЭ" if exam.startswith("oge") else "ЕГЭ"
        name = f"{family}_{gia.TITLES[exam][0]}_{day}.csv"
        found.append((name, text(writer.protocol(session, Style(columns)), encoding="utf-8-sig")))
    return found


def _go_on(region: DemoRegion, year: int, random: Random) -> None:
    """The plan of a year from the one before: about half of the low results get better, a few new ones appear."""
    for _code, counts in region.plan.counts.items():
        for (when, procedure), before in list(counts.items()):
            if when == year - 1:
                counts[year, procedure] = _next(before, random)


def _next(before: Count, random: Random) -> Count:
    n = max(1, round(before.n * random.uniform(0.9, 1.1)))
    was_low = before.low * 100 >= SHARE * before.n
    low_now = random.random() > BETTER if was_low else random.random() < WORSE
    share = random.uniform(0.31, 0.5) if low_now else random.uniform(0.02, 0.22)
    low = round(n * share)
    if low_now:
        return Count(n, max(low, -(-SHARE * n // 100)))
    while low and low * 100 >= SHARE * n:
        low -= 1
    return Count(n, low)
