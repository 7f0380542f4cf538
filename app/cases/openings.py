"""Opening a case by hand: what a person's position may open, about whom, what he is asked before it begins.

The pages and the interface for programs ask here, so they cannot disagree; `operations.open_case` asks again under the
lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import search
from app.cases.handlers import Question
from app.cases.models import Case
from app.errors import BadInput, NotAllowed, NotFound, Refused
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.people.roles import ROLES
from app.years import school_year_of

if TYPE_CHECKING:
    from app.cases.system import System

PAGE = 25
OWN = ("own",)
"""What a room says of a kind that is about the place where its opener works."""
OWN_PLACE = {"school": "school", "teacher": "school", "municipality": "municipality", "region": "region"}
"""Level of a role → kind of the organisation that «own» means for it."""


@dataclass(frozen=True)
class Offer:
    """A kind of case that the actor's position may open."""

    kind: str
    name: str
    why: str
    about: tuple[str, ...]
    within: str | None


@dataclass(frozen=True)
class Wish:
    """A checked wish to open: the arguments of `operations.open_case`."""

    kind: str
    subject_id: int
    school_year: int
    data: dict[str, Any] = field(default_factory=dict)
    parent_id: int | None = None


def offers(system: System, actor: Actor) -> list[Offer]:
    """What the actor's position may open in its region, by name."""
    if not policy.may(actor, "case.open"):
        return []
    off = set(system.profile(actor.region).processes_off)
    kinds = [kind for kind, roles in system.handlers.openers.items() if actor.role in roles and kind not in off]
    return sorted((_offer(system, actor, kind) for kind in kinds), key=lambda one: one.name)


def offer(system: System, actor: Actor, kind: str) -> Offer:
    """The offer of one kind. NotFound when nobody opens such cases by hand, NotAllowed when another role does."""
    if kind not in system.handlers.openers:
        raise NotFound("Такие дела не открывают вручную.")
    found = next((one for one in offers(system, actor) if one.kind == kind), None)
    if found is None:
        raise NotAllowed("Такие дела открывает другая роль.", advice="Обратитесь к региональному оператору.")
    return found


def _offer(system: System, actor: Actor, kind: str) -> Offer:
    definition, handlers = system.catalogue.definition(kind), system.handlers
    about = handlers.about[kind]
    if about == OWN:
        about = (OWN_PLACE[ROLES[actor.role].level],)
    why = definition.documentation.split(". ")[0].rstrip(".") + "."
    return Offer(kind, definition.name, why, tuple(about), handlers.within.get(kind))


# about whom ---------------------------------------------------------------------------------------------------------


def subjects(
    session: Session, actor: Actor, about: Sequence[str], *, query: str = "", after: str = "", size: int = PAGE
) -> tuple[list[Organisation], int, str]:
    """Organisations that the actor may open such a case about, by name: a page, how many there are, the next cursor.

    `query` is words of the name or the beginning of the code.
    """
    base = sa.select(Organisation).where(*_eligible(actor, about))
    if text := " ".join(query.split()):
        named = search.found(text, Organisation.short_name, Organisation.name)
        base = base.where(sa.or_(named, Organisation.code.startswith(text, autoescape=True)))
    total = session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    offset = int(after) if after.isdecimal() and len(after) < 8 else 0
    ordered = base.order_by(Organisation.short_name, Organisation.id).offset(offset).limit(size)
    found = list(session.scalars(ordered))
    return found, total, str(offset + size) if offset + size < total else ""


