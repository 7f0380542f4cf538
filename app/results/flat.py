"""Results of ВПР already counted by school: the flat regional extract and «Статистика по отметкам»."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from app.results import occasions
from app.results.facts import RESULT_SCHEMA, RESULTS
from app.tables.cells import EMPTY, Rule, by_value, code_rules, joined, login_rules, marked, number, sift, whole
from app.tables.grid import ROW
from app.tables.headers import Layout, Section
from app.tables.reading import Reading, Remark

MARKS = ("m2", "m3", "m4", "m5")
LOGIN = r"(?i)\b((?:edu|sch)\s?\d+)\b"


def _mark(digit: int) -> tuple[str, ...]:
    quoted = rf"[«\"(]?{digit}[»\")]?"
    return (
        rf"(?:(?:отметка|оценка|доля|на|получили|процент|%)\s*)*{quoted}\s*,?\s*\(?(?:%|чел\.?|кол-во|процент\w*)?\)?",
    )


PEOPLE = (
    r"кол-во (?:участников|уч|обучающихся|учеников|чел\w*)\.?(?: ?впр)?",
    r"участников",
    r"всего участников",
    r"n",
)
FIELDS = {
    "year": (r"год", r"учебный год", r"год проведения"),
    "grade": (r"класс", r"параллель"),
    "programme": (r"класс \(?программ\w*\)?", r"программа(?: за)? класса?", r"класс программы"),
    "subject": (r"предмет", r"учебный предмет"),
    "day": (r"дата(?: проведения)?", r"дата впр"),
    "municipality": (r"муниципалитет", r"муниципальн\w+ (?:образование|район|округ)", r"мо", r"мсу"),
    "name": (r"оо", r"наименование оо", r"название оо", r"школа", r"образовательная организация"),
    "login": (r"логин(?: оо| школы| фис око| впр)?",),
    "code": (r"код (?:оо|оу|школы)",),
    "n": PEOPLE,
    "m2": _mark(2),
    "m3": _mark(3),
    "m4": _mark(4),
    "m5": _mark(5),
}
NAMES = {
    "year": "Год",
    "grade": "Класс",
    "subject": "Предмет",
    "login": "Логин",
    "code": "Код ОО",
    "n": "Кол-во участников",
    "m2": "2",
    "m3": "3",
    "m4": "4",
    "m5": "5",
    "group": "Группы участников",
}
FLAT = Layout(
    kind="fisoko_extract",
    title="выгрузка ФИС ОКО по школам",
    fields=FIELDS,
    required=("login|code", "year|day", "grade|programme", "subject", "n", *MARKS),
    key="login|code",
    names=NAMES,
    hallmarks=("m2", "n", "grade"),
)
STATISTICS = Layout(
    kind="fisoko_statistics",
    title="статистика по отметкам",
    fields={
        "group": (r"групп[аы] участников",),
        "schools": (r"кол-во (?:оо|оу|школ)",),
        "n": PEOPLE,
        **{m: FIELDS[m] for m in MARKS},
    },
    required=("group", "n", *MARKS),
    key="group",
    key_pattern=LOGIN,
    names=NAMES,
    hallmarks=("group",),
)


def read_flat(section: Section) -> Reading:
    """The flat extract: a row is a school, subject, grade and year; marks are percentages, shares of one or counts."""
    frame = _without_totals(section.body)
    part = Reading(rows=frame.height)
    texts = {name: f"{name}_text" for name in frame.columns if name != ROW}
    frame = frame.with_columns(pl.col(name).alias(text) for name, text in texts.items())
    key = "login" if "login" in frame.columns else "code"
    year = "year" if "year" in frame.columns else "day"
    programme = "programme" if "programme" in frame.columns else "grade"
    frame = frame.with_columns(
        joined(pl.col(key)).alias(key),
        by_value(frame, "subject", occasions.subject_of, pl.String).alias("subject"),
        by_value(frame, programme, occasions.grade_of, pl.Int64).alias("grade"),
        by_value(frame, year, occasions.school_year_of, pl.Int32).alias("school_year"),
        _hinted_grade(frame).alias("hinted"),
        _season(frame).alias("wave"),
    ).with_columns(pl.coalesce("hinted", "grade").alias("grade"))
    return _counted(section, frame, part, key=key, texts=texts, year=year)


def _hinted_grade(frame: pl.DataFrame) -> pl.Series:
    """Grade of the programme where the subject's cell names it: «Математика (по программе 5 класса)»."""
    return by_value(
        frame, "subject", lambda text: occasions.grade_of(text) if "программ" in text.lower() else None, pl.Int64
    )


