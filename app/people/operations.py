"""Organisations, people, positions, assignments: what an administrator does. Each call leaves one record in the journal.

`actor` None is the command line or an import: the machine's own operator. `now` is the moment of the action.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.errors import BadInput, Conflict, NotFound, Refused
from app.people import roles, sessions
from app.people.actor import Actor
from app.people.models import Assignment, Organisation, Person, Position
from app.people.policy import require
from app.people.record import record

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,79}")
LONGEST_NAME = 100
BEGINNING = date(2000, 1, 1)
Row = TypeVar("Row", Organisation, Person, Position, Assignment)


def add_organisation(
    session: Session,
    kind: str,
    code: str,
    name: str,
    *,
    region: str,
    short_name: str = "",
    parent_id: int | None = None,
    valid_from: date = BEGINNING,
    actor: Actor | None,
    now: datetime,
) -> Organisation:
    """Add a node of the region's tree. Conflict when the region has one of this kind and code."""
    if kind not in roles.KIND_TITLES:
        raise BadInput(f"Вида организации «{kind}» нет.", advice="Виды: " + ", ".join(roles.KIND_TITLES) + ".")
    _may_manage(session, actor, region)
    same = sa.select(Organisation.id).where(
        Organisation.region == region, Organisation.kind == kind, Organisation.code == code
    )
    if session.scalar(same) is not None:
        raise Conflict(f"Организация с кодом «{code}» уже есть.", advice="Найдите её в списке организаций.")
    if parent_id is not None and get(session, Organisation, parent_id).region != region:
        raise BadInput("Вышестоящая организация из другого региона.")
    row = Organisation(
        region=region,
        kind=kind,
        code=code.strip(),
        name=_required(name, "наименование"),
        short_name=short_name.strip() or name.strip()[:255],
        parent_id=parent_id,
        valid_from=valid_from,
    )
    session.add(row)
    session.flush()
    record(session, "organisation.added", {"organisation": row.id, "kind": kind, "name": row.name}, actor, now=now)
    return row


_LOGIN = sa.select(Person.id).where(Person.login == sa.bindparam("login"))


