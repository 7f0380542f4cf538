"""An explanation a head of school can check with a pencil."""

from __future__ import annotations

import pytest

from app.identification.explain import basis, explain, percent, plural, source_text
from app.identification.rules import Source
from app.years import school_year_name
from tests.identification.samples import CLEAN, SECOND, judge, method, row, rows


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.req("OR-05", "OR-67", "OR-71")
def test_a_listed_school_reads_clause_numbers_and_sources() -> None:
    results = [row("МА5", 16, 47, source=Source("ВПР_МА5.xlsx", "Отчёт", "118")), *rows({"МА6": (19, 52)})]
    verdict = judge([*results, *rows({}, {"МА6": (14, 44)})])
    sentences = [plain(text) for text in explain(verdict, method())]
    assert sentences[0] == "Выполнены оба критерия, достаточно одного (абзац четвёртый пункта 3.3 Концепции)."
    assert sentences[1] == (
        "Критерий К1 (абзац второй пункта 3.3 Концепции) выполнен: низкий результат в 2024/25 – 2 процедуры, "
        "нужно не меньше 2 процедур."
    )
    assert "в 2024/25 – 2 процедуры и в 2023/24 – 1 процедура" in sentences[2]
    assert sentences[3].startswith("Низкий результат процедуры – когда 30 % участников и больше получили «2»")
    assert sentences[4] == (
        "ВПР, математика, 5 класс, 2024/25 учебный год: не справились 16 из 47, 34,0 %. 16 × 100 = 1600, "
        "47 × 30 = 1410, 1600 не меньше 1410 – результат низкий. Источник: ВПР_МА5.xlsx, лист «Отчёт», строка 118."
    )
    assert "версия ОРБ-2022.1" in sentences[-1]


@pytest.mark.parametrize(
    ("results", "kind", "start"),
    [
        (rows({"МА5": (40, 100)}), "full", "Школа не отвечает критериям, но данных за один"),
        (rows({"МА5": (0, 9)}, CLEAN), "full", "Школа не отвечает критериям отнесения."),
        ([], "full", "Сделать вывод нельзя: за 2024/25 учебный год"),
        ([], "primary", "Критерии к школе не применяются"),
        (rows({"МА5": (5, 9), "РУ5": (5, 9)}, CLEAN), "full", "Выполнен 1 критерий, достаточно одного"),
    ],
)
def test_each_status_has_its_conclusion(results: list, kind: str, start: str) -> None:
    assert plain(explain(judge(results, kind=kind), method())[0]).startswith(start)


@pytest.mark.req("OM-12")
def test_same_procedure_is_explained() -> None:
    text = plain(" ".join(explain(judge(rows({"МА6": (4, 9)}, {"РУ5": (4, 9)}), SECOND), method(SECOND))))
    assert "нужна одна и та же процедура с низким результатом в каждом из учебных годов 2024/25 и 2023/24" in text
    assert "таких нет" in text
    assert "Малая выборка: меньше 10 участников" in text


def test_flags_are_explained() -> None:
    verdict = judge([row("МА5", 29, 97, ambiguous=True), row("РУ5", 1, 4), row("ЕГЭ-МА", 1, 2)], kind="basic")
    text = plain(" ".join(explain(verdict, method())))
    assert "ей отвечают два целых числа" in text
    assert "Проверьте вид школы в реестре" in text
    few = judge([row("МА5", 1, 4), row("РУ5", 5, 20)], min_participants=10)
    assert "Не учтены процедуры, где участников меньше 10: ВПР, математика, 5 класс." in plain(
        " ".join(explain(few, method(min_participants=10)))
    )


def test_no_word_of_blame() -> None:
    words = ("слаб", "плох", "худш", "провал", "двоечник", "ШНОР")
    for results in (rows({"МА5": (9, 9), "РУ5": (9, 9)}), rows({"МА5": (9, 9)}), []):
        text = " ".join(explain(judge(results), method())).lower()
        assert not [word for word in words if word.lower() in text]


def test_a_share_never_looks_like_the_threshold_it_missed() -> None:
    assert plain(percent(142, 474, 30)) == "29,96 %"
    assert plain(percent(3, 10, 30)) == "30,0 %"
    assert plain(percent(12, 39, 30)) == "30,8 %"
    assert plain(percent(0, 7, 30)) == "0,0 %"


def test_basis_as_the_annex_cites_it() -> None:
    assert basis(("K1",), method()) == "абзац второй (К1)"
    assert basis(("K1", "K2"), method()) == "абзацы второй и третий (К1, К2)"
    assert basis(("K2",), method(SECOND)) == "К2"
    assert basis((), method()) == ""


def test_words() -> None:
    assert [plain(plural(n, "школа", "школы", "школ")) for n in (1, 2, 5, 11, 21, 112)] == [
        "1 школа",
        "2 школы",
        "5 школ",
        "11 школ",
        "21 школа",
        "112 школ",
    ]
    assert (school_year_name(2025), school_year_name(1999)) == ("2025/26", "1999/00")
    assert source_text([]) == "Источник не указан."
    assert source_text([Source("a.csv", "", "2–5"), Source("b.csv", "", "7")]) == (
        "Источники: a.csv, строки 2–5; b.csv, строка 7."
    )
