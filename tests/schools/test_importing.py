"""The registry of schools: recognition, errors by cell, identity by codes, names in time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import Database
from app.errors import BadInput
from app.journal.models import Event
from app.people.models import Organisation
from app.schools.importing import import_registry
from app.schools.models import School, SchoolName
from app.schools.registry import read
from tests.results import tables

HEAD = [
    "Код ОО",
    "Логин ФИС ОКО",
    "Полное наименование",
    "Краткое наименование",
    "Муниципалитет",
    "Код МСУ",
    "Вид (СОШ/ООШ/НОШ)",
]
NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


def school(number: int, **changes: Any) -> list[Any]:
    row = {
        "code": 111000 + number,
        "login": f"edu56{1000 + number}",
        "name": f"Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № {number}»",
        "short": f"МБОУ «СОШ № {number}»",
        "town": "Берёзовский район",
        "msu": 111,
        "kind": "СОШ",
    } | changes
    return list(row.values())


def registry(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    return tables.xlsx({"Реестр": [head, *rows]})


@pytest.fixture
def region() -> str:
    from app import regions

    return regions.codes()[0]


@pytest.mark.req("OR-69", "OR-86")
@pytest.mark.parametrize("form", tables.FORMATS)
def test_registry_in_every_format(form: str) -> None:
    reading = read(tables.FORMATS[form]({"Реестр": [HEAD, school(1), school(2, kind="ООШ"), school(3, kind="НОШ")]}))
    assert (reading.fatal, reading.rows, reading.accepted) == ("", 3, 3)
    assert reading.frames["schools"].select("code", "login", "kind", "municipality_code").rows() == [
        ("111001", "edu561001", "full", "111"),
        ("111002", "edu561002", "basic", "111"),
        ("111003", "edu561003", "primary", "111"),
    ]


def test_extra_columns_are_ignored_and_missing_ones_named() -> None:
    order = [6, 0, 3, 1, 2, 5, 4]
    wide = [["Телефон", *(HEAD[i] for i in order)], ["8 000", *(school(1)[i] for i in order)]]
    assert read(tables.xlsx({"Р": wide})).accepted == 1
    narrow = [[h for h in HEAD if h not in ("Код МСУ", "Логин ФИС ОКО")], [1, 2, 3, 4, 5]]
    fatal = read(tables.xlsx({"Р": narrow})).fatal
    assert "«Логин ФИС ОКО»" in fatal and "«Код МСУ»" in fatal and "«Код ОО»" not in fatal
    assert "не реестр" in read(tables.xlsx({"Р": [["а", "б"], [1, 2]]})).fatal


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"code": 11100}, "Код ОО", "5 знаков вместо 6"),
        ({"code": ""}, "Код ОО", "пусто"),
        ({"login": "56100"}, "Логин ФИС ОКО", "ожидается логин"),
        ({"name": ""}, "Полное наименование", "пусто"),
        ({"kind": "ДОУ"}, "Вид (СОШ/ООШ/НОШ)", "ожидается СОШ, ООШ или НОШ"),
        ({"msu": ""}, "Код МСУ", "пусто"),
    ],
)
def test_bad_cell_is_named(change: dict[str, Any], column: str, reason: str) -> None:
    reading = read(registry(school(1), school(2, **change)))
    (remark,) = reading.rejected
    assert (remark.sheet, remark.row, remark.column) == ("Реестр", 3, column)
    assert reason in remark.reason and reading.accepted == 1


def test_repeated_codes_are_refused_whatever_the_order() -> None:
    reading = read(registry(school(1), school(2, code=111001), school(3)))
    assert [(r.row, r.column) for r in reading.rejected] == [(2, "Код ОО"), (3, "Код ОО")]
    assert reading.frames["schools"]["code"].to_list() == ["111003"]
    assert read(registry(school(1), school(1))).accepted == 2


@pytest.mark.req("OR-69")
def test_empty_database_gets_what_the_registry_names(db: Database, region: str) -> None:
    report = import_registry(db, registry(school(1), school(2, town="Город", msu=112)), region, now=NOW)
    assert report.summary == {"created": 2, "updated": 0, "renamed": 0}
    with db.read() as session:
        kinds = session.execute(sa.select(Organisation.kind, sa.func.count()).group_by(Organisation.kind))
        assert dict(map(tuple, kinds)) == {"region": 1, "municipality": 2, "school": 2}
        first = session.scalars(sa.select(School).where(School.code == "111001")).one()
        assert first.municipality is not None and first.municipality.code == "111"
        assert first.organisation.parent_id == first.municipality_id
        assert session.scalars(sa.select(Event.kind)).all() == ["registry.imported"]


def test_loading_twice_changes_nothing(db: Database, region: str) -> None:
    data = registry(school(1), school(2))
    import_registry(db, data, region, now=NOW)
    again = import_registry(db, data, region, now=NOW)
    assert again.summary == {"created": 0, "updated": 0, "renamed": 0}
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SchoolName)) == 2


def test_e11_renaming_keeps_the_school_and_its_names(db: Database, region: str) -> None:
    import_registry(db, registry(school(1)), region, now=NOW)
    later = datetime(2027, 7, 1, tzinfo=UTC)
    report = import_registry(db, registry(school(1, short="МАОУ «Лицей»")), region, now=later)
    assert report.summary == {"created": 0, "updated": 1, "renamed": 1}
    with db.read() as session:
        names = session.execute(sa.select(SchoolName.short_name, SchoolName.since).order_by(SchoolName.id)).all()
        assert [n for n, _ in names] == ["МБОУ «СОШ № 1»", "МАОУ «Лицей»"]
        assert names[1][1] == later.date()
        assert session.scalar(sa.select(sa.func.count()).select_from(School)) == 1


def test_e12_two_schools_with_one_name_stay_two(db: Database, region: str) -> None:
    same = {"name": "Средняя школа № 1", "short": "СОШ № 1"}
    import_registry(db, registry(school(1, **same), school(2, **same, town="Город", msu=112)), region, now=NOW)
    with db.read() as session:
        assert sorted(session.scalars(sa.select(School.code))) == ["111001", "111002"]


def test_e12_known_login_under_a_new_code_is_the_same_school(db: Database, region: str) -> None:
    import_registry(db, registry(school(1), school(2)), region, now=NOW)
    report = import_registry(db, registry(school(1, code=119001), school(2)), region, now=NOW)
    assert report.summary["created"] == 0
    assert "прежде 111001" in report.files[0].said()[0]
    stolen = import_registry(db, registry(school(2, login="edu561001")), region, now=NOW)
    assert [r.column for r in stolen.files[0].rejected] == ["Логин ФИС ОКО"]


def test_e17_private_school_stands_under_the_region(db: Database, region: str) -> None:
    head = [*HEAD, "Тип учредителя"]
    import_registry(db, registry([*school(1), "частная"], [*school(2), "муниципальная"], head=head), region, now=NOW)
    with db.read() as session:
        founders = dict(map(tuple, session.execute(sa.select(School.code, School.founder))))
        assert founders == {"111001": "private", "111002": "municipal"}
        private = session.scalars(sa.select(School).where(School.code == "111001")).one()
        assert private.organisation.parent is not None and private.organisation.parent.kind == "region"


def test_refused_registry_changes_nothing(db: Database, region: str) -> None:
    with pytest.raises(BadInput, match="нет столбца «Код МСУ»"):
        import_registry(
            db, registry([*school(1)[:5], "СОШ"], head=[h for h in HEAD if h != "Код МСУ"]), region, now=NOW
        )
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Organisation)) == 0
