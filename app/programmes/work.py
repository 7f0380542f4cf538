"""Work inside a school: a card approved by the head, meetings, a result; participation and adopted practices (OR 4.2.3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.system import System
from app.documents import texts
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.people.actor import in_force
from app.people.models import Assignment, Organisation, Position
from app.programmes import shared
from app.programmes.municipal_models import SchoolWork, WorkMeeting, WorkMember
from app.programmes.municipal_texts import write_remarks

KIND = "in_school_work"
PAPERS = {"mechanism": "school_regulation"}
STAFF = ("school_head", "school_deputy", "teacher", "mentor", "subject_union", "curator")


def open_work(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    if subject.kind != "school":
        raise Refused("Внутришкольная работа ведётся в школе.", advice="Выберите школу.")
    return Opening(f"Внутришкольная работа: {subject.short_name}")


def row_of(session: Session, case_id: int) -> SchoolWork:
    return session.get_one(SchoolWork, case_id)


def members(session: Session, case_id: int) -> list[int]:
    """Positions of those who take part, the responsible one among them."""
    return list(session.scalars(sa.select(WorkMember.position_id).where(WorkMember.case_id == case_id)))


# the card -----------------------------------------------------------------------------------------------------------


def card_context(ask: Asking) -> Values:
    """People of the school, dictionaries, the card as it stands; who takes part in many groups already is told."""
    session, row = ask.session, ask.session.get(SchoolWork, ask.case.id)
    people = shared.positions(session, [ask.case.subject_id], ask.today, STAFF)
    start = ask.today.isoformat()
    values: dict[str, Any] = {"responsible": ask.case.opened_by, "starts_on": start, "period": "fortnight"}
    if row is not None:
        values = _card_values(row, members(session, ask.case.id))
    return {
        "choices": {"position": people, **shared.dictionaries(ask.profile, "risk_factor", "gap_kind")},
        "values": values,
        "facts": {"busy": _busy(session, ask.case, people, ask.profile.municipal.school_work.groups_at_once)},
        "files": of_case(ask.session, ask.case.id),
        "dates": {"today": start},
    }


def _card_values(row: SchoolWork, people: list[int]) -> dict[str, Any]:
    same = ("kind", "name", "factor", "gap", "goal", "guests", "steps", "practice", "practice_url", "period")
    return {
        **{name: getattr(row, name) for name in same},
        "responsible": row.responsible_id,
        "members": people,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
    }


def _busy(session: Session, case: Case, people: dict[int, str], most: int) -> list[str]:
    """Those who already take part in as many running groups of the school as is sensible at once."""
    counted = (
        sa.select(WorkMember.position_id, sa.func.count())
        .join(Case, Case.id == WorkMember.case_id)
        .where(Case.status == "open", Case.id != case.id, WorkMember.position_id.in_(people))
        .group_by(WorkMember.position_id)
        .having(sa.func.count() >= most)
    )
    return [f"{people[key]}: групп {count}" for key, count in session.execute(counted)]


def write_card(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    session, case = move.session, move.case
    row = session.get(SchoolWork, case.id)
    if row is None:
        row = SchoolWork(case_id=case.id, school_id=case.subject_id)
        session.add(row)
    for name in ("kind", "name", "factor", "gap", "goal", "steps", "period"):
        setattr(row, name, answers[name])
    for name in ("guests", "practice", "practice_url"):
        setattr(row, name, answers.get(name) or "")
    row.responsible_id = int(answers["responsible"])
    row.starts_on, row.ends_on = date.fromisoformat(answers["starts_on"]), date.fromisoformat(answers["ends_on"])
    case.title = f"{_kind_word(row.kind)}: {row.name}"[:500]
    session.flush()
    session.execute(sa.delete(WorkMember).where(WorkMember.case_id == case.id))
    people = dict.fromkeys([row.responsible_id, *map(int, answers["members"])])
    session.add_all(WorkMember(case_id=case.id, position_id=one) for one in people)
    session.flush()
    return None


KIND_WORDS = {
    "mechanism": "Внутришкольный механизм",
    "micro_group": "Микрогруппа",
    "mutual_visits": "Взаимопосещение уроков",
    "inhouse_training": "Внутрикорпоративное обучение",
    "adoption": "Внедрение практики",
}
PERIODS = {"week": "раз в неделю", "fortnight": "раз в две недели", "month": "раз в месяц", "once": "один раз"}


def _kind_word(kind: str) -> str:
    return KIND_WORDS[kind]


def head_context(ask: Asking) -> Values:
    return {"facts": shared.paper_facts(ask.session, ask.case.id)}


def head_shown(ask: Asking, answers: Values | None) -> str | None:
    return shared.sign_shown(ask, None, answers)


def write_head(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The head's signature approves the card; remarks lead back to it."""
    if answers["outcome"] == "sign":
        shared.sign(move, None)
        row_of(move.session, move.case.id).approved_at = move.now
    else:
        write_remarks(move, move.case.id, "work_card", 1, answers.get("remarks") or [])
    return None


