"""Groups of courses and internships: the card, approval, enrolment on seats, the order (OR-18, OR-20, OM-26)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Opening, Values
from app.cases.models import Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import act_texts, texts
from app.documents.models import Document
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.people.models import Organisation, Person, Position
from app.teachers import moves, papers, seats
from app.teachers.common import active, known, names_of, year_dates
from app.teachers.coverage import in_region, newest
from app.teachers.models import RouteStep, Teacher, TeacherRoute, Trainee, Training

ORDER = "enrolment_order"
FORMS = {"onsite": "очно", "remote": "заочно", "mixed": "смешанно"}


PLACES = ("centre", "operator", "partner", "municipality", "school")
"""Kinds of organisations that hold courses and internships."""


def open_training(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """A group of the centre, or of a partner on his site; it is named by its card."""
    if subject.kind not in PLACES:
        raise Refused("Группу открывает центр или площадка.", advice="Выберите организацию, которая проводит обучение.")
    return Opening(f"Новая группа: {subject.short_name}")


def training_of(session: Session, case_id: int) -> Training:
    return session.get_one(Training, case_id)


def card_context(ask: Asking) -> Values:
    profile, dictionaries = ask.profile, ask.profile.dictionaries
    standing = last_answer(ask.session, ask.case.id, "training_card") or {}
    names = ("gap_kind", "subject", "training_theme", "infrastructure")
    audience = {
        code: dictionaries["audience"][code]
        for code in ("teams", "heads", "subject_teachers", "form_teachers", "specialists")
    }
    return {
        "choices": {
            **{name: dict(dictionaries[name]) for name in names},
            "audience": audience,
            "site": _sites(ask.session, ask.case.region),
        },
        "values": standing,
        "facts": {"hours": {kind: list(pair) for kind, pair in profile.teachers.hours.items()}},
        "files": of_case(ask.session, ask.case.id),
        "dates": year_dates(ask.case.school_year, ask.today),
    }


def _sites(session: Session, region: str) -> dict[int, str]:
    """Where an internship may take place: schools, partners, the centre."""
    kinds = ("school", "partner", "centre", "operator")
    rows = sa.select(Organisation.id, Organisation.short_name).where(
        Organisation.region == region, Organisation.kind.in_(kinds), Organisation.valid_to.is_(None)
    )
    return {key: name for key, name in session.execute(rows.order_by(Organisation.short_name))}


def write_card(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = move.session.get(Training, move.case.id)
    if row is None:
        row = Training(case_id=move.case.id, region=move.case.region, provider_id=_provider(move), taken=0, postponed=0)
        move.session.add(row)
    site = answers.get("site")
    row.kind, row.name, row.audience, row.hours = (
        answers["training_kind"],
        answers["name"],
        answers["audience"],
        int(answers["hours"]),
    )
    row.gap_kinds, row.subject, row.themes = answers["gap_kinds"], answers.get("subject"), answers.get("themes") or []
    row.infrastructure, row.form, row.url = answers.get("infrastructure"), answers["form"], answers.get("url") or ""
    row.teachers = answers.get("teachers") or []
    row.site_id = int(site) if site is not None and row.kind == "internship" else None
    row.starts_on, row.ends_on = date.fromisoformat(answers["starts_on"]), date.fromisoformat(answers["ends_on"])
    row.seats, row.state = int(answers["seats"]), "draft"
    word = "Курс" if row.kind == "course" else "Стажировка"
    move.case.title = f"{word}: {row.name}"[:500]
    return None


def _provider(move: Move) -> int:
    """Who holds the course: the organisation of whoever described it."""
    return move.actor.organisation_id if move.actor else move.case.subject_id


def write_approve(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    if answers["outcome"] == "approve":
        training_of(move.session, move.case.id).state = "open"
        move.session.flush()
    return None


# enrolment ----------------------------------------------------------------------------------------------------------


def names_ready(move: Move) -> bool:
    """Fact: every seat is taken. After a postponement only the new date counts."""
    row = training_of(move.session, move.case.id)
    return row.postponed == 0 and row.taken >= row.seats


def enrol_context(ask: Asking) -> Values:
    """Who is in from applications first, then those whose route leads here; others with the same gap may be added."""
    row = training_of(ask.session, ask.case.id)
    people_in = trainees(ask.session, row.case_id)
    names = names_of(ask.session, [t.person_id for t in people_in])
    rows: list[dict[str, Any]] = [
        {
            "row": t.person_id,
            "trainee": t.person_id,
            "source": "заявка муниципалитета" if t.row_id else "маршрут или список",
            "outcome": t.state if t.state != "expelled" else "declined",
            "compulsory": True,
        }
        for t in people_in
    ]
    for person_id, name in _routed(ask.session, row).items():
        if person_id not in names:
            names[person_id] = name
            rows.append({"row": person_id, "trainee": person_id, "source": "маршрут", "outcome": None})
    people = {**_with_gap(ask, row), **names}
    return {
        "rows": {"trainees": rows},
        "choices": {"teacher": people},
        "values": {"starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()},
        "facts": {"seats": row.seats, "starts_on": row.starts_on.isoformat()},
        "known": known(("Мест", row.seats), ("Занято", row.taken), ("В списке", len(rows))),
        "dates": year_dates(ask.case.school_year, ask.today),
    }


def trainees(session: Session, training_id: int, *states: str) -> list[Trainee]:
    """Trainees of a group by name."""
    found = sa.select(Trainee).join(Person, Person.id == Trainee.person_id).where(Trainee.case_id == training_id)
    if states:
        found = found.where(Trainee.state.in_(states))
    return list(session.scalars(found.order_by(Person.family_name, Person.given_name, Person.id)))


def _routed(session: Session, row: Training) -> dict[int, str]:
    """People whose agreed routes have a step that leads to this group."""
    ids = (
        sa.select(TeacherRoute.person_id)
        .join(RouteStep, RouteStep.case_id == TeacherRoute.case_id)
        .where(
            RouteStep.training_id == row.case_id,
            RouteStep.dropped_in.is_(None),
            TeacherRoute.agreed_at.is_not(None),
        )
    )
    found = session.scalars(sa.select(Person).where(Person.id.in_(ids)).order_by(Person.family_name, Person.id))
    return {person.id: person.listed_name for person in found}


def _with_gap(ask: Asking, row: Training) -> dict[int, str]:
    """Teachers of the region in whom this year's diagnosis found a gap of the group's kinds and subject."""
    found = newest(ask.case.school_year, ask.today)
    where: list[Any] = [found.c.kind.in_(row.gap_kinds), found.c.level.in_(ask.profile.teachers.gap_levels)]
    if row.subject:
        where.append(found.c.subject == row.subject)
    here = sa.select(Teacher.person_id).where(in_region(ask.case.region), active(ask.today))
    ids = sa.select(found.c.person_id).where(*where, found.c.person_id.in_(here))
    people = sa.select(Person).where(Person.id.in_(ids)).order_by(Person.family_name, Person.given_name, Person.id)
    return {person.id: person.listed_name for person in ask.session.scalars(people)}


def write_enrol(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Those let go first, then those let in: a seat freed in this form may be taken in it."""
    row = seats.locked(move.session, move.case.id)
    lines = sorted(answers["trainees"], key=lambda line: line["outcome"] == "enrolled")
    for line in lines:
        _decide(move, row, int(line.get("trainee") or line["row"]), line["outcome"])
    row = seats.locked(move.session, move.case.id)
    outcome = answers["outcome"]
    if outcome == "postpone":
        row.starts_on, row.ends_on = date.fromisoformat(answers["starts_on"]), date.fromisoformat(answers["ends_on"])
        row.postponed += 1
    row.state = {"start": "running", "cancel": "cancelled"}.get(outcome, "open")
    move.session.flush()
    move.record("training.enrolled", taken=row.taken, seats=row.seats, outcome=outcome)
    return None


