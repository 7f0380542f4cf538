"""The registry of schools as a table: recognised by its seven columns, checked cell by cell. No database here."""

from __future__ import annotations

import polars as pl

from app.tables.cells import EMPTY, Rule, by_value, code_rules, joined, login_rules, sift
from app.tables.grid import ROW, Unreadable, load
from app.tables.headers import Layout, NearMiss, Section, find_sections
from app.tables.reading import SHOWN_PER_REASON, Reading, Remark, limited
from app.tables.sandbox import Source, read_in_child

SCHOOLS = "schools"
SCHOOL_SCHEMA = pl.Schema(
    {
        "code": pl.String,
        "login": pl.String,
        "name": pl.String,
        "short_name": pl.String,
        "municipality": pl.String,
        "municipality_code": pl.String,
        "kind": pl.String,
        "founder": pl.String,
        "sheet": pl.String,
        "row": pl.Int64,
    }
)
REGISTRY = Layout(
    kind="registry",
    title="реестр школ",
    fields={
        "code": (r"код (?:оо|оу|школы)",),
        "login": (r"логин фис око", r"логин(?: оо)?"),
        "name": (r"полное наименование(?: оо)?", r"полное название(?: оо)?"),
        "short_name": (r"краткое наименование(?: оо)?", r"сокращ\w+ наименование(?: оо)?"),
        "municipality": (r"муниципалитет", r"муниципальн\w+ (?:образование|район|округ)"),
        "municipality_code": (r"код мсу",),
        "kind": (r"вид(?: оо)?(?: ?\(.*\))?", r"тип оо"),
        "founder": (r"тип учредителя", r"вид учредителя", r"форма собственности"),
    },
    required=("code", "login", "name", "short_name", "municipality", "municipality_code", "kind"),
    key="code",
    names={
        "code": "Код ОО",
        "login": "Логин ФИС ОКО",
        "name": "Полное наименование",
        "short_name": "Краткое наименование",
        "municipality": "Муниципалитет",
        "municipality_code": "Код МСУ",
        "kind": "Вид (СОШ/ООШ/НОШ)",
    },
    hallmarks=("name", "short_name", "municipality_code"),
)


def read_untrusted(source: Source, *, name: str = "") -> Reading:
    """Reads a registry (path or bytes) in a child process. Never raises for a bad file: see `fatal`."""
    return read_in_child("app.schools.registry:read", source, name=name)


def read(data: bytes, name: str = "") -> Reading:
    """The same in this process: for the child and for small files that we made ourselves."""
    reading = Reading(name=name, size=len(data), kind=REGISTRY.kind, title="Реестр школ")
    try:
        sections, misses = _tables(data)
    except Unreadable as error:
        return reading.refuse(" ".join(part for part in (error.message, error.advice) if part))
    if not sections:
        return reading.refuse(_missing(misses))
    for section in sections:
        reading.merge(_read_section(section))
    reading.frames[SCHOOLS] = _refuse_repeats(reading.frames[SCHOOLS], reading, sections[0])
    reading.rejected = limited(reading.rejected)
    return reading


def _tables(data: bytes) -> tuple[list[Section], list[NearMiss]]:
    sections: list[Section] = []
    misses: list[NearMiss] = []
    for sheet in load(data):
        found, missed = find_sections(sheet, [REGISTRY])
        sections += found
        misses += missed
    return sections, misses


def _missing(misses: list[NearMiss]) -> str:
    if not misses:
        columns = ", ".join(f"«{name}»" for name in REGISTRY.names.values())
        return f"Это не реестр школ: не найдены столбцы {columns}."
    miss = max(misses, key=lambda m: m.matched)
    word = "столбца" if len(miss.missing) == 1 else "столбцов"
    return f"Лист «{miss.sheet}», строка {miss.header_row}: в реестре нет {word} {', '.join(miss.missing)}."


