"""Cells to values, and rules of cells as polars expressions: no loop over rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from app.tables.grid import ROW
from app.tables.reading import SHOWN_PER_REASON, Remark

SPACES = r"[\s\u00a0\u200b]+"
EMPTY = "пусто или ошибка формулы"


def joined(expr: pl.Expr) -> pl.Expr:
    """A code without blanks, in lower case, without the «.0» that a number cell may leave."""
    return expr.str.replace_all(SPACES, "").str.to_lowercase().str.replace(r"^(\d+)[.,]0+$", "$1")


def number(expr: pl.Expr) -> pl.Expr:
    """Float of a cell: decimal comma, blanks between thousands and a percent sign are understood; else null."""
    text = expr.str.replace_all(r"[\s\u00a0\u200b%]+", "").str.replace(",", ".", literal=True)
    return (
        pl.when(text.str.contains(r"^-?\d{1,15}(?:\.\d*)?$")).then(text).otherwise(None).cast(pl.Float64, strict=False)
    )


def whole(expr: pl.Expr) -> pl.Expr:
    """Int of a cell that holds a whole number ≥ 0; else null."""
    value = number(expr)
    return pl.when((value >= 0) & (value == value.floor()) & (value < 1e9)).then(value).otherwise(None).cast(pl.Int64)


def by_value(
    frame: pl.DataFrame, name: str, meaning: Callable[[str], object], dtype: pl.DataType | type[pl.DataType]
) -> pl.Series:
    """A column read by a Python function, called once for each distinct text: null for null."""
    known = [value for value in frame[name].unique().to_list() if value is not None]
    meanings = pl.Series([meaning(value) for value in known], dtype=dtype)
    table = pl.DataFrame({name: pl.Series(known, dtype=pl.String), "__meaning": meanings})
    return frame.select(name).join(table, on=name, how="left", maintain_order="left")["__meaning"]


@dataclass(frozen=True)
class Rule:
    """`bad` is true where the cell of `field` breaks the rule; `reason` is a text or an expression giving texts."""

    field: str
    bad: pl.Expr
    reason: str | pl.Expr


def code_rules(field: str, *, region_code: bool = True) -> list[Rule]:
    """Rules of «Код ОО»: six digits."""
    cell = pl.col(field)
    digits = cell.str.contains(r"^\d+$")
    length = cell.str.len_chars().cast(pl.String)
    return [
        Rule(field, cell.is_null(), EMPTY),
        Rule(field, cell.is_not_null() & ~digits, "ожидается код из шести цифр"),
        Rule(field, digits & (cell.str.len_chars() != 6), pl.format("{} знаков вместо 6", length)),
    ]


def login_rules(field: str) -> list[Rule]:
    """Rules of a login of ФИС ОКО: `edu` or `sch`, two digits of the region, four digits."""
    cell = pl.col(field)
    wrong = ~cell.str.contains(r"^(edu|sch)\d{6}$")
    return [
        Rule(field, cell.is_null(), EMPTY),
        Rule(field, wrong, "ожидается логин вида edu561234: edu или sch и шесть цифр"),
    ]


def sift(
    frame: pl.DataFrame,
    rules: Sequence[Rule],
    *,
    sheet: str,
    labels: Mapping[str, str],
    shown: Mapping[str, str] | None = None,
    hide: Callable[[str, str], str] | None = None,
) -> tuple[pl.DataFrame, list[Remark]]:
    """Rows that break no rule, and remarks on the cells of those that do (first 1,000 of each rule).

    `shown`: field → column whose text is quoted (the cell as it was); by default the field itself. `hide(field, text)`
    turns a quoted value into one that tells nothing of a person.
    """
    flags = [rule.bad.fill_null(False).alias(f"__{i}") for i, rule in enumerate(rules)]
    flagged = frame.select(flags)
    bad = flagged.select(pl.any_horizontal(pl.all())).to_series() if flags else pl.Series([False] * frame.height)
    if not bad.any():
        return frame, []
    remarks: list[Remark] = []
    for i, rule in enumerate(rules):
        hits = frame.filter(flagged[f"__{i}"]).head(SHOWN_PER_REASON)
        if hits.height:
            remarks += _remarks(hits, rule, sheet, labels, shown or {}, hide)
    return frame.filter(~bad), remarks


def _remarks(
    hits: pl.DataFrame,
    rule: Rule,
    sheet: str,
    labels: Mapping[str, str],
    shown: Mapping[str, str],
    hide: Callable[[str, str], str] | None,
) -> list[Remark]:
    quoted = shown.get(rule.field, rule.field)
    reason = pl.lit(rule.reason) if isinstance(rule.reason, str) else rule.reason
    values = pl.col(quoted).cast(pl.String).fill_null("") if quoted in hits.columns else pl.lit("")
    rows = hits.select(pl.col(ROW), values.alias("value"), reason.alias("reason")).rows()
    column = labels.get(rule.field, rule.field)
    return [
        Remark(text, sheet, row, column, hide(rule.field, value) if hide and value else value)
        for row, value, text in rows
    ]


def marked(
    frame: pl.DataFrame,
    rules: Sequence[Rule],
    *,
    sheet: str,
    labels: Mapping[str, str],
    shown: Mapping[str, str] | None = None,
    hide: Callable[[str, str], str] | None = None,
) -> tuple[list[Remark], int]:
    """Doubts: remarks on cells whose rows are kept, and how many there are in all."""
    remarks: list[Remark] = []
    total = 0
    for rule in rules:
        flags = frame.select(rule.bad.fill_null(False).alias("flag"))["flag"]
        count = int(flags.sum())
        if count:
            total += count
            hits = frame.filter(flags).head(SHOWN_PER_REASON)
            remarks += _remarks(hits, rule, sheet, labels, shown or {}, hide)
    return remarks, total


def row_ranges(rows: Sequence[int], limit: int = 100) -> str:
    """Rows as people write them: «5–34, 40»; what does not fit in `limit` characters is counted."""
    ordered = sorted(set(rows))
    parts: list[str] = []
    start = previous = ordered[0]
    for row in [*ordered[1:], None]:
        if row is not None and row == previous + 1:
            previous = row
            continue
        parts.append(str(start) if start == previous else f"{start}–{previous}")
        start = previous = row if row is not None else previous
    text = ", ".join(parts)
    if len(text) <= limit:
        return text
    tail = f" … {ordered[-1]}, всего строк {len(ordered)}"
    kept = ""
    for part in parts:
        longer = f"{kept}, {part}" if kept else part
        if len(longer) + len(tail) > limit:
            break
        kept = longer
    return kept + tail