def render(move: Move, card: Card) -> Values | None:
    """The regulation of a mechanism or the plan of other work, for the head's signature and after it."""
    row, final = row_of(move.session, move.case.id), card.properties["mode"] == "final"
    kind = PAPERS.get(row.kind, "school_plan")
    document = shared.paper_of(move, kind, _title(row), move.case.subject_id)
    if not final:
        texts.write(move, document, paper(move, row, document, draft=True))
        return None
    document.day, document.state, document.effective_from = move.today, "in_force", move.today
    move.session.flush()
    shared.finish(move, document, paper(move, row, document, draft=False))
    return {"next_meeting": _schedule(move, row, max(row.starts_on, move.today))}


def _title(row: SchoolWork) -> str:
    return f"«{row.name}»"


def paper(move: Move, row: SchoolWork, document: Any, *, draft: bool) -> dict[str, Any]:
    dictionaries, session = move.profile.dictionaries, move.session
    reason = dictionaries["risk_factor"].get(row.factor or "") or dictionaries["gap_kind"].get(row.gap or "", "")
    people = [shared.listed_name(session, one) for one in members(session, row.case_id) if one != row.responsible_id]
    return {
        **shared.requisites(move, document, draft=draft),
        "work_word": _kind_word(row.kind),
        "school_name": move.subject.name,
        "reason_word": "Риск" if row.factor else "Дефицит",
        "reason": reason,
        "goal": row.goal,
        "responsible": shared.listed_name(session, row.responsible_id),
        "members": [*people, *[one.strip() for one in row.guests.split(";") if one.strip()]],
        "term": f"{row.starts_on:%d.%m.%Y} – {row.ends_on:%d.%m.%Y}",
        "period": PERIODS[row.period],
        "practice": row.practice,
        "steps": row.steps,
    }


def acquaint(move: Move, card: Card) -> Values | None:
    """A letter to the school's people: the approved paper is in the case."""
    for role in ("school_deputy", "teacher"):
        subject = f"Ознакомьтесь: {move.case.title}"
        move.post("mail", f"work:{move.case.id}:{role}", template="task", role=role, subject=subject)
    return None


# meetings -----------------------------------------------------------------------------------------------------------


def _schedule(move: Move, row: SchoolWork, after: date, chosen: str | None = None) -> str:
    """The day of the next meeting: the one chosen, or by the period; never a day off."""
    days = move.profile.municipal.school_work.periods[row.period]
    wanted = shared.day(chosen) or after + timedelta(days=days)
    row.next_on = move.system.calendar(move.case.region).next_working(wanted)
    move.session.flush()
    return row.next_on.isoformat()


def log_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    people = {one: shared.listed_name(ask.session, one) for one in members(ask.session, ask.case.id)}
    facts = {"visits": row.kind == "mutual_visits", "planned": row.next_on and f"{row.next_on:%d.%m.%Y}"}
    return {
        "choices": {"member": people, **shared.dictionaries(ask.profile, "subject")},
        "facts": {**facts, "closing": row.closed_reason},
        "values": {"present": list(people), "day": ask.today.isoformat()},
        "files": of_case(ask.session, ask.case.id),
        "dates": {"today": ask.today.isoformat()},
    }


