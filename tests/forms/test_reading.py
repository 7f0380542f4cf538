"""What people type: numbers, dates, words; and blocks of cells pasted from a table program."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import as_formdata, form_class, paste, values

from .samples import GOOD, context

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=30).map(str.strip)
HEAD = "Процедура\tУчебный год\tУчастников по данным школы\tИз них не справились\tИсточник"


def objection(block: str, **more: Any) -> Any:
    sent = {**GOOD["objection_submit"], "positions": [], "positions-paste": block, **more}
    form = form_class("objection_submit")(sent, context=context("objection_submit"))
    form.validate()
    return form


def test_numbers_as_people_write_them() -> None:
    assert values.read_integer("14 208") == 14208 and values.read_integer("−3") == -3
    assert values.read_number("30,5 %".replace(" %", "%")) == 30.5 and values.read_number("1 200,25") == 1200.25
    assert values.show_number(30.5) == "30,5" and values.show_number(40.0) == "40"
    for bad in ("", "1e5", "٣", "12.5.1", "12 а", "9" * 13, "+5", "0x1F", "nan"):
        with pytest.raises(ValueError, match="Впишите"):
            values.read_integer(bad)
        with pytest.raises(ValueError, match="Впишите"):
            values.read_number(bad)


@given(st.integers(-(10**11), 10**11))
def test_whole_numbers_come_back(n: int) -> None:
    assert values.read_integer(f"{n:,}".replace(",", " ")) == n


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_decimals_come_back(n: int, places: int) -> None:
    number = n / 10**places
    assert values.read_number(values.show_number(number)) == pytest.approx(number, abs=1e-9)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_dates_come_back(day: date) -> None:
    assert values.read_date(f"{day:%d.%m.%Y}") == day == values.read_date(day.isoformat())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("31.11.2026", "31 ноября 2026 года не бывает"),
        ("29.02.2027", "29 февраля 2027 года не бывает"),
        ("05.13.2026", "Месяца 13 не бывает"),
        ("09/11/26", "Впишите дату так: 20.11.2026"),
        ("9 ноября", "Впишите дату так: 20.11.2026"),
    ],
)
def test_days_that_do_not_exist_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        values.read_date(text)


def test_moments() -> None:
    wanted = datetime(2026, 11, 20, 14, 30)
    for text in ("20.11.2026 14:30", "20.11.2026, 14:30", "2026-11-20T14:30", "2026-11-20T14:30:00"):
        assert values.read_moment(text) == wanted


def test_plurals() -> None:
    said = [values.plural(n, "строка", "строки", "строк") for n in (1, 2, 5, 11, 21, 112)]
    assert said == ["1 строка", "2 строки", "5 строк", "11 строк", "21 строка", "112 строк"]


@given(st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=12))
@settings(max_examples=80, deadline=None)
def test_a_pasted_block_comes_back_whole(rows: list[list[str]]) -> None:
    kept = [row for row in rows if any(row)]
    assert paste.parse(paste.dump(kept)) == kept
    assert paste.parse(paste.dump(kept).replace("\n", "\r\n")) == [[c.replace("\n", "\n") for c in r] for r in kept]


@given(st.text(max_size=200))
def test_any_text_can_be_pasted(text: str) -> None:
    rows = paste.parse(text)
    assert all(any(row) for row in rows)
    assert paste.parse(paste.dump(rows)) == rows


def test_quotes_of_a_name_stay() -> None:
    assert paste.parse('МБОУ "СОШ 1"\t5\n"Лицей" № 2\t"две\nстроки ""вместе"""') == [
        ['МБОУ "СОШ 1"', "5"],
        ['"Лицей" № 2', 'две\nстроки "вместе"'],
    ]


@given(st.permutations(range(4)), st.booleans())
@settings(max_examples=40, deadline=None)
def test_pasted_rows_become_answers(order: list[int], with_head: bool) -> None:
    """Labels or codes, with a header or without, after what was typed already."""
    procedures = [("ОГЭ, математика", "oge_math"), ("огэ,  русский язык", "oge_rus"), ("ege_math", "ege_math"), ("ЕГЭ, русский язык", "ege_rus")]  # fmt: skip
    lines = [f"{procedures[k][0]}\t2025\t{k + 10}\t{k}\tпротокол {k}" for k in order]
    form = objection("\n".join([HEAD] * with_head + lines))
    assert form.issues() == []
    got = [(p["procedure"], p["n"], p["low"], p["source"]) for p in form.answers()["positions"]]
    assert got == [(procedures[k][1], k + 10, k, f"протокол {k}") for k in order]


