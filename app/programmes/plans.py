"""Reading of plans: rows in force, an edition as it was, two editions compared row by row, people, the like of another school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders
from app.cases.models import Case
from app.people import policy
from app.people.actor import ON, in_force
from app.people.models import Organisation, Person, Position
from app.programmes.mentoring import serving
from app.programmes.models import PlanRow
from app.programmes.plan_models import AssignmentCard, Roadmap, RoadmapEdition

COMPARED = ("section", "text", "direction", "starts_on", "due_on", "responsible_id", "expected")
TOLD = {
    "section": "риск",
    "text": "мероприятие",
    "direction": "направление",
    "starts_on": "начало",
    "due_on": "окончание",
    "responsible_id": "ответственный",
    "expected": "ожидаемый результат",
    "audience": "участники",
    "target": "показатель",
    "evidence": "подтверждение",
    "partner": "партнёр",
    "resource": "нужен ресурс",
}
KEPT = ("audience", "target", "evidence", "partner", "resource")


# rows -------------------------------------------------------------------------------------------------------------


_ROWS = sa.select(PlanRow).where(PlanRow.case_id == sa.bindparam("case")).order_by(PlanRow.number)
_STANDING = _ROWS.where(PlanRow.dropped_in.is_(None))
_OF_EDITION = _ROWS.where(
    PlanRow.edition <= sa.bindparam("edition"),
    sa.or_(PlanRow.dropped_in.is_(None), PlanRow.dropped_in > sa.bindparam("edition")),
)


def rows(session: Session, case_id: int, edition: int | None = None) -> Sequence[PlanRow]:
    """Rows of an edition in the order of their numbers; of the newest one when none is named."""
    if edition is None:
        return session.scalars(_STANDING, {"case": case_id}).all()
    return session.scalars(_OF_EDITION, {"case": case_id, "edition": edition}).all()


def passport(session: Session, case_id: int, edition: int) -> dict[str, Any]:
    """What an edition says beside its rows."""
    found = session.get(RoadmapEdition, (case_id, edition))
    return dict(found.data) if found else {}


def targets(session: Session, roadmap: Roadmap, edition: int | None = None) -> list[dict[str, Any]]:
    """Indicators of an edition: factor, name, unit, base, target, measured."""
    return list(passport(session, roadmap.case_id, edition or roadmap.edition).get("targets", ()))


def values_of(row: PlanRow) -> dict[str, Any]:
    """A row as plain values: what is compared between editions."""
    found = {name: getattr(row, name) for name in COMPARED}
    return {**found, **{name: row.data.get(name) for name in KEPT}}


# two editions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A row in two editions. `kind`: same, changed, added, dropped; `changes`: field in words → (before, after)."""

    number: int
    kind: str
    before: PlanRow | None
    after: PlanRow | None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def compare(session: Session, case_id: int, earlier: int, later: int) -> list[Difference]:
    """Rows of two editions by their numbers, which a row keeps for good."""
    old = {row.number: row for row in rows(session, case_id, earlier)}
    new = {row.number: row for row in rows(session, case_id, later)}
    return [_difference(number, old.get(number), new.get(number)) for number in sorted(old.keys() | new.keys())]


def _difference(number: int, before: PlanRow | None, after: PlanRow | None) -> Difference:
    if before is None or after is None:
        return Difference(number, "added" if before is None else "dropped", before, after)
    if before.id == after.id:
        return Difference(number, "same", before, after)
    old, new = values_of(before), values_of(after)
    changes = {TOLD[name]: (old[name], new[name]) for name in old if old[name] != new[name]}
    return Difference(number, "changed" if changes else "same", before, after, changes)


def compare_passports(session: Session, case_id: int, earlier: int, later: int) -> dict[str, tuple[Any, Any]]:
    """What differs beside the rows: title, goal, term, tasks, indicators."""
    old, new = passport(session, case_id, earlier), passport(session, case_id, later)
    return {name: (old.get(name), new.get(name)) for name in old | new if old.get(name) != new.get(name)}


# who --------------------------------------------------------------------------------------------------------------


def people_of(session: Session, organisation_id: int, on: date) -> dict[int, str]:
    """Person id → listed name of who works there on a day; namesakes are told apart by their posts."""
    found = session.execute(
        sa.select(Person, Position.title)
        .join(Position, Position.person_id == Person.id)
        .where(
            Position.organisation_id == organisation_id,
            in_force(Position, on),
            Position.role.in_(sorted(policy.WORKERS)),
        )
        .order_by(Person.family_name, Person.given_name, Position.id)
    ).all()
    names: dict[int, tuple[str, str]] = {}
    for person, title in found:
        names.setdefault(person.id, (person.listed_name, title))
    listed = [name for name, _ in names.values()]
    return {
        key: f"{name}, {title}" if listed.count(name) > 1 and title else name for key, (name, title) in names.items()
    }