def add_person(
    session: Session, login: str, name: str, *, email: str | None = None, actor: Actor | None, now: datetime
) -> Person:
    """Add who may sign in; `name` is «Фамилия Имя Отчество». The password is set apart. Conflict: the login is taken."""
    if actor is not None:
        require(actor, "people.manage")
    login = normal_login(login)
    if not LOGIN.fullmatch(login):
        raise BadInput(
            "Логин не подходит.", advice="Нужны 2–80 знаков: латинские буквы, цифры, точка, дефис, «_», «@»."
        )
    if session.scalar(_LOGIN, {"login": login}) is not None:
        raise Conflict(f"Логин «{login}» занят.", advice="Выберите другой.")
    family, given, patronymic = split_name(name)
    row = Person(
        login=login,
        family_name=family,
        given_name=given,
        patronymic=patronymic,
        email=(email or "").strip() or None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(session, "person.added", {"person": row.id, "login": login, "name": row.full_name}, actor, now=now)
    return row


def add_position(
    session: Session,
    person_id: int,
    organisation_id: int,
    role: str,
    *,
    title: str = "",
    head: bool | None = None,
    code: str | None = None,
    valid_from: date,
    valid_to: date | None = None,
    basis: str = "",
    actor: Actor | None,
    now: datetime,
) -> Position:
    """Give a person a position. BadInput: no such role there, dates; Conflict: the same position on the same days."""
    organisation = get(session, Organisation, organisation_id)
    person = get(session, Person, person_id)
    _may_manage(session, actor, organisation.region)
    roles.check_place(role, organisation.kind)
    check_dates(valid_from, valid_to)
    _refuse_twice(session, person_id, organisation_id, role, valid_from, valid_to)
    row = Position(
        person_id=person.id,
        organisation_id=organisation.id,
        role=role,
        head=role in roles.ALWAYS_HEAD if head is None else head,
        title=title.strip() or roles.ROLES[role].title,
        code=code,
        valid_from=valid_from,
        valid_to=valid_to,
        basis=basis.strip(),
    )
    session.add(row)
    session.flush()
    data = {"position": row.id, "person": person.id, "name": person.listed_name, "organisation": organisation.id}
    data |= {"role": role, "title": row.title, "from": valid_from, "to": valid_to, "basis": row.basis}
    record(session, "position.added", data, actor, now=now)
    return row


def end_position(
    session: Session, position_id: int, last_day: date, *, basis: str, actor: Actor | None, now: datetime
) -> Position:
    """The holder leaves after `last_day`. Substitutions of the position end with it; sessions in it end when it has ended."""
    row = get(session, Position, position_id, lock=True)
    _may_manage(session, actor, row.organisation.region)
    basis = _required(basis, "основание")
    if last_day < row.valid_from:
        raise BadInput("Последний день раньше первого.", advice=f"Первый день должности — {ru(row.valid_from)}.")
    if actor is not None and actor.position_id == row.id and actor.behalf_of is None:
        raise Refused("Свою должность завершить нельзя.", advice="Это сделает другой администратор.")
    row.valid_to = last_day
    tell_left(session, row, now)
    if last_day < now.date():
        sessions.revoke_position(session, row.id, now=now)
    data = {"position": row.id, "person": row.person_id, "name": row.person.listed_name, "to": last_day, "basis": basis}
    record(session, "position.ended", data, actor, now=now)
    return row


def tell_left(session: Session, position: Position, now: datetime) -> None:
    """Say, when the last day is over, that the position has ended: what its holder had in hand goes to others."""
    assert position.valid_to is not None
    day = datetime.combine(position.valid_to + timedelta(days=1), time.min, UTC)
    key = f"left:{position.id}:{position.valid_to.isoformat()}"
    outbox.post(session, outbox.Letter("left", key, {"position": position.id}, due_at=max(day, now)), now)


def assign(
    session: Session,
    position_id: int,
    organisation_id: int,
    *,
    valid_from: date,
    valid_to: date | None = None,
    basis: str = "",
    case_id: int | None = None,
    actor: Actor | None,
    now: datetime,
) -> Assignment:
    """Assign a curator, tutor, expert or mentor to an organisation. The one asking has been allowed by the case's task."""
    position = get(session, Position, position_id)
    organisation = get(session, Organisation, organisation_id)
    check_dates(valid_from, valid_to)
    if position.organisation_id == organisation_id:
        raise Refused("Куратора нельзя назначить своей же школе.", advice="Выберите сотрудника другой организации.")
    if position.organisation.region != organisation.region:
        raise Refused("Организация из другого региона.")
    same = sa.select(Assignment.id).where(
        Assignment.position_id == position_id,
        Assignment.organisation_id == organisation_id,
        overlaps(Assignment, valid_from, valid_to),
    )
    if session.scalar(same.limit(1)) is not None:
        raise Conflict("Этот сотрудник уже закреплён за организацией на эти дни.")
    row = Assignment(
        position_id=position_id,
        organisation_id=organisation_id,
        valid_from=valid_from,
        valid_to=valid_to,
        basis=basis.strip(),
        case_id=case_id,
    )
    session.add(row)
    session.flush()
    data = {"assignment": row.id, "position": position_id, "organisation": organisation_id, "from": valid_from}
    record(session, "assignment.added", data | {"to": valid_to, "basis": row.basis}, actor, now=now)
    return row


def block_person(session: Session, person_id: int, *, reason: str, actor: Actor | None, now: datetime) -> Person:
    """Close the account: sessions and tokens end at once. Refused for oneself."""
    row = _managed_person(session, person_id, actor)
    if actor is not None and actor.person_id == row.id:
        raise Refused("Свою учётную запись закрыть нельзя.", advice="Это сделает другой администратор.")
    reason = _required(reason, "причину")
    if row.blocked_at is None:
        row.blocked_at = now
        sessions.revoke_all(session, row.id, now=now)
        sessions.revoke_tokens(session, row.id, now=now)
        data = {"person": row.id, "name": row.listed_name, "reason": reason}
        record(session, "person.blocked", data, actor, now=now)
    return row


def unblock_person(session: Session, person_id: int, *, reason: str, actor: Actor | None, now: datetime) -> Person:
    """Open the account again; the old sessions and tokens stay ended."""
    row = _managed_person(session, person_id, actor)
    if row.blocked_at is not None:
        row.blocked_at = None
        data = {"person": row.id, "name": row.listed_name, "reason": _required(reason, "причину")}
        record(session, "person.unblocked", data, actor, now=now)
    return row


def get(session: Session, model: type[Row], key: int, *, lock: bool = False) -> Row:
    """The row or NotFound; `lock` takes it FOR UPDATE."""
    row = session.get(model, key, with_for_update=lock or None)
    if row is None:
        raise NotFound("Такой записи нет.")
    return row


def normal_login(login: str) -> str:
    return login.replace("\0", "").strip().casefold()


def split_name(name: str) -> tuple[str, str, str]:
    """«Кречетова Нина Викторовна» → family, given name, patronymic (may be empty). BadInput without a given name."""
    parts = name.split()
    if len(parts) < 2:
        raise BadInput("Имя неполное.", advice="Напишите фамилию, имя и отчество (если оно есть).")
    if any(len(part) > LONGEST_NAME for part in (parts[0], parts[1], " ".join(parts[2:]))):
        raise BadInput("Имя слишком длинное.", advice=f"В каждой части не больше {LONGEST_NAME} знаков.")
    return parts[0], parts[1], " ".join(parts[2:])


def overlaps(table: type[Position] | type[Assignment], first: Any, last: Any) -> sa.ColumnElement[bool]:
    """SQL: the row's days and `first … last` have a common day."""
    return sa.and_(
        table.valid_from <= (date.max if last is None else last), sa.or_(table.valid_to.is_(None), table.valid_to >= first)
    )  # fmt: skip


def check_dates(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise BadInput("Последний день раньше первого.", advice=f"Укажите {ru(first)} или позже.")


def ru(day: date) -> str:
    return f"{day:%d.%m.%Y}"


_SAME = (
    sa.select(Position.id)
    .where(Position.person_id == sa.bindparam("person"), Position.organisation_id == sa.bindparam("organisation"))
    .where(Position.role == sa.bindparam("role"), overlaps(Position, sa.bindparam("first"), sa.bindparam("last")))
    .limit(1)
)


def _refuse_twice(
    session: Session, person_id: int, organisation_id: int, role: str, first: date, last: date | None
) -> None:
    held = {"person": person_id, "organisation": organisation_id, "role": role}
    if session.scalar(_SAME, {**held, "first": first, "last": last or date.max}) is not None:
        raise Conflict("Эта должность у сотрудника на эти дни уже есть.", advice="Завершите прежнюю или смените даты.")


def _managed_person(session: Session, person_id: int, actor: Actor | None) -> Person:
    row = get(session, Person, person_id, lock=True)
    if actor is not None:
        require(actor, "people.manage", row)
    return row


def _may_manage(session: Session, actor: Actor | None, region: str) -> None:
    if actor is None:
        return
    require(actor, "people.manage")
    if actor.region != region:
        raise NotFound("Такой записи нет.")


def _required(text: str, what: str) -> str:
    if not text.strip():
        raise BadInput(f"Укажите {what}.")
    return text.strip()
