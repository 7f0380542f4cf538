"""Recommendations: a paper with its number, an answer, what was done; the help counted once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case
from app.documents.models import Document, Signature
from app.errors import NotAllowed, NotFound, Refused
from app.programmes.models import HelpGiven
from app.programmes.municipal_models import Recommendation, RecommendationRow
from tests.campaign.walk import Walker
from tests.municipal.conftest import YEAR, a_file

DRAFT: dict[str, Any] = {
    "audience": "teams",
    "basis_kind": "factor",
    "basis": "Высокая доля обучающихся с рисками учебной неуспешности",
    "direction": "practice",
    "rows": [{"text": "Провести входную диагностику", "due": "2026-11-20", "expected": "карта пробелов"}],
    "action": True,
}


def opened(walker: Walker, place: SimpleNamespace, role: str = "regional_operator", about: str = "school_a") -> int:
    actor = place.actors[role]
    return operations.open_case(walker.system, "recommendation", place.ids[about], YEAR, actor=actor, now=walker.now)


def status(walker: Walker, case_id: int) -> tuple[str, str | None]:
    with walker.system.db.read() as session:
        case = session.get_one(Case, case_id)
        return case.status, case.outcome


@pytest.mark.req("OR-15", "OM-24", "OR-79")
def test_from_the_draft_to_what_was_done(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("rec_draft", DRAFT)
    assert walker.holder(walker.task("rec_sign")).role == "operator_head"
    walker.do("rec_sign", {"outcome": "sign"})
    with walker.system.db.read() as session:
        document = session.scalars(sa.select(Document).where(Document.case_id == case_id)).one()
        assert (document.state, document.serial, document.kind) == ("registered", 1, "recommendation")
        assert session.scalars(sa.select(Signature.purpose)).all() == ["sign"]
    assert walker.holder(walker.task("rec_reply")).role == "school_head"
    walker.do("rec_reply", {"outcome": "question", "text": "По каким классам?"})
    assert walker.form(walker.task("rec_answer"), place.actors["regional_operator"]).facts["question"]
    walker.do("rec_answer", {"answer_text": "По 5 и 6"})
    walker.do("rec_reply", {"outcome": "accept", "decision": "roadmap"})
    task = walker.task("rec_mark")
    file = a_file(walker, case_id, task.id, place.actors["school_head"].person_id)
    marks = {"rows": [{"row": 1, "result": "done", "fact": "Проведена", "files": [file]}], "no_pupil_data": True}
    walker.do("rec_mark", marks)
    walker.do("rec_check", {"outcome": "return", "remarks": [{"text": "Приложите карту", "weight": "must"}]})
    walker.do("rec_mark", marks)
    walker.do("rec_check", {"outcome": "accept"})
    assert status(walker, case_id) == ("done", "done")
    with walker.system.db.read() as session:
        helped = session.scalars(sa.select(HelpGiven)).all()
        assert [(h.kind, h.school_id, h.provider_id) for h in helped] == [
            ("method", place.ids["school_a"], place.ids["operator"])
        ]
        assert session.scalars(sa.select(RecommendationRow.result)).all() == ["done"]


def test_without_action_the_answer_ends_the_case_and_counts_as_help(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("rec_draft", {**DRAFT, "action": False})
    walker.do("rec_sign", {"outcome": "sign"})
    walker.do("rec_reply", {"outcome": "accept", "decision": "decision"})
    assert status(walker, case_id)[0] == "done"
    with walker.system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(HelpGiven)) == 1


def test_a_refusal_may_be_agreed_to_or_not(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("rec_draft", DRAFT)
    walker.do("rec_sign", {"outcome": "sign"})
    walker.do("rec_reply", {"outcome": "decline", "text": "Уже идёт другая работа"})
    walker.do("rec_decline_check", {"outcome": "insist", "text": "Работа другая"})
    walker.do("rec_reply", {"outcome": "decline", "text": "Нет учителя"})
    walker.do("rec_decline_check", {"outcome": "agree", "text": "Согласны"})
    assert status(walker, case_id) == ("done", "declined")
    with walker.system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(HelpGiven)) == 0


@pytest.mark.req("OM-13")
@pytest.mark.parametrize(
    ("role", "signer", "kind"),
    [
        ("pd_center", "pd_center", "recommendation_centre"),
        ("municipal_method_service", "municipal_authority", "recommendation_municipal"),
    ],
)
def test_the_signer_follows_from_who_recommends(
    walker: Walker, place: SimpleNamespace, role: str, signer: str, kind: str
) -> None:
    opened(walker, place, role)
    walker.do("rec_draft", DRAFT)
    assert walker.holder(walker.task("rec_sign")).role == signer
    walker.do("rec_sign", {"outcome": "sign"})
    with walker.system.db.read() as session:
        document = session.scalars(sa.select(Document)).one()
        assert document.kind == kind and document.number


@pytest.mark.req("OM-31")
def test_the_same_words_to_another_school_are_told_to_the_signer(walker: Walker, place: SimpleNamespace) -> None:
    for about in ("school_a", "school_b"):
        case_id = opened(walker, place, about=about)
        walker.do("rec_draft", DRAFT, case_id=case_id)
    facts = walker.form(walker.task("rec_sign", case_id=case_id), place.actors["operator_head"]).facts
    assert [one["percent"] for one in facts["similar"]] == [100]


def test_a_return_brings_the_remarks_back_to_the_draft(walker: Walker, place: SimpleNamespace) -> None:
    opened(walker, place)
    walker.do("rec_draft", DRAFT)
    walker.do("rec_sign", {"outcome": "return", "remarks": [{"text": "Назовите классы", "weight": "must"}]})
    form = walker.form(walker.task("rec_draft"), place.actors["regional_operator"])
    assert form.rows.entries[0].form.text.data == DRAFT["rows"][0]["text"]
    walker.do("rec_draft", {**DRAFT, "rows": [{**DRAFT["rows"][0], "text": "Провести диагностику 5–6 классов"}]})
    walker.do("rec_sign", {"outcome": "sign"})
    with walker.system.db.read() as session:
        assert session.scalars(sa.select(Document.edition)).one() == 2


def test_a_teacher_answers_himself_and_no_title_names_him(walker: Walker, place: SimpleNamespace) -> None:
    opened(walker, place, "pd_center")
    teacher = place.actors["teacher"]
    walker.do("rec_draft", {**DRAFT, "person": teacher.position_id})
    walker.do("rec_sign", {"outcome": "sign"})
    assert walker.holder(walker.task("rec_reply")).position_id == teacher.position_id
    with walker.system.db.read() as session:
        assert "Кречетов" not in session.scalars(sa.select(Document.title)).one()
        assert session.scalars(sa.select(Recommendation.person_id)).one() == teacher.position_id


def test_only_those_who_help_recommend_and_only_in_their_territory(walker: Walker, place: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        opened(walker, place, "school_deputy")
    with pytest.raises(NotFound):
        opened(walker, place, "municipal_method_service", "school_c")
    with pytest.raises(Refused, match="школе или муниципалитету"):
        opened(walker, place, about="centre")
