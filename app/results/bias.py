"""ФИС ОКО's list of schools whose results show signs of bias: a flag beside the school, not a criterion."""

from __future__ import annotations

import polars as pl

from app.results import occasions
from app.results.facts import BIAS, BIAS_SCHEMA
from app.tables.cells import EMPTY, Rule, by_value, joined, login_rules, sift, whole
from app.tables.grid import ROW
from app.tables.headers import Layout, Section
from app.tables.reading import Reading

MARKERS = {
    f"{subject}{grade}": (rf"{grade}\s?-?{subject.lower()}", rf"{subject.lower()}\s?-?{grade}")
    for grade in range(4, 9)
    for subject in ("РУ", "МА")
}
BIAS_LIST = Layout(
    kind="fisoko_bias",
    title="список школ с признаками необъективных результатов",
    fields={
        "year": (r"год",),
        "login": (r"логин(?: оо| школы)?",),
        "municipality": (r"муниципалитет", r"мо"),
        "name": (r"оо", r"наименование оо"),
        **MARKERS,
        "count": (r"кол-во маркеров", r"маркеров"),
    },
    required=("year", "login", "count"),
    key="login",
    names={"year": "Год", "login": "Логин", "count": "Количество маркеров"},
    hallmarks=("count",),
)


def read_bias(section: Section) -> Reading:
    """Marked procedures by school and year. A cell of a marker is set unless it is empty, 0, «-» or «нет»."""
    frame = section.body.filter(pl.col("login").is_not_null() | pl.col("year").is_not_null())
    part = Reading(rows=frame.height)
    markers = [name for name in MARKERS if name in frame.columns]
    frame = frame.with_columns(
        joined(pl.col("login")).alias("school"),
        by_value(frame, "year", occasions.school_year_of, pl.Int32).alias("school_year"),
        pl.concat_str(
            [pl.when(_is_set(name)).then(pl.lit(name)).otherwise(None) for name in markers]
            or [pl.lit(None, pl.String)],
            separator=", ",
            ignore_nulls=True,
        ).alias("markers"),
    )
    count, text = whole(pl.col("count")), pl.col("count")
    rules = [
        *(Rule("school", rule.bad, rule.reason) for rule in login_rules("school")),
        Rule("year", pl.col("year").is_null(), EMPTY),
        Rule("year", pl.col("year").is_not_null() & pl.col("school_year").is_null(), "ожидается год, например 2025"),
        Rule("count", text.is_not_null() & count.is_null(), "ожидается целое число маркеров"),
    ]
    labels = {**section.labels, "school": section.labels["login"]}
    good, part.rejected = sift(frame, rules, sheet=section.sheet, labels=labels, shown={"school": "login"})
    part.rejected_rows = frame.height - good.height
    part.accepted = good.height
    marked = good.filter((pl.col("markers") != "") | (count.fill_null(0) > 0))
    part.add(
        BIAS,
        marked.select(
            pl.col("school").alias("code"),
            pl.lit("login").alias("system"),
            "school_year",
            "markers",
            pl.lit(section.sheet).alias("sheet"),
            pl.col(ROW).cast(pl.String).alias("rows"),
            pl.lit(1).alias("row_count"),
        ).cast(BIAS_SCHEMA),
    )
    return part


def _is_set(name: str) -> pl.Expr:
    text = pl.col(name)
    return text.is_not_null() & ~text.str.contains(r"(?i)^(?:0(?:[.,]0+)?|[-–—]|нет|false)$")