def write_log(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A meeting that took place, or a new day for one that did not."""
    row = row_of(move.session, move.case.id)
    if answers["outcome"] != "missed":
        meeting = WorkMeeting(case_id=row.case_id, day=date.fromisoformat(answers["day"]), topic=answers["topic"])
        meeting.present, meeting.decision = answers["present"], answers.get("decision") or ""
        meeting.lessons = answers.get("lessons") or []
        meeting.recorded_by = move.actor.position_id if move.actor else None
        move.session.add(meeting)
    _schedule(move, row, move.today, answers.get("next_on"))
    return None


def pace(move: Move, card: Card) -> Values:
    """The next meeting, and whether it has been quiet for too long."""
    row, today = row_of(move.session, move.case.id), move.today
    last = move.session.scalar(sa.select(sa.func.max(WorkMeeting.day)).where(WorkMeeting.case_id == row.case_id))
    since = max(last or row.starts_on, row.starts_on)
    silent = (today - since).days > move.profile.municipal.school_work.silence_days
    assert row.next_on is not None
    return {"next_meeting": row.next_on.isoformat(), "silent": silent}


def write_ask(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    if answers["outcome"] == "close":
        row.closed_reason, move.case.outcome = answers["reason"], "closed"
        return None
    return {"next_meeting": _schedule(move, row, move.today, answers["next_on"])}


def ask_context(ask: Asking) -> Values:
    return {"dates": {"today": ask.today.isoformat()}}


# the result ---------------------------------------------------------------------------------------------------------


def result_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    values = {"changed": row.changed or None, "score": row.score, "library": row.library}
    return {"facts": summary(ask.session, row), "values": values}


def summary(session: Session, row: SchoolWork) -> dict[str, Any]:
    """The goal, meetings and people of a work: what its result is measured against."""
    found = sa.select(WorkMeeting).where(WorkMeeting.case_id == row.case_id).order_by(WorkMeeting.day, WorkMeeting.id)
    meetings = list(session.scalars(found))
    return {
        "work": _kind_word(row.kind),
        "goal": row.goal,
        "meetings": [{"day": f"{one.day:%d.%m.%Y}", "topic": one.topic, "decision": one.decision} for one in meetings],
        "people": len(members(session, row.case_id)),
        "changed": row.changed,
        "score": row.score,
        "practice": row.practice,
        "adopted": row.adopted_where,
    }


def write_result(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.changed, row.score, row.library = answers["changed"], answers["score"], answers["library"]
    return None


def write_adopt(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    if answers["outcome"] == "confirm":
        row.adopted_where, row.adopted_result = answers["where"], answers["result"]
    else:
        write_remarks(move, move.case.id, "work_result", 1, answers.get("remarks") or [])
    return None


def write_check(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    if answers["outcome"] == "accept":
        row.accepted_at, move.case.outcome = move.now, "accepted"
    else:
        write_remarks(move, move.case.id, "work_result", 1, answers.get("remarks") or [])
    return None


def check_context(ask: Asking) -> Values:
    return {"facts": summary(ask.session, row_of(ask.session, ask.case.id))}


def count(move: Move, card: Card) -> Values | None:
    """Participation is counted from meetings, adoption from the row: nothing is written twice, the journal says so."""
    row = row_of(move.session, move.case.id)
    move.record("school_work.done", work=row.kind, people=len(members(move.session, row.case_id)), score=row.score)
    return None


# who ----------------------------------------------------------------------------------------------------------------


def executor(move: Move, item: str | None) -> int | None:
    """The responsible one while he serves; after that, the head of the school."""
    row = row_of(move.session, move.case.id)
    today = move.today
    serves = sa.select(Position.id).where(Position.id == row.responsible_id, in_force(Position, today))
    return move.session.scalar(serves) or shared.head_position(move.session, row.school_id, today)


def acceptor(move: Move, item: str | None) -> int | None:
    """The curator of the school; its head where none is assigned. Never the one who did the work."""
    row, today = row_of(move.session, move.case.id), move.today
    assigned = (
        sa.select(Position.id)
        .join(Assignment, Assignment.position_id == Position.id)
        .where(Assignment.organisation_id == row.school_id, Position.role == "curator")
        .where(in_force(Position, today), in_force(Assignment, today))
        .order_by(Assignment.valid_from.desc())
    )
    found = move.session.scalar(assigned.limit(1)) or shared.head_position(move.session, row.school_id, today)
    if found is not None and found != row.responsible_id:
        return found
    return shared.head_position(move.session, move.subject.parent_id or 0, today) or found


HANDLERS = Handlers(
    kinds={KIND: open_work},
    about={KIND: ("school",)},
    openers={KIND: ("school_deputy", "school_head", "subject_union", "teacher")},
    forms={
        "work_card": write_card,
        "work_head": write_head,
        "work_log": write_log,
        "work_ask": write_ask,
        "work_result": write_result,
        "work_adopt_confirm": write_adopt,
        "work_check": write_check,
    },
    contexts={
        "work_card": card_context,
        "work_head": head_context,
        "work_log": log_context,
        "work_ask": ask_context,
        "work_result": result_context,
        "work_adopt_confirm": check_context,
        "work_check": check_context,
    },
    operations={
        f"{KIND}.render": render,
        f"{KIND}.deliver": acquaint,
        "check_gate.in_school_work.pace": pace,
        f"{KIND}.collect_facts": count,
    },
    roles={f"{KIND}.executor": executor, f"{KIND}.acceptor": acceptor},
    signed={"work_head": head_shown},
)
