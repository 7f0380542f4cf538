"""Protocols of ЕГЭ and ОГЭ: a row is a participant. Counted in memory by school; names and documents never get here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from app.results import occasions
from app.results.facts import ABSENT, RESULT_SCHEMA, RESULTS, hide_personal
from app.results.norms import Threshold, threshold
from app.results.occasions import Occasion
from app.tables.cells import EMPTY, Rule, by_value, code_rules, joined, marked, row_ranges, sift, whole
from app.tables.grid import ROW
from app.tables.headers import Layout, Section
from app.tables.reading import Reading

PROTOCOL = Layout(
    kind="protocol",
    title="протокол",
    fields={
        "number": (r"№(?: ?п/п)?", r"n"),
        "code": (r"код (?:оо|оу|школы)", r"schoolcode"),
        "grade": (r"класс", r"classcode", r"classname"),
        "point": (r"код ппэ", r"stationcode", r"ппэ"),
        "room": (r"аудитория", r"auditoriumcode"),
        "exam": (r"экзамен", r"предмет", r"наименование предмета", r"subjectname"),
        "exam_code": (r"код предмета", r"код экзамена", r"subjectcode"),
        "day": (r"дата(?: экзамена| проведения)?", r"examdate", r"testdate"),
        "wave": (
            r"этап(?: проведения| гиа)?",
            r"период(?: проведения)?",
            r"волна",
            r"тип дня",
            r"wavecode",
            r"wavename",
        ),
        "category": (r"категория(?: участника(?: гиа| егэ| огэ)?)?", r"participantcategory\w*", r"статус участника"),
        "form": (r"форма(?: гиа| экзамена| проведения| сдачи)?", r"testtype\w*"),
        "state": (r"явка", r"присутствие", r"состояние(?: участника)?", r"отметка о явке"),
        "primary": (r"первичный балл", r"primarymark"),
        "score": (r"балл", r"тестовый балл", r"итоговый балл", r"mark100"),
        "mark": (r"оценка", r"отметка", r"mark5", r"итоговая оценка"),
    },
    required=("code", "score|mark|primary"),
    key="code",
    names={"code": "Код ОО", "score": "Балл", "mark": "Оценка", "primary": "Первичный балл"},
    hallmarks=("score", "mark", "primary"),
)
CURRENT = r"(?i)^(?:втг|выпускник\w* (?:оо )?текущего года|обучающ\w* (?:оо|текущего года|\d+ класс\w*|[ix]+ класс\w*).*|экстерн.*|оо|ту)$"
OTHERS = (
    r"(?i)впл|прошлых лет|спо\b|нпо\b|средн\w+ профессиональ|начальн\w+ профессиональ|колледж|техникум|гвэ|не заверш"
)
FOOTER = re.compile(r"(?i)^(?:средн|минимальн|всего|итого|максимальн|председатель|ответственн|кол-во|количество)")


def read_protocol(section: Section, name: str = "") -> Reading:
    """Results by school of one table. `name`: name of the file, only to name an exam that the table does not name."""
    frame = _participants(section)
    part = Reading(rows=frame.height)
    title = occasions.gather(section.preamble)
    family = part.family = family_of(section, frame, title)
    frame, exams = exams_of_rows(section, frame, title, family, name, part)
    for index, exam in enumerate(exams):
        rows = frame.filter(pl.col("exam_index") == index)
        if exam.family == "gve" or (exam.other_subject and not exam.subject) or not exam.subject:
            _leave_out(exam, rows.height, section, part)
        elif exam.year is None:
            return part.refuse(
                f"Лист «{section.sheet}»: не указана дата экзамена ни над таблицей, ни в столбце «Дата»."
            )
        else:
            _count(section, rows, exam, part)
            if part.fatal:
                return part
    _check_footers(section, exams, part)
    part.accepted = part.rows - part.rejected_rows - part.skipped - part.excluded - part.absent
    return part


def _leave_out(exam: Occasion, rows: int, section: Section, part: Reading) -> None:
    if exam.family == "gve":
        part.excluded += rows
    elif exam.other_subject or exam.code:
        part.skipped += rows
    elif rows:
        part.refuse(f"Лист «{section.sheet}»: не указан предмет экзамена ни над таблицей, ни в столбце «Предмет».")


def _participants(section: Section) -> pl.DataFrame:
    """Rows of people: a code, or, where the code is missing, a number in the list or a place, and some result."""
    body = section.body
    value = [name for name in ("score", "mark", "primary") if name in body.columns]
    place = [name for name in ("number", "grade", "point", "room") if name in body.columns]
    placed = pl.any_horizontal([pl.col(n).str.contains(r"^\d+\D?$").fill_null(False) for n in place] or [pl.lit(False)])
    valued = pl.any_horizontal([pl.col(n).str.contains(r"\d").fill_null(False) for n in value])
    coded = pl.col("code").str.contains(r"\d").fill_null(False) & ~pl.col("code").str.contains(r"20\d\d[.\-]\d\d")
    worded = pl.col("code").is_not_null() & valued & placed
    return body.filter(coded | worded | (pl.col("code").is_null() & placed & valued))


def family_of(section: Section, frame: pl.DataFrame, title: Occasion) -> str:
    """ЕГЭ or ОГЭ: by its name above, by the column «Балл», by subject and level, by the class; else ОГЭ."""
    cells = frame["exam"].drop_nulls().unique().sort().head(50).to_list() if "exam" in frame.columns else []
    named = title.family or next((f for f in map(occasions.family_of, cells) if f), "")
    if named in ("ege", "oge", "gve"):
        return named
    if "score" in section.labels:
        return "ege"
    cells += [cell for _, line in section.lines for cell in line]
    lines = [title, *map(occasions.parse, cells)]
    if any((line.part == "base" and line.code) or line.code == "22" for line in lines):
        return "ege"
    # Marks alone: of ЕГЭ only the base level of mathematics has them, so Russian and the code 02 are of ОГЭ.
    if any(line.subject and (line.subject == "rus" or line.code == "02") for line in lines):
        return "oge"
    if "grade" in frame.columns:
        grades = by_value(frame, "grade", occasions.grade_of, pl.Int64).drop_nulls()
        if grades.len():
            return "ege" if int((grades >= 10).sum()) * 2 > grades.len() else "oge"
    return "oge"


def exams_of_rows(
    section: Section, frame: pl.DataFrame, title: Occasion, family: str, name: str, part: Reading
) -> tuple[pl.DataFrame, list[Occasion]]:
    """Adds `exam_index`: which of the returned occasions a row belongs to.

    The nearest line of the form «01 - Русский язык 2022.06.23» above the row names the exam, columns prevail over it.
    """
    lines = [(0, title)]
    for row, cells in section.lines:
        line = occasions.gather([cells])
        if line.subject or (line.other_subject and line.code):
            lines.append((row, replace(line, family=line.family or family).filled(title)))
    marks = pl.DataFrame({ROW: [row for row, _ in lines], "line": range(len(lines))}).with_columns(
        pl.col(ROW).cast(frame.schema[ROW])
    )
    frame = frame.sort(ROW).join_asof(marks.sort(ROW), on=ROW, strategy="backward")
    columns = [c for c in ("exam", "exam_code", "day", "wave") if c in frame.columns]
    kinds = frame.select("line", *columns).unique(maintain_order=True)
    fallback = occasions.named_by_file(name)
    exams: list[Occasion] = []
    index = []
    for kind in kinds.rows(named=True):
        exam = _exam(lines[kind["line"]][1], kind, family)
        if not exam.subject and not exam.other_subject and fallback.code:
            exam = _finished(replace(exam, code=fallback.code, day=exam.day or fallback.day), family)
            said = "Предмет и дата экзамена взяты из имени файла: внутри таблицы они не названы."
            part.warnings += [said] if said not in part.warnings else []
        if exam not in exams:
            exams.append(exam)
        index.append(exams.index(exam))
    kinds = kinds.with_columns(pl.Series("exam_index", index, dtype=pl.Int64))
    return frame.join(kinds, on=["line", *columns], how="left", nulls_equal=True, maintain_order="left"), exams


def _exam(line: Occasion, cells: dict[str, str | None], family: str) -> Occasion:
    exam = line
    if cells.get("exam"):
        named = occasions.gather([[str(cells["exam"])]])
        other = not named.subject
        exam = replace(named, other_subject=other).filled(replace(line, subject="", part="", code=""))
    if cells.get("exam_code") and not exam.subject:
        exam = replace(exam, code=str(cells["exam_code"]), other_subject=False)
    if cells.get("day"):
        exam = replace(exam, day=occasions.day_of(str(cells["day"])) or exam.day, school_year=None)
    if cells.get("wave"):
        exam = replace(exam, wave=occasions.wave_of(str(cells["wave"])) or exam.wave)
    return _finished(exam, family)


def _finished(exam: Occasion, family: str) -> Occasion:
    """Subject by code where words are missing, level of ЕГЭ in mathematics, wave."""
    exam = replace(exam, family=exam.family if exam.family in ("ege", "oge", "gve") else family)
    code = re.sub(r"\D.*$", "", exam.code)
    subject, part = occasions.by_code(exam.family, code) if code else ("", "")
    if not exam.subject and not exam.other_subject and code:
        exam = replace(exam, subject=subject, other_subject=not subject)
    levelled = exam.family == "ege" and exam.subject == "math"
    exam = replace(exam, part=(exam.part or part) if levelled else "")
    return replace(exam, wave=occasions.exam_wave(exam.family, exam))


@dataclass(frozen=True)
class Measure:
    """By which column a result is judged: a mark by «2», a score or primary score by the threshold."""

    column: str
    minimum: int
    maximum: int
    norm: Threshold | None


def measure_of(exam: Occasion, columns: Sequence[str]) -> tuple[Occasion, Measure | str]:
    """The measure of an exam, or why there is none. An ЕГЭ in mathematics without a level is base if it has only marks."""
    if exam.family == "ege" and exam.subject == "math" and not exam.part:
        exam = replace(exam, part="profile" if "score" in columns else "base")
    year = (exam.year or 0) + 1
    norm = threshold(exam.family, exam.subject, exam.part, year)
    by_mark = exam.family == "oge" or exam.part == "base"
    if by_mark and "mark" in columns:
        return exam, Measure("mark", 3, 5, norm)
    if exam.part == "base" and "score" in columns:
        return exam, Measure("score", 3, 5, norm)
    if norm is None:
        return exam, f"в нормах нет минимального порога {occasions.FAMILIES[exam.family]} за {year} год"
    if norm.scale not in columns:
        return exam, f"нет столбца «{PROTOCOL.names[norm.scale]}»"
    return exam, Measure(norm.scale, norm.minimum, norm.maximum, norm)


def _count(section: Section, frame: pl.DataFrame, exam: Occasion, part: Reading) -> None:
    exam, measure = measure_of(exam, frame.columns)
    if isinstance(measure, str):
        part.refuse(f"Лист «{section.sheet}»: {measure}.")
        return
    if measure.norm and not measure.norm.confirmed and measure.column != "mark":
        part.warnings.append(
            f"Порог за {(exam.year or 0) + 1} год не подтверждён, взят последний известный: {measure.minimum}."
        )
    column = measure.column
    frame = frame.with_columns(
        joined(pl.col("code")).alias("school"),
        pl.col(column).alias("value_text"),
        whole(pl.col(column)).alias("value"),
        *((whole(pl.col("primary")) if "primary" in frame.columns else pl.lit(None, dtype=pl.Int64)).alias("points"),),
    )
    excluded, absent = _excluded(frame), _absent(frame)
    out = frame.select(excluded.alias("excluded"), absent.alias("absent"))
    part.excluded += int(out["excluded"].sum())
    part.absent += int((out["absent"] & ~out["excluded"]).sum())
    people = frame.filter(~out["excluded"] & ~out["absent"])
    good, rejected = sift(
        people,
        _rules(frame, measure, exam),
        sheet=section.sheet,
        labels={**section.labels, "value": section.labels[column], "school": section.labels["code"]},
        shown={"school": "code", "value": "value_text"},
        hide=lambda field, text: hide_personal("code" if field == "school" else field, text),
    )
    part.rejected += rejected
    part.rejected_rows += people.height - good.height
    doubts, total = _doubts(section, good, measure, column)
    part.doubts += doubts
    part.doubt_count += total
    part.add(RESULTS, _results(good, exam, measure, section.sheet))


def _excluded(frame: pl.DataFrame) -> pl.Expr:
    """Graduates of past years, students of colleges, ГВЭ: the rule is about this year's pupils taking ОГЭ or ЕГЭ."""
    flags = [
        pl.col(name).str.contains(OTHERS).fill_null(False) for name in ("category", "form") if name in frame.columns
    ]
    return pl.any_horizontal(flags) if flags else pl.lit(False)


