"""Surveys for those who are signed in: how many have answered, the link and its leaflet, the sheet of an employee."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import queries
from app.cases.models import Case
from app.db import utcnow
from app.diagnostics import counting, sheets, summary_paper
from app.diagnostics.instruments import kept
from app.diagnostics.models import Survey
from app.errors import NotAllowed, NotFound, Refused
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.web import respondents
from app.web.parts import STATUSES, system

bp = Blueprint("surveys", __name__)
LIMIT = 200
MODES = {"anonymous": "по ссылке, без имени", "staff": "после входа, без связи с ответами", "named": "сведения школы"}


@bp.get("/surveys")
@requires("task.read")
def index() -> Any:
    """Surveys of the actor's territory; for an employee of a school, those he is asked in first."""
    actor, now = current_actor(), utcnow()
    with system().db.browse() as session:
        mine = [_mine(session, asked) for asked in _for_staff(session, actor, now)]
        found = _visible(session, actor)
        received = sheets.counts(session, [survey.case_id for survey, _, _ in found])
        rows = [_line(session, survey, case, place, received.get(survey.case_id, 0)) for survey, case, place in found]
    return render_template("survey/list.html", mine=mine, rows=rows)


def _for_staff(session: Session, actor: Actor, now: Any) -> list[sheets.Asked]:
    """Open surveys of the actor's own school that wait for his sheet."""
    if actor.school_id is None or actor.role not in sheets.STAFF:
        return []
    found = sa.select(Survey.case_id).where(Survey.school_id == actor.school_id, Survey.mode == "staff")
    asked = [sheets.of_case(session, case_id) for case_id in session.scalars(found.order_by(Survey.case_id))]
    return [
        one
        for one in asked
        if one and not sheets.refusal(one, now) and not sheets.answered(session, one.survey.case_id, actor.person_id)
    ]


def _mine(session: Session, asked: sheets.Asked) -> dict[str, Any]:
    return {
        "title": asked.instrument.title,
        "url": url_for("surveys.answer", case_id=asked.survey.case_id),
        "until": asked.survey.closes_at,
    }


def _visible(session: Session, actor: Actor) -> list[Any]:
    found = (
        sa.select(Survey, Case, Organisation.short_name)
        .join(Case, Case.id == Survey.case_id)
        .join(Organisation, Organisation.id == Survey.school_id)
        .where(policy.scope(actor, Case))
        .order_by((Case.status == "open").desc(), Organisation.short_name, Survey.audience, Survey.case_id)
        .limit(LIMIT)
    )
    return list(session.execute(found))


def _line(session: Session, survey: Survey, case: Case, place: str, received: int) -> dict[str, Any]:
    return {
        "url": url_for("surveys.show", case_id=survey.case_id),
        "title": kept(session, survey.instrument).title,
        "place": place,
        "answered": _answered(survey, received),
        "until": survey.closes_at,
        "status": STATUSES[case.status],
    }


def _answered(survey: Survey, received: int) -> str:
    """«59 из 143»; a number that could show a person is told in words."""
    if survey.mode == "named":
        return "получена" if received else "ждём"
    told = "меньше 5" if 0 < received < counting.LEAST else str(received)
    return f"{told} из {survey.expected}"


