"""Clarifications: an expert's opinion or a meeting; besides an objection the only way to change a verdict (OR 3.2)."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import texts
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.identification import changes, papers
from app.identification.campaign import required_run
from app.people.actor import works
from app.people.models import Organisation, Person, Position


def open_clarification(
    session: Session, system: System, subject: Organisation, school_year: int, data: Values
) -> Opening:
    """About a school, in a campaign or in an objection of it."""
    if subject.kind != "school":
        raise Refused("Уточнение открывают по школе.")
    return Opening(f"Уточнение: {subject.short_name}")


def campaign_of(session: Session, case: Case) -> int:
    """The campaign that a clarification belongs to, directly or through an objection."""
    if "campaign" in case.data:
        return int(case.data["campaign"])
    parent = session.get_one(Case, case.parent_id)
    return campaign_of(session, parent) if parent.kind != "campaign" else parent.id


def experts(session: Session, region: str, on: date) -> dict[int, tuple[Person, Position]]:
    """Experts of the region by position id."""
    found = (
        sa.select(Person, Position)
        .join(Position, Position.person_id == Person.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Organisation.region == region, Position.role == "expert", works(on))
        .order_by(Person.family_name)
    )
    return {position.id: (person, position) for person, position in session.execute(found)}


def open_context(ask: Asking) -> Values:
    """The school in question and the experts who may judge it: not those of the school or its municipality."""
    school = ask.session.get_one(Organisation, ask.case.subject_id)
    known = experts(ask.session, ask.case.region, ask.today)
    own = {school.id, school.parent_id}
    conflicts = {
        str(pid): {str(school.id): "это его школа или муниципалитет"}
        for pid, (_, p) in known.items()
        if p.organisation_id in own
    }
    return {
        "choices": {
            "school": {school.id: school.short_name},
            "expert": {pid: f"{person.listed_name}, {position.title}" for pid, (person, position) in known.items()},
        },
        "values": {"schools": [school.id]},
        "facts": {"conflicts": conflicts},
        "dates": {"today": ask.today.isoformat()},
    }


def expert(move: Move, item: str | None) -> int | None:
    """The first of the experts named."""
    asked = last_answer(move.session, move.case.id, "clarification_open") or {}
    named = asked.get("experts") or ()
    return int(named[0]) if named else None


def work_context(ask: Asking) -> Values:
    """The question, and what was opined or resolved so far."""
    asked = last_answer(ask.session, ask.case.id, "clarification_open") or {}
    opinion = last_answer(ask.session, ask.case.id, "clarification_opinion")
    protocol = last_answer(ask.session, ask.case.id, "clarification_protocol")
    people = (
        sa.select(Person)
        .join(Position, Position.person_id == Person.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
    )
    mine = people.where(Organisation.region == ask.case.region, Organisation.kind == "operator").order_by(
        Person.family_name
    )
    return {
        "facts": {
            "kind": asked.get("kind"),
            "question": asked.get("question"),
            "opinion": opinion,
            "protocol": protocol,
        },
        "values": {"present": asked.get("participants") or []},
        "choices": {"person": {person.id: person.listed_name for person in ask.session.scalars(mine)}},
        "dates": {"today": ask.today.isoformat()},
        "files": of_case(ask.session, ask.case.id),
    }


def write_opinion(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    papers.write_opinion(move, answers)
    return None


def write_protocol(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    papers.write_minutes(move, answers)
    return None


def opinion_shown(ask: Asking, answers: Values | None) -> str:
    """The expert signs an answer to this very question."""
    asked = last_answer(ask.session, ask.case.id, "clarification_open") or {}
    return sha256(orjson.dumps([ask.case.id, asked], option=orjson.OPT_SORT_KEYS)).hexdigest()


def decide_shown(ask: Asking, answers: Values | None) -> str:
    """The minutes or the opinion that the decision rests on."""
    for kind in (papers.MINUTES, papers.OPINION):
        document = texts.of_case(ask.session, ask.case.id, kind)
        fingerprint = papers.shown(document, ask.session)
        if fingerprint is not None:
            return fingerprint
    return opinion_shown(ask, answers)


def write_decide(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    papers.sign_minutes(move)
    move.record("clarification.decided", outcome=answers["outcome"], verdict=answers.get("verdict"))
    return None


def change_verdict(move: Move, card: Card) -> Values | None:
    decided = last_answer(move.session, move.case.id, "clarification_decide") or {}
    run = required_run(move.session, campaign_of(move.session, move.case))
    changes.change_verdict(
        move.session,
        run,
        move.case.subject_id,
        decided["verdict"],
        decided["motive"],
        case_id=move.case.id,
        actor=move.actor,
        now=move.now,
    )
    move.record("verdict.changed", run=run.id, school=move.case.subject_id, decided=decided["verdict"])
    return None


def invite(move: Move, card: Card) -> Values | None:
    asked = last_answer(move.session, move.case.id, "clarification_open") or {}
    text = f"{asked.get('question', '')}\n\nВремя: {asked.get('meets_at', '')}\nМесто: {asked.get('place', '')}"
    key = f"clarification:{move.case.id}:{move.case.version}:invitation"
    move.post("mail", key, template="task", role="school_head", subject="Приглашение на встречу", text=text)
    return None


HANDLERS = Handlers(
    kinds={"clarification": open_clarification},
    about={"clarification": ("school",)},
    within={"clarification": "campaign"},
    openers={"clarification": ("regional_operator",)},
    forms={
        "clarification_opinion": write_opinion,
        "clarification_protocol": write_protocol,
        "clarification_decide": write_decide,
    },
    contexts={
        "clarification_open": open_context,
        "clarification_opinion": work_context,
        "clarification_protocol": work_context,
        "clarification_decide": work_context,
    },
    operations={"clarification.collect_facts": change_verdict, "clarification.deliver": invite},
    roles={"clarification.expert": expert},
    signed={"clarification_opinion": opinion_shown, "clarification_decide": decide_shown},
)
