"""The case of support after its school was reorganised: handed over, joined with the successor's case, or closed."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.cases import inherit
from app.cases.handlers import Asking, Handlers, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.errors import Refused
from app.people.models import Organisation
from app.schools import reorganisation_day
from app.schools.models import Reorganisation, ReorganisedCase, School, SchoolLink
from app.schools.reorganisation_papers import FATES
from app.schools.succession import move_assignments


def decided(session: Any, case: Case) -> tuple[Reorganisation, ReorganisedCase] | None:
    """The newest approved decision about the case that nobody has carried out yet."""
    found = (
        sa.select(Reorganisation, ReorganisedCase)
        .join(ReorganisedCase, ReorganisedCase.reorganisation_id == Reorganisation.case_id)
        .where(ReorganisedCase.case_id == case.id, ReorganisedCase.done_at.is_(None))
        .where(Reorganisation.applied_at.is_not(None))
        .order_by(ReorganisedCase.id.desc())
    )
    row = session.execute(found.limit(1)).one_or_none()
    return (row[0], row[1]) if row else None


def transfer_context(ask: Asking) -> Values:
    """What was approved is filled in; the successor's own case is named where there is one."""
    found = decided(ask.session, ask.case)
    if found is None:
        return {"known": [{"label": "Решение", "value": "дело уже перенесено"}], "choices": {"school": {}}}
    row, fate = found
    school = ask.session.get_one(School, row.successor_id) if row.successor_id else None
    heir = ask.session.get(Organisation, row.successor_id) if row.successor_id else None
    twin = inherit.twin(ask.session, ask.system, ask.case, heir) if heir else None
    known = [
        {"label": "Акт учредителя", "value": row.act},
        {"label": "Утверждено", "value": f"{FATES[fate.fate]}: {fate.reason}"},
    ]
    if heir is not None and school is not None:
        own = f"дело № {twin.id}" if twin else "своего открытого дела нет"
        known.append({"label": "Правопреемник", "value": f"{heir.short_name}, код {school.code}; {own}"})
    values: dict[str, Any] = {
        "fate": fate.fate,
        "reason": fate.reason,
        "terms": "keep",
        "merge_results": row.merge_results,
    }
    values |= {"curator": "keep" if fate.keep_curator else "change", "successor": row.successor_id}
    if fate.pause_until is not None and fate.pause_until >= ask.today:
        values |= {"terms": "pause", "pause_until": fate.pause_until.isoformat()}
    labels = {heir.id: f"{heir.short_name}, код {school.code}"} if heir and school else {}
    return {
        "values": values,
        "known": known,
        "choices": {"school": labels},
        "dates": {"today": ask.today.isoformat()},
    }


def write_transfer(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Carry the decision out. A second message about the same school finds nothing left to do."""
    found = decided(move.session, move.case)
    if found is None:
        return None
    row, fate = found
    wanted = answers["fate"]
    if wanted != "close" and (row.successor_id is None or int(answers["successor"]) != row.successor_id):
        raise Refused("Этой школы нет в карточке реорганизации.", advice="Выберите правопреемника из карточки.")
    heir = move.session.get(Organisation, row.successor_id) if row.successor_id else None
    twin = inherit.twin(move.session, move.system, move.case, heir) if heir else None
    if wanted == "transfer" and twin is not None:
        raise Refused(
            f"У правопреемника уже открыто дело № {twin.id}.", advice="Объедините с ним это дело или закройте его."
        )
    if wanted == "merge" and twin is None:
        raise Refused("У правопреемника нет открытого дела: объединять не с чем.", advice="Передайте ему это дело.")
    pause = answers.get("pause_until") if answers["terms"] == "pause" else None
    fate.fate, fate.reason, fate.keep_curator = wanted, answers["reason"], answers["curator"] == "keep"
    fate.pause_until = date.fromisoformat(pause) if pause else None
    school = move.case.subject_id
    reorganisation_day.settle(move, row, fate, move.case, heir, hand=move)
    move_assignments(
        move.session, school, row.successor_id, row.day, keep=fate.keep_curator, basis=row.act, case_id=row.case_id
    )
    links = (SchoolLink.school_id == row.successor_id, SchoolLink.predecessor_id == school)
    move.session.execute(sa.update(SchoolLink).where(*links).values(with_results=bool(answers["merge_results"])))
    return None


HANDLERS = Handlers(forms={"support_transfer": write_transfer}, contexts={"support_transfer": transfer_context})
