"""Who is to do a task: from the lane of the diagram to a role in an organisation, or to one position."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.errors import Refused
from app.people.models import Organisation, Position
from app.people.roles import CASE_ROLES, ROLES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.cases.move import Move

SERVICE_ROLES = ("municipal_method_service", "subject_union")
REGION_KINDS = ("ministry", "operator", "centre", "partner")


@dataclass(frozen=True)
class Holder:
    """`role` may be `a|b` when both are held in the same organisation; `position_id` narrows it to one position."""

    role: str
    head: bool
    organisation_id: int
    position_id: int | None = None


def holder(move: Move, lane: str, item: str | None, process: str = "") -> Holder:
    """Resolve a lane within the case's scope. `a|b`: the role of who opened the case, else every one held in the place of the first.

    `process` is where the task is drawn: a called process may have roles of its own, whoever calls it.
    Refused when the region has no such organisation: the move is taken back and says which one is missing.
    """
    base, _, suffix = lane.partition(".")
    options = re.split(r"[|,]\s*", base)
    head = suffix == "head"
    rules = move.system.handlers.roles
    own = next((f"{o}." for o in (process, move.case.kind) if f"{o}.{options[0]}" in rules), "")
    if own or options[0] in CASE_ROLES or options[0] in rules:
        return _by_case(move, options[0], item, own)
    return by_place(move, options, head=head)


def by_place(move: Move, options: Sequence[str], *, head: bool = False) -> Holder:
    """Roles held where the case's subject is, or above it. Refused when the region has no such organisation."""
    opener = move.opener if len(options) > 1 else None
    if opener is not None and opener.role in options:
        return Holder(opener.role, head, opener.organisation_id)
    body = partial(move.system.body, move.session)
    seats = {role: seat(move.session, move.case.region, move.case.subject_id, role, body=body) for role in options}
    first = seats[options[0]]
    if first is None:
        title = ROLES[options[0]].title if options[0] in ROLES else options[0]
        raise Refused(
            f"Некому поручить: в регионе нет организации для роли «{title}».",
            advice="Заведите организацию и должность.",
        )
    together = dict.fromkeys(one.role for one in seats.values() if one is not None and one.place == first.place)
    return Holder("|".join(together), head and not first.instead, first.place)


def _by_case(move: Move, role: str, item: str | None, own: str) -> Holder:
    """By the rule of the process (`own` is its prefix), else by the one that all processes share."""
    move.settle()
    rule = move.system.handlers.roles.get(f"{own}{role}") or move.system.handlers.roles.get(role)
    found = rule(move, item) if rule else None
    if isinstance(found, Holder):
        return found
    position_id = found
    if position_id is None and role == "author":
        position_id = move.case.opened_by
    if position_id is None:
        title = CASE_ROLES.get(role) or ROLES[role].title
        raise Refused(
            f"Не найдено, кто в этом деле «{title}».",
            advice="Проверьте должности и замещения в организации.",
        )
    position = move.session.get_one(Position, position_id)
    return Holder(position.role, position.head, position.organisation_id, position_id)


@dataclass(frozen=True)
class Seat:
    """Where a role is held and as what; `instead`: by the region's body, because the role's own place is not there."""

    role: str
    place: int
    instead: bool = False


def seat(
    session: Session, region: str, subject_id: int, role: str, *, body: Callable[[str, str], int | None] | None = None
) -> Seat | None:
    """The organisation where `role` is held for a case about `subject_id`: the school, its municipality or the region's body.

    Of a school without an education authority of its own the ministry's people do the municipality's part, as such.
    `body` finds the region's organisation of a kind; it is asked of the database when nobody remembers it.
    """
    known = ROLES.get(role)
    if known is None:
        return None
    subject = session.get_one(Organisation, subject_id)
    if known.level in ("school", "teacher") and subject.kind == "school" and role != "curator":
        return Seat(role, subject.id)
    instead = False
    if known.level == "municipality":
        municipality = municipality_of(session, subject)
        if municipality is not None:
            service = _method_service(session, municipality) if role in SERVICE_ROLES else None
            return Seat(role, service or municipality)
        known, role, instead = ROLES["ministry"], "ministry", True
    kinds = [kind for kind in known.kinds if kind in REGION_KINDS]  # the role's usual place first
    bodies = (body(region, kind) if body else body_of(session, region, kind) for kind in kinds)
    found = next((found for found in bodies if found is not None), None)
    return Seat(role, found, instead) if found is not None else None


def place(
    session: Session, region: str, subject_id: int, role: str, *, body: Callable[[str, str], int | None] | None = None
) -> int | None:
    """The organisation of the seat."""
    found = seat(session, region, subject_id, role, body=body)
    return found.place if found is not None else None


_BODY = (
    sa.select(Organisation.id)
    .where(Organisation.region == sa.bindparam("region"), Organisation.kind == sa.bindparam("kind"))
    .order_by(Organisation.id)
    .limit(1)
)
_METHOD_SERVICE = (
    sa.select(Organisation.id)
    .where(Organisation.parent_id == sa.bindparam("municipality"), Organisation.kind == "method_service")
    .where(Organisation.valid_to.is_(None))
    .order_by(Organisation.id)
    .limit(1)
)


def body_of(session: Session, region: str, kind: str) -> int | None:
    """The region's organisation of a kind; the oldest when there are several."""
    return session.scalar(_BODY, {"region": region, "kind": kind})


def _method_service(session: Session, municipality_id: int) -> int | None:
    return session.scalar(_METHOD_SERVICE, {"municipality": municipality_id})


def municipality_of(session: Session, subject: Organisation) -> int | None:
    """The municipality that an organisation belongs to, itself if it is one; None for what stands under the region."""
    node: Organisation | None = subject
    while node is not None and node.kind != "municipality":
        node = session.get(Organisation, node.parent_id) if node.parent_id else None
    return node.id if node is not None else None
