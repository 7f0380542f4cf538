"""Results, changes and marks of one file over what is current in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.results import occasions
from app.results.models import AssessmentOccasion, BiasMark, ImportFile, Result
from app.schools.models import School
from app.sql import load
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


class _Earlier(NamedTuple):
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
        earlier = self._earlier(frame)
        joined = frame.select(_COLUMNS).join(earlier, on=_KEY, how="left", maintain_order="left")
        exactness = pl.col("kind").replace_strict(EXACTNESS, default=COUNTED, return_dtype=pl.Int8)
        coarser = pl.col("id").is_not_null() & (exactness > EXACTNESS.get(self.file.kind, COUNTED))
        taken = joined.filter(~coarser)
        if kept := joined.height - taken.height:
            self.report.warnings.append(f"Оставлены прежние, более точные результаты других таблиц: {kept}.")
        replacing = pl.col("id").is_not_null()
        differs = (pl.col("n") != pl.col("had_n")) | (pl.col("low") != pl.col("had_low"))
        self.report.changed += taken.filter(replacing & differs).height
        self._retire(dict(taken.filter(replacing).select("id", "file_id").rows()) | self._left_out(earlier, frame))
        self._insert(taken)
        self._note_occasions(frame)
        self._apply_pending(taken.filter(~replacing))

    def changes(self, frame: pl.DataFrame) -> list[dict[str, Any]]:
        """Applies appeals to current results; returns those whose protocol is not loaded yet."""
        earlier = self._current(frame)
        changes = frame.select(*_KEY, "low", "n2", "n3", "n4", "n5", "sheet", "rows").to_dicts()
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
        return {Key._make(row[:5]): _Earlier._make(row[5:]) for row in self._rows(frame)}

    def _earlier(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same as columns: `_KEY`, `id`, `file_id`, `kind`, and as `had_n`, `had_low` what was counted."""
        return pl.DataFrame([row[:-1] for row in self._rows(frame)], schema=_EARLIER, orient="row")

    def _rows(self, frame: pl.DataFrame) -> list[tuple[Any, ...]]:
        occasions_of = frame.select("procedure", "school_year").unique().rows()
        if not occasions_of:
            return []
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
        return [tuple(row) for row in self.session.execute(query)]

    def _left_out(self, earlier: pl.DataFrame, frame: pl.DataFrame) -> dict[int, int]:
        """Rows of an earlier version, occasion by occasion, whose schools the corrected file no longer has: id → file."""
        occasion = _KEY[1:]
        covered = frame.select(_KEY).unique().with_columns(pl.lit(True).alias("covered"))
        gone = (
            earlier.filter(pl.col("kind") == self.file.kind)
            .join(frame.select(occasion).unique(), on=occasion, how="semi")
            .join(covered, on=_KEY, how="left")
            .with_columns(pl.col("covered").fill_null(False))
            .filter(pl.col("covered").sum().over("file_id", *occasion) * 2 >= pl.len().over("file_id", *occasion))
            .filter(~pl.col("covered"))
        )
        if gone.height:
            self.report.warnings.append(
                f"Файл исправляет загруженный прежде: результатов, которых в нём больше нет, снято {gone.height}."
            )
            self.report.changed += gone.height
        return dict(gone.select("id", "file_id").rows())

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

    def _insert(self, frame: pl.DataFrame) -> None:
        cents = (pl.col("mean") * 100).round(0).cast(pl.Int64)
        known = pl.col("n2").is_not_null() & pl.col("n3").is_not_null()
        marks = pl.struct(pl.col(f"n{digit}").alias(str(digit)) for digit in range(2, 6)).struct.json_encode()
        made = frame.select(
            pl.lit(self.region).alias("region"),
            pl.col("school").alias("school_id"),
            *_KEY[1:],
            "n",
            "low",
            pl.when(known).then(marks).alias("marks"),
            pl.format("{}.{}", cents // 100, (cents % 100).cast(pl.String).str.zfill(2)).alias("mean"),
            "ambiguous",
            pl.lit(self.file.id).alias("file_id"),
            pl.col("sheet").str.slice(0, 100),
            pl.col("rows").str.slice(0, 100),
            pl.lit(True).alias("current"),
        )
        load(self.session, Result, made.columns, made.iter_rows())

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

    def _apply_pending(self, fresh: pl.DataFrame) -> None:
        """Appeals that came before the protocol they are about."""
        if fresh.is_empty():
            return
        query = sa.select(ImportFile).where(
            ImportFile.region == self.region, ImportFile.kind.like("%appeals"), ImportFile.id != self.file.id
        )
        found = [
            appeals for appeals in self.session.scalars(query.order_by(ImportFile.id)) if appeals.report.get("pending")
        ]
        keys = set(map(Key._make, fresh.select(_KEY).iter_rows())) if found else set()
        for appeals in found:
            waiting = appeals.report["pending"]
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
        version = Result(
            region=self.region,
            school_id=key.school,
            procedure=key.procedure,
            part=key.part,
            school_year=key.school_year,
            wave=key.wave,
            n=old.n,
            low=low,
            marks=marks,
            file_id=file_id,
            sheet=change["sheet"][:100],
            rows=change["rows"][:100],
        )
        self.session.add(version)
        self.report.changed += 1


_KEY = list(Key._fields)
_COLUMNS = [*_KEY, "n", "low", "n2", "n3", "n4", "n5", "mean", "ambiguous", "sheet", "rows"]
_EARLIER = {
    "school": pl.Int64,
    "procedure": pl.String,
    "part": pl.String,
    "school_year": pl.Int32,
    "wave": pl.String,
    "id": pl.Int64,
    "file_id": pl.Int64,
    "kind": pl.String,
    "had_n": pl.Int64,
    "had_low": pl.Int64,
}


def _key(change: Mapping[str, Any]) -> Key:
    return Key(*(change[name] for name in _KEY))