def _season(frame: pl.DataFrame) -> pl.Series:
    if "day" not in frame.columns:
        return pl.Series(["main"] * frame.height, dtype=pl.String)
    return by_value(frame, "day", _wave_of_day, pl.String).fill_null("main")


def _wave_of_day(text: str) -> str:
    day = occasions.day_of(text)
    return "autumn" if day and day.month >= 8 else "main"


def read_statistics(section: Section) -> Reading:
    """«Статистика по отметкам»: subject, grade and year stand above; schools are the rows that hold a login."""
    known = occasions.gather([*section.preamble, [section.sheet]] if not section.preamble else section.preamble)
    known = known.filled(occasions.gather([[section.sheet]]))
    body = section.body.with_columns(pl.col("group").str.extract(LOGIN, 1).alias("login"))
    lost = body.filter(pl.col("login").is_null() & pl.col("schools").is_null()) if "schools" in body.columns else None
    body = body.filter(pl.col("login").is_not_null())
    part = Reading(rows=body.height)
    if not known.subject and known.other_subject:
        part.skipped = body.height
        return part
    lacking = [
        word
        for word, value in (("предмет", known.subject), ("класс", known.grade), ("год или дата ВПР", known.year))
        if value in ("", None)
    ]
    if lacking:
        return part.refuse(f"Лист «{section.sheet}»: над таблицей не указано: {', '.join(lacking)}.")
    texts = {name: f"{name}_text" for name in ("login", "n", *MARKS)}
    frame = body.with_columns(pl.col(name).alias(text) for name, text in texts.items()).with_columns(
        joined(pl.col("login")).alias("login"),
        pl.lit(known.subject).alias("subject"),
        pl.lit(known.grade, dtype=pl.Int64).alias("grade"),
        pl.lit(known.year, dtype=pl.Int32).alias("school_year"),
        pl.lit("autumn" if known.day and known.day.month >= 8 else "main").alias("wave"),
    )
    labelled = replace(section, labels={**section.labels, "login": section.labels["group"]})
    part = _counted(labelled, frame, part, key="login", texts=texts, year="")
    if lost is not None:
        _refuse_lost(section, lost.filter(pl.col("n").is_not_null()), part)
    return part


def _refuse_lost(section: Section, lost: pl.DataFrame, part: Reading) -> None:
    """Rows of single schools (no number of schools beside them) whose login is missing."""
    for row in lost[ROW].to_list():
        part.rejected.append(Remark("в строке школы нет логина", section.sheet, row, section.labels["group"]))
    part.rows += lost.height
    part.rejected_rows += lost.height


def _without_totals(body: pl.DataFrame) -> pl.DataFrame:
    """Totals of municipalities and of the region are no schools: «Всего», «Итого», or neither login nor name."""
    key = "login" if "login" in body.columns else "code"
    words = [
        pl.col(name).str.contains(r"(?i)^(?:итого|всего|вся выборка)").fill_null(False)
        for name in ("municipality", "name", "subject")
        if name in body.columns
    ]
    named = pl.col("name").is_not_null() if "name" in body.columns else pl.lit(True)
    total = pl.any_horizontal(words) if words else pl.lit(False)
    return body.filter(pl.col(key).is_not_null() | (named & ~total))


def _counted(
    section: Section, frame: pl.DataFrame, part: Reading, *, key: str, texts: dict[str, str], year: str
) -> Reading:
    other = (pl.col("subject") == "") | (pl.col("grade").is_not_null() & ~pl.col("grade").is_in(list(occasions.GRADES)))
    skipped = frame.select(other.fill_null(False).alias("other"))["other"]
    part.skipped = int(skipped.sum())
    frame = frame.filter(~skipped).with_columns(
        whole(pl.col("n")).alias("n"), *(number(pl.col(m)).alias(m) for m in MARKS)
    )
    mode = _mode(frame)
    frame = _shares(frame, mode)
    rules = [*(login_rules(key) if key == "login" else code_rules(key)), *_rules(mode, year, texts)]
    good, part.rejected = sift(frame, rules, sheet=section.sheet, labels=section.labels, shown=texts)
    part.rejected_rows = frame.height - good.height
    nobody = good.height - (good := good.filter(pl.col("n") > 0)).height
    if nobody:
        part.absent += nobody
        part.warnings.append(f"Лист «{section.sheet}»: строк с нулём участников {nobody}, они не учитываются.")
    if mode != "counts":
        part.doubts, part.doubt_count = marked(good, _doubts(), sheet=section.sheet, labels=section.labels, shown=texts)
    part.accepted = part.rows - part.skipped - part.rejected_rows - part.absent
    part.add(RESULTS, _results(good, mode, key, section.sheet))
    return part


