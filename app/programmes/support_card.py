"""The card of a school's support: its case on one sheet as of a day, cut by what the reader may see (OR-63, OM-09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import reports
from app.cases import queries, standing
from app.cases.models import Case, Deadline
from app.cases.system import System
from app.cases.why import why
from app.diagnostics.models import Diagnosis, FactorScore
from app.documents import contexts, titles
from app.documents.models import Document
from app.identification.models import SupportList, SupportListRow, Verdict
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.programmes import overview
from app.programmes.evaluation_words import DECISIONS, DYNAMICS
from app.programmes.mentoring.models import Visit
from app.programmes.models import Evaluation, HelpGiven, PlanRow
from app.programmes.plan_models import Roadmap
from app.programmes.support import year_of
from app.schools.models import School
from app.years import school_year_name, school_year_of

KIND = "support_card"
PAPERS, TERMS = 25, 8
ISSUED = ("signed", "registered", "in_force")
ENDED = {"Наставничество": "завершено", "Обучение": "завершено"}


def pdf(session: Session, system: System, case: Case, actor: Actor, now: datetime) -> bytes:
    """The card as a file; it is drawn anew each time and kept nowhere."""
    return reports.render(KIND, printed(session, system, case, actor, now)).pdf


def printed(session: Session, system: System, case: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """The context of `reports` for the card of a case of kind support_cycle."""
    profile, today = system.profile(case.region), system.calendar(case.region).local(now)
    subject, school = session.get_one(Organisation, case.subject_id), session.get_one(School, case.subject_id)
    place = session.get(Organisation, school.municipality_id) if school.municipality_id else None
    year, reason = year_of(system, session, case), why(session, system, case, now)
    lists = _lists(session, case)
    shown, more = _papers(session, system, case, actor)
    return {
        "doc": {
            "date": today.isoformat(),
            "title": subject.short_name,
            "title_position": "center",
            "case_code": str(case.id),
            "long_kept": False,
        },
        "issuer": contexts.issuer(profile, "operator"),
        "school_name": subject.name,
        "school_code": school.code,
        "municipality": place.name if place else "",
        "case_number": case.number or str(case.id),
        "opened_on": system.calendar(case.region).local(case.opened_at).isoformat(),
        "track": "watch" if case.data.get("track") == "watch" else "listed",
        "listed": _listed(session, system, lists),
        "categories": _categories(session, system, case, lists),
        "year_word": school_year_name(year),
        "year_number": year - case.school_year + 1,
        "why": reason.text,
        "then": reason.then,
        "stages": [_stage(one) for one in overview.stages(session, system, case)],
        "people": _people(session, system, case, today),
        "terms": [_term(system, case, row, now) for row in queries.case_deadlines(session, case.id)[:TERMS]],
        "years": _years(session, case, year, lists),
        "help": _help(session, system, case),
        "papers": shown,
        "papers_more": more,
        "journal": contexts.head(session),
    }


# the list -------------------------------------------------------------------------------------------------------------


def _lists(session: Session, case: Case) -> Sequence[tuple[SupportList, SupportListRow]]:
    """Signed lists with the school in them, newest first."""
    found = (
        sa.select(SupportList, SupportListRow)
        .join(SupportListRow, SupportListRow.list_id == SupportList.id)
        .where(SupportListRow.school_id == case.subject_id, SupportList.region == case.region)
        .order_by(SupportList.school_year.desc(), SupportList.number.desc())
    )
    return [(one, row) for one, row in session.execute(found)]


def _listed(session: Session, system: System, lists: Sequence[tuple[SupportList, SupportListRow]]) -> str:
    """«приказ от … № …; К1: …»."""
    if not lists:
        return ""
    newest, row = lists[0]
    act = session.get(Document, newest.document_id) if newest.document_id else None
    if act is None or not act.number or act.day is None:
        return row.basis
    printed_kind = system.profile(act.region).document_kinds[act.kind].printed.lower()
    return f"{printed_kind} от {act.day:%d.%m.%Y} № {act.number}; {row.basis}"


def _categories(
    session: Session, system: System, case: Case, lists: Sequence[tuple[SupportList, SupportListRow]]
) -> list[str]:
    if not lists:
        return []
    where = (Verdict.run_id == lists[0][0].run_id, Verdict.school_id == case.subject_id)
    codes = session.scalar(sa.select(Verdict.categories).where(*where)) or []
    titles = system.profile(case.region).categories
    return [titles[code].title for code in codes if code in titles]


# where it stands ------------------------------------------------------------------------------------------------------


def _stage(one: overview.Stage) -> dict[str, Any]:
    """A stage in words: since when it is over, until when it goes."""
    ended = ENDED.get(one.title, "завершена")
    if one.state == "done":
        listed = one.case_id is None and one.day
        words = f"в перечне с {_day(one.day)}" if listed else f"{ended} {_day(one.day)}" if one.day else ended
    elif one.state == "now":
        words = f"до {_day(one.due)}" if one.due else "наблюдение" if one.case_id is None else "идёт"
    else:
        words = "не проводится" if one.off else "впереди"
    return {"title": one.title, "state": one.state or "ahead", "words": words}


def _day(value: date | None) -> str:
    return f"{value:%d.%m.%Y}" if value else ""


def _term(system: System, case: Case, row: Deadline, now: datetime) -> dict[str, Any]:
    """An open term and by which norm it runs."""
    local = system.calendar(case.region).local
    basis = "дата схемы дела" if row.kind == "timer" else standing.basis_words(row.basis)
    return {
        "name": row.name,
        "until": local(row.due_at).isoformat(),
        "basis": f"{basis}; отсчёт с {_day(local(row.started_at))}",
        "late": row.due_at < now,
    }


# years ----------------------------------------------------------------------------------------------------------------


def _years(
    session: Session, case: Case, newest: int, lists: Sequence[tuple[SupportList, SupportListRow]]
) -> list[dict[str, Any]]:
    """Every year of the case with what was found, planned, done and decided in it."""
    basis: dict[int, str] = {}
    for one, row in lists:
        basis.setdefault(one.school_year, row.basis)
    factors, rows = _factors(session, case), _measures(session, case)
    visits = _by_year(session.scalars(sa.select(Visit.held_on).where(Visit.school_id == case.subject_id)))
    help_ = _by_year(session.scalars(sa.select(HelpGiven.day).where(HelpGiven.school_id == case.subject_id)))
    decided = {
        one.school_year: one
        for one in session.scalars(sa.select(Evaluation).where(Evaluation.school_id == case.subject_id))
    }
    return [
        {
            "school_year": school_year_name(year),
            "basis": basis.get(year, ""),
            **dict(zip(("high", "medium"), factors.get(year, (None, None)), strict=True)),
            **dict(zip(("measures", "done"), rows.get(year, (None, None)), strict=True)),
            "visits": visits.get(year, 0),
            "help": help_.get(year, 0),
            **_decided(decided.get(year)),
        }
        for year in range(case.school_year, newest + 1)
    ]


def _decided(row: Evaluation | None) -> dict[str, str]:
    if row is None:
        return {}
    return {"dynamics": DYNAMICS.get(row.dynamics or "", ""), "decision": DECISIONS.get(row.decision or "", "")}


def _factors(session: Session, case: Case) -> dict[int, tuple[int, int]]:
    """School year → how many factors of high and of medium significance its approved diagnosis has."""
    level = sa.func.coalesce(FactorScore.decided, FactorScore.level)
    found = (
        sa.select(Diagnosis.school_year, level, sa.func.count())
        .join(FactorScore, FactorScore.diagnosis_id == Diagnosis.case_id)
        .where(Diagnosis.school_id == case.subject_id, Diagnosis.approved_at.is_not(None))
        .group_by(Diagnosis.school_year, level)
    )
    counts: dict[int, dict[str, int]] = {}
    for year, name, count in session.execute(found):
        counts.setdefault(year, {})[name] = count
    return {year: (one.get("high", 0), one.get("medium", 0)) for year, one in counts.items()}


def _measures(session: Session, case: Case) -> dict[int, tuple[int, int]]:
    """School year → standing rows of the school's programmes and how many of them are done."""
    done = sa.func.sum(sa.case((PlanRow.result == "done", 1), else_=0))
    found = (
        sa.select(Roadmap.school_year, sa.func.count(PlanRow.id), done)
        .join(PlanRow, PlanRow.case_id == Roadmap.case_id)
        .where(Roadmap.school_id == case.subject_id, PlanRow.dropped_in.is_(None))
        .group_by(Roadmap.school_year)
    )
    return {year: (rows, int(count or 0)) for year, rows, count in session.execute(found)}


