"""A survey's case: the window, its notices and extension, completeness, the summary (OR-78, OR-86, OM-07)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Question, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.system import System
from app.db import utcnow
from app.diagnostics import instruments, sheets, summary_paper
from app.diagnostics.models import Survey
from app.documents.texts import new_code
from app.engine import Card
from app.errors import Refused
from app.people.actor import Actor
from app.people.models import Organisation
from app.years import school_year_start

NOTICES = (50, 80)
OPENERS = ("regional_operator", "pd_center", "municipal_method_service", "school_deputy")


def open_survey(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One instrument in one school; its version is pinned now, whatever becomes of the file."""
    code = str(data.get("instrument", ""))
    if subject.kind != "school" or code not in instruments.codes():
        raise Refused("Анкету открывают по школе и по виду анкеты.", advice="Выберите анкету из списка.")
    instrument = instruments.newest(code)
    pinned = instruments.publish(session, instrument, utcnow())
    return Opening(
        f"{instrument.title}: {subject.short_name}",
        scope={"mode": instrument.mode},
        once=f"survey:{code}:{subject.id}:{school_year}",
        data={"instrument": code, "instrument_hash": pinned, "instrument_version": instrument.version},
    )


def which(session: Session, system: System, actor: Actor, about: Organisation) -> Sequence[Question]:
    """Asked before a survey is begun by hand: its instrument."""
    known = [instruments.newest(code) for code in instruments.codes()]
    return [Question("instrument", "Анкета", {one.code: one.title for one in known if one.questions})]


def instrument_of(session: Session, case: Case) -> instruments.Instrument:
    return instruments.kept(session, case.data["instrument_hash"])


def survey_of(move: Move) -> Survey:
    return move.session.get_one(Survey, move.case.id)


def _new(move: Move) -> Survey:
    """The row of the case; a fresh one at the first answer of the case."""
    row = move.session.get(Survey, move.case.id)
    if row is None:
        instrument = instrument_of(move.session, move.case)
        row = Survey(
            case_id=move.case.id,
            code=new_code(),
            school_id=move.case.subject_id,
            school_year=move.case.school_year,
            audience=instrument.audience,
            instrument=instrument.hash,
            mode=instrument.mode,
        )
        move.session.add(row)
        move.session.flush()
    return row


# the window -------------------------------------------------------------------------------------------------------


def open_context(ask: Asking) -> Values:
    instrument = instrument_of(ask.session, ask.case)
    rules = ask.profile.diagnostics
    first = ask.today
    return {
        "facts": {"audience": instrument.audience_title, "title": instrument.title, "children": instrument.children},
        "dates": {"today": first.isoformat(), "latest": (first + timedelta(days=60)).isoformat()},
        "values": {
            "opens_on": first.isoformat(),
            "window_to": (first + timedelta(days=rules.window_days[1])).isoformat(),
            "ways": ["staff" if instrument.mode == "staff" else "link"],
            "groups": [{"group": instrument.audience_title, "expected": None}],
        },
        "choices": {"ways": _ways(instrument.mode)},
    }


def _ways(mode: str) -> dict[str, str]:
    if mode == "staff":
        return {"staff": "после входа в систему", "paper": "на бумаге, ответы вводит школа"}
    return {
        "link": "по ссылке или QR-коду",
        "class_room": "в компьютерном классе",
        "paper": "на бумаге, ответы вводит школа",
    }


