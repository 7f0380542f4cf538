"""Organisations and people of a demo region: every role of the processes has somebody to sign in as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from app.demo.names import full_name
from app.demo.parameters import RegionParameters
from app.demo.schools import Municipality, School

PASSWORD = "opora-demo"  # noqa: S105 - the one password of all demo accounts; demo mode serves the loopback only


@dataclass(frozen=True)
class Organisation:
    """`key` is unique within the region, `kind` as in the tree; `code` is of the profile, «Код МСУ» or «Код ОО»."""

    key: str
    kind: str
    name: str
    short_name: str
    parent: str
    code: str = ""


@dataclass(frozen=True)
class Person:
    """One account with one position; `head` marks the руководитель, `position` the place in approval sheets."""

    login: str
    full_name: str
    title: str
    role: str
    organisation: str
    head: bool = False
    position: str = ""


@dataclass(frozen=True)
class Substitution:
    """`by` acts for `whom` in the days given."""

    whom: str
    by: str
    first_day: str
    last_day: str
    basis: str


@dataclass(frozen=True)
class Teacher:
    """A teacher without an account: the least that routes and indicators need."""

    key: str
    full_name: str
    subject: str
    school: str
    login: str = ""


SUBJECTS = (
    "русский язык",
    "математика",
    "начальные классы",
    "иностранный язык",
    "физика",
    "история/обществознание",
    "биология",
    "география",
    "информатика",
    "химия",
)


def organisations(
    parameters: RegionParameters, towns: Iterable[Municipality], schools: Iterable[School]
) -> list[Organisation]:
    """The tree from the ministry down; a school without a municipal authority stands under the ministry."""
    made = [
        Organisation(
            place.key, place.kind, place.name, place.short, "" if place.kind == "ministry" else "ministry", place.code
        )
        for place in parameters.organisations
    ]
    for town in towns:
        where = town.genitive
        authority, service = f"municipality-{town.code}", f"method-{town.code}"
        name, short = f"Управление образования администрации {where}", f"Управление образования {where}"
        made.append(Organisation(authority, "municipality", name, short, "ministry", town.code))
        name, short = f"Муниципальная методическая служба {where}", f"ММС {where}"
        made.append(Organisation(service, "method_service", name, short, authority, town.code))
    for school in schools:
        parent = f"municipality-{school.municipality.code}" if school.under_municipality else "ministry"
        made.append(
            Organisation(f"school-{school.code}", "school", school.full_name, school.short_name, parent, school.code)
        )
    return made


def people(
    parameters: RegionParameters,
    towns: Iterable[Municipality],
    schools: Iterable[School],
    listed: Iterable[str],
    random: Random,
) -> list[Person]:
    """Accounts of all roles; deputies only where a school is listed, curators among heads of other schools."""
    made = [
        Person(post.login, str(full_name(random)), post.title, post.role, post.org, post.head, post.position)
        for post in parameters.posts
    ]
    for town in towns:
        made.extend(_municipal(town, random))
    chosen = set(listed)
    for school in schools:
        made.extend(_of_school(school, school.code in chosen, random))
    return made


def _municipal(town: Municipality, random: Random) -> Iterator[Person]:
    authority, service = f"municipality-{town.code}", f"method-{town.code}"
    rows = (
        ("mouo", "Начальник управления образования", "municipal_authority", authority, True),
        ("mouo2", "Главный специалист управления образования", "municipal_authority", authority, False),
        ("mms", "Руководитель методической службы", "municipal_method_service", service, True),
        ("mmo", "Руководитель муниципального методического объединения", "subject_union", service, False),
    )
    for login, title, role, organisation, head in rows:
        yield Person(f"{login}-{town.code}", str(full_name(random)), title, role, organisation, head)


def _of_school(school: School, listed: bool, random: Random) -> Iterator[Person]:
    key = f"school-{school.code}"
    yield Person(key, str(full_name(random)), "Директор", "school_head", key, True)
    if listed:
        title = "Заместитель директора по учебно-воспитательной работе"
        yield Person(f"deputy-{school.code}", str(full_name(random)), title, "school_deputy", key)
        yield Person(f"teacher-{school.code}", str(full_name(random)), "Учитель математики", "teacher", key)
        yield Person(f"mentor-{school.code}", str(full_name(random)), "Учитель русского языка", "mentor", key)


def curators(schools: Iterable[School], listed: Iterable[str]) -> dict[str, str]:
    """Login of the head of another, larger school of the same municipality for each listed school that has one."""
    chosen = set(listed)
    by_town: dict[str, list[str]] = {}
    made = sorted(schools, key=lambda school: (-school.cohort, school.code))
    for school in made:
        if school.kind == "СОШ" and school.under_municipality and school.code not in chosen:
            by_town.setdefault(school.municipality.code, []).append(school.code)
    return {
        school.code: f"school-{donors[index % len(donors)]}"
        for index, school in enumerate(s for s in made if s.code in chosen)
        if (donors := by_town.get(school.municipality.code))
    }


def substitutions(parameters: RegionParameters) -> list[Substitution]:
    """The minister is away and the first deputy signs; the analyst's colleague stands in for a week."""
    n = parameters.number
    minister, deputy = (
        next(p.login for p in parameters.posts if p.role == role) for role in ("minister", "controller")
    )
    return [
        Substitution(minister, deputy, "2026-11-02", "2026-11-20", "Приказ об отпуске № 14-к"),
        Substitution(f"analyst-{n}", f"operator-{n}", "2026-11-09", "2026-11-15", "Приказ об отпуске № 31-л"),
    ]


def teachers(
    schools: Iterable[School], listed: Iterable[str], people: Iterable[Person], random: Random
) -> list[Teacher]:
    """About twenty teachers of every listed school, the smallest have eight; the two with accounts come first."""
    chosen, made = set(listed), []
    accounts = {person.login: person.full_name for person in people}
    for school in schools:
        if school.code not in chosen:
            continue
        size = max(8, min(36, round(8 + school.cohort * 0.8)))
        for turn in range(size):
            login = f"{('mentor', 'teacher')[turn]}-{school.code}" if turn < 2 else ""
            name = accounts.get(login) or str(full_name(random, woman=random.random() < 0.85))
            subject = SUBJECTS[turn % len(SUBJECTS)]
            made.append(Teacher(f"{school.code}-{turn + 1:02d}", name, subject, school.code, login))
    return made
