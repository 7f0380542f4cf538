"""Reorganisation of schools on the pages: begin one, see what the registry says otherwise, what a school was called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import openings, operations
from app.cases.models import Case
from app.db import utcnow
from app.errors import NotAllowed
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.schools.differences import stale
from app.schools.models import RegistryDifference, School, SchoolIdentity, SchoolLink, SchoolName
from app.schools.succession import SYSTEMS
from app.web import ru
from app.web.parts import system
from app.web.typed import number

bp = Blueprint("reorganisation", __name__)
PAGE = 50
DIFFERENCES = {
    "missing": "нет в реестре",
    "renamed": "другое название",
    "recoded": "другой код",
    "kind": "другой вид",
    "founder": "другой учредитель",
    "municipality": "другой муниципалитет",
}
LINKS = {"merge": "присоединение", "split": "разделение", "branch": "филиал", "rename": "переименование"}


def may_begin(actor: Actor) -> bool:
    return actor.role in system().handlers.openers["reorganisation"]


@bp.post("/schools/<int:school_id>/reorganise")
@requires("case.open")
def begin(school_id: int) -> Any:
    """Open the case and go to its first form."""
    actor, now = current_actor(), utcnow()
    found = number(request.form.get("difference"))
    year = openings.current_year(system(), actor, now)
    with system().db.read() as session:
        row = session.get(RegistryDifference, found) if found else None
        data = {"difference": row.id} if row is not None and row.school_id == school_id else {}
    case_id = operations.open_case(system(), "reorganisation", school_id, year, data, actor=actor, now=now)
    flash("Дело о реорганизации открыто. Зарегистрируйте акт учредителя.", "success")
    with system().db.read() as session:
        task = session.scalar(sa.select(operations.Task.id).where(operations.Task.case_id == case_id).limit(1))
    place = url_for("tasks.show", task_id=task) if task else url_for("cases.show", case_id=case_id)
    return redirect(place, 303)


@bp.get("/schools/differences")
@requires("school.read")
def differences() -> Any:
    """What an import of the registry found and no reorganisation explains, oldest first."""
    actor, offset = current_actor(), number(request.args.get("cursor")) or 0
    if not may_begin(actor):
        raise NotAllowed("Расхождения с реестром разбирают оператор и муниципалитет.")
    where = (policy.scope(actor, RegistryDifference), RegistryDifference.settled_at.is_(None))
    with system().db.read() as session:
        total = session.scalar(sa.select(sa.func.count()).select_from(RegistryDifference).where(*where)) or 0
        found = (
            sa.select(RegistryDifference, Organisation.short_name, School.code)
            .join(School, School.id == RegistryDifference.school_id)
            .join(Organisation, Organisation.id == School.id)
            .where(*where)
            .order_by(RegistryDifference.found_at, RegistryDifference.id)
        )
        rows = [_line(*row, actor) for row in session.execute(found.offset(offset).limit(PAGE))]
    more = url_for("reorganisation.differences", cursor=offset + PAGE) if offset + PAGE < total else ""
    return render_template(
        "schools/differences.html",
        summary=ru.counted(total, "расхождение", "расхождения", "расхождений") + ".",
        rows=rows,
        words=f"Показано: {min(offset + PAGE, total)} из {total}",
        next_url=more,
        left=total - offset - PAGE if more else None,
    )


def _line(row: RegistryDifference, name: str, code: str, actor: Actor) -> dict[str, Any]:
    calendar = system().calendar(actor.region)
    late = stale(row, calendar, calendar.local(utcnow()))
    return {
        "school": f"{name}, код {code}",
        "url": url_for("schools.show", school_id=row.school_id),
        "what": DIFFERENCES[row.kind],
        "before": row.before,
        "after": row.after,
        "found": row.found_at,
        "file": row.file,
        "late": late and actor.role == "regional_operator",
        "case_url": url_for("cases.show", case_id=row.case_id) if row.case_id else "",
        "begin": url_for("reorganisation.begin", school_id=row.school_id),
        "difference": row.id,
    }


# what other pages show of it ----------------------------------------------------------------------------------------


def former_names(session: Session, schools: Iterable[int]) -> dict[int, str]:
    """School → the short name it bore before, where it differs from the present one: lists show «ранее»."""
    ids = list(schools)
    found = (
        sa.select(SchoolName.school_id, SchoolName.short_name)
        .join(Organisation, Organisation.id == SchoolName.school_id)
        .where(SchoolName.school_id.in_(ids), SchoolName.short_name != Organisation.short_name)
        .order_by(SchoolName.since, SchoolName.id)
    )
    return {school: name for school, name in session.execute(found)}


def links(session: Session, school_id: int) -> list[dict[str, Any]]:
    """Predecessors and successors of a school."""
    rows = session.scalars(
        sa.select(SchoolLink)
        .where(sa.or_(SchoolLink.school_id == school_id, SchoolLink.predecessor_id == school_id))
        .order_by(SchoolLink.since, SchoolLink.id)
    ).all()
    lines = []
    for row in rows:
        other = row.predecessor_id if row.school_id == school_id else row.school_id
        word = "Продолжает школу" if row.school_id == school_id else "Правопреемник"
        place = session.get_one(Organisation, other)
        url = url_for("schools.show", school_id=other)
        day = f"{LINKS[row.kind]}, {row.since:%d.%m.%Y}"
        lines.append({"title": f"{word}: {place.short_name}", "url": url, "facts": day})
    return lines


def codes(session: Session, school: School) -> list[dict[str, str]]:
    """Codes in force, then those that ended."""
    now = {"oo": school.code, "fis_oko": school.fisoko_login}
    lines = [{"system": SYSTEMS[s], "code": c} for s, c in now.items() if c]
    kept = sa.select(SchoolIdentity).where(SchoolIdentity.school_id == school.id).order_by(SchoolIdentity.until)
    for row in session.scalars(kept):
        if now.get(row.system) == row.code:
            continue
        until = f", по {row.until:%d.%m.%Y}" if row.until else ""
        lines.append({"system": SYSTEMS[row.system], "code": f"{row.code}{until}"})
    return lines


def actions(session: Session, actor: Actor, school: Organisation) -> list[dict[str, Any]]:
    """«Оформить реорганизацию», while the school is open and none is under way."""
    under_way = sa.select(Case.id).where(Case.once_key == f"reorganisation:{school.id}")
    if not may_begin(actor) or school.valid_to is not None or session.scalar(under_way) is not None:
        return []
    return [{"url": url_for("reorganisation.begin", school_id=school.id), "text": "Оформить реорганизацию"}]
