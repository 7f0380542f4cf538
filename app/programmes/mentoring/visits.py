"""The case of a visit: plan, the school's word, the report from the place, signature, acknowledgement (OR 4.4.1-3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.holders import Holder
from app.cases.models import Task
from app.cases.move import Move
from app.cases.system import System
from app.documents import signing, texts
from app.engine import Card
from app.errors import BadInput
from app.files import of_case
from app.people.actor import in_force
from app.people.models import Organisation, Person, Position
from app.programmes.mentoring import contacts, papers, replies, serving, visit_papers
from app.programmes.mentoring.models import Visit
from app.programmes.models import PlanRow
from app.years import school_year_start

KINDS = ("curator", "tutor", "method_service", "trip")
PLAN_DAYS, AGAIN_DAYS = 10, 3  # working days to plan a visit, and to plan it anew
EVE = -2  # the report opens at the end of this working day, so that it stands open on the whole eve of the visit
SECTION = "visit"
DAYS_OFF = 200  # days ahead in which a day off is warned of


def open_visit(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """A visit of a kind. `plan_by`: day by which it is to be planned; `batch`: visits of one trip."""
    kind = str(data.get("kind", "method_service"))
    if kind not in KINDS:
        raise BadInput("Такого вида посещения нет.", advice="Виды: куратор, тьютор, методическая служба, выезд.")
    word = "Мониторинговый выезд" if kind == "trip" else "Посещение"
    return Opening(
        f"{word}: {subject.short_name}", scope={"plan_by": data.get("plan_by", PLAN_DAYS)}, data={"kind": kind}
    )


def author(move: Move, item: str | None) -> int | Holder | None:
    """Who visits: by the order in force of the accompaniment; of a visit opened by hand, who opened it while he serves."""
    data, today = move.case.data, move.today
    kind = str(data.get("kind"))
    if data.get("mentoring") is not None:
        number = int(data["mentoring"])
        return serving.of_case(move.session, move.case.region, number, move.case.subject_id, kind, today)
    serves = sa.select(Position.id).where(Position.id == move.case.opened_by, in_force(Position, today))
    found = move.session.scalar(serves)
    return found or serving.stand_in(move.session, move.case.region, move.case.subject_id, kind, today)


# plan -------------------------------------------------------------------------------------------------------------


def plan_context(ask: Asking) -> Values:
    """What was planned or asked before; days off of the coming months."""
    row = ask.session.get(Visit, ask.case.id)
    data = ask.case.data
    calendar = ask.system.calendar(ask.case.region)
    ahead = (ask.today + timedelta(days=shift) for shift in range(DAYS_OFF))
    values = _planned_values(ask, row) if row else _wished(data)
    return {
        "values": values,
        "choices": {"subject": dict(ask.profile.dictionaries["subject"])},
        "facts": {
            "kind": data["kind"],
            "moved": row.moved_reason if row else "",
            "asked": _local(ask, row.asked_at) if row and row.confirmed == "other" else None,
            "asked_reason": row.asked_reason if row and row.confirmed == "other" else "",
            "days_off": [day.isoformat() for day in ahead if not calendar.is_working(day)],
        },
        "dates": {
            "today": ask.today.isoformat(),
            "year_end": date(ask.case.school_year + 1, 8, 31).isoformat(),
        },
    }


def _planned_values(ask: Asking, row: Visit) -> dict[str, Any]:
    at = row.asked_at if row.confirmed == "other" and row.asked_at else row.planned_at
    return {"at": _local(ask, at), "form": row.form, "aim": row.aim, "looks": row.looks, "lessons": row.lessons}


def _wished(data: Values) -> dict[str, Any]:
    """What the plan of accompaniment said of this visit: its day at ten in the morning."""
    if "on" not in data:
        return {}
    return {"at": f"{data['on']}T10:00", "aim": data.get("aim"), "form": data.get("form")}


def _local(ask: Asking, moment: datetime | None) -> str | None:
    """A moment by the clock of the region, as the form takes it."""
    if moment is None:
        return None
    return moment.astimezone(ask.profile.zone).replace(tzinfo=None).isoformat(timespec="minutes")


def write_plan(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = move.session.get(Visit, move.case.id)
    at = datetime.fromisoformat(answers["at"]).replace(tzinfo=move.profile.zone)
    values = {
        "planned_at": at,
        "form": answers["form"],
        "aim": answers["aim"],
        "looks": answers["looks"],
        "lessons": answers.get("lessons") or [],
        "confirmed": None,
        "asked_at": None,
        "asked_reason": None,
        "moved_reason": None,
    }
    if row is None:
        data = move.case.data
        row = Visit(
            case_id=move.case.id,
            school_id=move.case.subject_id,
            mentoring_id=data.get("mentoring"),
            kind=data["kind"],
            batch=data.get("batch"),
            **values,
        )
        move.session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    move.session.flush()
    move.record("visit.planned", at=at.isoformat(), form=answers["form"])
    return None


# the school's word -----------------------------------------------------------------------------------------------


def check_day(move: Move, card: Card) -> Values:
    """The day is agreed, by word or by silence, or the school asks for another one."""
    row = replies.row_of(move.session, move.case.id)
    if row.confirmed is None:
        row.confirmed = "silent"
        move.session.flush()
    calendar = move.system.calendar(move.case.region)
    day = calendar.local(row.planned_at)
    return {
        "visit_day": "another" if row.confirmed == "other" else "agreed",
        "visit_on": day.isoformat(),
        "report_from": calendar.add_working(day, EVE).isoformat(),
        "plan_by": AGAIN_DAYS,
    }


def moved(move: Move) -> bool:
    row = move.session.get(Visit, move.case.id)
    return row is not None and row.moved_reason is not None


# report -----------------------------------------------------------------------------------------------------------


def report_context(ask: Asking) -> Values:
    """Prefilled from the plan: the day, the lessons, the head of the school; the check-list of the profile."""
    row, profile = replies.row_of(ask.session, ask.case.id), ask.profile
    people = _people(ask)
    day = ask.system.calendar(ask.case.region).local(row.planned_at)
    head = next((person for person in people if person[2] == "school_head"), None)
    values: dict[str, Any] = {
        "day": day if day <= ask.today else None,
        "participants": [{"role": head[3], "name": head[1]}] if head else [],
        "lessons": [{"subject": line["subject"], "grade": line["grade"]} for line in row.lessons],
    }
    return {
        "values": {**values, **(row.report or {})},
        "rows": {"blocks": _blocks(profile)},
        "choices": {
            "person": {person[0]: f"{person[1]}, {person[3]}" for person in people},
            "subject": dict(profile.dictionaries["subject"]),
        },
        "facts": {"checklist": row.kind in profile.mentoring.checklist_kinds, "visit": replies.shown(ask, row)},
        "dates": {
            "today": ask.today.isoformat(),
            "tomorrow": (ask.today + timedelta(days=1)).isoformat(),
            "visit": min(day, ask.today).isoformat(),
            "year_start": school_year_start(ask.case.school_year).isoformat(),
        },
        "files": of_case(ask.session, ask.case.id),
    }


def _blocks(profile: Any) -> list[dict[str, Any]]:
    lines = [(block.title, position) for block in profile.mentoring.blocks for position in block.positions]
    return [{"row": n, "position": f"{title}: {text}"} for n, (title, text) in enumerate(lines, 1)]


def _people(ask: Asking) -> list[tuple[int, str, str, str]]:
    """People of the school: id, listed name, role, title."""
    found = (
        sa.select(Person, Position)
        .join(Position, Position.person_id == Person.id)
        .where(Position.organisation_id == ask.case.subject_id, in_force(Position, ask.today))
        .order_by(Person.family_name, Position.id)
    )
    return [(p.id, p.listed_name, position.role, position.title) for p, position in ask.session.execute(found)]


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The report as it is written, its recommendations with a term as rows to be fulfilled, its text to be signed."""
    row = replies.row_of(move.session, move.case.id)
    if answers["held"] == "not_held":
        row.moved_reason, row.confirmed = answers["why_not"], None
        move.session.flush()
        move.record("visit.not_held", reason=answers["why_not"])
        return {"plan_by": AGAIN_DAYS}
    row.report, row.held_on = answers, date.fromisoformat(answers["day"])
    move.session.flush()
    _advise(move, row, answers)
    visit_papers.write(move, row)
    return None