def write_open(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = _new(move)
    row.groups, row.ways = answers["groups"], answers["ways"]
    row.expected = sum(line["expected"] for line in answers["groups"])
    opens = date.fromisoformat(answers["opens_on"])
    row.opens_at = datetime.combine(opens, time.min, move.profile.zone)
    _set_window(move, row, answers["window_to"], row.opens_at)
    move.record("survey.opened", expected=row.expected, window_to=answers["window_to"], ways=answers["ways"])
    return None


def _set_window(move: Move, row: Survey, last: str, since: datetime) -> None:
    """The window ends when the engine's timer does; notices go at half of it and at four fifths."""
    start = school_year_start(move.case.school_year)
    calendar = move.system.calendar(move.case.region)
    row.closes_at = calendar.term("window_to", move.now, {"window_to": last}, start)
    begins = max(since, move.now)
    for percent in NOTICES:
        at = begins + (row.closes_at - begins) * percent / 100
        key = f"survey:{move.case.id}:{last}:{percent}"
        move.unit.post("mail", key, move.case.id, due_at=at, template="survey", percent=percent)
    move.session.flush()


def complete(move: Move) -> bool:
    """Have as many answered as were asked, within this window?"""
    row = move.session.get(Survey, move.case.id)
    return row is not None and 0 < row.expected <= sheets.count(move.session, row.case_id)


def close_context(ask: Asking) -> Values:
    asked = sheets.of_case(ask.session, ask.case.id)
    assert asked is not None
    received, expected = sheets.count(ask.session, ask.case.id), asked.survey.expected
    percent = received * 100 // expected if expected else 0
    return {
        "facts": {
            "percent": percent,
            "received": received,
            "expected": expected,
            "repeats": asked.survey.repeats,
            "masked": asked.survey.masked,
        }
    }


def write_close(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = survey_of(move)
    row.note = answers.get("reason") or ""
    row.closes_at = min(row.closes_at, move.now) if row.closes_at else move.now
    move.session.flush()
    move.record("survey.closed", received=sheets.count(move.session, row.case_id), expected=row.expected)
    return None


def completeness(move: Move, card: Card) -> Values:
    """Enough for the formula, extended already, or accepted as it is."""
    row, instrument = survey_of(move), instrument_of(move.session, move.case)
    return {"enough": _enough(move, row, instrument), "check_needed": instrument.check}


def _enough(move: Move, row: Survey, instrument: instruments.Instrument) -> bool:
    if row.mode == "named" or row.extended or row.settled:
        return True
    received = sheets.count(move.session, row.case_id)
    least = min(instrument.least_answers or move.profile.diagnostics.least_answers, row.expected)
    return received >= least and received * 100 >= row.expected * instrument.enough_percent


def extend_context(ask: Asking) -> Values:
    latest = ask.system.calendar(ask.case.region).add_working(ask.today, ask.profile.diagnostics.extension_days)
    tomorrow = ask.today + timedelta(days=1)
    context = close_context(ask)
    return {**context, "dates": {"tomorrow": tomorrow.isoformat(), "latest": latest.isoformat()}}


def write_extend(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = survey_of(move)
    if answers["outcome"] == "extend":
        row.extended = True
        _set_window(move, row, answers["window_to"], move.now)
        move.record("survey.extended", window_to=answers["window_to"], reason=answers["reason"])
    else:
        row.settled = True
        move.session.flush()
    return None


# a sheet of the school itself -------------------------------------------------------------------------------------


def fill_context(ask: Asking) -> Values:
    instrument = instrument_of(ask.session, ask.case)
    before = _last_year(ask.session, ask.case)
    named = {f"q_{code}": answer for code, answer in (before or {}).items()}
    source = "прошлая анкета" if before else ""
    return {
        "questions": [question.asked() for question in instrument.questions],
        "facts": {"title": instrument.title, "lead": instrument.lead},
        "values": named,
        "sources": dict.fromkeys(named, source),
    }


def _last_year(session: Session, case: Case) -> dict[str, Any] | None:
    """What the school answered when it was last asked the same."""
    found = (
        sa.select(Survey.case_id)
        .where(Survey.school_id == case.subject_id, Survey.mode == "named", Survey.case_id != case.id)
        .order_by(Survey.case_id.desc())
    )
    for survey_id in session.scalars(found):
        if session.get_one(Case, survey_id).data.get("instrument") == case.data["instrument"]:
            return next(iter(sheets.sheets_of(session, survey_id)), None)
    return None


def write_fill(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The sheet of the school; a corrected one takes the place of the former, which the case's answers keep."""
    row = _new(move)
    row.expected = 1
    row.opens_at = row.opens_at or move.now
    row.closes_at = move.now
    sheets.replace_form(move.session, row, instrument_of(move.session, move.case), answers, move.today)
    return None


def collect(move: Move, card: Card) -> Values | None:
    """The window is shut, the summary is made."""
    row = survey_of(move)
    row.closes_at = min(row.closes_at, move.now) if row.closes_at else move.now
    summary_paper.write_summary(move, row, instrument_of(move.session, move.case))
    return None


HANDLERS = Handlers(
    kinds={"survey": open_survey},
    about={"survey": ("school",)},
    asked={"survey": which},
    openers={"survey": OPENERS},
    forms={
        "survey_open": write_open,
        "survey_fill": write_fill,
        "survey_close": write_close,
        "survey_extend": write_extend,
    },
    contexts={
        "survey_open": open_context,
        "survey_fill": fill_context,
        "survey_close": close_context,
        "survey_extend": extend_context,
        "survey_check": close_context,
    },
    operations={"check_gate.survey.completeness": completeness, "survey.collect_facts": collect},
    facts={"survey.survey.complete": complete},
)
