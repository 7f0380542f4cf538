"""Pupils behind the counts of the plan: marks of ВПР, sheets of ОГЭ and ЕГЭ, re-sits, absentees and outsiders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from app.demo.oracle import Count
from app.demo.plan import YEARS, Plan
from app.demo.schools import School

THRESHOLD = {"oge_math": 3, "oge_rus": 3, "ege_rus": 24, "ege_profile": 27, "ege_base": 3}  # below it = failed
DATES = {
    2023: {"oge_rus": "2024.06.03", "oge_math": "2024.06.06", "ege_rus": "2024.05.28", "ege_math": "2024.05.31"},
    2024: {"oge_math": "2025.06.03", "oge_rus": "2025.06.09", "ege_math": "2025.05.27", "ege_rus": "2025.05.30"},
    2025: {"oge_math": "2026.06.02", "oge_rus": "2026.06.09", "ege_rus": "2026.06.04", "ege_math": "2026.06.08"},
}
SEPTEMBER = {"oge_math": "2026.09.03", "oge_rus": "2026.09.08", "ege_rus": "2026.09.04", "ege_base": "2026.09.08"}
JULY = {"ege_rus": "2026.07.09"}  # a paper of choice: the former result is annulled
EXAMS = ("oge_math", "oge_rus", "ege_rus", "ege_profile", "ege_base")


class Pupil(NamedTuple):
    """A line of a protocol. `result` is the mark (ОГЭ, base) or the test score; None = did not come.

    `category`: current, past (graduate of an earlier year), college. `key` stands for the person behind the line.
    """

    school: str
    group: str
    primary: int | None
    result: int | None
    category: str
    key: int


class Marks(NamedTuple):
    """Numbers of pupils with each mark of ВПР."""

    two: int
    three: int
    four: int
    five: int

    @property
    def total(self) -> int:
        """Participants."""
        return self.two + self.three + self.four + self.five


@dataclass
class Session:
    """One exam on one day; `wave` is main, july or september."""

    exam: str
    year: int
    date: str
    wave: str
    pupils: list[Pupil] = field(default_factory=list)


@dataclass
class Outcomes:
    """What pupils did: ВПР marks by (year, procedure) and school, sessions of ОГЭ and ЕГЭ."""

    vpr: dict[tuple[int, str], dict[str, Marks]]
    sessions: list[Session]

    def counts(self) -> dict[str, dict[tuple[int, str], Count]]:
        """Participants and failures, counted from marks and sheets: main wave, pupils of the year, those who came."""
        tally: dict[str, dict[tuple[int, str], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for (year, procedure), schools in self.vpr.items():
            for school, marks in schools.items():
                cell = tally[school][year, procedure]
                cell[0] += marks.total
                cell[1] += marks.two
        for session in self.sessions:
            if session.wave != "main":
                continue
            threshold = THRESHOLD[session.exam]
            procedure = "ege_math" if session.exam in ("ege_base", "ege_profile") else session.exam
            for pupil in session.pupils:
                if pupil.category == "current" and pupil.result is not None:
                    cell = tally[pupil.school][session.year, procedure]
                    cell[0] += 1
                    cell[1] += pupil.result < threshold
        return {school: {key: Count(*cell) for key, cell in cells.items()} for school, cells in tally.items()}

    def session(self, exam: str, year: int, wave: str = "main") -> Session:
        """The session of an exam in a school year."""
        return next(s for s in self.sessions if (s.exam, s.year, s.wave) == (exam, year, wave))


def marks_of(random: Random, count: Count) -> Marks:
    """Marks of a school's ВПР: the failures are given, the others fall about 5 : 4 : 2."""
    passed = count.n - count.low
    five = min(passed, int(passed * random.uniform(0.05, 0.25) + random.random()))
    four = min(passed - five, int(passed * random.uniform(0.25, 0.45) + random.random()))
    return Marks(count.low, passed - four - five, four, five)


OGE_BANDS = {
    "oge_math": {2: (0, 7), 3: (8, 14), 4: (15, 21), 5: (22, 31)},
    "oge_rus": {2: (2, 14), 3: (15, 25), 4: (26, 32), 5: (33, 37)},
    "ege_base": {2: (1, 6), 3: (7, 11), 4: (12, 16), 5: (17, 21)},
}
PASSED_MARKS = (3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5)
OLD_RUSSIAN_MAX = 33  # the scale of Russian was shorter before 2025


