"""A school's programme from its diagnosis to the final report, by the holders of the tasks, in every region."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case, Deadline, Remark
from app.cases.move import Move
from app.diagnostics.models import Diagnosis
from app.documents.models import Document, Edition, Signature
from app.errors import Refused
from app.journal.models import Event
from app.programmes import plans, roadmap, roadmap_papers
from app.programmes.plan_models import AssignmentCard, Roadmap
from app.web.formtools import table_rows
from tests.roadmap.conftest import School


@pytest.mark.req("OR-44", "OR-46", "OR-65", "OM-29")
def test_from_the_diagnosis_to_the_assignments(school: School) -> None:
    school.diagnose()
    case_id = school.open()
    blank = school.form(school.task("roadmap_draft"), school.holder(school.task("roadmap_draft")))
    assert [e.form.factor.data for e in blank.sections.entries][:2] == [
        "teacher_competence_low",
        "academic_failure_risk",
    ]
    school.do("roadmap_draft", school.draft())
    school.approve(case_id)
    with school.system.db.read() as session:
        roadmap = session.get_one(Roadmap, case_id)
        assert roadmap.approved_edition == 1 and roadmap.url
        assert plans.approved_roadmap(session, school.school_id, 2026) is roadmap
        children = session.scalars(sa.select(Case).where(Case.parent_id == case_id)).all()
        assert [child.kind for child in children] == ["assignment"] * 3
        assert session.scalar(sa.select(sa.func.count()).select_from(AssignmentCard)) == 3
        document = session.scalars(sa.select(Document).where(Document.case_id == case_id)).one()
        assert document.state == "in_force" and document.edition == 2, "the protocol of the council is part of the text"
        marks = session.scalars(sa.select(Signature).where(Signature.document_id == document.id)).all()
        assert {mark.purpose for mark in marks} == {"sign", "approval"} and len(marks) == 3
        assert {mark.shown_sha256 for mark in marks if mark.scope == "all"} == {marks[0].shown_sha256}


def report_stage(school: School, result: str = "partly") -> None:
    """The stage's report as it is filled in; rows that came due and have no accepted assignment are told of."""
    task = school.task("roadmap_stage_report")
    blank = school.form(task, school.holder(task))
    rows = blank.answers()["rows"]
    for row in rows:
        row["result"] = row["result"] or result
        row["conclusion"] = row["conclusion"] or "Мешала нехватка времени"
    school.send(task, {"rows": rows, "share": 75})


def assess(school: School) -> None:
    task = school.task("roadmap_stage_check")
    rows = school.form(task, school.holder(task)).answers()["rows"]
    marks = [{**row, "confirmed": "accepted", "quality": 2} for row in rows]
    text = "Мероприятия этапа выполняются, подтверждения достаточны, темп соответствует плану."
    school.send(task, {"outcome": "accept", "rows": marks, "conclusion": text})


@pytest.mark.req("OR-48", "OR-45", "OR-68", "OM-34")
def test_stages_are_reported_assessed_and_summed_up(school: School) -> None:
    school.diagnose()
    case_id = school.open()
    school.do("roadmap_draft", school.draft())
    school.approve(case_id)
    assert not school.tasks(form="roadmap_stage_report"), "the stage has not come near its end"
    for day, last in (((2027, 1, 27), False), ((2027, 4, 28), True)):
        school.now = datetime(*day, 9, tzinfo=UTC)
        school.settle()
        report_stage(school)
        assess(school)
        offered = school.form(
            school.task("roadmap_stage_municipal"), school.holder(school.task("roadmap_stage_municipal"))
        )
        assert [code for code, _ in offered.outcome.choices] == ["last" if last else "next", "amend"]
        school.do("roadmap_stage_municipal", {"outcome": "last" if last else "next"})
    task = school.task("roadmap_final")
    reached = [
        {**row, "fact": fact}
        for row, fact in zip(school.form(task, school.holder(task)).answers()["reached"], (85, 60, 15), strict=True)
    ]
    text = "Показатели по компетентности и неуспешности достигнуты, мотивация растёт медленнее."
    school.send(task, {"reached": reached, "conclusion": text})
    with school.system.db.read() as session:
        case = session.get_one(Case, case_id)
        assert case.status == "done" and plans.stages_done(session, school.school_id, 2026)
        kinds = session.scalars(sa.select(Document.kind).where(Document.case_id == case_id).order_by(Document.id)).all()
        assert kinds[1:] == ["stage_opinion", "stage_opinion", "roadmap_report"]
        rows = plans.rows(session, case_id)
        assert [row.result for row in rows] == ["partly", "partly", None], "the last row came due after the last stage"
        assert [row.quality for row in rows] == [2, 2, None]


