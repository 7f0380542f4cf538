"""The risk profile as a paper and on pages: every score with what was decided about it, both values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.cases.move import Move
from app.diagnostics import counting, curators, evidence, sheets
from app.diagnostics.models import Diagnosis, FactorOpinion, FactorScore, Survey
from app.diagnostics.requisites import municipality_of, requisites
from app.diagnostics.words import FLAGS, source_words
from app.documents import contexts, signing, texts
from app.documents.issuing import issuing_place
from app.documents.models import Document, Edition
from app.identification.models import SupportList
from app.people.models import Person, Position
from app.regions import Profile
from app.schools.models import School, SocialPassport
from app.years import school_year_name
from reports import ru

PROFILE = "risk_profile"
NUMBERS = ("ни одного", "один", "два", "три", "четыре", "пять")

_SCORES = (
    sa.select(FactorScore).where(FactorScore.diagnosis_id == sa.bindparam("diagnosis")).order_by(FactorScore.number)
)
_OPINIONS = (
    sa.select(FactorOpinion).where(FactorOpinion.diagnosis_id == sa.bindparam("diagnosis")).order_by(FactorOpinion.id)
)
_LISTED = (
    sa.select(SupportList)
    .where(SupportList.region == sa.bindparam("region"), SupportList.school_year <= sa.bindparam("year"))
    .order_by(SupportList.school_year.desc())
    .limit(1)
)


# the risk profile -------------------------------------------------------------------------------------------------


def write_profile(move: Move, *, draft: bool = True) -> Edition:
    """The profile as it stands now; numbers, dates and marks come later and change no fingerprint."""
    document = texts.of_case(move.session, move.case.id, PROFILE)
    if document is None:
        place = issuing_place(move.session, move.case.region, "operator")
        year = school_year_name(move.case.school_year)
        title = f"Результаты комплексной диагностики {move.subject.short_name}, {year} учебный год"
        document = texts.create(move, PROFILE, title, place)
    issuer = contexts.issuer(move.profile, "operator")
    return texts.write(move, document, {**requisites(move, document, issuer, draft=draft), **_profile(move, document)})


def _profile(move: Move, document: Document) -> dict[str, Any]:
    session, profile = move.session, move.profile
    row = session.get_one(Diagnosis, move.case.id)
    school, passport = session.get_one(School, row.school_id), evidence.newest_passport(session, row)
    scores = session.scalars(_SCORES, {"diagnosis": row.case_id}).all()
    surveys = evidence.surveys_of(session, row.case_id)
    received = sheets.counts(session, [survey.case_id for survey in surveys])
    rules, names = profile.diagnostics, profile.dictionaries["risk_factor"]
    return {
        "school": {
            "code": school.code,
            "name": move.subject.name,
            "municipality": municipality_of(session, move.subject),
            **_size(passport),
        },
        "list_act": _list_act(move),
        "period": _period(move, row),
        "catalogue_version": row.catalogue,
        "formula_version": row.formula,
        "high_from": rules.high_from,
        "medium_from": rules.medium_from,
        "curator": _curator(move, row, scores),
        "light": _light(move, row),
        "factors": [_factor(profile, score) for score in scores],
        "overrides": [
            _override(move, score, names) for score in scores if score.decided and score.decided != score.level
        ],
        **_opinions(move, row, scores, names),
        "conclusions": [
            {"factor": f"{s.number}. {names[s.factor]}", "text": s.conclusion}
            for s in scores
            if s.conclusion and (s.decided in ("high", "medium"))
        ],
        "surveys": [_coverage(session, survey, received.get(survey.case_id, 0)) for survey in surveys],
        "notes": _notes(profile, scores, names),
        "school_opinion": row.school_opinion,
        "left_out": row.left_out,
        "conclusion": conclusion(row, scores, names),
        "signers": _signers(move, document, row),
    }


def _size(passport: SocialPassport | None) -> dict[str, Any]:
    values = passport.values if passport else {}
    return {"pupils": values.get("pupils"), "teachers": values.get("teachers")}


def _list_act(move: Move) -> str:
    """The act that the school is supported by: the signed list of the year."""
    listed = move.session.scalar(_LISTED, {"region": move.case.region, "year": move.case.school_year})
    document = move.session.get(Document, listed.document_id) if listed is not None and listed.document_id else None
    if document is None or document.number is None or document.day is None:
        return ""
    kind = move.profile.document_kinds[document.kind].printed.lower()
    body = move.profile.organisations["ministry"].name.genitive
    return f"{kind} {body} от {document.day:%d.%m.%Y} № {document.number}"


def _period(move: Move, row: Diagnosis) -> str:
    last = row.computed_at.astimezone(move.profile.zone).date() if row.computed_at else row.started_on
    return f"{row.started_on:%d.%m.%Y} – {last:%d.%m.%Y}"


def _curator(move: Move, row: Diagnosis, scores: Sequence[FactorScore]) -> dict[str, Any] | None:
    today = move.today
    decided = next((score.decided_by for score in scores if score.decided_by is not None), None)
    position = move.session.get(Position, decided or curators.curator_of(move.session, row.school_id, today) or 0)
    if position is None:
        return None
    person = move.session.get_one(Person, position.person_id)
    note = " (вместо куратора: он не назначен)" if row.substitute else ""
    return {"name": person.listed_name, "position": f"{position.title}{note}"}


def _light(move: Move, row: Diagnosis) -> str:
    full = evidence.origin(move.session, row)
    if full is row or full.approved_at is None:
        return ""
    day = full.approved_at.astimezone(move.profile.zone).date()
    return (
        f"Диагностика облегчённая: ответы анкет, чек-лист и наблюдения взяты из диагностики, утверждённой {day:%d.%m.%Y}; "
        "социальный паспорт и результаты оценочных процедур – последние."
    )


def _factor(profile: Profile, score: FactorScore) -> dict[str, Any]:
    used = [part for part in score.parts if part.get("points") is not None]
    return {
        "n": score.number,
        "name": profile.dictionaries["risk_factor"][score.factor],
        "short": profile.diagnostics.factor(score.factor).short,
        "sources": source_words(used),
        "score": score.score,
        "level": score.level,
        "decided": score.decided,
        "in_work": score.in_work,
        "as_of": score.as_of.isoformat() if score.as_of else None,
    }


def _override(move: Move, score: FactorScore, names: Any) -> dict[str, Any]:
    return {
        "factor": f"{score.number}. {names[score.factor]}",
        "computed": score.level,
        "decided": score.decided,
        "reason": score.reason,
        "by": who(move.session, score.decided_by),
        "at": score.decided_at.astimezone(move.profile.zone).date().isoformat() if score.decided_at else None,
    }


def who(session: Session, position_id: int | None) -> str:
    """«Листвина М. А., куратор школы»."""
    position = session.get(Position, position_id) if position_id else None
    if position is None:
        return ""
    return f"{session.get_one(Person, position.person_id).listed_name}, {position.title[0].lower()}{position.title[1:]}"


def latest_opinions(session: Session, diagnosis_id: int) -> dict[str, dict[str, FactorOpinion]]:
    """Factor → source → the opinion that stands: the last of the school, the strongest of curator and expert."""
    found: dict[str, dict[str, FactorOpinion]] = {}
    for one in session.scalars(_OPINIONS, {"diagnosis": diagnosis_id}):
        standing = found.setdefault(one.factor, {}).get(one.source)
        if standing is None or one.source == "school" or one.score >= standing.score:
            found[one.factor][one.source] = one
    return found


def _opinions(move: Move, row: Diagnosis, scores: Sequence[FactorScore], names: Any) -> dict[str, Any]:
    found = latest_opinions(move.session, row.case_id)
    lines, differences = [], []
    for score in scores:
        said, title = found.get(score.factor, {}), f"{score.number}. {names[score.factor]}"
        if said:
            lines.append({"factor": title, **{source: one.score for source, one in said.items()}})
        if "curator" in said and "expert" in said and abs(said["curator"].score - said["expert"].score) >= 2:
            texts_ = {"curator": said["curator"].text, "expert": said["expert"].text}
            differences.append({"factor": title, **texts_})
    return {"opinions": lines, "differences": differences}


def _coverage(session: Session, survey: Survey, received: int) -> dict[str, Any]:
    from app.diagnostics.instruments import kept

    instrument = kept(session, survey.instrument)
    hidden = survey.mode != "named" and received < counting.LEAST
    closed = session.get_one(Case, survey.case_id).outcome == "not_given"
    return {
        "audience": instrument.audience_title,
        "invited": survey.expected,
        "answered": None if hidden else received,
        "note": "срок истёк" if closed else "",
    }


def _notes(profile: Profile, scores: Sequence[FactorScore], names: Any) -> list[str]:
    """Why some scores are missing or weak, factor by factor."""
    said = []
    for flag, words in FLAGS.items():
        numbers = [str(score.number) for score in scores if flag in score.flags]
        if numbers:
            word = "По фактору" if len(numbers) == 1 else "По факторам"
            said.append(f"{word} {', '.join(numbers)}: {words}.")
    return said


def conclusion(row: Diagnosis, scores: Sequence[FactorScore], names: Any) -> str:
    """Which factors the school works with, in one sentence."""
    year, chosen = school_year_name(row.school_year), [score for score in scores if score.in_work]
    if not chosen:
        if row.basis:
            return f"Факторов высокой и средней значимости не выявлено. Программа школы строится на другом основании: {row.basis.rstrip('.')}."
        return f"Факторы в работу на {year} учебный год школа ещё не выбрала."
    named = ", ".join(f"{s.number} – {names[s.factor][0].lower()}{names[s.factor][1:]}" for s in chosen)
    words = ru.count(len(chosen), "фактор", "фактора", "факторов").replace(str(len(chosen)), NUMBERS[len(chosen)], 1)
    verb = "принят" if len(chosen) == 1 else "приняты" if len(chosen) < 5 else "принято"
    return (
        f"В работу в {year} учебном году {verb} {words}: {named}. "
        "По каждому фактору в программе школы предусматриваются мероприятия и показатели."
    )


def _signers(move: Move, document: Document, row: Diagnosis) -> list[dict[str, Any]]:
    """The curator and the operator. Posts are fixed; names and marks come with the signatures."""
    signed = list(signing.valid(move.session, document.id, "sign"))
    posts = [
        "Муниципальная методическая служба" if row.substitute else "Куратор школы",
        "Специалист регионального оператора",
    ]
    return [contexts.signer([post], None, signed[n] if n < len(signed) else None) for n, post in enumerate(posts)]


# what pages and forms show ----------------------------------------------------------------------------------------


def shown_factors(session: Session, profile: Profile, diagnosis_id: int) -> list[dict[str, Any]]:
    """Every factor with its bar, its sources in words and the opinions, for the curator's form and the page."""
    found, names = latest_opinions(session, diagnosis_id), profile.dictionaries["risk_factor"]
    return [
        {
            "n": score.number,
            "code": score.factor,
            "title": names.get(score.factor, score.factor),
            "score": score.score,
            "level": score.level,
            "decided": score.decided,
            "reason": score.reason,
            "conclusion": score.conclusion,
            "in_work": score.in_work,
            "as_of": score.as_of,
            "flags": [FLAGS[flag] for flag in score.flags if flag in FLAGS],
            "sources": source_words([p for p in score.parts if p.get("points") is not None]),
            "parts": score.parts,
            "opinions": {
                source: {"score": one.score, "text": one.text} for source, one in found.get(score.factor, {}).items()
            },
        }
        for score in session.scalars(_SCORES, {"diagnosis": diagnosis_id})
    ]
