"""Facts of one file into the database: versions replace versions, nothing is lost, no fact is counted twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import regions
from app.journal.chain import Doer, append
from app.people.models import Organisation
from app.results.facts import BIAS, CHANGES, RESULTS
from app.results.models import ImportFile
from app.results.writing import Writer
from app.schools.importing import refuse_fatal
from app.schools.models import School
from app.tables.reading import SHOWN_PER_REASON, Reading, Remark, limited
from app.tables.report import FileReport

NO_CODE = "кода нет в реестре"


_CODES = (
    sa.select(School.id, School.code, School.fisoko_login, Organisation.valid_to)
    .join(Organisation, Organisation.id == School.id)
    .where(School.region == sa.bindparam("region"))
)
_LOADED = sa.select(ImportFile).where(
    ImportFile.region == sa.bindparam("region"), ImportFile.sha256 == sa.bindparam("sha256")
)


@dataclass
class _Schools:
    """Schools of a region by the two codes."""

    codes: dict[tuple[str, str], int] = field(default_factory=dict)
    closed: dict[int, date] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, region: str) -> _Schools:
        known = cls()
        for school, code, login, closed in session.execute(_CODES, {"region": region}):
            known.codes["code", code] = school
            if login:
                known.codes["login", login] = school
            if closed:
                known.closed[school] = closed
        return known


def store(
    session: Session,
    reading: Reading,
    region: str,
    *,
    actor: Doer | None,
    now: datetime,
    case_id: int | None = None,
) -> FileReport:
    """Writes a reading in the caller's transaction. Raises BadInput for a fatal one.

    A file with the same content was loaded already: nothing changes, the report says when. A file of the same kind about
    the same occasions with at least half of the schools of an earlier one is its corrected version and replaces it
    whole; otherwise only results of the same schools are replaced. Replaced rows stay with `current` false.
    """
    refuse_fatal([reading])
    same = session.scalars(_LOADED, {"region": region, "sha256": reading.sha256}).first()
    if same is not None:
        return _repeated(reading, same)
    report = FileReport.of(reading)
    schools = _Schools.of(session, region)
    facts = {kind: _matched(frame, schools, reading, report) for kind, frame in reading.frames.items()}
    report.rejected = limited(report.rejected)
    file = _file(reading, report, region, _scope(facts), now)
    file.loaded_by, file.case_id = (actor.position_id if actor else None), case_id
    session.add(file)
    session.flush()
    writer = Writer(session, region, file, report)
    if RESULTS in facts:
        writer.results(facts[RESULTS])
    pending = writer.changes(facts[CHANGES]) if CHANGES in facts else []
    if BIAS in facts:
        writer.bias(facts[BIAS])
    report.schools = len({s for frame in facts.values() for s in frame["school"].unique()})
    report.file_id = file.id
    file.report = {**report.as_json(), "pending": pending}
    session.flush()
    data = {"file": file.name, "sha256": file.sha256, "kind": file.kind, "rows": report.rows}
    data |= {"accepted": report.accepted, "rejected": report.rejected_rows, "changed": report.changed}
    append(session, "results.imported", {"region": region, **data}, actor=actor, case_id=case_id, at=now)
    return report


def _file(reading: Reading, report: FileReport, region: str, scope: str, now: datetime) -> ImportFile:
    return ImportFile(
        region=region,
        name=reading.name[:255],
        sha256=reading.sha256,
        kind=reading.kind,
        scope=scope,
        rows=report.rows,
        accepted=report.accepted,
        report={},
        loaded_at=now,
    )


def _repeated(reading: Reading, file: ImportFile) -> FileReport:
    known = {name: value for name, value in file.report.items() if name != "pending"}
    report = FileReport.from_json(known)
    report.name, report.repeated, report.changed, report.file_id = reading.name or file.name, True, 0, file.id
    when = f"{file.loaded_at.astimezone(regions.profile(file.region).zone):%d.%m.%Y}"
    later = "; позже загружена исправленная версия" if file.superseded_by else ""
    report.warnings.insert(0, f"Файл уже загружен {when} под именем «{file.name}»{later}: ничего не изменено.")
    return report


def _matched(frame: pl.DataFrame, schools: _Schools, reading: Reading, report: FileReport) -> pl.DataFrame:
    """Adds `school` (id) and drops rows whose code the registry does not know, each source row reported."""
    table = pl.DataFrame(
        [(system, code, school) for (system, code), school in schools.codes.items()],
        schema={"system": pl.String, "code": pl.String, "school": pl.Int64},
        orient="row",
    )
    joined = frame.join(table, on=["system", "code"], how="left", maintain_order="left")
    unknown = joined.filter(pl.col("school").is_null())
    lost = int(unknown["row_count"].sum())
    report.accepted -= lost
    report.rejected_rows += lost
    for sheet, rows, code, system in unknown.head(SHOWN_PER_REASON).select("sheet", "rows", "code", "system").rows():
        column = reading.code_columns.get(sheet, "Логин" if system == "login" else "Код ОО")
        report.rejected += [Remark(NO_CODE, sheet, row, column, code) for row in _numbers(rows)]
    known = joined.filter(pl.col("school").is_not_null())
    if schools.closed:
        _doubt_closed(known, schools, reading, report)
    return known


def _doubt_closed(known: pl.DataFrame, schools: _Schools, reading: Reading, report: FileReport) -> None:
    """Results of a school for a spring after its closing are kept for it, but somebody should look."""
    part = known.filter(pl.col("school").is_in(list(schools.closed)))
    for school, year, sheet, rows, code in part.select("school", "school_year", "sheet", "rows", "code").rows():
        closed = schools.closed[school]
        if closed < date(year + 1, 3, 1):
            reason = f"школа закрыта {closed:%d.%m.%Y}"
            column = reading.code_columns.get(sheet, "Код ОО")
            report.doubts.append(Remark(reason, sheet, next(iter(_numbers(rows)), None), column, code))
            report.doubt_count += 1


def _numbers(rows: str) -> list[int]:
    """Row numbers out of «5–34, 40»; the counted rest of a cut text is not expanded."""
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?:–(\d+))?", rows.split(" … ")[0]):
        found += range(int(first), int(last or first) + 1)
    return found[:SHOWN_PER_REASON]


def _scope(facts: Mapping[str, pl.DataFrame]) -> str:
    names = sorted(
        {
            f"{procedure}{'/' + part if part else ''} {year} {wave}"
            for kind in (RESULTS, CHANGES)
            if kind in facts
            for procedure, part, year, wave in facts[kind]
            .select("procedure", "part", "school_year", "wave")
            .unique()
            .rows()
        }
    )
    return "; ".join(names)[:400]
