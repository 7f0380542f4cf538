"""Files of a demo region: official layouts, readable by the tools that the import uses, planted cases really inside."""

from __future__ import annotations

from collections import Counter

import fastexcel
import polars as pl
import pytest

from app.demo import DemoRegion
from app.demo.oracle import Count
from app.demo.pupils import THRESHOLD
from app.demo.vpr import PROCEDURE
from tests.demo.conftest import Tables
from tests.demo.reading import added, header, recount

COLUMNS = ["Код ОО", "Логин ФИС ОКО", "Полное наименование", "Краткое наименование", "Муниципалитет", "Код МСУ", "Вид"]
PAPERS = {  # (procedure, school year) → paths of the main papers and the exams in them
    ("oge_rus", 2023): {"ОГЭ/01_2024.06.03": "oge_rus"},
    ("oge_math", 2023): {"ОГЭ/02_2024.06.06": "oge_math"},
    ("oge_rus", 2024): {"ОГЭ/01_2025.06.09": "oge_rus"},
    ("oge_math", 2024): {"ОГЭ/02_2025.06.03": "oge_math"},
    ("oge_rus", 2025): {"ОГЭ/01_2026.06.09": "oge_rus"},
    ("oge_math", 2025): {"ОГЭ/02_2026.06.02": "oge_math"},
    ("ege_rus", 2023): {"ЕГЭ/01_2024.05.28": "ege_rus"},
    ("ege_math", 2023): {"ЕГЭ/02_2024.05.31": "ege_profile", "ЕГЭ/22_2024.05.31": "ege_base"},
    ("ege_rus", 2024): {"ЕГЭ/01_2025.05.30": "ege_rus"},
    ("ege_math", 2024): {"ЕГЭ/02_2025.05.27": "ege_profile", "ЕГЭ/22_2025.05.27": "ege_base"},
    ("ege_rus", 2025): {"ЕГЭ/01_2026.06.04": "ege_rus"},
    ("ege_math", 2025): {"ЕГЭ/02_2026.06.08": "ege_profile", "ЕГЭ/22_2026.06.08": "ege_base"},
}


def _counted(region: DemoRegion, procedure: str, year: int) -> dict[str, Count]:
    return {code: counts[year, procedure] for code, counts in region.counts().items() if (year, procedure) in counts}


def _case(region: DemoRegion, key: str, turn: int = 0) -> str:
    return region.case(key).schools[turn]


@pytest.mark.req("OR-81")
def test_registry_has_the_columns_and_every_school(region: DemoRegion, tables: Tables) -> None:
    table = tables("реестр_2026")
    assert table[0][:7] == COLUMNS
    assert [row[0] for row in table[1:]] == [school.code for school in region.schools]
    founders = Counter(row[7] for row in table[1:])
    assert founders["государственная"] == region.parameters.state
    assert founders["частная"] == region.parameters.private


@pytest.mark.parametrize(("procedure", "year"), list(PAPERS))
def test_protocols_hold_exactly_the_pupils_of_the_truth(
    region: DemoRegion, tables: Tables, procedure: str, year: int
) -> None:
    parts = [recount(tables(path), THRESHOLD[exam]) for path, exam in PAPERS[procedure, year].items()]
    found = added(parts)
    found.pop(region.unknown_code, None)
    assert {code: Count(*pair) for code, pair in found.items()} == _counted(region, procedure, year)


@pytest.mark.parametrize("procedure", list(PROCEDURE))
def test_flat_extracts_hold_the_truth_in_counts_and_in_percents(
    region: DemoRegion, tables: Tables, procedure: str
) -> None:
    subject, grade, _ = PROCEDURE[procedure]
    codes = {school.login: school.code for school in [*region.schools, *region.closed]}
    for name, year in (("ВПР_2024_выгрузка", 2023), ("ВПР_2025_выгрузка.xlsx", 2024)):
        found = {}
        for row in tables(name)[1:]:
            if (row[1], row[2]) == (str(grade), subject) and row[5].strip() in codes:
                n, two = int(row[6]), float(row[7])
                low = int(two) if year == 2023 else round(two * n / 100)
                found[codes[row[5].strip()]] = Count(n, low)
        true = _counted(region, procedure, year)
        if (procedure, year) == ("vpr_math_6", 2024):
            code, wrong = region.correction
            true[code] = Count(wrong.total, wrong.two)
        assert found == true