def _advise(move: Move, row: Visit, answers: dict[str, Any]) -> None:
    """Rows of the report that is not signed yet are written anew."""
    move.session.execute(sa.delete(PlanRow).where(PlanRow.case_id == move.case.id))
    for number, line in enumerate(answers.get("advice") or (), 1):
        if not line.get("due"):
            continue
        due = date.fromisoformat(line["due"])
        move.session.add(
            PlanRow(
                case_id=move.case.id,
                number=number,
                edition=1,
                school_id=row.school_id,
                section=SECTION,
                text=line["text"],
                starts_on=min(row.held_on or due, due),
                due_on=due,
                responsible_id=line.get("responsible"),
            )
        )
    move.session.flush()


def sign_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, visit_papers.KIND)
    return {"facts": {"document_id": document.id if document else None}}


def sign_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    return visit_papers.fingerprint(ask.session, ask.case.id)


def write_sign(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The visitor's signature: from now on the visit is help given to the school."""
    if answers["outcome"] != "sign":
        return None
    row = replies.row_of(move.session, move.case.id)
    document = texts.of_case(move.session, move.case.id, visit_papers.KIND)
    edition = texts.current(move.session, document) if document else None
    assert document is not None and edition is not None and row.held_on is not None
    signing.sign(move, document, edition, move.proof, "sign")
    document.state, document.day = "signed", move.today
    row.signed_at = move.now
    contacts.give_help(move.unit, move.case, row.kind, row.held_on, move.profile)
    move.session.flush()
    papers.seal(move, document)
    return None


# after the school's answer ----------------------------------------------------------------------------------------


def check_ack(move: Move, card: Card) -> Values:
    row = replies.row_of(move.session, move.case.id)
    if row.ack is None:
        row.ack = "silent"
        move.session.flush()
    return {"visit_ack": row.ack}


def answer_context(ask: Asking) -> Values:
    row = replies.row_of(ask.session, ask.case.id)
    document = texts.of_case(ask.session, ask.case.id, visit_papers.KIND)
    return {"facts": {"remarks": row.ack_text, "document_id": document.id if document else None}}


def write_answer(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    replies.row_of(move.session, move.case.id).answer_text = answers["text"]
    return None


def render_final(move: Move, card: Card) -> Values | None:
    """The report with the acknowledgement, the remarks and the answer below the visitor's signature."""
    row = replies.row_of(move.session, move.case.id)
    document = texts.of_case(move.session, move.case.id, visit_papers.KIND)
    assert document is not None
    document.state = "registered"
    move.session.flush()
    papers.seal(move, document, **visit_papers.acknowledged(move, document, row))
    return None


def recommended(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """An assignment for every recommendation with a term."""
    rows = sa.select(PlanRow).where(PlanRow.case_id == move.case.id, PlanRow.dropped_in.is_(None))
    for row in move.session.scalars(rows.order_by(PlanRow.number)):
        yield move.case.subject_id, {"plan_row": row.id}


HANDLERS = Handlers(
    kinds={"visit": open_visit},
    about={"visit": ("school",)},
    openers={"visit": ("curator", "tutor", "municipal_method_service", "regional_operator", "ministry")},
    forms={
        "visit_plan": write_plan,
        "visit_report": write_report,
        "visit_sign": write_sign,
        "visit_answer": write_answer,
    },
    contexts={
        "visit_plan": plan_context,
        "visit_report": report_context,
        "visit_sign": sign_context,
        "visit_answer": answer_context,
    },
    operations={
        "check_gate.visit.day": check_day,
        "check_gate.visit.ack": check_ack,
        "visit.render": render_final,
    },
    facts={"visit.visit.moved": moved},
    roles={"visit.author": author},
    targets={"visit.recommendation": recommended},
    signed={"visit_sign": sign_shown},
)
