"""Single rooms of the product measured by themselves: tables in, verdicts, the printed order, terms, the journal."""

from __future__ import annotations

import copy
import csv
import hashlib
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fastexcel
import polars as pl
import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.orm import Session

import reports
from app import journal, regions
from app.cases.models import Case, Deadline, Definition
from app.db import Database
from app.identification import runs
from app.imports.writing import import_results
from app.people.models import Organisation
from app.results.models import ImportFile, Result
from app.schools.models import School
from app.worker import due
from bench import crowd, processes
from tests import schema
from tests.results import tables

NOW = datetime(2025, 9, 5, 6, 0, tzinfo=UTC)
PROCEDURES = (
    *("vpr_math_5", "vpr_math_6", "vpr_rus_5", "vpr_rus_6"),
    *("oge_math", "oge_rus", "ege_math", "ege_rus"),
)
PUPILS_A_SCHOOL = 100
YEARS = (2022, 2023, 2024, 2025)


def measure(*, quick: bool) -> dict[str, Any]:
    """Figures in seconds or milliseconds by name; each room on a SQLite database of its own."""
    return {
        "order of 120 rows, PDF": _order(),
        "import of protocols": _fresh(lambda db, folder: _import(db, folder, 10_000 if quick else 100_000)),
        "identification": _fresh(lambda db, folder: _identify(db, 4_000 if quick else 40_000)),
        "import of aggregated rows": _fresh(lambda db, folder: _aggregated(db, folder, 1_000 if quick else 40_000)),
        "journal": _fresh(lambda db, folder: _journal(db, 50_000 if quick else 200_000)),
        "due among a million": _fresh(lambda db, folder: _deadlines(db, 100_000 if quick else 1_000_000)),
        "processes": processes.measure(),
    }


def _fresh(measured: Callable[[Database, Path], dict[str, Any]]) -> dict[str, Any]:
    with TemporaryDirectory(prefix="opora-bench-") as place:
        url = f"sqlite:///{place}/room.db"
        schema.upgrade(url)
        db = Database(url)
        try:
            return measured(db, Path(place))
        finally:
            db.dispose()


def _order() -> dict[str, Any]:
    context = copy.deepcopy(reports.samples("order")["sample"])
    rows = context["annexes"][0]["rows"]
    context["annexes"][0]["rows"] = [{**rows[n % len(rows)], "n": n + 1} for n in range(120)]
    reports.render("order", reports.samples("order")["sample"])  # fonts are read once a process
    return {"seconds": _best(lambda: reports.render("order", context), 3)}


def _import(db: Database, folder: Path, rows: int) -> dict[str, Any]:
    """A protocol of one examination as it comes, in XLSX, against the time a library needs to read its cells."""
    codes = _schools(db, rows // PUPILS_A_SCHOOL)
    path = folder / "protocol.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Протокол")
        people = (tables.pupil(n + 1, codes[n % len(codes)], result=20 + n % 80) for n in range(rows))
        for line, row in enumerate((["01 - Русский язык 2025.05.30"], tables.EGE, *people)):
            sheet.write_row(line, 0, row)
    parse = _best(lambda: fastexcel.read_excel(path).load_sheet(0, header_row=None).to_polars(), 1)
    began = time.perf_counter()
    report = import_results(db, [path], _region(), now=NOW)
    seconds = time.perf_counter() - began
    return {"rows": rows, "accepted": report.files[0].accepted, "seconds": round(seconds, 2), "bare_parse": parse}


