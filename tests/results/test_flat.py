"""Results of ВПР counted by the source: percentages, counts, moved procedures, errors by cell."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.results.readers import read
from app.tables.reading import Reading
from tests.results import tables


def flat(*rows: tables.Row) -> Reading:
    return read(tables.text({"Л": [tables.FLAT, *rows]}))


def one(reading: Reading) -> tuple[int, int]:
    assert reading.fatal == "", reading.fatal
    assert [str(r) for r in reading.rejected] == []
    (pair,) = tables.counts(reading.frames["results"]).values()
    return pair


@pytest.mark.req("OR-81")
def test_e2_percent_is_rebuilt_to_a_whole_number_and_never_decided_upon() -> None:
    reading = flat([2025, 6, "Математика", "Р", "Ш", "edu561234", 474, "30,0", "30,0", "20,0", "20,0"])
    assert one(reading) == (474, 142)
    assert reading.doubts == []


def test_e2_two_integers_fit_is_a_doubt() -> None:
    reading = flat([2025, 6, "Математика", "Р", "Ш", "edu561234", 474, 30, 30, 20, 20])
    assert one(reading) == (474, 142)
    (doubt,) = reading.doubts
    assert doubt.row == 2 and doubt.column == "2" and doubt.value == "30" and "от 140 до 144" in doubt.reason
    assert reading.frames["results"]["ambiguous"].to_list() == [True]


def test_e2_percent_that_no_number_gives_is_a_doubt() -> None:
    reading = flat([2025, 6, "Математика", "Р", "Ш", "edu561234", 10, "33,3", "26,7", "20,0", "20,0"])
    assert one(reading) == (10, 3)
    assert "ни одно целое" in reading.doubts[0].reason


@given(
    marks=st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(lambda m: 0 < sum(m) <= 99),
    digits=st.integers(1, 4),
)
def test_e2_property_percentages_give_back_the_count(marks: list[int], digits: int) -> None:
    """With at least one decimal and fewer than 100 people the number of «2» is always certain."""
    n = sum(marks)
    shown = [f"{float(Fraction(100 * m, n)):.{digits}f}".replace(".", ",") for m in marks]
    reading = flat([2025, 5, "РУ", "Р", "Ш", "edu561234", n, *shown])
    assert one(reading) == (n, marks[0])
    assert reading.doubts == []


@given(
    st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(any), min_size=1, max_size=25), st.randoms()
)
def test_property_rows_in_any_order_give_the_same(rows: list[list[int]], random) -> None:
    table = tables.flat_rows([(f"edu56{1000 + i}", marks) for i, marks in enumerate(rows)])
    shuffled = random.sample(table, len(table))
    first, second = flat(*table), flat(*shuffled)
    assert tables.counts(first.frames["results"]) == tables.counts(second.frames["results"])
    expected = {(f"edu56{1000 + i}", "vpr_math_5", "", 2024, "main"): (sum(m), m[0]) for i, m in enumerate(rows)}
    assert tables.counts(first.frames["results"]) == expected


def test_percentages_that_miss_a_hundred_are_doubted_then_refused() -> None:
    near = flat([2025, 5, "МА", "Р", "Ш", "edu561234", 100, "30,0", "30,0", "20,0", "21,0"])
    assert one(near) == (100, 30)
    assert "сумма по отметкам 101" in near.doubts[0].reason
    far = flat([2025, 5, "МА", "Р", "Ш", "edu561234", 100, "30,0", "30,0", "20,5", "30,0"])
    assert "сумма по отметкам 110.5 %" in far.rejected[0].reason


@pytest.mark.parametrize("digits", [0, 1, 2, 5])
def test_percent_and_count_variants_agree(digits: int) -> None:
    schools = [(f"edu56{1000 + i}", (i % 7, 5, 4 + i % 3, 2)) for i in range(40)]
    counted = tables.counts(flat(*tables.flat_rows(schools)).frames["results"])
    shown = flat(*tables.flat_rows(schools, percent=digits))
    assert shown.rejected == []
    assert tables.counts(shown.frames["results"]) == counted


def test_shares_of_one_are_percentages_too() -> None:
    rows = [
        [2025, 5, "МА", "Р", "Ш", "edu561234", 40, 0.125, 0.375, 0.25, 0.25],
        [2025, 5, "МА", "Р", "Ш", "edu561235", 3, 1 / 3, 2 / 3, 0, 0],
    ]
    reading = read(tables.xlsx({"Л": [tables.FLAT, *rows]}))
    assert sorted(tables.counts(reading.frames["results"]).values()) == [(3, 1), (40, 5)]


@pytest.mark.req("OR-77")
def test_e4_autumn_belongs_to_the_year_of_the_programme_t11() -> None:
    head = [*tables.FLAT, "Дата"]
    rows = [
        [2022, "6 класс (по программе 5 класса)", "Математика", "Р", "Ш", "edu561234", 10, 3, 3, 2, 2, "20.09.2022"],
        [2022, 5, "Русский язык", "Р", "Ш", "edu561234", 10, 2, 3, 3, 2, "20.09.2022"],
    ]
    reading = read(tables.xlsx({"Л": [head, *rows]}))
    assert tables.counts(reading.frames["results"]) == {
        ("edu561234", "vpr_math_5", "", 2021, "autumn"): (10, 3),
        ("edu561234", "vpr_rus_5", "", 2021, "autumn"): (10, 2),
    }


@pytest.mark.parametrize(
    ("year", "expected"), [(2025, 2024), ("2025", 2024), ("2024/25", 2024), ("2024-2025", 2024), (2020, 2019)]
)
def test_year_is_that_of_spring(year, expected: int) -> None:
    reading = flat(*tables.flat_rows([("edu561234", (1, 2, 3, 4))], year=year))
    assert reading.frames["results"]["school_year"].to_list() == [expected]


def test_other_subjects_and_grades_are_skipped_with_a_count() -> None:
    reading = flat(
        [2025, 5, "Математика", "Р", "Ш", "edu561234", 10, 3, 3, 2, 2],
        [2025, 5, "Биология", "Р", "Ш", "нет логина", 10, 3, 3, 2, 2],
        [2025, 8, "Русский язык", "Р", "Ш", "edu561234", 10, 3, 3, 2, 2],
        [2025, 5, "Родной (русский) язык", "Р", "Ш", "edu561234", 10, 3, 3, 2, 2],
    )
    assert (reading.rows, reading.accepted, reading.skipped, reading.rejected) == (4, 1, 3, [])
    assert any("Пропущено строк" in text for text in reading.warnings)


@pytest.mark.req("OR-86")
@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Логин", "edu00", "ожидается логин"),
        ("Логин", "", "пусто"),
        ("Кол-во участников", "двадцать", "целое число"),
        ("Кол-во участников", "12,5", "целое число"),
        ("Кол-во участников", "", "пусто"),
        ("Год", "весна", "ожидается год"),
        ("Класс", "пятый", "ожидается класс"),
        ("2", "-2", "не меньше нуля"),
        ("3", "много", "не меньше нуля"),
        ("2", "9", "не равна числу участников"),
        ("Предмет", "", "пусто"),
    ],
)
def test_bad_cell_is_named_and_good_rows_are_kept(column: str, value: str, reason: str) -> None:
    good = [2025, 5, "Математика", "Р", "Школа", "edu561234", 20, 5, 5, 5, 5]
    bad = [2025, 5, "Математика", "Р", "Школа", "edu561235", 20, 5, 5, 5, 5]
    bad[tables.FLAT.index(column)] = value
    reading = flat(good, bad)
    assert (reading.rows, reading.accepted, reading.rejected_rows) == (2, 1, 1)
    places = {(r.sheet, r.row, r.column, r.value) for r in reading.rejected}
    assert ("CSV", 3, column, value) in places
    assert any(reason in r.reason for r in reading.rejected if r.column == column)


def test_error_cell_of_a_formula_is_an_empty_cell() -> None:
    import io

    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Л")
        sheet.write_row(0, 0, tables.FLAT)
        sheet.write_row(1, 0, [2025, 5, "Математика", "Р", "Ш", "edu561234", 20, 5, 5, 5, 5])
        sheet.write_row(2, 0, [2025, 5, "Математика", "Р", "Ш", "edu561235"])
        sheet.write_formula(2, 6, "=NA()", value="#N/A")
        sheet.write_row(2, 7, [5, 5, 5, 5])
    reading = read(out.getvalue())
    assert [(r.row, r.column) for r in reading.rejected] == [(3, "Кол-во участников")]
    assert "ошибка формулы" in reading.rejected[0].reason


def test_repeats_alike_are_one_and_unlike_are_both_refused() -> None:
    row = [2025, 5, "Математика", "Р", "Школа", "edu561234", 20, 5, 5, 5, 5]
    spelled = [2025, 5, "Математика", "Р", ' Школа "другая"', "edu561234 ", 20, 5, 5, 5, 5]
    reading = flat(row, spelled)
    assert one(reading) == (20, 5)
    other = [2025, 5, "Математика", "Р", "Школа", "edu561234", 20, 6, 4, 5, 5]
    reading = flat(row, other)
    assert reading.frames["results"].height == 0
    assert [r.row for r in reading.rejected] == [2, 3]


def test_totals_are_not_schools() -> None:
    reading = flat(
        [2025, 5, "Математика", "Р", "Ш", "edu561234", 10, 3, 3, 2, 2],
        [2025, 5, "Математика", "Р", "", "", 10, 3, 3, 2, 2],
        [2025, 5, "Математика", "Итого", "", "", 10, 3, 3, 2, 2],
        ["Всего", "", "", "", "", "", 30, 9, 9, 6, 6],
    )
    assert (reading.rows, reading.rejected) == (1, [])


def statistics(*schools: tables.Row, title: str = "ВПР 2026 Математика 6 класс") -> list[tables.Row]:
    return [
        [title],
        ["Статистика по отметкам"],
        ["Предмет:", title.split()[2]],
        ["Максимальный первичный балл:", 16],
        ["Дата:", f"23.04.{title.split()[1]}"],
        ["Группы участников", "Кол-во ОО", "Кол-во участников", "2", "3", "4", "5"],
        ["Вся выборка", 34861, 1402377, 9.7, 38.4, 34.2, 17.7],
        ["Область", 2, 30, 20.0, 30.0, 30.0, 20.0],
        ["Район", 2, 30, 20.0, 30.0, 30.0, 20.0],
        *schools,
    ]


@pytest.mark.req("OR-69")
def test_statistics_by_marks_takes_schools_only() -> None:
    rows = statistics(
        ["МБОУ СОШ № 1 (edu561234)", "", 10, 30.0, 30.0, 20.0, 20.0], ["edu561235 Лицей", "", 3, 33.3, 66.7, 0, 0]
    )
    reading = read(tables.xlsx({"Лист1": rows}))
    assert reading.kind == "fisoko_statistics"
    assert reading.title == "ВПР, математика, 6 класс: статистика по отметкам, 2025/26 учебный год"
    assert tables.counts(reading.frames["results"]) == {
        ("edu561234", "vpr_math_6", "", 2025, "main"): (10, 3),
        ("edu561235", "vpr_math_6", "", 2025, "main"): (3, 1),
    }


def test_statistics_of_another_subject_is_skipped_and_without_a_year_refused() -> None:
    rows = statistics(["МБОУ (edu561234)", "", 10, 30.0, 30.0, 20.0, 20.0], title="ВПР 2026 Биология 6 класс")
    assert read(tables.xlsx({"Л": rows})).skipped == 1
    bare = [["Математика, 5 класс"], *statistics()[5:], ["МБОУ (edu561234)", "", 10, 30.0, 30.0, 20.0, 20.0]]
    assert "не указано: год" in read(tables.xlsx({"Л": bare})).fatal


def test_statistics_school_without_a_login_is_refused_by_row() -> None:
    rows = statistics(
        ["МБОУ СОШ № 1", "", 10, 30.0, 30.0, 20.0, 20.0], ["МБОУ (edu56123)", "", 10, 30.0, 30.0, 20.0, 20.0]
    )
    reading = read(tables.xlsx({"Л": rows}))
    assert [(r.row, r.column) for r in reading.rejected] == [(10, "Группы участников"), (11, "Группы участников")]


@pytest.mark.req("OR-77")
def test_e13_bias_list() -> None:
    head = ["Год", "Логин", "Муниципалитет", "ОО", "4 РУ", "4 МА", "5 РУ", "5 МА", "Количество маркеров"]
    rows = [head, [2025, "edu561234", "Р", "Ш", 1, "", "", 1, 2], [2025, "edu561235", "Р", "Ш", 0, "-", "", "", 0]]
    reading = read(tables.xlsx({"Л": rows}))
    assert reading.kind == "fisoko_bias"
    assert reading.frames["bias"].select("code", "school_year", "markers").rows() == [("edu561234", 2024, "РУ4, МА5")]


def test_distribution_of_scores_is_not_taken_for_marks() -> None:
    head = [*tables.FLAT[:7], *map(str, range(21))]
    reading = read(tables.xlsx({"Л": [head, [2025, 5, "Математика", "Р", "Ш", "edu561234", 10, *[4.8] * 21]]}))
    assert "распределение первичных баллов" in reading.fatal
