"""The day of a reorganisation: the registry changes, open cases go their ways, those concerned are told."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from app.cases import inherit
from app.cases.handlers import Handlers, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.documents import renditions, texts
from app.documents.models import Acquaintance
from app.engine import Card
from app.people.actor import in_force
from app.people.models import Assignment, Organisation, Position
from app.programmes.models import PlanRow
from app.schools import reorganisation_papers as papers
from app.schools import succession
from app.schools.models import RegistryDifference, Reorganisation, ReorganisedCase, School
from app.schools.reorganisation import CYCLE, default_fate, open_cases, row_of
from app.schools.succession import Succession, ceases


def apply(move: Move, card: Card) -> Values | None:
    """Registry first, then cases. The case of support itself is carried over by its own form; its tasks go at once."""
    row = row_of(move.session, move.case.id)
    if row.applied_at is not None:
        return None
    before = papers.school_lines(move.session, row.schools)
    names = {one: move.session.get_one(Organisation, one).short_name for one in row.schools}
    Succession(move.session, row, move.now).apply()
    if ceases(row):
        _settle_cases(move, row)
    else:
        _retitle(move, row, names)
    move.session.execute(
        sa.update(RegistryDifference)
        .where(RegistryDifference.school_id.in_(row.schools), RegistryDifference.settled_at.is_(None))
        .values(settled_at=move.now, case_id=move.case.id)
    )
    row.applied_at, move.case.outcome = move.now, row.kind
    move.session.flush()
    move.record(
        "school.reorganised", reorganisation=row.kind, schools=row.schools, successor=row.successor_id, day=row.day,
        act=row.act, before=before, text=", ".join(names.values()),
    )  # fmt: skip
    return None


def _settle_cases(move: Move, row: Reorganisation) -> None:
    heir = move.session.get(Organisation, row.successor_id) if row.successor_id else None
    decided = {fate.case_id: fate for fate, _ in papers.fates(move.session, row)}
    for case in open_cases(move.session, row):
        fate = decided.get(case.id) or _undecided(move, row, case, heir)
        if case.kind == CYCLE and fate.fate != "close":
            _lend(move, row, case)
            continue
        settle(move, row, fate, case, heir)
    for school in row.schools:
        if not any(f.done_at is None for f, c in papers.fates(move.session, row) if c.subject_id == school):
            _assignments(move, row, school, keep=True)


def _undecided(move: Move, row: Reorganisation, case: Case, heir: Organisation | None) -> ReorganisedCase:
    """A case that was opened after the decisions were written down."""
    has_twin = heir is not None and inherit.twin(move.session, move.system, case, heir) is not None
    reason = "открыто после решения о делах"
    fate = ReorganisedCase(
        reorganisation_id=row.case_id, case_id=case.id, fate=default_fate(row, has_twin), reason=reason
    )
    move.session.add(fate)
    move.session.flush()
    return fate


def settle(
    move: Move,
    row: Reorganisation,
    fate: ReorganisedCase,
    case: Case,
    heir: Organisation | None,
    *,
    hand: Move | None = None,
) -> None:
    """Carry out the decision about one case. What was a merger turns into a transfer when the twin ended meanwhile."""
    assert heir is not None or fate.fate == "close"
    inheritance = inherit.Inheritance(
        move.unit, frozenset(row.schools), heir or move.subject, f"Реорганизация школы: {row.act}", hand
    )
    twin = inherit.twin(move.session, move.system, case, heir) if heir is not None else None
    if fate.fate == "close":
        inheritance.close(case, fate.reason)
    elif twin is not None:
        fate.fate = "merge"
        inheritance.join(case, twin)
    else:
        fate.fate = "transfer"
        inheritance.transfer(case, pause_until=fate.pause_until)
    if inheritance.moved and heir is not None:
        plan = sa.update(PlanRow).where(PlanRow.case_id.in_(inheritance.moved), PlanRow.result.is_(None))
        move.session.execute(plan.where(PlanRow.school_id.in_(row.schools)).values(school_id=heir.id))
    fate.done_at = move.now
    row.moved += 1
    move.session.flush()


def _lend(move: Move, row: Reorganisation, case: Case) -> None:
    """Until the case is carried over, the successor's people do its tasks: nobody works at the closed school."""
    assert row.successor_id is not None
    below = [case.id]
    for parent in below:
        below += move.session.scalars(sa.select(Case.id).where(Case.parent_id == parent, Case.status == "open"))
    tasks = sa.update(Task).where(Task.case_id.in_(below), Task.organisation_id.in_(row.schools))
    move.session.execute(tasks.values(organisation_id=row.successor_id))