def _mode(frame: pl.DataFrame) -> str:
    """What the mark columns hold, by vote of the rows: percent, share (of one) or counts."""
    total = pl.sum_horizontal(pl.col(m).fill_null(0) for m in MARKS)
    integral = pl.all_horizontal(pl.col(m).fill_null(0) == pl.col(m).fill_null(0).floor() for m in MARKS)
    counts = integral & (total == pl.col("n"))
    votes = frame.filter(pl.col("n") > 0).select(
        (counts & ((total - 100).abs() > 2) & (total > 1)).sum().alias("counts"),
        (~counts & ((total - 100).abs() <= 2)).sum().alias("percent"),
        (~integral & ((total - 1).abs() <= 0.02)).sum().alias("share"),
    )
    best = votes.row(0, named=True)
    if not any(best.values()):
        return "counts" if frame.filter(counts & (total != 100)).height else "percent"
    return max(("percent", "share", "counts"), key=lambda name: best[name])


def _shares(frame: pl.DataFrame, mode: str) -> pl.DataFrame:
    """Adds the number of decimals of each row and, for shares, turns them into percentages.

    A spreadsheet drops trailing zeros («30.0» becomes «30»), so a row has at least the commonest precision of the table.
    """
    if mode == "counts":
        return frame.with_columns(pl.lit(0).alias("decimals"))
    lengths = [
        pl.col(f"{m}_text").str.replace(",", ".", literal=True).str.extract(r"\.(\d+)").str.len_chars().fill_null(0)
        for m in MARKS
    ]
    shift = 2 if mode == "share" else 0
    frame = frame.with_columns(
        (pl.max_horizontal(lengths).cast(pl.Int64) - shift).clip(0, 9).alias("decimals"),
        *((pl.col(m) * (100.0 if shift else 1.0)).alias(m) for m in MARKS),
    )
    common = frame.filter(pl.col("decimals") > 0)["decimals"].mode()
    least = int(common.min()) if common.len() else 0  # type: ignore[arg-type]
    return frame.with_columns(pl.max_horizontal("decimals", pl.lit(least)).alias("decimals"))


def _rules(mode: str, year: str, texts: dict[str, str]) -> list[Rule]:
    total = pl.sum_horizontal(pl.col(m).fill_null(0) for m in MARKS)
    readable = pl.all_horizontal(pl.col(m).is_not_null() | pl.col(f"{m}_text").is_null() for m in MARKS)
    wrong_sum = total != pl.col("n") if mode == "counts" else (total - 100).abs() > 2.0 + 1e-6
    expected = (
        pl.format("сумма по отметкам {} не равна числу участников {}", total.cast(pl.Int64), pl.col("n"))
        if mode == "counts"
        else pl.format("сумма по отметкам {} %, ожидается 100 %", total.round(2))
    )
    rules = [
        Rule("n", pl.col("n_text").is_null(), EMPTY),
        Rule("n", pl.col("n_text").is_not_null() & pl.col("n").is_null(), "ожидается целое число участников"),
    ]
    for m in MARKS:
        text = pl.col(f"{m}_text")
        unread = text.is_not_null() & (pl.col(m).is_null() | (pl.col(m) < 0))
        rules.append(Rule(m, unread, "ожидается число не меньше нуля"))
        rules.append(Rule(m, text.is_null() & readable & wrong_sum, EMPTY))
        limit = pl.col("n") if mode == "counts" else pl.lit(100.0 + 1e-9)
        rules.append(Rule(m, pl.col(m) > limit, "больше числа участников" if mode == "counts" else "больше 100 %"))
    none_empty = pl.all_horizontal(pl.col(f"{m}_text").is_not_null() for m in MARKS)
    none_big = pl.all_horizontal(pl.col(m) <= (pl.col("n") if mode == "counts" else 100.0 + 1e-9) for m in MARKS)
    rules.append(Rule("m2", (pl.col("n") > 0) & readable & none_empty & none_big & wrong_sum, expected))
    if year:
        rules += _place_rules(year, texts)
    return rules


