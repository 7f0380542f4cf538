"""Bytes of xlsx, xls, ods or csv to sheets of text cells.

Everything is read as text: leading zeros of codes survive and one bad cell cannot change the type of a column. The
kind of a file is known by its first bytes, never by its name.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import fastexcel
import polars as pl

from app.errors import BadInput

MAX_FILE_BYTES = 200 * 1024**2
MAX_UNPACKED_BYTES = 600 * 1024**2
MAX_ENTRIES = 2_000
MAX_COLUMNS = 2_000
ROW = "row"
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ADVICE = "Откройте файл в табличном редакторе, сохраните его как XLSX и загрузите ещё раз."


class Unreadable(BadInput):
    """The file cannot be read as a table, or not as a table we know: nothing of it is taken."""

    code = "unreadable_table"


@dataclass(frozen=True)
class Sheet:
    """One sheet. `cells` has text columns `c0`, `c1`… and `row`, the number of the row as Excel shows it (from 1)."""

    name: str
    cells: pl.DataFrame

    @property
    def width(self) -> int:
        return self.cells.width - 1

    def texts(self, start: int, count: int) -> list[tuple[int, list[str | None]]]:
        """Rows by position: (row number, cells)."""
        part = self.cells.slice(start, count)
        return list(zip(part[ROW].to_list(), map(list, part.drop(ROW).rows()), strict=True))


def load(data: bytes) -> list[Sheet]:
    """Sheets of the file in their order, empty and hidden ones left out. Raises `Unreadable` in plain words."""
    if not data.strip(b"\0 \r\n\t"):
        raise Unreadable("Файл пуст.")
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(f"Файл больше {MAX_FILE_BYTES // 1024**2} МБ.", advice="Разделите таблицу на части.")
    if data.startswith(ZIP_MAGIC):
        _refuse_bomb(data)
        return _workbook(data)
    if data.startswith(OLE_MAGIC):
        return _workbook(data)
    return [_text(data)]


def _refuse_bomb(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("Файл повреждён: архив таблицы обрывается или испорчен.", advice=ADVICE) from error
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(f"Внутри файла {len(entries)} частей, допустимо не больше {MAX_ENTRIES}.", advice=ADVICE)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        limit = MAX_UNPACKED_BYTES // 1024**2
        raise Unreadable(
            f"В распакованном виде файл занимает {unpacked // 1024**2} МБ, допустимо не больше {limit} МБ.",
            advice="Разделите таблицу на части.",
        )


def _workbook(data: bytes) -> list[Sheet]:
    try:
        book = fastexcel.read_excel(data)
        sheets = []
        for index, name in enumerate(book.sheet_names):
            loaded = book.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
            if loaded.visible == "visible":
                sheets.append(_sheet(name, loaded.to_polars()))
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise Unreadable("Файл не читается как таблица: он повреждён или защищён паролем.", advice=ADVICE) from error
    found = [sheet for sheet in sheets if sheet.cells.height]
    if not found:
        raise Unreadable("В файле нет ни одной заполненной таблицы.")
    return found


def _sheet(name: str, frame: pl.DataFrame, first_row: int = 1) -> Sheet:
    if frame.width > MAX_COLUMNS:
        raise Unreadable(f"На листе «{name}» {frame.width} столбцов, допустимо не больше {MAX_COLUMNS}.")
    frame = frame.select(pl.col(name).cast(pl.String).alias(f"c{i}") for i, name in enumerate(frame.columns))
    return Sheet(name, frame.with_row_index(ROW, first_row).select(pl.exclude(ROW), ROW) if frame.width else frame)


def _text(data: bytes) -> Sheet:
    text = _decoded(data)
    start = text[:2000].lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<table", "<?xml", "{", "%pdf")):
        raise Unreadable("Это не таблица XLSX, XLS, ODS или CSV, хотя имя файла может говорить иное.", advice=ADVICE)
    lines = text.splitlines()
    delimiter = max(";\t,", key=lambda mark: sum(1 for line in lines[:200] if line.count(mark) >= 2))
    width = 1 + max(line.count(delimiter) for line in lines)
    if width < 3:
        raise Unreadable("Файл не похож на таблицу: в строках нет столбцов.", advice=ADVICE)
    # A wide first record makes every later record keep all its cells, however short the real first line is.
    width = min(width, MAX_COLUMNS)
    padded = (delimiter * (width - 1) + "\n" + text).encode()
    names = [f"c{i}" for i in range(width)]
    try:
        frame = _csv(padded, delimiter, names, '"')
    except pl.exceptions.PolarsError:
        try:
            frame = _csv(padded, delimiter, names, None)
        except pl.exceptions.PolarsError as error:
            raise Unreadable("Файл CSV не разбирается на строки и столбцы.", advice=ADVICE) from error
    return _sheet("CSV", frame.slice(1))


def _csv(data: bytes, delimiter: str, names: list[str], quote: str | None) -> pl.DataFrame:
    return pl.read_csv(
        data,
        separator=delimiter,
        quote_char=quote,
        has_header=False,
        infer_schema=False,
        new_columns=names,
        truncate_ragged_lines=True,
        raise_if_empty=False,
    )


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in data:
        raise Unreadable("Файл не читается как таблица: это не XLSX, XLS, ODS и не текст CSV.", advice=ADVICE)
    else:
        encodings = ("utf-8-sig", "cp1251")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("Кодировка текста не узнана.", advice="Сохраните CSV в кодировке UTF-8 или Windows-1251.")
