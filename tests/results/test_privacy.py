"""Names and documents of pupils exist nowhere after import: not in the database, the report, the copy, logs or files."""

from __future__ import annotations

import io
import logging
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from app import regions
from app.db import Base, Database
from app.imports.writing import import_results
from app.results.annotate import annotated
from app.results.readers import read, read_untrusted
from app.schools.importing import import_registry
from app.tables.grid import load
from app.tables.reading import packed
from tests.results import tables
from tests.results.tables import EGE, TRACES, protocol, pupil
from tests.results.test_protocols import appeals
from tests.schools.test_importing import registry, school


def shifted(number: int, by: int) -> list[Any]:
    """A line whose cells slid: names and documents stand in columns of codes and scores."""
    row = list(pupil(number, 111001))
    return [*row[by:], *[""] * by] if by > 0 else [*[""] * -by, *row[:by]]


def spoiled() -> list[tables.Row]:
    """A protocol with every kind of mistake, so that every kind of remark is made."""
    rows: list[Any] = [pupil(i, 111001, result=10 + i) for i in range(4)]
    rows += [pupil(5, "21407"), pupil(6, 111001, result="н/д"), pupil(7, "", result=50), pupil(8, 111999)]
    rows += [shifted(9, by) for by in (1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5)]
    wrong = list(pupil(10, 111001))
    wrong[-1], wrong[2] = tables.SURNAMES[0], tables.SURNAMES[1]
    return [*protocol([*rows, wrong]), ["Председатель", tables.SURNAMES[2]]]


def assert_clean(content: bytes | str, where: str) -> None:
    content = content.encode() if isinstance(content, str) else content
    for trace in TRACES:
        for encoding in ("utf-8", "cp1251", "utf-16-le"):
            assert trace.encode(encoding) not in content, f"{trace} in {where}"


@pytest.mark.req("OR-69")
def test_planted_names_are_nowhere(
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    caplog.set_level(logging.DEBUG)
    region = regions.codes()[0]
    import_registry(db, registry(*(school(i) for i in range(1, 4))), region)
    source = tables.xlsx({"Протокол": spoiled()})
    assert tables.SURNAMES[0].encode() in tables.text({"П": spoiled()}), "the names are really planted"
    report = import_results(
        db,
        [
            ("протокол.xlsx", source),
            ("протокол.csv", tables.text({"П": [*spoiled(), pupil(1, 111002)]}, encoding="cp1251")),
            ("апелляции.xlsx", tables.xlsx({"А": appeals([(111001, 20, 26), (111001, 999, 26)])})),
        ],
        region,
    )
    assert report.files[0].rejected_rows >= 5
    assert_clean(orjson.dumps(report.as_json()), "the report")
    assert_clean("\n".join(report.lines()), "lines for people")
    assert_clean(caplog.text, "logs")
    assert_clean("".join(capfd.readouterr()), "output")
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or path.suffix.startswith(".db"), path
        if path.is_file():
            assert_clean(path.read_bytes(), path.name)
    with db.read() as session:
        for table in Base.metadata.sorted_tables:
            assert_clean(repr(session.execute(sa.select(table)).all()), table.name)


@pytest.mark.req("OR-86")
def test_planted_names_are_not_in_the_annotated_copy() -> None:
    source = tables.xlsx({"Протокол": spoiled()})
    reading = read_untrusted(source, name="протокол.xlsx")
    assert_clean(packed(reading), "what the child answers")
    copy = annotated(source, reading)
    sheets = load(copy)
    assert [sheet.name for sheet in sheets] == ["Замечания", "Протокол"]
    for sheet in sheets:
        assert_clean(repr(sheet.cells.rows()), sheet.name)
    import zipfile

    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        for name in archive.namelist():
            assert_clean(archive.read(name), name)
        assert b"comments" in b"".join(name.encode() for name in archive.namelist())
    headers = [cell for cell in sheets[1].cells.row(1) if isinstance(cell, str)]
    assert "Код ОО" in headers and not {"Фамилия", "Имя", "Отчество", "Серия", "Номер"} & set(headers)


def test_annotated_copy_keeps_rows_in_their_places() -> None:
    rows = [[], *protocol([pupil(1, 111001), pupil(2, "21407"), pupil(3, 111001, result="н/д")])]
    source = tables.xlsx({"Протокол": rows})
    reading = read(source)
    cells = load(annotated(source, reading))[1].cells
    by_row = {row[-1]: row for row in cells.rows()}
    assert by_row[2][0] == "01 - Русский язык 2025.05.30"
    assert "21407" in by_row[5] and "н/д" in by_row[6]
    listed = load(annotated(source, reading))[0].cells.rows()
    assert listed[1][:5] == ("Протокол", "5", "Код ОО", "21407", "5 знаков вместо 6")


def test_formulas_of_the_source_do_not_run_in_the_copy() -> None:
    rows = [[2025, 5, "Математика", "=1+1", "Ш", "=HYPERLINK(1)", 10, 3, 3, 2, 2]]
    source = tables.text({"Л": [tables.FLAT, *rows]})
    copy = annotated(source, read(source))
    import zipfile

    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert b"<f>" not in b"".join(archive.read(name) for name in archive.namelist() if "sheet" in name)


def test_columns_of_people_never_become_part_of_a_reading() -> None:
    reading = read(tables.xlsx({"П": protocol([pupil(i, 111001) for i in range(5)])}))
    assert_clean(packed(reading), "the reading")
    assert not set(EGE[6:11]) & set(reading.frames["results"].columns)
