"""The pages as people meet them: who is refused in which words, tables of results out and in."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from app.cases.models import Task
from app.teachers import board, diagnosis, sheets
from app.teachers.models import SkillGap, TeacherRoute
from bench.counting import counted
from tests.security.visitor import Visitor, site
from tests.teachers.team import YEAR, Team, newcomer
from tests.teachers.test_sheets import book, row


def _text(answer: Any) -> str:
    return answer.get_data(as_text=True)


@pytest.mark.req("OR-11", "OR-13", "OM-28")
def test_a_person_s_page_by_role(team: Team) -> None:
    team.diagnosed()
    teacher = team.at(team.school, "teacher")
    app, url = site(team.system), f"/teachers/people/{teacher.person_id}"
    mine = Visitor(app, teacher).get(url)
    assert mine.status_code == 200 and "Моё развитие" in _text(mine) and "60\u00a0%" in _text(mine)
    head = Visitor(app, team.at(team.school, "school_head")).get(url)
    assert head.status_code == 403 and "не разрешил" in _text(head) and "60\u00a0%" not in _text(head)
    assert Visitor(app, team.at(team.other, "school_head")).get(url).status_code == 404
    assert Visitor(app, team.at(team.other, "teacher")).get(url).status_code == 404
    assert Visitor(app, team.methodist).get(url).status_code == 200


@pytest.mark.req("OR-83", "OR-84")
def test_a_head_reads_numbers_and_nothing_of_single_people(team: Team) -> None:
    team.diagnosed()  # everybody has a gap: numbers that say so would tell of each
    app = site(team.system)
    page = _text(Visitor(app, team.at(team.school, "school_head")).get(f"/teachers/schools/{team.school}"))
    assert "скрыто" in page and "Лопухова" in page and "средний дефицит" not in page and "60\u00a0%" not in page
    centre = _text(Visitor(app, team.methodist).get(f"/teachers/schools/{team.school}"))
    assert "скрыто" not in centre
    stranger = Visitor(app, team.at(team.other, "school_head"))
    assert stranger.get(f"/teachers/schools/{team.school}").status_code == 404


def test_a_longer_list_of_a_school_costs_no_more_statements_and_reads_no_other_s_routes(team: Team) -> None:
    person = team.at(team.school, "teacher").person_id
    team.reviewed(team.diagnosed(), {person: "route"})
    route = team.route_of(person)
    team.drafted(route)
    team.agreed(route)
    names = ("Осокина Вера Ильинична", "Рогозова Лидия Павловна", "Тимьянова Ольга Юрьевна")
    team.diagnosed(team.other, more=[newcomer(name) for name in names])
    reader = Visitor(site(team.system), team.methodist)

    def sent(school: int) -> int:
        assert reader.get(f"/teachers/schools/{school}").status_code == 200
        with counted(team.system.db) as count:
            reader.get(f"/teachers/schools/{school}")
        return len(count.sent)

    assert len(team.teachers(team.other)) > len(team.teachers(team.school))
    assert sent(team.other) <= sent(team.school)
    profile, today = team.system.profile(team.methodist.region), team.now.date()
    with team.system.db.read() as session:
        assert board.staff_lines(session, profile, team.other, YEAR, today)
        assert not any(isinstance(row, TeacherRoute) for row in session.identity_map.values())
        (led,) = [one for one in board.staff_lines(session, profile, team.school, YEAR, today) if one["route"]]
        assert led["person"].id == person


@pytest.mark.req("OR-11")
def test_a_table_goes_out_and_comes_in_whole_or_not_at_all(team: Team) -> None:
    case = team.open("retraining", team.school, team.methodist)
    team.roster(case)
    team.schedule(case)
    task: Task = team.task("retraining_results", case_id=case)
    visitor = Visitor(site(team.system), team.methodist)
    out = visitor.get(f"/teachers/tasks/{task.id}/table.xlsx")
    header = out.headers["Content-Disposition"]
    assert out.status_code == 200 and header.isascii() and "filename*=UTF-8''" in header
    with team.system.db.read() as session:
        left = diagnosis.left_to_do(session, team.school, 2026, team.now.date())
        lines = [sheets.Line(diagnosis.key_of(t, code), p.full_name, code or "") for t, p, code in left]
    day = date(2026, 11, 20)
    bad = book([row(line, day, [46, 63, 58, 84, 101]) for line in lines])
    url = f"/teachers/tasks/{task.id}/table"
    refused = visitor.post(url, {"table": (io.BytesIO(bad), "плохая.xlsx")}, content_type="multipart/form-data")
    assert refused.status_code == 422 and "I2" in _text(refused) and "Ничего не записано" in _text(refused)
    assert 'value="46"' not in _text(visitor.get(f"/tasks/{task.id}"))
    good = book([row(line, day) for line in lines])
    taken = visitor.post(url, {"table": (io.BytesIO(good), "хорошая.xlsx")}, content_type="multipart/form-data")
    assert taken.status_code == 303
    assert 'value="63,5"' in _text(visitor.get(f"/tasks/{task.id}")), "the draft of the form holds it"
    with team.system.db.read() as session:
        assert session.query(SkillGap).count() == 0, "nothing is written until the form is sent"
    stranger = Visitor(site(team.system), team.at(team.school, "school_head"))
    assert stranger.get(f"/teachers/tasks/{task.id}/table.xlsx").status_code in (403, 404)
