"""A list as an XLSX sheet: texts are only ever texts, so nothing that was typed becomes a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""

WIDEST = 60


@dataclass(frozen=True)
class Wrong:
    """A cell that cannot be taken: «E7», what is in it and what to do."""

    cell: str
    value: str
    text: str


def sheet(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet with a head that stays in sight and a filter. Cells: texts, numbers, days; None is an empty cell."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(name[:31])
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "dd.mm.yyyy", "valign": "top"})
        widths = [len(head) for head in heads]
        page.write_row(0, 0, heads, bold)
        last = 0
        for last, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                _cell(page, last, column, value, text, day)
                widths[column] = max(widths[column], min(len(str(value or "")), WIDEST))
        for column, width in enumerate(widths):
            page.set_column(column, column, min(width, WIDEST) + 2)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(last, 1), len(heads) - 1)
    return made.getvalue()


def _cell(page: Any, row: int, column: int, value: Any, text: Any, day: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, date)):
        page.write_string(row, column, "" if value is None else str(value), text)
    elif isinstance(value, date):
        page.write_datetime(row, column, value.replace(tzinfo=None) if isinstance(value, datetime) else value, day)
    else:
        page.write_number(row, column, value, text)
