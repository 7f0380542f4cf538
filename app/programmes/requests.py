"""Requests: a question, a call for help, a proposal, a remark of the public; routed, answered in time, rated (OR 4.2.4)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders
from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.holders import Holder
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.system import System
from app.documents import renditions, texts
from app.documents.act_registration import number_document
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.people.models import Organisation, Position
from app.people.policy import WORKERS
from app.people.roles import ROLES
from app.programmes import shared
from app.programmes.models import HelpGiven
from app.programmes.municipal_models import HelpRequest, MunicipalProgramme

KIND = "request"
MODES = {
    "request": "Обращение: {place}",
    "public": "Замечание с открытой страницы",
    "more": "Дополнение к обращению: {place}",
    "rate": "Оценка помощи: {place}",
}
WORDS = {
    "consultation": "консультация",
    "help": "помощь",
    "proposal": "предложение",
    "question": "вопрос",
    "public_remark": "замечание с открытой страницы",
}
DECISIONS = {"accepted": "принято", "partly": "принято частично", "declined": "отклонено"}
_PUPIL = re.compile(
    r"(?i:(\b(?:учени[кцч]\w*|обучающ\w+|школьни[кц]\w*|выпускни[кц]\w*)\b[^.!?\n]{0,40}?))"
    r"\b[А-ЯЁ][а-яё]+\s+[А-ЯЁ](?:[а-яё]+\b|\.)(?:\s*[А-ЯЁ]\.)?"
)


def open_request(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """`mode`: request, public (`filed`: the filled public form), more and rate (questions to the author of the parent)."""
    mode = str(data.get("mode", "request"))
    return Opening(MODES[mode].format(place=subject.short_name), scope={"mode": mode}, data={"mode": mode})


def row_of(session: Session, case: Case) -> HelpRequest:
    """The request of a case, or of the case that asks its author something."""
    asked = case.data.get("mode") in ("more", "rate")
    return session.get_one(HelpRequest, case.parent_id if asked else case.id)


# filing -------------------------------------------------------------------------------------------------------------


def form_context(ask: Asking) -> Values:
    """Dictionaries, and programmes of the place that take proposals."""
    found = sa.select(MunicipalProgramme, Organisation.short_name).join(
        Organisation, Organisation.id == MunicipalProgramme.municipality_id
    )
    near = [ask.case.subject_id, ask.session.get_one(Organisation, ask.case.subject_id).parent_id]
    open_ = sa.select(Case.id).where(Case.status == "open", Case.subject_id.in_([one for one in near if one]))
    plans = {
        row.case_id: row.name for row, _ in ask.session.execute(found.where(MunicipalProgramme.case_id.in_(open_)))
    }
    names = ("subject", "risk_factor", "help_form")
    return {
        "choices": {"plan": plans, **shared.dictionaries(ask.profile, *names)},
        "files": of_case(ask.session, ask.case.id),
    }


def write_form(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    file(move, answers, author=move.actor.position_id if move.actor else None)
    return None


def file(move: Move, answers: Values, *, author: int | None, **public: str) -> HelpRequest:
    """Keep a request; of the text of the public, names of pupils are masked."""
    same = ("kind", "topic", "text", "subject", "factor", "form")
    row = HelpRequest(case_id=move.case.id, author_id=author, filed_at=move.now, **public)
    for name in same:
        setattr(row, name, answers.get(name))
    row.slots, row.complaint = answers.get("slots") or "", bool(answers.get("complaint"))
    row.plan_id = int(answers["plan"]) if answers.get("plan") else None
    move.session.add(row)
    move.case.title = f"{WORDS[row.kind].capitalize()}: {row.topic}"[:500]
    move.session.flush()
    move.record("request.filed", request=row.kind)
    return row


def masked(text: str) -> str:
    """A text in which what looks like a pupil's name is replaced."""
    return _PUPIL.sub(r"\1[имя скрыто]", text)


def route(move: Move, card: Card) -> Values:
    """The nearest office that can help, and the day by which it takes the request."""
    rules, filed = move.profile.municipal.requests, move.case.data.get("filed")
    if filed and move.session.get(HelpRequest, move.case.id) is None:
        person = {name: filed[name] for name in ("public_name", "public_email", "public_code")}
        file(move, {**filed, "kind": "public_remark", "text": masked(filed["text"])}, author=None, **person)
    row = row_of(move.session, move.case)
    if row.office_id is None:
        row.office_role, row.office_id = _nearest(move, rules.routing[row.kind])
        move.session.flush()
    if row.kind != "public_remark":
        return {"take_due": rules.take_days}
    return {"take_due": (move.today + timedelta(days=rules.public_take_days)).isoformat()}


def _nearest(move: Move, roles: tuple[str, ...]) -> tuple[str, int]:
    """The first of the roles that somebody other than the author holds around the place that asks."""
    for role in roles:
        place = _office(move.session, move.system, move.case, role)
        if place is not None and shared.positions(move.session, [place], move.today, (role,)):
            return role, place
    raise Refused("Некому ответить на обращение.", advice="Заведите должность методиста или оператора.")


