"""Readings of a draft into the database: tried and taken back to show what will be, then done for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import regions
from app.cases.models import Case
from app.db import Database, utcnow
from app.errors import Conflict, Refused
from app.identification import corrections
from app.imports.models import ImportDraft, ImportDraftFile
from app.people.actor import Actor
from app.results import importing, storing
from app.results.models import ImportFile, Result
from app.schools import importing as schools
from app.schools.registry import REGISTRY
from app.tables.reading import Reading, unpacked
from app.tables.report import FileReport, Report

TICK = timedelta(microseconds=1)
CHANGED = "Пока вы смотрели, данные изменились: проверьте итог ещё раз."


@dataclass(frozen=True)
class Fate:
    """What becomes of one file. `replaced`: names of earlier files that it supersedes; `counts`: of a registry."""

    report: FileReport
    replaced: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The report with doubts apart from warnings, for the page."""
        return {
            **self.report.as_json(),
            "warnings": self.report.warnings,
            "doubts": [asdict(remark) for remark in self.report.doubts],
            "doubt_count": self.report.doubt_count,
            "replaced": self.replaced,
            "counts": self.counts,
        }


class _TakenBack(Exception):
    pass


def trial(db: Database, region: str, readings: Sequence[Reading], now: datetime) -> tuple[list[Fate], int]:
    """What writing these readings would do: fates in their order and the number of schools with results. Changes nothing."""
    fates: list[Fate] = []
    reached = 0
    try:
        with db.write() as session:
            fates = write(session, region, readings, actor=None, now=now, case_id=None)
            reached = _schools(session, fates)
            raise _TakenBack
    except _TakenBack:
        return fates, reached