_HELD = (
    sa.select(Position.id)
    .where(Position.organisation_id == sa.bindparam("organisation"), in_force(Position, ON))
    .limit(1)
)
_OF_PERSON = _HELD.where(
    Position.person_id == sa.bindparam("person"), Position.role.in_(sorted(policy.WORKERS))
).order_by(Position.head, Position.id)
_IN_ROLE = _HELD.where(Position.role == sa.bindparam("role"))
_HOLDER, _HEAD = _IN_ROLE.order_by(Position.head, Position.id), _IN_ROLE.order_by(Position.head.desc(), Position.id)


def position_of(session: Session, person_id: int | None, organisation_id: int, on: date) -> int | None:
    """The position in which a person works in an organisation on a day."""
    return session.scalar(_OF_PERSON, {"person": person_id, "organisation": organisation_id, "on": on})


def holder_of(session: Session, organisation_id: int | None, role: str, on: date) -> int | None:
    """A position that holds a role in an organisation, not the head's when there is another."""
    return session.scalar(_HOLDER, {"organisation": organisation_id, "role": role, "on": on})


def head_of(session: Session, organisation_id: int | None, role: str, on: date) -> int | None:
    """The head of an organisation in a role, else whoever holds the role."""
    return session.scalar(_HEAD, {"organisation": organisation_id, "role": role, "on": on})


def curator_of(session: Session, region: str, school_id: int, on: date) -> int | None:
    """The school's curator on a day; while there is none, who stands in."""
    return serving.beside(session, region, school_id, "curator", on)


def municipality_head(session: Session, region: str, school_id: int, on: date) -> int | None:
    """Who agrees for the municipality; for a school without an education authority, the ministry's head."""
    place = holders.place(session, region, school_id, "municipal_authority")
    kind = session.get_one(Organisation, place).kind if place else ""
    role = "municipal_authority" if kind == "municipality" else "ministry"
    return head_of(session, place, role, on)


def leaderless(session: Session, roadmap: Roadmap, on: date) -> list[PlanRow]:
    """Rows not done yet whose responsible person does not work at the school any more."""
    left = [row for row in rows(session, roadmap.case_id) if row.result is None]
    working = people_of(session, roadmap.school_id, on)
    return [row for row in left if row.responsible_id not in working]


# the programme of a school ----------------------------------------------------------------------------------------


def roadmap_of(session: Session, school_id: int, school_year: int) -> Roadmap | None:
    """The newest programme of a school for a school year: begun in it, or of several years and covering its lessons.

    One of last year that ends in summer is not a programme of the next.
    """
    first, last = date(school_year, 9, 1), date(school_year + 1, 5, 31)
    covers = sa.and_(Roadmap.starts_on <= last, Roadmap.ends_on >= first, Roadmap.school_year < school_year)
    found = (
        sa.select(Roadmap)
        .join(Case, Case.id == Roadmap.case_id)
        .where(
            Roadmap.school_id == school_id,
            sa.or_(Roadmap.school_year == school_year, covers),
            Case.status != "cancelled",
        )
        .order_by(Roadmap.case_id.desc())
    )
    return session.scalar(found.limit(1))


def approved_roadmap(session: Session, school_id: int, school_year: int) -> Roadmap | None:
    """The programme in force in a school year; None until it is approved and agreed."""
    found = roadmap_of(session, school_id, school_year)
    return found if found is not None and found.approved_edition is not None else None


def stages_done(session: Session, school_id: int, school_year: int) -> bool:
    """Did the programme of that year come to its final report?"""
    found = roadmap_of(session, school_id, school_year)
    return found is not None and found.finished_at is not None


def execution(session: Session, case_id: int) -> dict[int, AssignmentCard]:
    """Plan row id → its assignment."""
    found = sa.select(AssignmentCard).join(PlanRow, PlanRow.id == AssignmentCard.plan_row_id)
    cards = session.scalars(found.where(PlanRow.case_id == case_id).order_by(AssignmentCard.case_id))
    return {card.plan_row_id: card for card in cards if card.plan_row_id is not None}


def alike(session: Session, roadmap: Roadmap) -> tuple[str, int] | None:
    """The other school whose programme has the largest share of the same rows: its short name and the share in percent."""
    own = {_plain(row.text) for row in rows(session, roadmap.case_id)}
    others = (
        sa.select(PlanRow.text, Organisation.short_name)
        .join(Organisation, Organisation.id == PlanRow.school_id)
        .join(Roadmap, Roadmap.case_id == PlanRow.case_id)
        .where(
            PlanRow.dropped_in.is_(None),
            PlanRow.case_id != roadmap.case_id,
            Organisation.region == sa.select(Organisation.region).where(Organisation.id == roadmap.school_id).scalar_subquery(),
            Roadmap.school_year == roadmap.school_year,
        )
    )  # fmt: skip
    shared: dict[str, set[str]] = {}
    for text, name in session.execute(others):
        if (plain := _plain(text)) in own:
            shared.setdefault(name, set()).add(plain)
    if not shared or not own:
        return None
    name = max(shared, key=lambda one: (len(shared[one]), one))
    return name, round(100 * len(shared[name]) / len(own))


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold().replace("ё", "е") if c.isalnum())