def _office(session: Session, system: System, case: Case, role: str) -> int | None:
    return holders.place(session, case.region, case.subject_id, role, body=partial(system.body, session))


# taking -------------------------------------------------------------------------------------------------------------


def take_context(ask: Asking) -> Values:
    """Colleagues who may answer, and offices to hand the request to."""
    session, row = ask.session, row_of(ask.session, ask.case)
    rules, offices = ask.profile.municipal.requests, {}
    for role in rules.offices:
        place = _office(session, ask.system, ask.case, role)
        if place is None or (role, place) == (row.office_role, row.office_id):
            continue
        if shared.positions(session, [place], ask.today, (role,)):
            name = session.get_one(Organisation, place).short_name
            offices[role] = f"{name}: {ask.profile.roles[role].title.lower() if role in ask.profile.roles else role}"
    people = shared.positions(session, [row.office_id or 0], ask.today, WORKERS)
    mine = ask.actor.position_id if ask.actor.position_id in people else None
    facts = {**told(session, ask.system, row, ask.case), "forwards": row.forwards, "most_forwards": rules.forwards}
    return {"choices": {"executor": people, "office": offices}, "values": {"executor": mine}, "facts": facts}


def told(session: Session, system: System, row: HelpRequest, case: Case) -> dict[str, Any]:
    """The request as its readers see it."""
    words = system.profile(case.region).dictionaries
    plan = session.get(MunicipalProgramme, row.plan_id) if row.plan_id else None
    return {
        "kind_word": WORDS[row.kind],
        "topic": row.topic,
        "text": row.text,
        "who": shared.listed_name(session, row.author_id) or row.public_name or "",
        "place": session.get_one(Organisation, case.subject_id).short_name,
        "subject": words["subject"].get(row.subject or "", ""),
        "factor": words["risk_factor"].get(row.factor or "", ""),
        "wish": words["help_form"].get(row.form or "", ""),
        "slots": row.slots,
        "plan": plan.name if plan else "",
        "question": row.question,
        "supplement": row.supplement,
        "complaint": row.complaint,
    }


def write_take(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row, outcome = row_of(move.session, move.case), answers["outcome"]
    if outcome == "forward":
        if row.forwards >= move.profile.municipal.requests.forwards:
            raise Refused("Обращение уже передавали трижды.", advice="Ответьте на него или откажите с причиной.")
        row.office_role = str(answers["to"])
        row.office_id = _office(move.session, move.system, move.case, row.office_role)
        row.forwards += 1
        move.record("request.forwarded", to=row.office_role, organisation=row.office_id)
    else:
        row.taken = outcome
        row.executor_id = int(answers["executor"]) if answers.get("executor") else None
        row.refusal = (answers.get("reason") or "") if outcome == "decline" else ""
        if outcome == "slot":
            row.slot_at = datetime.fromisoformat(answers["slot"]).replace(tzinfo=move.profile.zone)
    return None


def resolve(move: Move, card: Card) -> Values:
    """When the answer is due: by the slot agreed, by the term of its kind; a proposal waits for its plan first."""
    row, rules = row_of(move.session, move.case), move.profile.municipal.requests
    calendar = move.system.calendar(move.case.region)
    filed = calendar.local(row.filed_at)
    due = calendar.add_working(filed, rules.reply_days)
    if row.kind == "public_remark":
        due = filed + timedelta(days=rules.public_reply_days)
    if row.slot_at is not None:
        due = calendar.local(row.slot_at)
    waits = row.kind == "proposal" and row.plan_id is not None and row.taken != "decline" and row.decision is None
    return {"reply_due": due.isoformat(), "waits_plan": waits}


def proposal_decided(move: Move) -> bool:
    """Has the author of the plan decided about this proposal?"""
    return row_of(move.session, move.case).decision is not None


# answering ----------------------------------------------------------------------------------------------------------


def reply_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case)
    facts = told(ask.session, ask.system, row, ask.case) | {
        "decides": row.kind in ("proposal", "public_remark"),
        "helps": row.kind in ask.profile.municipal.requests.rated and row.taken != "decline",
        "public": row.author_id is None,
        "slot": f"{row.slot_at.astimezone(ask.profile.zone):%d.%m.%Y %H:%M}" if row.slot_at else "",
        "refusal": row.refusal,
    }
    values = {
        "outcome": "answered" if row.refusal or row.decision else None,
        "answer": row.refusal or row.decided_reply or None,
        "decision": row.decision or ("declined" if row.refusal and facts["decides"] else None),
        "reason": row.refusal or (row.decided_reply if row.decision == "declined" else None),
        "help_kind": "consulting" if facts["helps"] else None,
    }
    choices = shared.dictionaries(ask.profile, "help_kind")
    return {"facts": facts, "values": values, "choices": choices, "files": of_case(ask.session, ask.case.id)}


