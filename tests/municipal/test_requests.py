"""Requests: to the nearest office, answered in time, rated; proposals, complaints, silence."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case, Deadline
from app.documents.models import Document
from app.people.models import Position
from app.programmes import requests
from app.programmes.models import HelpGiven
from app.programmes.municipal_models import HelpRequest
from tests.campaign.walk import Walker
from tests.municipal.conftest import YEAR

ASKED = {"kind": "consultation", "topic": "Разбор ОГЭ", "text": "Нужен разбор типичных ошибок", "subject": "math"}
ANSWERED = {"outcome": "answered", "answer": "Проведём в четверг", "help_kind": "consulting", "minutes": 40}


def opened(walker: Walker, place: SimpleNamespace, role: str = "school_deputy", **asked: Any) -> int:
    case_id = operations.open_case(
        walker.system, "request", place.ids["school_a"], YEAR, actor=place.actors[role], now=walker.now
    )
    walker.do("request_form", {**ASKED, **asked}, case_id=case_id)
    return case_id


def row(walker: Walker, case_id: int) -> HelpRequest:
    with walker.system.db.read() as session:
        return session.get_one(HelpRequest, case_id)


def state(walker: Walker, case_id: int) -> tuple[str, str | None]:
    with walker.system.db.read() as session:
        case = session.get_one(Case, case_id)
        return case.status, case.outcome


@pytest.mark.req("OR-17", "OR-76", "OM-05")
def test_a_consultation_goes_to_the_nearest_service_and_is_rated(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place, "teacher")
    service = place.actors["municipal_method_service"]
    task = walker.task("request_take")
    assert walker.holder(task).position_id == service.position_id
    walker.send(task, {"outcome": "take", "executor": service.position_id})
    walker.do("request_reply", ANSWERED)
    rate = walker.task("request_rate")
    assert walker.holder(rate).position_id == place.actors["teacher"].position_id
    walker.send(rate, {"score": 5, "text": "Спасибо"})
    assert state(walker, case_id) == ("done", "answered")
    done = row(walker, case_id)
    assert (done.score, done.minutes, done.office_id) == (5, 40, place.ids["service"])
    with walker.system.db.read() as session:
        help_given = session.scalars(sa.select(HelpGiven)).one()
        assert (help_given.kind, help_given.school_id) == ("consulting", place.ids["school_a"])
        assert session.scalars(sa.select(Document.number)).one() is None, "only answers to the public are numbered"


def test_nobody_rates_and_the_case_ends(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("request_take", {"outcome": "take", "executor": place.actors["municipal_method_service"].position_id})
    walker.do("request_reply", ANSWERED)
    walker.now += timedelta(days=20)
    walker.settle()
    assert state(walker, case_id)[0] == "done"
    with walker.system.db.read() as session:
        child = session.scalars(sa.select(Case).where(Case.parent_id == case_id)).one()
        assert (child.status, child.outcome) == ("cancelled", "no_rating")


def test_a_question_back_and_its_answer(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place, "teacher", kind="question")
    walker.do("request_take", {"outcome": "take", "executor": place.actors["municipal_method_service"].position_id})
    walker.do("request_reply", {"outcome": "need_info", "answer": "Какие темы?"})
    more = walker.task("request_more")
    assert walker.holder(more).role == "teacher"
    assert walker.form(more, place.actors["teacher"]).facts["question"] == "Какие темы?"
    walker.send(more, {"text": "Дроби и проценты"})
    facts = walker.form(walker.task("request_reply"), place.actors["municipal_method_service"]).facts
    assert facts["supplement"] == "Дроби и проценты"
    walker.do("request_reply", {"outcome": "answered", "answer": "Материал выслан"})
    assert state(walker, case_id) == ("done", "answered"), "a question is not rated"


def test_silence_of_the_author_closes_the_request(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place, kind="question")
    walker.do("request_take", {"outcome": "take", "executor": place.actors["municipal_method_service"].position_id})
    walker.do("request_reply", {"outcome": "need_info", "answer": "Какие темы?"})
    walker.now += timedelta(days=21)
    walker.settle()
    assert state(walker, case_id)[0] == "done" and row(walker, case_id).answered_at is None
    assert not walker.tasks(form="request_more"), "the question is closed with it"


@pytest.mark.req("OR-30")
def test_it_is_handed_on_at_most_three_times(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    for role in ("pd_center", "regional_operator", "municipal_method_service"):
        walker.do("request_take", {"outcome": "forward", "to": role, "reason": "По вашей части"})
        assert walker.holder(walker.task("request_take")).role == role
    task = walker.task("request_take")
    refused = {"outcome": "forward", "to": "pd_center", "reason": "Ещё раз"}
    form = walker.form(task, place.actors["municipal_method_service"], refused)
    assert not form.validate() and "трижды" in form.issues()[0].text
    walker.do("request_take", {"outcome": "decline", "reason": "Не наш вопрос"})
    walker.do("request_reply", {"outcome": "answered", "help_kind": "consulting"})
    assert state(walker, case_id) == ("done", "declined")
    with walker.system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(HelpGiven)) == 0, "a refusal is no help"


def test_an_hour_agreed_is_the_term_of_the_answer(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    who = place.actors["municipal_method_service"].position_id
    walker.do("request_take", {"outcome": "slot", "executor": who, "slot": "2026-10-22T10:00"})
    with walker.system.db.read() as session:
        due = session.scalars(sa.select(Deadline.due_at).where(Deadline.case_id == case_id)).one()
        zone = walker.system.profile(place.region.region).zone
    assert due.astimezone(zone).date().isoformat() == "2026-10-22"


def test_a_complaint_goes_to_the_head_of_the_office(walker: Walker, place: SimpleNamespace) -> None:
    with walker.system.db.write() as session:
        session.get_one(Position, place.actors["subject_union"].position_id).head = True
    opened(walker, place, complaint=True)
    task = walker.task("request_take")
    assert task.position_id == place.actors["subject_union"].position_id and task.head


@pytest.mark.req("OR-33")
def test_a_proposal_without_a_plan_is_answered_like_any_other(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place, kind="proposal")
    task = walker.task("request_take")
    assert walker.holder(task).role == "regional_operator"
    walker.send(task, {"outcome": "take", "executor": place.actors["regional_operator"].position_id})
    task = walker.task("request_reply")
    form = walker.form(task, place.actors["regional_operator"], {"outcome": "answered", "answer": "Подумаем"})
    assert not form.validate() and "принято ли" in form.issues()[0].text
    walker.send(task, {"outcome": "answered", "answer": "Включим в план", "decision": "accepted"})
    assert state(walker, case_id) == ("done", "accepted")


@pytest.mark.req("OM-32")
def test_a_remark_of_the_public_is_masked_registered_and_answered(walker: Walker, place: SimpleNamespace) -> None:
    filed = {
        "topic": "Ремонт",
        "text": "Ученик Петров Иван учится во вторую смену, когда ремонт закончат?",
        "public_name": "Тополева А. Ю.",
        "public_email": "a@example.org",
        "public_code": "ABCD-EFGH-JK",
    }
    data = {"mode": "public", "filed": filed}
    case_id = operations.open_case(
        walker.system, "request", place.ids["region"], YEAR, data, actor=None, now=walker.now
    )
    kept = row(walker, case_id)
    assert "Петров" not in kept.text and "[имя скрыто]" in kept.text and kept.author_id is None
    with walker.system.db.read() as session:
        due = session.scalars(sa.select(Deadline.due_at).where(Deadline.case_id == case_id)).one()
    assert (due.date() - walker.now.date()).days == 3
    operator = place.actors["regional_operator"]
    walker.do("request_take", {"outcome": "take", "executor": operator.position_id})
    task = walker.task("request_reply")
    asked_back = walker.form(task, operator, {"outcome": "need_info", "answer": "Где это?"})
    assert not asked_back.validate()
    walker.send(
        task, {"outcome": "answered", "answer": "К ноябрю", "decision": "declined", "reason": "Сроки подрядчика"}
    )
    assert state(walker, case_id) == ("done", "declined")
    with walker.system.db.read() as session:
        document = session.scalars(sa.select(Document)).one()
        assert document.number and document.kind == "request_reply"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ученик Петров Иван не понял", "Ученик [имя скрыто] не понял"),
        ("обучающаяся 6 класса Смирнова А. не понял", "обучающаяся 6 класса [имя скрыто] не понял"),
        ("Учитель Петрова Анна объяснила", "Учитель Петрова Анна объяснила"),
        ("Ученики не поняли", "Ученики не поняли"),
    ],
)
def test_only_names_of_pupils_are_masked(text: str, shown: str) -> None:
    assert requests.masked(text) == shown
