"""A copy of a table for the person who mends it: bad cells red, doubtful ones yellow, each with its reason.

Only columns that the reader knows are copied, so columns with names and documents are never in the copy; of tables of
pupils only remarked rows are, and a cell whose text could be a name or a document that slid into it is hidden as well.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import polars as pl
import xlsxwriter

from app.errors import BadInput
from app.results import occasions
from app.results.facts import ABSENT, hide_personal
from app.results.readers import LAYOUTS
from app.tables.grid import ROW, Sheet, Unreadable, load
from app.tables.headers import Section, find_sections
from app.tables.reading import Remark
from app.tables.sandbox import Source, call_in_child

WHOLE_SHEET_ROWS = 20_000
COMMENTS = 1_000
OF_PUPILS = ("protocol", "appeals", "fisoko_individual", "vpr_collection")
PLACES = ("number", "point", "room")  # free numbers: a document that slid here could not be told from them
CATEGORY_WORDS = (
    r"(?i:(?:выпускник\w*|прошлых|текущего|лет|года|обучающ\w*|спо|нпо|впл|втг|гвэ|оо|экстерн\w*|[ixv]+|\d{1,2}|"
    r"класс\w*|средн\w+|начальн\w+|профессиональн\w+|организаци\w*|не|завершивш\w+)[\s.,-]*)+"
)
HEADERS = ("Лист", "Строка", "Столбец", "Значение", "Замечание")


class Remarked(Protocol):
    """A reading or a report of a file."""

    rejected: list[Remark]
    doubts: list[Remark]


def annotated(source: Source, remarked: Remarked, *, name: str = "") -> bytes:
    """XLSX: the list of remarks, then each sheet with its rows in their places. Made in a child process.

    Tables of pupils and sheets above 20,000 rows are copied with the remarked rows only. BadInput if the file cannot be copied.
    """
    options = {
        "rejected": [asdict(remark) for remark in remarked.rejected],
        "doubts": [asdict(remark) for remark in remarked.doubts],
    }
    made = call_in_child("app.results.annotate:annotate", source, name=name, options=options)
    if not made:
        raise BadInput("Копию с замечаниями сделать не удалось: файл не читается.")
    return made


def annotate(data: bytes, name: str, *, rejected: list[dict[str, Any]], doubts: list[dict[str, Any]]) -> bytes:
    """The same in this process."""
    bad, doubtful = [Remark(**r) for r in rejected], [Remark(**r) for r in doubts]
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    formats = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "bad": book.add_format(
            {"bg_color": "#F8D0CC", "font_color": "#8A1300", "border": 1, "border_color": "#C0271A"}
        ),
        "doubt": book.add_format({"bg_color": "#FFF0B8", "border": 1, "border_color": "#B58900"}),
    }
    _list(book, formats, bad, doubtful)
    try:
        sheets = load(data)
    except Unreadable:
        sheets = []
    used = {"замечания"}
    for sheet in sheets:
        sections, _ = find_sections(sheet, LAYOUTS)
        if sections:
            page = book.add_worksheet(_title(sheet.name, used))
            _copy(page, formats, sheet, sections, _by_row(bad, sheet.name), _by_row(doubtful, sheet.name))
    book.close()
    return stream.getvalue()


def _list(
    book: xlsxwriter.Workbook, formats: Mapping[str, Any], bad: Sequence[Remark], doubts: Sequence[Remark]
) -> None:
    page = book.add_worksheet("Замечания")
    page.write_row(0, 0, HEADERS, formats["head"])
    for line, (remark, style) in enumerate([*((r, "bad") for r in bad), *((r, "doubt") for r in doubts)], 1):
        page.write_row(line, 0, [remark.sheet, remark.row or "", remark.column, remark.value])
        page.write_string(line, 4, remark.reason, formats[style])
    page.set_column(0, 3, 18)
    page.set_column(4, 4, 70)
    page.freeze_panes(1, 0)


def _title(name: str, used: set[str]) -> str:
    """A name of a sheet that a workbook allows and that is not taken."""
    base = re.sub(r"[\[\]:*?/\\']", " ", name)[:28].strip() or "Лист"
    title, number = base, 2
    while title.lower() in used:
        title, number = f"{base} {number}"[:31], number + 1
    used.add(title.lower())
    return title


def _by_row(remarks: Sequence[Remark], sheet: str) -> dict[int, list[Remark]]:
    found: dict[int, list[Remark]] = defaultdict(list)
    for remark in remarks:
        if remark.row and remark.sheet == sheet:
            found[remark.row].append(remark)
    return found


def _copy(
    page: Any,
    formats: Mapping[str, Any],
    sheet: Sheet,
    sections: Sequence[Section],
    bad: Mapping[int, list[Remark]],
    doubts: Mapping[int, list[Remark]],
) -> None:
    comments = 0
    for section in sections:
        _titles(page, section)
        pupils = section.layout.kind in OF_PUPILS
        fields = [name for name in section.labels if not (pupils and name in PLACES)]
        places = {section.labels[name]: column for column, name in enumerate(fields)}
        page.write_row(section.header_row - 1, 0, [section.labels[name] for name in fields], formats["head"])
        body = section.body
        if pupils or sheet.cells.height > WHOLE_SHEET_ROWS:
            body = body.filter(pl.col(ROW).is_in([*bad, *doubts]))
        for row in body.select(ROW, *fields).iter_rows():
            marks = _marks(row[0], bad, doubts, places)
            for column, text in enumerate(row[1:]):
                shown = _shown(fields[column], text, pupils)
                style, reason = marks.get(column, ("", ""))
                page.write_string(row[0] - 1, column, shown, formats.get(style))
                if reason and comments < COMMENTS:
                    page.write_comment(row[0] - 1, column, reason, {"x_scale": 2})
                    comments += 1
    page.set_column(0, 20, 16)


def _titles(page: Any, section: Section) -> None:
    """Title lines above the table: only cells that name the occasion."""
    top = section.header_row - 1 - len(section.preamble)
    for offset, cells in enumerate(section.preamble):
        for column, text in enumerate(cell for cell in cells if cell):
            if top + offset >= 0 and _names_occasion(text):
                page.write_string(top + offset, column, text)


def _names_occasion(text: str) -> bool:
    found = occasions.parse(text)
    return len(text) <= 200 and bool(found.subject or found.family or found.day or found.grade)


def _marks(
    row: int, bad: Mapping[int, list[Remark]], doubts: Mapping[int, list[Remark]], places: Mapping[str, int]
) -> dict[int, tuple[str, str]]:
    marks: dict[int, tuple[str, str]] = {}
    for style, remarks in (("doubt", doubts.get(row, [])), ("bad", bad.get(row, []))):
        for remark in remarks:
            column = places.get(remark.column, 0)
            earlier = marks.get(column, ("", ""))[1]
            marks[column] = (style, f"{earlier}; {remark.reason}" if earlier else remark.reason)
    return marks


def _shown(field: str, text: str | None, pupils: bool) -> str:
    if not text or not pupils or _is_known(field, text):
        return text or ""
    return hide_personal("code" if field in ("code", "login") else field, text)


def _is_known(field: str, text: str) -> bool:
    """Texts of pupils' tables that can only be what the column is for."""
    patterns = {
        "grade": r"\d{1,2}\s*[«\"(-]?\s*\w?[»\")]?",
        "variant": r"\d{1,4}|(?i:отсутств\w*)",
        "category": CATEGORY_WORDS,
        "state": ABSENT,
        "day": r"[\d.\-: /]{6,19}",
    }
    if field in ("exam", "subject"):
        return bool(occasions.parse(text).subject or occasions.parse(text).other_subject)
    if field == "wave":
        return bool(occasions.wave_of(text))
    return bool(field in patterns and re.fullmatch(patterns[field], text))
