"""One file of exam results to facts: its tables are found and recognised by content, each is read, then joined."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from app.results import appeals, bias, flat, individual, occasions, protocols
from app.results.facts import BIAS, CHANGES, KEY, RESULT_SCHEMA, RESULTS
from app.schools.registry import REGISTRY
from app.tables.grid import Unreadable, load
from app.tables.headers import Layout, NearMiss, Section, find_sections
from app.tables.reading import SHOWN_PER_REASON, Reading, Remark, limited
from app.tables.sandbox import Source, read_in_child
from app.years import school_year_name

SCORES = Layout(
    kind="fisoko_scores",
    title="распределение первичных баллов",
    fields={"login": (r"логин",), "s0": (r"0",), "s1": (r"1",), "s6": (r"6",), "s7": (r"7",)},
    required=("login", "s0", "s1", "s6", "s7"),
    key="login",
    names={"login": "Логин"},
    hallmarks=("login",),
)
# The order matters: what has more marks of its own stands before what would also fit.
LAYOUTS = (
    REGISTRY,
    appeals.APPEALS,
    bias.BIAS_LIST,
    SCORES,
    flat.FLAT,
    flat.STATISTICS,
    individual.INDIVIDUAL,
    individual.COLLECTION,
    protocols.PROTOCOL,
)
READERS: dict[str, Callable[[Section, str], Reading]] = {
    appeals.APPEALS.kind: appeals.read_appeals,
    bias.BIAS_LIST.kind: lambda section, _: bias.read_bias(section),
    flat.FLAT.kind: lambda section, _: flat.read_flat(section),
    flat.STATISTICS.kind: lambda section, _: flat.read_statistics(section),
    individual.INDIVIDUAL.kind: lambda section, _: individual.read_individual(section),
    individual.COLLECTION.kind: lambda section, _: individual.read_individual(section),
    protocols.PROTOCOL.kind: protocols.read_protocol,
}
REFUSED = {
    REGISTRY.kind: "Это реестр школ: загрузите его как реестр, а не как результаты.",
    SCORES.kind: "Это распределение первичных баллов, отметок в нём нет: загрузите выгрузку с отметками 2–5.",
}
KNOWN_TABLES = (
    "Подходят: выгрузка ФИС ОКО по школам, «Статистика по отметкам», «Индивидуальные результаты» (Ф1), "
    "протоколы ЕГЭ и ОГЭ, протоколы апелляций, список школ с признаками необъективности."
)


def read_untrusted(source: Source, *, name: str = "") -> Reading:
    """Reads a file (path or bytes) of exam results in a child process. Never raises for a bad file: see `fatal`."""
    return read_in_child("app.results.readers:read", source, name=name)


def read(data: bytes, name: str = "") -> Reading:
    """The same in this process: for the child and for small files that we made ourselves."""
    reading = Reading(name=name, size=len(data))
    try:
        sections, misses = _tables(data)
    except Unreadable as error:
        return reading.refuse(" ".join(part for part in (error.message, error.advice) if part))
    if not sections:
        return reading.refuse(_unrecognised(misses))
    kinds = []
    for section in sections:
        kind = section.layout.kind
        if kind in REFUSED:
            return reading.refuse(REFUSED[kind])
        part = READERS[kind](section, name)
        reading.merge(part)
        if part.fatal:
            return reading.refuse(part.fatal)
        kinds.append(_kind(kind, part))
    if misses:
        return reading.refuse(_unrecognised(misses))
    named = [kind for kind in kinds if kind]
    reading.kind = max(dict.fromkeys(named), key=named.count) if named else sections[0].layout.kind
    _join(reading, sections)
    reading.rejected, reading.doubts = limited(reading.rejected), limited(reading.doubts)
    reading.title = title_of(reading, sections[0].layout)
    _report_counts(reading)
    return reading


def _tables(data: bytes) -> tuple[list[Section], list[NearMiss]]:
    sections: list[Section] = []
    misses: list[NearMiss] = []
    for sheet in load(data):
        found, missed = find_sections(sheet, LAYOUTS)
        sections += found
        misses += [miss for miss in missed if len(miss.missing) == 1 or not found]
    # Beside recognised tables only a table that lacks a single column is a mistake; notes and summaries are not.
    return sections, [miss for miss in misses if not sections or (len(miss.missing) == 1 and miss.matched >= 5)]


def _unrecognised(misses: list[NearMiss]) -> str:
    if not misses:
        return f"Вид таблицы не узнан. {KNOWN_TABLES}"
    miss = max(misses, key=lambda m: m.matched - len(m.missing))
    word = "столбца" if len(miss.missing) == 1 else "столбцов"
    return (
        f"Лист «{miss.sheet}», строка {miss.header_row}: похоже на таблицу вида «{miss.layout.title}», "
        f"но нет {word} {', '.join(miss.missing)}."
    )


def _kind(kind: str, part: Reading) -> str:
    """Protocols and appeals are told apart by family: `ege_protocol`, `oge_appeals`."""
    if kind not in (protocols.PROTOCOL.kind, appeals.APPEALS.kind):
        return kind
    frame = next((f for f in (part.frames.get(RESULTS), part.frames.get(CHANGES)) if f is not None and f.height), None)
    if frame is None:
        return f"{part.family}_{kind}" if part.family else ""
    return f"{frame['procedure'][0].split('_')[0]}_{kind}"


def _join(reading: Reading, sections: list[Section]) -> None:
    """Makes one row of each school, occasion and wave out of all tables of the file."""
    labels = reading.code_columns
    labels |= {s.sheet: s.labels[k] for s in sections for k in ("group", "code", "login") if k in s.labels}
    results = reading.frames.get(RESULTS)
    if results is not None:
        counted = _summed(results.filter(pl.col("precision") == 3))
        ready = _refuse_repeats(results.filter(pl.col("precision") < 3), reading, labels)
        reading.frames[RESULTS] = pl.concat([ready, counted])
    changes = reading.frames.get(CHANGES)
    if changes is not None and changes.select(KEY).is_duplicated().any():
        reading.frames[CHANGES] = (
            changes.group_by(KEY, maintain_order=True)
            .agg(*(pl.col(c).sum() for c in ("low", "n2", "n3", "n4", "n5")), *_places())
            .select(changes.columns)
        )
    marks = reading.frames.get(BIAS)
    if marks is not None:
        reading.frames[BIAS] = marks.unique(["code", "system", "school_year", "markers"], maintain_order=True)


def _places() -> list[pl.Expr]:
    return [
        pl.col("sheet").unique(maintain_order=True).str.join(", ").str.slice(0, 100),
        pl.col("rows").str.join("; ").str.slice(0, 100),
        pl.col("row_count").sum(),
    ]


def _summed(results: pl.DataFrame) -> pl.DataFrame:
    """Pupils of one school may stand in several tables (rooms, classes, sheets): their counts are added."""
    if not results.select(KEY).is_duplicated().any():
        return results
    weighted = ((pl.col("mean") * pl.col("n")).sum() / pl.col("n").sum()).round(2).alias("mean")
    marks = [
        pl.when(pl.col(f"n{d}").null_count() > 0).then(None).otherwise(pl.col(f"n{d}").sum()).alias(f"n{d}")
        for d in range(2, 6)
    ]
    flags = [pl.col("ambiguous").any(), pl.col("precision").min()]
    grouped = results.group_by(KEY, maintain_order=True).agg(
        weighted, pl.col("n").sum(), pl.col("low").sum(), *marks, *flags, *_places()
    )
    return grouped.select(results.columns).cast(RESULT_SCHEMA)


def _refuse_repeats(results: pl.DataFrame, reading: Reading, labels: dict[str, str]) -> pl.DataFrame:
    """Two rows of one school, procedure and year: alike are one, unlike are both refused, so order never decides."""
    repeated = results.select(KEY).is_duplicated()
    if not repeated.any():
        return results
    doubled = results.filter(repeated).with_columns(
        pl.struct("n", "low", "n3", "n4", "n5").n_unique().over(KEY).alias("versions"),
    )
    clash = doubled.filter(pl.col("versions") > 1)
    shown = clash.head(SHOWN_PER_REASON).with_columns(pl.col("rows").str.join(", ").over(KEY).alias("places"))
    for sheet, row, code, places in shown.select("sheet", "rows", "code", "places").rows():
        reason = f"в строках {places} та же школа, предмет, класс и год, но другие числа"
        reading.rejected.append(Remark(reason, sheet, int(row), labels.get(sheet, ""), code))
    reading.rejected_rows += clash.height
    reading.accepted -= clash.height
    alike = doubled.filter(pl.col("versions") == 1).drop("versions")
    once = alike.unique(KEY, keep="first", maintain_order=True)
    if alike.height:
        reading.warnings.append(f"Одинаковых повторов строк: {alike.height - once.height}, каждая учтена один раз.")
    return pl.concat([results.filter(~repeated), once])


def title_of(reading: Reading, layout: Layout) -> str:
    """«ВПР, математика, 6 класс: статистика по отметкам, 2025/26 учебный год»."""
    frames = [f for f in (reading.frames.get(RESULTS), reading.frames.get(CHANGES)) if f is not None and f.height]
    years = sorted({y for f in frames for y in f["school_year"].unique()}) or sorted(
        {y for f in reading.frames.values() for y in f["school_year"].unique()}
    )
    found = sorted({p for f in frames for p in f["procedure"].unique()})
    families = list(dict.fromkeys(occasions.FAMILIES[p.split("_")[0]] for p in found))
    about = occasions.procedure_title(found[0]) if len(found) == 1 else ", ".join(families)
    waves = sorted({w for f in frames for w in f["wave"].unique()})
    wave = f", {occasions.WAVES[waves[0]]}" if len(waves) == 1 and layout.kind in ("protocol", "appeals") else ""
    when = ", ".join(map(school_year_name, years))
    head = f"{about}: {layout.title}" if about else layout.title[0].upper() + layout.title[1:]
    return f"{head}{wave}" + (f", {when} учебный год" if when else "")


def _report_counts(reading: Reading) -> None:
    if reading.skipped:
        reading.warnings.append(f"Пропущено строк с другим предметом или классом: {reading.skipped}.")
    if reading.excluded:
        reading.warnings.append(
            f"Не учтены выпускники прошлых лет, обучающиеся СПО и участники ГВЭ: строк {reading.excluded}."
        )
    if reading.absent:
        reading.warnings.append(f"Не участвовали (нет результата): строк {reading.absent}.")
