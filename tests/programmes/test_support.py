"""A school's case through its years, with the handlers that run it: children by stages, waits, turns of the year, watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import operations, waking, why
from app.cases.models import Case, Deadline
from app.cases.move import start
from app.demo import LIST_YEAR
from app.diagnostics.models import Diagnosis
from app.files import Upload, attach
from app.people.models import Person, Position
from app.programmes.models import Evaluation
from app.programmes.plan_models import Roadmap
from app.programmes.support import months_after, year_of
from app.schools.models import SocialPassport
from tests.campaign.test_campaign import to_the_packs
from tests.campaign.walk import Walker
from tests.programmes.test_evaluation import order_into_force
from tests.programmes.years import acquaint, assess, decide, propose, schools_by

YEAR = LIST_YEAR - 1
SCAN = b"%PDF-1.4 order of the school"


def open_cycle(walker: Walker, school_id: int, track: str = "listed") -> int:
    with operations.unit_of(walker.system, None, walker.now) as unit:
        case_id = start(unit, "support_cycle", school_id, YEAR, {"track": track}).id
    walker.settle()
    return case_id


def appoint(walker: Walker, case_id: int) -> None:
    """The head of the school names who answers for the work."""
    task = walker.task("support_start", case_id=case_id)
    with walker.system.db.write() as session:
        school = session.get_one(Case, case_id).subject_id
        _engage_deputy(session, school, walker)
        people = list(
            dict.fromkeys(session.scalars(sa.select(Position.person_id).where(Position.organisation_id == school)))
        )
        person = walker.holder(task).person_id
        facts = {"case_id": case_id, "task_id": task.id, "person_id": person, "now": walker.now}
        order = attach(session, walker.system.files, Upload("приказ школы.pdf", SCAN), **facts).id
    group = [{"person": one, "role": "head" if n == 0 else "member"} for n, one in enumerate(people[:3])]
    answers = {"responsible": people[0], "group": group, "order_files": [order], "no_pupil_data": True}
    walker.send(task, {**answers, "site": "https://school.example.ru", "agrees": True})


def _engage_deputy(session: Session, school: int, walker: Walker) -> None:
    """A working group is of two at least: whoever the school has, and one more."""
    names = {"family_name": "Озерова", "given_name": "Анна", "patronymic": "Ильинична"}
    deputy = Person(login=f"deputy-{school}", created_at=walker.now, **names)
    session.add(deputy)
    session.flush()
    post = {"role": "school_deputy", "title": "Заместитель директора", "valid_from": walker.now.date()}
    session.add(Position(person_id=deputy.id, organisation_id=school, **post))
    session.flush()


def kinds(walker: Walker, case_id: int, *, year: int | None = None) -> list[str]:
    with walker.system.db.read() as session:
        where = [Case.parent_id == case_id] + ([Case.school_year == year] if year else [])
        return list(session.scalars(sa.select(Case.kind).where(*where).order_by(Case.id)))


def child(walker: Walker, case_id: int, kind: str) -> int:
    with walker.system.db.read() as session:
        found = sa.select(Case.id).where(Case.parent_id == case_id, Case.kind == kind).order_by(Case.id.desc())
        return session.scalars(found).first()


def diagnose(walker: Walker, case_id: int) -> None:
    """The diagnosis of the year is approved and its case ends; the cycle is told."""
    with walker.system.db.write() as session:
        case = session.get_one(Case, child(walker, case_id, "diagnostics"))
        session.get_one(Diagnosis, case.id).approved_at = walker.now
        case.status, case.closed_at = "done", walker.now
    tell(walker, case_id, "diagnosis.approved")


def adopt(walker: Walker, case_id: int) -> int:
    """The programme of the year is in force; the cycle is told. Returns its case."""
    opened = child(walker, case_id, "roadmap")
    with walker.system.db.write() as session:
        case = session.get_one(Case, opened)
        facts = {"school_id": case.subject_id, "school_year": case.school_year, "kind": "roadmap", "title": case.title}
        term = {"starts_on": walker.now.date(), "ends_on": walker.now.date() + timedelta(days=200)}
        session.add(Roadmap(case_id=opened, **facts, **term, edition=1, approved_edition=1, approved_at=walker.now))
    tell(walker, case_id, "roadmap.approved")
    return opened


def tell(walker: Walker, case_id: int, message: str) -> int:
    told = waking.deliver(walker.system, case_id, lambda _: [(message, {})], now=walker.now)
    walker.settle()
    return told


def sentence(walker: Walker, case_id: int) -> str:
    with walker.system.db.read() as session:
        return why.why(session, walker.system, session.get_one(Case, case_id), walker.now).text


def to_the_evaluation(walker: Walker, case_id: int) -> int:
    diagnose(walker, case_id)
    adopt(walker, case_id)
    walker.now += timedelta(minutes=1)
    walker.settle()
    return child(walker, case_id, "annual_evaluation")


def evaluate(walker: Walker, case_id: int, decision: str) -> None:
    assess(walker, case_id)
    propose(walker, case_id)
    acquaint(walker, case_id)
    decide(walker, case_id, decision)
    order_into_force(walker)
    walker.settle()


@pytest.mark.req("OR-63", "OR-65", "OR-72", "OM-04", "OM-10")
def test_children_open_by_stages_and_the_sentence_names_whom_the_case_waits_for(
    walker: Walker, region_code: str
) -> None:
    to_the_packs(walker)
    case_id = open_cycle(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0])
    assert "Назначить ответственных и рабочую группу" in sentence(walker, case_id)
    appoint(walker, case_id)
    assert kinds(walker, case_id) == ["mentoring", "retraining", "diagnostics"], "no programme without a diagnosis"
    said = sentence(walker, case_id)
    with walker.system.db.read() as session:
        diagnosis = session.get_one(Case, child(walker, case_id, "diagnostics"))
    assert "«Диагноз утверждён»" in said and f"«{diagnosis.title}" in said and "45 календарных дней" in said
    assert not tell(walker, case_id, "diagnosis.approved"), "a word without a fact moves nothing"
    diagnose(walker, case_id)
    assert kinds(walker, case_id)[-1] == "roadmap"
    adopt(walker, case_id)
    assert kinds(walker, case_id)[-1] == "annual_evaluation", "its day is past: the year ends at once"
    assert "Годовая оценка" in sentence(walker, case_id)


@pytest.mark.req("OR-03", "OR-63", "OR-65", "OM-11")
@pytest.mark.parametrize("review", [[], ["factors"], ["diagnosis", "roadmap"]])
def test_the_next_year_begins_in_the_same_case_with_as_much_diagnosis_as_was_decided(
    walker: Walker, region_code: str, review: list[str]
) -> None:
    to_the_packs(walker)
    case_id = open_cycle(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0])
    appoint(walker, case_id)
    evaluate(walker, to_the_evaluation(walker, case_id), "continue")
    before, first = kinds(walker, case_id), child(walker, case_id, "diagnostics")
    walker.do("support_year", {"review": review}, case_id=case_id)
    with walker.system.db.read() as session:
        case = session.get_one(Case, case_id)
        assert (case.school_year, year_of(walker.system, session, case)) == (YEAR, YEAR + 1)
        opened = session.get_one(Case, child(walker, case_id, "diagnostics"))
        assert opened.school_year == YEAR + 1 and opened.data["year"] == 2
        light = "diagnosis" not in review
        row = session.get_one(Diagnosis, opened.id)
        assert (row.light, row.copied_from) == (light, first if light else None)
        (due,) = session.scalars(sa.select(Deadline).where(Deadline.case_id == case_id))
        assert (due.name, due.term, due.basis) == ("Диагноз утверждён", "45d", "W7")
    forms = {task.form for task in walker.tasks(case_id=opened.id)}
    assert forms == {"diag_analysis"} if light else {"diag_self", "diag_docs"} <= forms
    assert "mentoring" not in kinds(walker, case_id)[len(before) :], "what goes on is not opened again"


@pytest.mark.req("OR-03", "OR-63", "OR-81")
def test_a_school_leaves_is_watched_and_its_case_is_closed(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_cycle(walker, schools_by(walker, region_code, LIST_YEAR, "not_listed")[0])
    appoint(walker, case_id)
    evaluate(walker, to_the_evaluation(walker, case_id), "exit")
    walker.do("support_exit", {"plan": "Взаимопосещения раз в четверть."}, case_id=case_id)
    with walker.system.db.read() as session:
        (term,) = session.scalars(sa.select(Deadline).where(Deadline.case_id == case_id))
        months = walker.system.profile(region_code).evaluation.watch_months
        assert walker.system.calendar(region_code).local(term.due_at) >= months_after(walker.now.date(), months)
    assert "дело пойдёт дальше само" in sentence(walker, case_id)
    walker.now = term.due_at.astimezone(UTC) + timedelta(minutes=1)
    walker.settle()
    walker.do("support_close", {"summary": "Школа вышла из перечня.", "archive": True}, case_id=case_id)
    with walker.system.db.read() as session:
        assert session.get_one(Case, case_id).status == "done"
        assert session.get_one(Evaluation, child(walker, case_id, "annual_evaluation")).decision == "exit"


@pytest.mark.req("OR-61", "OR-65")
def test_strengthened_support_becomes_assignments(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_cycle(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0])
    appoint(walker, case_id)
    evaluate(walker, to_the_evaluation(walker, case_id), "strengthen")
    answers = {"measures": ["second_curator", "expert_visit"], "grounds": "Динамики по математике нет."}
    walker.do("support_strengthen", answers, case_id=case_id)
    with walker.system.db.read() as session:
        found = session.scalars(sa.select(Case).where(Case.parent_id == case_id, Case.kind == "assignment")).all()
        assert [one.title.split(":")[0] for one in found] == [
            "Назначить школе второго куратора",
            "Провести выезд экспертов в школу",
        ]
        assert {one.school_year for one in found} == {YEAR}


def test_a_watched_school_is_shown_its_data_and_asked_for_its_passport(walker: Walker, region_code: str) -> None:
    to_the_packs(walker)
    case_id = open_cycle(walker, schools_by(walker, region_code, LIST_YEAR, "listed")[0], "watch")
    with walker.system.db.read() as session:
        school = session.get_one(Case, case_id).subject_id
        accepted = sa.select(SocialPassport.id).where(
            SocialPassport.school_id == school,
            SocialPassport.school_year == YEAR,
            SocialPassport.accepted_at.is_not(None),
        )
        asked = ["social_passport"] if session.scalar(accepted) is None else []
    assert kinds(walker, case_id) == ["data_pack", *asked], "an accepted passport of the year is not asked for again"
    walker.do("pack_watch", {"outcome": "ack"}, case_id=child(walker, case_id, "data_pack"))
    with walker.system.db.read() as session:
        assert session.get_one(Case, child(walker, case_id, "data_pack")).outcome == "ack"


def test_the_same_day_of_a_later_month() -> None:
    day = datetime(2027, 1, 31, tzinfo=UTC).date()
    assert [months_after(day, n).isoformat() for n in (1, 12, 13, 25)] == [
        "2027-02-28",
        "2028-01-31",
        "2028-02-29",
        "2029-02-28",
    ]
