"""Every form of these processes is drawn on its page, at the moment when somebody has to fill it in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.cases import operations
from app.cases.models import Task
from app.people.models import Organisation
from tests.campaign.walk import Walker
from tests.municipal.conftest import YEAR
from tests.municipal.test_programmes import draft
from tests.municipal.test_recommendations import DRAFT
from tests.municipal.test_requests import ANSWERED, ASKED
from tests.municipal.test_work import CHANGED, card, lesson, meeting
from tests.security.visitor import Visitor, site

pytestmark = pytest.mark.usefixtures("place")


class Reader:
    """Opens the page of the only task of a form before it is sent."""

    def __init__(self, walker: Walker) -> None:
        self.walker, self.app, self.seen = walker, site(walker.system), set()

    def do(self, form: str, answers: dict | None = None, *, shows: str = "") -> None:
        task = self.walker.task(form)
        page = self.page(task)
        assert shows in page, f"{form}: {shows}"
        self.seen.add(form)
        self.walker.send(task, answers)

    def page(self, task: Task) -> str:
        answer = Visitor(self.app, self.walker.holder(task)).get(f"/tasks/{task.id}")
        assert answer.status_code == 200, f"{task.form}: {answer.status_code}"
        return answer.get_data(as_text=True)


def opened(walker: Walker, place: SimpleNamespace, kind: str, about: str, role: str) -> int:
    actor = place.actors[role]
    return operations.open_case(walker.system, kind, place.ids[about], YEAR, actor=actor, now=walker.now)


def test_a_task_leads_to_its_case_and_the_case_names_a_body_once(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place, "recommendation", "school_a", "regional_operator")
    reader = Reader(walker)
    crumbs = reader.page(walker.task("rec_draft")).split("</nav>")
    assert any(f'href="/cases/{case_id}">Дело № {case_id}</a>' in part for part in crumbs if "breadcrumbs" in part)
    reader.do("rec_draft", DRAFT)
    page = Visitor(reader.app, place.actors["operator_head"]).get(f"/cases/{case_id}").get_data(as_text=True)
    people = page[page.index('id="people"') : page.index("</section>", page.index('id="people"'))]
    with walker.system.db.read() as session:
        operator = session.get_one(Organisation, place.ids["operator"]).short_name
    assert people.count(operator) == 1 and "Ждём: Подписать рекомендации" in people.replace("\u00a0", " ")


def test_recommendations(walker: Walker, place: SimpleNamespace) -> None:
    reader = Reader(walker)
    opened(walker, place, "recommendation", "school_a", "regional_operator")
    reader.do("rec_draft", DRAFT)
    reader.do("rec_sign", {"outcome": "sign"}, shows="входную диагностику")
    reader.do("rec_reply", {"outcome": "question", "text": "По каким классам?"}, shows="входную диагностику")
    reader.do("rec_answer", {"answer_text": "По 5 и 6"}, shows="По каким классам?")
    reader.do("rec_reply", {"outcome": "decline", "text": "Нет учителя"}, shows="По 5 и 6")
    reader.do("rec_decline_check", {"outcome": "insist", "text": "Найдём"}, shows="Нет учителя")
    reader.do("rec_reply", {"outcome": "accept", "decision": "roadmap"}, shows="Найдём")
    partly = {"row": 1, "result": "partly", "fact": "Проведена в 5 классах"}
    reader.do("rec_mark", {"rows": [partly]})
    returned = {"outcome": "return", "remarks": [{"text": "А в шестых?", "weight": "must"}]}
    reader.do("rec_check", returned, shows="Проведена в 5 классах")
    reader.do("rec_mark", {"rows": [partly]}, shows="А в шестых?")


def test_school_work(walker: Walker, place: SimpleNamespace) -> None:
    reader = Reader(walker)
    opened(walker, place, "in_school_work", "school_a", "school_deputy")
    reader.do("work_card", card(place, "adoption"))
    reader.do("work_head", {"outcome": "sign"}, shows="УТВЕРЖДАЮ")
    reader.do("work_log", meeting(place, "finish"))
    reader.do("work_result", {"changed": CHANGED, "score": 2, "library": True}, shows="Разбор ошибок")
    confirmed = {"outcome": "confirm", "where": "5–6 классы", "result": "Работает"}
    reader.do("work_adopt_confirm", confirmed, shows="вместо 48")
    reader.do("work_check", {"outcome": "accept"}, shows="5–6 классы")
    opened(walker, place, "in_school_work", "school_a", "school_deputy")
    reader.do("work_card", card(place, "mutual_visits"))
    reader.do("work_head", {"outcome": "sign"})
    reader.do("work_log", meeting(place, "more", lessons=[lesson(place)]), shows="Листы взаимопосещения")


def test_requests(walker: Walker, place: SimpleNamespace) -> None:
    reader = Reader(walker)
    opened(walker, place, "request", "school_a", "teacher")
    reader.do("request_form", ASKED)
    executor = place.actors["municipal_method_service"].position_id
    reader.do("request_take", {"outcome": "take", "executor": executor}, shows="Нужен разбор типичных ошибок")
    reader.do("request_reply", {"outcome": "need_info", "answer": "Какие темы?"}, shows="Нужен разбор")
    reader.do("request_more", {"text": "Дроби"}, shows="Какие темы?")
    reader.do("request_reply", ANSWERED, shows="Дроби")
    reader.do("request_rate", {"score": 4}, shows="Проведём в четверг")


def test_programmes(walker: Walker, place: SimpleNamespace) -> None:
    reader = Reader(walker)
    opened(walker, place, "municipal_program", "near", "municipal_authority")
    reader.do("mp_draft", draft(place), shows="Программы школ")
    returned = {"outcome": "return", "remarks": [{"text": "Уточните срок", "weight": "must"}]}
    reader.do("mp_operator", returned, shows="Купить оборудование")
    reader.do("mp_draft", {}, shows="Уточните срок")
    reader.do("mp_operator", {"outcome": "recommend"})
