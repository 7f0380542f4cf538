"""The same table in every format gives the same numbers; broken files give one clean refusal."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.results.readers import read, read_untrusted
from app.tables import sandbox
from tests.results import tables

SCHOOLS = [("edu561234", (3, 3, 2, 2)), ("edu561235", (29, 40, 20, 8)), ("sch561236", (0, 1, 0, 0))]
EXPECTED = {(login, "vpr_math_5", "", 2024, "main"): (sum(m), m[0]) for login, m in SCHOOLS}


@pytest.mark.req("OR-69", "OR-77", "OR-86")
@pytest.mark.parametrize("form", tables.FORMATS)
def test_flat_extract_in_every_format(form: str) -> None:
    reading = read(tables.FORMATS[form]({"Лист1": [tables.FLAT, *tables.flat_rows(SCHOOLS)]}))
    assert reading.fatal == ""
    assert reading.kind == "fisoko_extract"
    assert (reading.rows, reading.accepted, reading.rejected_rows) == (3, 3, 0)
    assert tables.counts(reading.frames["results"]) == EXPECTED
    assert reading.frames["results"]["rows"].to_list() == ["2", "3", "4"]


@pytest.mark.req("OR-69", "OR-77")
@pytest.mark.parametrize("form", tables.FORMATS)
def test_protocol_in_every_format(form: str) -> None:
    people = [tables.pupil(i, 111002 + i % 2, result=20 + i) for i in range(10)]
    reading = read(tables.FORMATS[form]({"Протокол": tables.protocol(people)}))
    assert reading.kind == "ege_protocol"
    assert tables.counts(reading.frames["results"]) == {
        ("111002", "ege_rus", "", 2024, "main"): (5, 2),
        ("111003", "ege_rus", "", 2024, "main"): (5, 2),
    }


def test_columns_in_any_order_and_case_with_stray_blanks() -> None:
    rows = [tables.FLAT, *tables.flat_rows(SCHOOLS)]
    order = [7, 5, 10, 0, 6, 2, 8, 9, 1, 3, 4]
    shuffled = [[row[i] for i in order] for row in rows]
    shuffled[0] = [f"  {h.upper()}: " for h in shuffled[0]]
    shuffled[0][4] = "Количество\u00a0 участников"
    shuffled[1][1] = " EDU561234 "
    book = {"А": [[], ["Выгрузка"], [], *shuffled], "Пояснения": [["Что это", "за файл"]]}
    reading = read(tables.xlsx(book))
    assert tables.counts(reading.frames["results"]) == EXPECTED
    assert reading.frames["results"]["rows"].to_list() == ["5", "6", "7"]


def test_several_sheets_are_one_file() -> None:
    rows = tables.flat_rows(SCHOOLS)
    reading = read(tables.xlsx({"5": [tables.FLAT, rows[0]], "ещё": [tables.FLAT, rows[1], rows[2]]}))
    assert tables.counts(reading.frames["results"]) == EXPECTED
    assert reading.frames["results"]["sheet"].to_list() == ["5", "ещё", "ещё"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "пуст"),
        (b"   \r\n", "пуст"),
        ("Это письмо, а не таблица.\n".encode() * 30, "не похож на таблицу"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "Это не таблица"),
        (tables.xlsx({"A": [tables.FLAT]})[:700], "повреждён"),
        (b"PK\x03\x04 and then nothing of a zip", "повреждён"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not a workbook", "не читается"),
        (b"\x00\x01\x02\x03" * 50, "не читается"),
    ],
)
def test_broken_files_are_refused_cleanly(data: bytes, words: str) -> None:
    for reading in (read(data, "файл.xlsx"), read_untrusted(data, name="файл.xlsx")):
        assert words in reading.fatal
        assert reading.frames == {}


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 1024)
    data = bytearray(out.getvalue())
    size = data.index(b"PK\x01\x02") + 24  # uncompressed size in the central directory
    data[size : size + 4] = (700 * 1024**2).to_bytes(4, "little")
    assert "В распакованном виде файл занимает 700 МБ" in read(bytes(data)).fatal
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(2_001):
            archive.writestr(f"{number}", b"")
    assert "2001 частей" in read(many.getvalue()).fatal


def test_a_nursery_that_does_not_start_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    nursery = sandbox._Nursery()
    monkeypatch.setattr("app.tables.sandbox._NURSERY", nursery)
    monkeypatch.setattr("app.tables.sandbox.sys.executable", "/bin/false")
    assert "не удалось прочитать" in read_untrusted(b"a;b;c\n1;2;3\n").fatal
    assert nursery._line is not None and nursery._process is not None
    nursery._line.close()
    nursery._process.wait()


def test_a_dead_nursery_is_started_again() -> None:
    nursery = sandbox._NURSERY
    assert read_untrusted(b"a;b;c\n1;2;3\n").fatal
    assert nursery._process is not None
    nursery._process.kill()
    nursery._process.wait()
    rows = tables.text({"Л": [tables.FLAT, *tables.flat_rows(SCHOOLS)]})
    assert tables.counts(read_untrusted(rows, name="ВПР.csv").frames["results"]) == EXPECTED


def test_a_child_that_stops_in_the_middle_is_a_refusal() -> None:
    assert sandbox.call_in_child("app.tables.grid:no_such_function", b"data") == b""
    assert sandbox.call_in_child("os:abort", b"data") == b""
    reading = sandbox.read_in_child("app.tables.headers:find_sections", b"data", name="x")
    assert "не удалось прочитать" in reading.fatal


def test_files_are_read_side_by_side() -> None:
    """Each by a child of its own: they do not wait for one another and cannot see what another one read."""
    rows = tables.text({"Л": [tables.FLAT, *tables.flat_rows(SCHOOLS)]})
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(lambda n: read_untrusted(rows, name=f"{n}.csv"), range(8)))
    assert [reading.name for reading in readings] == [f"{n}.csv" for n in range(8)]
    assert all(tables.counts(reading.frames["results"]) == EXPECTED for reading in readings)


def test_missing_column_is_named() -> None:
    rows = [[c for c in tables.FLAT if c != "Логин"], [2025, 5, "Математика", "Р", "Ш", 10, 3, 3, 2, 2]]
    fatal = read(tables.xlsx({"Свод": rows})).fatal
    assert "«Логин»" in fatal and "«Код ОО»" in fatal and "«Свод»" in fatal and "строка 1" in fatal
    headless = [h for h in tables.EGE if h != "Код ОО"]
    assert "нет столбца «Код ОО»" in read(tables.xlsx({"П": tables.protocol([], head=headless)})).fatal
    assert "Вид таблицы не узнан" in read(tables.xlsx({"П": [["а", "б", "в"], [1, 2, 3]]})).fatal
    no_five = [tables.FLAT[:-1], [2025, 5, "Математика", "Р", "Ш", "edu561234", 10, 3, 3, 2]]
    assert "нет столбца «5»" in read(tables.xlsx({"П": no_five})).fatal


def test_the_child_reads_a_path_and_leaves_no_files(tmp_path) -> None:
    path = tmp_path / "ВПР.csv"
    path.write_bytes(tables.text({"Л": [tables.FLAT, *tables.flat_rows(SCHOOLS)]}))
    reading = read_untrusted(path)
    assert reading.name == "ВПР.csv" and len(reading.sha256) == 64 and reading.size == path.stat().st_size
    assert tables.counts(reading.frames["results"]) == EXPECTED
    assert list(tmp_path.iterdir()) == [path]


def test_codes_typed_as_numbers_and_leading_zeros() -> None:
    people = [tables.pupil(1, "011002"), tables.pupil(2, 111002)]
    found = read(tables.xlsx({"П": tables.protocol(people)})).frames["results"]
    assert sorted(found["code"]) == ["011002", "111002"]
