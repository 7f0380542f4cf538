"""Opening a case by hand: what each process is about and what it needs to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.api.contract import place
from app.api.problems import Fault, Unfit
from app.api.schemas import CampaignFacts, OpenCase, OpeningFacts
from app.cases import openings
from app.cases.models import Case
from app.cases.system import System
from app.errors import NotFound
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation


@dataclass(frozen=True)
class Wanted:
    """A checked wish: organisation, school year, facts of the opening, the campaign that the case belongs to."""

    process: str
    subject_id: int
    school_year: int
    data: dict[str, Any]
    parent_id: int | None = None


def facts_of(system: System, process: str) -> type[OpeningFacts]:
    """What a program has to say when it opens such a case."""
    return CampaignFacts if process in system.handlers.within else OpeningFacts


def check(session: Session, system: System, actor: Actor, body: OpenCase, now: datetime) -> Wanted:
    """NotAllowed for a role that opens no such cases, NotFound for what the actor may not know of, Unfit for the rest."""
    if body.process not in system.handlers.openers:
        raise Unfit("Такие дела не открывают вручную.", [Fault(field="process", text="Нет такого процесса")])
    offered = openings.offer(system, actor, body.process)
    asked = body.process in system.handlers.asked
    facts = _facts(facts_of(system, body.process), body.data if not asked else {})
    subject = _subject(session, actor, body.subject, offered.about)
    policy.require(actor, "case.open", subject)
    data = _answers(session, system, actor, body, subject) if asked else {}
    if isinstance(facts, CampaignFacts):
        campaign = session.get(Case, facts.campaign)
        if campaign is None or campaign.kind != "campaign" or campaign.region != actor.region:
            raise NotFound("Такой кампании нет.")
        return Wanted(body.process, subject.id, campaign.school_year, {"campaign": campaign.id}, campaign.id)
    year = facts.school_year or openings.current_year(system, actor, now)
    return Wanted(body.process, subject.id, year, data)


def _answers(session: Session, system: System, actor: Actor, body: OpenCase, subject: Organisation) -> dict[str, Any]:
    """Answers to the questions of the process: each is one of its choices, and there are no others."""
    questions = {one.name: one for one in openings.questions(session, system, actor, body.process, subject)}
    faults = [Fault(field=f"data.{name}", text="Поле лишнее") for name in body.data if name not in questions]
    for name, one in questions.items():
        if body.data.get(name) not in one.choices:
            fit = ", ".join(one.choices) or "нет"
            faults.append(Fault(field=f"data.{name}", text=f"{one.title}. Подходят: {fit}"))
    if faults:
        raise Unfit("Сведения для открытия не приняты.", faults)
    return dict(body.data)


def _facts(model: type[OpeningFacts], data: Mapping[str, Any]) -> OpeningFacts:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [
            Fault(field=place(("data", *one["loc"])), text="Поле не подходит или лишнее") for one in error.errors()
        ]
    raise Unfit("Сведения для открытия не приняты.", faults)


def _subject(session: Session, actor: Actor, named: int | str, about: Sequence[str]) -> Organisation:
    where = [Organisation.region == actor.region]
    where.append(Organisation.id == named if isinstance(named, int) else Organisation.code == named)
    where.append(Organisation.kind.in_(about))
    found = session.scalars(sa.select(Organisation).where(*where).limit(2)).all()
    if not found:
        raise NotFound("Такой организации нет.")
    if len(found) > 1:
        fault = Fault(field="subject", text="С таким кодом несколько организаций, назовите номер")
        raise Unfit("Организация названа неоднозначно.", [fault])
    return found[0]


def narrowed(system: System) -> dict[str, Any]:
    """The schema of the body, one branch a process that is opened by hand here."""
    whole = OpenCase.model_json_schema()["properties"]
    branches = []
    for process in sorted(system.handlers.openers):
        facts = facts_of(system, process)
        described = facts.model_json_schema()
        if process in system.handlers.asked:
            described = {"type": "object", "additionalProperties": {"type": "string"}}
        branch = {
            "type": "object",
            "title": process,
            "properties": {
                "process": {"const": process},
                "subject": whole["subject"],
                "data": described,
            },
            "required": ["process", "subject", *(["data"] if facts is CampaignFacts else [])],
            "additionalProperties": False,
        }
        branches.append(branch)
    return {"oneOf": branches}
