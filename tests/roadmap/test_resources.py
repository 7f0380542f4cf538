"""Requests for resources: one answer a case, the rest split off, delivery confirmed, its use told of after half a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case
from app.documents import signing, texts
from app.documents.models import Document, Edition, Signature
from app.errors import Refused
from app.programmes import resources
from app.programmes.models import HelpGiven
from app.programmes.plan_models import ResourceRequest
from tests.roadmap.conftest import School

NEED = {
    "kind": "equipment", "what": "Принтер", "quantity": 2, "unit": "шт.", "price": 30000,
    "urgency": "this_year", "factor": "equipment_low",
}  # fmt: skip
ASKED = {"needs": [NEED, {**NEED, "kind": "staff", "what": "Учитель математики"}], "grounds": "Печатать негде."}


def ask(school: School, asked: dict = ASKED) -> int:
    deputy = school.region.actors["school_deputy"]
    case_id = operations.open_case(
        school.system, "resource_request", school.school_id, 2026, actor=deputy, now=school.now
    )
    school.send(school.task("resource_form", case_id=case_id), asked)
    return case_id


def act_of_delivery(school: School, case_id: int) -> dict:
    files = {"files": [school.put_file(case_id, "акт.pdf")], "no_pupil_data": True}
    return {"delivered": 2, "day": school.now.date().isoformat(), **files}


def test_the_request_carries_the_mark_of_who_sends_it(school: School) -> None:
    """Sent again after a question it is signed anew; the answer that comes later changes nothing signed."""
    case_id = ask(school)
    school.do("resource_municipal", {"outcome": "return", "reason": "Уточните количество"})
    school.send(school.task("resource_form", case_id=case_id), {**ASKED, "needs": [{**NEED, "quantity": 1}]})
    school.do("resource_municipal", {"outcome": "meet"})
    with school.system.db.read() as session:
        paper = session.scalars(sa.select(Document).where(Document.case_id == case_id)).one()
        mark, answered = signing.valid(session, paper.id, "sign")
        edition = texts.current(session, paper)
        assert mark.position_id == school.region.actors["school_deputy"].position_id
        assert mark.shown_sha256 == edition.sha256 and mark.sign_id in edition.html
        assert answered.scope == "answer" and answered.shown_sha256 == edition.scopes["answer"]
        assert session.scalar(sa.select(sa.func.count()).select_from(Signature)) == 3, "the first one has fallen"


@pytest.mark.req("OR-71")
def test_the_answer_is_signed_and_what_was_split_off_names_the_request_it_was_signed_in(school: School) -> None:
    case_id = ask(school)
    task = school.task("resource_municipal")
    school.send(task, {"outcome": "meet", "apart": [school.form(task, school.holder(task)).apart.choices[1][0]]})
    sister = school.task("resource_municipal").case_id
    school.now += timedelta(days=1)
    school.do("resource_allocate", {"funds": "local", "amount": 60000, "deliver_by": "2026-12-20"}, case_id=case_id)
    school.do("resource_municipal", {"outcome": "refuse", "reason": "Ставки нет"}, case_id=sister)

    def paper_of(session: sa.orm.Session, case: int) -> tuple[Document, Edition, dict[str, Signature]]:
        paper = session.scalars(sa.select(Document).where(Document.case_id == case)).one()
        signed = {one.scope: one for one in signing.valid(session, paper.id, "sign")}
        return paper, texts.current(session, paper), signed

    with school.system.db.read() as session:
        paper, text, signed = paper_of(session, case_id)
        assert set(signed) == {"all", "answer", "terms"}
        assert signed["all"].shown_sha256 == text.sha256, "the school's request stands as it was signed"
        assert all(signed[part].shown_sha256 == text.scopes[part] for part in ("answer", "terms"))
        assert all(one.sign_id in text.html for one in signed.values())
        assert [need["what"] for need in text.context["needs"]] == ["Принтер", "Учитель математики"]
        assert text.context["answer"]["terms"] == ["Рассматривается отдельной заявкой: Учитель математики"]
        assert text.context["answer"]["decided_on"] != text.context["terms"]["settled_on"]
        _, apart, under = paper_of(session, sister)
        assert set(under) == {"answer"} and under["answer"].sign_id in apart.html
        assert signed["all"].sign_id in apart.html and paper.code in apart.html
        assert [need["what"] for need in apart.context["needs"]] == ["Учитель математики"]


@pytest.mark.req("OR-23", "OR-68", "OM-21")
def test_from_the_need_to_its_use(school: School) -> None:
    case_id = ask(school)
    task = school.task("resource_municipal")
    apart = school.form(task, school.holder(task)).apart.choices[1][0]
    school.send(task, {"outcome": "meet", "apart": [apart]})
    sister = school.task("resource_municipal")
    assert sister.case_id != case_id, "the item with another answer has a case of its own"
    school.do("resource_municipal", {"outcome": "up"}, case_id=sister.case_id)
    school.do("resource_region", {"outcome": "refuse", "reason": "Средств нет"})
    school.do("resource_allocate", {"funds": "local", "amount": 60000, "deliver_by": "2026-12-20"})
    school.do("resource_deliver", act_of_delivery(school, case_id))
    school.do("resource_confirm", {"outcome": "partly", "note": "Один не работает"})
    school.do("resource_deliver", act_of_delivery(school, case_id))
    school.do("resource_confirm", {"outcome": "received"})
    assert not school.tasks(form="resource_effect"), "half a year has not passed"
    school.now = datetime(2027, 6, 1, 9, tzinfo=UTC)
    school.settle()
    school.do("resource_effect", {"used": True, "changed": "Задания печатают"})
    with school.system.db.read() as session:
        assert session.get_one(Case, case_id).status == "done"
        assert session.get_one(Case, sister.case_id).status == "done", "the refusal was delivered"
        row = session.get_one(ResourceRequest, case_id)
        assert (row.decision, row.received, row.used) == ("meet", "received", True)
        assert session.scalars(sa.select(HelpGiven.kind)).all() == ["resource"]
        papers = session.scalars(sa.select(Document.case_id).where(Document.kind == "resource_request")).all()
        assert sorted(papers) == sorted([case_id, sister.case_id])


def test_the_same_need_is_not_asked_twice(school: School) -> None:
    first = ask(school)
    with pytest.raises(Refused, match=f"дело № {first}"):
        ask(school)


def test_the_school_answers_a_question_and_tells_of_the_use_early(school: School) -> None:
    case_id = ask(school)
    school.do("resource_municipal", {"outcome": "return", "reason": "Какая модель?"})
    task = school.task("resource_form")
    blank = school.form(task, school.holder(task))
    assert blank.facts["question"] == "Какая модель?" and len(blank.needs.filled) == 2
    school.send(task)
    school.do("resource_municipal", {"outcome": "network", "partner": "Гимназия № 1"})
    school.do("resource_allocate", {"funds": "free", "deliver_by": "2026-12-20"})
    school.do("resource_deliver", act_of_delivery(school, case_id))
    school.do("resource_confirm", {"outcome": "received"})
    resources.report_early(school.system, case_id, actor=school.region.actors["school_head"], now=school.now)
    school.settle()
    assert school.task("resource_effect")
