"""A school's complex diagnosis: sources side by side, the computed profile, decisions that keep both values (OR-12, OR-42)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Opening, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.system import System
from app.diagnostics import curators, evidence, formula, instruments, opinion_paper
from app.diagnostics.models import ChecklistMark, Diagnosis, FactorOpinion, FactorScore
from app.engine import Card
from app.errors import Refused
from app.people.models import Organisation
from app.regions import Profile

PROFILE, OPINION = "risk_profile", "factor_opinion"


def open_diagnostics(
    session: Session, system: System, subject: Organisation, school_year: int, data: Values
) -> Opening:
    """One diagnosis a school and year; `light` goes on with the answers of the last approved one."""
    if subject.kind != "school":
        raise Refused("Диагностику открывают по школе.")
    word = system.profile(subject.region).diagnostics.model
    title = f"{word[0].upper()}{word[1:]}: {subject.short_name}"
    return Opening(title, once=f"diagnostics:{subject.id}:{school_year}", data={"light": bool(data.get("light"))})


def of(session: Session, case_id: int) -> Diagnosis:
    return session.get_one(Diagnosis, case_id)


def last_full(session: Session, school_id: int, before: int) -> Diagnosis | None:
    """The newest approved diagnosis with answers of its own, of an earlier year."""
    where = (Diagnosis.school_id == school_id, Diagnosis.school_year < before, Diagnosis.approved_at.is_not(None))
    found = sa.select(Diagnosis).where(*where, Diagnosis.copied_from.is_(None)).order_by(Diagnosis.school_year.desc())
    return session.scalar(found.limit(1))


_SCORES = (
    sa.select(FactorScore).where(FactorScore.diagnosis_id == sa.bindparam("diagnosis")).order_by(FactorScore.number)
)


def scores(session: Session, diagnosis_id: int) -> list[FactorScore]:
    return list(session.scalars(_SCORES, {"diagnosis": diagnosis_id}))


def opinions(session: Session, diagnosis_id: int, source: str | None = None) -> list[FactorOpinion]:
    where = [FactorOpinion.diagnosis_id == diagnosis_id]
    if source:
        where.append(FactorOpinion.source == source)
    return list(session.scalars(sa.select(FactorOpinion).where(*where).order_by(FactorOpinion.id)))


def title_of(profile: Profile, factor: str) -> str:
    return profile.dictionaries["risk_factor"][factor]


# the beginning ----------------------------------------------------------------------------------------------------


def begin(move: Move, card: Card) -> Values:
    """The diagnosis's row, and how much of it is to be done."""
    rules, today = move.profile.diagnostics, move.today
    before = last_full(move.session, move.case.subject_id, move.case.school_year)
    light = bool(move.case.data.get("light")) and before is not None
    row = Diagnosis(
        case_id=move.case.id,
        school_id=move.case.subject_id,
        school_year=move.case.school_year,
        light=light,
        catalogue=rules.catalogue,
        formula=rules.formula,
        started_on=today,
    )
    move.session.add(row)
    move.session.flush()
    expert = rules.expert and curators.expert_of(move.session, move.case.region, row.school_id, today) is not None
    due = today + timedelta(days=rules.sources_days)
    return {"light": light, "expert_needed": expert, "sources_due": due.isoformat()}


def copy(move: Move, card: Card) -> Values | None:
    """Go on with the answers, marks and opinions of the last full diagnosis; each keeps the day it is of."""
    row = of(move.session, move.case.id)
    before = last_full(move.session, row.school_id, row.school_year)
    assert before is not None and before.approved_at is not None
    row.copied_from = before.case_id
    day = before.approved_at.astimezone(move.profile.zone).date()
    for old in opinions(move.session, before.case_id):
        data = {**old.data, "as_of": old.data.get("as_of") or old.at.astimezone(move.profile.zone).date().isoformat()}
        facts = {name: getattr(old, name) for name in ("factor", "source", "score", "text", "position_id")}
        move.session.add(FactorOpinion(diagnosis_id=row.case_id, data=data, at=old.at, **facts))
    move.session.flush()
    move.record("diagnosis.copied", source=before.case_id, as_of=day)
    return None


def audiences(move: Move, card: Card) -> Any:
    """One survey for each questionnaire of the region."""
    for code in move.profile.diagnostics.questionnaires:
        yield move.case.subject_id, {"instrument": code}


def stale_passport(move: Move, card: Card) -> Any:
    """The school, when its newest passport is older than the region lets pass."""
    newest = evidence.newest_passport(move.session, of(move.session, move.case.id))
    if newest is None or newest.school_year + move.profile.diagnostics.passport_years <= move.case.school_year:
        yield move.case.subject_id, {}


