"""All files of a demo region, in the order in which they would come: registries, results by years, corrections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal

from app.demo import gia, passports, vpr
from app.demo.broken import broken_files
from app.demo.gia import Style
from app.demo.names import pool
from app.demo.oracle import Count
from app.demo.pupils import YEARS, Marks, Pupil, Session, marks_of
from app.demo.schools import School, registry_rows
from app.demo.sheets import Row, text, xlsx

if TYPE_CHECKING:
    from app.demo.region import DemoRegion

Part = Literal["registry", "results", "correction", "appeal", "markers", "passport", "broken"]
LAYOUTS: dict[tuple[str, int], tuple[str, Style | None]] = {  # (exam, school year) → ending, style; None = technical
    ("ege_rus", 2023): ("cp1251.csv", Style(gia.EGE_DOCUMENT)),
    ("ege_profile", 2023): ("csv", Style(gia.EGE_FULL)),
    ("ege_base", 2023): ("cp1251.csv", Style(gia.EGE_BASE)),
    ("oge_rus", 2023): ("csv", None),
    ("oge_math", 2023): ("csv", None),
    ("ege_rus", 2024): ("csv", Style(gia.EGE_FULL, sparse=True)),
    ("ege_profile", 2024): ("xlsx", Style(gia.EGE_FULL, lead=7)),
    ("ege_base", 2024): ("csv", Style(gia.EGE_BASE)),
    ("oge_rus", 2024): ("cp1251.csv", Style(gia.OGE_DENSE)),
    ("oge_math", 2024): ("xlsx", Style(gia.OGE_PLAIN, sparse=True, numbers=True)),
    ("ege_rus", 2025): ("xlsx", Style(gia.EGE_CATEGORY)),
    ("ege_profile", 2025): ("csv", Style(gia.EGE_FULL, sparse=True, lead=7)),
    ("ege_base", 2025): ("xlsx", Style(gia.EGE_BASE)),
    ("oge_rus", 2025): ("csv", Style(gia.OGE_DENSE, footer=False)),
    ("oge_math", 2025): ("csv", None),
}


@dataclass(frozen=True)
class DemoFile:
    """A file of the demo: `name` is its path, `about` the (school year, procedure) pairs told in it.

    `cases` are keys of planted cases that show there otherwise than by their counts.
    """

    name: str
    part: Part
    content: bytes
    about: tuple[tuple[int, str], ...] = ()
    cases: tuple[str, ...] = ()


def _years(year: int) -> str:
    return f"{year}-{(year + 1) % 100}"


class Papers:
    """Draws the files of one region."""

    def __init__(self, region: DemoRegion) -> None:
        self.region, self.outcomes = region, region.outcomes
        self.random = Random(f"{region.seed}:{region.parameters.number}:papers")  # noqa: S311 - a toy world, not a secret
        self.all = sorted([*region.schools, *region.closed], key=lambda school: school.code)
        codes = {school.code: school.municipality.code for school in self.all}
        self.writer = gia.Writer(pool(self.random, 3001), codes, self.random)

    def files(self) -> Iterator[DemoFile]:
        """Every file, good ones first."""
        former = [school for school in self.all if school not in self.region.schools]
        old = sorted([*self.region.schools, *former], key=lambda school: school.code)
        registry = xlsx(registry_rows(self.region.schools), sheet="Реестр")
        yield DemoFile("registry/реестр_2023.xlsx", "registry", xlsx(registry_rows(old, former=True), sheet="Реестр"))
        yield DemoFile("registry/реестр_2026.xlsx", "registry", registry, (), ("renamed", "merged", "same_names"))
        yield from self._flat_extracts()
        yield from self._statistics()
        yield from self._individual()
        for year in YEARS:
            for session in self.outcomes.sessions:
                if session.year == year and session.wave == "main":
                    yield self._protocol(session)
        yield from self._after_main()
        yield from self._others()
        for name, content in broken_files(registry, self.region.schools).items():
            yield DemoFile(name, "broken", content)

    def _flat_extracts(self) -> Iterator[DemoFile]:
        known = self.all
        primary = {
            school.code: marks_of(self.random, Count(max(1, round(school.cohort)), 0))
            for school in known
            if school.code in self.region.plan.counts
        }
        first, second = self._vpr(2023), self._vpr(2024)
        told = {year: tuple((year, procedure) for procedure in first) for year in (2023, 2024)}
        table = vpr.flat(2024, first, known, former=True, primary=primary)
        yield DemoFile(
            "results/2023-24/ВПР_2024_выгрузка.xlsx", "results", xlsx(table, sheet="ВПР 2024"), told[2023], ("renamed",)
        )
        code, wrong = self.region.correction
        published = {**second, "vpr_math_6": {**second["vpr_math_6"], code: wrong}}
        table = self._with_stranger(vpr.flat(2025, published, known, digits=2, former=True))
        yield DemoFile(
            "results/2024-25/ВПР_2025_выгрузка.xlsx",
            "results",
            xlsx(table, sheet="ВПР 2025"),
            told[2024],
            ("corrected", "unknown_code"),
        )
        place = self.region.school(code).municipality
        again = [school for school in known if school.municipality == place]
        table = vpr.flat(2025, {"vpr_math_6": second["vpr_math_6"]}, again, digits=2, former=True)
        yield DemoFile(
            "results/2024-25/ВПР_2025_выгрузка_исправлено.xlsx",
            "correction",
            xlsx(table, sheet="ВПР 2025"),
            (),
            ("corrected",),
        )

    def _vpr(self, year: int) -> dict[str, dict[str, Marks]]:
        return {procedure: marks for (when, procedure), marks in self.outcomes.vpr.items() if when == year}

    def _with_stranger(self, table: Iterator[Row]) -> Iterator[Row]:
        yield from table
        login = f"edu{self.region.parameters.number:02d}9999"
        place = self.region.schools[0].municipality.name
        yield [2025, 5, "Математика", place, "МБОУ «Неизвестная СОШ»", login, 10, 10.0, 40.0, 30.0, 20.0]

    def _statistics(self) -> Iterator[DemoFile]:
        for procedure, marks in self._vpr(2025).items():
            subject, grade, _ = vpr.PROCEDURE[procedure]
            table = vpr.statistics(2026, procedure, marks, self.all, self.region.parameters.name)
            name = f"results/2025-26/ВПР_2026_статистика_по_отметкам_{subject.split()[0]}_{grade}.xlsx"
            yield DemoFile(name, "results", xlsx(table, sheet="Статистика по отметкам"), ((2025, procedure),))

    def _individual(self) -> Iterator[DemoFile]:
        """Reports of pupils for a few schools: the same marks as in the statistics, told one by one."""
        for key, procedure in (("exact_30", "vpr_math_5"), ("exact_30", "vpr_rus_5"), ("bias", "vpr_rus_6")):
            school = self.region.school(self.region.case(key).schools[0])
            marks = self.outcomes.vpr[2025, procedure][school.code]
            subject, grade, _ = vpr.PROCEDURE[procedure]
            table = vpr.individual(2026, procedure, school, marks, self.random)
            name = f"results/2025-26/Ф1_{school.login}_{subject.split()[0]}_{grade}.xlsx"
            yield DemoFile(name, "results", xlsx(table, sheet=f"{grade} Индивидуальные результаты"), (), (key,))

    def _protocol(self, session: Session) -> DemoFile:
        ending, style = LAYOUTS[session.exam, session.year]
        code = gia.TITLES[session.exam][0]
        family = "ОГЭ" if session.exam.startswith("oge") else "ЕГЭ"
        about = ((session.year, "ege_math" if session.exam in ("ege_base", "ege_profile") else session.exam),)
        cases: tuple[str, ...] = ()
        if session.exam == "oge_math" and session.year == 2025:
            session, cases = self._with_unknown(session), ("unknown_code",)
        table = self.writer.technical(session) if style is None else self.writer.protocol(session, style)
        path = f"results/{_years(session.year)}/{family}/{code}_{session.date}"
        if ending == "xlsx":
            return DemoFile(f"{path}.xlsx", "results", xlsx(table, sheet=code), about, cases)
        encoding = "cp1251" if ending.startswith("cp1251") else "utf-8-sig"
        return DemoFile(f"{path}.csv", "results", text(table, encoding=encoding), about, cases)

    def _with_unknown(self, session: Session) -> Session:
        """Three sheets of a school that no registry knows."""
        lost = [Pupil(self.region.unknown_code, "9", 10 + i, 3, "current", 900_000 + i) for i in range(3)]
        return Session(session.exam, session.year, session.date, session.wave, [*session.pupils, *lost])

    def _after_main(self) -> Iterator[DemoFile]:
        """July and September papers: ОГЭ of September stands on one sheet."""
        later = [session for session in self.outcomes.sessions if session.wave != "main"]
        oge = [session for session in later if session.exam.startswith("oge")]
        table = self.writer.together(oge, Style(gia.OGE_DENSE))
        name = "results/2025-26/ОГЭ/сентябрь_2026_пересдача.xlsx"
        yield DemoFile(name, "results", xlsx(table, sheet="Пересдача"), (), ("resit",))
        for session in later:
            if session.exam.startswith("ege"):
                style = Style(gia.EGE_BASE if session.exam == "ege_base" else gia.EGE_FULL)
                name = f"results/2025-26/ЕГЭ/{gia.TITLES[session.exam][0]}_{session.date}.csv"
                yield DemoFile(name, "results", text(self.writer.protocol(session, style), encoding="cp1251"))

    def _others(self) -> Iterator[DemoFile]:
        main = self.outcomes.session("ege_rus", 2025)
        asked = [(pupil, min(100, (pupil.result or 0) + turn % 3)) for turn, pupil in enumerate(_who_appeals(main))]
        appeals = sorted([*asked, (self.region.appeal, 24)], key=lambda pair: pair[0].school)
        table = self.writer.ege_appeals(main, appeals)
        yield DemoFile("results/2025-26/ЕГЭ/апелляции_01_2026.06.04.xlsx", "appeal", xlsx(table), (), ("appeal",))
        session = self.outcomes.session("oge_math", 2025)
        table = self.writer.oge_appeals(session, _who_appeals(session))
        yield DemoFile("results/2025-26/ОГЭ/апелляции_2026.06.02.xlsx", "appeal", xlsx(table))
        table = vpr.markers(2026, self.region.markers, self.region.schools)
        yield DemoFile("results/2025-26/признаки_необъективности_2026.xlsx", "markers", xlsx(table), (), ("bias",))
        for year, values in self.region.passports.items():
            table = passports.rows(year, self.region.schools, values)
            yield DemoFile(f"passports/социальные_паспорта_{year}.xlsx", "passport", xlsx(table))


def _who_appeals(session: Session) -> list[Pupil]:
    """A few passed pupils far from the threshold: their appeals change no count."""
    safe = 40 if session.exam == "ege_rus" else 3
    able = [p for p in session.pupils if p.category == "current" and p.result is not None and p.result >= safe]
    return able[:: max(1, len(able) // 12)]


def marked(schools: list[School], planted: str, random: Random) -> dict[str, tuple[int, int, int, int]]:
    """Signs of biased marking for about three schools of a hundred; the planted one has all four."""
    able = [school.code for school in schools if school.kind != "НОШ" and school.code != planted]
    signs = {
        code: tuple(int(random.random() < 0.4) for _ in range(4)) for code in random.sample(able, len(able) * 3 // 100)
    }
    found = {code: value for code, value in signs.items() if any(value)}
    return {**found, planted: (1, 1, 1, 1)}  # type: ignore[dict-item]
