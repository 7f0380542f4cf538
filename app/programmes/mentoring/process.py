"""The case of accompaniment: contexts of its forms, what they write, its operations and facts (OR 4.3.1, 4.4.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Question, Values
from app.cases.holders import Holder
from app.cases.models import Case, Remark, Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import signing, texts
from app.engine import Card
from app.people.actor import Actor
from app.people.models import Organisation
from app.programmes.mentoring import appointing, contacts, leaving, papers, proposing, serving
from app.programmes.mentoring.models import ContactLog, Mentorship
from app.years import school_year_start

PLAN_AHEAD = 10  # working days before a visit by which its plan is due


def open_mentoring(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One open case a school and kind; `kind`: curator or tutor."""
    kind = str(data.get("kind", "curator"))
    word = {"curator": "Куратор школы", "tutor": "Тьютор школы"}[kind]
    return Opening(f"{word}: {subject.short_name}", once=f"mentoring:{kind}:{subject.id}", data={"kind": kind})


def whom(session: Session, system: System, actor: Actor, about: Organisation) -> Sequence[Question]:
    """Asked before an accompaniment is begun by hand; the centre appoints tutors only."""
    words = {"curator": system.profile(actor.region).vocabulary["curator"], "tutor": "тьютор"}
    offered = {"tutor": words["tutor"]} if actor.role == "pd_center" else words
    return [Question("kind", "Кто будет сопровождать", offered)]


def begin(move: Move, card: Card) -> Values | None:
    """The school is supported now: curators who work in it are looked at again."""
    leaving.home_listed(move)
    return None


# who does what ----------------------------------------------------------------------------------------------------


def appointing_body(move: Move, item: str | None) -> Holder | None:
    return serving.appointing(move.session, move.case.region, move.case.subject_id, serving.kind_of(move.case))


def appointed(move: Move, item: str | None) -> int | Holder | None:
    """The candidate until the order, then who is appointed; who stands in when he has left."""
    newest = serving.newest_of(move.session, move.case.id)
    if newest is not None and newest.state in ("proposed", "agreed"):
        return newest.proposed_position_id
    kind, today = serving.kind_of(move.case), move.today
    return serving.of_case(move.session, move.case.region, move.case.id, move.case.subject_id, kind, today)


def reviewer(move: Move, item: str | None) -> Holder | None:
    """The method service, for a school without a municipality the ministry."""
    return serving.stand_in(move.session, move.case.region, move.case.subject_id, "curator", move.today)


# plan -------------------------------------------------------------------------------------------------------------


def plan_context(ask: Asking) -> Values:
    count = len(appointing.open_visits(ask.session, ask.case.id))
    return {
        "facts": {"open_visits": count},
        "dates": {
            "today": ask.today.isoformat(),
            "year_start": school_year_start(ask.case.school_year).isoformat(),
            "year_end": date(ask.case.school_year + 1, 6, 30).isoformat(),
        },
    }


