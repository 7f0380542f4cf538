"""The page by a link, the employee's sheet, the evidence behind a score: through the real site."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import config, create_app
from app.cases import drafts
from app.db import utcnow
from app.diagnostics import counting, instruments, sheets, twin
from app.diagnostics.models import Survey, SurveyParticipant, SurveyResponse
from app.errors import Conflict, NotAllowed, Refused, TooMany
from app.people.models import Organisation
from app.web.crowd import Crowd
from bench.counting import counted
from tests.campaign.walk import Walker
from tests.security.visitor import Visitor, site

from . import town as t


def client_of(walker: Walker) -> FlaskClient:
    settings = config.Settings(secret_key="k" * 40, insecure_cookies=True, files_dir="unused")
    return create_app(settings, walker.system).test_client()


def opened(walker: Walker, region: str) -> tuple[int, dict[str, int]]:
    """A diagnosis whose windows are open at this very moment."""
    walker.now = utcnow()
    school = t.school_with_people(walker, region)
    t.appoint_curator(walker, school)
    surveys = t.survey_cases(walker, t.open_diagnosis(walker, region, school))
    for audience in ("teachers", "pupils"):
        t.open_window(walker, surveys[audience], 20)
    return school, surveys


def received(walker: Walker, case_id: int) -> int:
    with walker.system.db.read() as session:
        return sheets.count(session, case_id)


def test_the_list_of_surveys_counts_their_sheets_together(walker: Walker, region_code: str) -> None:
    school, surveys = opened(walker, region_code)
    t.answer(walker, surveys["pupils"], t.worst("pupils"), 6)
    t.answer(walker, surveys["teachers"], t.worst("teachers"), 2)
    reader = Visitor(site(walker.system), walker.actor_of(school, "school_deputy"))
    with counted(walker.system.db) as count:
        page = reader.get("/surveys").get_data(as_text=True)
    assert "6 из 20" in page and "меньше 5 из 20" in page
    assert sum("survey_response" in statement for statement in count.sent) == 1


@pytest.mark.req("OR-78", "OR-86", "OM-07")
def test_a_pupil_answers_by_a_link_and_leaves_nothing_behind(walker: Walker, region_code: str) -> None:
    _, surveys = opened(walker, region_code)
    case, client = surveys["pupils"], client_of(walker)
    address = f"/s/{t.code_of(walker, case)}"
    page = client.get(address.lower())
    assert page.status_code == 200 and "Set-Cookie" not in page.headers and b"<script" not in page.data
    assert page.headers["Cache-Control"] == "no-store" and len(page.data) < 100_000
    token = re.search(r'name="sheet" value="([^"]+)"', page.text).group(1)  # type: ignore[union-attr]
    sent = {f"q_{code}": value for code, value in t.worst("pupils").items()}
    sent |= {"sheet": token, "q_help": "Петров Иван из 7 «Б» мешает, 8-912-345-67-89"}
    for _ in range(2):  # a double click is one sheet
        answer = client.post(address, data=sent)
        assert answer.status_code == 303 and "Set-Cookie" not in answer.headers
    assert received(walker, case) == 1
    with walker.system.db.read() as session:
        row = session.scalars(sa.select(SurveyResponse).where(SurveyResponse.survey_id == case)).one()
        assert set(SurveyResponse.__table__.columns.keys()) == {"id", "survey_id", "day", "way", "answers"}
        assert token not in row.id and "Петров" not in row.answers["help"] and "912" not in row.answers["help"]
        assert session.get_one(Survey, case).masked == 1
    little = client.post(address, data={"sheet": "x" * 32, "q_mo1": "never"})
    assert little.status_code == 422 and "хотя бы на половину" in little.text and 'value="never"' in little.text
    assert client.get("/s/AAAA-BBBB-CC").status_code == 404
    assert client.get(f"/s/{t.code_of(walker, surveys['teachers'])}").status_code == 404, (
        "staff answer after signing in"
    )
    walker.now += timedelta(days=12)
    with walker.system.db.write() as session:
        session.get_one(Survey, case).closes_at = utcnow() - timedelta(minutes=1)
    assert (
        "закончилось" in client.get(address).text
        and client.post(address, data=sent | {"sheet": "y" * 32}).status_code == 422
    )


@pytest.mark.req("OR-83")
def test_an_employee_answers_once_and_his_answers_are_not_his(walker: Walker, region_code: str) -> None:
    school, surveys = opened(walker, region_code)
    case, day = surveys["teachers"], walker.now.date()
    deputy = walker.actor_of(school, "school_deputy")

    def send(actor: object) -> None:
        with walker.system.db.write() as session:
            asked = sheets.of_case(session, case)
            assert asked is not None
            sheet = sheets.Sheet(t.best("teachers"), sheets.new_token(), "staff")
            sheets.take_of_staff(session, asked, sheet, actor, day=day, now=walker.now)  # type: ignore[arg-type]

    send(deputy)
    with pytest.raises(Conflict):
        send(deputy)
    with walker.system.db.read() as session:
        stranger = session.scalar(
            sa.text("select organisation_id from position where role='school_head' and organisation_id<>:s limit 1"),
            {"s": school},
        )
    with pytest.raises(NotAllowed):
        send(walker.actor_of(stranger, "school_head"))
    with walker.system.db.read() as session:
        assert session.get(SurveyParticipant, (case, deputy.person_id)) is not None
        assert received(walker, case) == 1
        assert set(SurveyParticipant.__table__.columns.keys()) == {"survey_id", "person_id"}, "no time to match by"


def test_far_more_sheets_than_people_are_refused(walker: Walker, region_code: str) -> None:
    _, surveys = opened(walker, region_code)
    t.answer(walker, surveys["pupils"], t.worst("pupils"), 3, repeated=True)
    with walker.system.db.write() as session:
        session.get_one(Survey, surveys["pupils"]).expected = 1
        assert session.get_one(Survey, surveys["pupils"]).repeats == 3
    t.answer(walker, surveys["pupils"], t.worst("pupils"), 2 + sheets.OVERFLOW - 3)
    with pytest.raises(Refused):
        t.answer(walker, surveys["pupils"], t.worst("pupils"), 1)


def test_the_crowd_is_counted_in_memory_and_forgotten() -> None:
    now = [0.0]
    crowd = Crowd(lambda: now[0])
    assert [crowd.note("sheet", "10.0.0.1", 3) for _ in range(3)] == [0, 1, 2]
    assert crowd.note("sheet", "10.0.0.2", 3) == 0
    with pytest.raises(TooMany):
        crowd.note("sheet", "10.0.0.1", 3)
    assert "10.0.0.1" not in repr(vars(crowd))
    now[0] += 3601
    assert crowd.note("sheet", "10.0.0.1", 3) == 0


def test_everybody_answered_ends_the_window(walker: Walker, region_code: str) -> None:
    _, surveys = opened(walker, region_code)
    t.answer(walker, surveys["pupils"], t.worst("pupils"), 20)
    assert [task.form for task in walker.tasks(case_id=surveys["pupils"])] == ["survey_close"]
    walker.do("survey_close", {"correct": True}, case_id=surveys["pupils"])
    with walker.system.db.read() as session:
        found = counting.summary(
            sheets.of_case(session, surveys["pupils"]).instrument, sheets.sheets_of(session, surveys["pupils"])
        )  # type: ignore[union-attr]
        assert found.sheets == 20 and found.doubles == 19


@pytest.mark.req("OR-78", "OR-86")
def test_the_schools_questionnaire_is_filled_in_by_a_table(walker: Walker, region_code: str) -> None:
    _, surveys = opened(walker, region_code)
    task = walker.task("survey_fill", case_id=surveys["administration"])
    head = Visitor(site(walker.system), walker.holder(task))
    instrument, place = instruments.newest("administration"), f"/surveys/tasks/{task.id}/table"
    assert f"{place}.xlsx" in head.get(f"/tasks/{task.id}").text
    blank = head.get(f"{place}.xlsx")
    assert blank.status_code == 200 and twin.read(blank.data, instrument).answers == {}

    def send(data: bytes) -> Any:
        sent = {"csrf_token": head.token, "table": (io.BytesIO(data), "ответы.xlsx")}
        return head.client.post(place, data=sent, content_type="multipart/form-data")

    known = t.worst("administration")
    percent = next(one for one in instrument.questions if one.type == "percent")
    wrong = send(twin.template(instrument, "", {**known, percent.code: 140}))
    assert wrong.status_code == 422 and "Ничего не записано" in wrong.text and "140" in wrong.text
    with walker.system.db.read() as session:
        assert drafts.read(session, task.id) is None, "nothing of a table with a wrong cell is taken"
    assert send(twin.template(instrument, "", known)).status_code == 303
    filled = head.get(f"{place}.xlsx")
    assert twin.read(filled.data, instrument).answers == known, "the answers stand in the form"
    stranger = Visitor(site(walker.system), walker.actor_of(_operator(walker, region_code), "regional_operator"))
    assert stranger.get(f"{place}.xlsx").status_code in (403, 404)


def _operator(walker: Walker, region: str) -> int:
    with walker.system.db.read() as session:
        where = (Organisation.region == region, Organisation.kind == "operator")
        return session.scalars(sa.select(Organisation.id).where(*where)).one()


@pytest.mark.req("OR-78")
def test_every_link_of_a_profile_opens_for_whom_it_is_shown(walker: Walker, region_code: str) -> None:
    """The expert is asked about one school: he sees what its scores are made of, and no link that refuses him."""
    school = t.school_with_people(walker, region_code)
    t.appoint_curator(walker, school)
    diagnosis = t.open_diagnosis(walker, region_code, school)
    expert = walker.holder(walker.task("diag_expert", case_id=diagnosis))
    t.collect(walker, diagnosis)
    t.analyse(walker, diagnosis)
    head = walker.holder(walker.task("diag_school", case_id=diagnosis))
    for actor, whole in ((head, True), (expert, False)):
        visitor = Visitor(site(walker.system), actor)
        profile = visitor.get(f"/diagnoses/{diagnosis}")
        factors = set(re.findall(rf'href="(/diagnoses/{diagnosis}/\w+)"', profile.text))
        assert profile.status_code == 200 and factors and "ответили" in profile.text
        shown = [profile, *(visitor.get(url) for url in sorted(factors))]
        surveys = {url for page in shown for url in re.findall(r'href="(/surveys/\d+)"', page.text)}
        assert bool(surveys) is whole
        assert {page.status_code for page in shown} | {visitor.get(url).status_code for url in surveys} == {200}
