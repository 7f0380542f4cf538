"""Protocols of appeals and re-checks: how results changed after they were first counted."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from app.results import occasions
from app.results.facts import CHANGE_SCHEMA, CHANGES, hide_personal
from app.results.occasions import Occasion
from app.results.protocols import PROTOCOL, Measure, exams_of_rows, family_of, measure_of
from app.tables.cells import EMPTY, Rule, code_rules, joined, row_ranges, sift, whole
from app.tables.grid import ROW
from app.tables.headers import Layout, Section
from app.tables.reading import Reading

_BEFORE = r"(?:первичный балл|балл|оценка|результат)?\w* ?до (?:изменени\w+|апелляции|перепроверки)"
_NOW = r"(?:текущ\w+(?: балл| результат| оценка)?|после (?:изменени\w+|апелляции|перепроверки))"


def _both(group: str, column: str) -> tuple[str, ...]:
    return (rf"{group} / {column}",)


APPEALS = Layout(
    kind="appeals",
    title="протокол апелляций и перепроверки",
    fields={
        **{k: v for k, v in PROTOCOL.fields.items() if k not in ("primary", "score", "mark", "state")},
        "appeal": (r"тип апелляции ?/? ?перепроверки", r"апелляция", r"тип апелляции"),
        "before_primary": _both(_BEFORE, "первичный балл"),
        "before_score": (*_both(_BEFORE, r"(?:тестовый )?балл"), r"балл до (?:изменени\w+|апелляции|перепроверки)"),
        "before_mark": (
            *_both(_BEFORE, r"(?:оценка|отметка)"),
            r"(?:оценка|отметка) до (?:изменени\w+|апелляции|перепроверки)",
        ),
        "now_primary": _both(_NOW, "первичный балл"),
        "now_score": _both(_NOW, r"(?:тестовый )?балл"),
        "now_mark": _both(_NOW, r"(?:оценка|отметка)"),
    },
    required=("code", "now_score|now_mark|now_primary"),
    key="code",
    names={"code": "Код ОО"},
    two_rows=True,
)


def read_appeals(section: Section, name: str = "") -> Reading:
    """Changes by school and exam: by how many the low results and each mark grew or fell."""
    frame = section.body.filter(pl.col("code").str.contains(r"^\s*\d[\d\s.]*$").fill_null(False))
    part = Reading(rows=frame.height)
    title = occasions.gather(section.preamble)
    columns = [
        "score" if c.endswith("score") else "mark" if c.endswith("mark") else "primary"
        for c in section.labels
        if c.startswith("now_")
    ]
    family = part.family = family_of(
        replace(section, labels={**section.labels, **dict.fromkeys(columns, "")}), frame, title
    )
    frame, exams = exams_of_rows(section, frame, title, family, name, part)
    for index, exam in enumerate(exams):
        rows = frame.filter(pl.col("exam_index") == index)
        if not exam.subject or exam.family == "gve":
            part.skipped += rows.height
        elif exam.year is None:
            return part.refuse(f"Лист «{section.sheet}»: не указана дата экзамена.")
        else:
            _count(section, rows, exam, columns, part)
    part.accepted = part.rows - part.rejected_rows - part.skipped
    return part


def _count(section: Section, frame: pl.DataFrame, exam: Occasion, columns: list[str], part: Reading) -> None:
    exam, measure = measure_of(exam, columns)
    if isinstance(measure, str):
        part.refuse(f"Лист «{section.sheet}»: {measure}.")
        return
    before, now = f"before_{measure.column}", f"now_{measure.column}"
    if before not in frame.columns:
        part.add(CHANGES, _changes(_nobody(frame), exam, measure, section.sheet))
        part.warnings.append(
            f"Лист «{section.sheet}»: прежних результатов в таблице нет, поэтому итоги школ она не меняет. "
            "Загрузите протокол экзамена, выгруженный после апелляций."
        )
        return
    frame = frame.with_columns(
        joined(pl.col("code")).alias("school"),
        whole(pl.col(before)).alias("old"),
        whole(pl.col(now)).alias("new"),
    )
    rules = [replace(rule, field="school") for rule in code_rules("school")]
    for field, column in (("old", before), ("new", now)):
        value = pl.col(field)
        rules += [
            Rule(field, pl.col(column).is_null(), EMPTY),
            Rule(field, pl.col(column).is_not_null() & value.is_null(), "не балл и не отметка"),
            Rule(field, value > measure.maximum, f"больше {measure.maximum}"),
        ]
    labels = {**section.labels, "school": section.labels["code"], "old": section.labels[before]}
    good, rejected = sift(
        frame,
        rules,
        sheet=section.sheet,
        labels={**labels, "new": section.labels[now]},
        shown={"school": "code", "old": before, "new": now},
        hide=lambda field, text: hide_personal("code" if field == "school" else field, text),
    )
    part.rejected += rejected
    part.rejected_rows += frame.height - good.height
    part.add(CHANGES, _changes(good, exam, measure, section.sheet))


def _nobody(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.head(0).with_columns(
        pl.lit("").alias("school"), pl.lit(0, dtype=pl.Int64).alias("old"), pl.lit(0, dtype=pl.Int64).alias("new")
    )


def _changes(good: pl.DataFrame, exam: Occasion, measure: Measure, sheet: str) -> pl.DataFrame:
    old, new = pl.col("old"), pl.col("new")
    marks = [
        ((new == d).sum().cast(pl.Int64) - (old == d).sum().cast(pl.Int64)).alias(f"n{d}")
        if measure.maximum == 5
        else pl.lit(None, dtype=pl.Int64).alias(f"n{d}")
        for d in range(2, 6)
    ]
    grouped = good.group_by("school", maintain_order=True).agg(
        ((new < measure.minimum).sum().cast(pl.Int64) - (old < measure.minimum).sum().cast(pl.Int64)).alias("low"),
        *marks,
        pl.col(ROW).alias("row_list"),
        pl.len().alias("row_count"),
    )
    rows = [row_ranges(rows) for rows in grouped["row_list"].to_list()]
    return grouped.select(
        pl.col("school").alias("code"),
        pl.lit("code").alias("system"),
        pl.lit(occasions.procedure(exam.family, exam.subject)).alias("procedure"),
        pl.lit(exam.part).alias("part"),
        pl.lit(exam.year).alias("school_year"),
        pl.lit(exam.wave).alias("wave"),
        "low",
        *(f"n{d}" for d in range(2, 6)),
        pl.lit(sheet).alias("sheet"),
        pl.Series("rows", rows, dtype=pl.String),
        "row_count",
    ).cast(CHANGE_SCHEMA)
