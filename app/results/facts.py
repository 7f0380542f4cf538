"""Schemas of what readers of exam tables give, and the words that mean «not a participant»."""

from __future__ import annotations

import re

import polars as pl

RESULTS, CHANGES, BIAS = "results", "changes", "bias"

# One row: participants of one procedure, part and wave in one school. `system`: code (Код ОО) or login (ФИС ОКО).
# `precision`: 1 rebuilt from percentages, 2 counted by the source, 3 counted by us from single rows.
RESULT_SCHEMA = pl.Schema(
    {
        "code": pl.String,
        "system": pl.String,
        "procedure": pl.String,
        "part": pl.String,
        "school_year": pl.Int32,
        "wave": pl.String,
        "n": pl.Int64,
        "low": pl.Int64,
        "n2": pl.Int64,
        "n3": pl.Int64,
        "n4": pl.Int64,
        "n5": pl.Int64,
        "mean": pl.Float64,
        "ambiguous": pl.Boolean,
        "precision": pl.Int8,
        "sheet": pl.String,
        "rows": pl.String,
        "row_count": pl.Int64,
    }
)
# One row: how appeals changed a result. Deltas of `low` and of the counts of marks (null where marks are not known).
CHANGE_SCHEMA = pl.Schema(
    {
        "code": pl.String,
        "system": pl.String,
        "procedure": pl.String,
        "part": pl.String,
        "school_year": pl.Int32,
        "wave": pl.String,
        "low": pl.Int64,
        "n2": pl.Int64,
        "n3": pl.Int64,
        "n4": pl.Int64,
        "n5": pl.Int64,
        "sheet": pl.String,
        "rows": pl.String,
        "row_count": pl.Int64,
    }
)
# One row: a school in the list of signs of biased results. `markers` are joined by a comma: «РУ4, МА5».
BIAS_SCHEMA = pl.Schema(
    {
        "code": pl.String,
        "system": pl.String,
        "school_year": pl.Int32,
        "markers": pl.String,
        "sheet": pl.String,
        "rows": pl.String,
        "row_count": pl.Int64,
    }
)
KEY = ["code", "system", "procedure", "part", "school_year", "wave"]

ABSENT = (
    r"(?i)^(?:[xх]|[-–—]+|н|н/я|нет\s*отметки|нет|не\s*было|отсутств.*|не\s*явил.*|неявка.*|удал.н.*|"
    r"не\s*заверш.*|не\s*закончил.*|не\s*участв.*)$"
)

_SAFE_WORDS = re.compile(
    r"(?i)н/д|нд|н/а|нет|да|б/о|осв\.?|зач[её]т|незач[её]т|н/я|#.{1,9}|[xх]|[-–—]+|true|false|(?:edu|sch)\d{1,12}"
)


def hide_personal(field: str, text: str) -> str:
    """A quoted cell of a table that holds pupils: numbers as short as the column's own, and known words, stay.

    Anything else may be a name or a document that slipped into this column with a shifted row, so it is described.
    """
    longest = 6 if field in ("code", "login") else 3
    if re.fullmatch(r"-?[\d\s.,%]{1,12}", text) and sum(ch.isdigit() for ch in text) <= longest:
        return text
    if _SAFE_WORDS.fullmatch(text.strip()):
        return text
    kind = "число" if re.fullmatch(r"[\d\s.,%-]+", text) else "текст"
    return f"{kind}, знаков: {len(text)} (скрыто)"
