"""A group under way and its end: the journal, results, certificates of the register, reports of internships (OR-20)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.models import Case, Task
from app.cases.move import Move, Unit
from app.cases.operations import locked
from app.documents import texts
from app.documents.models import Document
from app.engine import Card
from app.errors import NotAllowed, NotFound, Refused
from app.files import of_case
from app.people.models import Organisation, Person, Position
from app.people.policy import require
from app.programmes.models import HelpGiven
from app.teachers import papers
from app.teachers.common import known, names_of, year_dates
from app.teachers.groups import trainees, training_of
from app.teachers.models import ApplicationRow, Certificate, RouteStep, TeacherRoute, Trainee, TrainingLesson

MARKS = {"done": "выполнено", "partly": "выполнено частично"}


# the journal --------------------------------------------------------------------------------------------------------


def journal_context(ask: Asking) -> Values:
    row = training_of(ask.session, ask.case.id)
    people = trainees(ask.session, row.case_id, "enrolled")
    names = names_of(ask.session, [t.person_id for t in people])
    dates = {**year_dates(ask.case.school_year, ask.today), "starts_on": row.starts_on.isoformat()}
    return {
        "choices": {"trainee": {t.id: names[t.person_id] for t in people}},
        "known": known(
            ("Часов по программе", row.hours),
            ("Слушателей", len(people)),
            ("Даты", f"{row.starts_on:%d.%m.%Y} – {row.ends_on:%d.%m.%Y}"),
        ),
        "dates": dates,
    }


def write_journal(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The lessons and, from them, the hours of each trainee."""
    session, case_id = move.session, move.case.id
    session.execute(sa.delete(TrainingLesson).where(TrainingLesson.case_id == case_id))
    hours = dict.fromkeys((t.id for t in trainees(session, case_id, "enrolled")), 0)
    for number, line in enumerate(sorted(answers["sessions"], key=lambda line: line["day"]), 1):
        absent = sorted(int(key) for key in line.get("absent") or [])
        session.add(
            TrainingLesson(
                case_id=case_id,
                number=number,
                day=date.fromisoformat(line["day"]),
                topic=line["topic"],
                hours=int(line["hours"]),
                absent=absent,
            )
        )
        for key in hours.keys() - set(absent):
            hours[key] += int(line["hours"])
    for trainee in trainees(session, case_id, "enrolled"):
        trainee.hours = hours[trainee.id]
    session.flush()
    return None


# the result ---------------------------------------------------------------------------------------------------------


def result_context(ask: Asking) -> Values:
    row = training_of(ask.session, ask.case.id)
    people = trainees(ask.session, row.case_id, "enrolled")
    names = names_of(ask.session, [t.person_id for t in people])
    rows = [
        {
            "row": t.id,
            "trainee": names[t.person_id],
            "hours": t.hours,
            "result": "passed" if t.hours >= row.hours or row.kind == "internship" else None,
        }
        for t in people
    ]
    return {"rows": {"trainees": rows}, "facts": {"hours": row.hours, "training_kind": row.kind}}


