"""The registry of schools into the database: schools are known by their codes, never by a name.

A school is the one that has the code; a known login under a new code is the same school re-coded. Names may change from
year to year, two schools may share one: every name a school bore is kept with the day it was first seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import regions
from app.db import Database, utcnow
from app.errors import BadInput
from app.journal.chain import Doer, append
from app.people.models import Organisation
from app.schools.differences import Differences
from app.schools.models import School, SchoolName
from app.schools.registry import REGISTRY, SCHOOLS, read_untrusted
from app.tables.reading import Reading, Remark
from app.tables.report import FileReport, Report

Source = Path | str | bytes
WORDS = {
    "kind": {"full": "СОШ", "basic": "ООШ", "primary": "НОШ"},
    "founder": {"municipal": "муниципальный", "state": "государственный", "private": "частный"},
}


def import_registry(
    db: Database,
    files: Source | Sequence[Source],
    region: str,
    *,
    actor: Doer | None = None,
    now: datetime | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Report:
    """Reads registries and stores them in one transaction; BadInput if any cannot be read, then nothing is changed."""
    sources = [files] if isinstance(files, (Path, str, bytes)) else list(files)
    readings = []
    for number, source in enumerate(sources, 1):
        readings.append(read_untrusted(source))
        progress(0.6 * number / len(sources))
    refuse_fatal(readings)
    with db.write() as session:
        reports = [store(session, reading, region, actor=actor, now=now or utcnow()) for reading in readings]
    progress(1.0)
    summary: Counter[str] = Counter()
    for _, counts in reports:
        summary.update(counts)
    return Report([report for report, _ in reports], dict(summary))


def refuse_fatal(readings: Sequence[Reading]) -> None:
    """Raises BadInput naming every file that may not be taken."""
    fatal = [f"{reading.name or 'файл'}: {reading.fatal}" for reading in readings if reading.fatal]
    if fatal:
        raise BadInput(
            fatal[0] if len(fatal) == 1 else f"Не прочитано файлов: {len(fatal)}. Первый из них — {fatal[0]}",
            advice="Ничего не записано.",
            items=fatal[1:] if len(fatal) > 1 else (),
        )


def store(
    session: Session, reading: Reading, region: str, *, actor: Doer | None, now: datetime
) -> tuple[FileReport, dict[str, int]]:
    """Creates and updates the organisations the registry names. Returns the report and counts: created, updated, renamed."""
    refuse_fatal([reading])
    report = FileReport.of(reading)
    root = _region(session, region)
    rows = reading.frames[SCHOOLS].rows(named=True)
    towns = _municipalities(session, rows, region, root, report)
    differences = Differences(region, reading.name or "", now)
    counts = _Update(session, region, root, towns, report, now.date(), differences).apply(rows)
    report.schools = report.accepted
    data = {"file": reading.name, "sha256": reading.sha256, "rows": report.rows, "accepted": report.accepted, **counts}
    append(session, "registry.imported", {"region": region, **data}, actor=actor, at=now)
    return report, counts


def _region(session: Session, region: str) -> Organisation:
    name = regions.profile(region).name
    query = sa.select(Organisation).where(Organisation.region == region, Organisation.kind == "region")
    found = session.scalars(query.order_by(Organisation.id)).first()
    if found is None:
        title = name.nominative
        found = Organisation(region=region, kind="region", code=region, name=title, short_name=title[:255])
        session.add(found)
        session.flush()
    return found


def _municipalities(
    session: Session, rows: Sequence[dict[str, Any]], region: str, root: Organisation, report: FileReport
) -> dict[str, Organisation]:
    """Municipalities by «Код МСУ»; where one code bears several names the commonest is taken, with a warning."""
    spelled: dict[str, Counter[str]] = {}
    for row in rows:
        spelled.setdefault(row["municipality_code"], Counter())[row["municipality"]] += 1
    query = sa.select(Organisation).where(Organisation.region == region, Organisation.kind == "municipality")
    known = {org.code: org for org in session.scalars(query)}
    for code, names in sorted(spelled.items()):
        name = min(names, key=lambda text: (-names[text], text))
        if len(names) > 1:
            report.warnings.append(f"Код МСУ {code} записан с разными названиями, взято самое частое: «{name}».")
        if code not in known:
            known[code] = Organisation(
                region=region, kind="municipality", code=code, name=name, short_name=name[:255], parent_id=root.id
            )
            session.add(known[code])
        elif known[code].name != name:
            known[code].name, known[code].short_name = name, name[:255]
    session.flush()
    return known


@dataclass
class _Update:
    """One pass over the rows of a registry."""

    session: Session
    region: str
    root: Organisation
    towns: dict[str, Organisation]
    report: FileReport
    today: date
    differences: Differences

    def apply(self, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
        query = sa.select(School, Organisation).join(Organisation, Organisation.id == School.id)
        pairs = self.session.execute(query.where(School.region == self.region)).all()
        by_code = {school.code: (school, org) for school, org in pairs}
        by_login = {school.fisoko_login: (school, org) for school, org in pairs if school.fisoko_login}
        named = {row["code"] for row in rows}
        counts = {"created": 0, "updated": 0, "renamed": 0}
        fresh: list[tuple[Organisation, dict[str, Any]]] = []
        seen: set[int] = set()
        for row in rows:
            found = by_code.get(row["code"])
            owner = by_login.get(row["login"]) if row["login"] else None
            if owner and found is None and owner[0].code not in named:
                found = owner
                self._doubt(row, "code", f"новый код школы, прежде {owner[0].code}: узнана по логину ФИС ОКО")
            elif owner and (found is None or owner[0].id != found[0].id):
                self._reject(row, owner[0].code)
                continue
            if found is None:
                fresh.append((self._organisation(row), row))
            else:
                seen.add(found[0].id)
                changed, renamed = self._update(*found, row)
                counts["updated"] += changed
                counts["renamed"] += renamed
        counts["created"] = len(fresh)
        self._create(fresh)
        missing = [org for school, org in pairs if school.id not in seen and school.code not in named]
        for org in (one for one in missing if one.valid_to is None):
            self.differences.note(org.id, "missing", org.short_name)
        if missing:
            self.report.warnings.append(
                f"В реестре нет школ, известных прежде: {len(missing)}. Они оставлены; закрытие оформляется реорганизацией."
            )
        self.differences.write(self.session, seen)
        return counts

    def _organisation(self, row: dict[str, Any]) -> Organisation:
        municipal = row["founder"] in (None, "municipal")
        return Organisation(
            region=self.region,
            kind="school",
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            parent_id=(self.towns[row["municipality_code"]] if municipal else self.root).id,
        )

    def _create(self, fresh: Sequence[tuple[Organisation, dict[str, Any]]]) -> None:
        self.session.add_all(org for org, _ in fresh)
        self.session.flush()
        for org, row in fresh:
            self.session.add(
                School(
                    id=org.id,
                    region=self.region,
                    code=row["code"],
                    fisoko_login=row["login"],
                    kind=row["kind"],
                    founder=row["founder"] or "municipal",
                    municipality_id=self.towns[row["municipality_code"]].id,
                )
            )
        self.session.flush()
        self.session.add_all(self._name(org) for org, _ in fresh)
        self.session.flush()

    def _update(self, school: School, org: Organisation, row: dict[str, Any]) -> tuple[bool, bool]:
        renamed = (org.name, org.short_name) != (row["name"], row["short_name"])
        self._compare(school, org, row)
        org.name, org.short_name, org.code = row["name"], row["short_name"], row["code"]
        school.code, school.kind = row["code"], row["kind"]
        school.fisoko_login = row["login"] or school.fisoko_login
        school.founder = row["founder"] or school.founder
        school.municipality_id = self.towns[row["municipality_code"]].id
        changed = renamed or self.session.is_modified(school) or self.session.is_modified(org)
        if renamed:
            self.session.add(self._name(org))
        return changed, renamed

    def _compare(self, school: School, org: Organisation, row: dict[str, Any]) -> None:
        """What only a founder's act may change is taken from the registry, and is asked about until the act is here."""
        founder, town = row["founder"] or school.founder, self.towns[row["municipality_code"]]
        for kind, before, after in (
            ("renamed", org.name, row["name"]),
            ("recoded", school.code, row["code"]),
            ("kind", school.kind, row["kind"]),
            ("founder", school.founder, founder),
            ("municipality", school.municipality_id, town.id),
        ):
            if before is not None and before != after:
                self.differences.note(org.id, kind, *self._words(kind, before, after))

    def _words(self, kind: str, before: Any, after: Any) -> tuple[str, str]:
        if kind == "municipality":
            return tuple(self.session.get_one(Organisation, one).short_name for one in (before, after))  # type: ignore[return-value]
        words = WORDS.get(kind, {})
        return words.get(before, before), words.get(after, after)

    def _name(self, org: Organisation) -> SchoolName:
        return SchoolName(school_id=org.id, name=org.name, short_name=org.short_name, since=self.today)

    def _doubt(self, row: dict[str, Any], field: str, reason: str) -> None:
        self.report.doubts.append(Remark(reason, row["sheet"], row["row"], REGISTRY.names[field], row[field]))
        self.report.doubt_count += 1

    def _reject(self, row: dict[str, Any], owner: str) -> None:
        reason = f"логин уже принадлежит школе с кодом {owner}"
        self.report.rejected.append(Remark(reason, row["sheet"], row["row"], REGISTRY.names["login"], row["login"]))
        self.report.accepted -= 1
        self.report.rejected_rows += 1
