"""A municipality's half-year application: schools' needs gathered, places given, trainees named (OR-35)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Opening, Values, moment
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import contexts, renditions, signing, texts
from app.documents.acts import number_document
from app.engine import Card
from app.errors import Refused
from app.people.models import Organisation, Person
from app.teachers import moves, papers, seats
from app.teachers.common import active, known, title, year_dates
from app.teachers.coverage import in_municipality, people_with_gaps
from app.teachers.models import ApplicationRow, Teacher, Trainee, Training, TrainingApplication, TrainingNeed
from app.years import school_year_start

PAPER = "training_application"
KINDS = {"course": "курс", "internship": "стажировка"}
AUDIENCES = {"heads": "руководители", "teams": "команды", "teachers": "учителя"}
PERIODS = {1: "июль – декабрь {first} года", 2: "январь – июнь {second} года"}


def open_application(
    session: Session, system: System, subject: Organisation, school_year: int, data: Values
) -> Opening:
    """One a municipality and half-year: `data.half`, else the half that goes on now."""
    if subject.kind != "municipality":
        raise Refused("Заявку подаёт муниципалитет.", advice="Выберите муниципалитет.")
    today = system.calendar(subject.region).local(moment(session))
    half = int(data.get("half") or (1 if today.month >= 7 else 2))
    if half not in (1, 2):
        raise Refused("Полугодие – первое или второе.")
    rule = system.profile(subject.region).teachers.half_ends[half - 1]
    end = system.calendar(subject.region).term(rule, moment(session), {}, school_year_start(school_year))
    day = system.calendar(subject.region).local(end)
    return Opening(
        f"Заявка на обучение, {half}-е полугодие: {subject.short_name}",
        scope={"half_end": day.isoformat()},
        once=f"tapp:{subject.id}:{school_year}:{half}",
        data={"half": half},
    )


def rows_of(session: Session, case_id: int) -> list[ApplicationRow]:
    rows = sa.select(ApplicationRow).where(ApplicationRow.case_id == case_id).order_by(ApplicationRow.number)
    return list(session.scalars(rows))


# gathering ----------------------------------------------------------------------------------------------------------


def collect_context(ask: Asking) -> Values:
    standing = last_answer(ask.session, ask.case.id, "tapp_collect")
    names = ("subject", "gap_kind", "month")
    return {
        "values": {"rows": standing["rows"] if standing else _needed(ask)},
        "choices": {
            **{name: dict(ask.profile.dictionaries[name]) for name in names},
            "school": _schools(ask.session, ask.case.subject_id),
        },
        "known": known(("ЦНППМ вернул заявку", (last_answer(ask.session, ask.case.id, "tapp_quota") or {}).get("why"))),
    }


def _schools(session: Session, municipality_id: int) -> dict[int, str]:
    rows = sa.select(Organisation.id, Organisation.short_name).where(
        Organisation.parent_id == municipality_id, Organisation.kind == "school", Organisation.valid_to.is_(None)
    )
    return {key: name for key, name in session.execute(rows.order_by(Organisation.short_name))}


def _needed(ask: Asking) -> list[dict[str, Any]]:
    """What schools named this school year, months of the half first; a line that was applied for before is left out."""
    schools = _schools(ask.session, ask.case.subject_id)
    cases = sa.select(Case.id).where(Case.kind == "retraining", Case.school_year == ask.case.school_year)
    applied = set(
        ask.session.execute(
            sa.select(ApplicationRow.school_id, ApplicationRow.topic)
            .join(Case, Case.id == ApplicationRow.case_id)
            .where(Case.subject_id == ask.case.subject_id, Case.school_year == ask.case.school_year)
        ).all()
    )
    needs = sa.select(TrainingNeed).where(TrainingNeed.case_id.in_(cases), TrainingNeed.school_id.in_(schools))
    return [
        {
            "topic": need.topic,
            "kind": need.kind,
            "audience": "teams" if need.gap_kind == "management" else "teachers",
            "subject": need.subject,
            "school": need.school_id,
            "people": need.people,
            "gap_kind": need.gap_kind,
            "month": need.month,
            "priority": 2,
        }
        for need in ask.session.scalars(needs.order_by(TrainingNeed.school_id, TrainingNeed.number))
        if (need.school_id, need.topic) not in applied
    ]


def write_collect(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    session, case_id = move.session, move.case.id
    if session.get(TrainingApplication, case_id) is None:
        session.add(
            TrainingApplication(
                case_id=case_id,
                municipality_id=move.case.subject_id,
                school_year=move.case.school_year,
                half=int(move.case.data["half"]),
            )
        )
        session.flush()
    session.execute(sa.delete(ApplicationRow).where(ApplicationRow.case_id == case_id))
    schools = _schools(session, move.case.subject_id)
    for number, line in enumerate(answers["rows"], 1):
        if int(line["school"]) not in schools:
            raise Refused(f"Строка {number}: школа другого муниципалитета.")
        names = ("topic", "kind", "audience", "people", "priority", "subject", "gap_kind", "month")
        values = {name: line.get(name) for name in names}
        session.add(ApplicationRow(case_id=case_id, number=number, school_id=int(line["school"]), **values))
    session.flush()
    _write(move, PAPER, draft=True)
    return None


# signing ------------------------------------------------------------------------------------------------------------


def send_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, PAPER)
    return {"facts": {"document_id": document.id if document else None}}


def send_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    document = texts.of_case(ask.session, ask.case.id, PAPER)
    edition = texts.current(ask.session, document) if document else None
    return edition.sha256 if edition else None


def write_send(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    document = texts.of_case(move.session, move.case.id, PAPER)
    edition = texts.current(move.session, document) if document else None
    if answers["outcome"] == "sign" and document is not None and edition is not None:
        signing.sign(move, document, edition, move.proof, "sign")
    return None


def number(move: Move, card: Card) -> Values | None:
    document = texts.of_case(move.session, move.case.id, PAPER)
    if document is not None:
        number_document(move, document)
    return None


def render(move: Move, card: Card) -> Values | None:
    kind = card.properties["render"]
    document = _write(move, kind, draft=False)
    renditions.request(move, document)
    return None


def _write(move: Move, kind: str, *, draft: bool) -> Any:
    half = int(move.case.data["half"])
    period = PERIODS[half].format(first=move.case.school_year, second=move.case.school_year + 1)
    document = texts.of_case(move.session, move.case.id, kind)
    answer = kind == "training_quota"
    if document is None:
        heading = "О квоте на обучение педагогических работников" if answer else "На обучение педагогических работников"
        place = papers.centre(move) if answer else move.case.subject_id
        document = texts.create(move, kind, f"{heading}, {period}", place)
    if answer and not draft:
        number_document(move, document)
    base = papers.requisites(move, document, draft=draft)
    if not answer:
        base["issuer"] = {"lines": [move.subject.name]}
    context = {
        "municipality": move.subject.name,
        "period": period,
        "answer": answer,
        "reference": _reference(move) if answer else "",
        "rows": [_line(move, row) for row in rows_of(move.session, move.case.id)],
        "signers": [papers.centre_signer(move)] if answer else [_head(move, document)],
    }
    texts.write(move, document, {**base, **context})
    return document


def _reference(move: Move) -> str:
    sent = texts.of_case(move.session, move.case.id, PAPER)
    if sent is None or sent.day is None:
        return "сводной заявке"
    return f"сводной заявке от {sent.day:%d.%m.%Y} № {sent.number}"


def _head(move: Move, document: Any) -> dict[str, Any]:
    signed = signing.valid(move.session, document.id, "sign")
    if signed:
        person = move.session.get_one(Person, signed[-1].person_id)
        return contexts.signer([signed[-1].stamp["position"]], person, signed[-1])
    return contexts.signer(["Руководитель муниципального органа"], None)


def _line(move: Move, row: ApplicationRow) -> dict[str, Any]:
    profile = move.profile
    training = move.session.get(Training, row.training_id) if row.training_id else None
    return {
        "topic": row.topic,
        "kind": KINDS[row.kind],
        "audience": AUDIENCES[row.audience],
        "subject": title(profile, "subject", row.subject),
        "school": move.session.get_one(Organisation, row.school_id).short_name,
        "people": row.people,
        "gap": title(profile, "gap_kind", row.gap_kind),
        "month": title(profile, "month", row.month),
        "priority": row.priority,
        "quota": row.quota,
        "group": f"{training.name}, с {training.starts_on:%d.%m.%Y}" if training else "",
        "reason": row.reason,
    }


# places -------------------------------------------------------------------------------------------------------------


def quota_context(ask: Asking) -> Values:
    """Lines of the application; groups that enrol now, with the seats still free."""
    groups = sa.select(Training).where(Training.region == ask.case.region, Training.state == "open")
    free = {
        t.case_id: f"{t.name}, с {t.starts_on:%d.%m.%Y}, свободно {seats.left(t)} из {t.seats}"
        for t in ask.session.scalars(groups.order_by(Training.starts_on, Training.case_id))
    }
    rows = [
        {
            "row": row.id,
            "wanted": _wanted(ask, row),
            "people": row.people,
            "quota": row.quota,
            "training": row.training_id,
        }
        for row in rows_of(ask.session, ask.case.id)
    ]
    return {"rows": {"rows": rows}, "choices": {"training": free}}


def _wanted(ask: Asking, row: ApplicationRow) -> str:
    school = ask.session.get_one(Organisation, row.school_id).short_name
    parts = [
        row.topic,
        KINDS[row.kind],
        title(ask.profile, "subject", row.subject),
        school,
        f"приоритет {row.priority}",
    ]
    return ", ".join(part for part in parts if part)


def write_quota(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    if answers["outcome"] == "return":
        return None
    rows = {row.id: row for row in rows_of(move.session, move.case.id)}
    for line in answers["rows"]:
        row, training = rows[int(line["row"])], line.get("training")
        row.quota, row.reason = int(line["quota"]), line.get("reason") or ""
        row.training_id = int(training) if training is not None and row.quota else None
    return None


def names_context(ask: Asking) -> Values:
    """Places that were given; teachers of the schools that asked, marked when diagnosis found no gap."""
    rows = [row for row in rows_of(ask.session, ask.case.id) if row.quota]
    places = {row.id: f"{_wanted(ask, row)}, мест {row.quota}" for row in rows}
    schools = {row.school_id for row in rows}
    found = (
        sa.select(Person, Organisation.short_name)
        .join(Teacher, Teacher.person_id == Person.id)
        .join(Organisation, Organisation.id == Teacher.school_id)
        .where(Teacher.school_id.in_(schools), active(ask.today), Teacher.takes_part)
        .order_by(Organisation.short_name, Person.family_name, Person.given_name, Person.id)
    )
    people = {person.id: f"{person.listed_name}, {school}" for person, school in ask.session.execute(found)}
    wanted = people_with_gaps(ask.profile, in_municipality(ask.case.subject_id), ask.case.school_year, ask.today)
    lacking = set(ask.session.scalars(wanted))
    return {
        "choices": {"place": places, "teacher": people},
        "facts": {
            "limits": {row.id: row.quota for row in rows},
            "without_gap": [key for key in people if key not in lacking],
        },
        "dates": year_dates(ask.case.school_year, ask.today),
    }


def write_names(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Seats are taken group by group, in the order of their ids: two applications never wait for each other crosswise."""
    rows = {row.id: row for row in rows_of(move.session, move.case.id)}
    lines = sorted(answers["names"], key=lambda line: (rows[int(line["place"])].training_id or 0, int(line["teacher"])))
    reserve = 0
    for line in lines:
        row = rows[int(line["place"])]
        reserve += _seat(move, row, int(line["teacher"]), line.get("reason") or "").state == "reserve"
    _within_quota(move, rows)
    move.record("application.named", named=len(lines), reserve=reserve)
    return None


