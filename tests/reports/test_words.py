"""Russian words and spaces."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from reports import ru
from reports.charts import stacked_bars
from reports.typo import JOIN, NB, typograph


def test_dates_and_moments() -> None:
    assert ru.long_date(date(2025, 9, 26)) == "26 сентября 2025 г."
    assert ru.long_date(date(2004, 3, 15), "года") == "15 марта 2004 года"
    assert ru.short_date(date(2025, 9, 6)) == "06.09.2025"
    zone = timezone(timedelta(hours=5))
    assert ru.moment(datetime(2025, 9, 26, 15, 42, 18, tzinfo=zone)) == "26.09.2025 15:42:18 (UTC+5)"
    half = timezone(timedelta(hours=5, minutes=30))
    assert ru.moment(datetime(2025, 9, 26, 15, 42, 18, tzinfo=half)) == "26.09.2025 15:42:18 (UTC+5:30)"
    assert ru.moment(datetime(2025, 9, 26, tzinfo=UTC)) == "26.09.2025 00:00:00 (UTC)"
    with pytest.raises(ValueError, match="time zone"):
        ru.moment(datetime(2025, 9, 26))


@pytest.mark.parametrize(
    ("number", "word"),
    [(0, "школ"), (1, "школа"), (2, "школы"), (5, "школ"), (11, "школ"), (14, "школ"), (21, "школа"), (104, "школы")],
)
def test_plurals(number: int, word: str) -> None:
    assert ru.plural(number, "школа", "школы", "школ") == word
    assert ru.count(number, "школа", "школы", "школ") == f"{number} {word}"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (29, 84, "34,5"),
        (3, 10, "30,0"),
        (1, 3, "33,3"),
        (0, 5, "0,0"),
        (1, 1000, "0,1"),
        (5, 10000, "0,1"),
        (1, 0, "–"),
    ],
)
def test_shares(part: int, whole: int, shown: str) -> None:
    assert ru.percent(part, whole) == shown


def test_names_and_years() -> None:
    assert ru.initials("Ясенев", "Виталий", "Олегович") == "В. О. Ясенев"
    assert ru.initials("Ясенев", "Виталий", "Олегович", before=False) == "Ясенев В. О."
    assert ru.initials("Ли", "Анна-Мария") == "А.-М. Ли"
    assert ru.school_year(2025) == "2025/26" and ru.school_year(2099) == "2099/00"
    assert ru.school_year(2025, short=False) == "2025/2026"
    assert ru.fingerprint("9f3ca1d804b771e0ffff") == "9F3C A1D8 04B7 71E0"
    assert ru.grouped(21806) == "21 806" and ru.grouped(794) == "794"
    assert ru.sentence("на 3 л.") == "на 3 л." and ru.sentence("готово") == "готово."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("№ 801", "№_801"),
        ("№ 31-од", "№_31-^од"),
        ("код 105010", "код_105010"),
        ("В. О. Ясенев", "В._О._Ясенев"),
        ("В.О. Ясенев", "В._О._Ясенев"),
        ("26 сентября 2025 г. вышел", "26_сентября 2025_г. вышел"),
        ("30 % из 21 806", "30_% из_21_806"),
        ("в г. Приреченске", "в_г._Приреченске"),
        ("2025/26 учебный год", "2025/26_учебный год"),
        ("приложению № 1", "приложению_№_1"),
        ("пунктом 3.3 и", "пунктом_3.3 и"),
        ("и в школе", "и_в_школе"),
        ("слово – слово", "слово_– слово"),
        ("классы 7–9", "классы 7^–^9"),
        ("с. Яровое-Новое", "с._Яровое-^Новое"),
        ("по-русски что-то", "по-русски что-то"),
    ],
)
def test_spaces_that_do_not_part(text: str, shown: str) -> None:
    assert typograph(f"<p>{text}</p>") == f"<p>{shown}</p>".replace("_", NB).replace("^", JOIN)


def test_surnames_are_not_hyphenated_and_tags_are_left_alone() -> None:
    assert typograph("<p>(Рябинина Н. П.)</p>") == f'<p>(<span class="keep">Рябинина{NB}Н.{NB}П.</span>)</p>'
    kept = '<head><title>№ 5 в школе</title></head><p title="№ 5 в школе">слово</p><svg><title>№ 5</title></svg>'
    assert typograph(kept) == kept


def test_a_chart_says_its_finding_and_prints_its_values() -> None:
    svg = stacked_bars([("2024/25", None, 69), ("2025/26", 38, 22)], "сохранены", "включены", "Было <69>, стало 60")
    assert "<title>Было &lt;69&gt;, стало 60</title>" in svg and svg.index("<title>") < svg.index("<g ")
    for value in ("69", "38", "22", "60", "80"):
        assert f">{value}</text>" in svg
    assert stacked_bars([("2025/26", 0, 0)], "сохранены", "включены", "Пусто")
