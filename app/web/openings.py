"""«Новое дело»: what the person's position may open, about whom, and the step that confirms it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import openings, operations, queries
from app.cases.models import Case
from app.db import utcnow
from app.errors import BadInput, Conflict, Refused
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.people.roles import KIND_TITLES
from app.web import ru
from app.web.parts import OWN_OPENINGS, STATUSES, places_of, system
from app.web.typed import line, number

bp = Blueprint("openings", __name__)


@bp.get("/cases/new")
@requires("case.open")
def index() -> Any:
    """Kinds of cases that the position may open; with `subject`, those that are about this organisation."""
    actor, chosen = current_actor(), number(request.args.get("subject"))
    offers = openings.offers(system(), actor)
    with system().db.read() as session:
        about = _readable(session, actor, chosen)
    if about is not None:
        offers = [one for one in offers if about.kind in one.about]
    rows = [
        {
            "url": address(one.kind, about.id if about else None),
            "title": one.name,
            "why": one.why,
            "about": ", ".join(KIND_TITLES[kind] for kind in one.about),
        }
        for one in offers
    ]
    return render_template("cases/new.html", rows=rows, about=about.short_name if about else "", crumbs=_crumbs())


def address(kind: str, subject_id: int | None = None) -> str:
    """Where a case of the kind is begun: the steps of this module, or a page of its own."""
    if kind in OWN_OPENINGS:
        return url_for(OWN_OPENINGS[kind], subject=subject_id)
    return url_for("openings.choose", kind=kind, subject=subject_id)


def _readable(session: Session, actor: Actor, organisation_id: int | None) -> Organisation | None:
    found = session.get(Organisation, organisation_id) if organisation_id is not None else None
    return found if found is not None and policy.may(actor, "case.open", found) else None


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Дела", url_for("cases.index")), *more]


@bp.get("/cases/new/<kind>")
@requires("case.open")
def choose(kind: str) -> Any:
    """Whom the case is about; with one possible organisation, the last step at once."""
    actor, chosen, q = current_actor(), number(request.args.get("subject")), line(request.args.get("q"))
    offer = openings.offer(system(), actor, kind)
    if kind in OWN_OPENINGS:
        return redirect(address(kind, chosen), 303)
    with system().db.read() as session:
        if chosen is not None:
            return _confirm(session, actor, offer, openings.subject(session, actor, offer.about, chosen))
        cursor = request.args.get("cursor", "")
        found, total, more = openings.subjects(session, actor, offer.about, query=q, after=cursor)
        if total == 1 and not q:
            return _confirm(session, actor, offer, found[0])
        places = places_of(session, [one.parent_id for one in found])
        rows = [
            {
                "url": url_for("openings.choose", kind=kind, subject=one.id),
                "name": one.short_name,
                "code": one.code if one.kind == "school" else "",
                "place": places.get(one.parent_id or 0, ""),
            }
            for one in found
        ]
    return render_template(
        "cases/choose.html",
        page_title=offer.name,
        lead=offer.why,
        rows=rows,
        q=q,
        summary=ru.counted(total, "организация", "организации", "организаций"),
        words=f"Показано: {len(rows)} из {total}",
        next_url=url_for("openings.choose", kind=kind, q=q, cursor=more) if more else "",
        crumbs=_crumbs(("Новое дело", url_for("openings.index"))),
    )


def _confirm(
    session: Session, actor: Actor, offer: openings.Offer, about: Organisation, refusal: str = "", missing: str = ""
) -> str:
    """The last step: who, what, what else is open already, the questions of the process."""
    asked = openings.questions(session, system(), actor, offer.kind, about)
    years = ru.school_year(openings.current_year(system(), actor, utcnow()))
    return render_template(
        "cases/open.html",
        page_title=offer.name,
        lead=offer.why,
        about={"id": about.id, "name": about.short_name, "full": about.name if about.name != about.short_name else ""},
        year=years,
        action=url_for("openings.begin", kind=offer.kind),
        standing=[
            {"url": url_for("cases.show", case_id=one.id), "title": one.title, "status": STATUSES[one.status]}
            for one in openings.standing(session, actor, offer.kind, about.id)
        ],
        questions=[
            {"name": one.name, "title": one.title, "choices": one.choices, "given": request.form.get(one.name, "")}
            for one in asked
        ],
        missing=missing,
        refusal=refusal,
        crumbs=_crumbs(("Новое дело", url_for("openings.index"))),
    )


@bp.post("/cases/new/<kind>")
@requires("case.open")
def begin(kind: str) -> Any:
    """Open the case and go to the person's own task in it; pressed twice, it opens one."""
    actor, now = current_actor(), utcnow()
    subject_id = number(request.form.get("subject")) or 0
    offer = openings.offer(system(), actor, kind)
    if kind in OWN_OPENINGS:
        return redirect(address(kind, subject_id or None), 303)
    with system().db.read() as session:
        about = openings.subject(session, actor, offer.about, subject_id)
        if (same := openings.untouched(session, actor, kind, subject_id)) is not None:
            return _onward(session, actor, same)
        try:
            wish = openings.wish(session, system(), actor, kind, subject_id, request.form, now)
        except BadInput as refusal:
            return _confirm(session, actor, offer, about, missing=(refusal.items or [""])[0]), 422
        except Refused as refusal:
            return _confirm(session, actor, offer, about, f"{refusal.message} {refusal.advice}".strip()), 422
    try:
        case_id = operations.open_case(
            system(), kind, wish.subject_id, wish.school_year, wish.data, actor=actor, now=now, parent_id=wish.parent_id
        )
    except (Refused, Conflict) as refusal:
        with system().db.read() as session:
            words = f"{refusal.message} {refusal.advice}".strip()
            return _confirm(session, actor, offer, about, words), refusal.status
    with system().db.read() as session:
        flash(f"Открыто: {session.get_one(Case, case_id).title}.", "success")
        return _onward(session, actor, session.get_one(Case, case_id))


def _onward(session: Session, actor: Actor, case: Case) -> Any:
    """To the first task of the case that the person holds, else to the case."""
    mine = [row.Task for row in queries.case_tasks(session, case.id) if policy.holds_task(actor, row.Task)]
    if mine:
        return redirect(url_for("tasks.show", task_id=mine[0].id), 303)
    return redirect(url_for("cases.show", case_id=case.id), 303)
