"""«Ф1 Индивидуальные результаты» of ВПР, the new form and the collection form used until 2022: a row is a pupil."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from app.results import occasions
from app.results.facts import ABSENT, RESULT_SCHEMA, RESULTS, hide_personal
from app.results.norms import scale
from app.results.occasions import Occasion
from app.tables.cells import EMPTY, Rule, by_value, joined, login_rules, row_ranges, sift, whole
from app.tables.grid import ROW
from app.tables.headers import Layout, Section
from app.tables.reading import Reading

LOGIN_INSIDE = r"(?i)\b((?:edu|sch)\d+)\b"
NAMES = {"login": "ОО", "mark": "Отметка", "pupil": "Код участника", "total": "Всего баллов"}
INDIVIDUAL = Layout(
    kind="fisoko_individual",
    title="индивидуальные результаты (Ф1)",
    fields={
        "login": (r"оо", r"логин(?: оо| школы)?"),
        "name": (r"название оо", r"наименование оо"),
        "pupil": (r"код участника", r"участник", r"номер участника"),
        "grade": (r"класс",),
        "variant": (r"вариант\w*",),
        "primary": (r"первичный балл",),
        "mark": (r"отметка", r"оценка"),
    },
    required=("login", "pupil", "mark"),
    key="login",
    key_pattern=LOGIN_INSIDE,
    names=NAMES,
    hallmarks=("pupil",),
)
COLLECTION = Layout(
    kind="vpr_collection",
    title="форма сбора результатов ВПР",
    fields={
        "login": (r"логин(?: школы| оо)?", r"user"),
        "grade": (r"класс",),
        "pupil": (r"номер (?:обучающегося|ученика|участника)", r"код (?:участника|ученика|обучающегося)"),
        "variant": (r"вариант\w*", r"var-?1"),
        "subject": (r"предмет",),
        "year": (r"год",),
        "total": (r"всего баллов", r"сумма баллов", r"sum", r"первичный балл"),
        "mark": (r"отметка", r"оценка", r"отметка за впр"),
    },
    required=("login", "variant", "total|mark"),
    key="login",
    key_pattern=r"(?i)^\s*\p{L}{2,4}\s?\d+\s*$",
    names=NAMES | {"login": "Логин школы", "variant": "Вариант"},
    hallmarks=("variant",),
)
DECLARED = re.compile(r"(?i)(?:кол-во|количество) участников\s*:?\s*(\d+)")


def read_individual(section: Section) -> Reading:
    """Results by school. A pupil without a mark («X», «-», «нет отметки», «отсутствовал») did not take part."""
    known = occasions.gather(section.preamble).filled(occasions.gather([[section.sheet]]))
    frame = section.body
    if section.layout is INDIVIDUAL:
        frame = _with_school_above(section, frame)
    frame = frame.filter(pl.col("login").is_not_null())
    part = Reading(rows=frame.height)
    known = _known(known, frame)
    if not known.subject and known.other_subject:
        part.skipped = frame.height
        return part
    lacking = [
        w for w, v in (("предмет", known.subject), ("класс", known.grade), ("год", known.year)) if v in ("", None)
    ]
    if lacking:
        return part.refuse(f"Лист «{section.sheet}»: над таблицей не указано: {', '.join(lacking)}.")
    if known.grade not in occasions.GRADES:
        part.skipped = frame.height
        return part
    return _counted(section, frame, known, part)


def _with_school_above(section: Section, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of pupils; the login of «<ОО> (edu561234) | Кол-во участников: N» above serves rows with an empty one."""
    pupils = frame.filter(pl.col("pupil").is_not_null() | pl.col("login").str.contains(LOGIN_INSIDE).fill_null(False))
    above = next((m[1] for _, m in _declared_lines(section) if m), None)
    login = pl.col("login").str.extract(LOGIN_INSIDE, 1)
    own = pl.when(pl.col("login").is_null()).then(pl.lit(above)).otherwise(pl.coalesce(login, pl.col("login")))
    return pupils.filter(~pl.col("login").str.contains(r"(?i)кол-во участников").fill_null(False)).with_columns(
        own.alias("login")
    )


def _declared_lines(section: Section) -> list[tuple[int | None, re.Match[str] | None]]:
    """(declared number of participants, login) of the lines that name a school above pupils."""
    found: list[tuple[int | None, re.Match[str] | None]] = []
    for cells in [*section.preamble, *(cells for _, cells in section.lines)]:
        text = " | ".join(cell for cell in cells if cell)
        login, declared = re.search(LOGIN_INSIDE, text), DECLARED.search(text)
        if declared:
            found.append((int(declared[1]), login))
    return found


