"""Work of a mentor pair: its programme, diary of meetings, stopping with notice, final report, the mentee's mark."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import operations
from app.cases.handlers import Asking, Values
from app.cases.models import Case, Remark, Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.engine import Card
from app.errors import NotAllowed, TaskNotOpen
from app.files import of_case
from app.people.actor import Actor
from app.people.models import Assignment, Position
from app.programmes import pair_papers as papers
from app.programmes.models import HelpGiven
from app.programmes.pair_models import PairIndicator, PairMeeting
from app.programmes.pair_papers import pair_of
from app.years import school_year_start

HELP = "method"


def program_context(ask: Asking) -> Values:
    pair = pair_of(ask.session, ask.case.id)
    dates = {"starts_on": pair.starts_on.isoformat(), "ends_on": pair.ends_on.isoformat()}
    return {"values": last_answer(ask.session, ask.case.id, "pair_program") or {"goals": pair.goal}, "dates": dates}


def write_program(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Indicators and meetings of the programme; a new version replaces what has not been held."""
    session, case_id = move.session, move.case.id
    session.execute(sa.delete(PairIndicator).where(PairIndicator.case_id == case_id))
    session.execute(sa.delete(PairMeeting).where(PairMeeting.case_id == case_id, PairMeeting.held_on.is_(None)))
    for number, row in enumerate(answers["indicators"], 1):
        session.add(PairIndicator(case_id=case_id, number=number, **_only(row, "name", "base", "target")))
    for row in answers["meetings"]:
        due = date.fromisoformat(row["due_on"])
        session.add(PairMeeting(case_id=case_id, due_on=due, **_only(row, "topic", "form")))
    session.flush()
    return None