def _decide(move: Move, row: Training, person_id: int, outcome: str) -> None:
    position = moves.position_of(move.session, person_id, move.today)
    if position is None:
        name = move.session.get_one(Person, person_id).listed_name
        raise Refused(f"{name} больше не работает в школах региона.", advice="Уберите эту строку.")
    school = position.organisation_id if position.organisation.kind == "school" else None
    trainee = seats.put(move.session, row.case_id, person_id, position.id, school_id=school, state=outcome)
    if outcome == "enrolled" and trainee.state != "enrolled":
        raise Refused(f"Мест в группе {row.seats}, все заняты.", advice="Переведите лишних в резерв.")


def cancelled(move: Move, card: Card) -> Values | None:
    """Steps that led here have to be replaced; whose they are learns it from his route."""
    row = training_of(move.session, move.case.id)
    steps = sa.select(RouteStep).where(
        RouteStep.training_id == row.case_id, RouteStep.dropped_in.is_(None), RouteStep.mark.is_(None)
    )
    for step in move.session.scalars(steps):
        step.lost = "группа снята, шаг нужно заменить"
    for trainee in trainees(move.session, row.case_id, "enrolled"):
        seats.move(move.session, trainee, "declined")
    row.state = "cancelled"
    return None


# order and referral -------------------------------------------------------------------------------------------------