def _seat(move: Move, row: ApplicationRow, person_id: int, why: str) -> Trainee:
    if row.training_id is None:
        raise Refused(f"По строке {row.number} места не выделены.")
    position = moves.position_of(move.session, person_id, move.today, school_id=row.school_id)
    if position is None:
        name = move.session.get_one(Person, person_id).listed_name
        raise Refused(f"{name} в школе строки {row.number} не работает.", advice="Выберите педагога этой школы.")
    return seats.put(
        move.session, row.training_id, person_id, position.id, school_id=row.school_id, row_id=row.id, why=why
    )


def _within_quota(move: Move, rows: dict[int, ApplicationRow]) -> None:
    """More names than places are refused here too, whatever the form was shown."""
    counted = (
        sa.select(Trainee.row_id, sa.func.count())
        .where(Trainee.row_id.in_(list(rows)), Trainee.state != "declined")
        .group_by(Trainee.row_id)
    )
    for row_id, named in move.session.execute(counted):
        row = rows[int(row_id or 0)]
        if named > (row.quota or 0):
            raise Refused(f"Строка {row.number}: названо {named}, мест {row.quota or 0}.")


# the end of the half-year -------------------------------------------------------------------------------------------


def told_groups(move: Move) -> list[int]:
    """Open groups that trainees were named for."""
    rows = sa.select(ApplicationRow.training_id).where(
        ApplicationRow.case_id == move.case.id, ApplicationRow.training_id.is_not(None)
    )
    return list(
        move.session.scalars(sa.select(Case.id).where(Case.id.in_(rows), Case.status == "open").order_by(Case.id))
    )


def groups_done(move: Move) -> bool:
    """Fact: every group with places for this application is over, and there was one."""
    groups = [
        move.session.get_one(Training, row.training_id)
        for row in rows_of(move.session, move.case.id)
        if row.training_id is not None
    ]
    return bool(groups) and all(group.state in ("done", "cancelled") for group in groups)


def result_context(ask: Asking) -> Values:
    counted = (
        sa.select(Trainee.result, sa.func.count())
        .where(Trainee.row_id.in_([row.id for row in rows_of(ask.session, ask.case.id)]))
        .group_by(Trainee.result)
    )
    found = {result or "none": count for result, count in ask.session.execute(counted)}
    rows = rows_of(ask.session, ask.case.id)
    return {
        "known": known(
            ("Просили обучить", sum(row.people for row in rows)),
            ("Выделено мест", sum(row.quota or 0 for row in rows)),
            ("Обучены", found.get("passed", 0)),
            ("Не аттестованы или отчислены", found.get("failed", 0) + found.get("expelled", 0)),
        )
    }


def write_result(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    move.session.get_one(TrainingApplication, move.case.id).conclusion = answers["conclusion"]
    return None
