"""The draft of a programme: what its form offers, and how a sent draft becomes an edition with rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.calendar import Calendar
from app.cases.handlers import Asking, Values
from app.cases.models import Remark
from app.cases.move import Move
from app.errors import Refused
from app.files import of_case
from app.people.models import Person, Position
from app.programmes import diagnosis, plans
from app.programmes.models import PlanRow
from app.programmes.plan_models import Roadmap, RoadmapEdition
from app.regions import Profile
from app.regions.roadmap import ProgrammeKind
from app.years import school_year_name, school_year_start

RESULTS = "results"
COMMENT = "row_comment"
FORMS = ("roadmap_council", "roadmap_head", "roadmap_curator", "roadmap_stage_municipal", COMMENT)
PASSPORT = ("name", "kind", "starts_on", "ends_on", "goal", "head", "team")


def labels(profile: Profile) -> dict[str, str]:
    """Risk factors in words, and what a programme rests on when no risk was taken into work."""
    return {**profile.dictionaries["risk_factor"], RESULTS: profile.roadmaps.no_risk}


def factors(ask: Asking) -> dict[str, str]:
    """The risks of the school's approved diagnosis, code → words."""
    known = labels(ask.profile)
    return {risk.factor: known[risk.factor] for risk in risks(ask.session, ask.case.subject_id, ask.case.school_year)}


def risks(session: Session, school_id: int, school_year: int) -> list[diagnosis.Risk]:
    found = diagnosis.approved(session, school_id, school_year)
    if found is None:
        raise Refused(
            "У школы нет утверждённой диагностики этого учебного года.",
            advice="Завершите диагностику: программа строится на её рисках.",
        )
    return list(found.risks) or [diagnosis.Risk(RESULTS, "low")]


# what the form offers ---------------------------------------------------------------------------------------------


def context(ask: Asking) -> Values:
    """Risks, people, catalogue, the standing edition with the remarks that sent it back."""
    session, profile, case = ask.session, ask.profile, ask.case
    found = risks(session, case.subject_id, case.school_year)
    roadmap = session.get(Roadmap, case.id)
    kind = profile.roadmaps.kinds[roadmap.kind if roadmap else case.data.get("programme", profile.roadmaps.usual)]
    words = labels(profile)
    return {
        "values": _passport(session, roadmap) if roadmap else _first(ask, kind),
        "rows": _rows(session, roadmap, found),
        "choices": {
            "factor": {risk.factor: words[risk.factor] for risk in found},
            "severity": dict(profile.dictionaries["severity"]),
            "row_direction": dict(profile.dictionaries[kind.rows_by]),
            "evidence_kind": dict(profile.dictionaries["evidence_kind"]),
            "programme_kind": {code: one.label for code, one in profile.roadmaps.kinds.items()},
            "person": plans.people_of(session, case.subject_id, ask.today),
            "catalogue": {code: m.text for risk in found for code, m in profile.roadmaps.against(risk.factor).items()},
        },
        "facts": {
            "high": [risk.factor for risk in found if risk.severity == "high"],
            "measures": _measures(profile, found, kind),
            "catalogue": _catalogue(profile, found),
            "rows_word": kind.rows_word,
            "amendment": roadmap.amendment if roadmap else None,
            "leaderless": [r.number for r in plans.leaderless(session, roadmap, ask.today)] if roadmap else [],
            "case": case.id,
        },
        "files": of_case(session, case.id),
        "dates": {"today": ask.today.isoformat()},
    }


def _first(ask: Asking, kind: ProgrammeKind) -> dict[str, Any]:
    """A new programme begins today and ends with the school year."""
    profile, case = ask.profile, ask.case
    end = Calendar(profile.zone).term(f"to {profile.roadmaps.final}", ask.now, {}, school_year_start(case.school_year))
    usual = case.data.get("programme", profile.roadmaps.usual)
    return {
        "name": f"{kind.printed} на {school_year_name(case.school_year)} учебный год",
        "kind": usual,
        "starts_on": ask.today.isoformat(),
        "ends_on": max(end.astimezone(profile.zone).date(), ask.today).isoformat(),
    }


def _passport(session: Session, roadmap: Roadmap) -> dict[str, Any]:
    data = plans.passport(session, roadmap.case_id, roadmap.edition)
    return {name: data.get(name) for name in PASSPORT}


def _rows(session: Session, roadmap: Roadmap | None, found: list[diagnosis.Risk]) -> dict[str, list[dict[str, Any]]]:
    before = plans.passport(session, roadmap.case_id, roadmap.edition) if roadmap else {}
    tasks = {line["factor"]: line["task"] for line in before.get("sections", ())}
    sections = [
        {"row": n, "factor": risk.factor, "severity": risk.severity, "task": tasks.get(risk.factor)}
        for n, risk in enumerate(found, 1)
    ]
    if roadmap is None:
        return {"sections": sections, "answers_to": []}
    aims = [{"row": n, **line} for n, line in enumerate(before.get("targets", ()), 1)]
    measures = [_measure(row, before.get("targets", ())) for row in plans.rows(session, roadmap.case_id)]
    asked = [_asked(session, remark) for remark in open_remarks(session, roadmap.case_id)]
    return {"sections": sections, "targets": aims, "measures": measures, "answers_to": asked}


def _measure(row: PlanRow, targets: Any) -> dict[str, Any]:
    number = row.data.get("target")
    name = targets[number - 1]["name"] if number and number <= len(targets) else ""
    return {
        "row": row.number,
        "factor": row.section,
        "text": row.text,
        "direction": row.direction,
        "starts_on": row.starts_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "responsible": row.responsible_id,
        "expected": row.expected,
        "target": name,
        "compulsory": row.result is not None,
        **{name: row.data.get(name) for name in ("audience", "evidence", "partner", "resource", "source")},
    }


