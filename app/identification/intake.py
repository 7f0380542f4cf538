"""Intake of a campaign: the plan of the year, files by source, questions about the data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Values
from app.cases.models import Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.engine import Card
from app.errors import Refused
from app.identification import quality, runs
from app.identification.models import DataQuestion
from app.people.actor import works
from app.people.models import Organisation, Person, Position
from app.results.models import AssessmentOccasion, ImportFile
from app.years import school_year_start

DEFAULT_WINDOW = 5
SOURCES: Mapping[str, tuple[str, ...]] = {
    "fis_oko": ("fisoko_extract", "fisoko_statistics", "fisoko_individual", "vpr_collection", "fisoko_scores"),
    "ris_gia_9": ("oge_protocol",),
    "ris_gia_11": ("ege_protocol",),
}
"""Source of the plan → kinds of import files that bring it; the others cannot be told by a file."""


def plan_context(ask: Asking) -> Values:
    """Procedures of the two years that the rule looks at, sources with those who bring them, the region's terms."""
    profile, year = ask.profile, ask.case.school_year
    rule = runs.rule_for(profile, year)
    calendar = ask.system.calendar(ask.case.region)
    start = school_year_start(year)
    people = _operators(ask.session, ask.case.region, ask.today)
    by = {
        name: calendar.term(profile.terms[name], ask.now, {}, start).date().isoformat() for name in ("sources", "order")
    }
    years = range(year - 1, year - rule.years - 1, -1)
    procedures = [
        {"procedure": code, "year": y, "held": "yes", "grade": profile.procedure(code).grade}
        for y in years
        for code in rule.procedures
    ]
    sources = [*SOURCES, *(["social_passport"] if profile.social_passport.required else [])]
    responsible = next(iter(people), None)
    return {
        "choices": {"rule_version": {rule.key: f"{rule.title}, версия {rule.key}"}, "person": people},
        "values": {
            "school_year": year,
            "rule": rule.key,
            "procedures": procedures,
            "sources": [{"source": s, "responsible": responsible, "due": by["sources"]} for s in sources],
            "window": max(profile.limits.window_days[0], DEFAULT_WINDOW),
            "order_due": by["order"],
        },
        "dates": {
            "today": ask.today.isoformat(),
            "year_start": start.isoformat(),
            "year_end": date(year + 1, 6, 30).isoformat(),
        },
    }


def _operators(session: Session, region: str, on: date) -> dict[int, str]:
    found = (
        sa.select(Person)
        .join(Position, Position.person_id == Person.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Organisation.region == region, Organisation.kind == "operator", works(on))
        .order_by(Person.family_name)
    )
    return {person.id: person.listed_name for person in session.scalars(found)}


def write_plan(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Occasions of the plan: what was held, what was not, what was moved."""
    if answers["school_year"] != move.case.school_year:
        raise Refused("Учебный год плана не тот, что у кампании.", advice=f"Укажите {move.case.school_year}.")
    for line in answers["procedures"]:
        where = {"region": move.case.region, "procedure": line["procedure"], "school_year": line["year"]}
        row = move.session.scalar(sa.select(AssessmentOccasion).filter_by(**where)) or AssessmentOccasion(**where)
        row.held, row.actual_grade = line["held"], line.get("actual_grade")
        row.day = date.fromisoformat(line["held_on"]) if line.get("held_on") else row.day
        move.session.add(row)
    return None


def _loaded(session: Session, region: str) -> dict[int, ImportFile]:
    where = (ImportFile.region == region, ImportFile.kind != "registry", ImportFile.superseded_by.is_(None))
    return {row.id: row for row in session.scalars(sa.select(ImportFile).where(*where).order_by(ImportFile.id))}


def _planned(session: Session, case_id: int) -> list[str]:
    plan = last_answer(session, case_id, "campaign_plan") or {"sources": []}
    return [line["source"] for line in plan["sources"]]


def _has(source: str, files: Mapping[int, ImportFile], year: int) -> bool:
    """Is the source there for the last year of the list's data; passports are gathered by cases, not by files."""
    wanted = SOURCES.get(source)
    if wanted is None:
        return source == "social_passport"
    return any(file.kind in wanted and f" {year} " in f"{file.scope} " for file in files.values())


def import_context(ask: Asking) -> Values:
    """Files loaded for the region with what each brought, and the sources of the plan with their state."""
    files = _loaded(ask.session, ask.case.region)
    before = {
        line["source"]: line
        for line in (last_answer(ask.session, ask.case.id, "campaign_import") or {}).get("sources", ())
    }
    rows = []
    for number, source in enumerate(_planned(ask.session, ask.case.id), 1):
        there = _has(source, files, ask.case.school_year - 1)
        state = "загружен" if there else "нет файлов"
        earlier = before.get(source, {})
        rows.append(
            {
                "row": number,
                "source": source,
                "state": state,
                "absent": earlier.get("absent"),
                "reason": earlier.get("reason"),
            }
        )
    return {
        "rows": {"sources": rows},
        "files": {row.id: {"name": row.name, "size": 0} for row in files.values()},
        "values": {"files": list(files)},
        "facts": {
            "files": [{"name": f.name, "kind": f.kind, "rows": f.rows, "accepted": f.accepted} for f in files.values()]
        },
    }


def write_import(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The files belong to the campaign from now on; questions about the data are put for the next step."""
    ids = [int(number) for number in answers.get("files") or ()]
    move.session.execute(sa.update(ImportFile).where(ImportFile.id.in_(ids)).values(case_id=move.case.id))
    quality.store(move.session, move.case.id, quality.questions(move.session, move.case.region, move.case.school_year))
    return None


def gate_sources(move: Move, card: Card) -> Values:
    files = _loaded(move.session, move.case.region)
    answers = last_answer(move.session, move.case.id, "campaign_import") or {"sources": []}
    absent = {line["source"] for line in answers["sources"] if line.get("absent")}
    year = move.case.school_year - 1
    return {"sources_complete": all(s in absent or _has(s, files, year) for s in _planned(move.session, move.case.id))}


def quality_context(ask: Asking) -> Values:
    found = (
        sa.select(DataQuestion, Organisation.short_name)
        .outerjoin(Organisation, Organisation.id == DataQuestion.school_id)
        .where(DataQuestion.case_id == ask.case.id)
        .order_by(DataQuestion.id)
    )
    rows = [
        {"row": q.id, "school": school or "–", "problem": q.text, "resolution": q.decision or "kept", "note": q.reason}
        for q, school in ask.session.execute(found)
    ]
    return {"rows": {"problems": rows}, "facts": {"questions": len(rows)}, "values": {"data_state": None}}


def write_quality(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    for line in answers["problems"]:
        row = move.session.get_one(DataQuestion, int(line["row"]))
        row.decision, row.reason = line.get("resolution"), line.get("note")
    return None


HANDLERS = Handlers(
    forms={"campaign_plan": write_plan, "campaign_import": write_import, "campaign_quality": write_quality},
    contexts={"campaign_plan": plan_context, "campaign_import": import_context, "campaign_quality": quality_context},
    operations={"check_gate.campaign.sources": gate_sources},
)
