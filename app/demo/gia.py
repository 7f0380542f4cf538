"""Protocols of ОГЭ and ЕГЭ in the layouts that the exam systems issue. Pupils' names are invented and never kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from app.demo.names import FullName
from app.demo.parameters import words
from app.demo.pupils import Pupil, Session
from app.demo.sheets import Cell, Row

TITLES = {
    "oge_rus": ("01", "Русский язык"),
    "oge_math": ("02", "Математика"),
    "ege_rus": ("01", "Русский язык"),
    "ege_profile": ("02", "Математика профильная"),
    "ege_base": ("22", "Математика базовая"),
}
HEADERS = {
    "no": "№",
    "msu": "Код МСУ",
    "school": "Код ОО",
    "group": "Класс",
    "category": "Категория участника",
    "point": "Код ППЭ",
    "room": "Аудитория",
    "surname": "Фамилия",
    "name": "Имя",
    "patronymic": "Отчество",
    "series": "Серия",
    "number": "Номер",
    "document": "Документ",
    "short": "Задания с кратким ответом",
    "long": "Задания с развёрнутым ответом",
    "primary": "Первичный балл",
    "score": "Балл",
    "test": "Тестовый балл",
    "mark": "Оценка",
}
ORDER = words(
    "no msu school group category point room surname name patronymic series number document short long primary result"
)
PLACE = {key: index for index, key in enumerate(ORDER)} | {"score": 16, "test": 16, "mark": 16}
CATEGORY = {"current": "Выпускник текущего года", "past": "Выпускник прошлых лет", "college": "Обучающийся СПО"}
TECHNICAL = {
    "ColumnName": "no",
    "SchoolCode": "school",
    "ClassCode": "group",
    "StationCode": "point",
    "AuditoriumCode": "room",
    "SurnameCell": "surname",
    "NameCell": "name",
    "SecondNameCell": "patronymic",
    "DocumentSeriesCode": "series",
    "DocumentNumberCode": "number",
    "TestResultBCell": "short",
    "TestResultCCell": "long",
    "PrimaryMark": "primary",
    "Mark5": "mark",
}
EGE_FULL = words("no msu school group point room surname name patronymic series number short long primary score")
EGE_DOCUMENT = words("no msu school group point room surname name patronymic document short long primary test")
EGE_CATEGORY = words("no msu school group category point room surname name patronymic document short long primary test")
EGE_BASE = words("no school group point room surname name patronymic series number short primary mark")
OGE_DENSE = words("no school group point room msu surname name patronymic series number short long primary mark")
OGE_PLAIN = words("no school group point room msu surname name patronymic short long primary mark")
PERSON = ("№", "Код ОО", "Класс", "Код ППЭ", "Аудитория", "Фамилия", "Имя")
EGE_APPEALS = (
    *PERSON,
    "",
    "Отчество",
    "Документ",
    "Тип апелляции / перепроверки",
    "Состояние",
    "",
    "Дата отправки на обработку",
    "Дата изменений",
    "Балл до изменения",
    "Текущие",
    "",
    "Разница",
)
OGE_APPEALS = (*PERSON, "Отчество", "Экзамен", "Апелляция", "Текущие", "")


class Style(NamedTuple):
    """How one protocol is drawn: columns, whether every second column is empty, cells before the title."""

    columns: Sequence[str]
    sparse: bool = False
    lead: int = 0
    footer: bool = True
    numbers: bool = False  # codes as numbers, the way some exports write them


class Writer:
    """Draws protocols of one region; the same person has the same name and document in every paper."""

    def __init__(self, names: Sequence[FullName], municipalities: dict[str, str], random: Random) -> None:
        self.names, self.municipalities = names, municipalities
        self.short = ["".join(random.choices("++++--0123", k=13)) for _ in range(300)]
        self.long = ["".join(f"{random.randint(0, 3)}(3)" for _ in range(6)) for _ in range(100)]

    def records(self, session: Session) -> Iterator[list[Cell]]:
        """Lines of a session, every known field in ORDER."""
        names, short, long = self.names, self.short, self.long
        for number, pupil in enumerate(session.pupils, 1):
            key = pupil.key
            who = names[key * 7919 % len(names)]
            series, document = f"00{key % 97:02d}", f"{key * 7 % 1_000_000:06d}"
            came = pupil.result is not None
            yield [
                number,
                self.municipalities.get(pupil.school, ""),
                pupil.school,
                pupil.group,
                CATEGORY[pupil.category],
                f"{pupil.school[:3]}{key % 9 + 1}",
                f"{key // 15 % 20 + 1:04d}",
                *who,
                series,
                document,
                f"{series} {document}",
                short[key % 300] if came else "",
                long[key % 100] if came else "",
                pupil.primary,
                pupil.result,
            ]

    def protocol(self, session: Session, style: Style) -> Iterator[Row]:
        """Title, header, lines and footers of one exam."""
        code, name = TITLES[session.exam]
        yield [""] * style.lead + [f"{code} - {name} {session.date}"]
        yield _spread([HEADERS[key] for key in style.columns], style.sparse)
        places = [PLACE[key] for key in style.columns]
        school = style.columns.index("school")
        for record in self.records(session):
            row = [record[place] for place in places]
            if style.numbers:
                row[school] = int(str(row[school]))
            yield _spread(row, style.sparse)
        if style.footer:
            yield from _footers(session, style)

    def technical(self, session: Session) -> Iterator[Row]:
        """The export with English headers: the exam and its date are only in the file's name."""
        yield list(TECHNICAL)
        places = [PLACE[key] for key in TECHNICAL.values()]
        for record in self.records(session):
            yield [record[place] for place in places]

    def together(self, sessions: Iterable[Session], style: Style) -> Iterator[Row]:
        """Several exams one under another on one sheet."""
        for session in sessions:
            yield from self.protocol(session, style)
            yield []

    def ege_appeals(self, session: Session, changed: Sequence[tuple[Pupil, int]]) -> Iterator[Row]:
        """Appeals of ЕГЭ: header of two rows, score before and after."""
        code, name = TITLES[session.exam]
        yield [""] * 7 + [f"{code} - {name} {session.date}"]
        yield list(EGE_APPEALS)
        yield [""] * 16 + ["Первичный балл", "Балл", ""]
        lines = self.records(Session(session.exam, session.year, session.date, "main", [p for p, _ in changed]))
        for record, (pupil, after) in zip(lines, changed, strict=True):
            field = {key: record[place] for key, place in PLACE.items()}
            before = pupil.result or 0
            state = "Апелляция удовлетворена" if after != before else "Апелляция отклонена"
            head = [field[key] for key in ("no", "school", "group", "point", "room", "surname", "name")]
            dates = ["18.06.2026 16:55:40", "23.06.2026 9:54:41"]
            tail = [before, (pupil.primary or 0) + (after > before), after, after - before]
            yield [
                *head,
                "",
                field["patronymic"],
                field["document"],
                "Апелляция на результат",
                state,
                "",
                *dates,
                *tail,
            ]

    def oge_appeals(self, session: Session, pupils: Sequence[Pupil]) -> Iterator[Row]:
        """Appeals of ОГЭ: the exam stands in a cell of every line, only the new result is given."""
        yield list(OGE_APPEALS)
        yield [""] * 10 + ["Первичный балл", "Оценка"]
        exam = f"{TITLES[session.exam][1]}({session.date})"
        for record in self.records(Session(session.exam, session.year, session.date, "main", list(pupils))):
            head = [record[PLACE[key]] for key in words("no school group point room surname name patronymic")]
            yield [*head, exam, "Апелляция о несогласии с баллами", record[PLACE["primary"]], record[PLACE["mark"]]]


def _spread(row: Sequence[Cell], sparse: bool) -> Row:
    if not sparse:
        return row
    wide: list[Cell] = [""] * (len(row) * 2)
    wide[::2] = row
    return wide


def _footers(session: Session, style: Style) -> Iterator[Row]:
    came = [pupil for pupil in session.pupils if pupil.result is not None]
    if not came:
        return
    width = len(style.columns)
    primary = round(sum(pupil.primary or 0 for pupil in came) / len(came))
    result = round(sum(pupil.result or 0 for pupil in came) / len(came))
    yield _spread(["Средние", *[""] * (width - 3), primary, result], style.sparse)
    if session.exam in ("ege_rus", "ege_profile"):
        minimum = 24 if session.exam == "ege_rus" else 27
        yield _spread(["Минимальная граница", *[""] * (width - 3), minimum, ""], style.sparse)
    yield _spread(["Всего участников", *[""] * (width - 3), len(session.pupils), ""], style.sparse)
