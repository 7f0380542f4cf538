"""Disagreement, returns, a missing curator, few answers, and the light diagnosis of the next year."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases.models import Case, Remark
from app.diagnostics import approved
from app.diagnostics.models import Diagnosis, FactorOpinion, FactorScore
from app.documents import signing, texts
from app.errors import Refused
from tests.campaign.walk import Walker

from . import town as t

REMARKS = {"outcome": "remarks", "remarks": [{"factor": "low_motivation", "text": "Причина – смена учителей"}]}


def agree(walker: Walker, case: int, **more: Any) -> None:
    task = walker.task("diag_school", case_id=case)
    form = walker.form(task, walker.holder(task))
    chosen = form.facts["significant"][:1]
    walker.send(task, {"outcome": "agree", "in_work": chosen, "left_out": "не хватит сил", "basis": "на ВПР", **more})


def finish(walker: Walker, case: int) -> None:
    walker.do("diag_confirm", {"outcome": "sign"}, case_id=case)
    walker.do("diag_verify", {"outcome": "approve"}, case_id=case)


@pytest.mark.req("OR-42", "OR-65")
def test_the_school_disagrees_and_the_profile_is_returned(walker: Walker, region_code: str) -> None:
    school = t.school_with_people(walker, region_code)
    t.appoint_curator(walker, school)
    case = t.open_diagnosis(walker, region_code, school)
    t.collect(walker, case)
    t.analyse(walker, case)
    for _ in range(2):
        walker.do("diag_school", REMARKS, case_id=case)
        t.analyse(walker, case)
    task = walker.task("diag_school", case_id=case)
    form = walker.form(task, walker.holder(task))
    assert [code for code, _ in form.outcome.choices] == ["agree", "disagree"], (
        "after two rounds the opinion is printed"
    )
    agree(walker, case, outcome="disagree", opinion="Причина – смена учителей")
    walker.do("diag_confirm", {"outcome": "sign"}, case_id=case)
    back = {"outcome": "to_school", "remarks": [{"factor": None, "text": "Опишите, что уже делается"}]}
    walker.do("diag_verify", back, case_id=case)
    task = walker.task("diag_correct", case_id=case)
    answers = walker.form(task, walker.holder(task)).answers()
    replies = [{**row, "resolution": "accepted", "reply": "Дополнили"} for row in answers["replies"]]
    factors = [{**row, "score": 3} for row in answers["factors"]]
    walker.send(task, {"replies": replies, "factors": factors})
    with walker.system.db.read() as session:
        document = texts.of_case(session, case, "risk_profile")
        assert document is not None and not signing.valid(session, document.id, "sign"), "the first signature fell"
        said = session.scalars(
            sa.select(FactorOpinion).where(FactorOpinion.diagnosis_id == case, FactorOpinion.source == "school")
        ).all()
        assert len(said) == 24, "the former self-assessment stays"
        assert session.scalar(sa.select(sa.func.count()).select_from(Remark).where(Remark.case_id == case)) == 3
    t.analyse(walker, case)
    agree(walker, case)
    finish(walker, case)
    with walker.system.db.read() as session:
        assert approved(session, school, t.YEAR) is not None


@pytest.mark.req("OR-41")
def test_without_a_curator_the_method_service_stands_in(walker: Walker, region_code: str) -> None:
    school = t.school_with_people(walker, region_code)
    t.without_curator(walker, school)
    case = t.open_diagnosis(walker, region_code, school)
    assert not walker.tasks(form="diag_curator", case_id=case), "the curator is waited for"
    walker.now += timedelta(days=17)
    walker.settle()
    task = walker.task("diag_curator", case_id=case)
    assert walker.holder(task).role in ("municipal_method_service", "municipal_authority", "regional_operator")
    with walker.system.db.read() as session:
        assert session.get_one(Diagnosis, case).substitute
        closed = session.scalars(sa.select(Case.outcome).where(Case.parent_id == case, Case.kind == "survey")).all()
        assert set(closed) == {"not_given"}, "surveys that nobody opened are closed as such"
    t.own_parts(walker, case)
    with walker.system.db.read() as session:
        found = {s.factor: s for s in session.scalars(sa.select(FactorScore).where(FactorScore.diagnosis_id == case))}
        assert found["low_motivation"].score is None and "no_score" in found["low_motivation"].flags
    task = walker.task("diag_analysis", case_id=case)
    rows = walker.form(task, walker.holder(task)).answers()["factors"]
    bare = [{**row, "significance": "low", "reason": "", "conclusion": "нет сведений"} for row in rows]
    assert not walker.form(task, walker.holder(task), {"factors": bare}).validate(), (
        "without a score a reason is needed"
    )


def test_a_curator_appointed_meanwhile_gets_his_part(walker: Walker, region_code: str) -> None:
    school = t.school_with_people(walker, region_code)
    t.without_curator(walker, school)
    case = t.open_diagnosis(walker, region_code, school)
    position = t.appoint_curator(walker, school)
    walker.now += timedelta(days=17)
    walker.settle()
    assert walker.task("diag_curator", case_id=case).position_id == position


@pytest.mark.req("OR-12")
def test_a_light_year_takes_last_answers_with_their_day(walker: Walker, region_code: str) -> None:
    school = t.school_with_people(walker, region_code)
    t.appoint_curator(walker, school)
    first = t.open_diagnosis(walker, region_code, school)
    t.collect(walker, first)
    t.analyse(walker, first)
    agree(walker, first)
    finish(walker, first)
    walker.now += timedelta(days=330)
    case = t.open_diagnosis(walker, region_code, school, light=True, later=1)
    assert [task.form for task in walker.tasks(case_id=case)] == ["diag_analysis"] and not t.survey_cases(walker, case)
    with walker.system.db.read() as session:
        row = session.get_one(Diagnosis, case)
        assert row.light and row.copied_from == first
        query = sa.select(FactorScore).where(FactorScore.factor == "low_motivation").order_by(FactorScore.id)
        old, new = session.scalars(query).all()
        assert new.score == old.score and new.as_of is not None and new.decided is None, "nothing is decided silently"
        assert all(part.get("as_of") for part in new.parts if part["source"] == "pupils")
        assert approved(session, school, t.YEAR + 1) is None
    t.analyse(walker, case)
    agree(walker, case)
    finish(walker, case)
    with walker.system.db.read() as session:
        found = approved(session, school, t.YEAR + 1)
        assert found is not None and found.light and found.case_id == case


def test_curator_and_operator_are_two_people(walker: Walker, region_code: str) -> None:
    school = t.school_with_people(walker, region_code)
    t.appoint_curator(walker, school)
    case = t.open_diagnosis(walker, region_code, school)
    t.collect(walker, case)
    t.analyse(walker, case)
    agree(walker, case)
    walker.do("diag_confirm", {"outcome": "sign"}, case_id=case)
    task = walker.task("diag_verify", case_id=case)
    operator = walker.holder(task)
    with walker.system.db.write() as session:
        document = texts.of_case(session, case, "risk_profile")
        assert document is not None
        signing.valid(session, document.id, "sign")[0].person_id = operator.person_id
    with pytest.raises(Refused, match="разные люди"):
        walker.send(task, {"outcome": "approve"})