def _only(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def next_meeting(move: Move, card: Card) -> Values:
    """When the diary is due: at the nearest planned meeting, after the silence that is allowed at the latest."""
    today = move.today
    latest = today + timedelta(days=move.profile.pairs.silent_days)
    planned = papers.planned_meetings(move.session, move.case.id)
    ahead = [one.due_on for one in planned if one.held_on is None and one.due_on and one.due_on >= today]
    return {"meeting_due": min([*ahead, latest]).isoformat()}


def write_approval(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The head signs the programme as it was shown, or returns it with remarks."""
    if answers["outcome"] == "approve":
        papers.sign(move, "mentoring_programme")
    else:
        remark(move, task, answers)
    return None


def remark(move: Move, task: Task, answers: dict[str, Any]) -> None:
    """Remarks of a return, shown beside the author's text."""
    for line in answers.get("remarks") or ():
        row = {"case_id": move.case.id, "form": task.form, "round": move.case.version, "at": move.now}
        text = {"place": line.get("place") or "", "text": line["text"], "compulsory": line.get("weight") != "advice"}
        move.session.add(Remark(**row, **text, position_id=move.actor.position_id if move.actor else None))
    move.session.flush()


# diary ------------------------------------------------------------------------------------------------------------


def diary_context(ask: Asking) -> Values:
    """Meetings of the programme that have not been held, the nearest one filled in."""
    pair = pair_of(ask.session, ask.case.id)
    ahead = [one for one in papers.planned_meetings(ask.session, ask.case.id) if one.held_on is None]
    nearest = ahead[0] if ahead else None
    values: dict[str, Any] = {"outcome": "more" if len(ahead) > 1 else "finish"}
    if nearest is not None:
        values |= {"meeting": nearest.id, "topic": nearest.topic, "form": nearest.form}
    return {
        "values": values,
        "choices": {"meeting": {one.id: f"{papers.day(one.due_on)}, {one.topic}" for one in ahead if one.due_on}},
        "dates": {"starts_on": pair.starts_on.isoformat(), "today": ask.today.isoformat()},
        "files": of_case(ask.session, ask.case.id),
    }


def write_diary(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A meeting that was held, and help given to the school; «прекратить» names the mentor as the one who stops."""
    pair = pair_of(move.session, move.case.id)
    if answers["outcome"] == "stop":
        pair.stopping_id = move.actor.position_id if move.actor else pair.mentor_id
        return None
    meeting = move.session.get(PairMeeting, int(answers["meeting"])) if answers.get("meeting") else None
    if meeting is None:
        meeting = PairMeeting(case_id=move.case.id)
        move.session.add(meeting)
    held = date.fromisoformat(answers["held_on"])
    meeting.held_on, meeting.topic, meeting.form = held, answers["topic"], answers["form"]
    meeting.lesson, meeting.agreed = answers.get("lesson") or "", answers["agreed"]
    meeting.confirmed = bool(answers.get("marked"))
    provider = move.session.get_one(Position, pair.mentor_id).organisation_id
    help_ = {"school_id": pair.school_id, "provider_id": provider, "case_id": move.case.id}
    move.session.add(HelpGiven(**help_, kind=HELP, day=held))
    return None


# stopping ---------------------------------------------------------------------------------------------------------


def may_stop(session: Session, actor: Actor, case: Case) -> bool:
    """May this person stop the pair of a case now: one of the two, or the head of the school, while they work."""
    if case.kind != "mentor_pair" or case.status != "open" or _diary(session, case.id) is None:
        return False
    pair = pair_of(session, case.id)
    mine = actor.position_id in (pair.mentor_id, pair.mentee_id)
    return mine or (actor.head and actor.organisation_id == pair.school_id)


def _diary(session: Session, case_id: int) -> Task | None:
    return session.scalar(sa.select(Task).where(Task.case_id == case_id, Task.form == "pair_diary"))


def ask_to_stop(system: System, case_id: int, *, actor: Actor, now: datetime) -> str | None:
    """One of the sides wants to stop: the diary gives way to the form of stopping, which is put before that person.

    Returns the id of that task. NotAllowed for others, TaskNotOpen when the pair does not keep its diary now.
    """
    with operations.unit_of(system, actor, now) as unit:
        case = operations.locked(unit.session, case_id)
        diary = _diary(unit.session, case_id)
        if diary is None:
            raise TaskNotOpen("Пара сейчас не ведёт встречи.", advice="Откройте дело: там видно, чего оно ждёт.")
        if not may_stop(unit.session, actor, case):
            raise NotAllowed("Прекратить работу пары могут наставник, наставляемый и директор школы.")
        move = Move.load(unit, case)
        pair_of(unit.session, case_id).stopping_id = actor.position_id
        unit.session.flush()
        move.record("pair.stop_asked", position=actor.position_id)
        move.run.complete(diary.id, {"pair_diary_outcome": "stop"})
        move.save()
        return next((row["id"] for row in move.opened if row["form"] == "pair_stop"), None)


def stop_context(ask: Asking) -> Values:
    """Who asks, and the first day that leaves the other side its notice."""
    pair = pair_of(ask.session, ask.case.id)
    side = {pair.mentor_id: "mentor", pair.mentee_id: "mentee"}.get(ask.actor.position_id, "school")
    term = f"{ask.profile.pairs.notice_days}wd"
    calendar = ask.system.calendar(ask.case.region)
    first = calendar.local(calendar.term(term, ask.now, {}, school_year_start(ask.case.school_year)))
    return {
        "values": {"side": side, "outcome": "stop", "stop_on": first.isoformat()},
        "facts": {"first_day": first.isoformat(), "side": side},
        "dates": {"today": ask.today.isoformat()},
    }


def write_stop(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The day from which the pair works no more; who goes on is asked nothing."""
    pair = pair_of(move.session, move.case.id)
    if answers["outcome"] == "go_on":
        pair.stopping_id = None
        return None
    pair.stop_side, pair.stop_reason = answers["side"], answers.get("reason") or ""
    pair.stop_on = date.fromisoformat(answers["stop_on"])
    if pair.stop_side != "school":
        papers.withdraw_consents(move, pair.stop_side)
    move.session.flush()
    move.record("pair.stopped", side=pair.stop_side, since=pair.stop_on.isoformat())
    return None


# report -----------------------------------------------------------------------------------------------------------


def report_context(ask: Asking) -> Values:
    """Indicators of the programme as rows to fill in."""
    rows = [
        {"row": one.number, "name": one.name, "base": one.base, "target": one.target, "reached": one.reached or None}
        for one in papers.indicators(ask.session, ask.case.id)
    ]
    standing = last_answer(ask.session, ask.case.id, "pair_report") or {}
    return {
        "rows": {"indicators": rows},
        "values": {"conclusion": standing.get("conclusion")},
        "facts": {"has_programme": bool(rows)},
    }


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    reached = {int(row["row"]): row["reached"] for row in answers["indicators"] if row.get("row")}
    for one in papers.indicators(move.session, move.case.id):
        one.reached = reached.get(one.number, one.reached)
    return None


def write_mark(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    pair_of(move.session, move.case.id).mark = answers["mark"]
    return None


def write_close(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The head accepts the report by signing it; the assignment of a mentor of another school ends."""
    if answers["outcome"] != "accept":
        remark(move, task, answers)
        return None
    papers.sign(move, "pair_report")
    pair = pair_of(move.session, move.case.id)
    pair.result = "stopped" if pair.stop_on else "done"
    today = move.today
    for row in move.session.scalars(sa.select(Assignment).where(Assignment.case_id == move.case.id)):
        row.valid_to = max(row.valid_from, min(row.valid_to or today, today))
    return None
