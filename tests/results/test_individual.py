"""«Ф1 Индивидуальные результаты» and the old collection form."""

from __future__ import annotations

import pytest

from app.results.readers import read
from tests.results import tables

HEAD = [
    "ОО",
    "Муниципалитет",
    "Название ОО",
    "Код участника",
    "Класс",
    "Вариант",
    "1 (2б)",
    "2 (1б)",
    "Первичный балл",
    "Отметка",
    "Отметка по журналу",
]


def new_form(
    marks: list[object],
    *,
    declared: int | None = None,
    title: str = "ВПР 2026 Математика 5 класс",
    login: str = "edu561234",
) -> list[tables.Row]:
    return [
        [title],
        ["Предмет:", "Математика"],
        ["Максимальный первичный балл:", 20],
        ["Дата:", "23.04.2026"],
        [f"МБОУ СОШ ({login}) | Кол-во участников: {len(marks) if declared is None else declared}"],
        [""] * 6 + ["Б", "П"],
        HEAD,
        *(
            [login, "Район", "МБОУ СОШ", f"5{i:04d}", "5А", 1, "X" if i % 3 else 1, 0, 9, mark, 4]
            for i, mark in enumerate(marks)
        ),
    ]


@pytest.mark.req("OR-69")
def test_new_form_counts_pupils_with_a_mark() -> None:
    reading = read(
        tables.xlsx(
            {"Индивидуальные результаты": new_form([2, 2, 3, 4, 5, 5, "X", "-", "нет отметки", ""], declared=6)}
        )
    )
    assert reading.kind == "fisoko_individual"
    assert tables.counts(reading.frames["results"]) == {("edu561234", "vpr_math_5", "", 2025, "main"): (6, 2)}
    row = reading.frames["results"].row(0, named=True)
    assert (row["n2"], row["n3"], row["n4"], row["n5"], row["mean"]) == (2, 1, 1, 2, 3.5)
    assert (reading.rows, reading.accepted, reading.absent) == (10, 6, 4)


def test_declared_number_that_differs_is_a_warning() -> None:
    reading = read(tables.xlsx({"Л": new_form([2, 3, 4], declared=5)}))
    assert any("указано участников 5, строк с отметкой 3" in text for text in reading.warnings)


def test_bad_mark_is_named() -> None:
    reading = read(tables.xlsx({"Л": new_form([2, 7, "пять"])}))
    assert [(r.row, r.column) for r in reading.rejected] == [(9, "Отметка"), (10, "Отметка")]


@pytest.mark.parametrize(
    "name", ["Родниковская СОШ", "Физико-математический лицей", "СОШ имени историка", "Лицей русского языка"]
)
def test_name_of_a_school_is_not_a_subject(name: str) -> None:
    rows = new_form([2, 3])
    rows[4] = [f"{name} (edu561234) | Кол-во участников: 2"]
    got = tables.counts(read(tables.xlsx({"Л": rows})).frames["results"])
    assert got == {("edu561234", "vpr_math_5", "", 2025, "main"): (2, 1)}


def test_several_schools_under_one_header() -> None:
    rows = new_form([2, 3])
    rows += [["Школа 2 (edu561235) | Кол-во участников: 1"], *new_form([2], login="edu561235")[7:]]
    got = tables.counts(read(tables.xlsx({"Л": rows})).frames["results"])
    assert {key[0]: value for key, value in got.items()} == {"edu561234": (2, 1), "edu561235": (1, 1)}


def test_other_grade_and_subject_are_skipped() -> None:
    assert read(tables.xlsx({"Л": new_form([2, 3], title="ВПР 2026 Математика 7 класс")})).skipped == 2


def collection(
    scores: list[object], variants: list[object] | None = None, *, title: str = "ВПР 2021, математика, 5 класс"
) -> list[tables.Row]:
    head = [
        "логин школы",
        "класс",
        "номер обучающегося",
        "пол",
        "вариант",
        "балл за 1",
        "балл за 2",
        "всего баллов",
        "отметка за предыдущую четверть/триместр",
        "Учебник",
    ]
    variants = variants or [1] * len(scores)
    return [
        [title],
        head,
        *(
            ["sch561234", "5А", i, "м", v, 1, 1, s, 4, "А"]
            for i, (s, v) in enumerate(zip(scores, variants, strict=True))
        ),
    ]


def test_old_form_is_judged_by_the_scale_of_its_year() -> None:
    reading = read(tables.text({"Л": collection([0, 6, 7, 10, 11, 14, 15, ""], [1] * 7 + ["отсутствовал"])}))
    assert tables.counts(reading.frames["results"]) == {("sch561234", "vpr_math_5", "", 2020, "main"): (7, 2)}
    row = reading.frames["results"].row(0, named=True)
    assert [row[f"n{d}"] for d in range(2, 6)] == [2, 2, 2, 1]
    assert reading.absent == 1


def test_old_form_without_a_scale_or_a_subject_is_refused() -> None:
    assert (
        "шкалы перевода баллов за 2019 год"
        in read(tables.text({"Л": collection([5], title="ВПР 2019, математика, 5 класс")})).fatal
    )
    short = [["user", "var-1", "sum"], ["sch561234", 1, 9]]
    assert "не указано: предмет, класс, год" in read(tables.text({"Л": short})).fatal