def kind_of(text: str) -> str | None:
    """full, basic, primary by «СОШ», «ООШ», «НОШ» or their words; gymnasiums, lyceums and evening schools are full."""
    words = text.lower().replace("ё", "е")
    for kind, marks in (
        ("primary", ("нош", "начальн")),
        ("basic", ("оош", "основн")),
        ("full", ("сош", "средн", "гимназ", "лице", "вечерн", "кадет", "full")),
    ):
        if any(mark in words for mark in marks):
            return kind
    return None


def founder_of(text: str) -> str:
    """municipal, state or private."""
    words = text.lower()
    if "частн" in words or "негосуд" in words:
        return "private"
    return "state" if "государств" in words or "регион" in words or "област" in words else "municipal"


def _read_section(section: Section) -> Reading:
    frame = section.body
    part = Reading(rows=frame.height)
    texts = {name: f"{name}_text" for name in ("code", "login", "kind")}
    frame = frame.with_columns(pl.col(name).alias(text) for name, text in texts.items())
    founder = (
        by_value(frame, "founder", founder_of, pl.String)
        if "founder" in frame.columns
        else pl.lit(None, dtype=pl.String)
    )
    frame = frame.with_columns(
        joined(pl.col("code")).alias("code"),
        joined(pl.col("login")).alias("login"),
        by_value(frame, "kind", kind_of, pl.String).alias("kind"),
        pl.col("municipality_code").str.replace(r"[.,]0+$", "").alias("municipality_code"),
        founder.alias("founder"),
        *(pl.col(name).str.replace_all(r"\s+", " ") for name in ("name", "short_name", "municipality")),
    ).with_columns(pl.col("short_name").fill_null(pl.col("name")))
    rules = [
        *code_rules("code"),
        *(rule for rule in login_rules("login") if rule.reason != EMPTY),
        *(Rule(name, pl.col(name).is_null(), EMPTY) for name in ("name", "municipality", "municipality_code")),
        Rule("name", pl.col("name").str.len_chars() > 1024, "длиннее 1024 знаков"),
        Rule("short_name", pl.col("short_name").str.len_chars() > 255, "длиннее 255 знаков"),
        Rule("kind", pl.col("kind_text").is_null(), EMPTY),
        Rule("kind", pl.col("kind_text").is_not_null() & pl.col("kind").is_null(), "ожидается СОШ, ООШ или НОШ"),
    ]
    good, part.rejected = sift(frame, rules, sheet=section.sheet, labels=section.labels, shown=texts)
    part.rejected_rows = frame.height - good.height
    part.accepted = good.height
    columns = [c for c in SCHOOL_SCHEMA if c not in ("sheet", "row")]
    part.add(SCHOOLS, good.select(*columns, pl.lit(section.sheet).alias("sheet"), pl.col(ROW)).cast(SCHOOL_SCHEMA))
    return part


def _refuse_repeats(schools: pl.DataFrame, reading: Reading, section: Section) -> pl.DataFrame:
    """A repeated code or login: rows alike are one school, unlike are all refused, so order never decides."""
    facts = [c for c in SCHOOL_SCHEMA if c not in ("sheet", "row")]
    once = schools.unique(facts, keep="first", maintain_order=True)
    if once.height < schools.height:
        reading.warnings.append(f"Одинаковых повторов строк: {schools.height - once.height}, каждая учтена один раз.")
    bad = pl.Series([False] * once.height)
    for field in ("code", "login"):
        twice = once.select((pl.col(field).is_duplicated() & pl.col(field).is_not_null()).alias("t"))["t"]
        clash = once.filter(twice).with_columns(pl.col(ROW).cast(pl.String).str.join(", ").over(field).alias("places"))
        for sheet, row, value, places in clash.head(SHOWN_PER_REASON).select("sheet", ROW, field, "places").rows():
            reason = f"повтор: то же значение в строках {places}"
            reading.rejected.append(Remark(reason, sheet, row, section.labels[field], value))
        bad = bad | twice
    reading.rejected_rows += int(bad.sum())
    reading.accepted -= int(bad.sum())
    return once.filter(~bad)
