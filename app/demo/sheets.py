"""Writing of tables: XLSX and CSV with the same bytes for the same rows.

Workbooks are plain: one sheet, strings in place, no styles. A general writer needs fifteen times as long for half a
million cells, and the demo must be there within seconds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Cell = str | int | float | None
Row = Sequence[Cell]

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_COLUMNS = [first + second for first in ("", "A", "B") for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    for line, row in enumerate(rows, 1):
        cells = []
        for column, value in zip(_COLUMNS, row, strict=False):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                text = f'<is><t xml:space="preserve">{_escaped(value)}</t></is>'
                cells.append(f'<c r="{column}{line}" t="inlineStr">{text}</c>')
            else:
                cells.append(f'<c r="{column}{line}"><v>{value}</v></c>')
        yield f'<row r="{line}">{"".join(cells)}</row>'


def xlsx(rows: Iterable[Row], *, sheet: str = "Лист1") -> bytes:
    """A workbook of one sheet of up to 78 columns; strings stay strings, None and "" leave the cell empty."""
    page = f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(_lines(rows))}</sheetData></worksheet>'
    parts = {**_PARTS, "xl/workbook.xml": _BOOK % _escaped(sheet[:31]), "xl/worksheets/sheet1.xml": page}
    out = BytesIO()
    with ZipFile(out, "w") as book:
        for name, body in parts.items():
            entry = ZipInfo(name)  # its date is fixed, so the bytes are the same every time
            entry.compress_type = ZIP_DEFLATED
            book.writestr(entry, _XML + body, compresslevel=4)
    return out.getvalue()


def text(rows: Iterable[Row], *, encoding: str = "utf-8-sig") -> bytes:
    """CSV with semicolons and CRLF, as the exam systems write it: cp1251 or UTF-8 with a byte order mark."""
    out = StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)