def _absent(frame: pl.DataFrame) -> pl.Expr:
    """No result, or words instead of it; a row that has primary points but no result is a mistake, not an absence."""
    word = pl.col("value_text").str.contains(ABSENT).fill_null(False)
    nothing = pl.col("value_text").is_null() & pl.col("points").is_null()
    flags = [word, nothing]
    if "state" in frame.columns:
        flags.append(
            pl.col("state").str.contains(r"(?i)отсутств|не\s*явил|неявка|удал[её]н|не\s*заверш").fill_null(False)
        )
    return pl.any_horizontal(flags)


def _rules(frame: pl.DataFrame, measure: Measure, exam: Occasion) -> list[Rule]:
    text, value = pl.col("value_text"), pl.col("value")
    is_mark = measure.maximum == 5
    low, word = (
        (2, "ожидается отметка от 2 до 5") if is_mark else (0, f"ожидается целое число от 0 до {measure.maximum}")
    )
    rules = [
        *(replace(rule, field="school") for rule in code_rules("school")),
        Rule("value", text.is_null(), EMPTY),
        Rule("value", text.is_not_null() & value.is_null(), "не отметка, " + word if is_mark else "не балл, " + word),
        Rule("value", value.is_not_null() & ~value.is_between(low, measure.maximum), word),
    ]
    if "category" in frame.columns:
        unknown = pl.col("category").is_not_null() & ~pl.col("category").str.contains(CURRENT)
        rules.append(Rule("category", unknown, "категория участника не узнана, ожидается ВТГ, ВПЛ, СПО или ГВЭ"))
    norm = measure.norm
    if norm and norm.scale == "primary" and measure.column != "primary" and "primary" in frame.columns:
        over = pl.col("points") > norm.maximum
        rules.append(Rule("primary", over, f"больше {norm.maximum}, наибольшего первичного балла"))
    return rules