@pytest.mark.parametrize("procedure", list(PROCEDURE))
def test_statistics_by_marks_hold_the_truth_in_rounded_percents(
    region: DemoRegion, tables: Tables, procedure: str
) -> None:
    subject, grade, _ = PROCEDURE[procedure]
    table = tables(f"статистика_по_отметкам_{subject.split()[0]}_{grade}")
    start, _ = header(table, "Группы участников", "Кол-во ОО", "Кол-во участников", "2", "5")
    assert table[0][0] == f"ВПР 2026 {subject} {grade} класс"
    assert table[start + 2][0] == region.parameters.name
    codes = {school.login: school.code for school in region.schools}
    found = {
        codes[row[0].rsplit("(", 1)[1][:-1]]: Count(int(row[2]), round(float(row[3]) * int(row[2]) / 100))
        for row in table[start + 1 :]
        if not row[1]
    }
    assert found == _counted(region, procedure, 2025)


def test_a_rounded_share_looks_like_the_threshold(region: DemoRegion, tables: Tables) -> None:
    login = region.school(_case(region, "rounding")).login
    (row,) = [row for row in tables("статистика_по_отметкам_Математика_6") if login in row[0]]
    assert (row[2], float(row[3])) == ("474", 30.0)


def test_individual_results_agree_with_the_statistics(region: DemoRegion, tables: Tables) -> None:
    school = region.school(_case(region, "exact_30"))
    table = tables(f"Ф1_{school.login}_Математика_5")
    start, place = header(table, "Код участника", "Отметка", "Отметка по журналу")
    marks = [row[place["Отметка"]] for row in table[start + 1 :]]
    assert marks.count("2") == 3
    assert len([mark for mark in marks if mark.isdigit()]) == 10
    assert "нет отметки" in marks


@pytest.mark.req("OR-71")
def test_september_leaves_one_of_four(region: DemoRegion, tables: Tables) -> None:
    code = _case(region, "resit")
    assert recount(tables("ОГЭ/01_2026.06.09"), 3)[code] == (10, 4)
    table = tables("сентябрь_2026_пересдача")
    titles = [number for number, row in enumerate(table) if row[0].startswith(("01 - ", "02 - "))]
    assert len(titles) == 2
    assert table[titles[1]][0] == "01 - Русский язык 2026.09.08"
    assert recount(table[titles[1] :], 3)[code] == (4, 1)


@pytest.mark.req("OR-71")
def test_outsiders_and_absentees_stand_in_the_protocols(region: DemoRegion, tables: Tables) -> None:
    table, code = tables("ЕГЭ/01_2026.06.04"), _case(region, "past_graduates")
    _, place = header(table, "Категория участника")
    past = [row for row in table if row[place["Код ОО"]] == code and row[place["Класс"]] == "ВПЛ"]
    assert [int(row[place["Тестовый балл"]]) < 24 for row in past] == [True, True]
    table, code = tables("ОГЭ/02_2026.06.02"), _case(region, "absent")
    _, place = header(table, "SchoolCode")
    empty = [row for row in table if row[place["SchoolCode"]] == code and not row[place["Mark5"]]]
    assert len(empty) == 2


def test_a_mark_may_be_lower_than_its_points(region: DemoRegion, tables: Tables) -> None:
    table, code = tables("ОГЭ/02_2026.06.02"), _case(region, "mark_beats_score")
    _, place = header(table, "SchoolCode")
    marks = [(row[place["PrimaryMark"]], row[place["Mark5"]]) for row in table if row[place["SchoolCode"]] == code]
    assert marks.count(("9", "2")) == 1


def test_two_levels_of_maths_are_low_only_apart(region: DemoRegion, tables: Tables) -> None:
    code = _case(region, "pooled_maths")
    assert recount(tables("ЕГЭ/22_2026.06.08"), 3)[code] == (10, 2)
    assert recount(tables("ЕГЭ/02_2026.06.08"), 27)[code] == (4, 2)


