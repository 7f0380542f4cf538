"""The table of results: out with the school's lines, in whole or with every wrong cell named."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import fastexcel
import pytest
import xlsxwriter

from app.tables.grid import Unreadable
from app.teachers import sheets

LINES = [
    sheets.Line("1-math", "Лопухова Анна Игоревна", "математика"),
    sheets.Line("1-physics", "Лопухова Анна Игоревна", "физика"),
    sheets.Line("2-none", "Кедрова Жанна Андреевна", "управленческая деятельность"),
]
FIRST, LAST = date(2026, 7, 1), date(2026, 11, 25)
GOOD = [46, 63.5, 58, 84, 79]


def book(rows: list[list[Any]], heads: tuple[str, ...] = sheets.HEADS) -> bytes:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet, day = made.add_worksheet(sheets.SHEET), made.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write_row(0, 0, heads)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, day)
            elif value is not None:
                sheet.write(number, column, value)
    made.close()
    return buffer.getvalue()


def row(
    line: sheets.Line, day: Any = date(2026, 11, 18), percents: list[Any] | None = None, note: str = ""
) -> list[Any]:
    return [line.key, line.teacher, line.subject, day, *(percents or GOOD), note]


def read(data: bytes) -> sheets.Read:
    return sheets.read(data, LINES, first=FIRST, last=LAST)


@pytest.mark.req("OR-11", "OR-83")
def test_the_template_has_a_line_for_each_teacher_and_subject() -> None:
    made = sheets.template("Школа", LINES, first=FIRST, last=LAST)
    table = fastexcel.read_excel(made).load_sheet(sheets.SHEET).to_polars()
    assert tuple(table.columns) == sheets.HEADS
    assert table["Строка"].to_list() == [line.key for line in LINES]
    empty = read(made)
    assert empty.rows == [] and empty.wrong == [], "an untouched template says nothing"


@pytest.mark.req("OR-11")
def test_a_filled_table_is_read_with_dates_and_decimals() -> None:
    found = read(book([row(LINES[0], note="Задачи"), row(LINES[1], "18.11.2026", ["46,5", "63 %", 0, 100, None])]))
    assert found.wrong == []
    assert found.rows[0] == {
        "row": "1-math",
        "day": "2026-11-18",
        "note": "Задачи",
        **dict(zip([f"gap_{kind}" for kind in sheets.GAP_KINDS], [46.0, 63.5, 58.0, 84.0, 79.0], strict=True)),
    }
    assert found.rows[1]["gap_subject"] == 46.5 and found.rows[1]["gap_management"] is None


@pytest.mark.req("OR-11")
@pytest.mark.parametrize(
    ("change", "cell", "words"),
    [
        ({"day": "31.02.2026"}, "D2", "не бывает"),
        ({"day": date(2027, 3, 1)}, "D2", "из промежутка 01.07.2026"),
        ({"day": None}, "D2", "впишите день"),
        ({"percents": [101, 1, 1, 1, 1]}, "E2", "от 0 до 100"),
        ({"percents": [46, "много", 58, 84, 79]}, "F2", "число от 0 до 100"),
        ({"percents": [46, 63, 58, 84, 0.79]}, "I2", "если это 79 %"),
        ({"note": "а" * 256}, "J2", "не больше 255"),
    ],
)
def test_every_wrong_cell_is_named_by_its_address(change: dict[str, Any], cell: str, words: str) -> None:
    found = read(book([row(LINES[0], **change), row(LINES[1])]))
    assert [(wrong.cell, words in wrong.text) for wrong in found.wrong] == [(cell, True)]


def test_strangers_doubles_and_swapped_lines_are_refused() -> None:
    swapped = [LINES[1].key, "Кедрова Жанна Андреевна", "физика", date(2026, 11, 18), *GOOD, ""]
    alien = sheets.Line("99-math", "Чужой Пётр Ильич", "математика")
    found = read(book([row(LINES[0]), row(LINES[0]), row(alien), swapped]))
    assert [wrong.cell for wrong in found.wrong] == ["A3", "A4", "B5"]
    assert "Лопухова" in found.wrong[2].text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7", "таблица"),
        (book([], ("Фамилия", "Имя", "Класс")), "нет листа"),
        (book([], sheets.HEADS[:6]), "Нет столбцов"),
        (b"", "Файл"),
        (b"PK\x03\x04broken", "повреждён"),
        (b"x" * (sheets.MOST_BYTES + 1), "больше 5 МБ"),
    ],
)
def test_what_is_no_table_of_ours_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert words in f"{refused.value.message} {refused.value.advice}"