def _doubts(section: Section, good: pl.DataFrame, measure: Measure, column: str) -> tuple[list, int]:
    """Marks that disagree with primary points. The mark prevails: the region sets the scale."""
    norm = measure.norm
    if column != "mark" or norm is None or not norm.confirmed or norm.scale != "primary":
        return [], 0
    below = pl.col("points") < norm.minimum
    note = f" (нужно {norm.extra})" if norm.extra else ""
    rules = [
        Rule(
            "value",
            (pl.col("value") == 2) & ~below,
            f"по баллам порог {norm.minimum} пройден{note}, отметка «2» оставлена",
        ),
        Rule("value", (pl.col("value") > 2) & below, f"баллов меньше порога {norm.minimum}, отметка оставлена"),
    ]
    return marked(
        good,
        rules,
        sheet=section.sheet,
        labels={**section.labels, "value": section.labels[column]},
        shown={"value": "value_text"},
        hide=hide_personal,
    )


def _results(good: pl.DataFrame, exam: Occasion, measure: Measure, sheet: str) -> pl.DataFrame:
    value = pl.col("value")
    marks = [
        ((value == d).sum() if measure.maximum == 5 else pl.lit(None, dtype=pl.Int64)).alias(f"n{d}")
        for d in range(2, 6)
    ]
    grouped = good.group_by("school", maintain_order=True).agg(
        pl.len().alias("n"),
        (value < measure.minimum).sum().alias("low"),
        *marks,
        value.mean().round(2).alias("mean"),
        pl.col(ROW).alias("row_list"),
    )
    rows = [row_ranges(rows) for rows in grouped["row_list"].to_list()]
    return grouped.select(
        pl.col("school").alias("code"),
        pl.lit("code").alias("system"),
        pl.lit(occasions.procedure(exam.family, exam.subject)).alias("procedure"),
        pl.lit(exam.part).alias("part"),
        pl.lit(exam.year).alias("school_year"),
        pl.lit(exam.wave).alias("wave"),
        "n",
        "low",
        *(f"n{d}" for d in range(2, 6)),
        "mean",
        pl.lit(False).alias("ambiguous"),
        pl.lit(3).alias("precision"),
        pl.lit(sheet).alias("sheet"),
        pl.Series("rows", rows, dtype=pl.String),
        pl.col("n").alias("row_count"),
    ).cast(RESULT_SCHEMA)


def _check_footers(section: Section, exams: Sequence[Occasion], part: Reading) -> None:
    """«Минимальная граница … 24» and «Всего участников» below the table are compared with what was read."""
    for _, cells in section.lines:
        texts = [cell for cell in cells if cell]
        if not texts or not FOOTER.match(texts[0]):
            continue
        numbers = [int(found) for text in texts for found in re.findall(r"(?<![\d.,])\d{1,6}(?![\d.,])", text)]
        if not numbers:
            continue
        head = texts[0].lower()
        if head.startswith("минимальн") and len(exams) == 1:
            _, measure = measure_of(exams[0], tuple(section.labels))
            if isinstance(measure, Measure) and measure.column == "score" and measure.minimum != numbers[-1]:
                part.warnings.append(
                    f"Лист «{section.sheet}»: в таблице минимальная граница {numbers[-1]}, по нормам {measure.minimum}; "
                    "взята граница по нормам."
                )
        if re.match(r"(?:всего|итого|кол-во|количество) участ", head) and numbers[-1] != part.rows:
            part.warnings.append(
                f"Лист «{section.sheet}»: в таблице указано участников {numbers[-1]}, строк участников {part.rows}."
            )