def test_names_repeat_and_change(region: DemoRegion, tables: Tables) -> None:
    first, second = (region.school(code) for code in region.case("same_names").schools)
    assert first.short_name == second.short_name
    assert first.municipality != second.municipality
    school = region.school(_case(region, "renamed"))
    (now,) = [row[3] for row in tables("реестр_2026") if row[0] == school.code]
    (then,) = [row[3] for row in tables("реестр_2023") if row[0] == school.code]
    assert (then, now) == (school.former_name, school.short_name)
    old = {row[4].strip() for row in tables("ВПР_2024_выгрузка") if row[5].strip() == school.login}
    assert any(name[-6:] == school.former_name[-6:] for name in old)
    closed = _case(region, "merged", 1)
    assert closed not in {row[0] for row in tables("реестр_2026")}
    assert closed in {row[0] for row in tables("реестр_2023")}


def test_codes_of_strangers_stand_in_results(region: DemoRegion, tables: Tables) -> None:
    registry = {row[0] for row in tables("реестр_2023")} | {row[0] for row in tables("реестр_2026")}
    assert region.unknown_code not in registry
    assert [row[1] for row in tables("ОГЭ/02_2026.06.02")].count(region.unknown_code) == 3
    assert f"edu{region.parameters.number}9999" in {row[5] for row in tables("ВПР_2025_выгрузка.xlsx")}


def test_the_second_version_of_the_extract_is_right(region: DemoRegion, tables: Tables) -> None:
    login = region.school(region.correction[0]).login
    (first,) = [r for r in tables("ВПР_2025_выгрузка.xlsx") if r[5].strip() == login and r[1:3] == ["6", "Математика"]]
    (second,) = [r for r in tables("ВПР_2025_выгрузка_исправлено") if r[5].strip() == login]
    assert (float(first[7]), float(second[7])) == (45.0, 10.0)


def test_an_appeal_lifts_a_score_over_the_threshold(region: DemoRegion, tables: Tables) -> None:
    code = _case(region, "appeal")
    table = tables("ЕГЭ/апелляции")
    (row,) = [row for row in table if row[1] == code]
    assert (row[15], row[17], row[18]) == ("22", "24", "2")
    assert table[2][16:18] == ["Первичный балл", "Балл"]


def test_signs_of_bias_are_listed(region: DemoRegion, tables: Tables) -> None:
    table = tables("признаки_необъективности")
    assert table[0][4:] == ["4 РУ", "4 МА", "5 РУ", "5 МА", "Количество маркеров"]
    (row,) = [row for row in table if row[1] == region.school(_case(region, "bias")).login]
    assert row[8] == "4"
    assert len(table) > 10


def test_layouts_differ_in_encoding_columns_and_place_of_the_title(region: DemoRegion, tables: Tables) -> None:
    files = region.files("results")
    encodings = {content[:3] == b"\xef\xbb\xbf" for name, content in files.items() if name.endswith(".csv")}
    assert encodings == {True, False}
    assert tables("ЕГЭ/02_2026.06.08")[0][:8] == [""] * 7 + ["02 - Математика профильная 2026.06.08"]
    assert tables("ЕГЭ/01_2025.05.30")[1][:5] == ["№", "", "Код МСУ", "", "Код ОО"]
    assert "Код МСУ" not in tables("ЕГЭ/22_2026.06.08")[1]
    assert tables("ЕГЭ/01_2025.05.30")[-1][0] == "Всего участников"
    assert tables("ОГЭ/02_2024.06.06")[0][1] == "SchoolCode"


def test_broken_files_are_kept_apart(region: DemoRegion) -> None:
    broken = region.files("broken")
    assert len(broken) == 4
    assert not set(broken) & set(region.files())
    with pytest.raises(fastexcel.FastExcelError):
        fastexcel.read_excel(next(content for name, content in broken.items() if "обрезанный" in name))


def test_polars_reads_a_technical_protocol_as_columns(region: DemoRegion) -> None:
    content = next(c for name, c in region.files("results").items() if name.endswith("ОГЭ/02_2026.06.02.csv"))
    frame = pl.read_csv(content, separator=";", infer_schema=False)
    assert frame.height == len(region.outcomes.session("oge_math", 2025).pupils) + 3
    assert frame.columns[:3] == ["ColumnName", "SchoolCode", "ClassCode"]
