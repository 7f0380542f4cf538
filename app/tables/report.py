"""What a person or a program is told of loaded files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.tables.reading import Reading, Remark


@dataclass
class FileReport:
    """The fate of one file. Counts as in `Reading`, after codes were looked up in the registry.

    `repeated`: this very file was loaded before and nothing was changed. `changed`: how many earlier results now have
    other numbers. `schools`: schools that have results of this file.
    """

    name: str
    sha256: str
    kind: str
    title: str = ""
    rows: int = 0
    accepted: int = 0
    rejected_rows: int = 0
    skipped: int = 0
    excluded: int = 0
    absent: int = 0
    rejected: list[Remark] = field(default_factory=list)
    doubts: list[Remark] = field(default_factory=list)
    doubt_count: int = 0
    warnings: list[str] = field(default_factory=list)
    repeated: bool = False
    changed: int = 0
    schools: int = 0
    file_id: int | None = None

    @classmethod
    def of(cls, reading: Reading) -> FileReport:
        names = (
            "name",
            "sha256",
            "kind",
            "title",
            "rows",
            "accepted",
            "rejected_rows",
            "skipped",
            "excluded",
            "absent",
        )
        same = {name: getattr(reading, name) for name in names}
        return cls(
            **same,
            rejected=list(reading.rejected),
            doubts=list(reading.doubts),
            doubt_count=reading.doubt_count,
            warnings=list(reading.warnings),
        )

    def as_json(self) -> dict[str, Any]:
        """Name, fingerprint, kind, counts, rejected cells {sheet, row, column, value, reason}, warnings as sentences."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "kind": self.kind,
            "title": self.title,
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": [
                {"sheet": r.sheet, "row": r.row, "column": r.column, "value": r.value, "reason": r.reason}
                for r in self.rejected
            ],
            "rejected_rows": self.rejected_rows,
            "skipped": self.skipped,
            "excluded": self.excluded,
            "absent": self.absent,
            "schools": self.schools,
            "changed": self.changed,
            "repeated": self.repeated,
            "warnings": self.said(),
        }

    def said(self) -> list[str]:
        """Warnings of the file, then doubts by cell."""
        hidden = self.doubt_count - len(self.doubts)
        more = [f"Показаны первые {len(self.doubts)} сомнений из {self.doubt_count}."] if hidden > 0 else []
        return [*self.warnings, *map(str, self.doubts), *more]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FileReport:
        """The report of an earlier load; its doubts are among the warnings."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data and name != "rejected"}
        return cls(**known, rejected=[Remark(**remark) for remark in data["rejected"]])

    def lines(self) -> Iterator[str]:
        yield f"{self.name}: {self.title or self.kind}"
        yield f"  строк {self.rows}, принято {self.accepted}, отклонено {self.rejected_rows}"
        yield from (f"  отклонено: {remark}" for remark in self.rejected[:50])
        if len(self.rejected) > 50:
            yield f"  и ещё замечаний: {len(self.rejected) - 50}"
        yield from (f"  внимание: {text}" for text in self.said()[:50])


@dataclass
class Report:
    """All files of one call."""

    files: list[FileReport]
    summary: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"files": [file.as_json() for file in self.files], **self.summary}

    def lines(self) -> list[str]:
        return [line for file in self.files for line in file.lines()]
