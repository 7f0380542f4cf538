"""Russian formats and the rules of speech of the pages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.web import ru
from tests.web.conftest import ROOT


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1 задача"), (2, "2 задачи"), (5, "5 задач"), (11, "11 задач"), (21, "21 задача"), (14208, "14 208 задач")],
)
def test_plurals(n, text):
    assert ru.counted(n, "задача", "задачи", "задач").replace(ru.NB, " ") == text


@pytest.mark.parametrize(
    ("noun", "whom"),
    [("строка", "строку"), ("наблюдение", "наблюдение"), ("педагог", "педагога"), ("слушатель", "слушателя"), ("", "")],
)
def test_what_is_added(noun, whom):
    assert ru.accusative(noun) == whom


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (3, "осталось 3 рабочих дня"),
        (1, "остался 1 рабочий день"),
        (21, "остался 21 рабочий день"),
        (0, "сегодня до 18:00"),
        (-1, "просрочено на 1 рабочий день"),
        (-12, "просрочено на 12 рабочих дней"),
        (None, "срок приостановлен"),
    ],
)
def test_what_is_left_of_a_term(days, text):
    assert ru.left(days).replace(ru.NB, " ") == text


def test_numbers_dates_names_and_hashes():
    plain = [
        (ru.share(12, 39), "12 из 39, 30,8 %"),
        (ru.percent(34.0), "34,0 %"),
        (ru.number(-5), "−5"),
        (ru.number(None), "нет данных"),
        (ru.share(0, 0), "0 из 0"),
        (ru.day(date(2026, 11, 9)), "9 ноября 2026 г."),
        (ru.day(date(2026, 11, 9), date(2026, 1, 1)), "9 ноября"),
        (ru.until(date(2026, 10, 5), date(2026, 1, 1)), "до 5 октября"),
        (ru.day_short(date(2026, 11, 9)), "09.11.2026"),
        (ru.initials("Кречетова Нина Васильевна"), "Кречетова Н. В."),
        (ru.school_year(2026), "2026/27"),
        (ru.file_size(1153434), "1,1 МБ"),
        (ru.groups("9f2c41aa00112233e07d", keep=2), "9f2c 41aa … e07d"),
        (ru.school_year(1999), "1999/00"),
    ]
    for got, text in plain:
        assert got.replace(ru.NB, " ") == text
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert ru.moment(datetime(2026, 11, 23, 9, 32, tzinfo=UTC), now) == "сегодня, 09:32"
    assert ru.moment(datetime(2026, 11, 22, 9, 32, tzinfo=UTC), now) == "вчера, 09:32"
    assert ru.NB in ru.bound("по договору Кречетова Н. В.")


def test_words_of_templates_follow_the_rules_of_speech():
    forbidden = re.compile(
        r"пожалуйста|некорректн|валидац|ШНОР|слаб(ая|ые|ых) школ|таск|дедлайн|закоммит|инстанс|провал", re.IGNORECASE
    )
    for path in Path(ROOT / "app/web").rglob("*"):
        if path.suffix in {".html", ".js", ".py"} and "dist" not in path.parts:
            assert not forbidden.search(path.read_text()), path
