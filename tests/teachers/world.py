"""The least of a region that the processes of teachers need: its bodies, a municipality, two schools, their people."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.cases.system import System
from app.people.models import Organisation, Person, Position
from app.schools.models import School

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
BODIES = ("region", "ministry", "operator", "centre")
CENTRE = (
    ("pd_center", "Руководитель ЦНППМ", "Ясенева Тамара Олеговна", "centre_head", True),
    ("pd_center", "Методист", "Ольхова Инна Петровна", None, False),
    ("tutor", "Тьютор", "Тополева Ирина Сергеевна", None, False),
    ("tutor", "Тьютор", "Берёзова Алла Юрьевна", None, False),
)
STAFF = {
    "ministry": (("minister", "Министр образования", "Дубов Пётр Ильич", "minister", True),
                 ("ministry", "Главный специалист", "Клёнова Ольга Романовна", None, False),
                 ("auditor", "Аудитор", "Вязова Нина Павловна", None, False)),
    "operator": (("operator_head", "Директор", "Рябинина Надежда Петровна", "operator_head", True),
                 ("regional_operator", "Аналитик", "Калинова Яна Львовна", None, False)),
    "centre": CENTRE,
}  # fmt: skip
TOWN = (
    ("municipal_authority", "Начальник отдела образования", "Осинова Римма Яковлевна", True),
    ("municipal_method_service", "Методист", "Ивнева Лидия Марковна", False),
)
SCHOOL = (
    ("school_head", "Директор", ("Кедрова Жанна Андреевна", "Пихтова Зоя Львовна"), True),
    ("school_deputy", "Заместитель директора", ("Сосняк Инга Олеговна", "Елькина Майя Фёдоровна"), False),
    ("teacher", "Учитель математики", ("Лопухова Анна Игоревна", "Ромашкина Галина Ивановна"), False),
    ("mentor", "Учитель русского языка", ("Мятная Ева Кирилловна", "Шалфеева Юлия Денисовна"), False),
)


def build(system: System, region: str) -> None:
    """Fill an empty database with one region."""
    profile = system.profile(region)
    with system.db.write() as session:
        bodies: dict[str, Organisation] = {}
        for kind in BODIES:
            name = profile.organisations[kind].name.short if kind in profile.organisations else profile.name.nominative
            parent = bodies["region"].id if kind != "region" else None
            bodies[kind] = Organisation(
                region=region, kind=kind, code=f"{kind}-{region}", name=name, short_name=name, parent_id=parent
            )
            session.add(bodies[kind])
            session.flush()
        town = Organisation(
            region=region,
            kind="municipality",
            code="101",
            name="Озерковский округ",
            short_name="Озерковский округ",
            parent_id=bodies["region"].id,
        )
        session.add(town)
        session.flush()
        for kind, staff in STAFF.items():
            for role, title, name, code, head in staff:
                _hire(session, bodies[kind].id, role, title, name, code=code, head=head)
        for role, title, name, head in TOWN:
            _hire(session, town.id, role, title, name, head=head)
        for number, place in enumerate(("Каменнобродская", "Гусиная")):
            school = Organisation(
                region=region,
                kind="school",
                code=f"10100{number + 1}",
                name=f"МОБУ «{place} школа»",
                short_name=f"{place} школа",
                parent_id=town.id,
            )
            session.add(school)
            session.flush()
            session.add(School(id=school.id, region=region, code=school.code, kind="full", municipality_id=town.id))
            for role, title, names, head in SCHOOL:
                _hire(session, school.id, role, title, names[number], head=head)


def _hire(
    session, organisation_id: int, role: str, title: str, name: str, *, code: str | None = None, head: bool = False
) -> None:
    family, given, patronymic = name.split()
    login = f"{role.replace('_', '-')}-{organisation_id}-{len(family)}{len(given)}{len(patronymic)}"
    person = Person(
        login=login, family_name=family, given_name=given, patronymic=patronymic, created_at=NOW,
    )  # fmt: skip
    session.add(person)
    session.flush()
    session.add(
        Position(
            person_id=person.id,
            organisation_id=organisation_id,
            role=role,
            head=head,
            title=title,
            code=code,
            valid_from=date(2025, 9, 1),
            basis="приказ",
        )
    )