def _known(known: Occasion, frame: pl.DataFrame) -> Occasion:
    """Title, then columns: subject, year, grade of the class."""
    for name, meaning in (
        ("subject", occasions.parse),
        ("year", lambda t: Occasion(school_year=occasions.school_year_of(t))),
    ):
        if name in frame.columns:
            values = frame[name].drop_nulls()
            if values.len():
                known = known.filled(meaning(str(values.mode().sort()[0])))
    if known.grade is None and "grade" in frame.columns:
        grades = by_value(frame, "grade", occasions.grade_of, pl.Int64).drop_nulls()
        if grades.len():
            known = replace(known, grade=int(grades.mode().sort()[0]))
    return known


def _counted(section: Section, frame: pl.DataFrame, known: Occasion, part: Reading) -> Reading:
    procedure = occasions.procedure("vpr", known.subject, known.grade)
    column = "mark" if "mark" in frame.columns else "total"
    bounds = scale(procedure, (known.year or 0) + 1)
    if column == "total" and bounds is None:
        year = (known.year or 0) + 1
        return part.refuse(
            f"Лист «{section.sheet}»: отметок нет, а шкалы перевода баллов за {year} год "
            f"({occasions.procedure_title(procedure)}) нет в нормах."
        )
    text = pl.col(column)
    frame = frame.with_columns(
        joined(pl.col("login")).alias("school"), text.alias("value_text"), whole(text).alias("value")
    )
    absent = text.is_null() | text.str.contains(ABSENT)
    if "variant" in frame.columns:
        absent = absent | pl.col("variant").str.contains(r"(?i)отсутств|не\s*участв").fill_null(False)
    gone = frame.select(absent.alias("gone"))["gone"]
    part.absent = int(gone.sum())
    people = frame.filter(~gone)
    good, part.rejected = sift(
        people,
        _rules(column),
        sheet=section.sheet,
        labels={**section.labels, "value": section.labels[column], "school": section.labels["login"]},
        shown={"school": "login", "value": "value_text"},
        hide=lambda field, value: hide_personal("login" if field == "school" else field, value),
    )
    part.rejected_rows = people.height - good.height
    part.accepted = good.height
    if column == "total" and bounds:
        points = pl.col("value")
        good = good.with_columns(pl.sum_horizontal((points > b).cast(pl.Int64) for b in bounds).alias("value") + 2)
    _compare_declared(section, good, part)
    part.add(RESULTS, _results(good, procedure, known, section.sheet))
    return part


def _rules(column: str) -> list[Rule]:
    text, value = pl.col("value_text"), pl.col("value")
    if column == "total":
        return [*_school_rules(), Rule("value", value.is_null() | (value > 100), "не балл, ожидается целое число")]
    word = "ожидается отметка от 2 до 5"
    return [
        *_school_rules(),
        Rule("value", text.is_null(), EMPTY),
        Rule("value", text.is_not_null() & value.is_null(), "не отметка, " + word),
        Rule("value", value.is_not_null() & ~value.is_between(2, 5), word),
    ]


def _school_rules() -> list[Rule]:
    return [replace(rule, field="school") for rule in login_rules("school")]


def _compare_declared(section: Section, good: pl.DataFrame, part: Reading) -> None:
    """The number above the table is only compared: pupils without a mark or extra rows make it differ."""
    counted = dict(good.group_by("school").len().rows())
    for declared, login in _declared_lines(section):
        if login is None:
            continue
        found = counted.get(login[1].lower(), 0)
        if found != declared:
            part.warnings.append(
                f"Лист «{section.sheet}», {login[1]}: указано участников {declared}, строк с отметкой {found}; "
                "учтены строки."
            )


def _results(good: pl.DataFrame, procedure: str, known: Occasion, sheet: str) -> pl.DataFrame:
    value = pl.col("value")
    grouped = good.group_by("school", maintain_order=True).agg(
        pl.len().alias("n"),
        *((value == d).sum().alias(f"n{d}") for d in range(2, 6)),
        value.mean().round(2).alias("mean"),
        pl.col(ROW).alias("row_list"),
    )
    rows = [row_ranges(rows) for rows in grouped["row_list"].to_list()]
    return grouped.select(
        pl.col("school").alias("code"),
        pl.lit("login").alias("system"),
        pl.lit(procedure).alias("procedure"),
        pl.lit("").alias("part"),
        pl.lit(known.year).alias("school_year"),
        pl.lit("autumn" if known.day and known.day.month >= 8 else "main").alias("wave"),
        "n",
        pl.col("n2").alias("low"),
        *(f"n{d}" for d in range(2, 6)),
        "mean",
        pl.lit(False).alias("ambiguous"),
        pl.lit(3).alias("precision"),
        pl.lit(sheet).alias("sheet"),
        pl.Series("rows", rows, dtype=pl.String),
        pl.col("n").alias("row_count"),
    ).cast(RESULT_SCHEMA)
