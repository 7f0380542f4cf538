"""Invented municipalities and schools of a region, and the papers of the registry about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from app.demo.parameters import RegionParameters, data, words

Kind = Literal["СОШ", "ООШ", "НОШ"]
Founder = Literal["municipal", "state", "private"]
TYPE = {"СОШ": "средняя", "ООШ": "основная", "НОШ": "начальная"}
PRIVATE = words("Росток Перспектива Вектор Светоч Открытие Горизонт Личность Ступени Логос Прогресс Истоки Радуга")
FOUNDER = {"municipal": "муниципальная", "state": "государственная", "private": "частная"}


@dataclass(frozen=True)
class Municipality:
    """A municipality: `code` is «Код МСУ», `genitive` its name in titles; `urban` = its schools stand in a town."""

    code: str
    name: str
    genitive: str
    urban: bool


@dataclass(frozen=True)
class School:
    """A school as the registry of the newest year names it; `former_name` is what older extracts print."""

    code: str
    login: str
    full_name: str
    short_name: str
    municipality: Municipality
    kind: Kind
    founder: Founder
    cohort: float
    former_name: str = ""

    @property
    def selective(self) -> bool:
        """Gymnasia and lyceums: no low results are given to them."""
        return self.short_name.startswith("МАОУ")

    @property
    def under_municipality(self) -> bool:
        """False for state and private schools: no municipal authority stands above them."""
        return self.founder == "municipal"


@dataclass(frozen=True)
class Reorganisation:
    """What happened to a school: `kind` is rename, merge or close; `successor` is empty when none."""

    kind: Literal["rename", "merge", "close"]
    school: str
    successor: str
    date: str
    former_name: str = ""


def municipalities(parameters: RegionParameters) -> list[Municipality]:
    """The capital, other towns, then districts."""
    places = data("regions.toml")["places"]
    towns = [parameters.capital, *places["towns"]][: parameters.urban]
    rural = places["districts"][: parameters.municipalities - parameters.urban]
    names = [(f"город {name}", f"города {genitive}") for name, genitive in towns]
    names += [(f"{name} район", f"{name[:-2]}ого района") for name in rural]
    return [
        Municipality(str(parameters.first_code + index), *name, index < len(towns)) for index, name in enumerate(names)
    ]


def _kinds(random: Random, municipality: Municipality, capital: bool) -> Kind:
    share = data("regions.toml")["kinds"]
    if capital or (municipality.urban and random.random() < 0.6):
        return "СОШ" if random.random() < 0.94 else "НОШ"
    return random.choices(tuple(share), weights=tuple(share.values()))[0]  # type: ignore[return-value]


def _cohort(random: Random, municipality: Municipality, kind: Kind, capital: bool) -> float:
    if capital:
        mean = 44.0
    elif municipality.urban:
        mean = 26.0
    else:
        mean = {"СОШ": 10.0, "ООШ": 5.0, "НОШ": 4.0}[kind]
    return max(2.0, mean * random.lognormvariate(-0.08, 0.4))


def _places_of(parameters: RegionParameters, random: Random) -> Iterator[tuple[Municipality, bool]]:
    """Which municipality each municipal school stands in: a fixed share in the capital, the rest by weight."""
    towns = municipalities(parameters)
    total = parameters.schools - parameters.state - parameters.private
    in_capital = round(parameters.capital_share * parameters.schools)
    others = towns[1:]
    yield from ((towns[0], True) for _ in range(in_capital))
    weights = [random.uniform(0.7, 1.4) for _ in others]
    left = total - in_capital
    counts = [max(3, int(left * weight / sum(weights))) for weight in weights]
    for index in range(left - sum(counts)):
        counts[index % len(counts)] += 1
    for town, count in zip(others, counts, strict=True):
        yield from ((town, False) for _ in range(count))


def _town_names(number: int, kind: Kind, municipality: Municipality) -> tuple[str, str]:
    if kind == "СОШ" and number % 17 == 3:
        what, short = f"Гимназия № {number}", f"МАОУ «Гимназия № {number}»"
    elif kind == "СОШ" and number % 23 == 5:
        what, short = f"Лицей № {number}", f"МАОУ «Лицей № {number}»"
    else:
        what = f"{TYPE[kind].capitalize()} общеобразовательная школа № {number}"
        short = f"МБОУ «{kind} № {number}»"
    form = "автономное" if short.startswith("МАОУ") else "бюджетное"
    return f"Муниципальное {form} общеобразовательное учреждение «{what}» {municipality.genitive}", short


def _village_names(village: str, kind: Kind, municipality: Municipality) -> tuple[str, str]:
    what = f"«{village} {TYPE[kind]} общеобразовательная школа»"
    full = f"Муниципальное бюджетное общеобразовательное учреждение {what} {municipality.genitive}"
    return full, f"МБОУ «{village} {kind}»"


def _other_names(number: int, founder: Founder) -> tuple[str, str]:
    if founder == "private":
        name = PRIVATE[number % len(PRIVATE)]
        return f"Частное общеобразовательное учреждение «Школа «{name}»", f"ЧОУ «Школа «{name}»"
    if number % 3:
        return (
            f"Государственное казённое общеобразовательное учреждение «Школа-интернат № {number}»",
            f"ГКОУ «Школа-интернат № {number}»",
        )
    return (
        f"Государственное бюджетное общеобразовательное учреждение «Кадетская школа № {number}»",
        f"ГБОУ «Кадетская школа № {number}»",
    )


class _Numbers:
    """Codes and logins in the order of creation: both are unique within the region."""

    def __init__(self, number: int) -> None:
        self.subject = number
        self.total = 0
        self.inside: dict[str, int] = {}

    def next(self, municipality: Municipality) -> tuple[str, str, int]:
        """«Код ОО», login and the number inside the municipality of one more school."""
        self.total += 1
        inside = self.inside[municipality.code] = self.inside.get(municipality.code, 0) + 1
        return f"{municipality.code}{inside:03d}", f"edu{self.subject:02d}{self.total:04d}", inside


def schools(parameters: RegionParameters, random: Random) -> list[School]:
    """All schools of the newest registry, ordered by code; exactly `parameters.schools` of them."""
    numbers, made = _Numbers(parameters.number), []
    villages: dict[str, list[str]] = {}
    for municipality, capital in _places_of(parameters, random):
        kind = _kinds(random, municipality, capital)
        code, login, inside = numbers.next(municipality)
        if municipality.code not in villages:
            villages[municipality.code] = random.sample(_villages(), len(_villages()))
        left = villages[municipality.code]
        names = (
            _town_names(inside, kind, municipality)
            if municipality.urban
            else _village_names(left[inside % len(left)], kind, municipality)
        )
        cohort = _cohort(random, municipality, kind, capital)
        made.append(School(code, login, *names, municipality, kind, "municipal", cohort))
    made.extend(_without_municipality(parameters, random, numbers))
    return sorted(made, key=lambda school: school.code)


def _villages() -> list[str]:
    return data("regions.toml")["places"]["villages"]


def _without_municipality(parameters: RegionParameters, random: Random, numbers: _Numbers) -> Iterator[School]:
    towns = [town for town in municipalities(parameters) if town.urban]
    founders: list[Founder] = [*["state"] * parameters.state, *["private"] * parameters.private]  # type: ignore[list-item]
    for number, founder in enumerate(founders, 1):
        town = towns[0] if number % 2 else random.choice(towns)
        code, login, _ = numbers.next(town)
        kind: Kind = "ООШ" if founder == "state" and number % 4 == 0 else "СОШ"
        names = _other_names(number, founder)
        yield School(code, login, *names, town, kind, founder, random.uniform(7.0, 18.0))


CLOSED = ("Старозатонская", "Верхнелуговская", "Дальнебродская")


def closed_schools(parameters: RegionParameters, existing: list[School]) -> list[School]:
    """Three small schools that worked in earlier years: the registry of the newest year does not know them."""
    rural = sorted({school.municipality.code: school.municipality for school in existing}.items())[-3:]
    closed = []
    for index, (code, municipality) in enumerate(rural):
        names = _village_names(CLOSED[index], "ООШ", municipality)
        login = f"edu{parameters.number:02d}{9001 + index}"
        closed.append(School(f"{code}9{index + 1:02d}", login, *names, municipality, "ООШ", "municipal", 5.0))
    return closed


def renamed(school: School) -> School:
    """The same school under the name it got in the newest year; the former name stays in older extracts."""
    return replace(
        school,
        full_name=school.full_name.replace("общеобразовательная школа", "школа имени Первопроходцев"),
        short_name=school.short_name[:-1] + " имени Первопроходцев»",
        former_name=school.short_name,
    )


REGISTRY_COLUMNS = (
    "Код ОО",
    "Логин ФИС ОКО",
    "Полное наименование",
    "Краткое наименование",
    "Муниципалитет",
    "Код МСУ",
    "Вид",
    "Форма собственности",
    "Местность",
    "Обучающихся",
)


def registry_rows(schools: list[School], *, former: bool = False) -> Iterator[list[str | int]]:
    """Rows of the registry with its header; `former` prints the names of the year before."""
    yield list(REGISTRY_COLUMNS)
    for school in schools:
        pupils = round(school.cohort * {"СОШ": 10.4, "ООШ": 9, "НОШ": 4}[school.kind])
        yield [
            school.code,
            school.login,
            school.full_name,
            (former and school.former_name) or school.short_name,
            school.municipality.name,
            school.municipality.code,
            school.kind,
            FOUNDER[school.founder],
            "город" if school.municipality.urban else "село",
            pupils,
        ]
