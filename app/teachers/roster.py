"""Who teaches in a school: the roster makes people and positions only where they are missing.

Rows that the system prepared know their position; a typed name is matched with the staff of the school, and with the
region when it is said that the teacher works elsewhere too. A new person gets a position of a teacher and no password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.models import Task
from app.cases.move import Move
from app.errors import BadInput
from app.people.actor import ON, in_force
from app.people.models import Organisation, Person, Position
from app.people.operations import split_name
from app.teachers import moves
from app.teachers.common import known, subjects_of, year_dates
from app.teachers.models import Teacher, TeacherSubject

STAFF = ("teacher", "mentor", "school_head", "school_deputy")
LEADERS = ("school_head", "school_deputy")


def context(ask: Asking) -> Values:
    """The staff known so far, last year's roster laid over it."""
    profile, school, today = ask.profile, ask.case.subject_id, ask.today
    staff = (
        sa.select(Position, Person, Teacher)
        .join(Person, Person.id == Position.person_id)
        .outerjoin(Teacher, sa.and_(Teacher.person_id == Person.id, Teacher.school_id == school))
        .where(Position.organisation_id == school, Position.role.in_(STAFF), in_force(Position, today))
        .order_by(Person.family_name, Person.given_name, Person.id, Position.id)
    )
    found: dict[int, Teacher | None] = {}
    rows = []
    for position, person, teacher in ask.session.execute(staff):
        if person.id not in found and (teacher is None or teacher.left_on is None):
            found[person.id] = teacher
            rows.append((position, person, teacher))
    subjects = subjects_of(ask.session, [t.id for t in found.values() if t is not None])
    return {
        "choices": {"subject": dict(profile.dictionaries["subject"])},
        "rows": {"teachers": [_prepared(*row, subjects) for row in rows]},
        "known": known(("С чем ознакомить педагогов", profile.teachers.consent.processing)),
        "dates": year_dates(ask.case.school_year, today),
    }


def _prepared(
    position: Position, person: Person, teacher: Teacher | None, subjects: dict[int, list[str]]
) -> dict[str, Any]:
    row = {"row": position.id, "name": person.full_name, "post": position.title, "email": person.email}
    if teacher is None:
        return {**row, "leader": position.role in LEADERS, "takes_part": True, "subjects": []}
    return {
        **row,
        "post": teacher.post,
        "subjects": subjects.get(teacher.id, []),
        "hours": teacher.hours,
        "leader": teacher.leader,
        "takes_part": teacher.takes_part,
        "reason": teacher.reason,
        "compulsory": True,
    }


