"""Stages of a programme: the school reports, the curator assesses and signs, the municipality decides, the head sums up."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import orjson

from app.cases.handlers import Asking, Values
from app.cases.models import Remark, Task
from app.cases.move import Move
from app.engine import Card
from app.programmes import plans, roadmap_papers
from app.programmes.models import PlanRow
from app.programmes.plan_models import AssignmentCard, Roadmap, RoadmapStage
from app.programmes.stage_rows import (
    calendar_of,
    next_stage,
    reported_rows,
    rows_of_stage,
    stage_of,
    state_of,
    told,
)
from app.years import school_year_of, school_year_start
from forms.values import show_number

# which stage it is ------------------------------------------------------------------------------------------------


def gate_stage(move: Move, card: Card) -> Values:
    """Terms of the next stage: its report opens some working days before its end."""
    roadmap = move.session.get_one(Roadmap, move.case.id)
    calendar = move.system.calendar(move.case.region)
    found = next_stage(move.session, move.profile, roadmap)
    final = calendar.term(
        f"to {move.profile.roadmaps.final}", move.now, {}, school_year_start(school_year_of(roadmap.ends_on))
    )  # fmt: skip
    end = found[2] if found else roadmap.ends_on
    opens = calendar.add_working(end, -move.profile.roadmaps.report_days) if move.profile.roadmaps.report_days else end
    return {
        "stage_left": found is not None,
        "stage_opens": opens.isoformat(),
        "stage_due": end.isoformat(),
        "final_due": max(calendar.local(final), move.today).isoformat(),
    }


# the school reports -----------------------------------------------------------------------------------------------


def report_context(ask: Asking) -> Values:
    roadmap = ask.session.get_one(Roadmap, ask.case.id)
    found = next_stage(ask.session, ask.profile, roadmap)
    end = found[2] if found else roadmap.ends_on
    cards, standing = plans.execution(ask.session, ask.case.id), stage_of(ask.session, ask.case.id)
    before = standing.report.get("rows", {}) if standing else {}
    rows = []
    for row in rows_of_stage(ask.session, roadmap, end):
        known = before.get(str(row.id)) or _from_assignment(row, cards.get(row.id), end)
        line = {"row": row.id, "number": row.number, "measure": row.text, "due": f"{row.due_on:%d.%m.%Y}"}
        rows.append({**line, "state": state_of(cards.get(row.id), ask.today), **known})
    values = {name: (standing.report if standing else {}).get(name) for name in ("share", "difficulties")}
    facts = {
        "stage": found[1] if found else "",
        "remarks": standing.conclusion if standing else "",
        "case": ask.case.id,
    }
    return {"rows": {"rows": rows}, "values": values, "facts": facts}


def _from_assignment(row: PlanRow, card: AssignmentCard | None, end: date) -> dict[str, Any]:
    """What the school says is filled in from the accepted assignment of the row."""
    if card is not None and card.state in ("reported", "accepted") and card.result:
        return {"result": card.result, "value": card.data.get("value"), "conclusion": card.fact}
    return {"result": "ahead" if row.due_on > end else None}


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    roadmap = move.session.get_one(Roadmap, move.case.id)
    found = next_stage(move.session, move.profile, roadmap)
    number, title, end = found if found else (1, "Этап", roadmap.ends_on)
    stage = move.session.get(RoadmapStage, (move.case.id, number))
    if stage is None:
        stage = RoadmapStage(case_id=move.case.id, number=number, title=title, ends_on=end, checked={}, conclusion="")
        move.session.add(stage)
    lines = {str(r["row"]): {k: r[k] for k in ("result", "value", "conclusion")} for r in answers["rows"]}
    stage.report = {"share": answers["share"], "difficulties": answers["difficulties"], "rows": lines}
    stage.reported_at = move.now
    move.session.flush()
    move.record("roadmap.stage_reported", stage=number, rows=len(lines))
    return None


# the curator assesses ---------------------------------------------------------------------------------------------


def check_context(ask: Asking) -> Values:
    stage = stage_of(ask.session, ask.case.id)
    assert stage is not None
    rows = [
        {"row": row.id, "number": row.number, "measure": row.text, "reported": told(line)}
        for row, line in reported_rows(ask.session, stage)
    ]
    share = stage.report.get("share")
    facts = {
        "stage": stage.title,
        "share": show_number(share) if share is not None else "",
        "difficulties": stage.report.get("difficulties") or "",
        "case": ask.case.id,
    }
    return {"rows": {"rows": rows}, "facts": facts}


def check_shown(ask: Asking, answers: Values | None) -> str | None:
    """The curator signs his conclusion about exactly this report."""
    if answers is not None and answers.get("outcome") != "accept":
        return None
    stage = stage_of(ask.session, ask.case.id)
    return sha256(orjson.dumps([stage.number, stage.report] if stage else [])).hexdigest()


def write_check(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    stage = stage_of(move.session, move.case.id)
    assert stage is not None
    stage.checked = {str(r["row"]): {k: r.get(k) for k in ("confirmed", "quality", "note")} for r in answers["rows"]}
    stage.conclusion = answers["conclusion"]
    if answers["outcome"] != "accept":
        return None
    stage.checked_at, stage.checked_by = move.now, move.actor.position_id if move.actor else None
    by_id = {str(row.id): (row, line) for row, line in reported_rows(move.session, stage)}
    for row_id, line in stage.checked.items():
        row, said = by_id[row_id]
        if line["confirmed"] == "accepted":
            row.result, row.quality, row.fact = said["result"], line["quality"], told(said)
            row.done_on = row.done_on or (stage.ends_on if said["result"] == "done" else None)
    move.session.flush()
    roadmap_papers.issue_opinion(move, stage)
    return None


# the municipality decides, the head sums up -----------------------------------------------------------------------


def municipal_context(ask: Asking) -> Values:
    """With no stage left there is no next one to go to."""
    stage = stage_of(ask.session, ask.case.id)
    assert stage is not None
    roadmap = ask.session.get_one(Roadmap, ask.case.id)
    days = calendar_of(ask.profile, roadmap)
    more = stage.number < len(days)
    words = {"next": "перейти к следующему этапу"} if more else {"last": "завершить: этапов больше нет"}
    opinion = roadmap_papers.opinion_of(ask.session, ask.case.id, stage.number)
    facts = {"stage": stage.title, "document_id": opinion.id if opinion else None, "case": ask.case.id}
    return {"choices": {"outcome": {**words, "amend": "изменить программу"}}, "facts": facts}


def write_municipal(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    stage = stage_of(move.session, move.case.id)
    assert stage is not None
    stage.outcome = answers["outcome"]
    position = move.actor.position_id if move.actor else None
    for line in answers.get("remarks") or ():
        place, hard = line.get("place") or "", line.get("weight") != "advice"
        values = {"case_id": move.case.id, "form": task.form, "round": stage.number, "position_id": position}
        move.session.add(Remark(**values, place=place, text=line["text"], compulsory=hard, at=move.now))
    move.session.flush()
    move.record("roadmap.stage_decided", stage=stage.number, outcome=answers["outcome"])
    return None


def final_context(ask: Asking) -> Values:
    roadmap = ask.session.get_one(Roadmap, ask.case.id)
    rows = [
        {
            "row": n,
            "name": f"{aim['name']}, {aim['unit']}",
            "base": show_number(aim["base"]),
            "target": show_number(aim["target"]),
        }
        for n, aim in enumerate(plans.targets(ask.session, roadmap), 1)
    ]
    return {"rows": {"reached": rows}, "facts": {"case": ask.case.id}}


def final_shown(ask: Asking, answers: Values | None) -> str | None:
    """The head signs his own report about the programme in force."""
    roadmap = ask.session.get_one(Roadmap, ask.case.id)
    return sha256(orjson.dumps([roadmap.case_id, roadmap.approved_edition])).hexdigest()


def write_final(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    roadmap = move.session.get_one(Roadmap, move.case.id)
    roadmap.finished_at = move.now
    move.session.flush()
    roadmap_papers.issue_report(move, roadmap, answers)
    return None


FORMS = {
    "roadmap_stage_report": write_report,
    "roadmap_stage_check": write_check,
    "roadmap_stage_municipal": write_municipal,
    "roadmap_final": write_final,
}
CONTEXTS = {
    "roadmap_stage_report": report_context,
    "roadmap_stage_check": check_context,
    "roadmap_stage_municipal": municipal_context,
    "roadmap_final": final_context,
}
SIGNED = {"roadmap_stage_check": check_shown, "roadmap_final": final_shown}