def write_reply(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case)
    if row.executor_id is None and move.actor is not None:
        row.executor_id = move.actor.position_id
    if answers["outcome"] == "need_info":
        row.question = answers["answer"]
    else:
        row.answer, row.answered_at = answers["answer"], move.now
        row.decision = answers.get("decision") or row.decision
        row.link, row.minutes, row.help_kind = (
            answers.get("link") or "",
            answers.get("minutes"),
            answers.get("help_kind"),
        )
        move.case.outcome = row.decision or ("declined" if row.taken == "decline" else "answered")
        _count_help(move, row)
    return None


def _count_help(move: Move, row: HelpRequest) -> None:
    """A school that was answered has been helped (M5)."""
    if row.help_kind and move.subject.kind == "school" and row.taken != "decline":
        place = {"provider_id": row.office_id, "kind": row.help_kind, "day": move.today}
        move.session.add(HelpGiven(school_id=move.case.subject_id, case_id=move.case.id, **place))


def file_reply(move: Move, card: Card) -> Values | None:
    """The answer as a paper, numbered for the public; whether the author is asked to rate it."""
    row = row_of(move.session, move.case)
    place = move.session.get_one(Organisation, row.office_id or 0)
    kind = "request_reply_municipal" if place.kind in ("municipality", "method_service") else "request_reply"
    issuer = place.parent_id if place.kind == "method_service" and place.parent_id else place.id
    document = shared.paper_of(move, kind, f"«{row.topic}»", issuer)
    document.day, document.state = move.today, "registered"
    if row.author_id is None:
        number_document(move, document)
    move.session.flush()
    texts.write(move, document, paper(move, row, document))
    renditions.request(move, document)
    rated = row.kind in move.profile.municipal.requests.rated and row.author_id is not None and row.taken != "decline"
    return {"rated": rated}


def paper(move: Move, row: HelpRequest, document: Any) -> dict[str, Any]:
    calendar = move.system.calendar(move.case.region)
    return {
        **shared.requisites(move, document, draft=False),
        "signers": [],
        "addressee": shared.listed_name(move.session, row.author_id) or row.public_name or "",
        "kind_of": WORDS[row.kind],
        "topic": row.topic,
        "filed": calendar.local(row.filed_at).isoformat(),
        "text": row.text,
        "decision": DECISIONS.get(row.decision or "", ""),
        "answer": row.answer,
        "link": row.link,
        "executor": shared.listed_name(move.session, row.executor_id),
    }


# the author again ---------------------------------------------------------------------------------------------------


def author_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case)
    facts = told(ask.session, ask.system, row, ask.case) | {"answer": row.answer}
    return {"facts": facts, "files": of_case(ask.session, ask.case.id)}


def write_more(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case)
    row.supplement = "\n".join(part for part in (row.supplement, answers["text"]) if part)
    return None


def write_rate(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case)
    row.score, row.rating = answers["score"], answers.get("text") or ""
    return None


# who ----------------------------------------------------------------------------------------------------------------


def author(move: Move, item: str | None) -> int | None:
    """Who asked; a question to him is a case that his office opened."""
    row = (
        move.session.get(HelpRequest, move.case.parent_id or 0)
        if move.case.data.get("mode") in ("more", "rate")
        else None
    )
    return row.author_id if row is not None else None


def addressee(move: Move, item: str | None) -> Holder | None:
    """The office; a complaint goes to its head, if it has one besides the person complained of."""
    row = row_of(move.session, move.case)
    if row.office_id is None or row.office_role is None:
        return None
    head = row.complaint and shared.head_position(move.session, row.office_id, move.today) is not None
    position = shared.head_position(move.session, row.office_id, move.today) if head else None
    if position is not None:
        return Holder(move.session.get_one(Position, position).role, True, row.office_id, position)
    return Holder(row.office_role, False, row.office_id)


def executor(move: Move, item: str | None) -> int | Holder | None:
    row = row_of(move.session, move.case)
    return row.executor_id or addressee(move, item)


def step(move: Move, card: Card) -> Values:
    return route(move, card) if card.properties["facts"] == "request_route" else resolve(move, card)


HANDLERS = Handlers(
    kinds={KIND: open_request},
    about={KIND: ("school", "municipality")},
    openers={
        KIND: tuple(sorted(role for role in ROLES if role in WORKERS and role not in ("minister", "legal", "clerk")))
    },
    forms={
        "request_form": write_form,
        "request_take": write_take,
        "request_reply": write_reply,
        "request_more": write_more,
        "request_rate": write_rate,
    },
    contexts={
        "request_form": form_context,
        "request_take": take_context,
        "request_reply": reply_context,
        "request_more": author_context,
        "request_rate": author_context,
    },
    operations={f"{KIND}.collect_facts": step, f"{KIND}.render": file_reply},
    facts={f"{KIND}.proposal.decided": proposal_decided},
    roles={f"{KIND}.author": author, f"{KIND}.addressee": addressee, f"{KIND}.executor": executor},
)
