"""Protocols of ЕГЭ and ОГЭ: layouts, thresholds, who is counted, waves, appeals."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.results.readers import read
from app.tables.reading import Reading
from tests.results import tables
from tests.results.tables import EGE, OGE, TECHNICAL, protocol, pupil


def book(rows: list[tables.Row], name: str = "") -> Reading:
    return read(tables.xlsx({"Протокол": rows}), name)


def results(reading: Reading) -> dict[Any, tuple[int, int]]:
    assert reading.fatal == "", reading.fatal
    return tables.counts(reading.frames["results"])


@given(st.lists(st.tuples(st.integers(111001, 111005), st.integers(0, 100) | st.none()), max_size=60), st.randoms())
def test_property_protocol_agrees_with_a_naive_count_in_any_order(people, rng: random.Random) -> None:
    expected: dict[str, list[int]] = {}
    for code, score in people:
        if score is not None:
            count = expected.setdefault(str(code), [0, 0])
            count[0] += 1
            count[1] += score < 24
    rows = [
        pupil(i, code, primary=None if score is None else 1, result=score) for i, (code, score) in enumerate(people)
    ]
    rng.shuffle(rows)
    reading = read(tables.text({"П": protocol(rows)}))
    if not expected:
        assert reading.frames == {} or reading.frames["results"].height == 0
        return
    got = {key[0]: list(value) for key, value in results(reading).items()}
    assert got == expected
    assert reading.rows == reading.accepted + reading.absent == len(people)


@pytest.mark.req("OR-69", "OR-71")
@pytest.mark.parametrize(
    ("title", "head", "values", "expected"),
    [
        ("01 - Русский язык 2022.06.23", EGE, [23, 24, 100], ("ege_rus", "", 2021, 1)),
        ("02 - Математика профильная 2025.05.27", EGE, [26, 27, 0], ("ege_math", "profile", 2024, 2)),
        ("02 - Математика 2025.05.27", EGE, [26, 27, 90], ("ege_math", "profile", 2024, 1)),
        ("22 - Математика базовая 2025.05.27", [*EGE[:-1], "Оценка"], [2, 3, 5], ("ege_math", "base", 2024, 1)),
        (
            "22 - Математика базовая 2025.05.27",
            [h for h in [*EGE[:-1], "Оценка"] if h != "Код МСУ"],
            [2, 2, 5],
            ("ege_math", "base", 2024, 2),
        ),
        ("01 - Русский язык 2026.06.09", OGE, [2, 3, 5], ("oge_rus", "", 2025, 1)),
        ("02 - Математика 2026.06.02", OGE, [2, 2, 4], ("oge_math", "", 2025, 2)),
    ],
)
def test_exam_is_known_by_its_line_and_columns(
    title: str, head: list[str], values: list[int], expected: tuple[Any, ...]
) -> None:
    grade = "9А" if head is OGE else "11А"
    rows = [pupil(i, 111002, primary=10, result=v, head=head, grade=grade) for i, v in enumerate(values)]
    procedure, part, year, low = expected
    assert results(book(protocol(rows, title=title, head=head))) == {
        ("111002", procedure, part, year, "main"): (3, low)
    }


def test_sparse_columns_leading_blanks_and_footers() -> None:
    def spread(row: tables.Row) -> list[Any]:
        wide: list[Any] = [""] * (2 * len(row))
        wide[::2] = row
        return wide

    rows = [
        ["", "", "", "", "01 - Русский язык 2022.06.23"],
        [],
        spread(EGE),
        *(spread(pupil(i, 111002, result=20 + i)) for i in range(8)),
        spread(["Средние", *[""] * 12, 15, 23]),
        spread(["Минимальная граница", *[""] * 12, "", 24]),
        spread(["Всего участников", *[""] * 12, "", 8]),
    ]
    reading = book(rows)
    assert results(reading) == {("111002", "ege_rus", "", 2021, "main"): (8, 4)}
    assert reading.warnings == [] and reading.rejected == []
    assert reading.frames["results"]["rows"].to_list() == ["4–11"]


def test_footers_that_disagree_are_warnings() -> None:
    rows = [*protocol([pupil(1, 111002)]), ["Минимальная граница", *[""] * 13, 36], ["Всего участников", *[""] * 13, 5]]
    said = book(rows).warnings
    assert any("минимальная граница 36" in text for text in said)
    assert any("указано участников 5, строк участников 1" in text for text in said)


def test_technical_headers_several_exams_and_name_of_the_file() -> None:
    rows = [TECHNICAL, *(pupil(i, 111002, primary=i, result=2 + i % 4, head=TECHNICAL, grade="9А") for i in range(8))]
    data = tables.text({"П": rows}, encoding="utf-8-sig")
    reading = read(data, "01_2026.06.09_Русский.csv")
    assert results(reading) == {("111002", "oge_rus", "", 2025, "main"): (8, 2)}
    assert any("из имени файла" in text for text in reading.warnings)
    assert "не указан предмет" in read(data, "протокол.csv").fatal
    coded = [[*TECHNICAL, "SubjectCode", "ExamDate"], *([*row, "02", "2026.06.02"] for row in rows[1:])]
    assert results(read(tables.text({"П": coded}))) == {("111002", "oge_math", "", 2025, "main"): (8, 2)}


def test_several_exams_on_one_sheet() -> None:
    rus = protocol(
        [pupil(i, 111002, result=2, head=OGE) for i in range(3)], title="01 - Русский язык 2026.06.09", head=OGE
    )
    math = protocol(
        [pupil(i, 111002, result=5, head=OGE) for i in range(2)], title="02 - Математика 2026.06.02", head=OGE
    )
    physics = protocol([pupil(1, 111002, result=5, head=OGE)], title="03 - Физика 2026.06.04", head=OGE)
    expected = {("111002", "oge_rus", "", 2025, "main"): (3, 3), ("111002", "oge_math", "", 2025, "main"): (2, 0)}
    reading = book([*rus, [], *math, [], *physics])
    assert results(reading) == expected and reading.skipped == 1
    one_header = [*rus, ["02 - Математика 2026.06.02"], *math[2:], ["03 - Физика 2026.06.04"], *physics[2:]]
    assert results(book(one_header)) == expected
    column = [
        [*OGE, "Экзамен"],
        *([*r, "Русский язык(2026.06.09)"] for r in rus[2:]),
        *([*r, "Математика(2026.06.02)"] for r in math[2:]),
    ]
    column.append([*physics[2], "Физика(2026.06.04)"])
    assert results(book(column)) == expected


def test_one_school_in_several_tables_is_summed() -> None:
    part = protocol(
        [pupil(i, 111002, result=2 + i, head=OGE) for i in range(2)], title="01 - Русский язык 2026.06.09", head=OGE
    )
    reading = read(tables.xlsx({"ППЭ 1": part, "ППЭ 2": part}))
    assert results(reading) == {("111002", "oge_rus", "", 2025, "main"): (4, 2)}
    assert reading.frames["results"]["row_count"].to_list() == [4]


@pytest.mark.req("OR-71")
def test_e7_past_graduates_colleges_and_gve_are_left_out_and_counted_t9() -> None:
    head = [*EGE, "Категория участника"]
    current = [[*pupil(i, 111002, result=20 if i < 2 else 50), "ВТГ"] for i in range(8)]
    others = [
        [*pupil(i, 111002, result=10), word]
        for i, word in enumerate(["Выпускник прошлых лет", "ВПЛ", "Обучающийся СПО", "ГВЭ"])
    ]
    reading = book(protocol([*current, *others], head=head))
    assert results(reading) == {("111002", "ege_rus", "", 2024, "main"): (8, 2)}
    assert (reading.rows, reading.accepted, reading.excluded) == (12, 8, 4)
    assert any("прошлых лет" in text for text in reading.warnings)
    gve = book([["Протокол ГВЭ"], *protocol([pupil(1, 111002)])])
    assert gve.excluded == 1 and not gve.frames


def test_e7_unknown_category_is_refused_not_guessed() -> None:
    reading = book(protocol([[*pupil(1, 111002), "особая"]], head=[*EGE, "Категория"]))
    assert [(r.row, r.column) for r in reading.rejected] == [(3, "Категория")]


@pytest.mark.parametrize("word", ["", "X", "Х", "отсутствовал", "Не явился", "-", "удалён с экзамена", "не завершил"])
def test_e9_absent_are_not_participants(word: str) -> None:
    reading = book(protocol([pupil(1, 111002, result=10), pupil(2, 111002, primary="", result=word)]))
    assert results(reading) == {("111002", "ege_rus", "", 2024, "main"): (1, 1)}
    assert (reading.absent, reading.rejected) == (1, [])


@pytest.mark.req("OR-71")
@pytest.mark.parametrize(
    ("title", "wave"),
    [
        ("01 - Русский язык 2025.03.25", "early"),
        ("01 - Русский язык 2025.05.30", "main"),
        ("01 - Русский язык 2025.09.05", "september"),
        ("01 - Русский язык 2025.07.04", "resit"),
        ("01 - Русский язык 2020.07.06", "main"),
        ("01 - Русский язык 2022.06.23, резервный день", "reserve"),
        ("Досрочный период: 01 - Русский язык 2025.05.30", "early"),
    ],
)
def test_e5_wave_by_words_or_by_the_day_t8(title: str, wave: str) -> None:
    (key,) = results(book(protocol([pupil(1, 111002)], title=title)))
    assert key[4] == wave


def test_e5_wave_by_a_column() -> None:
    rows = [
        [*pupil(i, 111002, result=10 + 20 * i), w]
        for i, w in enumerate(["основной", "резерв", "дополнительный (сентябрь)", "пересдача"])
    ]
    waves = {key[4]: value for key, value in results(book(protocol(rows, head=[*EGE, "Этап"]))).items()}
    assert waves == {"main": (1, 1), "reserve": (1, 0), "september": (1, 0), "resit": (1, 0)}


def test_oge_without_marks_is_judged_by_the_threshold() -> None:
    head = [*OGE[:-2], "Первичный балл"]
    rows = [pupil(i, 111002, primary=p, head=head, grade="9А") for i, p in enumerate([7, 8, 31, 0])]
    assert results(book(protocol(rows, title="ОГЭ 02 - Математика 2026.06.02", head=head))) == {
        ("111002", "oge_math", "", 2025, "main"): (4, 2)
    }


def test_primary_points_above_the_greatest_and_marks_that_disagree() -> None:
    rows = [
        pupil(1, 111002, primary=41, result=5, head=OGE),
        pupil(2, 111002, primary=9, result=2, head=OGE),
        pupil(3, 111002, primary=3, result=4, head=OGE),
    ]
    reading = book(protocol(rows, title="02 - Математика 2026.06.02", head=OGE))
    assert [(r.row, r.column, r.value) for r in reading.rejected] == [(3, "Первичный балл", "41")]
    assert "больше 31" in reading.rejected[0].reason
    assert [(r.row, r.column) for r in reading.doubts] == [(4, "Оценка"), (5, "Оценка")]
    assert "геометрии" in reading.doubts[0].reason
    assert results(reading) == {("111002", "oge_math", "", 2025, "main"): (2, 1)}


@pytest.mark.req("OR-86")
@pytest.mark.parametrize(
    ("change", "column", "value", "reason"),
    [
        ({"code": "21407"}, "Код ОО", "21407", "5 знаков вместо 6"),
        ({"code": "11A002"}, "Код ОО", "текст, знаков: 6 (скрыто)", "шести цифр"),
        ({"code": ""}, "Код ОО", "", "пусто"),
        ({"result": "н/д"}, "Балл", "н/д", "не балл"),
        ({"result": 101}, "Балл", "101", "от 0 до 100"),
        ({"result": ""}, "Балл", "", "пусто"),
    ],
)
def test_bad_cell_of_a_protocol(change: dict[str, Any], column: str, value: str, reason: str) -> None:
    arguments = {"code": 111002, "result": 50} | change
    reading = book(protocol([pupil(1, 111002), pupil(2, arguments["code"], result=arguments["result"])]))
    (remark,) = reading.rejected
    assert (remark.sheet, remark.row, remark.column, remark.value) == ("Протокол", 4, column, value)
    assert reason in remark.reason
    assert (reading.rows, reading.accepted, reading.rejected_rows) == (2, 1, 1)


def test_unknown_threshold_year_is_refused_and_a_later_one_warned() -> None:
    assert (
        "нет минимального порога ЕГЭ за 2012 год"
        in book(protocol([pupil(1, 111002)], title="01 - Русский язык 2012.05.30")).fatal
    )
    assert any(
        "не подтверждён" in text
        for text in book(protocol([pupil(1, 111002)], title="01 - Русский язык 2030.05.30")).warnings
    )
    assert "не указана дата" in book(protocol([pupil(1, 111002)], title="01 - Русский язык")).fatal


HEAD = [
    "№",
    "Код ОО",
    "Класс",
    "Фамилия",
    "Имя",
    "Отчество",
    "Документ",
    "Тип апелляции / перепроверки",
    "Состояние",
    "Дата изменений",
]


def appeals(changes: list[tuple[int, int, int]], title: str = "01 - Русский язык 2025.05.30") -> list[tables.Row]:
    rows: list[tables.Row] = [
        [title],
        [*HEAD, "Балл до изменения", "", "Текущие", "", "Разница"],
        [""] * 10 + ["Первичный балл", "Балл"] * 2,
    ]
    for i, (code, old, new) in enumerate(changes):
        rows.append([*pupil(i, code, head=HEAD), 1, old, 1, new, new - old])
    return rows


def test_appeals_give_changes_by_school() -> None:
    reading = book(appeals([(111002, 20, 24), (111002, 22, 30), (111003, 50, 55), (111002, 30, 10)]))
    assert reading.kind == "ege_appeals"
    changes = {row[0]: row[1:] for row in reading.frames["changes"].select("code", "low", "rows").rows()}
    assert changes == {"111002": (-1, "4–5, 7"), "111003": (0, "6")}
    narrow = appeals([(111002, 20, 24)])
    narrow[1] = [*HEAD, "Балл до изменения", "Текущие", "", "Разница"]
    narrow[2] = [""] * 11 + ["Первичный балл", "Балл"]
    narrow[3] = [*pupil(1, 111002, head=HEAD), 20, 1, 24, 4]
    assert book(narrow).frames["changes"]["low"].to_list() == [-1]


def test_appeals_without_former_results_change_nothing_and_say_so() -> None:
    head = ["№", "Код ОО", "Класс", "Фамилия", "Имя", "Отчество", "Экзамен", "Апелляция", "Текущие", ""]
    rows = [
        head,
        [""] * 8 + ["Первичный балл", "Оценка"],
        [*pupil(1, 111002, head=head[:6], grade="9А"), "Математика(2026.06.02)", "апелляция", 9, 3],
    ]
    reading = book(rows)
    assert reading.kind == "oge_appeals" and reading.frames["changes"].height == 0
    assert any("Загрузите протокол экзамена" in text for text in reading.warnings)
