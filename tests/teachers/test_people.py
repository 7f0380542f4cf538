"""People of several schools: counted once in the region and in each school; who moves takes the route along."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases.operations import unit_of
from app.errors import BadInput, Refused
from app.people.models import Person, Position
from app.teachers import coverage as counts
from app.teachers import moves
from app.teachers.models import SkillGap, Teacher
from tests.teachers.team import YEAR, Team, newcomer

SHARED = "Подорожникова Вера Ильинична"


def _cover(team: Team, schools: counts.Schools, days: int = 0) -> counts.Coverage:
    with team.system.db.read() as session:
        return counts.coverage(session, schools, YEAR, team.now.date() + timedelta(days=days))


def _dismissed(team: Team, school: int, person: int, days: int = 0) -> None:
    head = team.at(school, "school_head")
    teacher = next(t for t in team.teachers(school) if t.person_id == person)
    with unit_of(team.system, head, team.now) as unit:
        moves.dismiss(
            unit, moves.own(unit, teacher.id), team.now.date() + timedelta(days=days), "приказ от 25.11.2026 № 12-к"
        )


@pytest.mark.req("OR-11", "OR-83")
def test_a_teacher_of_two_schools_is_one_in_the_region_and_one_in_each(team: Team) -> None:
    team.diagnosed(more=[newcomer(SHARED)])
    case = team.open("retraining", team.other, team.methodist)
    team.roster(case, [newcomer(SHARED, elsewhere=True)])
    person = team.person("Подорожникова")
    first, second = (_cover(team, counts.in_school(s)).total for s in (team.school, team.other))
    region = _cover(team, counts.in_region(team.region)).total
    assert region.whole == first.whole + second.whole - 1
    assert second.part == 1, "diagnosed in the first school, so in the second too"
    team.schedule(case)
    task = team.task("retraining_results", case_id=case)
    lines = team.form(task, team.holder(task)).answers()["results"]
    assert SHARED not in [line["teacher"] for line in lines], "not asked twice"
    with team.system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Teacher.person_id == person)) == 2
        assert session.scalar(sa.select(sa.func.count()).where(Position.person_id == person)) == 2


@pytest.mark.req("OR-83")
def test_who_refuses_counts_and_who_is_dismissed_does_not(team: Team) -> None:
    refusing = newcomer("Осокина Дарья Львовна", takes_part=False, reason="refusal")
    case = team.open("retraining", team.school, team.methodist)
    team.roster(case, [newcomer(SHARED), refusing])
    team.schedule(case)
    team.results(case)
    before = _cover(team, counts.in_school(team.school))
    assert before.total.whole - before.total.part == 1, "the refusal stays in the denominator"
    assert not before.total.reaches(100)
    _dismissed(team, team.school, team.person("Осокина"), days=3)
    assert _cover(team, counts.in_school(team.school), days=2).total == before.total
    after = _cover(team, counts.in_school(team.school), days=3).total
    assert after == counts.Share(before.total.part, before.total.whole - 1) and after.reaches(100)


@pytest.mark.req("OR-83")
def test_coverage_goes_by_subject_and_the_second_day_fills_it(team: Team) -> None:
    case = team.open("retraining", team.school, team.methodist)
    team.roster(case, [newcomer(SHARED, subjects=["math", "physics"])])
    team.schedule(case)
    task = team.task("retraining_results", case_id=case)
    rows = team.form(task, team.holder(task)).answers()["results"]
    for row in rows:
        if row["subject"] != "физика":
            row |= {"day": team.now.date().isoformat(), "gap_subject": 60.0}
    team.send(task, {"results": rows})
    cover = _cover(team, counts.in_school(team.school))
    assert cover.subjects["physics"] == counts.Share(0, 1)
    assert cover.subjects["math"].percent == 100
    assert cover.total.whole - cover.total.part == 1, "one subject of two is not a diagnosed teacher"
    team.schedule(case)  # the gate has offered a second day
    task = team.task("retraining_results", case_id=case)
    (left,) = team.form(task, team.holder(task)).answers()["results"]
    team.send(task, {"results": [{**left, "day": team.now.date().isoformat(), "gap_subject": 40.0}]})
    assert _cover(team, counts.in_school(team.school)).total.reaches(100)
    assert team.task("retraining_review", case_id=case)


@pytest.mark.req("OR-83")
def test_the_newest_result_of_a_kind_rules_and_both_are_kept(team: Team) -> None:
    team.diagnosed(more=[newcomer(SHARED)])
    person = team.person("Подорожникова")
    with team.system.db.write() as session:
        old = session.scalars(sa.select(SkillGap).where(SkillGap.person_id == person, SkillGap.kind == "ict")).one()
        fields = {c.name: getattr(old, c.name) for c in SkillGap.__table__.columns if c.name != "id"}
        session.add(SkillGap(**{**fields, "percent": 95.0, "level": "none"}))
    with team.system.db.read() as session:
        profile, school = team.system.profile(team.region), counts.in_school(team.school)
        shares = counts.gap_shares(session, profile, school, YEAR, team.now.date())
        assert shares["ict"].whole - shares["ict"].part == 1 and shares["subject"].percent == 100
        kept = sa.select(sa.func.count()).where(SkillGap.person_id == person, SkillGap.kind == "ict")
        assert session.scalar(kept) == 2


@pytest.mark.req("OR-13", "OR-84")
def test_a_moved_teacher_takes_the_route_along(team: Team) -> None:
    case = team.diagnosed(more=[newcomer(SHARED)])
    person = team.person("Подорожникова")
    team.reviewed(case, {person: "route"})
    route = team.route_of(person)
    team.drafted(route)
    team.agreed(route)
    arriving = team.open("retraining", team.other, team.methodist)
    team.roster(arriving, [newcomer(SHARED, elsewhere=True)])
    assert team.case(route).subject_id == team.school, "works in both: the route stays"
    _dismissed(team, team.school, person)
    assert team.case(route).subject_id == team.other
    task = team.task("route_steps", case_id=route)
    assert task.organisation_id == team.other and team.holder(task).person_id == person
    team.reported(route)
    assert team.task("route_check", case_id=route)
    with team.system.db.read() as session:
        led = counts.routes(
            session, team.system.profile(team.region), counts.in_school(team.other), YEAR, team.now.date()
        )
        assert led.part == 1


@pytest.mark.req("OR-11")
def test_a_roster_that_cannot_be_matched_is_refused_row_by_row_and_leaves_nothing(team: Team) -> None:
    case = team.open("retraining", team.school, team.methodist)
    rows = [newcomer(SHARED), newcomer("Ничейная Зоя Олеговна", elsewhere=True)]
    with pytest.raises(BadInput) as refused:
        team.roster(case, rows)
    assert "строка" in refused.value.message and "Ничейная" in refused.value.message
    with team.system.db.read() as session:
        assert session.scalar(sa.select(Person.id).where(Person.family_name == "Подорожникова")) is None
    assert team.teachers(team.school) == []


@pytest.mark.req("OR-11")
def test_namesakes_of_two_schools_stay_two_people(team: Team) -> None:
    team.diagnosed(more=[newcomer(SHARED)])
    case = team.open("retraining", team.other, team.methodist)
    team.roster(case, [newcomer(SHARED)])
    with team.system.db.read() as session:
        found = session.scalars(sa.select(Person).where(Person.family_name == "Подорожникова")).all()
    assert len(found) == 2 and len({person.login for person in found}) == 2
    assert all(person.password_hash is None for person in found), "no password is made by a roster"


def test_another_school_marks_nobody_as_gone(team: Team) -> None:
    team.diagnosed()
    teacher = team.teachers(team.school)[0]
    stranger = team.at(team.other, "school_head")
    with pytest.raises((Refused, LookupError, Exception)) as refused, unit_of(team.system, stranger, team.now) as unit:
        moves.dismiss(unit, moves.own(unit, teacher.id), team.now.date(), "приказ")
    assert refused.value.code in ("not_found", "refused")