def _sheet(random: Random, exam: str, year: int, failed: bool) -> tuple[int, int]:
    """Primary score and result of one sheet."""
    if bands := OGE_BANDS.get(exam):
        mark = 2 if failed else PASSED_MARKS[int(random.random() * len(PASSED_MARKS))]
        first, last = bands[mark]
        primary = first + int(random.random() * (last - first + 1))
        return (min(primary, OLD_RUSSIAN_MAX) if exam == "oge_rus" and year < 2024 else primary), mark
    threshold = THRESHOLD[exam]
    if failed:
        result = int(random.random() * threshold)
        return result // 3, result
    result = min(100, max(threshold, round(random.gauss(62, 15))))
    return (round(result * 0.48) if exam == "ege_rus" else round(result * 0.28)), result


class Maker:
    """Turns the plan into pupils."""

    def __init__(self, plan: Plan, schools: Iterable[School], random: Random) -> None:
        self.plan, self.random = plan, random
        self.codes = sorted(school.code for school in schools)
        self.key = 0

    def outcomes(self) -> Outcomes:
        """Main waves of all years; re-sits are added by `resits`."""
        vpr: dict[tuple[int, str], dict[str, Marks]] = {}
        for year in YEARS:
            for procedure in ("vpr_math_5", "vpr_math_6", "vpr_rus_5", "vpr_rus_6"):
                vpr[year, procedure] = {
                    code: marks_of(self.random, count)
                    for code in self.codes
                    if (count := self.plan.counts[code].get((year, procedure)))
                }
        sessions = [self.main(exam, year) for year in YEARS for exam in EXAMS]
        return Outcomes(vpr, sessions)

    def main(self, exam: str, year: int, day: str = "") -> Session:
        """The main wave of an exam; `day` where the year is later than those of the demo."""
        procedure = "ege_math" if exam in ("ege_base", "ege_profile") else exam
        session = Session(exam, year, day or DATES[year][procedure], "main")
        for code in self.codes:
            if not (count := self.plan.counts[code].get((year, procedure))):
                continue
            if procedure == "ege_math":
                split = self.plan.split(code, year)
                count = split.base if exam == "ege_base" else split.profile
            session.pupils.extend(self._school(code, exam, year, count))
        return session

    def _school(self, code: str, exam: str, year: int, count: Count) -> Iterator[Pupil]:
        random, grade = self.random, "9" if exam.startswith("oge") else "11"
        failed = set(random.sample(range(count.n), count.low))
        letters = "АБВГДЕЖЗИК" if count.n > 25 else ""
        for place in range(count.n):
            group = grade + (letters[place // 25 % len(letters)] if letters else "")
            yield self.pupil(code, group, *_sheet(random, exam, year, place in failed))
        outsiders = (exam, year) == ("ege_rus", YEARS[-1])  # other layouts do not tell who is a pupil of the year
        if outsiders and random.random() < 0.12:
            yield self.pupil(code, "ВПЛ", *_sheet(random, exam, year, random.random() < 0.2), "past")
        if outsiders and random.random() < 0.03:
            yield self.pupil(code, "СПО", *_sheet(random, exam, year, random.random() < 0.2), "college")
        if random.random() < 0.04:
            yield self.pupil(code, grade, None, None)

    def pupil(self, code: str, group: str, primary: int | None, result: int | None, category: str = "current") -> Pupil:
        """A new person's line."""
        self.key += 1
        return Pupil(code, group, primary, result, category, self.key)

    def resits(self, outcomes: Outcomes) -> None:
        """September papers of those who failed in the newest year, and the July paper of a few who wanted more."""
        year, random = YEARS[-1], self.random
        for exam, date in SEPTEMBER.items():
            failed = [p for p in _own(outcomes.session(exam, year)) if p.result < THRESHOLD[exam]]  # type: ignore[operator]
            came = [p for p in failed if random.random() < 0.92]
            outcomes.sessions.append(Session(exam, year, date, "september", [self._again(p, exam) for p in came]))
        for exam, date in JULY.items():
            again = random.sample(_own(outcomes.session(exam, year)), 45)
            again.sort(key=lambda p: (p.school, p.key))
            outcomes.sessions.append(Session(exam, year, date, "july", [self._again(p, exam) for p in again]))

    def _again(self, pupil: Pupil, exam: str) -> Pupil:
        primary, result = _sheet(self.random, exam, YEARS[-1], self.random.random() < 0.2)
        return pupil._replace(primary=primary, result=result)


def _own(session: Session) -> list[Pupil]:
    return [p for p in session.pupils if p.category == "current" and p.result is not None]