def write_result(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Results; an expelled one frees no seat: the group has begun. Fewer hours than the programme earn no certificate."""
    row = training_of(move.session, move.case.id)
    people = {t.id: t for t in trainees(move.session, row.case_id, "enrolled")}
    for line in answers["trainees"]:
        trainee = people[int(line["row"])]
        if row.kind == "course" and line["result"] == "passed" and trainee.hours < row.hours:
            raise Refused(f"По журналу {trainee.hours} ч из {row.hours}: удостоверение не выдаётся.")
        trainee.result, trainee.reason = line["result"], line.get("reason") or ""
    return None


def certificates(move: Move, card: Card) -> Values | None:
    """A numbered certificate for each who passed; whoever has one already gets no second."""
    for trainee in trainees(move.session, move.case.id, "enrolled"):
        if trainee.result == "passed" and standing(move.session, trainee.id) is None:
            _certify(move, trainee)
    return None


def standing(session: Session, trainee_id: int) -> Certificate | None:
    """The certificate in force of a trainee."""
    where = (Certificate.trainee_id == trainee_id, Certificate.state == "issued")
    return session.scalar(sa.select(Certificate).where(*where))


def _certify(move: Move, trainee: Trainee) -> Certificate:
    row, person = training_of(move.session, move.case.id), move.session.get_one(Person, trainee.person_id)
    document = texts.create(move, "training_certificate", f"По программе «{row.name}»", papers.centre(move))
    context = {
        "person": person.full_name,
        "programme": row.name,
        "hours": row.hours,
        "starts": row.starts_on.isoformat(),
        "ends": row.ends_on.isoformat(),
        "order": _order_words(move),
        "signers": [papers.centre_signer(move)],
    }
    papers.issue(move, document, context)
    certificate = Certificate(trainee_id=trainee.id, document_id=document.id, state="issued")
    move.session.add(certificate)
    move.session.flush()
    move.record("certificate.issued", document=document.id, number=document.number, trainee=trainee.id)
    return certificate


def _order_words(move: Move) -> str:
    """«приказ о зачислении от 24.02.2026 № ЦНППМ-151», when the order is numbered."""
    acts = sa.select(Case.id).where(Case.parent_id == move.case.id, Case.kind == "act", Case.outcome == "in_force")
    where = (Document.case_id.in_(acts), Document.number.is_not(None))
    order = move.session.scalar(sa.select(Document).where(*where).order_by(Document.id.desc()).limit(1))
    if order is None or order.day is None:
        return ""
    return f"приказ о зачислении от {order.day:%d.%m.%Y} № {order.number}"


def spoil(unit: Unit, certificate_id: int, reason: str) -> Certificate:
    """The paper is spoilt: its number stays taken and is journalled so, another certificate gets the next number.

    For the centre. Refused without a reason or when it is spoilt already.
    """
    session, actor = unit.session, unit.actor
    row = session.get(Certificate, certificate_id)
    if row is None:
        raise NotFound("Такого удостоверения нет.")
    document = session.get_one(Document, row.document_id)
    case = locked(session, document.case_id)
    session.refresh(row, with_for_update=True)
    require(actor, "case.read", case)
    if actor is None or actor.role != "pd_center":
        raise NotAllowed("Испорченное удостоверение отмечает ЦНППМ.")
    if row.state != "issued" or not reason.strip():
        raise Refused("Назовите, почему бланк испорчен." if row.state == "issued" else "Этот номер уже испорчен.")
    row.state, row.spoilt_at, row.spoilt_reason = "spoilt", unit.now, reason.strip()[:255]
    document.state = "withdrawn"
    session.flush()
    unit.record("certificate.spoilt", case.id, document=document.id, number=document.number, reason=row.spoilt_reason)
    move = Move(unit, case, unit.system.pinned(session, case))
    return _certify(move, session.get_one(Trainee, row.trainee_id))


# internships --------------------------------------------------------------------------------------------------------


def owing(session: Session, training_id: int) -> list[Trainee]:
    """Trainees whose report is not accepted; who was expelled owes none."""
    people = trainees(session, training_id, "enrolled")
    return [t for t in people if t.result == "passed" and t.mark not in MARKS]


def gate_reports(move: Move, card: Card) -> Values:
    return {"trainees": [t.id for t in owing(move.session, move.case.id)]}


def trainee_position(move: Move, item: str | None) -> int | None:
    """Who reports: the trainee of the row, in the position he holds now."""
    from app.teachers.moves import position_of

    trainee = move.session.get(Trainee, int(item or 0))
    if trainee is None:
        return None
    found = position_of(move.session, trainee.person_id, move.today)
    return found.id if found else trainee.position_id


def report_context(ask: Asking) -> Values:
    trainee = ask.session.get_one(Trainee, int(ask.task.item or 0))
    values = {"learned": trainee.learned or None, "plans": trainee.plans or None}
    returned = trainee.comment if trainee.mark == "returned" else ""
    values = {name: text for name, text in values.items() if text}
    return {"values": values, "known": known(("Отчёт вернули", returned)), "files": of_case(ask.session, ask.case.id)}


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    trainee = move.session.get_one(Trainee, int(task.item or 0))
    trainee.learned, trainee.plans, trainee.mark = answers["learned"], answers["plans"], None
    return None


def mark_context(ask: Asking) -> Values:
    people = [t for t in owing(ask.session, ask.case.id) if t.learned and t.mark is None]
    names = names_of(ask.session, [t.person_id for t in people])
    rows = [
        {"row": t.id, "trainee": names[t.person_id], "said": f"{t.learned} Внедрит: {t.plans}", "mark": "done"}
        for t in people
    ]
    return {"rows": {"reports": rows}, "files": of_case(ask.session, ask.case.id)}


def write_mark(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    for line in answers["reports"]:
        trainee = move.session.get_one(Trainee, int(line["row"]))
        trainee.mark, trainee.comment = line["mark"], line.get("comment") or ""
    return None


def report_papers(move: Move) -> None:
    """A report for each accepted trainee."""
    row = training_of(move.session, move.case.id)
    site = move.session.get_one(Organisation, row.site_id) if row.site_id else move.subject
    for trainee in trainees(move.session, row.case_id, "enrolled"):
        if trainee.mark not in MARKS:
            continue
        person = move.session.get_one(Person, trainee.person_id)
        position = move.session.get_one(Position, trainee.position_id)
        document = texts.create(move, "internship_report", f"«{row.name}»", papers.centre(move))
        context = {
            "person": person.full_name,
            "post": papers.lowered(position.title),
            "school": position.organisation.short_name,
            "topic": row.name,
            "site": site.short_name,
            "hours": row.hours,
            "starts": row.starts_on.isoformat(),
            "ends": row.ends_on.isoformat(),
            "learned": trainee.learned,
            "plans": trainee.plans,
            "mark": MARKS[trainee.mark or "done"],
            "signers": [papers.person_signer(move, "Слушатель", person, None)],
        }
        papers.issue(move, document, context)


# the end ------------------------------------------------------------------------------------------------------------


def close_context(ask: Asking) -> Values:
    people = trainees(ask.session, ask.case.id, "enrolled")
    passed = [t for t in people if t.result == "passed"]
    return {"known": known(("Слушателей", len(people)), ("С зачётом", len(passed)))}


def write_close(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The group is over: schools were helped, steps of routes that led here are done as a fact."""
    row = training_of(move.session, move.case.id)
    row.state, row.feedback, row.conclusion = "done", answers.get("feedback") or "", answers["conclusion"]
    passed = [t for t in trainees(move.session, row.case_id, "enrolled") if t.result == "passed"]
    for school_id in sorted({t.school_id for t in passed if t.school_id is not None}):
        kind = "training" if row.kind == "course" else "internship"
        help_ = HelpGiven(
            school_id=school_id, provider_id=row.provider_id, kind=kind, day=row.ends_on, case_id=row.case_id
        )
        move.session.add(help_)
    for trainee in passed:
        _step_done(move, trainee, move.now)
    return None


def _step_done(move: Move, trainee: Trainee, now: datetime) -> None:
    """The fact in the route: what was finished and by which paper. The teacher reports and the tutor accepts it."""
    certificate = standing(move.session, trainee.id)
    document = move.session.get_one(Document, certificate.document_id) if certificate else None
    row = training_of(move.session, move.case.id)
    words = f"удостоверение № {document.number}" if document else "отчёт о стажировке принят"
    for step in move.session.scalars(_steps(row.case_id, [trainee.person_id])):
        if step.mark != "accepted":
            step.result, step.fact, step.reported_at, step.mark = "done", f"{row.name}: {words}", now, None


def _steps(training_id: int, people: Iterable[int]) -> sa.Select:
    return (
        sa.select(RouteStep)
        .join(TeacherRoute, TeacherRoute.case_id == RouteStep.case_id)
        .where(
            RouteStep.training_id == training_id,
            RouteStep.dropped_in.is_(None),
            TeacherRoute.person_id.in_(list(people)),
        )
    )


def told_routes(move: Move) -> list[int]:
    """Open routes with a step that led to this group."""
    routes = sa.select(RouteStep.case_id).where(RouteStep.training_id == move.case.id, RouteStep.dropped_in.is_(None))
    found = sa.select(Case.id).where(Case.id.in_(routes), Case.status == "open").order_by(Case.id)
    return list(move.session.scalars(found))


def told_applications(move: Move) -> list[int]:
    """Open applications that were given places in this group."""
    rows = sa.select(ApplicationRow.case_id).where(ApplicationRow.training_id == move.case.id)
    found = sa.select(Case.id).where(Case.id.in_(rows), Case.status == "open").order_by(Case.id)
    return list(move.session.scalars(found))
