"""The page of those who answer by a link: no sign-in, no cookie, no script, no address kept."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from app.access import public
from app.db import utcnow
from app.diagnostics import sheets
from app.diagnostics.instruments import Instrument, Question
from app.errors import Refused
from app.people.models import Organisation
from app.web.crowd import LOOKS, SHEETS, Crowd
from app.web.guard import csrf_exempt
from app.web.parts import system
from forms.questions import field_name
from forms.survey import AnswerSheet

bp = Blueprint("respondents", __name__)
CROWD = Crowd()
LONGEST = 64 * 1024
OPEN_WAYS = {"link", "class_room"}


def address_of(code: str) -> str:
    """The full address of a survey's page, as it stands on the leaflet."""
    return f"{system().base_url.rstrip('/')}/s/{code}"


def qr(address: str, scale: int = 5) -> Markup:
    """The QR code as inline SVG: no style, no picture to load."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=scale, border=4, svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704 - made here of our own address


def sections(instrument: Instrument, form: AnswerSheet) -> list[dict[str, Any]]:
    """Fields of the sheet by the instrument's sections, numbered through."""
    number, found = 0, []
    for section in instrument.sections:
        fields = []
        for question in section.questions:
            number += 1
            fields.append({"n": number, "field": form[field_name(question.code)]})
        found.append({"title": section.title, "fields": fields})
    return found


def blank(instrument: Instrument, data: Any = None) -> AnswerSheet:
    """The sheet of an instrument; nothing in it is compulsory for who answers without a name."""
    asked = [{**question.asked(), "required": False} for question in instrument.questions]
    return AnswerSheet(data, context={"questions": asked})


def too_little(instrument: Instrument, answers: dict[str, Any]) -> str:
    """Why a sheet is not taken: fewer than half of the questions that can be chosen in are answered."""
    closed: list[Question] = [q for q in instrument.questions if q.options]
    given = sum(1 for question in closed if question.code in answers)
    if given * 2 >= len(closed):
        return ""
    return f"Пока есть ответы на {given} из {len(closed)} вопросов. Ответьте хотя бы на половину."


@bp.get("/s/<code>")
@public
def show(code: str) -> Any:
    CROWD.note("look", _address(), LOOKS)
    with system().db.read() as session:
        asked = sheets.by_code(session, code)
        place = session.get_one(Organisation, asked.survey.school_id).short_name
    why = sheets.refusal(asked, utcnow()) or _by_paper(asked)
    form = blank(asked.instrument)
    page = render_template(
        "survey/answer.html",
        instrument=asked.instrument,
        place=place,
        closed=why,
        sections=sections(asked.instrument, form),
        token=sheets.new_token(),
        refusal="",
    )
    return _plain(make_response(page))


def _by_paper(asked: sheets.Asked) -> str:
    return "" if OPEN_WAYS & set(asked.survey.ways) else "На эту анкету отвечают на бумаге, её раздают в школе."


@bp.post("/s/<code>")
@csrf_exempt
@public
def answer(code: str) -> Any:
    """A sheet sent; the same page sent twice counts once."""
    if (request.content_length or 0) > LONGEST:
        raise Refused("Ответы слишком длинные.", advice="Сократите текст и отправьте ещё раз.")
    now, zone_day = utcnow(), None
    with system().db.write() as session:
        asked = sheets.by_code(session, code)
        place = session.get_one(Organisation, asked.survey.school_id)
        zone_day = system().calendar(place.region).local(now)
        form, token = blank(asked.instrument, request.form), request.form.get("sheet", "")
        refusal = _refusal(asked, form, token)
        if not refusal:
            before = CROWD.note(f"sheet:{asked.survey.code}", _address(), SHEETS)
            sheet = sheets.Sheet(form.sheet(), token, "link", repeated=before > 0)
            try:
                sheets.take(session, asked, sheet, day=zone_day, now=now)
            except Refused as closed:
                refusal = closed.message
        name = place.short_name
    if not refusal:
        return _plain(redirect(url_for("respondents.thanks", code=asked.survey.code), 303))
    page = render_template(
        "survey/answer.html",
        instrument=asked.instrument,
        place=name,
        closed=sheets.refusal(asked, now) or _by_paper(asked),
        sections=sections(asked.instrument, form),
        token=token or sheets.new_token(),
        refusal=refusal,
    )
    return _plain(make_response(page, 422))


def _refusal(asked: sheets.Asked, form: AnswerSheet, token: str) -> str:
    if not 16 <= len(token) <= 64:
        return "Страница устарела. Проверьте ответы и отправьте ещё раз."
    if _by_paper(asked):
        return _by_paper(asked)
    if not form.validate():
        return " ".join(issue.text for issue in form.issues()[:3])
    return too_little(asked.instrument, form.sheet())


@bp.get("/s/<code>/thanks")
@public
def thanks(code: str) -> Any:
    with system().db.read() as session:
        asked = sheets.by_code(session, code)
    again = url_for("respondents.show", code=asked.survey.code) if "class_room" in asked.survey.ways else ""
    return _plain(make_response(render_template("survey/thanks.html", instrument=asked.instrument, again=again)))


def _address() -> str:
    return request.remote_addr or ""


def _plain(response: Any) -> Any:
    """Nothing of the visit stays in the browser: neither a cookie nor the page."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
