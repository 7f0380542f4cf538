"""Beside the tasks of accompaniment: the log of contacts, who has left, a visit that is moved or opened by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import object_session

from app.access import current_actor, requires
from app.cases import queries
from app.cases.models import Case
from app.db import utcnow
from app.errors import DomainError, NotAllowed
from app.people.actor import Actor
from app.programmes.mentoring import contacts, leaving, papers, postponing, serving
from app.web.parts import system
from app.web.typed import number
from app.years import school_year_start
from forms.base import CaseForm
from forms.mentoring import ContactNote, ReleaseNote
from forms.visit import NewVisit, PostponeNote

bp = Blueprint("mentoring", __name__)
RELEASES = {"curator": "Сообщить, что куратор выбыл", "tutor": "Сообщить, что тьютор выбыл"}
WORDS = {"curator": "куратор", "tutor": "тьютор", "method_service": "методическая служба", "trip": "выезд"}


def offers(actor: Actor, case: Case) -> list[dict[str, str]]:
    """Links of the case's page to what the reader may do here."""
    session = object_session(case)
    if session is None or case.kind not in ("mentoring", "visit"):
        return []
    found = []
    if case.kind == "mentoring":
        found.append(("mentoring.log", "Журнал контактов"))
        if leaving.may_release(system(), session, actor, case):
            found.append(("mentoring.release", "Сообщить, что куратор выбыл"))
    elif postponing.may_postpone(session, system(), actor, case, utcnow()):
        found.append(("mentoring.postpone", "Перенести посещение"))
    return [{"url": url_for(page, case_id=case.id), "text": text} for page, text in found]


def _sent(form: CaseForm, do: Callable[[], Any]) -> str | None:
    """None when it was done; else why not, "" when the form itself says it."""
    if request.method != "POST" or not form.validate():
        return ""
    try:
        do()
    except DomainError as refusal:
        return f"{refusal.message} {refusal.advice}".strip()
    return None


def _page(
    form: CaseForm, refusal: str, case: Case | None = None, template: str = "forms/show.html", **more: Any
) -> Any:
    crumbs = [(case.title, url_for("cases.show", case_id=case.id))] if case else [("Дела", url_for("cases.index"))]
    page = render_template(
        template, form=form, version="", draft=None, conflict=None, known=[], help=[], leave="", section="cases",
        caption=case.title if case else "", crumbs=crumbs, refusal=refusal, case=case, **more,
    )  # fmt: skip
    return page, 422 if request.method == "POST" else 200


def _today(region: str) -> date:
    return system().calendar(region).local(utcnow())


@bp.route("/cases/<int:case_id>/contacts", methods=["GET", "POST"])
@requires("case.read")
def log(case_id: int) -> Any:
    """What was talked about with the school, newest first; who is appointed adds to it."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        rows = [
            {"day": row.day, "form": papers.CONTACT_WORDS[row.form], "whom": row.whom, "about": row.about,
             "minutes": row.minutes, "who": who}
            for row, who in contacts.of_case(session, case.id)
        ]  # fmt: skip
        mine = contacts.may_log(session, actor, case)
    today = _today(case.region)
    dates = {"today": today.isoformat(), "year_start": school_year_start(case.school_year).isoformat()}
    context = {"dates": dates, "values": {"day": today}}
    form = ContactNote(request.form if request.method == "POST" else None, context=context)
    why = _sent(form, lambda: contacts.log(system(), case_id, form.answers(), actor=actor, now=utcnow()))
    if why is None:
        flash("Контакт записан.", "success")
        return redirect(url_for("mentoring.log", case_id=case_id), 303)
    return _page(form, why, case, "mentoring/contacts.html", rows=rows, mine=mine, page_title="Журнал контактов")


@bp.route("/cases/<int:case_id>/release", methods=["GET", "POST"])
@requires("case.read")
def release(case_id: int) -> Any:
    """The appointed one works no longer: his open work passes at once."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        if not leaving.may_release(system(), session, actor, case):
            raise NotAllowed("Об уходе сообщает сам куратор, назначивший его орган или региональный оператор.")
    context = {"dates": {"today": _today(case.region).isoformat()}}
    form = ReleaseNote(request.form if request.method == "POST" else None, context=context)

    def do() -> None:
        last, reason = form.last_day.data, form.reason.data or ""
        leaving.release(system(), case_id, last, reason, actor=actor, now=utcnow())

    why = _sent(form, do)
    if why is None:
        flash("Записано. Открытые посещения и задачи переданы, пересмотр сопровождения открыт.", "success")
        return redirect(url_for("cases.show", case_id=case_id), 303)
    title = RELEASES[serving.kind_of(case)]
    return _page(form, why, case, page_title=title)


@bp.route("/cases/<int:case_id>/postpone", methods=["GET", "POST"])
@requires("case.read")
def postpone(case_id: int) -> Any:
    """An agreed visit goes back to its plan."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        if not postponing.may_postpone(session, system(), actor, case, utcnow()):
            raise NotAllowed("Перенести это посещение сейчас нельзя.")
    form = PostponeNote(request.form if request.method == "POST" else None)
    reason = form.reason.data or ""
    why = _sent(form, lambda: postponing.postpone(system(), case_id, reason, actor=actor, now=utcnow()))
    if why is None:
        flash("Посещение перенесено: посещающий назначит другой день.", "success")
        return redirect(url_for("cases.show", case_id=case_id), 303)
    return _page(form, why, case)


@bp.route("/visits/new", methods=["GET", "POST"])
@requires("case.open")
def new_visit() -> Any:
    """A visit outside of a plan, or a trip to several schools."""
    actor = current_actor()
    kinds = postponing.KINDS_BY_ROLE.get(actor.role, ())
    if not kinds:
        raise NotAllowed("Посещения открывают куратор, тьютор, методическая служба и региональный оператор.")
    with system().db.read() as session:
        schools = postponing.schools_for(session, actor)
    choices = {"school": schools, "kind": {kind: WORDS[kind] for kind in kinds}}
    chosen = number(request.args.get("subject"))
    values: dict[str, Any] = {"schools": [chosen]} if chosen in schools else {}
    if len(kinds) == 1:
        values["kind"] = kinds[0]
    form = NewVisit(request.form if request.method == "POST" else None, context={"choices": choices, "values": values})
    opened: list[int] = []

    def do() -> None:
        wanted = [int(one) for one in form.schools.data]
        opened.extend(postponing.open_visits(system(), form.kind.data, wanted, actor=actor, now=utcnow()))

    why = _sent(form, do)
    if why is None:
        flash("Посещение открыто." if len(opened) == 1 else f"Открыто посещений: {len(opened)}.", "success")
        return redirect(url_for("tasks.index"), 303)
    return _page(form, why)
