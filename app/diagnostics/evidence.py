"""What a diagnosis is computed from, gathered from the tables: sheets, marks, the passport, results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.diagnostics import formula, instruments, sheets
from app.diagnostics.models import ChecklistMark, Diagnosis, Survey
from app.regions import Profile
from app.results.models import Result
from app.schools import passports
from app.schools.models import SocialPassport

FIRST_WAVES = ("main", "early", "autumn", "")


_SURVEYS = (
    sa.select(Survey, Case)  # with its case, which is asked next and held by the session
    .join(Case, Case.id == Survey.case_id)
    .where(Case.parent_id == sa.bindparam("diagnosis"))
    .order_by(Survey.case_id)
)


def surveys_of(session: Session, diagnosis_id: int) -> Sequence[Survey]:
    """Surveys that the diagnosis opened, in the order of its questionnaires."""
    return [row.Survey for row in session.execute(_SURVEYS, {"diagnosis": diagnosis_id})]


def origin(session: Session, diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis whose answers and marks count: this one, or the full one that a light one goes on with."""
    return session.get_one(Diagnosis, diagnosis.copied_from) if diagnosis.copied_from else diagnosis


def sources(session: Session, profile: Profile, diagnosis: Diagnosis) -> formula.Sources:
    """Everything known now. A light diagnosis takes answers and marks of the full one, with their day."""
    full = origin(session, diagnosis)
    as_of = (
        full.approved_at.astimezone(profile.zone).date().isoformat()
        if full is not diagnosis and full.approved_at
        else ""
    )
    passport = newest_passport(session, diagnosis)
    return formula.Sources(
        questionnaires={row.audience: _questionnaire(session, row, as_of) for row in surveys_of(session, full.case_id)},
        marks=[formula.Mark(mark.item, mark.factor, mark.score) for mark in marks(session, full.case_id)],
        marks_as_of=as_of,
        passport=passport.values if passport else None,
        passport_year=passport.school_year if passport else None,
        results=results(session, profile, diagnosis.school_id, diagnosis.school_year),
    )


def _questionnaire(session: Session, row: Survey, as_of: str) -> formula.Questionnaire:
    instrument = instruments.kept(session, row.instrument)
    return formula.Questionnaire(instrument, sheets.sheets_of(session, row.case_id), row.expected, row.case_id, as_of)


def marks(session: Session, diagnosis_id: int) -> Sequence[ChecklistMark]:
    where = ChecklistMark.diagnosis_id == diagnosis_id
    return session.scalars(sa.select(ChecklistMark).where(where).order_by(ChecklistMark.id)).all()


def newest_passport(session: Session, diagnosis: Diagnosis) -> SocialPassport | None:
    """The accepted passport of the diagnosis's year or the newest before it."""
    return passports.newest(session, diagnosis.school_id, diagnosis.school_year + 1)


def results(session: Session, profile: Profile, school_id: int, school_year: int) -> list[dict[str, Any]]:
    """Results of the last year before `school_year` that has any: first attempts only, by procedure."""
    where = (Result.school_id == school_id, Result.current.is_(True), Result.wave.in_(FIRST_WAVES))
    year = session.scalar(sa.select(sa.func.max(Result.school_year)).where(*where, Result.school_year < school_year))
    if year is None:
        return []
    counted = sa.select(Result.procedure, sa.func.sum(Result.n), sa.func.sum(Result.low)).where(
        *where, Result.school_year == year
    )
    titles = {procedure.code: procedure.title for procedure in profile.procedures}
    rows = session.execute(counted.group_by(Result.procedure).order_by(Result.procedure)).all()
    return [
        {"procedure": code, "title": titles.get(code, code), "year": year, "n": int(n), "low": int(low)}
        for code, n, low in rows
    ]
