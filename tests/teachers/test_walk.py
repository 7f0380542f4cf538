"""A school's team from the roster to the end of the year, a route from the draft to its paper."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.documents.models import Document
from app.teachers import coverage as counts
from app.teachers.models import Teacher
from tests.teachers.team import YEAR, Team, newcomer


@pytest.mark.req("OR-11", "OR-13", "OR-83", "OR-84", "OM-16", "OM-28")
def test_a_team_is_diagnosed_led_and_closed(team: Team) -> None:
    case = team.diagnosed(more=[newcomer("Подорожникова Вера Ильинична")])
    person = team.person("Подорожникова")
    assert team.case(case).status == "open"
    team.reviewed(case, {person: "route"})
    route = team.route_of(person)
    team.drafted(route)
    assert team.task("route_agree", case_id=route).organisation_id == team.school
    team.agreed(route)
    team.reported(route)
    team.do("route_check", {"outcome": "all_done"}, case_id=route)
    task = team.task("route_exit", case_id=route)
    rows = team.form(task, team.holder(task)).answers()["results"]
    team.send(task, {"results": [{**r, "day": team.now.date().isoformat(), "percent": 90.0} for r in rows]})
    team.do("route_reflection", {"changed": "Увереннее с доказательствами", "shares": True}, case_id=route)
    team.do("route_close", {"outcome": "closed", "conclusion": "Дефициты закрыты"}, case_id=route)
    assert team.case(route).status == "done"
    with team.system.db.read() as session:
        profile, school = team.system.profile(team.region), counts.in_school(team.school)
        on = team.now.date()
        cover = counts.coverage(session, school, YEAR, on)
        assert cover.total.part == cover.total.whole == len(team.teachers(team.school))
        assert counts.routes(session, profile, school, YEAR, on) == counts.Share(1, cover.total.whole)
        assert counts.closed_gaps(session, profile, school, YEAR, on).percent == 100
        paper = session.scalars(sa.select(Document).where(Document.kind == "teacher_route")).one()
        assert paper.number and paper.state == "registered"
        cards = session.scalar(sa.select(sa.func.count()).where(Document.kind == "gap_card"))
        assert cards == cover.total.whole


@pytest.mark.req("OR-11", "OR-83", "OR-86")
def test_the_year_ends_with_a_note_without_names_and_the_exit_diagnosis(team: Team) -> None:
    case = team.diagnosed(more=[newcomer("Подорожникова Вера Ильинична")])
    team.reviewed(case)
    team.do("retraining_needs", {}, case_id=case)
    team.do("retraining_report", {"conclusion": "Чаще всего выявлены межпредметные дефициты."}, case_id=case)
    team.do("retraining_accept", {"outcome": "accept"}, case_id=case)
    with team.system.db.read() as session:
        note = session.scalars(sa.select(Document).where(Document.kind == "retraining_report")).one()
        html = session.execute(
            sa.text("select html from edition where document_id = :id order by number desc"), {"id": note.id}
        ).scalar()
        assert note.number and "Подорожникова" not in html
        assert session.scalar(sa.select(sa.func.count()).select_from(Teacher)) > 4
    assert team.case(case).awaits
