"""What the lists of diagnoses and surveys show and are narrowed by."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Handlers
from app.cases.models import Case
from app.cases.registry import Asked, Column, Filter, Registry, among, count_of, day, fixed, of, options, word
from app.diagnostics.models import Diagnosis, FactorScore, Survey, SurveyResponse
from app.diagnostics.words import QUESTIONNAIRES

AUDIENCES = {code: words for code, (words, _) in QUESTIONNAIRES.items()}
LEVEL: Any = sa.func.coalesce(FactorScore.decided, FactorScore.level)


def _factors(level: str) -> sa.ColumnElement[int]:
    return count_of(FactorScore.id, FactorScore.diagnosis_id == Case.id, level == LEVEL)


def _surveys(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    child = sa.orm.aliased(Case)
    return (
        sa.select(sa.func.count(child.id))
        .where(child.parent_id == Case.id, child.kind == "survey", *(one for one in more))
        .correlate(Case)
        .scalar_subquery()
    )


def _significant(asked: Asked, factor: str) -> sa.ColumnElement[bool]:
    """Schools whose factor is of high or medium significance."""
    found = sa.select(FactorScore.diagnosis_id).where(FactorScore.factor == factor, LEVEL.in_(("high", "medium")))
    return Case.id.in_(found)


def _approved(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    done = Case.id.in_(sa.select(Diagnosis.case_id).where(Diagnosis.approved_at.is_not(None)))
    return done if value == "yes" else sa.not_(done)


DIAGNOSES = Registry(
    (
        Column("high", "Факторов высокой значимости", lambda asked: _factors("high"), numeric=True),
        Column("medium", "Средней", lambda asked: _factors("medium"), numeric=True),
        Column("surveys", "Анкет", lambda asked: _surveys(), numeric=True),
        Column("approved", "Утверждена", of(Diagnosis.approved_at, Diagnosis.case_id), day),
    ),
    (
        Filter("factor", "Значимый фактор", options("risk_factor"), _significant),
        Filter("approved", "Утверждена", fixed({"yes": "да", "no": "нет"}), _approved),
    ),
    "Диагностику открывает дело школы.",
)
SURVEYS = Registry(
    (
        Column("audience", "Кого спрашивают", of(Survey.audience, Survey.case_id), word({**AUDIENCES, None: ""})),
        Column("expected", "Ожидалось", of(Survey.expected, Survey.case_id), numeric=True),
        Column(
            "answered",
            "Ответили",
            lambda asked: count_of(SurveyResponse.id, SurveyResponse.survey_id == Case.id),
            numeric=True,
        ),
        Column("closes", "До", of(Survey.closes_at, Survey.case_id), day),
    ),
    (Filter("audience", "Кого спрашивают", fixed(AUDIENCES), among(Survey.case_id, Survey.audience)),),
    "Анкетирование открывает диагностика школы.",
)

HANDLERS = Handlers(registries={"diagnostics": DIAGNOSES, "survey": SURVEYS})
