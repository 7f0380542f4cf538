"""One task's form as its holder would send it: laid out for him, filled in by rule, with what he signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.cases.handlers import Asking
from app.cases.models import Case, Task
from app.cases.system import System
from app.demo.years.filling import Filler, Unanswered
from app.demo.years.rules import RULES
from app.people.actor import Actor


@dataclass(frozen=True)
class Sheet:
    """A form filled in: `seen` is the task's version it was laid out for, `shown` the fingerprint of what is signed."""

    actor: Actor
    answers: dict[str, Any]
    routing: dict[str, Any]
    shown: str | None
    seen: int


class FileWanted(Unanswered):
    """The form asks for a file that nobody has attached yet."""


def fill_in(session: Session, system: System, task: Task, actor: Actor, now: datetime) -> Sheet:
    """Unanswered when the rules do not get there, FileWanted when a file might help; DomainError as the page would show."""
    case = session.get_one(Case, task.case_id)
    ask = Asking(session, system, case, task, actor, now)
    describe = system.handlers.contexts.get(task.form)
    context: Mapping[str, Any] = describe(ask) if describe else {}
    rule = RULES.get(task.form)
    filler = Filler(task.form, context, ask.today, rule(ask, context) if rule else None)
    try:
        form = filler.answers()
    except Unanswered as failure:
        raise (FileWanted if filler.wants_file else Unanswered)(failure.issues) from failure
    answers = form.answers()
    show = system.handlers.signed.get(task.form)
    return Sheet(actor, answers, dict(form.routing()), show(ask, answers) if show else None, task.version)