def _aggregated(db: Database, folder: Path, schools: int) -> dict[str, Any]:
    """Counts by school as the region's extract gives them: a school, four procedures, four years; as CSV."""
    codes = _schools(db, schools)
    path = folder / "extract.csv"
    heads = ["Год", "Класс", "Предмет", "Муниципалитет", "ОО", "Код ОО", "Кол-во участников", "2", "3", "4", "5"]
    marks = ["60", "10", "20", "20", "10"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(heads)
        for year, grade, subject in itertools.product(YEARS, ("5", "6"), ("Математика", "Русский язык")):
            writer.writerows([str(year), grade, subject, code[:3], f"школа {code}", code, *marks] for code in codes)
    parse = _best(lambda: pl.read_csv(path, separator=";", infer_schema=False), 1)
    began = time.perf_counter()
    report = import_results(db, [path], _region(), now=NOW)
    seconds, rows = time.perf_counter() - began, schools * len(YEARS) * 4
    return {"rows": rows, "accepted": report.files[0].accepted, "seconds": round(seconds, 2), "bare_parse": parse}


def _identify(db: Database, schools: int) -> dict[str, Any]:
    """Eight procedures of two years for every school."""
    _schools(db, schools)
    with db.write() as session:
        ids = session.scalars(sa.select(School.id)).all()
        file_id = session.scalar(
            sa.insert(ImportFile).returning(ImportFile.id),
            {
                **{"region": _region(), "name": "f", "sha256": "f", "kind": "vpr", "rows": 1, "accepted": 1},
                **{"report": {}, "loaded_at": NOW},
            },
        )
        common = {"region": _region(), "n": 60, "file_id": file_id, "sheet": "Л", "rows": "1"}
        for year in (2023, 2024):
            for number, procedure in enumerate(PROCEDURES):
                rows = [
                    {
                        **common,
                        "school_id": i,
                        "procedure": procedure,
                        "school_year": year,
                        "low": (i * 7 + number) % 31,
                    }
                    for i in ids
                ]
                session.execute(sa.insert(Result), rows)
    began = time.perf_counter()
    with db.write() as session:
        runs.identify(session, _region(), 2025, now=NOW)
    return {"schools": schools, "results": schools * 16, "seconds": round(time.perf_counter() - began, 2)}


def _journal(db: Database, records: int) -> dict[str, Any]:
    batch = [
        journal.Record("task.completed", {"task": f"t{n % 15:02}", "version": n % 40}, n % 500) for n in range(500)
    ]
    began = time.perf_counter()
    for _ in range(records // len(batch)):
        with db.write() as session:
            journal.append_all(session, batch, at=NOW)
    written = time.perf_counter() - began
    began = time.perf_counter()
    with db.read() as session:
        report = journal.verify(session)
    assert report.intact and report.records == records
    verified = time.perf_counter() - began
    return {
        "records": records,
        "verified_per_second": round(records / verified),
        "written_per_second": round(records / written),
        "bare_sha256": round(records / _bare_chain(records)),
    }


def _bare_chain(records: int) -> float:
    """Seconds for as many links of a chain over texts of a record's length, and nothing else."""
    chained, body = bytes(32), b"x" * 220
    began = time.perf_counter()
    for _ in range(records):
        chained = hashlib.sha256(chained + body).digest()
    return time.perf_counter() - began


def _deadlines(db: Database, count: int) -> dict[str, Any]:
    """Terms that wait, one a case, spread over a month; a few of them are due."""
    with db.write() as session:
        place = _add(session, "region", _region(), None)
        files = {"hash": "h", "process": "p", "files": {}, "published_at": NOW}
        session.execute(sa.insert(Definition), files)
        case = {
            **{"region": _region(), "profile": "p", "kind": "p", "definition": "h", "subject_id": place},
            **{"school_year": 2025, "title": "t", "state": b"", "opened_at": NOW, "changed_at": NOW},
        }
        session.execute(sa.insert(Case), case)
        case_id = session.scalar(sa.select(Case.id))
        term = {
            **{"case_id": case_id, "kind": "task", "ref": "0", "name": "t", "term": "10wd", "basis": "P"},
            **{"calendar": "c", "started_at": NOW, "due_at": NOW, "wake_at": NOW},
        }
        session.execute(sa.insert(Deadline), term)
        numbers = crowd.NUMBERS[crowd.dialect_of(db)].format(first=1, last=count)
        later = {name: crowd.LATER["sqlite"].format(name=name) for name in ("due_at", "wake_at")}
        crowd.copy(session, Deadline.__table__, {"ref": "n.n", **later}, numbers, "t.ref = '0'")
    crowd.settle(db)
    return due_among(db, 40)


def due_among(db: Database, looks: int) -> dict[str, Any]:
    """How long the search for what is due takes among the deadlines that wait in a database."""
    with db.read() as session:
        waiting = session.scalar(sa.select(sa.func.count()).select_from(Deadline)) or 0
        moment = session.scalars(sa.select(Deadline.wake_at).order_by(Deadline.wake_at).offset(25).limit(1)).one()
        now = (moment or NOW) + timedelta(seconds=1)
    seconds = _best(lambda: due.ahead(db, now), looks)
    found = len(due.ahead(db, now).cases)
    return {"waiting": waiting, "due": found, "milliseconds": round(seconds * 1e3, 2)}


def _schools(db: Database, count: int) -> list[str]:
    """So many schools of one region, a hundred a municipality; returns their codes."""
    codes = [f"{100 + n // 100}{n % 100:03}" for n in range(count)]
    with db.write() as session:
        top = _add(session, "region", _region(), None)
        parents = {code[:-3]: None for code in codes}
        places = {code: _add(session, "municipality", code, top) for code in parents}
        rows = [_organisation("school", code, places[code[:-3]]) for code in codes]
        session.execute(sa.insert(Organisation), rows)
        kept = dict(
            session.execute(sa.select(Organisation.code, Organisation.id).where(Organisation.kind == "school")).all()
        )
        session.execute(
            sa.insert(School),
            [
                {
                    **{"id": kept[code], "region": _region(), "code": code, "kind": "full", "founder": "municipal"},
                    "municipality_id": places[code[:-3]],
                }
                for code in codes
            ],
        )
    return codes


def _add(session: Session, kind: str, code: str, parent: int | None) -> int:
    return session.scalars(sa.insert(Organisation).returning(Organisation.id), _organisation(kind, code, parent)).one()


def _organisation(kind: str, code: str, parent: int | None) -> dict[str, Any]:
    name = f"{kind} {code}"
    return {"region": _region(), "kind": kind, "code": code, "name": name, "short_name": name, "parent_id": parent}


def _region() -> str:
    return regions.codes()[0]


def _best(measured: Callable[[], Any], times: int) -> float:
    """The shortest of several runs, in seconds."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        measured()
        seconds.append(time.perf_counter() - began)
    return round(min(seconds), 4)
