"""A school's risk profile on the screen: every score opens to the answers it is made of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import queries
from app.cases.models import Case
from app.diagnostics import counting, evidence, instruments, papers, sheets
from app.diagnostics.models import Diagnosis, FactorScore
from app.diagnostics.words import FLAGS, SOURCES, WHY
from app.documents import texts
from app.errors import NotFound
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.regions import Profile
from app.web.parts import STATUSES, system

bp = Blueprint("diagnoses", __name__)
LEVELS = {"high": "высокая", "medium": "средняя", "low": "низкая"}
OPINIONS = {"school": "Самооценка школы", "curator": "Куратор", "expert": "Эксперт"}


@bp.get("/diagnoses/<int:case_id>")
@requires("case.read")
def show(case_id: int) -> Any:
    """All factors with their scores, decisions and the versions they were computed by."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        row = _diagnosis(session, case_id)
        profile = system().profile(case.region)
        document = texts.of_case(session, case_id, papers.PROFILE)
        asked = evidence.surveys_of(session, case_id)
        open_to = _readable(session, actor, [survey.case_id for survey in asked])
        surveys = [_survey(session, survey, readable=survey.case_id in open_to) for survey in asked]
        factors = papers.shown_factors(session, profile, case_id)
        return render_template(
            "diagnoses/show.html",
            case={"title": case.title, "url": url_for("cases.show", case_id=case_id), "status": STATUSES[case.status]},
            row=row,
            school=session.get_one(Organisation, row.school_id).short_name,
            rules=profile.diagnostics,
            factors=[{**f, "url": url_for("diagnoses.factor", case_id=case_id, code=f["code"])} for f in factors],
            levels=LEVELS,
            surveys=surveys,
            paper=url_for("documents.show", document_id=document.id) if document else "",
        )


def _diagnosis(session: Session, case_id: int) -> Diagnosis:
    row = session.get(Diagnosis, case_id)
    if row is None:
        raise NotFound("Такой диагностики нет.")
    return row


def _readable(session: Session, actor: Actor, surveys: Collection[int]) -> frozenset[int]:
    """Surveys that the actor may open whole: who was only asked for an opinion sees what a score is made of."""
    found = sa.select(Case.id).where(Case.id.in_(surveys), policy.scope(actor, Case))
    return frozenset(session.scalars(found))


def _survey(session: Session, survey: Any, *, readable: bool) -> dict[str, Any]:
    received = sheets.count(session, survey.case_id)
    hidden = survey.mode != "named" and 0 < received < counting.LEAST
    return {
        "title": instruments.kept(session, survey.instrument).title,
        "url": url_for("surveys.show", case_id=survey.case_id) if readable else "",
        "answered": "меньше 5" if hidden else received,
        "expected": survey.expected,
    }


@bp.get("/diagnoses/<int:case_id>/<code>")
@requires("case.read")
def factor(case_id: int, code: str) -> Any:
    """The evidence of one score: the formula, its parts with their weights, the answers behind each."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        row, profile = _diagnosis(session, case_id), system().profile(case.region)
        where = (FactorScore.diagnosis_id == case_id, FactorScore.factor == code)
        score = session.scalar(sa.select(FactorScore).where(*where))
        if score is None:
            raise NotFound("Такого фактора в диагностике нет.")
        open_to = _readable(session, actor, [part["survey"] for part in score.parts if part.get("survey")])
        standing = papers.latest_opinions(session, case_id).get(code, {})
        return render_template(
            "diagnoses/factor.html",
            title=profile.dictionaries["risk_factor"][code],
            number=score.number,
            back=url_for("diagnoses.show", case_id=case_id),
            case_title=case.title,
            row=row,
            score=score,
            rules=profile.diagnostics,
            levels=LEVELS,
            flags=[FLAGS[flag] for flag in score.flags if flag in FLAGS],
            parts=[_part(session, profile, row, code, part, open_to) for part in score.parts],
            formula=formula_words(score),
            opinions=[
                {"who": OPINIONS[source], "score": o.score, "text": o.text, "by": papers.who(session, o.position_id)}
                for source, o in standing.items()
            ],
            decided_by=papers.who(session, score.decided_by),
        )


def formula_words(score: FactorScore) -> str:
    """«(2 · 71 + 3 · 58) : 5 = 63», with the parts that had data; empty without a score."""
    known = [part for part in score.parts if part.get("points") is not None]
    if score.score is None or not known:
        return ""
    above = " + ".join(f"{part['weight']} · {part['points']}" for part in known)
    return f"({above}) : {sum(part['weight'] for part in known)} = {score.score}"


def _part(
    session: Session, profile: Profile, row: Diagnosis, factor: str, part: dict[str, Any], open_to: Collection[int]
) -> dict[str, Any]:
    source = part["source"]
    shown = {
        "title": SOURCES[source],
        "what": part.get("title", ""),
        "weight": part["weight"],
        "points": part.get("points"),
        "why": WHY.get(part.get("why", ""), ""),
        "as_of": date.fromisoformat(part["as_of"]) if part.get("as_of") else None,
        "value": part.get("value", ""),
        "above": part.get("above", ""),
        "below": part.get("below", ""),
        "rows": part.get("rows", []),
        "questions": (),
        "url": "",
        "marks": (),
        "sheets": part.get("sheets"),
        "expected": part.get("expected"),
    }
    if part.get("survey"):
        shown["url"] = url_for("surveys.show", case_id=part["survey"]) if part["survey"] in open_to else ""
        shown["questions"] = _questions(session, part["survey"], factor) if part.get("points") is not None else ()
    if source == "checklist":
        marks = evidence.marks(session, evidence.origin(session, row).case_id)
        shown["marks"] = [mark for mark in marks if mark.factor == factor]
    return shown


def _questions(session: Session, survey_id: int, factor: str) -> list[counting.Counted]:
    """The questions of the factor as they may be shown."""
    asked = sheets.of_case(session, survey_id)
    if asked is None:
        return []
    found = counting.summary(asked.instrument, sheets.sheets_of(session, survey_id))
    return [question for question in found.questions if question.factor == factor]
