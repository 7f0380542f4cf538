"""Results, changes and marks of one file over what is current in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.results import occasions
from app.results.models import AssessmentOccasion, BiasMark, ImportFile, Result
from app.schools.models import School
from app.tables.report import FileReport

# A file of a less exact kind never replaces results that were counted more exactly.
EXACTNESS = {"fisoko_statistics": 1, "fisoko_extract": 2}
COUNTED = 3


class Key(NamedTuple):
    """What a result is of: one current row in the database for each."""

    school: int
    procedure: str
    part: str
    school_year: int
    wave: str


@dataclass
class _Earlier:
    """A current row of the database."""

    id: int
    file_id: int
    kind: str
    n: int
    low: int
    marks: dict[str, int] | None


@dataclass
class Writer:
    """Writes one file's facts over what is current."""

    session: Session
    region: str
    file: ImportFile
    report: FileReport

    def results(self, frame: pl.DataFrame) -> None:
        """New current rows; rows they replace, and rows that a corrected version leaves out, cease to be current."""
        rows = [(Key(*row[:5]), row) for row in frame.select(*_COLUMNS).rows()]
        earlier = self._current(frame)
        taken, kept = [], 0
        for key, row in rows:
            old = earlier.get(key)
            if old and EXACTNESS.get(old.kind, COUNTED) > EXACTNESS.get(self.file.kind, COUNTED):
                kept += 1
                continue
            self.report.changed += bool(old and (old.n, old.low) != (row[5], row[6]))
            taken.append((key, row))
        if kept:
            self.report.warnings.append(f"Оставлены прежние, более точные результаты других таблиц: {kept}.")
        replaced = {earlier[key].id: earlier[key].file_id for key, _ in taken if key in earlier}
        replaced |= self._left_out(earlier, {key for key, _ in rows})
        self._retire(replaced)
        self._insert(self._row(key, row) for key, row in taken)
        self._note_occasions(frame)
        self._apply_pending({key for key, _ in taken if key not in earlier})

    def changes(self, frame: pl.DataFrame) -> list[dict[str, Any]]:
        """Applies appeals to current results; returns those whose protocol is not loaded yet."""
        earlier = self._current(frame)
        changes = frame.select(*_COLUMNS[:5], "low", "n2", "n3", "n4", "n5", "sheet", "rows").to_dicts()
        ready = [(key, earlier[key], change) for change in changes if (key := _key(change)) in earlier]
        waiting = [change for change in changes if _key(change) not in earlier]
        for key, old, change in ready:
            self._change(key, old, change, self.file.id)
        if waiting:
            self.report.warnings.append(
                f"Протокол экзамена ещё не загружен, изменения применятся после него: школ {len(waiting)}."
            )
        return waiting

    def bias(self, frame: pl.DataFrame) -> None:
        """A list of a year replaces the former list of that year."""
        years = frame["school_year"].unique().to_list()
        own = sa.select(School.id).where(School.region == self.region).scalar_subquery()
        self.session.execute(
            sa.update(BiasMark)
            .where(BiasMark.school_id.in_(own), BiasMark.school_year.in_(years), BiasMark.current)
            .values(current=False)
        )
        rows = [
            {
                "school_id": school,
                "school_year": year,
                "markers": markers.split(", ") if markers else [],
                "file_id": self.file.id,
                "current": True,
            }
            for school, year, markers in frame.select("school", "school_year", "markers").rows()
        ]
        if rows:
            self.session.execute(sa.insert(BiasMark), rows)

    def _current(self, frame: pl.DataFrame) -> dict[Key, _Earlier]:
        """Current rows of the region about the occasions of the frame."""
        occasions_of = frame.select("procedure", "school_year").unique().rows()
        if not occasions_of:
            return {}
        query = (
            sa.select(
                Result.school_id,
                Result.procedure,
                Result.part,
                Result.school_year,
                Result.wave,
                Result.id,
                Result.file_id,
                ImportFile.kind,
                Result.n,
                Result.low,
                Result.marks,
            )
            .join(ImportFile, ImportFile.id == Result.file_id)
            .where(
                Result.region == self.region,
                Result.current,
                Result.school_year.in_({year for _, year in occasions_of}),
                Result.procedure.in_({procedure for procedure, _ in occasions_of}),
            )
        )
        return {Key(*row[:5]): _Earlier(*row[5:]) for row in self.session.execute(query)}

    def _left_out(self, earlier: Mapping[Key, _Earlier], keys: set[Key]) -> dict[int, int]:
        """Rows of an earlier version, occasion by occasion, whose schools the corrected file no longer has."""
        groups: dict[tuple[Any, ...], list[Key]] = defaultdict(list)
        for key, old in earlier.items():
            if old.kind == self.file.kind:
                groups[(old.file_id, *key[1:])].append(key)
        now = {key[1:] for key in keys}
        gone: dict[int, int] = {}
        for group, members in groups.items():
            covered = sum(1 for key in members if key in keys)
            if group[1:] in now and covered * 2 >= len(members):
                gone |= {earlier[key].id: earlier[key].file_id for key in members if key not in keys}
        if gone:
            self.report.warnings.append(
                f"Файл исправляет загруженный прежде: результатов, которых в нём больше нет, снято {len(gone)}."
            )
            self.report.changed += len(gone)
        return gone

    def _retire(self, replaced: Mapping[int, int]) -> None:
        """`replaced`: id of a result → its file. A file with no current result left is marked as superseded."""
        ids = list(replaced)
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            self.session.execute(sa.update(Result).where(Result.id.in_(chunk)).values(current=False))
        for file_id in set(replaced.values()):
            left = self.session.scalar(
                sa.select(sa.literal(1)).where(Result.file_id == file_id, Result.current).limit(1)
            )
            if not left:
                self.session.execute(
                    sa.update(ImportFile).where(ImportFile.id == file_id).values(superseded_by=self.file.id)
                )

    def _row(self, key: Key, row: tuple[Any, ...]) -> dict[str, Any]:
        n, low, two, three, four, five, mean, ambiguous, sheet, rows = row[5:]
        marks = None if two is None or three is None else {"2": two, "3": three, "4": four, "5": five}
        return {
            **_columns(self.region, key),
            "n": n,
            "low": low,
            "marks": marks,
            "mean": None if mean is None else f"{mean:.2f}",
            "ambiguous": ambiguous,
            "file_id": self.file.id,
            "sheet": sheet[:100],
            "rows": rows[:100],
            "current": True,
        }

    def _insert(self, rows: Iterable[dict[str, Any]]) -> None:
        made = list(rows)
        if made:
            self.session.execute(sa.insert(Result), made)

    def _note_occasions(self, frame: pl.DataFrame) -> None:
        """A procedure that has results was held; what people wrote of the occasion is not touched."""
        known = set(
            self.session.execute(
                sa.select(AssessmentOccasion.procedure, AssessmentOccasion.school_year).where(
                    AssessmentOccasion.region == self.region
                )
            )
        )
        for procedure, year in frame.select("procedure", "school_year").unique(maintain_order=True).rows():
            if (procedure, year) not in known:
                only = frame.filter((pl.col("procedure") == procedure) & (pl.col("school_year") == year))
                moved = (only["wave"] == "autumn").all()
                self.session.add(
                    AssessmentOccasion(
                        region=self.region, procedure=procedure, school_year=year, held="moved" if moved else "yes"
                    )
                )

    def _apply_pending(self, keys: set[Key]) -> None:
        """Appeals that came before the protocol they are about."""
        if not keys:
            return
        query = sa.select(ImportFile).where(
            ImportFile.region == self.region, ImportFile.kind.like("%appeals"), ImportFile.id != self.file.id
        )
        for appeals in self.session.scalars(query.order_by(ImportFile.id)).all():
            waiting = appeals.report.get("pending", [])
            ready = [change for change in waiting if _key(change) in keys]
            if not ready:
                continue
            current = self._current(pl.DataFrame(ready).select("procedure", "school_year"))
            for change in ready:
                self._change(_key(change), current[_key(change)], change, appeals.id)
            left = [change for change in waiting if _key(change) not in keys]
            appeals.report = {**appeals.report, "pending": left}

    def _change(self, key: Key, old: _Earlier, change: Mapping[str, Any], file_id: int) -> None:
        """A new version of one result after appeals; the former stays as history."""
        deltas = {d: change[f"n{d}"] or 0 for d in range(2, 6)}
        if not change["low"] and not any(deltas.values()):
            return
        low = old.low + change["low"]
        if not 0 <= low <= old.n:
            self.report.warnings.append(
                f"Изменения по апелляциям не сходятся с протоколом ({occasions.procedure_title(key.procedure)}, "
                f"строки {change['rows']}): они не применены."
            )
            return
        marks = {str(d): old.marks[str(d)] + delta for d, delta in deltas.items()} if old.marks else None
        self._retire({old.id: old.file_id})
        self._insert(
            [
                {
                    **_columns(self.region, key),
                    "n": old.n,
                    "low": low,
                    "marks": marks,
                    "mean": None,
                    "ambiguous": False,
                    "file_id": file_id,
                    "sheet": change["sheet"][:100],
                    "rows": change["rows"][:100],
                    "current": True,
                }
            ]
        )
        self.report.changed += 1


_COLUMNS = (
    "school",
    "procedure",
    "part",
    "school_year",
    "wave",
    "n",
    "low",
    "n2",
    "n3",
    "n4",
    "n5",
    "mean",
    "ambiguous",
    "sheet",
    "rows",
)


def _key(change: Mapping[str, Any]) -> Key:
    return Key(*(change[name] for name in _COLUMNS[:5]))


def _columns(region: str, key: Key) -> dict[str, Any]:
    return {
        "region": region,
        "school_id": key.school,
        "procedure": key.procedure,
        "part": key.part,
        "school_year": key.school_year,
        "wave": key.wave,
    }