def count_sources(move: Move, card: Card) -> Values | None:
    row = of(move.session, move.case.id)
    passport = evidence.newest_passport(move.session, row)
    row.passport_id = passport.id if passport else None
    move.session.flush()
    surveys = {s.audience: s.case_id for s in evidence.surveys_of(move.session, row.case_id)}
    move.record("diagnosis.sources", surveys=surveys, passport=row.passport_id)
    return None


# who --------------------------------------------------------------------------------------------------------------


def curator(move: Move, item: str | None) -> int | None:
    """The curator; when there is none, the method service stands in, and the profile says so."""
    today = move.today
    row = of(move.session, move.case.id)
    found = curators.curator_of(move.session, row.school_id, today)
    row.substitute = found is None
    return found or curators.substitute_of(move.session, move.case.region, row.school_id, today)


def expert(move: Move, item: str | None) -> int | None:
    today = move.today
    return curators.expert_of(move.session, move.case.region, move.case.subject_id, today)


def curator_appointed(move: Move) -> bool:
    today = move.today
    return curators.curator_of(move.session, move.case.subject_id, today) is not None


def open_of_school(move: Move) -> list[int]:
    """Diagnoses to be told that the school has got its curator."""
    where = (Case.kind == "diagnostics", Case.status == "open", Case.subject_id == move.case.subject_id)
    return list(move.session.scalars(sa.select(Case.id).where(*where)))


# what people see --------------------------------------------------------------------------------------------------


def write_self(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    for line in answers["factors"]:
        _opine(move, line["factor"], "school", line["score"], line["situation"], done=line.get("done") or "")
    return None


def write_docs(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    checklist = instruments.newest(move.profile.diagnostics.checklist)
    known = dict(enumerate(checklist.items, 1))
    for line in answers["items"]:
        block, item = known[int(line["row"])]
        facts = {"block": block.code, "item": item.code, "text": item.text, "factor": item.factor}
        said = {"score": line["score"], "document": line.get("document") or "", "remark": line.get("remark") or ""}
        move.session.add(ChecklistMark(diagnosis_id=move.case.id, **facts, **said))
    return None


def write_curator(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    for line in answers["seen"]:
        data = {"seen_in": line["source"], "visited_on": answers.get("visited_on")}
        _opine(move, line["factor"], "curator", line["score"], line["seen"], **data)
    return None


def write_expert(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    for line in answers["opinions"]:
        data = {"tool": line["tool"], "seen": line["seen"]}
        _opine(move, line["factor"], "expert", line["score"], line["conclusion"], **data)
    opinion_paper.write_opinion(move)
    return None


def _opine(move: Move, factor: str, source: str, score: int, text: str, **data: Any) -> None:
    position = move.actor.position_id if move.actor else None
    facts = {"factor": factor, "source": source, "score": score, "text": text, "data": data}
    move.session.add(FactorOpinion(diagnosis_id=move.case.id, position_id=position, at=move.now, **facts))
    move.session.flush()


# the profile ------------------------------------------------------------------------------------------------------


def compute(move: Move, card: Card) -> Values | None:
    """Scores with their evidence. A decision that still explains itself stays; one that rested on the old level falls."""
    row, profile = of(move.session, move.case.id), move.profile
    fields = {field.code: field for field in profile.social_passport.fields}
    known = {score.factor: score for score in scores(move.session, row.case_id)}
    as_of = _copied_day(move, row)
    for number, made in enumerate(
        formula.compute(profile.diagnostics, evidence.sources(move.session, profile, row), fields), 1
    ):
        score = known.get(made.factor) or FactorScore(diagnosis_id=row.case_id, number=number, factor=made.factor)
        if score.decided is not None and not score.reason and score.decided != made.level:
            score.decided, score.in_work = None, False
        score.score, score.level, score.parts, score.flags = made.score, made.level, made.parts, made.flags
        score.as_of = as_of
        move.session.add(score)
    row.computed_at = move.now
    move.session.flush()
    move.record(
        "diagnosis.computed",
        formula=row.formula,
        catalogue=row.catalogue,
        scores={s.factor: s.score for s in scores(move.session, row.case_id)},
    )
    return None


def _copied_day(move: Move, row: Diagnosis) -> Any:
    full = evidence.origin(move.session, row)
    return full.approved_at.astimezone(move.profile.zone).date() if full is not row and full.approved_at else None
