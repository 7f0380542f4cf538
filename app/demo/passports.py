"""Social passports of schools: what a school tells about its pupils' families and its own means, once a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from app.demo.schools import School
from app.demo.sheets import Cell, Row
from app.years import school_year_name

Value = int | float | bool | str | list[str]
FIELDS: dict[str, str] = {
    "pupils": "Обучающихся",
    "classes": "Классов",
    "full_families": "Из полных семей",
    "incomplete_families": "Из неполных семей",
    "large_families": "Из многодетных семей",
    "low_income_families": "Из малообеспеченных семей",
    "guardian_families": "Под опекой",
    "parents_higher_education": "Родителей с высшим образованием",
    "unemployed_parents": "Безработных родителей",
    "sen_pupils": "Детей с ОВЗ",
    "disabled_pupils": "Детей с инвалидностью",
    "non_native_pupils": "Детей, для которых русский язык не родной",
    "on_record_pupils": "Состоящих на учёте (ВШК, КДН, ПДН)",
    "second_shift": "Есть вторая смена",
    "second_shift_pupils": "Обучающихся во вторую смену",
    "bused_pupils": "Подвозимых обучающихся",
    "distance_km": "Расстояние до муниципального центра, км",
    "teachers": "Педагогов",
    "vacancies": "Вакансий",
    "teachers_no_category": "Педагогов без категории",
    "teachers_combining": "Педагогов, ведущих не свой предмет или совмещающих",
    "teachers_novice": "Педагогов со стажем менее 3 лет",
    "teachers_veteran": "Педагогов со стажем более 25 лет",
    "internet": "Скорость интернета",
    "equipment_percent": "Кабинетов с оборудованием, %",
    "fgos_difficulties": "Затруднения с введением ФГОС",
    "small_school": "Малокомплектная школа",
}
WORDS = {  # codes of choices as the table prints them
    "none": "нет",
    "below_10": "до 10 Мбит/с",
    "from_10_to_100": "10–100 Мбит/с",
    "above_100": "свыше 100 Мбит/с",
    "primary": "НОО",
    "basic": "ООО",
}


def passport(school: School, hard: bool, random: Random) -> dict[str, Value]:
    """Values of one school for one year; `hard` = worse families and means. No part exceeds its whole."""
    rural = not school.municipality.urban
    own = {"СОШ": 11, "ООШ": 9, "НОШ": 4}[school.kind]  # classes of a village school: one a year
    pupils = max(6, round(school.cohort * {"СОШ": 10.4, "ООШ": 9, "НОШ": 4}[school.kind]))
    worse = (1.7 if hard else 1.0) * (1.15 if rural else 1.0)

    def part(whole: int, share: float) -> int:
        return min(whole, max(0, round(whole * share * random.uniform(0.7, 1.3))))

    single = part(pupils, 0.2 * worse)
    teachers = max(4, round(pupils / (6 if rural else 14)))
    slow, gaps = ("none", "below_10", "from_10_to_100"), (["basic"], ["primary", "basic"])
    shift = school.municipality.urban and pupils > 500 and random.random() < 0.6
    return {
        "pupils": pupils,
        "classes": own if rural else max(1, round(pupils / 22)),
        "full_families": pupils - single,
        "incomplete_families": single,
        "large_families": part(pupils, 0.14 * worse),
        "low_income_families": part(pupils, 0.16 * worse),
        "guardian_families": part(pupils, 0.02 * worse),
        "parents_higher_education": part(pupils * 2, (0.18 if rural else 0.36) / worse),
        "unemployed_parents": part(pupils * 2, 0.06 * worse),
        "sen_pupils": (needs := part(pupils, 0.07 * worse)),
        "disabled_pupils": part(needs, 0.25),
        "non_native_pupils": part(pupils, 0.08 * worse),
        "on_record_pupils": part(pupils, 0.015 * worse),
        "second_shift": shift,
        "second_shift_pupils": part(pupils, 0.3) if shift else 0,
        "bused_pupils": part(pupils, 0.25) if rural else 0,
        "distance_km": round(random.uniform(6, 85), 1) if rural else round(random.uniform(0.5, 14), 1),
        "teachers": teachers,
        "vacancies": part(teachers, 0.05 * worse * worse),
        "teachers_no_category": part(teachers, 0.24 * worse),
        "teachers_combining": part(teachers, 0.35 if rural else 0.08),
        "teachers_novice": part(teachers, 0.12),
        "teachers_veteran": part(teachers, 0.34),
        "internet": random.choice(slow if rural and hard else ("from_10_to_100", "above_100")),
        "equipment_percent": random.randint(20, 60) if hard else random.randint(50, 100),
        "fgos_difficulties": random.choice(gaps) if hard and random.random() < 0.6 else ["none"],
        "small_school": rural and pupils < 90,
    }


STEADY = {"pupils", "classes", "teachers", "full_families", "equipment_percent"}


def next_year(values: dict[str, Value], random: Random) -> dict[str, Value]:
    """The same school a year later: some of its numbers are one less, everything else stayed."""
    later = dict(values)
    for key, value in values.items():
        if type(value) is int and value > 1 and key not in STEADY and random.random() < 0.4:
            later[key] = value - 1
    later["full_families"] = int(later["pupils"]) - int(later["incomplete_families"])  # type: ignore[arg-type]
    return later


def passports(schools: Iterable[School], hard: set[str], random: Random) -> dict[int, dict[str, dict[str, Value]]]:
    """Passports of two years by year and code; schools of `hard` and one quiet school of twelve live worse."""
    first = {s.code: passport(s, s.code in hard or random.random() < 1 / 12, random) for s in schools}
    return {2025: first, 2026: {code: next_year(values, random) for code, values in first.items()}}


def rows(year: int, schools: Iterable[School], values: dict[str, dict[str, Value]]) -> Iterator[Row]:
    """The regional table: a line per school, choices in words."""
    yield ["Учебный год", "Код ОО", "Краткое наименование", "Муниципалитет", *FIELDS.values()]
    for school in schools:
        cells = [_printed(values[school.code][key]) for key in FIELDS]
        yield [school_year_name(year), school.code, school.short_name, school.municipality.name, *cells]


def _printed(value: Value) -> Cell:
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, list):
        return ", ".join(WORDS[item] for item in value)
    return WORDS.get(value, value) if isinstance(value, str) else value
