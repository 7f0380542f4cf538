"""A small region in a database: municipalities, schools, files, results, cases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.cases.models import Case, Definition
from app.people.models import Organisation
from app.results.models import ImportFile, Result
from app.schools.models import School, SchoolLink, SocialPassport
from tests.identification.samples import FIRST, PREV, SHORT

NOW = datetime(2025, 9, 5, 6, 0, tzinfo=UTC)


class World:
    """Adds rows as they are asked for; `school("101")` twice is the same school."""

    def __init__(self, session: Session, region: str = FIRST) -> None:
        self.session, self.region = session, region
        self.schools: dict[str, int] = {}
        self.files: dict[str, int] = {}
        self.root = self._organisation("region", region, "Регион")
        self.municipality = self._organisation("municipality", "01", "Ивановский район", self.root)

    def _organisation(self, kind: str, code: str, name: str, parent: int | None = None, **more: Any) -> int:
        row = Organisation(
            region=self.region, kind=kind, code=code, name=name, short_name=name, parent_id=parent, **more
        )
        self.session.add(row)
        self.session.flush()
        return row.id

    def school(self, code: str, kind: str = "full", *, closed: date | None = None, name: str = "") -> int:
        if code not in self.schools:
            own = self._organisation("school", code, name or f"Школа {code}", self.municipality, valid_to=closed)
            self.session.add(
                School(id=own, region=self.region, code=code, kind=kind, municipality_id=self.municipality)
            )
            self.session.flush()
            self.schools[code] = own
        return self.schools[code]

    def file(self, name: str, **report: Any) -> int:
        if name not in self.files:
            row = ImportFile(
                region=self.region, name=name, sha256=name, kind="vpr", rows=1, accepted=1, report=report, loaded_at=NOW
            )
            self.session.add(row)
            self.session.flush()
            self.files[name] = row.id
        return self.files[name]

    def result(self, code: str, short: str, low: int, n: int, year: int = PREV, **more: Any) -> int:
        row = Result(
            region=self.region,
            school_id=self.school(code),
            procedure=SHORT[short],
            school_year=year,
            n=n,
            low=low,
            file_id=self.file(more.pop("file", f"{short}_{year}.xlsx")),
            sheet="Отчёт",
            rows=more.pop("rows", "12"),
            **more,
        )
        self.session.add(row)
        self.session.flush()
        return row.id

    def results(self, code: str, year: int = PREV, **by_short: tuple[int, int]) -> None:
        for short, (low, n) in by_short.items():
            self.result(code, short, low, n, year)

    def link(self, code: str, predecessor: str, since: date, kind: str = "merge") -> None:
        pair = {"school_id": self.school(code), "predecessor_id": self.school(predecessor)}
        self.session.add(SchoolLink(**pair, kind=kind, since=since))
        self.session.flush()

    def passport(self, code: str, index: str, *, signs: tuple[str, ...] = (), small: bool = False, year: int = 2025):
        self.session.add(
            SocialPassport(
                school_id=self.school(code),
                school_year=year,
                values={"small_school": small},
                index=index,
                signs=list(signs),
                weights_version="1",
                accepted_at=NOW,
            )
        )
        self.session.flush()

    def case(self, kind: str) -> int:
        if not self.session.get(Definition, kind):
            self.session.add(Definition(hash=kind, process=kind, files={}, published_at=NOW))
            self.session.flush()
        row = Case(
            region=self.region,
            profile="test",
            kind=kind,
            definition=kind,
            subject_id=self.root,
            school_year=2025,
            title=kind,
            state=b"",
            opened_at=NOW,
            changed_at=NOW,
        )
        self.session.add(row)
        self.session.flush()
        return row.id
