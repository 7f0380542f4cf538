"""A mentor pair walked as people would: consents, order, programme, diary, stopping, report."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.documents.models import Document, Edition
from app.errors import NotAllowed, NotFound, Refused, TaskNotOpen
from app.people.actor import Actor
from app.people.models import Assignment, Organisation, Person, Position
from app.programmes import pair_work
from app.programmes.models import Consent, HelpGiven
from app.programmes.pair_models import MentorPair
from tests.campaign.walk import Walker
from tests.documents.places import Places


class School:
    """A school with a deputy, a teacher and a mentor."""

    def __init__(self, walker: Walker, region: str) -> None:
        self.walker, self.places = walker, Places(walker, region)
        self.id = self.places.school
        roles = ("school_head", "school_deputy", "teacher", "mentor")
        self.head, self.deputy, self.teacher, self.mentor = (walker.actor_of(self.id, role) for role in roles)
        self.today = walker.now.date()

    def terms(self, **more: Any) -> dict[str, Any]:
        return {
            "outcome": "propose",
            "mentor": self.mentor.position_id,
            "mentee": self.teacher.position_id,
            "form": "teacher",
            "goal": "Анализ урока: научиться видеть причины ошибок",
            "starts_on": self.today.isoformat(),
            "ends_on": (self.today + timedelta(days=180)).isoformat(),
            "content": "Посещение и разбор уроков, помощь в подготовке",
            "work_form": "Очно, 2 часа в неделю",
            "payment": "paid",
            "amount": 3500,
            **more,
        }

    def open(self, actor: Actor | None = None, **data: Any) -> int:
        who = actor or self.deputy
        return operations.open_case(
            self.walker.system, "mentor_pair", self.id, 2026, data, actor=who, now=self.walker.now
        )

    def agreed(self, **terms: Any) -> int:
        """A pair up to its order in force."""
        case = self.open()
        self.walker.do("pair_propose", self.terms(**terms), case_id=case)
        self.walker.do("pair_mentor_consent", {"outcome": "yes"}, case_id=case)
        self.walker.do("pair_mentee_consent", {"outcome": "yes"}, case_id=case)
        order = self.walker.task("act_draft")
        assert (order.role, order.organisation_id) == ("school_deputy", self.id), (
            "whose consent opened it drafts nothing"
        )
        self.places.issue(order.case_id)
        self.walker.settle()
        return case

    def working(self) -> int:
        """A pair with an approved programme of three meetings."""
        case = self.agreed()
        days = [(self.today + timedelta(days=n)).isoformat() for n in (7, 21, 35)]
        meetings = [{"topic": f"Урок {n}", "due_on": day, "form": "visit"} for n, day in enumerate(days, 1)]
        rows = [{"name": "Доля уроков с рефлексией", "base": "2 из 10", "target": "7 из 10"}]
        self.walker.do("pair_program", {"goals": "Цели", "indicators": rows, "meetings": meetings}, case_id=case)
        self.walker.do("pair_program_head", {"outcome": "approve"}, case_id=case)
        return case

    def meet(self, case: int, outcome: str = "more") -> None:
        held = {"held_on": self.walker.now.date().isoformat(), "agreed": "О плане", "lesson": "Хороший темп"}
        self.walker.do("pair_diary", {**held, "outcome": outcome, "marked": True}, case_id=case)

    def finish(self, case: int) -> None:
        task = self.walker.task("pair_report", case_id=case)
        rows = self.walker.form(task, self.mentor).answers()["indicators"]
        filled = [{**row, "reached": "7 из 10"} for row in rows]
        self.walker.send(task, {"indicators": filled, "conclusion": "Цель достигнута"})
        self.walker.do("pair_mentee_mark", {"mark": 5, "words": "Стало спокойнее"}, case_id=case)

    def mentor_elsewhere(self) -> int:
        """A mentor in another school of the municipality."""
        with self.walker.system.db.write() as session:
            where = (Organisation.parent_id == self.places.municipality, Organisation.kind == "school")
            other = session.scalars(sa.select(Organisation.id).where(*where, Organisation.id != self.id)).first()
            person = Person(login="outside-mentor", family_name="Долин", given_name="Олег", created_at=self.walker.now)
            session.add(person)
            session.flush()
            facts = {"role": "mentor", "title": "Учитель физики", "valid_from": date(2020, 9, 1)}
            position = Position(person_id=person.id, organisation_id=other, **facts)
            session.add(position)
            session.flush()
            return position.id

    def pair(self, case: int) -> MentorPair:
        with self.walker.system.db.read() as session:
            found = session.get_one(MentorPair, case)
            session.expunge(found)
            return found

    def texts(self, case: int) -> dict[str, str]:
        """Newest text of each paper of the case."""
        with self.walker.system.db.read() as session:
            found = (
                sa.select(Document.kind, Edition.html)
                .join(Edition, sa.and_(Edition.document_id == Document.id, Edition.number == Document.edition))
                .where(Document.case_id == case)
            )
            return {kind: html.replace("\u00a0", " ") for kind, html in session.execute(found)}


@pytest.fixture
def school(walker: Walker, region_code: str) -> School:
    return School(walker, region_code)


@pytest.mark.req("OR-49", "OR-55", "OM-31")
def test_a_pair_from_the_proposal_to_the_accepted_report(school: School) -> None:
    case = school.working()
    for outcome in ("more", "more", "finish"):
        school.meet(case, outcome)
        school.walker.now += timedelta(days=10)
    school.finish(case)
    school.walker.do("pair_close", {"outcome": "accept"}, case_id=case)
    assert school.places.case(case).status == "done" and school.pair(case).result == "done"
    papers = school.texts(case)
    kinds = {"mentor_consent", "mentee_consent", "mentor_agreement", "mentoring_programme", "pair_report"}
    assert set(papers) == kinds
    assert "доплата 3500 рублей в месяц" in papers["mentor_agreement"] and "Работодатель:" in papers["mentor_agreement"]
    assert "Польза: 5 из 5" in papers["pair_report"] and "7 из 10" in papers["pair_report"]
    for kind in kinds - {"mentor_agreement"}:
        assert re.search("Подписано (ПЭП|простой электронной подписью)", papers[kind]), kind
        assert "ПРОЕКТ" not in papers[kind], kind
    with school.walker.system.db.read() as session:
        helped = session.scalars(sa.select(HelpGiven).where(HelpGiven.case_id == case)).all()
    assert len(helped) == 3 and {row.school_id for row in helped} == {school.id}


@pytest.mark.req("OR-49", "OM-31")
def test_there_is_no_order_without_the_mentors_written_consent(school: School) -> None:
    case = school.open()
    school.walker.do("pair_propose", school.terms(), case_id=case)
    assert not school.walker.tasks(form="pair_mentee_consent") and not school.walker.tasks(form="act_draft")
    school.walker.do("pair_mentor_consent", {"outcome": "no", "reason": "Много часов"}, case_id=case)
    task = school.walker.task("pair_propose", case_id=case)
    form = school.walker.form(task, school.deputy)
    assert form.facts["said"] == "Наставник не согласен: Много часов"
    assert form.answers()["amount"] == 3500, "the terms stay to be changed"
    school.walker.do("pair_propose", {"outcome": "drop"}, case_id=case)
    assert school.places.case(case).status == "done" and school.pair(case).result == "dropped"


@pytest.mark.req("OR-49")
def test_consents_keep_the_words_agreed_to_with_their_version(school: School) -> None:
    case = school.agreed()
    with school.walker.system.db.read() as session:
        rows = session.scalars(sa.select(Consent).where(Consent.case_id == case).order_by(Consent.purpose)).all()
        people = {row.purpose: row.person_id for row in rows}
    assert people == {"mentor_pair.mentee": school.teacher.person_id, "mentor_pair.mentor": school.mentor.person_id}
    version = school.walker.system.profile(school.places.region).pairs.consent_version
    assert all(row.wording.startswith(version) for row in rows)
    assert "351.8" in rows[1].wording and "доплата 3500 рублей" in rows[1].wording


@pytest.mark.req("OR-49")
def test_the_order_names_the_pair_in_its_annex(school: School) -> None:
    school.agreed()
    (order,) = [
        case for case in _cases(school.walker, "act") if school.places.document(case).kind == "mentor_pair_order"
    ]
    text = school.places.text(order)
    assert "Перечень" in text and "Анализ урока" in text and "статьей 351.8" in text.replace("статьёй", "статьей")
    assert school.places.document(order).number == "1-од"


def _cases(walker: Walker, kind: str) -> list[int]:
    from app.cases.models import Case

    with walker.system.db.read() as session:
        return list(session.scalars(sa.select(Case.id).where(Case.kind == kind)))


@pytest.mark.req("OR-49")
@pytest.mark.parametrize("side", ["mentor", "mentee", "school"])
def test_any_side_stops_the_pair_with_three_working_days_notice(school: School, side: str) -> None:
    case = school.working()
    who = {"mentor": school.mentor, "mentee": school.teacher, "school": school.head}[side]
    task_id = pair_work.ask_to_stop(school.walker.system, case, actor=who, now=school.walker.now)
    task = school.walker.task("pair_stop", case_id=case)
    assert task.id == task_id and task.position_id == who.position_id
    soon = (school.today + timedelta(days=1)).isoformat()
    with pytest.raises(AssertionError, match="три рабочих дня"):
        school.walker.send(task, {"stop_on": soon})
    school.walker.send(task)
    pair = school.pair(case)
    assert pair.stop_side == side and pair.stop_on and pair.stop_on >= school.today + timedelta(days=3)
    with school.walker.system.db.read() as session:
        gone = session.scalars(sa.select(Consent.purpose).where(Consent.withdrawn_at.is_not(None))).all()
    assert gone == ([] if side == "school" else [f"mentor_pair.{side}"])
    school.finish(case)
    school.walker.do("pair_close", {"outcome": "accept"}, case_id=case)
    assert school.pair(case).result == "stopped" and "прекращена с" in school.texts(case)["pair_report"]


def test_a_dismissed_mentor_stops_at_once(school: School) -> None:
    case = school.working()
    pair_work.ask_to_stop(school.walker.system, case, actor=school.head, now=school.walker.now)
    facts = {"side": "school", "dismissed": True, "stop_on": school.today.isoformat()}
    school.walker.do("pair_stop", facts, case_id=case)
    assert school.pair(case).stop_on == school.today


def test_one_may_think_better_of_stopping(school: School) -> None:
    case = school.working()
    school.walker.do("pair_diary", {"outcome": "stop"}, case_id=case)
    school.walker.do("pair_stop", {"outcome": "go_on"}, case_id=case)
    assert school.walker.tasks(form="pair_diary", case_id=case) and school.pair(case).stopping_id is None


def test_strangers_stop_nothing_and_a_pair_without_a_diary_is_not_stopped(school: School) -> None:
    case = school.working()
    with pytest.raises(NotAllowed):
        pair_work.ask_to_stop(school.walker.system, case, actor=school.deputy, now=school.walker.now)
    pair_work.ask_to_stop(school.walker.system, case, actor=school.teacher, now=school.walker.now)
    with pytest.raises(TaskNotOpen):
        pair_work.ask_to_stop(school.walker.system, case, actor=school.mentor, now=school.walker.now)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"mentee": None}, "Наставляемый"),
        ({"ends_on": "2026-11-01"}, "позже начала, 25.11.2026"),
        ({"ends_on": "2028-11-01"}, "не больше чем на год"),
        ({"payment": "paid", "amount": None}, "Доплата"),
        ({"content": ""}, "что делает наставник"),
    ],
)
def test_wrong_terms_are_told(school: School, wrong: dict[str, Any], words: str) -> None:
    case = school.open()
    with pytest.raises(AssertionError, match=words):
        school.walker.do("pair_propose", school.terms(**wrong), case_id=case)


def test_nobody_is_his_own_mentor_in_another_position(school: School) -> None:
    with school.walker.system.db.write() as session:
        second = Position(
            person_id=school.mentor.person_id, organisation_id=school.id, role="teacher", title="Учитель",
            valid_from=date(2020, 9, 1),
        )  # fmt: skip
        session.add(second)
        session.flush()
        own = second.id
    case = school.open()
    with pytest.raises(AssertionError, match="разные люди"):
        school.walker.do("pair_propose", school.terms(mentee=own), case_id=case)


@pytest.mark.req("OR-49")
def test_a_fourth_pair_of_one_mentor_is_refused(school: School) -> None:
    for _ in range(3):
        school.walker.do("pair_propose", school.terms(), case_id=school.open())
    with pytest.raises(AssertionError, match="уже 3 пары"):
        school.walker.do("pair_propose", school.terms(), case_id=school.open())


@pytest.mark.req("OR-53")
def test_a_mentor_of_another_school_needs_its_heads_word_and_gets_the_school_assigned(school: School) -> None:
    outside = school.mentor_elsewhere()
    case = school.open()
    with pytest.raises(AssertionError, match="согласие её директора"):
        school.walker.do("pair_propose", school.terms(mentor=outside), case_id=case)
    school.walker.do("pair_propose", school.terms(mentor=outside, school_agrees=True), case_id=case)
    assert school.walker.task("pair_mentor_consent", case_id=case).position_id == outside
    school.walker.do("pair_mentor_consent", {"outcome": "yes"}, case_id=case)
    school.walker.do("pair_mentee_consent", {"outcome": "yes"}, case_id=case)
    school.places.issue(school.walker.task("act_draft").case_id)
    school.walker.settle()
    with school.walker.system.db.read() as session:
        (row,) = session.scalars(sa.select(Assignment).where(Assignment.case_id == case))
    assert (row.position_id, row.organisation_id) == (outside, school.id)


def test_a_pair_is_opened_by_its_school_only(school: School) -> None:
    other = school.places.lone
    with pytest.raises(NotFound):
        operations.open_case(
            school.walker.system, "mentor_pair", school.id, 2026, actor=school.places.head(other), now=school.walker.now
        )
    with pytest.raises(Refused):
        operations.open_case(
            school.walker.system, "mentor_pair", school.places.municipality, 2026, actor=None, now=school.walker.now
        )
