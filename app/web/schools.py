"""Schools: the registry with search, a school's page with codes, names, results and cases."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from app import search
from app.access import current_actor, requires
from app.cases.models import Case
from app.db import utcnow
from app.errors import NotFound
from app.identification.models import IdentificationRun, Verdict
from app.people import policy
from app.people.actor import Actor, works
from app.people.models import Organisation, Person, Position
from app.schools import reorganisation_papers
from app.schools.models import School, SchoolIdentity, SchoolName
from app.web import reorganisation, ru
from app.web.identification import STATUSES as VERDICTS
from app.web.identification import readable_run
from app.web.parts import STATUSES, system
from app.web.typed import number

bp = Blueprint("schools", __name__)
PAGE = 50
KINDS = {"full": "СОШ", "basic": "ООШ", "primary": "НОШ"}
FOUNDERS = {"municipal": "муниципальная", "state": "государственная", "private": "частная"}


@bp.get("/schools")
@requires("school.read")
def index() -> Any:
    """Schools of the actor's territory by municipality and name; `q` finds words of a name, a code or a login."""
    actor, q, offset = current_actor(), request.args.get("q", "").strip(), number(request.args.get("cursor")) or 0
    municipality = sa.orm.aliased(Organisation)
    where = [policy.scope(actor, Organisation), Organisation.kind == "school"]
    if q:
        where.append(
            sa.or_(
                search.found(q, Organisation.name, Organisation.short_name),
                School.code == q,
                School.fisoko_login == q.lower(),
                School.id.in_(_known_as(q)),
            )
        )
    base = (
        sa.select(School, Organisation, municipality.name.label("place"))
        .join(Organisation, Organisation.id == School.id)
        .outerjoin(municipality, municipality.id == School.municipality_id)
        .where(*where)
    )
    with system().db.browse() as session:
        total = session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
        found = session.execute(
            base.order_by(municipality.name, Organisation.short_name, School.id).offset(offset).limit(PAGE)
        ).all()
        was = reorganisation.former_names(session, [school.id for school, _, _ in found])
    more = url_for("schools.index", q=q or None, cursor=offset + PAGE) if offset + PAGE < total else ""
    return render_template(
        "schools/list.html",
        q=q,
        differences=url_for("reorganisation.differences") if reorganisation.may_begin(actor) else "",
        summary=ru.counted(total, "школа", "школы", "школ") + ".",
        rows=[_line(school, organisation, place, was.get(school.id, "")) for school, organisation, place in found],
        words=f"Показано школ: {min(offset + PAGE, total)} из {total}",
        next_url=more,
        left=total - offset - PAGE if more else None,
    )


def _line(school: School, organisation: Organisation, place: str | None, was: str) -> dict[str, Any]:
    return {
        "url": url_for("schools.show", school_id=school.id),
        "name": organisation.short_name,
        "place": place or "",
        "code": school.code,
        "kind": KINDS[school.kind],
        "was": was,
        "closed": organisation.valid_to,
    }


def _known_as(q: str) -> sa.Select:
    """Schools that bore the name or had the code before."""
    names = sa.select(SchoolName.school_id).where(search.found(q, SchoolName.name))
    return names.union(sa.select(SchoolIdentity.school_id).where(SchoolIdentity.code == q))  # type: ignore[return-value]


@bp.get("/schools/<int:school_id>")
@requires("school.read")
def show(school_id: int) -> Any:
    actor = current_actor()
    with system().db.read() as session:
        organisation, school = session.get(Organisation, school_id), session.get(School, school_id)
        if organisation is None or school is None or not policy.may(actor, "school.read", organisation):
            raise NotFound("Такой школы нет.")
        place = session.get(Organisation, school.municipality_id) if school.municipality_id else None
        return render_template(
            "schools/show.html",
            school={
                "name": organisation.short_name,
                "full_name": organisation.name,
                "caption": place.name if place else "",
                "facts": [KINDS[school.kind], FOUNDERS[school.founder]],
                "status": None if organisation.valid_to is None else ("closed", "Закрыта"),
            },
            crumbs=[("Школы", url_for("schools.index"))],
            known=[
                {"label": "Муниципалитет", "value": place.name if place else "подчинена министерству"},
                {"label": "Вид", "value": KINDS[school.kind]},
                {"label": "Учредитель", "value": reorganisation_papers.FOUNDERS[school.founder]},
            ],
            codes=reorganisation.codes(session, school),
            links=reorganisation.links(session, school_id),
            names=_names(session, school_id),
            cases=_cases(session, actor, school_id),
            results=_verdicts(session, actor, school_id),
            people=_people(session, school_id, system().calendar(actor.region).local(utcnow())),
            actions=reorganisation.actions(session, actor, organisation),
        )


def _names(session: Session, school_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        sa.select(SchoolName).where(SchoolName.school_id == school_id).order_by(SchoolName.since)
    ).all()
    ends = [row.since for row in rows[1:]]
    return (
        [
            {"name": row.name, "since": row.since, "until": end, "basis": row.basis}
            for row, end in zip(rows, [*ends, None], strict=True)
        ]
        if len(rows) > 1
        else []
    )


def _cases(session: Session, actor: Actor, school_id: int) -> list[dict[str, Any]]:
    """The topmost of the school's cases that the actor reads; their pages show those below them."""
    rows = session.scalars(sa.select(Case).where(Case.subject_id == school_id).order_by(Case.id.desc())).all()
    seen = [row for row in rows if policy.may(actor, "case.read", row)]
    above = {row.id for row in seen}
    return [
        {
            "title": row.title,
            "url": url_for("cases.show", case_id=row.id),
            "status": STATUSES[row.status],
            "facts": row.stage if row.status == "open" else "",
        }
        for row in seen
        if row.parent_id not in above
    ]


def _verdicts(session: Session, actor: Actor, school_id: int) -> list[dict[str, Any]]:
    """The newest run of each list year that the actor may see."""
    if not policy.may(actor, "identification.read"):
        return []
    found = (
        sa.select(Verdict, IdentificationRun)
        .join(IdentificationRun, IdentificationRun.id == Verdict.run_id)
        .where(Verdict.school_id == school_id)
        .order_by(IdentificationRun.school_year.desc(), IdentificationRun.id.desc())
    )
    shown: dict[int, dict[str, Any]] = {}
    for verdict, run in session.execute(found):
        if run.school_year in shown:
            continue
        try:
            readable_run(session, actor, run.id)
        except NotFound:
            continue
        url = url_for("identification.verdict", run_id=run.id, school_id=school_id)
        year = f"Перечень {ru.school_year(run.school_year)}"
        shown[run.school_year] = {"year": year, "url": url, "text": VERDICTS[verdict.final_status][1]}
    return list(shown.values())


def _people(session: Session, school_id: int, on: date) -> list[dict[str, Any]]:
    found = (
        sa.select(Person, Position)
        .join(Position, Position.person_id == Person.id)
        .where(
            Position.organisation_id == school_id,
            works(on),
            Position.role.in_(("school_head", "school_deputy")),
        )
    )
    return [{"role": position.title, "name": person.full_name} for person, position in session.execute(found)]
