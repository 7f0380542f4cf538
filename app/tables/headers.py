"""Tables inside sheets, found by the words of their headers: column order, letter case and stray blanks do not matter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from app.tables.grid import ROW, Sheet

SEARCH_ROWS = 300
PREAMBLE_ROWS = 40
# A cell that is meant to be a code or a login, however wrong: a short prefix and digits.
CODE_LIKE = r"^\s*\p{L}{0,5}\s?\d[\d\s.,]*$"
BLANKS = " \t\r\n\u00a0\u200b\ufeff"


def plain(text: str | None) -> str:
    """A header in the form in which aliases are written: «Кол - во  Участников:» → «кол-во участников»."""
    if not text:
        return ""
    words = " ".join(text.lower().replace("ё", "е").replace("\u200b", "").replace("\ufeff", "").split())
    words = re.sub(r"\s*[-–—]\s*", "-", words).replace("количество", "кол-во")
    words = re.sub(r"^(\d+)[.,]0+$", r"\1", words)
    return words.strip(" .,:;*\"'")


@dataclass(frozen=True)
class Layout:
    """How a kind of table looks.

    `fields`: field → patterns that a plain header must match whole. `required`: fields, or alternatives joined by «|»,
    without which the table is not this kind. `hallmarks`: fields that make us think of this kind when something is
    missing. `key`, `key_pattern`: field (or alternatives) and the look of its cells
    by which a data row is told from titles, totals and footers.
    `two_rows`: headers are «group / column» made of two rows.
    """

    kind: str
    title: str
    fields: Mapping[str, Sequence[str]]
    required: Sequence[str]
    key: str
    key_pattern: str = CODE_LIKE
    names: Mapping[str, str] = field(default_factory=dict)
    hallmarks: Sequence[str] = ()
    two_rows: bool = False

    def columns(self, headers: Sequence[str]) -> dict[str, int]:
        """Field → position of the first header that matches it."""
        found: dict[str, int] = {}
        for position, header in enumerate(headers):
            if not header:
                continue
            for name, patterns in self.fields.items():
                if name not in found and any(re.fullmatch(pattern, header) for pattern in patterns):
                    found[name] = position
                    break
        return found

    def missing(self, columns: Mapping[str, int]) -> list[str]:
        """Names of required columns that are not there, as people call them."""
        lacking = [need for need in self.required if not any(name in columns for name in need.split("|"))]
        return [" или ".join(f"«{self.names.get(name, name)}»" for name in need.split("|")) for need in lacking]


@dataclass
class Section:
    """One table of a sheet. `body`: text columns named by field, plus `row`; `lines`: (row, cells) that are not data."""

    layout: Layout
    sheet: str
    header_row: int
    labels: dict[str, str]
    preamble: list[list[str]]
    body: pl.DataFrame
    lines: list[tuple[int, list[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class NearMiss:
    """A table that would be of this kind but for missing columns."""

    layout: Layout
    sheet: str
    header_row: int
    missing: list[str]
    matched: int


def trimmed(expr: pl.Expr) -> pl.Expr:
    """Text without blanks at the ends; an empty cell becomes null."""
    text = expr.str.strip_chars(BLANKS)
    return pl.when(text == "").then(None).otherwise(text)


def find_sections(sheet: Sheet, layouts: Sequence[Layout]) -> tuple[list[Section], list[NearMiss]]:
    """Tables of the sheet in the order of rows; near misses only if no table was found."""
    head = sheet.texts(0, SEARCH_ROWS)
    misses: list[NearMiss] = []
    for index, (row, cells) in enumerate(head):
        following = head[index + 1][1] if index + 1 < len(head) else []
        match = _match(cells, following, layouts)
        if match is not None:
            return _split(sheet, index, match, layouts), []
        miss = _near_miss(sheet.name, row, cells, layouts)
        if miss:
            misses.append(miss)
    misses.sort(key=lambda miss: -miss.matched)
    return [], misses[:1]


@dataclass(frozen=True)
class _Match:
    layout: Layout
    columns: dict[str, int]
    labels: list[str]
    height: int


def _match(cells: Sequence[str | None], following: Sequence[str | None], layouts: Sequence[Layout]) -> _Match | None:
    one = [plain(cell) for cell in cells]
    if sum(1 for text in one if text) < 2:
        return None
    two: list[str] | None = None
    for layout in layouts:
        if layout.two_rows:
            two = two or _joined(one, [plain(cell) for cell in following])
        headers = two if layout.two_rows and two else one
        columns = layout.columns(headers)
        if not layout.missing(columns):
            labels = [_shown(cell) for cell in cells]
            if layout.two_rows:
                labels = _joined(labels, [_shown(cell) for cell in following])
            return _Match(layout, columns, labels, 2 if layout.two_rows else 1)
    return None


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """«Группа / столбец» for columns under a merged group, the upper text alone elsewhere."""
    joined, group = [], ""
    for position, text in enumerate(upper):
        under = lower[position] if position < len(lower) else ""
        group = text or group
        joined.append(f"{group} / {under}" if under else text)
    return joined


def _shown(cell: str | None) -> str:
    return " ".join((cell or "").split())


def _near_miss(sheet: str, row: int, cells: Sequence[str | None], layouts: Sequence[Layout]) -> NearMiss | None:
    headers = [plain(cell) for cell in cells]
    best: NearMiss | None = None
    for layout in layouts:
        columns = layout.columns(headers)
        matched = len(columns)
        hallmark = any(name in columns for name in layout.hallmarks) if layout.hallmarks else True
        if matched < 3 or not hallmark or layout.two_rows:
            continue
        if best is None or matched - len(layout.missing(columns)) > best.matched - len(best.missing):
            best = NearMiss(layout, sheet, row, layout.missing(columns), matched)
    return best


def _split(sheet: Sheet, first: int, match: _Match, layouts: Sequence[Layout]) -> list[Section]:
    """Cuts the sheet at each header row: the first one is known, the rest look unlike data in the key column."""
    sections: list[Section] = []
    starts = [(first, match), *_later_headers(sheet, first, match, layouts)]
    above = _lines(sheet.cells.head(first).tail(PREAMBLE_ROWS))
    for number, (position, found) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else sheet.cells.height
        part = sheet.cells.slice(position + found.height, end - position - found.height)
        section = _section(sheet, position, found, part, [cells for _, cells in above])
        sections.append(section)
        above = section.lines[-PREAMBLE_ROWS:]
    return sections


def _later_headers(sheet: Sheet, first: int, match: _Match, layouts: Sequence[Layout]) -> list[tuple[int, _Match]]:
    rest = sheet.cells.slice(first + match.height)
    odd = rest.filter(_unlike_data(match))
    # A header row has at least one cell equal to a header we know; cells of data almost never are.
    words = sorted({plain(label) for label in match.labels if label} | {"код оо", "логин", "schoolcode"})
    texts = [pl.col(c).str.to_lowercase().str.strip_chars(BLANKS + ".,:;*") for c in odd.columns if c != ROW]
    likely = odd.filter(pl.sum_horizontal(t.is_in(words).fill_null(False).cast(pl.Int32) for t in texts) >= 3)
    found = []
    start = int(sheet.cells[ROW][0])
    for row in likely[ROW].to_list():
        position = row - start
        pair = sheet.texts(position, 2)
        again = _match(pair[0][1], pair[1][1] if len(pair) > 1 else [], layouts)
        if again:
            found.append((position, again))
    return found


def _unlike_data(match: _Match) -> pl.Expr:
    name = next(name for name in match.layout.key.split("|") if name in match.columns)
    cell = pl.col(f"c{match.columns[name]}")
    return ~cell.str.contains(match.layout.key_pattern).fill_null(False)


def _section(sheet: Sheet, position: int, match: _Match, part: pl.DataFrame, above: list[list[str]]) -> Section:
    """Only columns we know are kept: names and documents of pupils stop here."""
    columns = match.columns
    body = part.select([trimmed(pl.col(f"c{i}")).alias(name) for name, i in columns.items()] + [pl.col(ROW)])
    odd = part.filter(_unlike_data(match))
    labels = {name: match.labels[i] or match.layout.names.get(name, name) for name, i in columns.items()}
    return Section(
        layout=match.layout,
        sheet=sheet.name,
        header_row=int(sheet.cells[ROW][position]),
        labels=labels,
        preamble=above,
        body=body.filter(~pl.all_horizontal(pl.exclude(ROW).is_null())),
        lines=_lines(odd.head(20_000)),
    )


def _lines(frame: pl.DataFrame) -> list[tuple[int, list[str]]]:
    rows = frame[ROW].to_list()
    cells = frame.drop(ROW).rows()
    out = []
    for row, line in zip(rows, cells, strict=True):
        texts = [_shown(cell) for cell in line]
        if any(texts):
            out.append((row, texts))
    return out
