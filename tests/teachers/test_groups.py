"""Courses and internships: seats by application, the journal's hours, numbers of certificates, reports, cancellation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases.models import Case
from app.cases.operations import unit_of
from app.documents.models import Document
from app.errors import Refused
from app.programmes.models import HelpGiven
from app.teachers import groups, lessons
from app.teachers.models import ApplicationRow, Certificate, RouteStep, Trainee, Training
from tests.teachers.team import Team, newcomer

NEW = [newcomer("Подорожникова Вера Ильинична"), newcomer("Осокина Дарья Львовна")]


def _enrolled(team: Team, training: int, people: list[int], outcome: str = "start") -> None:
    task = team.task("training_enrol", case_id=training)
    rows = [{"trainee": person, "outcome": "enrolled"} for person in people]
    team.send(task, {"trainees": rows, "outcome": outcome})


def _full(team: Team, training: int) -> None:
    """The clock goes to five working days before the beginning."""
    with team.system.db.read() as session:
        start = session.get_one(Training, training).starts_on
    team.now += (start - team.now.date()) - timedelta(days=2)
    team.settle()


def _begun(team: Team, kind: str = "internship", *, seats: int = 5) -> tuple[int, list[int]]:
    """A group of two teachers that is over by the clock."""
    team.diagnosed(more=NEW)
    people = [team.person("Подорожникова"), team.person("Осокина")]
    training = team.group(kind, seats=seats)
    _full(team, training)
    _enrolled(team, training, people)
    team.now += timedelta(days=30)
    team.settle()
    return training, people


def _lessons(team: Team, training: int, hours: int, absent: list[int] | None = None) -> None:
    with team.system.db.read() as session:
        row = session.get_one(Training, training)
        start = row.starts_on
    lines = [
        {"day": (start + timedelta(days=n)).isoformat(), "topic": "Занятие", "hours": 8, "absent": absent or []}
        for n in range(hours // 8)
    ]
    team.do("training_journal", {"sessions": lines}, case_id=training)


def _results(team: Team, training: int) -> list[dict[str, Any]]:
    task = team.task("training_result", case_id=training)
    return team.form(task, team.holder(task)).answers()["trainees"]


@pytest.mark.req("OR-18", "OR-20", "OR-26", "OM-26")
def test_an_internship_from_enrolment_to_accepted_reports(team: Team) -> None:
    training, people = _begun(team, "internship")
    _lessons(team, training, 8)
    team.do("training_result", {}, case_id=training)
    tasks = team.tasks(case_id=training, form="internship_report")
    assert {team.holder(task).person_id for task in tasks} == set(people), "each reports for himself"
    for task in tasks:
        team.send(task, {"learned": "Разбор задач", "plans": "Два урока"})
    task = team.task("internship_mark", case_id=training)
    rows = team.form(task, team.holder(task)).answers()["reports"]
    back = {"mark": "returned", "comment": "Приложите разработки"}
    team.send(task, {"reports": [rows[0] | back, rows[1] | {"mark": "done"}], "outcome": "return"})
    (again,) = team.tasks(case_id=training, form="internship_report")
    team.send(again, {"learned": "Разбор задач", "plans": "Два урока и банк задач"})
    task = team.task("internship_mark", case_id=training)
    rows = team.form(task, team.holder(task)).answers()["reports"]
    assert len(rows) == 1
    team.send(task, {"reports": [rows[0] | {"mark": "partly"}], "outcome": "accept"})
    team.do("training_close", {"conclusion": "Повторить весной"}, case_id=training)
    with team.system.db.read() as session:
        assert session.get_one(Case, training).status == "done"
        kinds = session.scalars(sa.select(Document.kind).where(Document.case_id == training)).all()
        assert sorted(kinds) == ["internship_referral", "internship_report", "internship_report"]
        help_ = session.scalars(sa.select(HelpGiven).where(HelpGiven.case_id == training)).one()
        assert (help_.school_id, help_.kind) == (team.school, "internship")


@pytest.mark.req("OR-18", "OR-20")
def test_fewer_hours_than_the_programme_earn_no_certificate(team: Team) -> None:
    training, _ = _begun(team, "internship")
    with team.system.db.write() as session:  # the same end as a course has, without its order
        session.execute(sa.update(Training).where(Training.case_id == training).values(kind="course", hours=16))
    with team.system.db.read() as session:
        late = groups.trainees(session, training, "enrolled")[0].id
    _lessons(team, training, 16, absent=[late])
    rows = _results(team, training)
    assert [row["hours"] for row in rows].count(0) == 1
    task = team.task("training_result", case_id=training)
    form = team.form(task, team.holder(task), {"trainees": [row | {"result": "passed"} for row in rows]})
    assert not form.validate()
    assert any("удостоверение не выдаётся" in issue.text for issue in form.issues())


@pytest.mark.req("OR-18", "OR-20")
def test_certificates_are_numbered_without_gaps_and_a_spoilt_number_stays_taken(team: Team) -> None:
    training, _ = _begun(team, "internship")
    with team.system.db.write() as session:
        session.execute(sa.update(Training).where(Training.case_id == training).values(kind="course", hours=16))
        session.execute(sa.update(Trainee).where(Trainee.case_id == training).values(hours=16, result="passed"))
    methodist = team.methodist
    with unit_of(team.system, methodist, team.now) as unit:
        case = unit.session.get_one(Case, training)
        from app.cases.move import Move

        move = Move.load(unit, case)
        lessons.certificates(move, None)  # type: ignore[arg-type]
        lessons.certificates(move, None)  # type: ignore[arg-type]
    with team.system.db.read() as session:
        first = session.scalars(sa.select(Certificate).order_by(Certificate.id)).all()
        assert len(first) == 2, "a second call issues none"
    with unit_of(team.system, methodist, team.now) as unit:
        made = lessons.spoil(unit, first[0].id, "опечатка в фамилии")
        assert made.state == "issued"
    with unit_of(team.system, methodist, team.now) as unit, pytest.raises(Refused):
        lessons.spoil(unit, first[0].id, "ещё раз")
    with team.system.db.read() as session:
        papers = session.scalars(
            sa.select(Document).where(Document.kind == "training_certificate").order_by(Document.serial)
        ).all()
        assert [paper.serial for paper in papers] == [1, 2, 3]
        assert [paper.state for paper in papers] == ["withdrawn", "registered", "registered"]
        spoilt = session.execute(sa.text("select count(*) from event where kind = 'certificate.spoilt'")).scalar()
        assert spoilt == 1


@pytest.mark.req("OR-20", "OR-35", "OM-16")
def test_a_municipality_applies_gets_fewer_places_and_names_people(team: Team) -> None:
    case = team.diagnosed(more=NEW)
    team.reviewed(case)
    need = {"topic": "Геометрия", "kind": "course", "gap_kind": "subject", "subject": "math", "people": 2}
    team.do("retraining_needs", {"needs": [need]}, case_id=case)
    training = team.group(seats=1)
    town = team.at(team.municipality, "municipal_method_service")
    application = team.open("training_application", team.municipality, town)
    task = team.task("tapp_collect", case_id=application)
    rows = team.form(task, town).answers()["rows"]
    assert [(row["topic"], row["people"], row["school"]) for row in rows] == [("Геометрия", 2, team.school)]
    team.send(task, {})
    team.do("tapp_send", {"outcome": "sign"}, case_id=application)
    task = team.task("tapp_quota", case_id=application)
    (line,) = team.form(task, team.holder(task)).answers()["rows"]
    too_many = team.form(
        task, team.holder(task), {"rows": [line | {"quota": 3, "training": training}], "outcome": "full"}
    )
    assert not too_many.validate()
    given = {**line, "quota": 2, "training": training}
    team.send(task, {"rows": [given], "outcome": "full"})
    task = team.task("tapp_names", case_id=application)
    with team.system.db.read() as session:
        place = session.scalars(sa.select(ApplicationRow.id)).one()
    people = [team.person("Подорожникова"), team.person("Осокина"), team.at(team.school, "teacher").person_id]
    names = [{"place": place, "teacher": person, "agrees": True} for person in people]
    assert not team.form(task, team.holder(task), {"names": names}).validate(), "more names than places"
    unwilling = [{"place": place, "teacher": people[0], "agrees": False}]
    assert not team.form(task, team.holder(task), {"names": unwilling}).validate()
    team.send(task, {"names": names[:2]})
    with team.system.db.read() as session:
        states = sorted(session.scalars(sa.select(Trainee.state).where(Trainee.case_id == training)))
        assert states == ["enrolled", "reserve"], "one seat: the other waits"
        kinds = sorted(session.scalars(sa.select(Document.kind).where(Document.case_id == application)))
        assert kinds == ["training_application", "training_quota"]
    assert team.task("training_enrol", case_id=training), "the seats are taken, the centre is woken"


@pytest.mark.req("OR-13", "OR-20")
def test_a_cancelled_group_leaves_its_steps_to_be_replaced(team: Team) -> None:
    case = team.diagnosed(more=NEW)
    person = team.person("Подорожникова")
    team.reviewed(case, {person: "route"})
    route, training = team.route_of(person), team.group(seats=3)
    team.drafted(route, training=training)
    team.agreed(route)
    _full(team, training)
    task = team.task("training_enrol", case_id=training)
    offered = team.form(task, team.holder(task)).answers()["trainees"]
    assert [row["trainee"] for row in offered] == [person], "his route leads here"
    team.send(task, {"trainees": [], "outcome": "cancel", "reason": "Мало слушателей"})
    with team.system.db.read() as session:
        lost = session.scalars(sa.select(RouteStep.lost).where(RouteStep.training_id == training)).one()
        assert "заменить" in lost
        assert session.get_one(Training, training).state == "cancelled"
    assert team.case(training).status == "done"


@pytest.mark.req("OR-18")
def test_the_order_is_asked_for_with_the_programme_and_its_people(team: Team) -> None:
    training, people = _begun(team, "internship")
    with team.system.db.read() as session:
        lines = groups.order_rows(session, training)
    assert [line[0].split()[0] for line in lines] == ["Осокина", "Подорожникова"]
    assert len(people) == 2