def write_plan(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    for line in answers.get("contacts") or ():
        contacts.write(move.unit, move.case, line, serving.kind_of(move.case), move.profile)
    return None


def planned(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """A visit for every row of the newest plan."""
    calendar = move.system.calendar(move.case.region)
    answers = last_answer(move.session, move.case.id, "mentoring_plan") or {}
    for line in answers.get("visits") or ():
        by = max(
            calendar.add_working(date.fromisoformat(line["on"]), -PLAN_AHEAD),
            calendar.add_working(move.today, 3),
        )
        wish = {"on": line["on"], "aim": line["aim"], "form": line["form"], "plan_by": by.isoformat()}
        yield move.case.subject_id, {"kind": serving.kind_of(move.case), "mentoring": move.case.id, **wish}


# stages, review ---------------------------------------------------------------------------------------------------


def stage(move: Move, card: Card) -> Values:
    """The end of the nearest stage of this school year that is still ahead."""
    calendar = move.system.calendar(move.case.region)
    start, today = school_year_start(move.case.school_year), move.today
    ends = [calendar.term(move.profile.terms[name], move.now, {}, start) for name in move.profile.mentoring.stages]
    ahead = sorted(day for end in ends if (day := calendar.local(end)) > today)
    nearest = ahead[0] if ahead else today
    return {"stage_due": nearest.isoformat(), "stage_left": bool(ahead)}


def review_context(ask: Asking) -> Values:
    """Visits planned and held, reports late, contacts; why the review came early."""
    row = serving.in_force_of(ask.session, ask.case.id)
    visits = sa.select(Case).where(Case.parent_id == ask.case.id, Case.kind == "visit")
    cases = ask.session.scalars(visits.order_by(Case.id)).all()
    late = (
        sa.select(sa.func.count())
        .select_from(Task)
        .where(Task.case_id.in_([case.id for case in cases]), Task.form == "visit_report", Task.due_at < ask.now)
    )
    logged = sa.select(sa.func.count()).select_from(ContactLog).where(ContactLog.case_id == ask.case.id)
    return {
        "facts": {
            "standing": proposing.standing_words(ask.session, row),
            "planned": len(cases),
            "held": len(appointing.held_visits(ask.session, ask.case.id)),
            "late": ask.session.scalar(late) or 0,
            "contacts": ask.session.scalar(logged) or 0,
            "alert": row.alert if row else "",
            "left": bool(row and row.ended_on),
        }
    }


def write_review(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = serving.in_force_of(move.session, move.case.id)
    if row is not None:
        row.alert = None
        if answers["outcome"] != "continue" and row.end_reason is None:
            row.end_reason = answers.get("reason")
        move.session.flush()
    move.record("mentoring.reviewed", outcome=answers["outcome"], reason=answers.get("reason"))
    return None


# report -----------------------------------------------------------------------------------------------------------


def report_context(ask: Asking) -> Values:
    """The text as it was, when the report came back."""
    return {"values": last_answer(ask.session, ask.case.id, "mentoring_report") or {}}


def _reported(move: Move) -> Mentorship:
    """Whose report it is: who is appointed, else the last who was."""
    row = serving.in_force_of(move.session, move.case.id)
    if row is None:
        ended = sa.select(Mentorship).where(Mentorship.case_id == move.case.id, Mentorship.state == "ended")
        row = move.session.scalar(ended.order_by(Mentorship.number.desc()).limit(1))
    row = row or serving.newest_of(move.session, move.case.id)
    assert row is not None
    return row


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    papers.write_report(move, _reported(move), answers)
    return None


def paper_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, papers.REPORT)
    return {"facts": {"document_id": document.id if document else None}}


def sign_shown(ask: Asking, answers: Values | None) -> str | None:
    return proposing.shown(ask, papers.REPORT, answers, "sign")


def write_sign(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    if answers["outcome"] != "sign":
        return None
    document = texts.of_case(move.session, move.case.id, papers.REPORT)
    edition = texts.current(move.session, document) if document else None
    assert document is not None and edition is not None
    signing.sign(move, document, edition, move.proof, "sign")
    document.state, document.day = "signed", move.today
    papers.seal(move, document)
    return None


def write_accept(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    document = texts.of_case(move.session, move.case.id, papers.REPORT)
    assert document is not None
    if answers["outcome"] == "accept":
        document.state = "registered"
        return None
    document.state = "draft"
    for signature in signing.valid(move.session, document.id, "sign"):
        signature.fallen_at, signature.fallen_reason = move.now, "отчёт возвращён с замечаниями"
    for line in answers.get("remarks") or ():
        move.session.add(
            Remark(
                case_id=move.case.id,
                form=task.form,
                round=document.edition,
                edition=document.edition,
                position_id=move.actor.position_id if move.actor else None,
                place=line.get("place") or "",
                text=line["text"],
                compulsory=line.get("weight") != "advice",
                at=move.now,
            )
        )
    return None


def finish(move: Move, card: Card) -> Values | None:
    """The year is over: the appointment ends with its term, or today when the review ended it."""
    row = serving.in_force_of(move.session, move.case.id)
    if row is not None:
        ended_early = (last_answer(move.session, move.case.id, "mentoring_review") or {}).get("outcome") == "end"
        last = move.today if ended_early else row.ends_on
        appointing.end(move.unit, row, last, row.end_reason or "Срок приказа истёк")
    move.case.outcome = "accepted"
    return None


FACTS = {"mentoring_start": begin, "mentoring_stage": stage, "mentoring_close": finish}

HANDLERS = Handlers(
    kinds={"mentoring": open_mentoring},
    about={"mentoring": ("school",)},
    asked={"mentoring": whom},
    openers={"mentoring": ("regional_operator", "municipal_authority", "pd_center")},
    forms={
        "mentoring_candidate": proposing.write_candidate,
        "mentoring_consent": proposing.write_consent,
        "mentoring_plan": write_plan,
        "mentoring_review": write_review,
        "mentoring_report": write_report,
        "mentoring_sign": write_sign,
        "mentoring_accept": write_accept,
    },
    contexts={
        "mentoring_candidate": proposing.candidate_context,
        "mentoring_consent": proposing.consent_context,
        "mentoring_plan": plan_context,
        "mentoring_review": review_context,
        "mentoring_report": report_context,
        "mentoring_sign": paper_context,
        "mentoring_accept": paper_context,
    },
    operations={
        "mentoring.collect_facts": lambda move, card: FACTS[card.properties["facts"]](move, card),
        "check_gate.mentoring.candidate": proposing.check_candidate,
        "mentoring.render": proposing.render_consent,
        "mentoring.deliver": appointing.tell,
        "mentoring.set_effective": appointing.appoint,
    },
    facts={"mentoring.act.decided": appointing.outcome, "mentoring.curator.changed": leaving.alerted},
    roles={
        "curator": serving.curator,
        "tutor": serving.tutor,
        "mentoring.municipal_authority": appointing_body,
        "mentoring.curator": appointed,
        "mentoring.municipal_method_service": reviewer,
    },
    targets={"mentoring.order": appointing.order_target, "mentoring.planned": planned},
    signed={"mentoring_consent": proposing.consent_shown, "mentoring_sign": sign_shown},
    annexes={"municipal_order": appointing.annex, "tutor_order": appointing.annex},
)