def _place_rules(year: str, texts: dict[str, str]) -> list[Rule]:
    grade = "programme" if "programme" in texts else "grade"
    return [
        Rule(year, pl.col(texts[year]).is_null(), EMPTY),
        Rule(year, pl.col(texts[year]).is_not_null() & pl.col("school_year").is_null(), "ожидается год, например 2025"),
        Rule(year, ~pl.col("school_year").is_between(2009, 2099), "ожидается год с 2010 по 2100"),
        Rule(grade, pl.col(texts[grade]).is_null(), EMPTY),
        Rule(grade, pl.col(texts[grade]).is_not_null() & pl.col("grade").is_null(), "ожидается класс, например 5"),
        Rule("subject", pl.col(texts["subject"]).is_null(), EMPTY),
    ]


def _doubts() -> list[Rule]:
    """Percentages from which the number of «2» cannot be rebuilt for certain: none or several whole numbers fit."""
    fits = _fits()
    total = pl.sum_horizontal(pl.col(m).fill_null(0) for m in MARKS)
    # Four figures rounded to d decimals may together miss 100 by 2·10⁻ᵈ; more says that one of them is wrong.
    slack = pl.lit(2.0) * pl.lit(10.0).pow(-pl.col("decimals").clip(0, 2).cast(pl.Float64)) + 1e-6
    several = pl.format(
        "при {} участниках подходят числа от {} до {}, принято {}", pl.col("n"), *_bounds(), _rounded("m2")
    )
    return [
        Rule("m2", fits > 1, several),
        Rule(
            "m2",
            fits < 1,
            pl.format("ни одно целое число из {} не даёт такой процент, принято {}", pl.col("n"), _rounded("m2")),
        ),
        Rule("m2", (total - 100).abs() > slack, pl.format("сумма по отметкам {} %, ожидается 100 %", total.round(2))),
    ]


def _scaled(name: str) -> pl.Expr:
    """A percentage in billionths: exact for up to nine decimals, as a float holds 15 digits."""
    return (pl.col(name).fill_null(0.0) * 1e9).round(0).cast(pl.Int64)


def _rounded(name: str) -> pl.Expr:
    """`round(p·n/100)` in whole numbers, halves upwards."""
    return (2 * _scaled(name) * pl.col("n") + 100_000_000_000) // 200_000_000_000


def _bounds() -> tuple[pl.Expr, pl.Expr]:
    """Least and greatest number of «2» that would be printed as this percentage, within 0…n."""
    half = pl.lit(10).pow(9 - pl.col("decimals")).cast(pl.Int64)
    low, high = 2 * _scaled("m2") - half, 2 * _scaled("m2") + half
    unit = 200_000_000_000
    least = -((-low * pl.col("n")) // unit)
    return pl.max_horizontal(least, pl.lit(0)), pl.min_horizontal((high * pl.col("n")) // unit, pl.col("n"))


def _fits() -> pl.Expr:
    least, greatest = _bounds()
    return greatest - least + 1


def _results(good: pl.DataFrame, mode: str, key: str, sheet: str) -> pl.DataFrame:
    counts = {m: pl.col(m).fill_null(0).cast(pl.Int64) if mode == "counts" else _rounded(m) for m in MARKS}
    frame = good.with_columns(value.alias(f"k{m[1]}") for m, value in counts.items())
    whole_marks = pl.sum_horizontal("k2", "k3", "k4", "k5") == pl.col("n")
    weighted = 2 * pl.col("k2") + 3 * pl.col("k3") + 4 * pl.col("k4") + 5 * pl.col("k5")
    ambiguous = pl.lit(False) if mode == "counts" else _fits() != 1
    return frame.select(
        pl.col(key).alias("code"),
        pl.lit(key).alias("system"),
        pl.format("vpr_{}_{}", "subject", "grade").alias("procedure"),
        pl.lit("").alias("part"),
        pl.col("school_year"),
        pl.col("wave"),
        pl.col("n"),
        pl.col("k2").clip(0, pl.col("n")).alias("low"),
        *(pl.when(whole_marks).then(pl.col(f"k{d}")).otherwise(None).alias(f"n{d}") for d in range(2, 6)),
        pl.when(whole_marks).then((weighted / pl.col("n")).round(2)).otherwise(None).alias("mean"),
        ambiguous.alias("ambiguous"),
        pl.lit(2 if mode == "counts" else 1).alias("precision"),
        pl.lit(sheet).alias("sheet"),
        pl.col(ROW).cast(pl.String).alias("rows"),
        pl.lit(1).alias("row_count"),
    ).cast(RESULT_SCHEMA)
