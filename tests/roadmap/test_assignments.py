"""Assignments: rows of a programme executed with evidence, terms moved, work accepted by somebody else, late rows told of."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.cases import feed, operations
from app.cases.models import Case, Deadline, Task
from app.cases.operations import unit_of
from app.documents import signing, texts
from app.documents.models import Document
from app.errors import NotAllowed, NotFound, Refused
from app.people import operations as staff
from app.people.models import Assignment, Organisation
from app.programmes import assignments, plans
from app.programmes.mentoring import appointing
from app.programmes.models import HelpGiven, PlanRow
from app.programmes.plan_models import AssignmentCard
from tests.people import world
from tests.roadmap.conftest import School
from tests.security.visitor import Visitor, site

DONE = {
    "outcome": "report",
    "result": "done",
    "done_text": "Посещены 16 уроков, разобраны на объединении.",
    "done_on": "2026-12-04",
    "no_pupil_data": True,
    "help_kind": "method",
}


@pytest.fixture
def running(school: School) -> School:
    """A programme in force; its first row has begun."""
    school.diagnose()
    case_id = school.open()
    school.do("roadmap_draft", school.draft())
    school.approve(case_id)
    school.now = datetime(2026, 12, 4, 9, tzinfo=UTC)
    school.settle()
    return school


def card(school: School, case_id: int) -> AssignmentCard:
    with school.system.db.read() as session:
        return session.get_one(AssignmentCard, case_id)


@pytest.mark.req("OR-61", "OR-45", "OR-68")
def test_a_row_is_executed_with_evidence_and_accepted_by_the_curator(running: School) -> None:
    task = running.task("assignment_report")
    assert len(running.tasks(form="assignment_report")) == 1, "rows that begin later wait for their day"
    executor = running.holder(task)
    assert executor.role == "teacher"
    form = running.form(task, executor, DONE)
    assert not form.validate() and "files" in form.errors, "«выполнено» without evidence"
    late = running.form(task, executor, {**DONE, "done_on": "2026-12-30", "link": "https://school.example/1"})
    assert not late.validate() and "done_on" in late.errors, "a fact of the future"
    running.send(task, {**DONE, "files": [running.put_file(task.case_id, "листы.pdf")]})
    check = running.task("assignment_check")
    acceptor = running.holder(check)
    assert acceptor.role == "curator"
    marks = running.form(check, running.holder(check)).answers()["evidence"]
    assert [line["name"] for line in marks] == ["файл: листы.pdf"]
    running.send(check, {"outcome": "accept", "quality": 3, "evidence": [{**marks[0], "accepted": "accepted"}]})
    with running.system.db.read() as session:
        row = session.scalars(sa.select(PlanRow).where(PlanRow.number == 1)).one()
        assert (row.result, row.quality, row.done_on) == ("done", 3, date(2026, 12, 4))
        assert session.get_one(Case, task.case_id).status == "done"
        assert session.scalars(sa.select(HelpGiven.kind)).one() == "method"
        paper = session.scalars(sa.select(Document).where(Document.case_id == task.case_id)).one()
        (signature,) = signing.valid(session, paper.id, "sign")
        assert paper.kind == "assignment_report" and signature.position_id == acceptor.position_id
        text = texts.current(session, paper).html
        assert "простой электронной подписью" in text.replace("\u00a0", " ") and signature.sign_id in text


def test_a_returned_report_gets_a_new_day_and_a_dropped_one_ends(running: School) -> None:
    task = running.task("assignment_report")
    link = {"link": "https://school.example/1"}
    running.send(task, {**DONE, **link})
    running.do(
        "assignment_check", {"outcome": "return", "quality": 1, "conclusion": "Нет листов", "again_by": "2026-12-11"}
    )
    again = running.task("assignment_report", case_id=task.case_id)
    assert again.due_at is not None and again.due_at.date() == date(2026, 12, 11)
    running.send(again, {**DONE, **link})
    running.do("assignment_check", {"outcome": "drop", "quality": 0, "conclusion": "Урок отменён"})
    assert card(running, task.case_id).state == "dropped"
    with running.system.db.read() as session:
        assert session.scalars(sa.select(PlanRow.result).where(PlanRow.number == 1)).one() is None


@pytest.mark.req("OR-66")
def test_the_third_move_of_a_term_is_the_controllers(running: School) -> None:
    case_id = running.task("assignment_report").case_id
    for new_due, form_key in (("2027-02-01", ""), ("2027-02-10", ""), ("2027-02-20", "control")):
        ask = {"outcome": "ask_extension", "new_due": new_due, "grounds": "Карантин"}
        running.send(running.task("assignment_report", case_id=case_id), ask)
        task = running.task("assignment_extend")
        assert (running.holder(task).role == "controller") is bool(form_key)
        running.send(task, {"outcome": "grant", "new_due": new_due, "reason": "Карантин подтверждён"})
    with running.system.db.read() as session:
        marks = feed.elements(session, running.system, session.get_one(Case, case_id))
    done = {mark["id"] for mark in marks if mark["state"] == "done"}
    assert {"assignment_extend", "assignment_extend_control"} <= done, "two steps with one form are marked each"
    assert (card(running, case_id).moved, card(running, case_id).due_on) == (3, date(2027, 2, 20))
    report = running.task("assignment_report", case_id=case_id)
    assert report.due_at is not None and report.due_at.date() >= date(2027, 2, 20)


def test_nobody_accepts_his_own_work(running: School) -> None:
    task = running.task("assignment_report")
    running.send(task, {**DONE, "link": "https://school.example/1"})
    check = running.task("assignment_check")
    acting = running.acting_for(running.region.actors["teacher"], running.region.actors["curator"])
    with pytest.raises(Refused, match="собственную работу"):
        running.send(check, {"outcome": "accept", "quality": 3, "evidence": _accepted(running, check)}, actor=acting)


def _accepted(school: School, task: Task) -> list[dict]:
    return [{**line, "accepted": "accepted"} for line in school.form(task, school.holder(task)).answers()["evidence"]]


@pytest.mark.req("OR-66", "OR-68")
def test_a_late_row_climbs_the_ladder(running: School) -> None:
    """Head, municipality, operator, controller are told one after another; the row stays open."""
    case_id = running.task("assignment_report").case_id
    with running.system.db.read() as session:
        before = session.scalars(sa.select(Deadline.step).where(Deadline.case_id == case_id)).one()
    running.now = datetime(2027, 2, 12, 9, tzinfo=UTC)
    running.settle()
    with running.system.db.read() as session:
        assert session.scalars(sa.select(Deadline.step).where(Deadline.case_id == case_id)).one() > before + 3
        assert session.get_one(Case, case_id).status == "open"
        region = running.region.actors["school_head"].region
        assert assignments.overdue(session, region, date(2027, 2, 12)) == {running.school_id: 1}


def test_a_row_may_begin_before_its_day(running: School) -> None:
    with running.system.db.read() as session:
        rows = {row.number: row.id for row in session.scalars(sa.select(PlanRow))}
        waiting = session.scalars(sa.select(AssignmentCard).where(AssignmentCard.plan_row_id == rows[2])).one().case_id
    assert not running.tasks(form="assignment_report", case_id=waiting)
    head = running.region.actors["school_head"]
    assignments.begin_early(running.system, waiting, actor=head, now=running.now)
    running.settle()
    assert running.task("assignment_report", case_id=waiting)
    with pytest.raises(Refused):
        assignments.begin_early(running.system, waiting, actor=head, now=running.now)


def test_a_row_is_begun_only_where_it_waits_and_while_the_programme_goes_on(running: School) -> None:
    head = running.region.actors["school_head"]
    begun = running.task("assignment_report").case_id
    with running.system.db.read() as session:
        programme = session.scalars(sa.select(Case.id).where(Case.kind == "roadmap")).one()
        waiting = set(session.scalars(sa.select(AssignmentCard.case_id))) - {begun}
    reader = Visitor(site(running.system), head)

    def offered() -> set[int]:
        return {
            int(key) for key in re.findall(r"/assignments/(\d+)/begin", reader.get(f"/programmes/{programme}").text)
        }

    assert offered() == waiting and reader.post(f"/assignments/{begun}/begin").status_code == 422
    with running.system.db.write() as session:
        case = session.get_one(Case, programme)
        case.status, case.closed_at = "done", running.now
    assert offered() == set()
    refused = reader.post(f"/assignments/{min(waiting)}/begin")
    assert refused.status_code == 422 and "программа завершена" in refused.text


@pytest.mark.req("OM-45", "OR-68")
def test_what_a_departed_curator_accepted_stays_and_what_waits_for_him_passes_on(running: School) -> None:
    """While nobody is appointed the method service accepts; then the new curator does, and sees what was accepted."""
    former, head = running.region.actors["curator"], running.region.actors["school_head"]
    link = {"link": "https://school.example/1"}
    with running.system.db.read() as session:
        rows = {card.plan_row_id: card.case_id for card in session.scalars(sa.select(AssignmentCard))}
        numbers = {row.number: rows[row.id] for row in session.scalars(sa.select(PlanRow))}
    running.send(running.task("assignment_report", case_id=numbers[1]), {**DONE, **link})
    check = running.task("assignment_check", case_id=numbers[1])
    running.send(check, {"outcome": "accept", "quality": 3, "evidence": _accepted(running, check)})
    assignments.begin_early(running.system, numbers[2], actor=head, now=running.now)
    running.settle()
    running.send(running.task("assignment_report", case_id=numbers[2]), {**DONE, **link})
    waiting = running.task("assignment_check", case_id=numbers[2])
    assert waiting.position_id == former.position_id
    left = running.now.date()
    with running.system.db.write() as session:
        staff.end_position(session, former.position_id, left, basis="приказ № 3-к", actor=None, now=running.now)
    running.now += timedelta(days=1)
    assert _rehold(running) == [waiting.id]
    assert running.holder(running.task("assignment_check", case_id=numbers[2])).role == "municipal_method_service"
    refused = {"outcome": "drop", "quality": 0, "conclusion": "Урок отменён"}
    with pytest.raises((NotAllowed, NotFound)):
        running.send(running.task("assignment_check", case_id=numbers[2]), refused, actor=former)
    with running.system.db.write() as session:
        who = world.person(session, "new-curator", "Озёрная Ирина Петровна")
        place = session.get_one(Organisation, running.region.ids["school_b"])  # another place of work than the former's
        new = world.position(session, who, place, "curator", valid_from=running.now.date()).id
        since = {"valid_from": running.now.date(), "basis": "приказ № 4"}
        session.add(Assignment(position_id=new, organisation_id=running.school_id, **since))
    assert _rehold(running) == [waiting.id]
    passed = running.task("assignment_check", case_id=numbers[2])
    successor = running.holder(passed)
    assert (passed.position_id, successor.position_id, successor.person_id) == (new, new, who.id)
    running.send(passed, {"outcome": "accept", "quality": 2, "evidence": _accepted(running, passed)})
    with running.system.db.read() as session:
        marks = {}
        for number in (1, 2):
            paper = session.scalars(sa.select(Document).where(Document.case_id == numbers[number])).one()
            (signature,) = signing.valid(session, paper.id, "sign")
            marks[number] = signature.position_id
        assert marks == {1: former.position_id, 2: new}, "each under what he accepted himself"
        found = session.scalars(sa.select(PlanRow).where(PlanRow.number <= 2).order_by(PlanRow.number)).all()
        assert [(row.result, row.quality) for row in found] == [("done", 3), ("done", 2)]
        assert {session.get_one(Case, numbers[n]).status for n in (1, 2)} == {"done"}
    running.now = datetime(2027, 1, 27, 9, tzinfo=UTC)
    running.settle()
    report = running.task("roadmap_stage_report")
    said = running.form(report, running.holder(report)).answers()["rows"]
    assert (said[0]["number"], said[0]["result"]) == (1, "done"), "the stage is told of by what the former accepted"


def _rehold(school: School) -> list[str]:
    with unit_of(school.system, None, school.now) as unit:
        return appointing.rehold(unit, school.school_id, "curator")


@pytest.mark.req("OR-01", "OR-06")
def test_an_order_given_by_hand_may_be_objected_to(school: School) -> None:
    operator = school.region.actors["regional_operator"]
    operations.open_case(school.system, "assignment", school.region.ids["near"], 2026, actor=operator, now=school.now)
    head = school.region.actors["municipal_authority"].position_id
    order = {
        "text": "Назначить куратора школы", "basis": "приказ от 26.09.2026", "executor": head,
        "due_on": "2026-12-20", "control": "special", "expected": "Приказ о назначении",
    }  # fmt: skip
    blank = school.form(school.task("assignment_issue"), operator)
    assert str(head) in blank.executor.known
    late = school.form(school.task("assignment_issue"), operator, {**order, "due_on": "2026-11-01"})
    assert not late.validate() and "due_on" in late.errors, "a term that is past"
    school.send(school.task("assignment_issue"), order, actor=operator)
    school.do("assignment_take", {"outcome": "object", "reason": "Нет полномочий"})
    assert school.form(school.task("assignment_issue"), operator).facts["objection"] == "Нет полномочий"


def test_a_changed_row_gets_a_new_assignment(running: School) -> None:
    """A new edition closes the assignment of the row it replaced; executed rows stay as they are."""
    from app.programmes.roadmap import ask_amendment

    head = running.region.actors["school_head"]
    with running.system.db.read() as session:
        programme = session.scalars(sa.select(Case.id).where(Case.kind == "roadmap")).one()
        before = {card.plan_row_id: card.case_id for card in session.scalars(sa.select(AssignmentCard))}
    ask_amendment(running.system, programme, "Ответственный ушёл", actor=head, now=running.now)
    running.settle()
    task = running.task("roadmap_draft")
    blank = running.form(task, running.holder(task)).answers()
    assert running.form(task, running.holder(task)).facts["amendment"] == "Ответственный ушёл"
    blank["measures"][2]["due_on"] = "2027-05-25"
    running.send(task, {"measures": blank["measures"]})
    running.approve(programme)
    with running.system.db.read() as session:
        kinds = [d.kind for d in plans.compare(session, programme, 1, 2)]
        assert kinds == ["same", "same", "changed"]
        after = {card.plan_row_id: card for card in session.scalars(sa.select(AssignmentCard))}
        assert len(after) == len(before) + 1
        states = sorted(session.get_one(Case, card.case_id).status for card in after.values())
        assert states == ["cancelled", "open", "open", "open"]