@pytest.mark.req("OR-45", "OR-48")
def test_tables_of_a_stage_bear_the_numbers_of_the_plan(school: School) -> None:
    school.diagnose()
    case_id = school.open()
    school.do("roadmap_draft", school.draft())
    school.approve(case_id)
    school.now = datetime(2027, 1, 27, 9, tzinfo=UTC)
    school.settle()
    report_stage(school, "done")
    assess(school)
    school.do("roadmap_stage_municipal", {"outcome": "next"})
    school.now = datetime(2027, 4, 28, 9, tzinfo=UTC)
    school.settle()
    with school.system.db.read() as session:
        left = [row.number for row in plans.rows(session, case_id) if row.result is None]
    assert left[0] > 1, "the rows confirmed at the first stage are not reported again"

    def drawn(form: str) -> list[int]:
        task = school.task(form)
        return [row.number for row in table_rows(school.form(task, school.holder(task)).rows)]

    assert drawn("roadmap_stage_report") == left
    report_stage(school)
    told = drawn("roadmap_stage_check")
    assert told and told == left[: len(told)]
    task = school.task("roadmap_stage_check")
    form = school.form(task, school.holder(task), {"outcome": "accept", "rows": [], "conclusion": ""})
    form.validate()
    assert f"строка {told[0]}, «Подтверждение»" in " ".join(issue.text for issue in form.issues())
    assess(school)
    with school.system.db.read() as session:
        opinion = roadmap_papers.opinion_of(session, case_id, 2)
        edition = session.scalars(
            sa.select(Edition).where(Edition.document_id == opinion.id).order_by(Edition.number.desc())
        ).first()
        assert [row["number"] for row in edition.context["rows"]] == told


@pytest.mark.req("OR-46")
def test_no_programme_without_an_approved_diagnosis(school: School) -> None:
    """The gate holds at the start, and again under the head's signature."""
    school.diagnose(approved=False)
    case_id = school.open()
    assert not school.tasks(), "the case waits for the diagnosis"
    with school.system.db.read() as session:
        assert session.get_one(Case, case_id).awaits == "утверждения диагноза"
        assert session.scalars(sa.select(Deadline.kind).where(Deadline.case_id == case_id)).all() == ["wait"]
    for day in (4, 9, 10):
        school.now = datetime(2026, 12, day, 9, tzinfo=UTC)
        school.settle()
    with school.system.db.read() as session:
        of_case = (Event.case_id == case_id, Event.kind == "deadline.reminded")
        told = [json.loads(body)["data"]["tell"] for body in session.scalars(sa.select(Event.body).where(*of_case))]
    assert told == ["regional_operator", "regional_operator", "controller"], (
        "a case that nobody moves is told of to whoever controls execution"
    )
    school.allow(case_id)
    assert school.task("roadmap_draft")
    school.do("roadmap_draft", school.draft())
    school.council(case_id)
    school.withdraw_diagnosis()
    with pytest.raises(Refused, match="утверждённой диагностики"):
        school.do("roadmap_head", {"outcome": "approve"})
    with school.system.db.read() as session:
        assert session.get_one(Roadmap, case_id).approved_edition is None