def write(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The whole roster or nothing: what cannot be matched is told row by row."""
    roster = _Roster(move)
    for number, row in enumerate(answers["teachers"], 1):
        roster.take(number, row)
    roster.finish()
    move.record("roster.written", school=move.case.subject_id, teachers=len(roster.used), added=roster.added)
    moves.follow(move, roster.used)
    return None


_HELD = (
    sa.select(Position)
    .where(Position.person_id == sa.bindparam("person"), Position.organisation_id == sa.bindparam("school"))
    .where(Position.role.in_(STAFF), in_force(Position, ON))
    .order_by(Position.id)
    .limit(1)
)


def _people_named(place: sa.ColumnElement[bool]) -> sa.Select:
    working = (
        sa.select(Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(place, Organisation.region == sa.bindparam("region"), Organisation.kind == "school")
    )
    return (
        sa.select(Person)
        .where(Person.family_name == sa.bindparam("family"), Person.given_name == sa.bindparam("given"))
        .where(Person.patronymic == sa.bindparam("patronymic"), Person.id.in_(working))
        .order_by(Person.id)
    )


_NAMED_HERE = _people_named(Position.organisation_id == sa.bindparam("school"))
_NAMED_ELSEWHERE = _people_named(Position.organisation_id != sa.bindparam("school"))


@dataclass
class _Roster:
    move: Move
    used: set[int] = field(default_factory=set)
    wrong: list[dict[str, str]] = field(default_factory=list)
    added: int = 0

    def __post_init__(self) -> None:
        self.session: Session = self.move.session
        self.school = self.move.subject
        self.today: date = self.move.system.calendar(self.move.case.region).local(self.move.now)

    def take(self, number: int, row: dict[str, Any]) -> None:
        """One row: its person, his position here, what is known of his work."""
        position = self._position(number, row)
        if position is None:
            return
        self.used.add(position.person_id)
        person = self.session.get_one(Person, position.person_id)
        if row.get("email") and not person.email:
            person.email = row["email"]
        self._teacher(position, row)

    def _position(self, number: int, row: dict[str, Any]) -> Position | None:
        if row.get("row") is not None:
            known = self.session.get(Position, int(row["row"]))
            if known is None or known.organisation_id != self.school.id:
                self._refuse(number, "Этой должности в школе нет: обновите страницу")
                return None
            return known
        person = self._person(number, row)
        if person is None:
            return None
        asked = {"person": person.id, "school": self.school.id, "on": self.today}
        return self.session.scalar(_HELD, asked) or self._hired(person, row["post"])

    def _person(self, number: int, row: dict[str, Any]) -> Person | None:
        name, mail = row["name"], row.get("email")
        here = [p for p in self._named(name, here=True) if p.id not in self.used and mail in (None, p.email)]
        if here:
            return here[0]
        if not row.get("elsewhere"):
            return self._made(name, mail)
        found = [p for p in self._named(name, here=False) if mail in (None, p.email)]
        if len(found) == 1:
            return found[0]
        why = "в регионе есть тёзки, укажите служебную почту" if found else "в других школах не найден"
        self._refuse(number, f"{name}: {why}")
        return None

    def _refuse(self, number: int, text: str) -> None:
        self.wrong.append({"row": str(number), "text": text})

    def _named(self, name: str, *, here: bool) -> list[Person]:
        family, given, patronymic = split_name(name)
        named = {"family": family, "given": given, "patronymic": patronymic}
        asked = {**named, "school": self.school.id, "region": self.move.case.region}
        return list(self.session.scalars(_NAMED_HERE if here else _NAMED_ELSEWHERE, asked))

    def _made(self, name: str, mail: str | None) -> Person:
        family, given, patronymic = split_name(name)
        person = Person(
            login=self._login(),
            family_name=family,
            given_name=given,
            patronymic=patronymic,
            email=mail,
            created_at=self.move.now,
        )
        self.session.add(person)
        self.session.flush()
        self.added += 1
        self.move.record("person.added", person=person.id, login=person.login, name=person.full_name)
        return person

    def _login(self) -> str:
        prefix = f"t{self.school.code}-"
        numbers = count(len(self._logins) + 1)
        login = next(one for number in numbers if (one := f"{prefix}{number}") not in self._logins)
        self._logins.add(login)
        return login

    @cached_property
    def _logins(self) -> set[str]:
        given = sa.select(Person.login).where(Person.login.startswith(f"t{self.school.code}-", autoescape=True))
        return set(self.session.scalars(given))

    @cached_property
    def _listed(self) -> dict[int, Teacher]:
        known = self.session.scalars(sa.select(Teacher).where(Teacher.school_id == self.school.id))
        return {teacher.person_id: teacher for teacher in known}

    def _hired(self, person: Person, post: str) -> Position:
        position = Position(
            person_id=person.id,
            organisation_id=self.school.id,
            role="teacher",
            head=False,
            title=post,
            valid_from=self.today,
            basis=f"список педагогов, дело № {self.move.case.id}",
        )
        self.session.add(position)
        self.session.flush()
        facts = {"position": position.id, "person": person.id, "organisation": self.school.id, "role": "teacher"}
        self.move.record("position.added", **facts, title=post, basis=position.basis)
        return position

    def _teacher(self, position: Position, row: dict[str, Any]) -> None:
        teacher = self._listed.get(position.person_id)
        if teacher is not None:
            self.session.execute(sa.delete(TeacherSubject).where(TeacherSubject.teacher_id == teacher.id))
        else:
            teacher = Teacher(person_id=position.person_id, school_id=self.school.id, listed_on=self.today)
            self.session.add(teacher)
            self._listed[position.person_id] = teacher
        leaves = row.get("reason") == "dismissal"
        teacher.position_id, teacher.post, teacher.leader = position.id, row["post"], bool(row["leader"])
        teacher.hours, teacher.takes_part, teacher.reason = row.get("hours"), bool(row["takes_part"]), row.get("reason")
        teacher.left_on, teacher.case_id = (self.today if leaves else None), self.move.case.id
        self.session.flush()
        if row.get("subjects"):
            subjects = [{"teacher_id": teacher.id, "subject": code} for code in dict.fromkeys(row["subjects"])]
            self.session.execute(sa.insert(TeacherSubject), subjects)

    def finish(self) -> None:
        if self.wrong:
            words = "; ".join(f"строка {item['row']}: {item['text']}" for item in self.wrong[:5])
            more = f" и ещё строк: {len(self.wrong) - 5}" if len(self.wrong) > 5 else ""
            raise BadInput(f"Список не записан. {words}{more}.", items=self.wrong)
