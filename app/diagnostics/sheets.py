"""Sheets of answers: who may send one and when, how it is kept so that it leads to nobody."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.cases.models import Case
from app.db import for_update
from app.diagnostics.instruments import Instrument, kept
from app.diagnostics.masking import mask
from app.diagnostics.models import Survey, SurveyParticipant, SurveyResponse
from app.errors import Conflict, NotAllowed, NotFound, Refused
from app.people.actor import Actor

STAFF = frozenset({"teacher", "school_deputy", "school_head", "mentor", "curator", "subject_union"})
OVERFLOW = 20  # sheets above the number invited that are still taken: somebody joined, somebody sent twice


@dataclass(frozen=True)
class Asked:
    """A survey that answers are wanted for, with the version of its instrument."""

    survey: Survey
    instrument: Instrument
    case: Case


@dataclass(frozen=True)
class Sheet:
    """`token` is the random mark of one page: a sheet sent twice from it counts once. It names no device."""

    answers: Mapping[str, Any]
    token: str
    way: str
    repeated: bool = False


def new_token() -> str:
    return secrets.token_urlsafe(24)


def by_code(session: Session, code: str) -> Asked:
    """The survey behind a public address; NotFound for an address that never was, or of a survey by name."""
    survey = session.scalar(sa.select(Survey).where(Survey.code == code.upper(), Survey.mode == "anonymous"))
    if survey is None:
        raise NotFound("Такой анкеты нет.", advice="Проверьте адрес: буквы и цифры с листка.")
    return Asked(survey, kept(session, survey.instrument), session.get_one(Case, survey.case_id))


def of_case(session: Session, case_id: int) -> Asked | None:
    survey = session.get(Survey, case_id)
    if survey is None:
        return None
    return Asked(survey, kept(session, survey.instrument), session.get_one(Case, case_id))


def refusal(asked: Asked, now: datetime) -> str:
    """Why no answers are taken now, empty when they are."""
    survey = asked.survey
    if asked.case.status != "open" or survey.closes_at is None or survey.opens_at is None:
        return "Анкетирование закончилось."
    if now < survey.opens_at:
        return "Анкетирование ещё не началось."
    if now > survey.closes_at:
        return "Анкетирование закончилось."
    return ""


_COUNT = (
    sa.select(sa.func.count()).select_from(SurveyResponse).where(SurveyResponse.survey_id == sa.bindparam("survey"))
)
_COUNTS = (
    sa.select(SurveyResponse.survey_id, sa.func.count())
    .where(SurveyResponse.survey_id.in_(sa.bindparam("surveys", expanding=True)))
    .group_by(SurveyResponse.survey_id)
)
_SHEETS = (
    sa.select(SurveyResponse.answers)
    .where(SurveyResponse.survey_id == sa.bindparam("survey"))
    .order_by(SurveyResponse.id)
)
_LOCKED = for_update(sa.select(Survey).where(Survey.case_id == sa.bindparam("survey")))


def count(session: Session, survey_id: int) -> int:
    return session.scalar(_COUNT, {"survey": survey_id}) or 0


def counts(session: Session, surveys: Collection[int]) -> dict[int, int]:
    """Survey → sheets of it; one without sheets is not there."""
    return dict(session.execute(_COUNTS, {"surveys": list(surveys)}).all())


def answered(session: Session, survey_id: int, person_id: int) -> bool:
    return session.get(SurveyParticipant, (survey_id, person_id)) is not None


def sheets_of(session: Session, survey_id: int) -> list[dict[str, Any]]:
    """Answers of a survey, in no order that tells when they came."""
    return list(session.scalars(_SHEETS, {"survey": survey_id}))


def take(session: Session, asked: Asked, sheet: Sheet, *, day: date, now: datetime) -> bool:
    """Keep a sheet; False when this very one is kept already. Refused outside the window or far above the number invited.

    Only the day is kept, texts are masked first, and the caller's address, account and device are not known here.
    """
    session.get_one(Case, asked.survey.case_id, with_for_update={"read": True})  # no summary is made meanwhile
    survey = session.scalars(_LOCKED, {"survey": asked.survey.case_id}).one()
    if why := refusal(asked, now):
        raise Refused(why)
    key = hashlib.sha256(f"{survey.code}:{sheet.token}".encode()).hexdigest()
    if session.get(SurveyResponse, key) is not None:
        return False
    here = count(session, survey.case_id)
    if here >= 2 * survey.expected + OVERFLOW:
        raise Refused("Ответов уже больше, чем приглашённых.", advice="Сообщите в школу: окно закроют.")
    answers, hidden = masked(asked.instrument, sheet.answers)
    survey.masked += bool(hidden)
    survey.repeats += sheet.repeated
    session.add(SurveyResponse(id=key, survey_id=survey.case_id, day=day, way=sheet.way, answers=answers))
    session.flush()
    if here + 1 >= survey.expected:
        wake_key = f"wake:{survey.case_id}:survey.complete:{here + 1}"
        payload = {"message": "survey.complete", "values": {}, "sender": survey.case_id}
        outbox.post(session, outbox.Letter("wake", wake_key, payload, survey.case_id), now)
    return True


def take_of_staff(session: Session, asked: Asked, sheet: Sheet, actor: Actor, *, day: date, now: datetime) -> None:
    """A sheet of an employee: that he has answered is kept apart from what he answered. Once a person."""
    if actor.school_id != asked.survey.school_id or actor.role not in STAFF or asked.survey.mode != "staff":
        raise NotAllowed("Эта анкета – для сотрудников школы, которую опрашивают.")
    if answered(session, asked.survey.case_id, actor.person_id):
        raise Conflict("Вы уже ответили на эту анкету.", advice="Спасибо! Второй раз отвечать не нужно.")
    take(session, asked, sheet, day=day, now=now)
    session.add(SurveyParticipant(survey_id=asked.survey.case_id, person_id=actor.person_id))
    session.flush()


def replace_form(
    session: Session, survey: Survey, instrument: Instrument, answers: Mapping[str, Any], day: date
) -> None:
    """The one sheet of a survey by name; `answers` are those of the form, its questions under `q_…`."""
    sheet = {name.removeprefix("q_"): value for name, value in answers.items() if name.startswith("q_")}
    given, hidden = masked(instrument, {code: value for code, value in sheet.items() if value not in (None, "", [])})
    survey.masked = int(bool(hidden))
    session.execute(sa.delete(SurveyResponse).where(SurveyResponse.survey_id == survey.case_id))
    session.add(SurveyResponse(id=new_token(), survey_id=survey.case_id, day=day, way="form", answers=given))
    session.flush()


def masked(instrument: Instrument, answers: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Answers without names and phones in their texts, and how many places were hidden."""
    result, hidden = dict(answers), 0
    for question in instrument.questions:
        value = result.get(question.code)
        if question.type == "text" and isinstance(value, str):
            result[question.code], found = mask(value)
            hidden += found
        elif question.type == "table" and isinstance(value, list):
            rows = []
            for row in value:
                kept_row = {}
                for name, cell in row.items():
                    kept_row[name], found = mask(cell) if isinstance(cell, str) else (cell, 0)
                    hidden += found
                rows.append(kept_row)
            result[question.code] = rows
    return result, hidden