def open_remarks(session: Session, case_id: int) -> list[Remark]:
    """Remarks the school has not answered yet, in the order they were made."""
    where = (Remark.case_id == case_id, Remark.form.in_(FORMS), Remark.answer.is_(None))
    return list(session.scalars(sa.select(Remark).where(*where).order_by(Remark.id)))


def _asked(session: Session, remark: Remark) -> dict[str, Any]:
    position = session.get(Position, remark.position_id) if remark.position_id else None
    who = session.get_one(Person, position.person_id).listed_name if position else ""
    return {"row": remark.id, "place": remark.place or "программа", "author": who, "remark": remark.text}


def _measures(profile: Profile, found: list[diagnosis.Risk], kind: ProgrammeKind) -> dict[str, dict[str, str]]:
    """The catalogue's measures against these risks as rows of the plan, by code."""
    return {
        code: {
            "factor": risk.factor,
            "text": m.text,
            "direction": m.mechanism if kind.rows_by == "mechanism" else m.direction,
            "expected": m.expected,
            "evidence": m.evidence,
            "audience": m.audience,
        }
        for risk in found
        for code, m in profile.roadmaps.against(risk.factor).items()
    }


def _catalogue(profile: Profile, found: list[diagnosis.Risk]) -> list[dict[str, Any]]:
    """The same by risk, for the page: text, expected result, how to measure."""
    words = labels(profile)
    return [
        {
            "factor": words[risk.factor],
            "severity": risk.severity,
            "measures": [
                {"code": code, "text": m.text, "expected": m.expected, "indicator": f"{m.indicator}, {m.unit}"}
                for code, m in profile.roadmaps.against(risk.factor).items()
            ],
        }
        for risk in found
    ]


# what a sent draft becomes ----------------------------------------------------------------------------------------


def write(move: Move, answers: Mapping[str, Any], found: diagnosis.Found) -> Roadmap:
    """The next edition: rows that did not change stay the same rows, others are closed and opened anew with their number."""
    session, case = move.session, move.case
    roadmap = session.get(Roadmap, case.id)
    if roadmap is None:
        roadmap = Roadmap(case_id=case.id, school_id=case.subject_id, school_year=case.school_year, edition=0)
        roadmap.council = {}
        session.add(roadmap)
    roadmap.edition += 1
    roadmap.kind, roadmap.title = answers["kind"], answers["name"]
    roadmap.starts_on, roadmap.ends_on = (
        date.fromisoformat(answers["starts_on"]),
        date.fromisoformat(answers["ends_on"]),
    )
    session.flush()
    data = {name: answers[name] for name in PASSPORT}
    data["sections"] = [{k: v for k, v in line.items() if k != "row"} for line in answers["sections"]]
    data["targets"] = [{k: v for k, v in line.items() if k != "row"} for line in answers["targets"]]
    data["diagnosis"] = found.case_id
    made = {"made_at": move.now, "made_by": move.actor.position_id if move.actor else None}
    session.add(RoadmapEdition(case_id=case.id, number=roadmap.edition, data=data, **made))
    _write_rows(session, roadmap, answers["measures"])
    return roadmap


def _write_rows(session: Session, roadmap: Roadmap, lines: Iterable[Mapping[str, Any]]) -> None:
    standing = {row.number: row for row in plans.rows(session, roadmap.case_id)}
    last = session.scalar(sa.select(sa.func.max(PlanRow.number)).where(PlanRow.case_id == roadmap.case_id)) or 0
    for line in lines:
        before = standing.pop(int(line["row"]), None) if line.get("row") is not None else None
        row = _row(roadmap, line)
        if before is not None and plans.values_of(before) == plans.values_of(row):
            continue
        if before is None:
            last += 1
        row.number = before.number if before is not None else last
        _leave_out(before, roadmap.edition)
        session.add(row)
    for row in standing.values():
        _leave_out(row, roadmap.edition)
    session.flush()


def _leave_out(row: PlanRow | None, edition: int) -> None:
    if row is None:
        return
    if row.result is not None:
        raise Refused(
            f"Строка {row.number} уже исполнена: изменить или убрать её нельзя.",
            advice="Добавьте новую строку, исполненную оставьте как есть.",
        )
    row.dropped_in = edition


def _row(roadmap: Roadmap, line: Mapping[str, Any]) -> PlanRow:
    kept = ("audience", "target", "evidence", "partner", "resource", "source")
    return PlanRow(
        case_id=roadmap.case_id,
        edition=roadmap.edition,
        school_id=roadmap.school_id,
        section=line["factor"],
        text=line["text"],
        direction=line["direction"],
        starts_on=date.fromisoformat(line["starts_on"]),
        due_on=date.fromisoformat(line["due_on"]),
        responsible_id=int(line["responsible"]),
        expected=line["expected"],
        data={name: line.get(name) for name in kept},
        fact="",
    )


def answer_remarks(move: Move, lines: Iterable[Mapping[str, Any]]) -> None:
    by_id = {remark.id: remark for remark in open_remarks(move.session, move.case.id)}
    for line in lines:
        remark = by_id.get(int(line["row"]))
        if remark is not None:
            remark.answer, remark.answer_text, remark.answered_at = line["resolution"], line["reply"], move.now


def made_by(session: Session, case_id: int) -> int | None:
    """The position that sent the newest edition."""
    found = sa.select(RoadmapEdition.made_by).where(RoadmapEdition.case_id == case_id)
    return session.scalar(found.order_by(RoadmapEdition.number.desc()).limit(1))