def _eligible(actor: Actor, about: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    return [
        Organisation.region == actor.region,
        Organisation.kind.in_(about),
        Organisation.valid_to.is_(None),
        policy.scope(actor, Organisation),
    ]


def subject(session: Session, actor: Actor, about: Sequence[str], named: int | str) -> Organisation:
    """One of them by its id or code; NotFound for what the actor may not know of, Refused for what is not in the list.

    BadInput when several of the list have the code.
    """
    called = Organisation.id == named if isinstance(named, int) else Organisation.code == named
    listed = session.scalars(sa.select(Organisation).where(called, *_eligible(actor, about)).limit(2)).all()
    if len(listed) > 1:
        raise BadInput("С таким кодом несколько организаций, назовите номер.", items=["subject"])
    if listed:
        return listed[0]
    seen = (called, Organisation.region == actor.region, policy.scope(actor, Organisation))
    kinds = set(session.scalars(sa.select(Organisation.kind).where(*seen)))
    if not kinds:
        raise NotFound("Такой организации нет.")
    if kinds.isdisjoint(about):
        raise Refused("Дело этого вида ведут о другой организации.", advice="Выберите её из списка.")
    raise Refused("Организация закрыта: новых дел о ней не открывают.", advice="Выберите другую из списка.")


def standing(session: Session, actor: Actor, kind: str, subject_id: int) -> list[Case]:
    """Open cases of the kind about the organisation that the actor may read: perhaps no new one is needed."""
    where = (Case.kind == kind, Case.subject_id == subject_id, Case.status == "open", policy.scope(actor, Case))
    return list(session.scalars(sa.select(Case).where(*where).order_by(Case.id.desc()).limit(5)))


# the wish -----------------------------------------------------------------------------------------------------------


def questions(session: Session, system: System, actor: Actor, kind: str, about: Organisation) -> Sequence[Question]:
    """What a room asks before a case of the kind begins."""
    ask = system.handlers.asked.get(kind)
    return ask(session, system, actor, about) if ask else ()


class Unanswered(BadInput):
    """Questions without a fit answer."""

    def __init__(self, asked: Sequence[Question]) -> None:
        super().__init__(f"Выберите: {asked[0].title.lower()}.", items=[one.name for one in asked])
        self.questions = list(asked)


def wish(
    session: Session,
    system: System,
    actor: Actor,
    kind: str,
    named: int | str,
    answers: Mapping[str, Any],
    now: datetime,
    *,
    year: int | None = None,
    within: int | None = None,
) -> Wish:
    """Check everything that can be checked before opening; `year` and `within` where a program names them itself."""
    offered = offer(system, actor, kind)
    about = subject(session, actor, offered.about, named)
    asked = questions(session, system, actor, kind, about)
    data = {one.name: answers.get(one.name) for one in asked}
    if unfit := [one for one in asked if data[one.name] not in list(one.choices)]:
        raise Unanswered(unfit)
    if offered.within is None:
        return Wish(kind, about.id, year or current_year(system, actor, now), data)
    parent = containing(session, actor, offered.within, within)
    return Wish(kind, about.id, parent.school_year, {**data, offered.within: parent.id}, parent.id)


def containing(session: Session, actor: Actor, kind: str, named: int | None = None) -> Case:
    """The open case of the region that a case is opened within: the one named, else the newest of the kind."""
    where = (Case.kind == kind, Case.region == actor.region, Case.status == "open")
    found = sa.select(Case).where(*where, *([Case.id == named] if named is not None else ()))
    parent = session.scalar(found.order_by(Case.id.desc()).limit(1))
    if parent is None and named is not None:
        raise NotFound("Такой открытой кампании нет.")
    if parent is None:
        raise Refused("Сейчас такое дело открыть нельзя: оно ведётся внутри кампании, а открытой кампании нет.")
    return parent


def current_year(system: System, actor: Actor, now: datetime) -> int:
    """The school year that runs in the region."""
    return school_year_of(system.calendar(actor.region).local(now))


def untouched(session: Session, actor: Actor, kind: str, subject_id: int) -> Case | None:
    """A case that this very person opened a moment ago and nobody has moved: a button pressed twice opens one case."""
    where = (
        Case.kind == kind,
        Case.subject_id == subject_id,
        Case.status == "open",
        Case.opened_by == actor.position_id,
        Case.version == 1,
    )
    return session.scalar(sa.select(Case).where(*where).order_by(Case.id.desc()).limit(1))