@pytest.mark.req("OR-39", "OR-46")
def test_remarks_stand_at_rows_and_are_answered_one_by_one(school: School) -> None:
    school.diagnose()
    case_id = school.open()
    school.do("roadmap_draft", school.draft())
    school.council(case_id)
    school.do("roadmap_head", {"outcome": "approve"})
    task = school.task("roadmap_curator")
    comments = school.form(task, school.holder(task)).answers()["comments"]
    comments[1]["text"] = "Назовите партнёра"
    proposed = [{"factor": "low_motivation", "text": "Клуб чтения", "reason": "Дети просят"}]
    school.send(task, {"outcome": "return", "comments": comments, "proposed": proposed})
    task = school.task("roadmap_draft")
    blank = school.form(task, school.holder(task)).answers()
    asked = blank["answers_to"]
    assert [line["place"] for line in asked] == ["строка 2", "новая строка: Низкая учебная мотивация обучающихся"]
    form = school.form(task, school.holder(task), {})
    assert not form.validate() and "answers_to" in form.errors, "a remark without an answer is not sent back"
    blank["measures"][1]["partner"] = "Завод"
    extra = {**blank["measures"][2], "text": "Клуб чтения"}
    extra.pop("row")
    answered = [{**line, "resolution": "accepted", "reply": "Сделано"} for line in asked]
    school.send(task, {"measures": [*blank["measures"][:2], extra], "answers_to": answered})
    with school.system.db.read() as session:
        found = {d.number: (d.kind, dict(d.changes)) for d in plans.compare(session, case_id, 1, 2)}
        assert found == {
            1: ("same", {}),
            2: ("changed", {"партнёр": (None, "Завод")}),
            3: ("dropped", {}),
            4: ("added", {}),
        }
        assert set(session.scalars(sa.select(Remark.answer).where(Remark.case_id == case_id))) == {"accepted"}


@pytest.mark.req("OR-46", "OR-65", "OM-11")
def test_a_programme_of_two_years_is_reviewed_by_the_plan_of_the_second(school: School) -> None:
    """It goes on from the newest diagnosis; one that people work at already is not opened twice."""
    school.diagnose()
    case_id = school.open()
    school.do("roadmap_draft", school.draft(ends_on="2028-05-25"))
    school.approve(case_id)
    newest = school.diagnose({"low_motivation": "high"})
    with school.system.db.write() as session:
        session.get_one(Diagnosis, newest).school_year = 2027
    for _ in range(2):
        with operations.unit_of(school.system, None, school.now) as unit:
            roadmap.call_review(Move.load(unit, operations.locked(unit.session, case_id)), case_id, "Пересмотр")
        school.settle()
        (task,) = school.tasks(case_id=case_id)
        assert task.form == "roadmap_draft"
    blank = school.form(task, school.holder(task))
    assert blank.facts["amendment"] == "Пересмотр" and blank.facts["high"] == ["low_motivation"]
    with school.system.db.read() as session:
        for year in (2026, 2027):
            found = plans.approved_roadmap(session, school.school_id, year)
            assert found is not None and found.amendment, "the old edition is in force until the new one is"
        assert plans.approved_roadmap(session, school.school_id, 2028) is None
        asked = sa.select(sa.func.count()).select_from(Event).where(Event.kind == "roadmap.amendment_asked")
        assert session.scalar(asked) == 1


def test_a_programme_that_ends_in_summer_is_none_of_the_next_year(school: School) -> None:
    school.diagnose()
    case_id = school.open()
    school.do("roadmap_draft", school.draft(ends_on="2027-08-25"))
    school.approve(case_id)
    with school.system.db.read() as session:
        assert plans.approved_roadmap(session, school.school_id, 2026) is not None
        assert plans.roadmap_of(session, school.school_id, 2027) is None
