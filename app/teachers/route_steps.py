"""A route under way: reports with evidence, the tutor's marks, the exit diagnosis, the end (OR-13, OR-14)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.models import Task
from app.cases.move import Move
from app.documents import signing, texts
from app.engine import Card
from app.files import of_case
from app.teachers import papers
from app.teachers.common import known, title, year_dates
from app.teachers.diagnosis import gap_words
from app.teachers.models import RouteStep, SkillGap
from app.teachers.routes import PAPER, edition_of, route_of, standing_steps

# going --------------------------------------------------------------------------------------------------------------


def next_step(move: Move, card: Card) -> Values:
    """The term of the report: the day of the first step that is not accepted."""
    ahead = [step.due_on for step in standing_steps(move.session, move.case.id) if step.mark != "accepted"]
    row = route_of(move.session, move.case.id)
    until = min(ahead) if ahead else (row.ends_on or move.today)
    return {"step_due": until.isoformat()}


def steps_context(ask: Asking) -> Values:
    open_ = [s for s in standing_steps(ask.session, ask.case.id) if s.mark != "accepted"]
    rows = [
        {
            "row": step.id,
            "step": step.text + (f". Вернули: {step.comment}" if step.mark == "returned" and step.comment else ""),
            "due": f"{step.due_on:%d.%m.%Y}",
            "result": step.result,
            "fact": step.fact or None,
            "url": step.link or None,
        }
        for step in open_
    ]
    return {
        "rows": {"steps": rows},
        "choices": {"result": dict(ask.profile.dictionaries["result"])},
        "files": of_case(ask.session, ask.case.id),
        "known": known(("Ждут замены", "; ".join(f"{s.text}: {s.lost}" for s in open_ if s.lost))),
        "dates": year_dates(ask.case.school_year, ask.today),
    }


def write_steps(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    steps = {step.id: step for step in standing_steps(move.session, move.case.id)}
    for line in answers["steps"]:
        step = steps.get(int(line["row"]))
        if step is None or step.mark == "accepted" or not line.get("result"):
            continue
        step.result, step.fact, step.link = line["result"], line.get("fact") or "", line.get("url") or ""
        step.files, step.reported_at, step.mark = list(line.get("files") or []), move.now, None
    if answers.get("reflection"):
        route_of(move.session, move.case.id).reflection = answers["reflection"]
    return None


def reported(session: Session, case_id: int) -> list[RouteStep]:
    return [s for s in standing_steps(session, case_id) if s.result is not None and s.mark is None]


def check_context(ask: Asking) -> Values:
    steps = standing_steps(ask.session, ask.case.id)
    fresh = [s for s in steps if s.result is not None and s.mark is None]
    files = of_case(ask.session, ask.case.id)
    rows = [
        {
            "row": step.id,
            "step": step.text,
            "said": _said(ask.profile, step, files),
            "mark": "accepted" if step.result == "done" else None,
        }
        for step in fresh
    ]
    left = [s for s in steps if s.mark != "accepted" and s not in fresh]
    return {"rows": {"steps": rows}, "facts": {"left": len(left)}, "files": files}


def _said(profile: Any, step: RouteStep, files: Mapping[int, Mapping[str, Any]]) -> str:
    parts = [title(profile, "result", step.result), step.fact, step.link]
    names = [files[int(key)]["name"] for key in step.files or () if int(key) in files]
    parts.append(f"файлы: {', '.join(names)}" if names else "")
    return ". ".join(part.rstrip(".") for part in parts if part)


def write_check(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    steps = {step.id: step for step in reported(move.session, move.case.id)}
    for line in answers["steps"]:
        step = steps.get(int(line["row"]))
        if step is not None:
            step.mark, step.comment, step.marked_at = line["mark"], line.get("comment") or "", move.now
    return None


# ending -------------------------------------------------------------------------------------------------------------


_ENTRY = (
    sa.select(SkillGap)
    .where(
        SkillGap.id.in_(
            sa.select(RouteStep.gap_id).where(RouteStep.case_id == sa.bindparam("case"), RouteStep.gap_id.is_not(None))
        )
    )
    .order_by(SkillGap.subject, SkillGap.kind, SkillGap.id)
)


def _entry(move_or_ask: Any) -> list[SkillGap]:
    """The gaps that the route began from: those its steps close."""
    return list(move_or_ask.session.scalars(_ENTRY, {"case": move_or_ask.case.id}))


def exit_context(ask: Asking) -> Values:
    rows = [
        {"row": gap.id, "kind": title(ask.profile, "gap_kind", gap.kind), "entry": gap_words(ask.profile, gap)}
        for gap in _entry(ask)
    ]
    return {"rows": {"results": rows}, "dates": year_dates(ask.case.school_year, ask.today)}


def write_exit(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    gaps = {gap.id: gap for gap in _entry(move)}
    for line in answers["results"]:
        gap = gaps[int(line["row"])]
        value = float(line["percent"])
        move.session.add(
            SkillGap(
                person_id=gap.person_id,
                school_id=move.case.subject_id,
                case_id=move.case.id,
                school_year=move.case.school_year,
                phase="exit",
                subject=gap.subject,
                kind=gap.kind,
                percent=value,
                level=move.profile.teachers.scale.level(value),
                day=date.fromisoformat(line["day"]),
                note=line.get("note") or "",
            )
        )
    return None


def write_reflection(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = route_of(move.session, move.case.id)
    row.reflection, row.shares = answers["changed"], answers["shares"]
    move.session.flush()
    papers.write_route(move, draft=True)
    return None


def close_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, PAPER)
    return {
        "facts": {"document_id": document.id if document else None},
        "dates": year_dates(ask.case.school_year, ask.today),
    }


def close_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "closed":
        return None
    return edition_of(ask.session, ask.case.id).sha256


def write_close(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = route_of(move.session, move.case.id)
    row.conclusion = answers["conclusion"]
    if answers["outcome"] == "prolong":
        row.ends_on = date.fromisoformat(answers["until"])
        return None
    row.outcome = "closed"
    document = texts.of_case(move.session, move.case.id, PAPER)
    assert document is not None
    signing.sign(move, document, edition_of(move.session, move.case.id), move.proof, "sign")
    return None


def render(move: Move, card: Card) -> Values | None:
    papers.write_route(move, draft=False)
    return None