def _by_year(days: Any) -> Mapping[int, int]:
    counts: dict[int, int] = {}
    for day in days:
        if day is not None:
            year = school_year_of(day)
            counts[year] = counts.get(year, 0) + 1
    return counts


def _help(session: Session, system: System, case: Case) -> list[dict[str, Any]]:
    titles = system.profile(case.region).dictionaries["help_kind"]
    found = (
        sa.select(HelpGiven.kind, sa.func.count(), sa.func.max(HelpGiven.day))
        .where(HelpGiven.school_id == case.subject_id)
        .group_by(HelpGiven.kind)
        .order_by(sa.func.count().desc(), HelpGiven.kind)
    )
    return [
        {"kind": titles.get(kind, kind), "count": count, "last": last.isoformat()}
        for kind, count, last in session.execute(found)
    ]


def _people(session: Session, system: System, case: Case, today: date) -> list[dict[str, Any]]:
    return [
        {"role": one.role, "name": one.name, "substitute": one.substitute}
        for one in overview.people(session, system, case, today)
    ]


def _papers(session: Session, system: System, case: Case, actor: Actor) -> tuple[list[dict[str, Any]], int]:
    """Papers of the case and of those below it that the reader may open, newest first; how many more there are."""
    below = sa.select(Case.id).where(sa.or_(Case.id == case.id, Case.parent_id == case.id))
    where = (Document.case_id.in_(below), Document.state.in_(ISSUED), policy.scope(actor, Document))
    total = session.scalar(sa.select(sa.func.count()).select_from(Document).where(*where)) or 0
    newest = sa.select(Document).where(*where).order_by(Document.id.desc()).limit(PAPERS)
    profile = system.profile(case.region)
    shown = [
        {
            "title": titles.full(profile, row.kind, row.title),
            "number": row.number or "",
            "day": row.day.isoformat() if row.day else None,
        }
        for row in session.scalars(newest)
    ]
    return shown, total - len(shown)