def order_target(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """The order of the centre about this group; its wording asks for programme, hours and dates."""
    row = training_of(move.session, move.case.id)
    values = {
        "programme": row.name,
        "hours": str(row.hours),
        "from": f"{row.starts_on:%d.%m.%Y}",
        "to": f"{row.ends_on:%d.%m.%Y}",
    }
    yield papers.centre(move), {"document_kind": ORDER, "values": values}


def order_rows(session: Session, training_id: int) -> list[tuple[str, str, str]]:
    """Lines of the annex: name, post, school."""
    places = {t.position_id: t for t in trainees(session, training_id, "enrolled")}
    found = (
        sa.select(Position, Person, Organisation)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Position.id.in_(places))
        .order_by(Person.family_name, Person.given_name, Person.id)
    )
    return [
        (p.full_name, papers.lowered(position.title), place.short_name) for position, p, place in session.execute(found)
    ]


def order_table(session: Session, training_id: int) -> dict[str, Any]:
    """The annex of the order as `reports` takes a table."""
    columns = [
        {"title": "№ п/п", "width": 12, "align": "number"},
        {"title": "Фамилия, имя, отчество", "width": 62},
        {"title": "Должность"},
        {"title": "Организация", "width": 52},
    ]
    rows = [[str(number), *line] for number, line in enumerate(order_rows(session, training_id), 1)]
    return {"columns": columns, "rows": rows}


def order_annex(move: Move, document: Document) -> list[dict[str, Any]]:
    """Who is enrolled: the annex of the act in hand, which the group of trainees has opened."""
    if move.case.parent_id is None or not order_rows(move.session, move.case.parent_id):
        return []
    return [act_texts.annex_of(move, document, table=order_table(move.session, move.case.parent_id))]


def render(move: Move, card: Card) -> Values | None:
    from app.teachers import lessons

    made = {"internship_referral": referral, "internship_report": lessons.report_papers}
    made[card.properties["render"]](move)
    return None


def referral(move: Move) -> None:
    """Whom the centre sends to the site."""
    row = training_of(move.session, move.case.id)
    site = move.session.get_one(Organisation, row.site_id) if row.site_id else move.subject
    lines = order_rows(move.session, row.case_id)
    document = texts.create(move, "internship_referral", f"На стажировку «{row.name}»", papers.centre(move))
    context = {
        "intro": "На стажировку направляются",
        "what_title": "Школа",
        "starts": row.starts_on.isoformat(),
        "ends": row.ends_on.isoformat(),
        "form": FORMS[row.form],
        "place": site.name,
        "subject": f"{row.name}, {row.hours} ч",
        "people": [{"name": name, "post": post, "what": school} for name, post, school in lines],
        "signers": [papers.centre_signer(move)],
    }
    papers.issue(move, document, context)
