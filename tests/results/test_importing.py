"""Results in the database: mapping to schools, versions, appeals, idempotence, all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import regions
from app.db import Database
from app.errors import BadInput, NotFound
from app.imports.writing import import_results, write
from app.journal.models import Event
from app.people.models import Organisation
from app.results.models import AssessmentOccasion, BiasMark, ImportFile, Result
from app.results.readers import read
from app.schools.importing import import_registry
from app.schools.models import School
from app.tables.report import Report
from tests.results import tables
from tests.results.test_protocols import appeals
from tests.schools.test_importing import registry, school

NOW = datetime(2026, 8, 1, 9, tzinfo=UTC)
REGION = regions.codes()[0]
Current = dict[tuple[str, str, str, int, str], tuple[int, int]]


@pytest.fixture
def loaded(db: Database) -> Database:
    """Ten schools: codes 111001…111010, logins edu561001…edu561010."""
    import_registry(db, registry(*(school(i) for i in range(1, 11))), REGION, now=NOW)
    return db


def put(db: Database, *files: bytes, names: tuple[str, ...] = (), now: datetime = NOW) -> Report:
    """Stores files read in this process: they are ours and small."""
    import hashlib

    readings = []
    for number, data in enumerate(files):
        reading = read(data, names[number] if names else f"файл {number}")
        reading.sha256 = hashlib.sha256(data).hexdigest()
        readings.append(reading)
    with db.write() as session:
        fates = write(session, REGION, readings, actor=None, now=now, case_id=None)
        return Report([fate.report for fate in fates])


def current(db: Database) -> Current:
    query = sa.select(School.code, Result.procedure, Result.part, Result.school_year, Result.wave, Result.n, Result.low)
    with db.read() as session:
        rows = session.execute(query.join(School, School.id == Result.school_id).where(Result.current)).all()
    assert len({row[:5] for row in rows}) == len(rows), "one current result of each occasion"
    return {row[:5]: row[5:] for row in rows}


def flat(*schools: tuple[int, tuple[int, ...]], grade: int = 5, year: int = 2025, percent: int | None = None) -> bytes:
    rows = tables.flat_rows([(f"edu56{1000 + i}", m) for i, m in schools], grade=grade, year=year, percent=percent)
    return tables.xlsx({"Л": [tables.FLAT, *rows]})


def rus(*people: tuple[int, int], title: str = "01 - Русский язык 2025.05.30") -> bytes:
    rows = [tables.pupil(i, 111000 + code, result=score) for i, (code, score) in enumerate(people)]
    return tables.xlsx({"П": tables.protocol(rows, title=title)})


@pytest.mark.req("OR-69", "OR-77", "OR-81")
def test_results_reach_schools_by_login_and_by_code(loaded: Database) -> None:
    report = put(loaded, flat((1, (3, 3, 2, 2)), (2, (0, 5, 5, 0))), rus((1, 20), (1, 50), (3, 90)))
    assert current(loaded) == {
        ("111001", "vpr_math_5", "", 2024, "main"): (10, 3),
        ("111002", "vpr_math_5", "", 2024, "main"): (10, 0),
        ("111001", "ege_rus", "", 2024, "main"): (2, 1),
        ("111003", "ege_rus", "", 2024, "main"): (1, 0),
    }
    assert [file.schools for file in report.files] == [2, 2]
    with loaded.read() as session:
        row = session.scalars(sa.select(Result).where(Result.procedure == "vpr_math_5").order_by(Result.id)).first()
        assert row is not None
        assert (row.marks, row.mean, row.sheet, row.rows) == ({"2": 3, "3": 3, "4": 2, "5": 2}, "3.30", "Л", "2")
        held = session.execute(sa.select(AssessmentOccasion.procedure, AssessmentOccasion.held)).all()
        assert sorted(held) == [("ege_rus", "yes"), ("vpr_math_5", "yes")]
        assert session.scalars(sa.select(Event.kind)).all().count("results.imported") == 2


@pytest.mark.req("OR-86")
def test_json_has_the_keys_of_the_contract(loaded: Database) -> None:
    data = put(loaded, flat((1, (3, 3, 2, 2)), (77, (1, 1, 1, 1)))).as_json()
    (file,) = data["files"]
    assert {"name", "sha256", "kind", "rows", "accepted", "rejected", "warnings"} <= file.keys()
    assert (file["rows"], file["accepted"]) == (2, 1)
    (rejected,) = file["rejected"]
    assert rejected == {"sheet": "Л", "row": 3, "column": "Логин", "value": "edu561077", "reason": "кода нет в реестре"}


def test_unknown_code_of_a_protocol_names_each_row(loaded: Database) -> None:
    report = put(loaded, rus((1, 50), (99, 50), (1, 30), (99, 10)))
    assert [(r.row, r.column, r.value) for r in report.files[0].rejected] == [
        (4, "Код ОО", "111099"),
        (6, "Код ОО", "111099"),
    ]
    assert (report.files[0].accepted, report.files[0].rejected_rows) == (2, 2)


def test_a_file_loaded_at_night_is_remembered_by_the_day_of_the_region(loaded: Database) -> None:
    data = flat((1, (3, 3, 2, 2)))
    put(loaded, data, now=datetime(2026, 8, 3, 22, 30, tzinfo=UTC))
    assert "уже загружен 04.08.2026" in put(loaded, data).files[0].warnings[0]


def test_the_same_file_twice_changes_nothing(loaded: Database) -> None:
    data = flat((1, (3, 3, 2, 2)), (77, (1, 1, 1, 1)))
    first = put(loaded, data)
    before = current(loaded)
    again = put(loaded, data, names=("другое имя.xlsx",))
    assert again.files[0].repeated and "уже загружен 01.08.2026" in again.files[0].warnings[0]
    assert again.files[0].as_json()["rejected"] == first.files[0].as_json()["rejected"]
    assert current(loaded) == before
    with loaded.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ImportFile)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Result)) == 1


def test_corrected_file_replaces_the_earlier_and_keeps_it(loaded: Database) -> None:
    put(loaded, flat((1, (3, 3, 2, 2)), (2, (1, 1, 1, 1)), (3, (0, 1, 1, 0))))
    report = put(loaded, flat((1, (1, 5, 2, 2)), (2, (1, 1, 1, 1))))
    assert current(loaded) == {
        ("111001", "vpr_math_5", "", 2024, "main"): (10, 1),
        ("111002", "vpr_math_5", "", 2024, "main"): (4, 1),
    }
    assert report.files[0].changed == 2
    with loaded.read() as session:
        old, new = session.scalars(sa.select(ImportFile).order_by(ImportFile.id))
        assert old.superseded_by == new.id
        assert session.scalar(sa.select(sa.func.count()).select_from(Result).where(~Result.current)) == 3


def test_a_correction_of_one_school_replaces_only_it(loaded: Database) -> None:
    put(loaded, flat(*((i, (2, 2, 2, 2)) for i in range(1, 11))))
    put(loaded, flat((4, (0, 4, 2, 2))))
    assert len(current(loaded)) == 10
    assert current(loaded)["111004", "vpr_math_5", "", 2024, "main"] == (8, 0)
    with loaded.read() as session:
        assert session.scalars(sa.select(ImportFile.superseded_by)).all() == [None, None]


def test_other_years_and_grades_are_not_touched(loaded: Database) -> None:
    put(loaded, flat((1, (3, 3, 2, 2))), flat((1, (1, 1, 1, 1)), grade=6), flat((1, (2, 2, 2, 2)), year=2024))
    assert len(current(loaded)) == 3


def test_more_exact_table_wins_in_any_order(loaded: Database) -> None:
    from tests.results.test_flat import statistics

    report = tables.xlsx(
        {"Л": statistics(["МБОУ (edu561001)", "", 474, 30, 30, 20, 20], title="ВПР 2025 Математика 5 класс")}
    )
    exact = flat((1, (140, 144, 95, 95)))
    put(loaded, report, exact)
    assert current(loaded)["111001", "vpr_math_5", "", 2024, "main"] == (474, 140)
    late = tables.xlsx(
        {"Л": statistics(["МБОУ (edu561001)", "", 474, 31, 29, 20, 20], title="ВПР 2025 Математика 5 класс")}
    )
    said = put(loaded, late).files[0].warnings
    assert current(loaded)["111001", "vpr_math_5", "", 2024, "main"] == (474, 140)
    assert any("более точные" in text for text in said)


@pytest.mark.parametrize("appeals_first", [False, True])
def test_appeals_change_results_and_keep_versions(loaded: Database, appeals_first: bool) -> None:
    base = rus((1, 20), (1, 22), (1, 50), (2, 60))
    change = tables.xlsx({"А": appeals([(111001, 20, 26), (111002, 60, 65)])})
    put(loaded, *((change, base) if appeals_first else (base, change)))
    assert current(loaded) == {
        ("111001", "ege_rus", "", 2024, "main"): (3, 1),
        ("111002", "ege_rus", "", 2024, "main"): (1, 0),
    }
    with loaded.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Result).where(~Result.current)) == 1
    put(loaded, change)
    assert current(loaded)["111001", "ege_rus", "", 2024, "main"] == (3, 1)
    newer = rus((1, 26), (1, 22), (1, 50), (2, 65))
    put(loaded, newer)
    assert current(loaded)["111001", "ege_rus", "", 2024, "main"] == (3, 1)


def test_e5_waves_stand_side_by_side_t8(loaded: Database) -> None:
    put(
        loaded,
        rus(*((1, 10 if i < 4 else 50) for i in range(10))),
        rus((1, 10), (1, 50), title="01 - Русский язык 2025.09.05"),
    )
    assert current(loaded) == {
        ("111001", "ege_rus", "", 2024, "main"): (10, 4),
        ("111001", "ege_rus", "", 2024, "september"): (2, 1),
    }


def test_e6_base_and_profile_are_kept_apart_t7(loaded: Database) -> None:
    base_head = [*tables.EGE[:-1], "Оценка"]
    base = [tables.pupil(i, 111001, result=2 if i < 2 else 4, head=base_head) for i in range(10)]
    profile = [tables.pupil(i, 111001, result=20 if i < 2 else 60) for i in range(4)]
    put(
        loaded,
        tables.xlsx({"П": tables.protocol(base, title="22 - Математика базовая 2025.05.27", head=base_head)}),
        tables.xlsx({"П": tables.protocol(profile, title="02 - Математика профильная 2025.05.27")}),
    )
    assert current(loaded) == {
        ("111001", "ege_math", "base", 2024, "main"): (10, 2),
        ("111001", "ege_math", "profile", 2024, "main"): (4, 2),
    }


def test_e13_bias_marks_are_replaced_by_a_newer_list(loaded: Database) -> None:
    head = ["Год", "Логин", "Муниципалитет", "ОО", "5 РУ", "5 МА", "Количество маркеров"]
    put(loaded, tables.xlsx({"Л": [head, [2025, "edu561001", "", "", 1, 1, 2], [2025, "edu561002", "", "", 1, "", 1]]}))
    put(loaded, tables.xlsx({"Л": [head, [2025, "edu561001", "", "", "", 1, 1]]}))
    with loaded.read() as session:
        rows = session.execute(sa.select(BiasMark.markers, BiasMark.current).order_by(BiasMark.id)).all()
    assert rows == [(["РУ5", "МА5"], False), (["РУ5"], False), (["МА5"], True)]


def test_e11_closed_school_is_a_doubt(loaded: Database) -> None:
    with loaded.write() as session:
        session.execute(
            sa.update(Organisation).where(Organisation.code == "111002").values(valid_to=datetime(2024, 8, 31).date())
        )
    report = put(loaded, flat((1, (1, 1, 1, 1)), (2, (1, 1, 1, 1))))
    assert [(d.row, d.reason) for d in report.files[0].doubts] == [(3, "школа закрыта 31.08.2024")]
    assert len(current(loaded)) == 2


def test_one_bad_file_refuses_the_whole_call(loaded: Database) -> None:
    bad = tables.xlsx({"Свод": [["Муниципалитет", "Школа"], ["Р", "Ш"]]})
    with pytest.raises(BadInput, match=r"плохой\.xlsx: Вид таблицы не узнан"):
        import_results(loaded, [("хороший.xlsx", flat((1, (1, 1, 1, 1)))), ("плохой.xlsx", bad)], REGION)
    assert current(loaded) == {}
    with pytest.raises(BadInput, match="реестр"):
        import_results(loaded, [("р.xlsx", registry(school(1)))], REGION)
    with pytest.raises(NotFound):
        import_results(loaded, [("х.xlsx", flat((1, (1, 1, 1, 1))))], "atlantis")


def test_progress_grows_to_the_whole(loaded: Database) -> None:
    shares: list[float] = []
    import_results(
        loaded, [("a", flat((1, (1, 1, 1, 1)))), ("b", flat((2, (1, 1, 1, 1))))], REGION, progress=shares.append
    )
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) == 3


Split = list[tuple[int, tuple[int, ...]]]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_property_order_of_files_never_matters(loaded: Database, data: Any) -> None:
    """Files about different schools or grades, in any order, each perhaps twice, leave the same results."""
    with loaded.write() as session:
        session.execute(sa.delete(Result))
        session.execute(sa.delete(ImportFile))
    marks = st.tuples(*[st.integers(0, 9)] * 4).filter(any)
    pieces = [
        flat((1, data.draw(marks)), (2, data.draw(marks))),
        flat((3, data.draw(marks))),
        flat((1, data.draw(marks)), grade=6, percent=4),
        rus((1, data.draw(st.integers(0, 100))), (2, 50)),
    ]
    put(loaded, *pieces)
    expected = current(loaded)
    with loaded.write() as session:
        session.execute(sa.delete(Result))
        session.execute(sa.delete(ImportFile))
    put(loaded, *data.draw(st.permutations(pieces + pieces[:2])))
    assert current(loaded) == expected
