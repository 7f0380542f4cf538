"""Operations that every process may draw: opening children for those concerned, closing those that did not answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Handlers, Values
from app.cases.models import Case
from app.cases.move import Move
from app.cases.operations import close
from app.db import for_update
from app.engine import Card
from app.people.models import Organisation
from app.schools.models import School

DRAWN = ("open", "for", "only_missing", "sets", "gate", "basis", "due")


def open_cases(move: Move, card: Card) -> Values | None:
    """Open a child case of each kind named in `open` for each subject that `for` names.

    `only_missing` leaves out subjects that have an open case of the kind, whoever opened it. All children are opened in
    this very transaction: there is no moment at which half of them exist.
    """
    more = {name: value for name, value in card.properties.items() if name not in DRAWN}
    for kind in card.properties["open"].split(","):
        targets = list(_targets(move, card))
        busy = _with_open_case(move, kind) if card.properties.get("only_missing") == "true" else set()
        for subject_id, data in targets:
            if subject_id not in busy:
                move.open_child(kind, subject_id, {**more, **data})
    return {name: move.scope[name] for name in card.sets if name in move.scope}


def _targets(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    whom = card.properties.get("for", "subject")
    rule = move.system.handlers.targets.get(f"{move.case.kind}.{whom}") or move.system.handlers.targets.get(whom)
    if rule is None:
        raise LookupError(f"{move.case.kind}: nobody knows whom «{whom}» means")
    yield from rule(move, card)


_BUSY = sa.select(Case.subject_id).where(
    Case.region == sa.bindparam("region"), Case.kind == sa.bindparam("kind"), Case.status == "open"
)


def _with_open_case(move: Move, kind: str) -> set[int]:
    return set(move.session.scalars(_BUSY, {"region": move.case.region, "kind": kind}))


def close_children(move: Move, card: Card) -> Values | None:
    """Close the open children of a kind: their silence is recorded as the outcome, nothing is deleted."""
    kind, outcome = card.properties["close"], card.properties.get("outcome", "closed")
    children = sa.select(Case).where(Case.parent_id == move.case.id, Case.kind == kind, Case.status == "open")
    for child in move.session.scalars(for_update(children.order_by(Case.id))).all():
        close(move.unit, child, outcome)
    return None


def the_subject(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    yield move.case.subject_id, {}


def municipalities(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """All municipalities of the region; for a case about a school, its own."""
    subject = move.subject
    if subject.kind == "school":
        if (
            subject.parent_id is not None
            and move.session.get_one(Organisation, subject.parent_id).kind == "municipality"
        ):
            yield subject.parent_id, {}
        return
    where = (
        Organisation.region == move.case.region,
        Organisation.kind == "municipality",
        Organisation.valid_to.is_(None),
    )
    for organisation_id in move.session.scalars(sa.select(Organisation.id).where(*where).order_by(Organisation.name)):
        yield organisation_id, {}


def schools(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """The school the case is about; for a case about the region, every school that teaches."""
    if move.subject.kind == "school":
        yield move.case.subject_id, {}
        return
    found = (
        sa.select(School.id)
        .join(Organisation, Organisation.id == School.id)
        .where(School.region == move.case.region, Organisation.valid_to.is_(None))
        .order_by(School.code)
    )
    for school_id in move.session.scalars(found):
        yield school_id, {}


HANDLERS = Handlers(
    operations={"open_cases": open_cases, "close_children": close_children},
    targets={"subject": the_subject, "municipality": municipalities, "school": schools},
)
