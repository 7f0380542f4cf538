"""Opening a case by hand: what each process is about and what it needs to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.api.contract import place
from app.api.problems import Fault, Unfit
from app.api.schemas import CampaignFacts, OpenCase, OpeningFacts
from app.cases import openings
from app.cases.handlers import Question
from app.cases.system import System
from app.errors import BadInput
from app.people.actor import Actor


def facts_of(system: System, process: str) -> type[OpeningFacts]:
    """What a program has to say when it opens such a case."""
    return CampaignFacts if process in system.handlers.within else OpeningFacts


def check(session: Session, system: System, actor: Actor, body: OpenCase, now: datetime) -> openings.Wish:
    """NotAllowed for a role that opens no such cases, NotFound for what the actor may not know of, Unfit for the rest."""
    if body.process not in system.handlers.openers:
        raise Unfit("Такие дела не открывают вручную.", [Fault(field="process", text="Нет такого процесса")])
    openings.offer(system, actor, body.process)
    answers = body.data if body.process in system.handlers.asked else {}
    facts = _facts(facts_of(system, body.process), {} if answers else body.data)
    own = {"year": facts.school_year, "within": facts.campaign if isinstance(facts, CampaignFacts) else None}
    try:
        wish = openings.wish(session, system, actor, body.process, body.subject, answers, now, **own)
    except openings.Unanswered as refusal:
        raise _unfit((f"data.{one.name}", _choices(one)) for one in refusal.questions) from None
    except BadInput as refusal:
        raise _unfit((str(item), refusal.message) for item in refusal.items) from None
    if extra := answers.keys() - wish.data.keys():
        raise _unfit((f"data.{name}", "Поле лишнее") for name in sorted(extra))
    return wish


def _unfit(faults: Iterable[tuple[str, str]]) -> Unfit:
    return Unfit("Сведения для открытия не приняты.", [Fault(field=field, text=text) for field, text in faults])


def _choices(one: Question) -> str:
    return f"{one.title}. Подходят: {', '.join(one.choices) or 'нет'}"


def _facts(model: type[OpeningFacts], data: Mapping[str, Any]) -> OpeningFacts:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [
            Fault(field=place(("data", *one["loc"])), text="Поле не подходит или лишнее") for one in error.errors()
        ]
    raise Unfit("Сведения для открытия не приняты.", faults)


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
