"""What reading of a file gives: frames of facts, rejected cells, doubts, counts; and its passage between processes."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
import polars as pl

SHOWN_PER_REASON = 1_000


@dataclass(frozen=True)
class Remark:
    """A remark on a place: sheet, row as Excel shows it, header of the column, value (never personal), reason.

    A remark on the whole sheet or file has no row.
    """

    reason: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = [f"лист «{self.sheet}»"] if self.sheet else []
        place += [f"строка {self.row}"] if self.row else []
        place += [f"столбец «{self.column}»"] if self.column else []
        value = f": {self.value}" if self.value else ""
        where = ", ".join(place)
        return f"{where[0].upper()}{where[1:]}{value} — {self.reason}" if where else self.reason


@dataclass
class Reading:
    """One file as read. Counts are of data rows.

    `rows` = `accepted` + `rejected_rows` + `skipped` (other subject or grade) + `excluded` (participants whom the rule
    leaves out) + `absent`. `frames`: kind of fact → polars frame, with schemas of the reader that made them.
    `rejected` and `doubts` list the first 1,000 of each reason; `rejected_rows` and `doubt_count` count all.
    `code_columns`: sheet → header of the column with codes of schools. `fatal`: why nothing may be taken; then there are no frames.
    """

    name: str = ""
    sha256: str = ""
    size: int = 0
    kind: str = ""
    title: str = ""
    family: str = ""
    rows: int = 0
    accepted: int = 0
    rejected_rows: int = 0
    skipped: int = 0
    excluded: int = 0
    absent: int = 0
    doubt_count: int = 0
    rejected: list[Remark] = field(default_factory=list)
    doubts: list[Remark] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    code_columns: dict[str, str] = field(default_factory=dict)
    fatal: str = ""
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)

    def refuse(self, reason: str) -> Reading:
        """Makes the whole file refused; what was read of it is dropped."""
        self.fatal = reason
        self.frames = {}
        return self

    def add(self, kind: str, frame: pl.DataFrame) -> None:
        """Appends facts of one kind."""
        known = self.frames.get(kind)
        self.frames[kind] = frame if known is None else pl.concat([known, frame])

    def merge(self, part: Reading) -> None:
        """Adds the facts, remarks and counts of a part, a table of this file."""
        for name in ("rows", "accepted", "rejected_rows", "skipped", "excluded", "absent", "doubt_count"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.rejected += part.rejected
        self.doubts += part.doubts
        self.warnings += part.warnings
        self.code_columns |= part.code_columns
        self.fatal = self.fatal or part.fatal
        for kind, frame in part.frames.items():
            self.add(kind, frame)

    def said(self) -> list[str]:
        """Warnings as sentences: of the file first, then doubts by cell."""
        hidden = self.doubt_count - len(self.doubts)
        more = [f"Показаны первые {len(self.doubts)} сомнений из {self.doubt_count}."] if hidden > 0 else []
        return [*self.warnings, *map(str, self.doubts), *more]


def limited(remarks: Iterable[Remark]) -> list[Remark]:
    """First 1,000 remarks of each reason, in the order of rows."""
    counts: dict[str, int] = {}
    kept = []
    for remark in remarks:
        counts[remark.reason] = counts.get(remark.reason, 0) + 1
        if counts[remark.reason] <= SHOWN_PER_REASON:
            kept.append(remark)
    return sorted(kept, key=lambda remark: (remark.sheet, remark.row or 0))


def packed(reading: Reading) -> bytes:
    """Bytes for another process: JSON and Arrow only, nothing that could run when opened."""
    meta: dict[str, Any] = {k: v for k, v in vars(reading).items() if k != "frames"}
    meta["rejected"] = [asdict(remark) for remark in reading.rejected]
    meta["doubts"] = [asdict(remark) for remark in reading.doubts]
    blobs = []
    for frame in reading.frames.values():
        stream = io.BytesIO()
        frame.write_ipc(stream)
        blobs.append(stream.getvalue())
    head = orjson.dumps({"meta": meta, "frames": list(reading.frames), "sizes": [len(blob) for blob in blobs]})
    return b"".join([struct.pack(">Q", len(head)), head, *blobs])


def unpacked(data: bytes) -> Reading:
    """The reading that `packed` wrote. Raises ValueError if the bytes are cut short."""
    if len(data) < 8:
        raise ValueError("no reading")
    (length,) = struct.unpack(">Q", data[:8])
    head = orjson.loads(data[8 : 8 + length])
    reading = Reading(**head["meta"])
    reading.rejected = [Remark(**remark) for remark in head["meta"]["rejected"]]
    reading.doubts = [Remark(**remark) for remark in head["meta"]["doubts"]]
    offset = 8 + length
    for kind, size in zip(head["frames"], head["sizes"], strict=True):
        reading.frames[kind] = pl.read_ipc(io.BytesIO(data[offset : offset + size]))
        offset += size
    return reading
