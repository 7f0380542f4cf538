"""The table of results as a file: a template with the school's lines, and reading of a filled one, cell by cell.

A file is taken whole or not at all: every wrong cell is named by its address.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from app.tables.grid import Unreadable, load
from app.tables.sandbox import call_in_child
from app.tables.sheets import Wrong
from app.teachers.common import GAP_KINDS
from forms import values

SHEET = "Результаты"
HEADS = (
    "Строка",
    "Педагог",
    "Предмет",
    "Дата",
    "Предметные, %",
    "Межпредметные, %",
    "Психолого-педагогические, %",
    "ИКТ, %",
    "Управленческие, %",
    "Что именно вызывает затруднения",
)
WIDTHS = (14, 36, 24, 12, 14, 16, 18, 10, 16, 48)
FIELDS = ("day", *(f"gap_{kind}" for kind in GAP_KINDS), "note")
FIRST_FIELD = 3
LONGEST_NOTE = 255
MOST_BYTES = 5 * 1024**2
HELP = (
    "Заполните столбцы с четвёртого. Первые три не меняйте: по ним строки узнаются.",
    "Результат – доля верно выполненных заданий в процентах, число от 0 до 100.",
    "Уровень дефицита определится сам по шкале региона.",
    "Строки без результатов можно оставить пустыми: эти педагоги останутся непродиагностированными.",
    "Фамилий и работ обучающихся в таблице быть не должно.",
)


@dataclass(frozen=True)
class Line:
    """A line of the template: its number, whom and in what."""

    key: str
    teacher: str
    subject: str


@dataclass(frozen=True)
class Read:
    """`rows`: values of the form's lines by `row`; nothing may be taken while `wrong` is not empty."""

    rows: list[dict[str, Any]]
    wrong: list[Wrong]


