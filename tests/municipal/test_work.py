"""Work inside a school: every kind from its card to its result."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case, Deadline
from app.documents.models import Document
from app.errors import Refused
from app.people.models import Assignment
from app.programmes.municipal_models import SchoolWork, WorkMeeting, WorkMember
from tests.campaign.walk import Walker
from tests.municipal.conftest import YEAR
from tests.people import world

CHANGED = "Задания выполняют 62 % обучающихся вместо 48 %: сводка за апрель."


def opened(walker: Walker, place: SimpleNamespace, role: str = "school_deputy") -> int:
    return operations.open_case(
        walker.system, "in_school_work", place.ids["school_a"], YEAR, actor=place.actors[role], now=walker.now
    )


def card(place: SimpleNamespace, kind: str, **more: Any) -> dict[str, Any]:
    mine, other = place.actors["teacher"].position_id, place.actors["colleague"].position_id
    values = {
        "kind": kind,
        "name": "Пять минут на ошибку",
        "factor": "low_motivation",
        "goal": "доля выполняющих задания вырастет с 48 до 60 %",
        "responsible": mine,
        "members": [mine, other],
        "steps": [{"text": "согласуем объём заданий", "who": "учителя", "when": "пятница"}],
        "starts_on": "2026-10-06",
        "ends_on": "2027-05-28",
        "period": "fortnight",
        "acquaint": False,
    }
    if kind == "adoption":
        values |= {"practice": "Пять минут на ошибку, МБОУ «Лицей»"}
    return {**values, **more}


def meeting(place: SimpleNamespace, outcome: str, **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "topic": "Разбор ошибок", "decision": "Повторить через неделю", **more}


def lesson(place: SimpleNamespace) -> dict[str, Any]:
    return {
        "teacher": place.actors["teacher"].position_id,
        "visitor": place.actors["colleague"].position_id,
        "subject": "math",
        "grade": "6",
        "topic": "Дроби",
        "good": "Темп",
        "advice": "Больше пар",
        "agreed": "Попробуем пары",
    }


@pytest.mark.req("OR-47", "OR-50", "OR-52", "OR-53")
@pytest.mark.parametrize("kind", ["mechanism", "micro_group", "mutual_visits", "inhouse_training", "adoption"])
def test_every_kind_runs_from_its_card_to_its_result(walker: Walker, place: SimpleNamespace, kind: str) -> None:
    case_id = opened(walker, place)
    walker.do("work_card", card(place, kind, acquaint=True))
    walker.do("work_head", {"outcome": "sign"})
    with walker.system.db.read() as session:
        document = session.scalars(sa.select(Document)).one()
        expected = "school_regulation" if kind == "mechanism" else "school_plan"
        assert (document.kind, document.state, document.number) == (expected, "in_force", None)
    lessons = {"lessons": [lesson(place)]} if kind == "mutual_visits" else {}
    assert walker.holder(walker.task("work_log")).position_id == place.actors["teacher"].position_id
    walker.do("work_log", meeting(place, "more", **lessons))
    walker.now += timedelta(days=14)
    walker.do("work_log", meeting(place, "finish", **lessons))
    walker.do("work_result", {"changed": CHANGED, "score": 2, "library": True})
    if kind == "adoption":
        walker.do("work_adopt_confirm", {"outcome": "confirm", "where": "5–6 классы, математика", "result": "Работает"})
    assert walker.holder(walker.task("work_check")).role == "school_head", "no curator is assigned"
    walker.do("work_check", {"outcome": "accept"})
    with walker.system.db.read() as session:
        row, case = session.get_one(SchoolWork, case_id), session.get_one(Case, case_id)
        assert (case.status, case.outcome, row.score) == ("done", "accepted", 2)
        assert case.title.endswith("Пять минут на ошибку")
        assert session.scalar(sa.select(sa.func.count()).select_from(WorkMeeting)) == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(WorkMember)) == 2
        assert bool(row.adopted_where) == (kind == "adoption")


@pytest.mark.req("OR-48")
def test_the_curator_accepts_where_one_is_assigned(walker: Walker, place: SimpleNamespace) -> None:
    with walker.system.db.write() as session:
        curator = place.actors["curator"].position_id
        session.add(Assignment(position_id=curator, organisation_id=place.ids["school_a"], valid_from=world.SINCE))
    opened(walker, place)
    walker.do("work_card", card(place, "micro_group"))
    walker.do("work_head", {"outcome": "sign"})
    walker.do("work_log", meeting(place, "finish"))
    walker.do("work_result", {"changed": CHANGED, "score": 1, "library": False})
    assert walker.holder(walker.task("work_check")).role == "curator"
    walker.do("work_check", {"outcome": "return", "remarks": [{"text": "Назовите меру", "weight": "must"}]})
    form = walker.form(walker.task("work_result"), place.actors["teacher"])
    assert form.changed.data == CHANGED, "what was written stands"


def test_sixty_quiet_days_ask_the_school_whether_to_go_on(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("work_card", card(place, "micro_group"))
    walker.do("work_head", {"outcome": "sign"})
    walker.now += timedelta(days=30)
    walker.do("work_log", {"outcome": "missed", "reason": "Каникулы"})
    assert walker.tasks(form="work_log"), "thirty days are not sixty"
    walker.now += timedelta(days=35)
    walker.do("work_log", {"outcome": "missed", "reason": "Болезнь"})
    walker.do("work_ask", {"outcome": "continue", "next_on": (walker.now.date() + timedelta(days=7)).isoformat()})
    walker.do("work_log", {"outcome": "missed", "reason": "Снова"})
    walker.do("work_ask", {"outcome": "close", "reason": "Учитель уволился"})
    with walker.system.db.read() as session:
        case = session.get_one(Case, case_id)
        assert (case.status, case.outcome) == ("done", "closed")
        assert session.get_one(SchoolWork, case_id).closed_reason == "Учитель уволился"


def test_a_meeting_is_due_by_the_period_and_never_on_a_day_off(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("work_card", card(place, "micro_group", period="week", starts_on="2026-10-03"))
    walker.do("work_head", {"outcome": "sign"})
    with walker.system.db.read() as session:
        assert session.get_one(SchoolWork, case_id).next_on.isoformat() == "2026-10-12"
        due = session.scalars(sa.select(Deadline.due_at).where(Deadline.case_id == case_id)).one()
    assert due.date().isoformat() == "2026-10-19", "five working days to write it down"


def test_a_card_that_makes_no_sense_is_refused(walker: Walker, place: SimpleNamespace) -> None:
    opened(walker, place)
    task, deputy = walker.task("work_card"), place.actors["school_deputy"]
    mine = place.actors["teacher"].position_id
    for changes, words in (
        ({"factor": None}, "Назовите риск или дефицит"),
        ({"members": [mine]}, "Нужны хотя бы двое"),
        ({"ends_on": "2026-10-01"}, "Окончание раньше начала"),
        ({"kind": "adoption", "practice": ""}, "Назовите практику"),
    ):
        form = walker.form(task, deputy, {**card(place, "micro_group"), **changes})
        assert not form.validate()
        assert words.lower() in " ".join(issue.text for issue in form.issues()).lower()
    alone = {**card(place, "micro_group"), "members": [mine], "guests": "Горелов А. И., МБОУ «Ключевская СОШ»"}
    assert walker.form(task, deputy, alone).validate(), "a group of several schools may have one of ours"


def test_the_answer_of_an_unsigned_card_and_a_busy_teacher(walker: Walker, place: SimpleNamespace) -> None:
    for _ in range(3):
        case_id = opened(walker, place)
        walker.do("work_card", card(place, "micro_group"), case_id=case_id)
    case_id = opened(walker, place)
    form = walker.form(walker.task("work_card", case_id=case_id), place.actors["school_deputy"])
    assert len(form.facts["busy"]) == 2 and all("групп 3" in one for one in form.facts["busy"])
    walker.do("work_card", card(place, "micro_group"), case_id=case_id)
    walker.do("work_head", {"outcome": "return", "remarks": [{"text": "Сократите", "weight": "must"}]}, case_id=case_id)
    back = walker.form(walker.task("work_card", case_id=case_id), place.actors["school_deputy"])
    assert back.name.data == "Пять минут на ошибку"


def test_work_is_led_in_a_school(walker: Walker, place: SimpleNamespace) -> None:
    with pytest.raises(Refused, match="в школе"):
        operations.open_case(
            walker.system, "in_school_work", place.ids["service"], YEAR, actor=place.actors["subject_union"],
            now=walker.now,
        )  # fmt: skip
