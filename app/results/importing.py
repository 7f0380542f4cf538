"""Files of exam results into the database: read in child processes, stored in one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app import regions
from app.db import Database, utcnow
from app.journal.chain import Doer
from app.results.readers import read_untrusted
from app.results.storing import store
from app.schools.importing import refuse_fatal
from app.tables.reading import Reading
from app.tables.report import Report

Source = Path | str | tuple[str, bytes]


def read_files(files: Sequence[Source], *, progress: Callable[[float], None] = lambda share: None) -> list[Reading]:
    """Reads each file (a path, or a name with bytes) in a child process; bad files come back with `fatal`."""
    readings = []
    for number, source in enumerate(files, 1):
        if isinstance(source, tuple):
            name, data = source
            readings.append(read_untrusted(data, name=name))
        else:
            readings.append(read_untrusted(source))
        progress(number / len(files))
    return readings


def import_results(
    db: Database,
    files: Sequence[Source],
    region: str,
    *,
    actor: Doer | None = None,
    now: datetime | None = None,
    case_id: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Report:
    """Reads and stores files; `progress` takes the share done, 0…1. BadInput if any file cannot be taken: nothing changes."""
    regions.profile(region)
    readings = read_files(files, progress=lambda share: progress(0.8 * share))
    refuse_fatal(readings)
    with db.write() as session:
        report = store_all(session, readings, region, actor=actor, now=now or utcnow(), case_id=case_id)
    progress(1.0)
    return report


def store_all(
    session: Session,
    readings: Sequence[Reading],
    region: str,
    *,
    actor: Doer | None,
    now: datetime,
    case_id: int | None = None,
) -> Report:
    """Stores readings in the order given, in the caller's transaction; BadInput if any is fatal."""
    refuse_fatal(readings)
    return Report([store(session, reading, region, actor=actor, now=now, case_id=case_id) for reading in readings])
