"""The twin of a questionnaire as a table: out with every question, in whole or with every wrong cell named."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from app.diagnostics import instruments, twin
from app.tables import sheets
from app.tables.grid import Unreadable
from tests.diagnostics.town import worst

pytestmark = pytest.mark.req("OR-78", "OR-86", "OM-14")
ASKED = [code for code in instruments.codes() if instruments.newest(code).sections]


def book(rows: list[tuple[str, str]], **tables: list[list[str]]) -> bytes:
    """A filled twin: (code, answer) pairs; a sheet of rows, its head first, by the code of a question."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        sheet = made.add_worksheet(twin.SHEET)
        sheet.write_row(0, 0, twin.HEADS)
        for number, (code, answer) in enumerate(rows, 1):
            sheet.write_row(number, 0, (code, "", "", answer))
        for name, lines in tables.items():
            page = made.add_worksheet(name)
            for number, line in enumerate(lines):
                page.write_row(number, 0, line)
    return buffer.getvalue()


def administration() -> instruments.Instrument:
    return instruments.newest("administration")


def question(kind: str, code: str = "administration") -> Any:
    return next(one for one in instruments.newest(code).questions if one.type == kind)


@pytest.mark.parametrize("code", ASKED)
def test_what_is_known_goes_out_and_comes_back_the_same(code: str) -> None:
    instrument = instruments.newest(code)
    known = {key: value for key, value in worst(code).items() if value not in (None, "", [])}
    found = twin.read(twin.template(instrument, "МБОУ «СОШ № 1»", known), instrument)
    assert found.wrong == [] and found.answers == known


def test_an_empty_template_has_nothing_to_take() -> None:
    found = twin.read(twin.template(administration(), "МБОУ «СОШ № 1»", {}), administration())
    assert (found.answers, found.wrong) == ({}, [])


def test_a_table_of_a_question_has_a_sheet_of_its_own() -> None:
    table = question("table")
    head = [column.text for column in table.columns]
    lines = [head, ["математика", "5", "много низких"], ["", "", ""], ["русский язык", "", "нет учителя"]]
    found = twin.read(book([], **{table.code: lines}), administration())
    assert found.wrong == []
    assert [row["subject"] for row in found.answers[table.code]] == ["математика", "русский язык"]
    assert "grade" not in found.answers[table.code][1]
    lacking = twin.read(book([], **{table.code: [head, ["", "5", "много низких"]]}), administration())
    assert [one.cell for one in lacking.wrong] == [f"{table.code}!A2"]
    many = twin.read(
        book([], **{table.code: [head, *[["физика", "", "мало часов"]] * (table.most + 1)]}), administration()
    )
    assert "не больше" in many.wrong[-1].text


def test_every_wrong_cell_is_named_with_what_to_write() -> None:
    percent, several = question("percent"), question("several")
    chosen = next(one for one in administration().questions if one.type in ("one", "scale"))
    rows = [
        (percent.code, "140"),
        (chosen.code, "не знаю такого"),
        ("no_such_question", "да"),
        (percent.code, "20"),
        (several.code, "чего нет; и этого нет"),
    ]
    found = twin.read(book(rows), administration())
    assert [one.cell for one in found.wrong] == ["D2", "D3", "A4", "A5", "D6"]
    assert "от 0 до 100" in found.wrong[0].text and "один из" in found.wrong[1].text
    assert all(one.text[:1].islower() or one.text.startswith("«") for one in found.wrong)


def test_choices_are_read_by_their_words_in_any_case() -> None:
    several = question("several")
    labels = [option.label for option in several.options if option.code != several.alone][:2]
    found = twin.read(book([(several.code, f" {labels[0].upper()} ;{labels[1]};")]), administration())
    assert found.wrong == [] and found.answers[several.code] == [o.code for o in several.options if o.label in labels]


def test_a_file_that_is_no_twin_is_refused_in_words() -> None:
    with pytest.raises(Unreadable, match="Ответы"):
        twin.read(sheets.sheet("Другой", ("Код", "Вопрос"), [("a", "b")]), administration())
    with pytest.raises(Unreadable):
        twin.read(b"\x00\x01nothing", administration())
    with pytest.raises(Unreadable, match="больше"):
        twin.read(b" " * (twin.MOST_BYTES + 1), administration())
