"""`opora user …` and `opora token …`: accounts from the command line, the first administrator among them."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import Any

import click
import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import utcnow
from app.errors import BadInput, NotFound
from app.people import accounts, operations, roles, sessions
from app.people.models import Organisation, Person

json_option = click.option("--json", "as_json", is_flag=True, help="print one JSON object")


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command("add")
@click.argument("login")
@click.option("--name", required=True, help="«Фамилия Имя Отчество»")
@click.option("--position", "places", multiple=True, required=True, help="ROLE@ORG, ORG is code, region/code or id")
@click.option("--title", default="", help="title of the position; the role's own when empty")
@click.option("--head", is_flag=True, help="head of the organisation")
@click.option("--email")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="first day; today when not given")
@click.option("--password-stdin", is_flag=True, help="read the password from stdin; a one-time one is made otherwise")
@json_option
@click.pass_obj
def user_add(
    installation: Any, login: str, places: tuple[str, ...], password_stdin: bool, as_json: bool, **more: Any
) -> None:
    """Add LOGIN, or a position to an existing LOGIN; prints the one-time password of a new account."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with installation.db.write() as session:
        done = add_user(session, login, places=places, password=password, now=utcnow(), **more)
    lines = [f"Учётная запись «{done['login']}», должностей добавлено: {len(places)}."]
    if done["password"]:
        lines.append(f"Одноразовый пароль, действует три дня: {done['password']}")
    _emit(as_json, done, lines)


@user.command("password")
@click.argument("login")
@json_option
@click.pass_obj
def user_password(installation: Any, login: str, as_json: bool) -> None:
    """Make a one-time password for LOGIN; all its sessions end."""
    with installation.db.write() as session:
        person = find_person(session, login)
        password = accounts.reset_password(session, person.id, actor=None, now=utcnow())
    _emit(
        as_json, {"login": person.login, "password": password}, [f"Одноразовый пароль, действует три дня: {password}"]
    )


@user.command("block")
@click.argument("login")
@click.option("--reason", required=True)
@json_option
@click.pass_obj
def user_block(installation: Any, login: str, reason: str, as_json: bool) -> None:
    """Close the account; its sessions and tokens end at once."""
    with installation.db.write() as session:
        person = find_person(session, login)
        operations.block_person(session, person.id, reason=reason, actor=None, now=utcnow())
    _emit(as_json, {"login": person.login}, [f"Учётная запись «{person.login}» закрыта."])


@click.group()
def token() -> None:
    """Bearer tokens of the REST interface."""


@token.command("add")
@click.argument("login")
@click.option("--title", default="", help="what the token is for")
@click.option("--position", "place", help="ROLE@ORG to act in; the first position when not given")
@json_option
@click.pass_obj
def token_add(installation: Any, login: str, title: str, place: str | None, as_json: bool) -> None:
    """Make a token for LOGIN and print it, once."""
    with installation.db.write() as session:
        person = find_person(session, login)
        position_id = _position_of(session, person, place) if place else None
        secret = sessions.add_token(session, person.id, title=title, position_id=position_id, now=utcnow())
    _emit(as_json, {"login": person.login, "token": secret}, [secret])


@token.command("revoke")
@click.argument("login")
@json_option
@click.pass_obj
def token_revoke(installation: Any, login: str, as_json: bool) -> None:
    """Revoke all tokens of LOGIN."""
    with installation.db.write() as session:
        person = find_person(session, login)
        sessions.revoke_tokens(session, person.id, now=utcnow())
    _emit(as_json, {"login": person.login}, [f"Ключи учётной записи «{person.login}» отозваны."])


def add_user(
    session: Session,
    login: str,
    *,
    name: str,
    places: tuple[str, ...],
    now: datetime,
    title: str = "",
    head: bool = False,
    email: str | None = None,
    since: date | datetime | None = None,
    password: str | None = None,
) -> dict[str, Any]:
    """Add a person unless the login exists, and his positions `ROLE@ORG`.

    Returns login, person, positions (ids) and `password`: the one-time one of a new account, else None.
    """
    login = operations.normal_login(login)
    first_day = since.date() if isinstance(since, datetime) else since or now.date()
    person = session.scalar(sa.select(Person).where(Person.login == login))
    made = None
    if person is None:
        person = operations.add_person(session, login, name, email=email, actor=None, now=now)
        made = None if password else accounts.reset_password(session, person.id, actor=None, now=now)
    if password:
        accounts.set_password(session, person.id, password, actor=None, now=now)
    positions = []
    for place in places:
        role, organisation = parse_place(session, place)
        position = operations.add_position(
            session, person.id, organisation.id, role, title=title, head=head or None, valid_from=first_day, actor=None, now=now
        )  # fmt: skip
        positions.append(position.id)
    return {"login": login, "person": person.id, "positions": positions, "password": made}


def parse_place(session: Session, place: str) -> tuple[str, Organisation]:
    """`ROLE@ORG` → role and organisation. ORG: `region/code`, code, short name or id.

    Of organisations of several kinds with one code the role's usual kind is meant. BadInput, NotFound name what is wrong.
    """
    role, at, where = place.partition("@")
    if not at or not where:
        raise BadInput(f"«{place}»: должность пишется как РОЛЬ@ОРГАНИЗАЦИЯ, например school_head@101001.")
    kinds = roles.role(role).kinds
    region, slash, code = where.rpartition("/")
    matches = [Organisation.code == code, Organisation.short_name == code]
    if code.isdigit():
        matches.append(Organisation.id == int(code))
    query = sa.select(Organisation).where(sa.or_(*matches), Organisation.kind.in_(kinds))
    if slash:
        query = query.where(Organisation.region == region)
    found = session.scalars(query.order_by(Organisation.id)).all()
    exact = [row for row in found if row.code == code] or list(found)
    usual = next((kind for kind in kinds if any(row.kind == kind for row in exact)), None)
    exact = [row for row in exact if row.kind == usual]
    if not exact:
        raise NotFound(
            f"Организации «{where}», где есть роль {role}, нет.", advice="Загрузите реестр или проверьте код."
        )
    if len(exact) > 1:
        variants = ", ".join(f"{row.region}/{row.code} ({row.kind}, id {row.id})" for row in exact[:5])
        raise BadInput(f"Организаций «{where}» несколько: {variants}.", advice="Укажите регион и код через «/» или id.")
    return role, exact[0]


def find_person(session: Session, login: str) -> Person:
    row = session.scalar(sa.select(Person).where(Person.login == operations.normal_login(login)))
    if row is None:
        raise NotFound(f"Учётной записи «{login}» нет.")
    return row


def _position_of(session: Session, person: Person, place: str) -> int:
    role, organisation = parse_place(session, place)
    for position in person.positions:
        if position.role == role and position.organisation_id == organisation.id:
            return position.id
    raise NotFound(f"У «{person.login}» нет должности «{place}».")


def _emit(as_json: bool, data: dict[str, Any], lines: list[str]) -> None:
    if as_json:
        click.echo(orjson.dumps(data).decode())
        return
    for line in lines:
        click.echo(line)