def template(school: str, lines: Sequence[Line], *, first: date, last: date) -> bytes:
    """XLSX with a line for each teacher and subject; dates and numbers are checked while they are typed."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#E8EEF4"})
    fixed = book.add_format({"font_color": "#505A5F", "border": 1, "locked": True, "text_wrap": True, "valign": "top"})
    free = book.add_format({"border": 1, "locked": False, "valign": "top"})
    day = book.add_format({"border": 1, "locked": False, "num_format": "dd.mm.yyyy", "valign": "top"})
    note = book.add_format({"border": 1, "locked": False, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(SHEET)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 2)
    for column, (text, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, text, head)
    for row, line in enumerate(lines, 1):
        for column, text in enumerate((line.key, line.teacher, line.subject)):
            sheet.write_string(row, column, text, fixed)
        for column in range(FIRST_FIELD, len(HEADS)):
            style = day if column == FIRST_FIELD else note if column == len(HEADS) - 1 else free
            sheet.write_blank(row, column, None, style)
    end = max(len(lines), 1)
    sheet.data_validation(
        1,
        FIRST_FIELD,
        end,
        FIRST_FIELD,
        _between("date", _moment(first), _moment(last), "день этого учебного года, не позже сегодняшнего"),
    )
    sheet.data_validation(1, FIRST_FIELD + 1, end, len(HEADS) - 2, _between("decimal", 0, 100, "число от 0 до 100"))
    _help(book, school)
    book.close()
    return buffer.getvalue()


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day of a sheet has no zone


def _between(kind: str, least: Any, most: Any, words: str) -> dict[str, Any]:
    return {
        "validate": kind,
        "criteria": "between",
        "minimum": least,
        "maximum": most,
        "error_title": "Не подходит",
        "error_message": f"Впишите {words}.",
    }


def _help(book: Any, school: str) -> None:
    sheet = book.add_worksheet("Как заполнять")
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 90)
    for row, text in enumerate((school, *HELP)):
        sheet.write_string(row, 0, text, wrap)


# reading ------------------------------------------------------------------------------------------------------------


def cells(data: bytes, name: str) -> bytes:
    """Called in a child process: the first sheet that has our head, as rows of text; or why there is none."""
    try:
        for sheet in load(data):
            if sheet.width < 3:
                continue
            rows = sheet.texts(0, 2_000)
            heads = [(text or "").strip() for text in rows[0][1]] if rows else []
            if HEADS[0] in heads:
                return orjson.dumps({"heads": heads, "rows": rows[1:]})
    except Unreadable as error:
        return orjson.dumps({"refused": f"{error.message} {error.advice}".strip()})
    return orjson.dumps({"refused": f"В файле нет листа со столбцом «{HEADS[0]}». Скачайте шаблон и заполните его."})


def read(data: bytes, lines: Iterable[Line], *, first: date, last: date) -> Read:
    """Every line of the file against the lines that are waited for. Unreadable: the file is no table of ours."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"Файл больше {MOST_BYTES // 1024**2} МБ.", advice="Заполните шаблон и загрузите его.")
    found = orjson.loads(call_in_child("app.teachers.sheets:cells", data) or b"{}")
    if "rows" not in found:
        raise Unreadable(found.get("refused") or "Файл не удалось прочитать: он повреждён.")
    missing = [head for head in HEADS if head not in found["heads"]]
    if missing:
        raise Unreadable(f"Нет столбцов: {', '.join(f'«{head}»' for head in missing)}.", advice="Заполните шаблон.")
    table = _Table(found["heads"], {line.key: line for line in lines}, first, last)
    for number, row in found["rows"]:
        table.take(number, row)
    return Read(table.rows, table.wrong)


class _Table:
    def __init__(self, heads: Sequence[str], lines: Mapping[str, Line], first: date, last: date) -> None:
        self.at = {
            name: heads.index(head) for name, head in zip(("key", "teacher", "subject", *FIELDS), HEADS, strict=True)
        }
        self.lines, self.first, self.last = lines, first, last
        self.rows: list[dict[str, Any]] = []
        self.wrong: list[Wrong] = []
        self.seen: dict[str, int] = {}

    def take(self, number: int, row: Sequence[str | None]) -> None:
        """One row of the sheet; an empty one, or one without results, is passed over."""
        texts = {name: (row[at] or "").strip() if at < len(row) else "" for name, at in self.at.items()}
        if any(texts.values()) and self._known(number, texts) and any(texts[name] for name in FIELDS):
            self.rows.append({"row": texts["key"], **self._values(number, texts)})

    def _known(self, number: int, texts: Mapping[str, str]) -> bool:
        key = texts["key"]
        if key not in self.lines:
            self._fail(number, "key", key, "такой строки нет в списке школы: скачайте шаблон заново")
        elif key in self.seen:
            self._fail(number, "key", key, f"эта строка уже есть выше, в строке {self.seen[key]}")
        elif texts["teacher"].casefold() != self.lines[key].teacher.casefold():
            self._fail(number, "teacher", texts["teacher"], f"здесь должно быть: {self.lines[key].teacher}")
        else:
            self.seen[key] = number
            return True
        return False

    def _values(self, number: int, texts: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {"day": self._day(number, texts["day"])}
        for kind in GAP_KINDS:
            found[f"gap_{kind}"] = self._percent(number, f"gap_{kind}", texts[f"gap_{kind}"])
        given = any(texts[f"gap_{kind}"] for kind in GAP_KINDS)
        if given and not texts["day"]:
            self._fail(number, "day", "", "впишите день диагностики")
        if not given:
            self._fail(number, "gap_subject", "", "впишите хотя бы один результат или очистите строку")
        if len(texts["note"]) > LONGEST_NOTE:
            self._fail(number, "note", texts["note"], f"не больше {LONGEST_NOTE} знаков, сейчас {len(texts['note'])}")
        return {**found, "note": texts["note"] or None}

    def _day(self, number: int, text: str) -> str | None:
        if not text:
            return None
        try:
            day = values.read_date(text.removesuffix(" 00:00:00").partition("T")[0])
        except ValueError as error:
            self._fail(number, "day", text, values.lower_first(str(error)))
            return None
        if not self.first <= day <= self.last:
            span = f"{self.first:%d.%m.%Y} – {self.last:%d.%m.%Y}"
            self._fail(number, "day", text, f"поставьте день из промежутка {span}")
            return None
        return day.isoformat()

    def _percent(self, number: int, name: str, text: str) -> float | None:
        if not text:
            return None
        try:
            value = values.read_number(text)
        except ValueError:
            self._fail(number, name, text, "впишите число от 0 до 100")
            return None
        if not 0 <= value <= 100:
            self._fail(number, name, text, "впишите число от 0 до 100")
        elif 0 < value < 1:
            self._fail(number, name, text, f"похоже на долю: если это {value * 100:.0f} %, впишите {value * 100:.0f}")
        else:
            return value
        return None

    def _fail(self, number: int, name: str, value: str, text: str) -> None:
        shown = value if len(value) <= 60 else value[:57] + "…"
        self.wrong.append(Wrong(f"{xl_col_to_name(self.at[name])}{number}", shown, text))