@bp.get("/surveys/<int:case_id>")
@requires("task.read")
def show(case_id: int) -> Any:
    """One survey: its link while it is open, its counts when it is shut and not before: differences would show people."""
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        asked = _asked(session, case)
        survey, shut = asked.survey, bool(sheets.refusal(asked, now))
        received = sheets.count(session, case_id)
        found = counting.summary(asked.instrument, sheets.sheets_of(session, case_id)) if shut else None
        percent = min(100, received * 100 // survey.expected) if survey.expected else 0
        address = respondents.address_of(survey.code) if survey.mode == "anonymous" and not shut else ""
        return render_template(
            "survey/show.html",
            case={"title": case.title, "url": url_for("cases.show", case_id=case.id), "status": STATUSES[case.status]},
            survey=survey,
            instrument=asked.instrument,
            mode=MODES[survey.mode],
            answered=_answered(survey, received),
            percent=percent if survey.mode != "named" and received >= counting.LEAST else None,
            address=address,
            qr=respondents.qr(address, 4) if address else "",
            leaflet=url_for("surveys.leaflet", case_id=case_id) if address else "",
            paper=url_for("surveys.paper", case_id=case_id) if not shut and _enters(actor, asked) else "",
            found=found,
            remarks=summary_paper.remarks_of(survey, found) if found else [],
        )


def _asked(session: Session, case: Case) -> sheets.Asked:
    asked = sheets.of_case(session, case.id)
    if asked is None:
        raise NotFound("Анкетирование ещё не открыто.", advice="Его открывает заместитель директора школы.")
    return asked


def _enters(actor: Actor, asked: sheets.Asked) -> bool:
    """Who may enter sheets filled in on paper: the school itself, where paper was chosen."""
    own = actor.school_id == asked.survey.school_id and actor.role in ("school_deputy", "school_head")
    return own and "paper" in asked.survey.ways


@bp.get("/surveys/<int:case_id>/leaflet")
@requires("task.read")
def leaflet(case_id: int) -> Any:
    """A sheet to print and hang up: what is asked, the address, the QR code."""
    with system().db.read() as session:
        asked = _asked(session, queries.visible_case(session, current_actor(), case_id))
        place = session.get_one(Organisation, asked.survey.school_id).short_name
    if asked.survey.mode != "anonymous":
        raise NotFound("У этой анкеты нет ссылки: на неё отвечают после входа.")
    address = respondents.address_of(asked.survey.code)
    return render_template(
        "survey/leaflet.html",
        instrument=asked.instrument,
        place=place,
        address=address,
        qr=respondents.qr(address, 9),
        until=asked.survey.closes_at,
        back=url_for("surveys.show", case_id=case_id),
    )


# sheets of those who are signed in --------------------------------------------------------------------------------


@bp.get("/surveys/<int:case_id>/answer")
@requires("task.read")
def answer(case_id: int) -> Any:
    return _page(case_id, paper=False)


@bp.post("/surveys/<int:case_id>/answer")
@requires("draft.write")
def send(case_id: int) -> Any:
    return _take(case_id, paper=False)


@bp.get("/surveys/<int:case_id>/paper")
@requires("task.read")
def paper(case_id: int) -> Any:
    return _page(case_id, paper=True)


@bp.post("/surveys/<int:case_id>/paper")
@requires("draft.write")
def enter(case_id: int) -> Any:
    return _take(case_id, paper=True)


def _open_for(session: Session, case_id: int, actor: Actor, *, paper: bool) -> sheets.Asked:
    """The survey, if this employee may send a sheet of this kind; NotFound for a stranger."""
    asked = sheets.of_case(session, case_id)
    if asked is None or asked.survey.school_id != actor.school_id:
        raise NotFound("Такой анкеты нет.")
    if paper and not _enters(actor, asked):
        raise NotAllowed("Ответы с бумаги вводит администрация школы, если выбран этот способ.")
    if not paper and (asked.survey.mode != "staff" or actor.role not in sheets.STAFF):
        raise NotFound("Такой анкеты нет.")
    return asked


def _page(case_id: int, *, paper: bool, form: Any = None, refusal: str = "", token: str = "") -> Any:
    actor = current_actor()
    with system().db.read() as session:
        asked = _open_for(session, case_id, actor, paper=paper)
        done = not paper and sheets.answered(session, case_id, actor.person_id)
    closed = sheets.refusal(asked, utcnow()) or ("Вы уже ответили на эту анкету. Спасибо!" if done else "")
    form = form or respondents.blank(asked.instrument)
    page = render_template(
        "survey/staff.html",
        instrument=asked.instrument,
        paper=paper,
        closed=closed,
        refusal=refusal,
        sections=respondents.sections(asked.instrument, form),
        token=token or sheets.new_token(),
    )
    return (page, 422) if refusal else page


def _take(case_id: int, *, paper: bool) -> Any:
    actor, now = current_actor(), utcnow()
    token, refusal = request.form.get("sheet", ""), ""
    with system().db.write() as session:
        asked = _open_for(session, case_id, actor, paper=paper)
        form = respondents.blank(asked.instrument, request.form)
        refusal = "" if form.validate() else " ".join(issue.text for issue in form.issues()[:3])
        refusal = refusal or respondents.too_little(asked.instrument, form.sheet())
        if not refusal:
            sheet = sheets.Sheet(form.sheet(), token or sheets.new_token(), "paper" if paper else "staff")
            day = system().calendar(actor.region).local(now)
            try:
                _keep(session, asked, sheet, actor, day, now, paper=paper)
            except Refused as why:
                refusal = why.message
    if refusal:
        return _page(case_id, paper=paper, form=form, refusal=refusal, token=token)
    flash("Лист принят, можно вводить следующий." if paper else "Спасибо! Ответы приняты.", "success")
    return redirect(url_for("surveys.paper", case_id=case_id) if paper else url_for("surveys.index"), 303)


def _keep(
    session: Session, asked: sheets.Asked, sheet: sheets.Sheet, actor: Actor, day: Any, now: Any, *, paper: bool
) -> None:
    if paper:
        sheets.take(session, asked, sheet, day=day, now=now)
    else:
        sheets.take_of_staff(session, asked, sheet, actor, day=day, now=now)