def test_columns_under_a_header_may_stand_in_any_order() -> None:
    form = objection(
        "Источник\tИз них не справились\tУчастников по данным школы\tУчебный год\tПроцедура\nведомость\t3\t20\t2024\tОГЭ, русский язык"
    )
    assert form.issues() == []
    assert form.answers()["positions"][0]["procedure"] == "oge_rus" and form.answers()["positions"][0]["low"] == 3


def test_pasted_rows_follow_those_typed_before() -> None:
    typed = GOOD["objection_submit"]["positions"]
    form = objection("ЕГЭ, русский язык\t2025\t20\t3\tпротокол", positions=typed)
    assert [p["procedure"] for p in form.answers()["positions"]] == ["oge_math", "ege_rus"]


def test_three_hundred_rows_with_a_wrong_column_lose_nothing() -> None:
    lines = [f"МБОУ «Ключевская СОШ»\tзамечание {k}" for k in range(300)]
    lines[41] = "МБОУ «Ключевская СОШ»\tзамечание 41\tлишнее"
    lines[199] = "Школа, которой нет\tзамечание 199"
    sent = {"outcome": "remarks", "remarks-paste": "\n".join(lines)}
    form = form_class("pack_answer")(sent, context=context("pack_answer"))
    assert not form.validate()
    assert [i.text for i in form.issues()] == [
        "Замечания по школам, строка 42: лишнее значение «лишнее» в столбце 3, в таблице 2 столбца. "
        "Строка оставлена в окне вставки",
        "Замечания по школам, строка 199, «Школа»: «Школа, которой нет» нет в списке. Выберите из списка",
    ]
    assert form.remarks.paste_text == lines[41]
    assert len(form.remarks.entries) == 299
    wrong = form.remarks.entries[198].form
    assert wrong.school._value() == "Школа, которой нет" and wrong.text.data == "замечание 199"


def test_a_closed_table_takes_no_pasted_rows() -> None:
    sent = {**GOOD["campaign_quality"], "problems-paste": "а\tб"}
    form = form_class("campaign_quality")(sent, context=context("campaign_quality"))
    assert not form.validate()
    assert form.problems.paste_text == "а\tб"


def test_rows_that_are_blank_do_not_count_and_gaps_in_numbers_do_not_matter() -> None:
    sent = as_formdata({**GOOD["objection_submit"], "positions": []})
    for name, text in GOOD["objection_submit"]["positions"][0].items():
        sent.add(f"positions-17-{name}", str(text))
        sent.add(f"positions-3-{name}", " ")
    form = form_class("objection_submit")(sent, context=context("objection_submit"))
    assert form.validate(), form.issues()
    assert form.positions.entries[0].form.procedure.id == "positions-0-procedure"
    assert len(form.answers()["positions"]) == 1


def test_a_row_that_is_gone_is_told() -> None:
    sent = {
        **GOOD["campaign_quality"],
        "problems": [{"row": 4, "resolution": "kept"}, {"row": 5, "resolution": "kept"}],
    }
    form = form_class("campaign_quality")(sent, context=context("campaign_quality"))
    assert not form.validate()
    assert form.issues()[0].text.startswith("Вопросы к данным: список изменился, пока вы его заполняли")


def test_more_rows_than_can_be_read_are_counted_not_read() -> None:
    rows = [{"school": 101, "text": "т"}] * 1200
    form = form_class("pack_answer")({"outcome": "remarks", "remarks": rows}, context=context("pack_answer"))
    assert not form.validate()
    assert len(form.remarks.entries) == 1000
    assert "Замечания по школам: не больше 300 строк, сейчас 1200" in [i.text for i in form.issues()]


def test_control_characters_are_cut_and_line_breaks_are_one_kind() -> None:
    form = form_class("passport_explain")({"reason": "\x00Открыт\r\nновый\x1b корпус "}, context={})
    assert form.validate() and form.reason.data == "Открыт\nновый корпус"
