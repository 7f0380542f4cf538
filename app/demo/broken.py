"""Files that must be refused or reported: kept apart from the good ones, to try the errors on."""

from __future__ import annotations

from app.demo.schools import School
from app.demo.sheets import Row, text, xlsx
from app.demo.vpr import FLAT


def broken_files(good: bytes, schools: list[School]) -> dict[str, bytes]:
    """A truncated workbook, a text named as a workbook, a protocol without «Код ОО», an extract with bad rows."""
    one, two, three = schools[:3]
    place = one.municipality.name
    rows: list[Row] = [
        FLAT,
        [2026, 5, "Математика", place, one.short_name, one.login, 20, 5, 5, 5, 9],
        [2026, 5, "Математика", place, two.short_name, two.login, "двадцать", 2, 8, 6, 4],
        [2026, 5, "Математика", place, three.short_name, "edu00", 20, 2, 8, 6, 4],
        [2026, 5, "Математика", place, three.short_name, three.login, 20, -2, 12, 6, 4],
        [2026, 15, "Математика", place, three.short_name, three.login, 20, 2, 8, 6, 4],
        ["весна", 5, "Математика", place, three.short_name, three.login, 20, 2, 8, 6, 4],
    ]
    headless: list[Row] = [["02 - Математика 2026.06.02"], ["№", "Класс", "Первичный балл", "Оценка"], [1, "9А", 12, 3]]
    return {
        "broken/обрезанный_файл.xlsx": good[: len(good) // 2],
        "broken/текст_под_видом_таблицы.xlsx": "Это не таблица, а письмо.\n".encode() * 40,
        "broken/02_2026.06.02_без_кода_ОО.csv": text(headless, encoding="cp1251"),
        "broken/ВПР_2026_с_ошибками.xlsx": xlsx(rows),
    }
