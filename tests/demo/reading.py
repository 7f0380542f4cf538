"""The plainest reading of the demo's files, independent of the application's import: rows of text, counts by school."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from io import StringIO

import fastexcel

Row = list[str]
LOWEST = {"Оценка": 3, "Mark5": 3}


def rows(name: str, content: bytes) -> list[Row]:
    """Every row of the first sheet as text; empty cells are empty strings."""
    if name.endswith(".csv"):
        encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp1251"
        return list(csv.reader(StringIO(content.decode(encoding)), delimiter=";"))
    sheet = fastexcel.read_excel(content).load_sheet(0, header_row=None, dtypes="string").to_polars()
    return [["" if cell is None else cell for cell in row] for row in sheet.rows()]


def header(table: list[Row], *names: str) -> tuple[int, dict[str, int]]:
    """Number of the first row that has all the names, and where each non-empty heading stands."""
    for number, row in enumerate(table):
        if set(names) <= set(row):
            return number, {cell: place for place, cell in enumerate(row) if cell}
    raise AssertionError(f"no header with {names}")


def recount(table: list[Row], minimum: int) -> dict[str, tuple[int, int]]:
    """Participants and failures by «Код ОО» of one protocol: those who came, of this year's graduates only."""
    for code in ("Код ОО", "SchoolCode"):
        if any(code in row for row in table[:3]):
            break
    start, place = header(table, code)
    value = next(place[name] for name in ("Оценка", "Mark5", "Балл", "Тестовый балл") if name in place)
    category = place.get("Категория участника")
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in table[start + 1 :]:
        school = row[place[code]] if len(row) > place[code] else ""
        if not school.isdigit() or len(school) != 6 or not row[value]:
            continue
        if category is not None and row[category] != "Выпускник текущего года":
            continue
        found[school][0] += 1
        found[school][1] += int(row[value]) < minimum
    return {school: (n, low) for school, (n, low) in found.items()}


def added(parts: Iterable[dict[str, tuple[int, int]]]) -> dict[str, tuple[int, int]]:
    """Counts of several papers of one exam, added up by school."""
    total: dict[str, tuple[int, int]] = {}
    for part in parts:
        for school, (n, low) in part.items():
            before = total.get(school, (0, 0))
            total[school] = (before[0] + n, before[1] + low)
    return total