def import_results(
    db: Database,
    files: Sequence[importing.Source],
    region: str,
    *,
    actor: Actor | None = None,
    now: datetime | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Report:
    """Read and write files of results at once, without a look between; `progress` takes the share done, 0…1.

    BadInput when any file cannot be taken: nothing changes.
    """
    regions.profile(region)
    readings = importing.read_files(files, progress=lambda share: progress(0.8 * share))
    schools.refuse_fatal(readings)
    with db.write() as session:
        fates = write(session, region, readings, actor=actor, now=now or utcnow(), case_id=None)
    progress(1.0)
    return Report([fate.report for fate in fates])


def write(
    session: Session,
    region: str,
    readings: Sequence[Reading],
    *,
    actor: Actor | None,
    now: datetime,
    case_id: int | None,
) -> list[Fate]:
    """Stores readings in the caller's transaction, registries first; fates in the order given.

    Figures of a signed list that they change are told of: the decision itself stays.
    """
    fates: dict[int, Fate] = {}
    for position in sorted(range(len(readings)), key=lambda i: readings[i].kind != REGISTRY.kind):
        reading = readings[position]
        if reading.kind == REGISTRY.kind:
            fates[position] = _registry(session, region, reading, actor, now, case_id)
        else:
            report = storing.store(session, reading, region, actor=actor, now=now, case_id=case_id)
            fates[position] = Fate(report, [] if report.repeated else _replaced(session, report.file_id))
    titles = {procedure.code: procedure.title for procedure in regions.profile(region).procedures}
    told = corrections.tell(session, region, titles, now - TICK, actor=actor, now=now)
    if told and fates:
        words = f"Меняются результаты школ подписанного перечня: {told}. Перечень остаётся, школы получат извещение."
        fates[max(fates)].report.warnings.append(words)
    return [fates[position] for position in range(len(readings))]


def _registry(
    session: Session, region: str, reading: Reading, actor: Actor | None, now: datetime, case_id: int | None
) -> Fate:
    """A registry is kept in the list of files beside results; one that says nothing new was loaded before."""
    where = (ImportFile.region == region, ImportFile.kind == REGISTRY.kind)
    same = session.scalar(sa.select(ImportFile).where(*where, ImportFile.sha256 == reading.sha256))
    report, counts = schools.store(session, reading, region, actor=actor, now=now)
    report.repeated = same is not None and not any(counts.values())
    if report.repeated and same is not None:
        report.file_id = same.id
        loaded = same.loaded_at.astimezone(regions.profile(region).zone)
        report.warnings.insert(0, f"Файл уже загружен {loaded:%d.%m.%Y}: школы в нём те же.")
        return Fate(report, [], counts)
    file = same or ImportFile(region=region, sha256=reading.sha256, kind=REGISTRY.kind, scope="")
    file.name, file.rows, file.accepted = reading.name[:255], report.rows, report.accepted
    file.loaded_at, file.loaded_by, file.case_id = now, actor.position_id if actor else None, case_id
    file.superseded_by, file.report = None, report.as_json()
    session.add(file)
    session.flush()
    report.file_id = file.id
    report.changed = counts["updated"]
    covered = ImportFile.accepted <= report.accepted * 2
    earlier = sa.select(ImportFile).where(*where, ImportFile.id != file.id, ImportFile.superseded_by.is_(None), covered)
    for old in session.scalars(earlier):
        old.superseded_by = file.id
    session.flush()
    return Fate(report, _replaced(session, file.id), counts)


_REPLACED = sa.select(ImportFile.name).where(ImportFile.superseded_by == sa.bindparam("file")).order_by(ImportFile.id)


def _replaced(session: Session, file_id: int | None) -> list[str]:
    return list(session.scalars(_REPLACED, {"file": file_id}))


def _schools(session: Session, fates: Sequence[Fate]) -> int:
    ids = [fate.report.file_id for fate in fates if not fate.report.repeated]
    query = sa.select(sa.func.count(sa.distinct(Result.school_id))).where(Result.file_id.in_(ids), Result.current)
    return session.scalar(query) or 0


def will_write(file: ImportDraftFile) -> bool:
    """Whether the file brings anything: it was read, is new, and has rows that are accepted."""
    report = file.report
    return file.state == "read" and report is not None and not report["repeated"] and report["accepted"] > 0


def readings_of(files: Sequence[ImportDraftFile]) -> list[Reading]:
    """The staged readings; files without one must not be given."""
    return [unpacked(file.reading or b"") for file in files]


def campaign_of(session: Session, region: str) -> Case | None:
    """The region's open campaign, the newest."""
    query = sa.select(Case).where(Case.region == region, Case.kind == "campaign", Case.status == "open")
    return session.scalar(query.order_by(Case.school_year.desc(), Case.id.desc()).limit(1))


def record(session: Session, draft: ImportDraft, *, version: int, agreed: bool, actor: Actor, now: datetime) -> int:
    """Writes what was shown, all or nothing, in the caller's transaction over a locked draft. Returns the number of files.

    Conflict when the check shown is not the newest, or when the database has moved since it: then check again.
    """
    files = [file for file in draft.files if will_write(file)]
    if draft.version != version or draft.reader:
        raise Conflict(CHANGED)
    if not files:
        raise Refused("В этой загрузке нечего записывать.", advice="Добавьте таблицы.")
    if any(file.report["rejected_rows"] for file in files if file.report) and not agreed:
        raise Refused("Отметьте, что отклонённые строки просмотрены.")
    campaign = campaign_of(session, draft.region)
    case_id = campaign.id if campaign else None
    fates = write(session, draft.region, readings_of(files), actor=actor, now=now, case_id=case_id)
    for file, fate in zip(files, fates, strict=True):
        made = fate.as_json()
        if _essence(made) != _essence(file.report or {}):
            raise Conflict(CHANGED)
        file.report, file.file_id = made, fate.report.file_id
    for file in draft.files:
        file.reading = None
    draft.state, draft.recorded_at, draft.case_id = "recorded", now, case_id
    session.flush()
    return len(files)


def _essence(report: dict[str, Any]) -> list[Any]:
    """What the person agreed to, as numbers."""
    names = ("sha256", "accepted", "rejected_rows", "changed", "repeated", "replaced", "counts")
    return [report.get(name) for name in names]
