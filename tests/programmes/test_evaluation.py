"""A school's year is evaluated by those whose word it is, and ends with an order that many schools share."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases.models import Case, Remark, Task
from app.db import utcnow
from app.demo import LIST_YEAR
from app.documents import texts
from app.documents.models import Document
from app.errors import Refused
from app.imports.writing import import_results
from app.programmes.evaluation_sheet import KIND
from app.programmes.exit_orders import KIND as ORDER
from app.programmes.models import Evaluation, EvaluationResult, EvaluationScore
from app.schools.models import School
from tests.campaign.test_campaign import approve, publish, sign_on_paper, to_the_packs
from tests.campaign.walk import Walker
from tests.programmes.years import (
    LONG,
    acquaint,
    assess,
    decide,
    lines,
    open_evaluation,
    propose,
    schools_by,
    silence,
)
from tests.results import tables

YEAR = LIST_YEAR - 1


def row(walker: Walker, case_id: int) -> Evaluation:
    with walker.system.db.read() as session:
        return session.get_one(Evaluation, case_id)


def forms_of(walker: Walker, case_id: int) -> set[str]:
    return {task.form for task in walker.tasks(case_id=case_id)}


def order_into_force(walker: Walker) -> Document:
    walker.do("act_draft", {"outcome": "send"})
    approve(walker)
    sign_on_paper(walker)
    walker.do("act_register")
    publish(walker)
    with walker.system.db.read() as session:
        return session.scalars(sa.select(Document).where(Document.kind == ORDER)).one()


@pytest.mark.req("OR-03", "OR-45", "OR-73", "OR-82", "OM-14", "OM-35", "OM-38")
def test_two_schools_are_evaluated_and_one_order_carries_both_decisions(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    leaving, staying = (
        schools_by(walker, region_code, LIST_YEAR, "not_listed")[0],
        schools_by(walker, region_code, LIST_YEAR, "listed")[0],
    )
    first, second = (open_evaluation(walker, school, YEAR) for school in (leaving, staying))
    for case_id, decision in ((first, "exit"), (second, "strengthen")):
        assess(walker, case_id)
        assert forms_of(walker, case_id) == {"eval_proposal"}, "the run is signed: nothing to wait for"
        propose(walker, case_id)
        acquaint(walker, case_id)
        decide(walker, case_id, decision)
    assert (row(walker, first).rule, row(walker, second).rule) == ("exit", "continue")
    assert row(walker, first).order_id == row(walker, second).order_id
    assert [t.form for t in walker.tasks(kind="act")] == ["act_draft"], (
        "the second decision joined the first one's order"
    )
    order = order_into_force(walker)
    with walker.system.db.read() as session:
        html = texts.current(session, order).html.replace("\u00a0", " ")
        codes = [
            session.execute(sa.text("select code from school where id = :i"), {"i": s}).scalar()
            for s in (leaving, staying)
        ]
        assert {session.get_one(Case, c).status for c in (first, second)} == {"done"}
        assert {session.get_one(Case, c).outcome for c in (first, second)} == {"exit", "strengthen"}
    gone, _, kept = html.partition("Приложение № 2")
    assert codes[0] in gone and codes[1] in kept and codes[1] not in gone
    assert "1 общеобразовательную организацию" in html and "усиленн" in kept
    assert "%" not in html.partition('data-scope="annex')[2], "results are not published"


@pytest.mark.req("OR-82", "OM-14")
def test_scores_stand_side_by_side_and_a_gap_of_two_is_explained(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_evaluation(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0], YEAR)
    scores = lines(walker, "eval_school", case_id, score="3", evidence="Отчёт на сайте")
    walker.do("eval_school", {"scores": scores, "wish": "exit", "text": "Просим исключить."}, case_id=case_id)
    task = walker.task("eval_curator", case_id=case_id)
    unexplained = lines(walker, "eval_curator", case_id, score="1")
    form = walker.form(
        task, walker.holder(task), {"scores": unexplained, "measures": "Формально.", "opinion": "continue"}
    )
    assert not form.validate() and any("самооценк" in issue.text for issue in form.issues())
    explained = lines(walker, "eval_curator", case_id, score="1", note="Подтверждений нет.")
    walker.do("eval_curator", {"scores": explained, "measures": "Формально.", "opinion": "continue"}, case_id=case_id)
    with walker.system.db.read() as session:
        found = session.scalars(sa.select(EvaluationScore).where(EvaluationScore.case_id == case_id)).all()
    grid = len(walker.system.profile(region_code).evaluation.criteria)
    assert sorted((s.side, s.score) for s in found) == [("curator", 1)] * grid + [("school", 3)] * grid


def correct(walker: Walker, region: str, school_id: int) -> None:
    """A corrected file of last year comes from the command line, after the run."""
    walker.now += timedelta(hours=1)
    with walker.system.db.read() as session:
        login = session.get_one(School, school_id).fisoko_login
    rows = tables.flat_rows([(login, (1, 20, 2, 2))], year=LIST_YEAR)
    files = [("исправлено.xlsx", tables.xlsx({"Л": [tables.FLAT, *rows]}))]
    import_results(walker.system.db, files, region, now=walker.now)


@pytest.mark.req("OR-77", "OR-82")
def test_results_corrected_after_the_decision_warn_who_proposes_and_who_decides(
    walker: Walker, region_code: str
) -> None:
    walker.now = utcnow() + timedelta(minutes=1)  # after the region's own files
    to_the_packs(walker)
    school = schools_by(walker, region_code, LIST_YEAR, "listed")[0]
    case_id = open_evaluation(walker, school, YEAR)
    assess(walker, case_id)
    task = walker.task("eval_proposal", case_id=case_id)
    assert walker.form(task, walker.holder(task)).facts["corrected"] == []
    correct(walker, region_code, school)
    (shown,) = walker.form(task, walker.holder(task)).facts["corrected"]
    assert "стало 1 из 25" in shown["text"] and "исправлено.xlsx" in shown["text"] and not shown["seen"]
    propose(walker, case_id)
    acquaint(walker, case_id)
    task = walker.task("eval_decide", case_id=case_id)
    assert walker.form(task, walker.holder(task)).facts["corrected"] == [shown]


@pytest.mark.req("OR-82", "OM-38")
def test_what_the_results_say_is_stored_with_its_sources_and_adds_up(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_evaluation(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0], YEAR)
    assess(walker, case_id)
    with walker.system.db.read() as session:
        rows = session.scalars(sa.select(EvaluationResult).where(EvaluationResult.case_id == case_id)).all()
        summed = {
            (procedure, year): (int(n), int(low))
            for procedure, year, n, low in session.execute(
                sa.text(
                    "select procedure, school_year, sum(n), sum(low) from result where school_id = :school and current "
                    "and wave in ('main','early') group by procedure, school_year"
                ),
                {"school": row(walker, case_id).school_id},
            )
        }
    assert rows
    for found in rows:
        assert (found.n_before, found.low_before) == summed.get((found.procedure, YEAR - 1), (None, None))
        assert (found.n_after, found.low_after) == summed.get((found.procedure, YEAR), (None, None))
        assert all(len(source) == 4 and source[1] for source in found.sources)
        assert found.obstacle or found.improved == (found.low_after * found.n_before < found.low_before * found.n_after)


def test_a_proposal_against_the_rule_needs_its_reasons(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_evaluation(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0], YEAR)
    assess(walker, case_id)
    task = walker.task("eval_proposal", case_id=case_id)
    bare = walker.form(task, walker.holder(task), {"proposal": "exit", "motive": "Так решили."})
    assert not bare.validate() and any("расходится с правилом" in issue.text for issue in bare.issues())
    propose(walker, case_id, {"proposal": "exit", "motive": LONG})
    with walker.system.db.read() as session:
        sheet = texts.of_case(session, case_id, KIND)
        shown = texts.current(session, sheet).html
    assert sheet.number and "расходится с правилом" in shown.replace("\u00a0", " ")


def test_sent_back_twice_every_signed_sheet_has_its_own_number(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_evaluation(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0], YEAR)
    assess(walker, case_id)
    walker.do("eval_proposal", {}, case_id=case_id)
    remarks = [{"text": "Укажите меры по математике", "weight": "must"}]
    walker.do("eval_head", {"outcome": "return", "remarks": remarks}, case_id=case_id)
    propose(walker, case_id)
    silence(walker)
    decide(walker, case_id, "return", "Сопоставьте с прошлым годом.")
    assert row(walker, case_id).decision is None
    propose(walker, case_id)
    with walker.system.db.read() as session:
        sheets = session.scalars(sa.select(Document).where(Document.case_id == case_id).order_by(Document.id)).all()
        said = session.scalars(sa.select(Remark.text).where(Remark.case_id == case_id).order_by(Remark.id)).all()
    assert [sheet.state for sheet in sheets] == ["withdrawn", "registered"]
    assert len({sheet.number for sheet in sheets}) == 2
    assert said == ["Укажите меры по математике", "Сопоставьте с прошлым годом."]


def test_a_conclusion_that_changed_takes_the_case_back_to_the_proposal(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    school = schools_by(walker, region_code, LIST_YEAR, "listed")[0]
    case_id = open_evaluation(walker, school, YEAR)
    assess(walker, case_id)
    propose(walker, case_id)
    with walker.system.db.write() as session:
        session.execute(
            sa.text(
                "update verdict set decided_status='not_listed', decided_reason='возражение', decided_by_case=:c "
                "where school_id=:s"
            ),
            {"c": case_id, "s": school},
        )
    acquaint(walker, case_id)
    assert forms_of(walker, case_id) == {"eval_proposal"} and row(walker, case_id).rule == "exit"


def test_the_decision_is_refused_when_the_conclusion_changes_before_it(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    school = schools_by(walker, region_code, LIST_YEAR, "not_listed")[0]
    case_id = open_evaluation(walker, school, YEAR)
    assess(walker, case_id)
    propose(walker, case_id)
    acquaint(walker, case_id)
    with walker.system.db.write() as session:
        session.execute(
            sa.text(
                "update verdict set decided_status='listed', decided_reason='сверка', decided_by_case=:c where school_id=:s"
            ),
            {"c": case_id, "s": school},
        )
    with pytest.raises(Refused, match="изменился"):
        decide(walker, case_id, "exit")
    assert forms_of(walker, case_id) == {"eval_decide"}


@pytest.mark.req("OR-03")
def test_a_refused_order_gives_every_decision_it_carried_back(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    schools = schools_by(walker, region_code, LIST_YEAR, "listed")[:2]
    cases = [open_evaluation(walker, school, YEAR) for school in schools]
    for case_id in cases:
        assess(walker, case_id)
        propose(walker, case_id)
        acquaint(walker, case_id)
        decide(walker, case_id, "continue")
    walker.do("act_draft", {"outcome": "withdraw"})
    assert {task.form for task in walker.tasks(kind="annual_evaluation")} == {"eval_decide"}
    for case_id in cases:
        decide(walker, case_id, "continue")
    with walker.system.db.read() as session:
        orders = session.scalars(sa.select(Case).where(Case.kind == "act").order_by(Case.id)).all()
    assert [order.outcome for order in orders] == ["refused", None]
    assert {row(walker, case_id).order_id for case_id in cases} == {orders[1].id}


def test_an_order_laid_out_before_a_school_joined_is_not_sent(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    cases = [open_evaluation(walker, s, YEAR) for s in schools_by(walker, region_code, LIST_YEAR, "listed")[:2]]
    for case_id in cases:
        assess(walker, case_id)
        propose(walker, case_id)
        acquaint(walker, case_id)
    decide(walker, cases[0], "continue")
    laid_out = walker.task("act_draft")
    decide(walker, cases[1], "continue")
    assert walker.task("act_draft").version > laid_out.version
    task = walker.task("act_draft")
    points = [entry.form.text.data for entry in walker.form(task, walker.holder(task)).points.entries]
    assert any("2 общеобразовательных организаций" in point for point in points)


def test_nobody_signs_what_he_proposed(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_evaluation(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0], YEAR)
    assess(walker, case_id)
    proposed = walker.task("eval_proposal", case_id=case_id)
    analyst = walker.holder(proposed)
    walker.send(proposed, {}, actor=analyst)
    task = walker.task("eval_head", case_id=case_id)
    acting = walker.acting_for(analyst, walker.holder(task))
    with pytest.raises(Refused, match="другой человек"):
        walker.send(task, {"outcome": "sign"}, actor=acting)


def test_the_evaluation_waits_for_the_run_and_is_woken_by_it(walker: Walker, region_code: str) -> None:
    with walker.system.db.read() as session:
        school = session.scalar(sa.text("select id from school order by id limit 1"))
    case_id = open_evaluation(walker, school, YEAR)
    assess(walker, case_id)
    with walker.system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Task).where(Task.case_id == case_id)) == 0
        assert session.get_one(Case, case_id).awaits == "расчёта нового перечня"
    to_the_packs(walker)
    assert forms_of(walker, case_id) == {"eval_proposal"}
