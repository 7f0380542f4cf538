"""What titles and cells say of an occasion, and the norms that go with it."""

from __future__ import annotations

from datetime import date

import pytest

from app.results import norms, occasions
from app.tables.cells import row_ranges


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Математика", "math"),
        (" МА ", "math"),
        ("Русский язык", "rus"),
        ("РУ", "rus"),
        ("Родной язык (русский)", ""),
        ("Русская литература", ""),
        ("История", ""),
        ("Информатика", ""),
    ],
)
def test_subject(text: str, subject: str) -> None:
    assert occasions.subject_of(text) == subject


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("5", 5),
        ("5.0", 5),
        ("5А", 5),
        ("6 «Б»", 6),
        ("11 класс", 11),
        ("6 класс (по программе 5 класса)", 5),
        ("", None),
        ("15", None),
        ("весь", None),
    ],
)
def test_grade(text: str, grade: int | None) -> None:
    assert occasions.grade_of(text) == grade


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01 - Русский язык 2022.06.23", date(2022, 6, 23)),
        ("Дата: 23.04.2026", date(2026, 4, 23)),
        ("2026-06-01 00:00:00", date(2026, 6, 1)),
        ("2026.13.01", None),
    ],
)
def test_day(text: str, day: date | None) -> None:
    assert occasions.day_of(text) == day


def test_title_lines_nearer_to_the_table_prevail() -> None:
    known = occasions.gather([["ВПР 2025"], ["Предмет:", "Математика"], ["Класс", "6"], ["Дата:", "11.04.2025"]])
    assert (known.family, known.subject, known.grade, known.year) == ("vpr", "math", 6, 2024)
    later = occasions.gather([["01 - Русский язык 2025.05.30"], ["03 - Физика 2025.06.02"]])
    assert (later.subject, later.other_subject, later.day) == ("", True, date(2025, 6, 2))


def test_every_norm_names_its_basis_and_rows_do_not_overlap() -> None:
    for exam, subject, part in (
        ("ege", "rus", ""),
        ("ege", "math", "profile"),
        ("ege", "math", "base"),
        ("oge", "math", ""),
        ("oge", "rus", ""),
    ):
        found = norms.threshold(exam, subject, part, 2026)
        assert found is not None and found.basis and found.confirmed
    assert norms.threshold("oge", "rus", "", 2024).maximum == 33  # type: ignore[union-attr]
    assert norms.threshold("oge", "rus", "", 2025).maximum == 37  # type: ignore[union-attr]
    assert norms.threshold("oge", "math", "", 2020) is None


def test_row_ranges() -> None:
    assert row_ranges([5]) == "5"
    assert row_ranges([7, 5, 6, 9, 12, 11]) == "5–7, 9, 11–12"
    text = row_ranges(range(1, 2000, 3))
    assert len(text) <= 100 and text.endswith("всего строк 667")
