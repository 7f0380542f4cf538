"""Opening a case by hand: what each process is about and what it needs to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.api.contract import place
from app.api.problems import Fault, Unfit
from app.api.schemas import CampaignFacts, DiagnosisFacts, OpenCase, OpeningFacts, SurveyFacts
from app.cases.handlers import school_year_start
from app.cases.models import Case
from app.cases.system import System
from app.errors import NotAllowed, NotFound
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation


@dataclass(frozen=True)
class Kind:
    """`subject`: kind of the organisation that such a case is about, any when None."""

    facts: type[OpeningFacts] = OpeningFacts
    subject: str | None = None


KINDS: Mapping[str, Kind] = {
    "campaign": Kind(subject="region"),
    "clarification": Kind(CampaignFacts, "school"),
    "objection": Kind(CampaignFacts, "school"),
    "diagnostics": Kind(DiagnosisFacts, "school"),
    "survey": Kind(SurveyFacts, "school"),
}


@dataclass(frozen=True)
class Wanted:
    """A checked wish: organisation, school year, facts of the opening, the campaign that the case belongs to."""

    process: str
    subject_id: int
    school_year: int
    data: dict[str, Any]
    parent_id: int | None = None


def kind_of(process: str) -> Kind:
    return KINDS.get(process, Kind())


def check(session: Session, system: System, actor: Actor, body: OpenCase, now: datetime) -> Wanted:
    """NotAllowed for a role that opens no such cases, NotFound for what the actor may not know of, Unfit for the rest."""
    if body.process not in system.handlers.openers:
        raise Unfit("Такие дела не открывают вручную.", [Fault(field="process", text="Нет такого процесса")])
    if actor.role not in system.handlers.openers[body.process]:
        raise NotAllowed("Такие дела открывает другая роль.", advice="Обратитесь к региональному оператору.")
    kind = kind_of(body.process)
    facts = _facts(kind, body.data)
    subject = _subject(session, actor, body.subject, kind.subject)
    policy.require(actor, "case.open", subject)
    if isinstance(facts, CampaignFacts):
        campaign = session.get(Case, facts.campaign)
        if campaign is None or campaign.kind != "campaign" or campaign.region != actor.region:
            raise NotFound("Такой кампании нет.")
        return Wanted(body.process, subject.id, campaign.school_year, {"campaign": campaign.id}, campaign.id)
    own = facts.model_dump(exclude={"school_year"})
    return Wanted(body.process, subject.id, facts.school_year or _current(system, actor, now), own)


def _facts(kind: Kind, data: Mapping[str, Any]) -> OpeningFacts:
    try:
        return kind.facts.model_validate(data)
    except ValidationError as error:
        faults = [
            Fault(field=place(("data", *one["loc"])), text="Поле не подходит или лишнее") for one in error.errors()
        ]
    raise Unfit("Сведения для открытия не приняты.", faults)


def _subject(session: Session, actor: Actor, named: int | str, kind: str | None) -> Organisation:
    where = [Organisation.region == actor.region]
    where.append(Organisation.id == named if isinstance(named, int) else Organisation.code == named)
    if kind is not None:
        where.append(Organisation.kind == kind)
    found = session.scalars(sa.select(Organisation).where(*where).limit(2)).all()
    if not found:
        raise NotFound("Такой организации нет.")
    if len(found) > 1:
        fault = Fault(field="subject", text="С таким кодом несколько организаций, назовите номер")
        raise Unfit("Организация названа неоднозначно.", [fault])
    return found[0]


def _current(system: System, actor: Actor, now: datetime) -> int:
    today = system.calendar(actor.region).local(now)
    return today.year if today >= school_year_start(today.year) else today.year - 1


def narrowed(system: System) -> dict[str, Any]:
    """The schema of the body, one branch a process that is opened by hand here."""
    whole = OpenCase.model_json_schema()["properties"]
    branches = []
    for process in sorted(system.handlers.openers):
        facts = kind_of(process).facts
        branch = {
            "type": "object",
            "title": process,
            "properties": {
                "process": {"const": process},
                "subject": whole["subject"],
                "data": facts.model_json_schema(),
            },
            "required": ["process", "subject", *(["data"] if facts in (CampaignFacts, SurveyFacts) else [])],
            "additionalProperties": False,
        }
        branches.append(branch)
    return {"oneOf": branches}
