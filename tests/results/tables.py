"""Tables of every kind drawn in every format, with a plain reckoning of what they hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

Row = Sequence[Any]
Book = dict[str, list[Row]]


def xlsx(book: Book) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        for name, rows in book.items():
            sheet = workbook.add_worksheet(name)
            for line, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value not in (None, ""):
                        sheet.write(line, column, value)
    return out.getvalue()


def xls(book: Book) -> bytes:
    workbook = xlwt.Workbook()
    for name, rows in book.items():
        sheet = workbook.add_sheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if value not in (None, ""):
                    sheet.write(line, column, value)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def ods(book: Book) -> bytes:
    document = OpenDocumentSpreadsheet()
    for name, rows in book.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for value in row:
                if isinstance(value, (int, float)):
                    cell = TableCell(valuetype="float", value=value)
                else:
                    cell = TableCell(valuetype="string") if value not in (None, "") else TableCell()
                if value not in (None, ""):
                    cell.addElement(P(text=str(value)))
                line.addElement(cell)
            table.addElement(line)
        document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def text(book: Book, *, encoding: str = "utf-8", delimiter: str = ";") -> bytes:
    (rows,) = book.values()
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(
        ["" if value is None else value for value in row] for row in rows
    )
    return out.getvalue().encode(encoding)


FORMATS: dict[str, Callable[[Book], bytes]] = {
    "xlsx": xlsx,
    "xls": xls,
    "ods": ods,
    "csv-utf8": text,
    "csv-bom": lambda book: text(book, encoding="utf-8-sig"),
    "csv-cp1251": lambda book: text(book, encoding="cp1251"),
    "csv-comma": lambda book: text(book, delimiter=","),
    "csv-tab": lambda book: text(book, delimiter="\t"),
}

FLAT = ["Год", "Класс", "Предмет", "Муниципалитет", "ОО", "Логин", "Кол-во участников", "2", "3", "4", "5"]
EGE = [
    "№",
    "Код МСУ",
    "Код ОО",
    "Класс",
    "Код ППЭ",
    "Аудитория",
    "Фамилия",
    "Имя",
    "Отчество",
    "Серия",
    "Номер",
    "Задания с кратким ответом",
    "Задания с развёрнутым ответом",
    "Первичный балл",
    "Балл",
]
OGE = [
    "№",
    "Код ОО",
    "Класс",
    "Код ППЭ",
    "Аудитория",
    "Код МСУ",
    "Фамилия",
    "Имя",
    "Отчество",
    "Серия",
    "Номер",
    "Задания с кратким ответом",
    "Задания с развёрнутым ответом",
    "Первичный балл",
    "Оценка",
]
TECHNICAL = [
    "SchoolCode",
    "ClassCode",
    "SurnameCell",
    "NameCell",
    "SecondNameCell",
    "DocumentSeriesCode",
    "DocumentNumberCode",
    "TestResultBCell",
    "TestResultCCell",
    "PrimaryMark",
    "Mark5",
]
# Invented people whose traces every test of privacy looks for.
SURNAMES = ("Заозёрновский", "Малахитцев", "Пеструхина")
NAMES = ("Аристарх", "Евстолия", "Филарет")
PATRONYMICS = ("Капитонович", "Лукинична", "Аверьянович")
SERIES, NUMBERS = "8877", ("904517", "904518", "904519")
TRACES = (*SURNAMES, *NAMES, *PATRONYMICS, SERIES, *NUMBERS)


def flat_rows(
    schools: Iterable[tuple[str, Sequence[int]]], *, year: Any = 2025, grade: Any = 5, percent: int | None = None
) -> list[Row]:
    """Rows of the flat extract in mathematics: counts of marks, or percentages with so many decimals."""
    rows: list[Row] = []
    for login, marks in schools:
        n = sum(marks)
        shown = list(marks) if percent is None else [round(100 * m / n, percent or None) for m in marks]
        rows.append([year, grade, "Математика", "Район", f"Школа {login}", login, n, *shown])
    return rows


def pupil(
    number: int, code: Any, *, primary: Any = 10, result: Any = 50, grade: str = "11А", head: Sequence[str] = EGE
) -> Row:
    """A line of a protocol for the given header."""
    who = number % len(SURNAMES)
    values = {
        "№": number,
        "Код МСУ": 111,
        "Код ОО": code,
        "SchoolCode": code,
        "Класс": grade,
        "ClassCode": grade,
        "Код ППЭ": 1101,
        "Аудитория": "0007",
        "Фамилия": SURNAMES[who],
        "SurnameCell": SURNAMES[who],
        "Имя": NAMES[who],
        "NameCell": NAMES[who],
        "Отчество": PATRONYMICS[who],
        "SecondNameCell": PATRONYMICS[who],
        "Серия": SERIES,
        "DocumentSeriesCode": SERIES,
        "Номер": NUMBERS[who],
        "DocumentNumberCode": NUMBERS[who],
        "Документ": f"{SERIES} {NUMBERS[who]}",
        "Первичный балл": primary,
        "PrimaryMark": primary,
        "Балл": result,
        "Тестовый балл": result,
        "Оценка": result,
        "Mark5": result,
    }
    return [values.get(column, "") for column in head]


def protocol(
    people: Sequence[Row], *, title: str = "01 - Русский язык 2025.05.30", head: Sequence[str] = EGE
) -> list[Row]:
    return [[title], list(head), *people]


def counts(frame: Any) -> dict[tuple[str, str, str, int, str], tuple[int, int]]:
    """(code, procedure, part, school year, wave) → (n, low) of a results frame."""
    keys = ["code", "procedure", "part", "school_year", "wave"]
    return {tuple(row[:5]): (row[5], row[6]) for row in frame.select(*keys, "n", "low").rows()}
