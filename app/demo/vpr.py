"""Reports of ФИС ОКО about ВПР: flat extract, «Статистика по отметкам», «Индивидуальные результаты», signs of bias."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from random import Random

from app.demo.pupils import Marks
from app.demo.schools import School
from app.demo.sheets import Cell, Row

PROCEDURE = {
    "vpr_math_5": ("Математика", 5, 20),
    "vpr_math_6": ("Математика", 6, 16),
    "vpr_rus_5": ("Русский язык", 5, 45),
    "vpr_rus_6": ("Русский язык", 6, 51),
}
DATES = {"vpr_math_5": "23.04.2026", "vpr_math_6": "28.04.2026", "vpr_rus_5": "21.04.2026", "vpr_rus_6": "24.04.2026"}
FLAT = ["Год", "Класс", "Предмет", "Муниципалитет", "ОО", "Логин", "Кол-во участников", "2", "3", "4", "5"]
STATISTICS = ["Группы участников", "Кол-во ОО", "Кол-во участников", "2", "3", "4", "5"]
Results = Mapping[str, Mapping[str, Marks]]  # procedure → code of the school → marks


def percents(marks: Marks, digits: int) -> list[Cell]:
    """Shares of the four marks, rounded each by itself, as the reports print them."""
    return [round(100 * value / marks.total, digits) for value in marks]


def _untidy(name: str, turn: int) -> str:
    """Stray blanks and other quotes: one school is spelt in several ways."""
    if turn % 11 == 4:
        return f" {name} "
    if turn % 13 == 5:
        return name.replace("«", '"').replace("»", '"')
    return name.replace("№ ", "№") if turn % 17 == 6 else name


def flat(
    year: int,
    results: Results,
    schools: Iterable[School],
    *,
    digits: int | None = None,
    former: bool = False,
    primary: Mapping[str, Marks] | None = None,
) -> Iterator[Row]:
    """The flat extract of a spring; without `digits` counts of marks, with it per cents.

    `former` prints schools under their former names; `primary` adds lines of grade 4, which no criterion uses.
    """
    yield list(FLAT)
    named = list(schools)
    pages: list[tuple[str, int, Mapping[str, Marks]]] = [("Математика", 4, primary)] if primary else []
    pages += [(*PROCEDURE[procedure][:2], marks) for procedure, marks in results.items()]
    for subject, grade, page in pages:
        for turn, school in enumerate(named):
            if not (marks := page.get(school.code)):
                continue
            name = _untidy((former and school.former_name) or school.short_name, turn + grade)
            login = f"{school.login} " if turn % 19 == 7 else school.login
            shares = list(marks) if digits is None else percents(marks, digits)
            yield [year, grade, subject, school.municipality.name, name, login, marks.total, *shares]


def statistics(
    year: int, procedure: str, results: Mapping[str, Marks], schools: Iterable[School], region: str, digits: int = 1
) -> Iterator[Row]:
    """«Статистика по отметкам»: the country, the region, municipalities, their schools with logins; per cents."""
    subject, grade, maximum = PROCEDURE[procedure]
    yield [f"ВПР {year} {subject} {grade} класс"]
    yield ["Статистика по отметкам"]
    yield ["Предмет:", subject]
    yield ["Максимальный первичный балл:", maximum]
    yield ["Дата:", DATES[procedure]]
    yield list(STATISTICS)
    yield ["Вся выборка", 34861, 1402377, 9.7, 38.4, 34.2, 17.7]
    held = [school for school in schools if school.code in results]
    yield [region, len(held), *_total(results, held, digits)]
    towns: dict[str, list[School]] = {}
    for school in held:
        towns.setdefault(school.municipality.name, []).append(school)
    for name, members in towns.items():
        yield [name, len(members), *_total(results, members, digits)]
        for school in members:
            marks = results[school.code]
            yield [f"{school.short_name} ({school.login})", "", marks.total, *percents(marks, digits)]


def _total(results: Mapping[str, Marks], schools: list[School], digits: int) -> list[Cell]:
    total = Marks(*(sum(column) for column in zip(*(results[s.code] for s in schools), strict=True)))
    return [total.total, *percents(total, digits)]


def individual(year: int, procedure: str, school: School, marks: Marks, random: Random) -> Iterator[Row]:
    """«Ф1 Индивидуальные результаты» of one school: pupils by codes; lines without a mark are not participants."""
    subject, grade, maximum = PROCEDURE[procedure]
    tasks = ["1 (1б)", "2 (1б)", "3 (2б)", "4 (1б)", "5 (2б)", "6.1 (1б)", "6.2 (2б)", "7 (2б)"]
    yield [f"ВПР {year} {subject} {grade} класс"]
    yield ["Предмет:", subject]
    yield ["Максимальный первичный балл:", maximum]
    yield ["Дата:", DATES[procedure]]
    yield [f"{school.short_name} ({school.login}) | Кол-во участников: {marks.total}"]
    yield [""] * 6 + ["Б", "Б", "Б", "П", "Б", "Б", "П", "П"]
    head = ["ОО", "Муниципалитет", "Название ОО", "Код участника", "Класс", "Вариант"]
    yield [*head, *tasks, "Первичный балл", "Отметка", "Отметка по журналу"]
    given = [mark for mark, number in zip((2, 3, 4, 5), marks, strict=True) for _ in range(number)]
    random.shuffle(given)
    for place, mark in enumerate([*given, None]):
        code = f"{grade}{place + 1:04d}"
        start: list[Cell] = [
            school.login,
            school.municipality.name,
            school.short_name,
            code,
            f"{grade}А",
            random.randint(1, 4),
        ]
        if mark is None:
            yield [*start[:5], "", *["X"] * len(tasks), "X", "нет отметки", 3]
            continue
        points: list[Cell] = [random.choice((0, 1, 1, "-")) for _ in tasks]
        primary = round(maximum * {2: 0.2, 3: 0.42, 4: 0.62, 5: 0.88}[mark])
        yield [*start, *points, primary, mark, max(2, min(5, mark + random.choice((0, 0, 0, 1))))]


def markers(year: int, marked: Mapping[str, tuple[int, int, int, int]], schools: Iterable[School]) -> Iterator[Row]:
    """Signs of biased marking by school: `marked` gives РУ4, МА4, РУ5, МА5 as 0 or 1."""
    yield ["Год", "Логин", "Муниципалитет", "ОО", "4 РУ", "4 МА", "5 РУ", "5 МА", "Количество маркеров"]
    for school in schools:
        if signs := marked.get(school.code):
            yield [year, school.login, school.municipality.name, school.short_name, *signs, sum(signs)]