def _assignments(move: Move, row: Reorganisation, school: int, *, keep: bool) -> None:
    succession.move_assignments(
        move.session, school, row.successor_id, row.day, keep=keep, basis=row.act, case_id=row.case_id
    )


def _retitle(move: Move, row: Reorganisation, names: dict[int, str]) -> None:
    """Open cases bear the school's new name; what is closed keeps the old one."""
    for case in move.session.scalars(
        sa.select(Case).where(Case.subject_id == row.school_id, Case.status == "open").order_by(Case.id)
    ).all():
        new = move.subject.short_name
        if case.id == move.case.id:
            continue
        if new != names[row.school_id]:
            case.title = case.title.replace(names[row.school_id], new)
        move.unit.record("school.reorganised", case.id, reorganisation=row.kind, act=row.act, text=names[row.school_id])


def told(move: Move) -> Iterable[int]:
    """Open cases of the schools that ceased: those whose diagram listens do what it draws."""
    row = row_of(move.session, move.case.id)
    return [case.id for fate, case in papers.fates(move.session, row) if case.status == "open" and ceases(row)]


# notice -------------------------------------------------------------------------------------------------------------


def _readers(move: Move, row: Reorganisation) -> list[str]:
    """To whom the notice is addressed, as printed."""
    names = []
    heir = row.successor_id or (row.school_id if not ceases(row) else None)
    for one in (heir, move.session.get_one(School, row.school_id).municipality_id):
        if one is not None:
            names.append(move.session.get_one(Organisation, one).short_name)
    return names


def deliver(move: Move, card: Card) -> Values | None:
    """Rows of who is to read the notice, and letters to them."""
    row = row_of(move.session, move.case.id)
    document = texts.of_case(move.session, move.case.id, papers.NOTICE)
    assert document is not None
    heir = row.successor_id or (row.school_id if not ceases(row) else None)
    municipality = move.session.get_one(School, row.school_id).municipality_id
    readers: list[tuple[int | None, str, int | None]] = [
        (heir, "school_head", None),
        (municipality, "municipal_authority", None),
    ]
    readers += [(p.organisation_id, p.role, p.id) for p in _curators(move, heir)]
    for organisation, role, position in readers:
        if organisation is not None:
            whom = {"organisation_id": organisation, "role": role, "position_id": position}
            move.session.add(Acquaintance(document_id=document.id, **whom))
    move.session.flush()
    subject = f"{document.title}: уведомление"
    for role in ("school_head", "municipal_authority"):
        move.post("mail", f"reorganisation:{move.case.id}:{role}", template="task", role=role, subject=subject)
    return None


def _curators(move: Move, school: int | None) -> list[Position]:
    today = move.today
    found = sa.select(Position).join(Assignment, Assignment.position_id == Position.id)
    where = (Assignment.organisation_id == school, in_force(Assignment, today), Position.role == "curator")
    return list(move.session.scalars(found.where(*where).order_by(Position.id))) if school else []


def acquainted(move: Move) -> bool:
    document = texts.of_case(move.session, move.case.id, papers.NOTICE)
    where = (Acquaintance.document_id == (document.id if document else 0), Acquaintance.signature_id.is_(None))
    return move.session.scalar(sa.select(Acquaintance.id).where(*where).limit(1)) is None


def render(move: Move, card: Card) -> Values | None:
    row = row_of(move.session, move.case.id)
    if card.properties.get("document") == papers.NOTICE:
        renditions.request(move, papers.write_notice(move, row, _readers(move, row)))
    else:
        papers.write_card(move, row, draft=True)
    return None


HANDLERS = Handlers(
    operations={
        "reorganisation.render": render,
        "reorganisation.apply_reorganisation": apply,
        "reorganisation.deliver": deliver,
    },
    facts={"reorganisation.acquaintance.all": acquainted},
    audience={"school.reorganised": told},
)
