"""What a case waits for, in words: of what it will be brought, and whose task will bring it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Task
from app.engine import Wait
from app.people.models import Organisation
from app.regions import Profile

CHILDREN = "children.done."
OWNERS = {
    "act": "act",
    "diagnosis": "diagnostics",
    "roadmap": "roadmap",
    "stages": "roadmap",
    "decision": "annual_evaluation",
    "applications": "training_application",
    "proposal": "request",
}
"""First word of a message → kind of the child that sends it."""
WORDS = {
    "acquaintance.all": "ознакомления с документом",
    "act.decided": "решения об акте",
    "act.repealed": "отмены акта или конца его срока",
    "applications.ready": "заявок на места",
    "assignment.early": "дня начала работ",
    "children.done.assignment": "исполнения поручений",
    "children.done.clarification": "решения об уточнении",
    "children.done.data_pack": "ответов с данными",
    "children.done.municipal_program": "ответа на программу",
    "children.done.objection": "решений о возражениях",
    "children.done.request": "ответа на обращение",
    "children.done.social_passport": "социального паспорта",
    "children.done.survey": "ответов на анкеты",
    "children.done.teacher_route": "завершения маршрутов педагогов",
    "children.done.visit_reply": "ответа школы о посещении",
    "curator.appointed": "назначения куратора",
    "curator.changed": "конца этапа сопровождения",
    "decision.taken": "годового решения",
    "diagnosis.approved": "утверждения диагноза",
    "list.frozen": "следующего перечня",
    "proposal.decided": "решения о предложении",
    "resource_request.early": "дня проверки результата",
    "roadmap.amend": "конца этапа программы",
    "roadmap.approved": "утверждения программы школы",
    "route.closed": "завершения маршрутов педагогов",
    "run.preliminary": "расчёта нового перечня",
    "school.listed": "нового включения в перечень",
    "stages.done": "приёмки этапов программы",
    "survey.complete": "ответов на анкету",
    "training.done": "конца обучения",
    "visit.moved": "дня посещения",
}
"""Message → what a case that catches it waits for, in the genitive; the names in the diagrams say what has happened."""
LETTERS = 500
PIECE = 1000


def kind_of(message: str) -> str:
    """Kind of the sub-case that sends a message; empty when no sub-case does."""
    return message.removeprefix(CHILDREN) if message.startswith(CHILDREN) else OWNERS.get(message.split(".")[0], "")


BRINGS: Mapping[str, frozenset[str]] = {
    words: frozenset(kind_of(message) for message, said in WORDS.items() if said == words) - {""}
    for words in WORDS.values()
}
"""Words → kinds of the sub-cases whose work brings it."""


def words(waits: Iterable[Wait]) -> str:
    """«утверждения диагноза; решения об акте»: what the waits of a case wait for; empty when there are none."""
    said = dict.fromkeys(WORDS.get(wait.message) or f"события «{wait.name}»" for wait in waits if wait.name)
    return "; ".join(said)[:LETTERS]


# whom ---------------------------------------------------------------------------------------------------------------


TAB = sa.literal("\t")
SAID = sa.cast(Task.organisation_id, sa.Text) + TAB + Task.role + TAB + Organisation.short_name
OWN = (
    sa.select(SAID)
    .select_from(Task)
    .join(Organisation, Organisation.id == Task.organisation_id)
    .where(Task.case_id == Case.id)
    .correlate(Case)
    .order_by(Task.due_at, Task.id)
    .limit(1)
    .scalar_subquery()
)
"""The most urgent task of the case: id of the organisation, the role, its short name, by tabs; or null."""
HANDS = (
    sa.select(sa.func.count(sa.distinct(sa.cast(Task.organisation_id, sa.Text) + TAB + Task.role)))
    .where(Task.case_id == Case.id)
    .correlate(Case)
    .scalar_subquery()
)
"""How many different holders the open tasks of the case have."""


@dataclass(frozen=True)
class Whom:
    """`who`: role and organisation, or what is waited for; `more`: what else there is to say about it."""

    who: str
    more: str = ""


def whom(session: Session, profile: Profile, rows: Sequence[Any]) -> dict[int, Whom]:
    """Case → whom it waits for, of rows with `Case`, `own` and `hands`; one statement for all sub-cases."""
    elsewhere = _elsewhere(session, [row.Case for row in rows if row.own is None and row.Case.awaits])
    found = {}
    for row in rows:
        case = row.Case
        if row.own is not None:
            rest = f"и ещё {row.hands - 1}" if row.hands > 1 else ""
            found[case.id] = Whom(_holder(profile, row.own, case), rest)
        elif case.id in elsewhere:
            found[case.id] = Whom(_holder(profile, elsewhere[case.id], case), f"ждём {case.awaits}")
        else:
            found[case.id] = Whom(f"Ждём {case.awaits}" if case.awaits else "Никого" if case.status == "open" else "–")
    return found


def _holder(profile: Profile, said: str, case: Case) -> str:
    """«Директор школы, МБОУ «СОШ № 4»»; what the row or the role names already is not named again."""
    organisation, role, place = said.split("\t", 2)
    known = profile.roles.get(role.split("|")[0])
    title = known.title if known else ""
    if title and (int(organisation) == case.subject_id or place.lower()[:-1] in title.lower()):
        return title
    return ", ".join(part for part in (title, place) if part)


def _elsewhere(session: Session, cases: Sequence[Case]) -> dict[int, str]:
    """Case → the most urgent task of a sub-case that brings what it waits for."""
    kinds = {case.id: frozenset().union(*(BRINGS.get(one, ()) for one in case.awaits.split("; "))) for case in cases}
    found: dict[int, str] = {}
    meant = [key for key, some in kinds.items() if some]
    for start in range(0, len(meant), PIECE):
        tasks = (
            sa.select(Case.parent_id, Case.kind, SAID)
            .select_from(Case)
            .join(Task, Task.case_id == Case.id)
            .join(Organisation, Organisation.id == Task.organisation_id)
            .where(Case.parent_id.in_(meant[start : start + PIECE]), Case.status == "open")
            .order_by(Task.due_at, Task.id)
        )
        rows: Iterable[Any] = session.execute(tasks)
        for parent, kind, said in rows:
            if kind in kinds[parent]:
                found.setdefault(parent, said)
    return found
