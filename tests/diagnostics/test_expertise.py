"""Expertise called within a case: here it is the case itself, as any caller would see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.cases import drafts, operations
from app.cases.handlers import Handlers, Opening
from app.cases.models import Case, Deadline, Task
from app.db import utcnow
from app.diagnostics import expertise, replacing
from app.diagnostics.models import ExpertCard, Expertise
from app.documents.models import Document
from app.errors import NotAllowed, Refused
from app.journal.models import Event
from app.outbox.models import Message
from app.people import policy
from app.people.models import Person, Position
from app.worker import letters
from tests.campaign.walk import Walker
from tests.security.visitor import Visitor, site

from . import town as t


def open_expertise(walker: Walker, region: str) -> int:
    """The process on its own, with what a caller sets."""

    def describe(*given: Any) -> Opening:
        return Opening("Дорожная карта", scope={"expertise_kind": "roadmap"})

    handlers = Handlers.join([walker.system.handlers, Handlers(kinds={"expertise": describe})])
    walker.system = replace(walker.system, handlers=handlers)
    school = t.school_with_people(walker, region)
    opened = operations.open_case(walker.system, "expertise", school, t.YEAR, {}, actor=None, now=walker.now)
    walker.settle()
    return opened


def assign(walker: Walker, case: int, count: int, days: int = 7) -> None:
    task = walker.task("expertise_assign", case_id=case)
    known = list(walker.form(task, walker.holder(task)).context["choices"]["expert"])
    rows = [{"expert": position, "no_conflict": True} for position in known[:count]]
    walker.send(task, {"experts": rows, "days": days})


def card(walker: Walker, case: int, points: int, verdict: str) -> None:
    task = walker.task("expertise_card", case_id=case)
    rows = walker.form(task, walker.holder(task)).answers()["criteria"]
    lines = [{**row, "score": points, "remark": "уточнить сроки"} for row in rows]
    walker.send(task, {"criteria": lines, "verdict": verdict})


@pytest.mark.req("OR-39", "OR-19", "OR-54", "OM-18")
def test_experts_who_differ_call_a_third_and_the_paper_shows_all(walker: Walker, region_code: str) -> None:
    case = open_expertise(walker, region_code)
    assign(walker, case, 2)
    card(walker, case, 9, "recommend")
    card(walker, case, 3, "reject")
    assign(walker, case, 1)
    assert len(walker.tasks(form="expertise_card", case_id=case)) == 1, "only the third is asked"
    card(walker, case, 8, "recommend")
    task = walker.task("expertise_conclusion", case_id=case)
    form = walker.form(task, walker.holder(task))
    assert form.facts["majority"] == "recommend" and form.facts["mean"] == 67 and form.facts["spread"] == 60
    against = walker.form(task, walker.holder(task), {"expertise_result": "reject", "reason": ""})
    assert not against.validate(), "another result than the majority's needs a reason"
    walker.send(task, {"expertise_result": "recommend", "remarks": []})
    with walker.system.db.read() as session:
        row = session.scalars(sa.select(Expertise).where(Expertise.case_id == case)).one()
        assert (row.result, row.round, row.kind) == ("recommend", 1, "roadmap")
        paper = session.scalars(sa.select(Document).where(Document.case_id == case)).one()
        assert paper.kind == "expertise_conclusion" and paper.number


def test_one_expert_is_enough_and_is_told(walker: Walker, region_code: str) -> None:
    case = open_expertise(walker, region_code)
    assign(walker, case, 1)
    task = walker.task("expertise_card", case_id=case)
    rows = walker.form(task, walker.holder(task)).answers()["criteria"]
    high = walker.form(task, walker.holder(task), {"criteria": [{**r, "score": 11} for r in rows], "verdict": "revise"})
    assert not high.validate() and "не больше 10" in high.issues()[0].text.lower()
    card(walker, case, 7, "revise")
    walker.do("expertise_conclusion", {"expertise_result": "revise"}, case_id=case)
    with walker.system.db.read() as session:
        found = session.scalars(sa.select(ExpertCard)).all()
        assert len(found) == 1 and found[0].total == 70


def test_who_works_in_the_school_is_no_expert_of_it(walker: Walker, region_code: str) -> None:
    case = open_expertise(walker, region_code)
    task = walker.task("expertise_assign", case_id=case)
    with walker.system.db.write() as session:
        own = session.scalars(
            sa.text(
                'select id from position where organisation_id=(select subject_id from "case" where id=:c)'
            ).bindparams(c=case)
        ).first()
    organiser = walker.holder(task)
    with pytest.raises(Refused):
        answers = {"experts": [{"expert": own, "no_conflict": True}], "days": 7}
        operations.complete_task(
            walker.system, task.id, answers, {}, actor=organiser, now=walker.now, seen=task.version
        )


def test_who_works_in_the_school_for_a_term_is_no_expert_and_who_has_left_or_is_blocked_is_not_offered(
    walker: Walker, region_code: str
) -> None:
    case = open_expertise(walker, region_code)
    task, today = walker.task("expertise_assign", case_id=case), walker.now.date()

    def offered() -> list[int]:
        return [int(key) for key in walker.form(task, walker.holder(task)).context["choices"]["expert"]]

    inside, termed, blocked, left, *_ = offered()
    with walker.system.db.write() as session:
        at = {key: session.get_one(Position, key) for key in (inside, termed, blocked, left)}
        here = {"organisation_id": session.get_one(Case, case).subject_id, "role": "teacher", "title": "Учитель"}
        term = {"valid_from": today - timedelta(days=9), "valid_to": today + timedelta(days=9)}
        session.add(Position(person_id=at[inside].person_id, **here, **term))
        at[termed].valid_to, at[left].valid_to = today + timedelta(days=1), today - timedelta(days=1)
        session.get_one(Person, at[blocked].person_id).blocked_at = walker.now
    assert {inside, termed, blocked, left} & set(offered()) == {termed}


def test_majority_and_total() -> None:
    assert expertise.majority(["revise", "revise", "reject"]) == "revise"
    assert expertise.majority(["revise", "reject"]) is None
    criteria = [{"code": "a", "most": 10, "weight": 3}, {"code": "b", "most": 10, "weight": 1}]
    assert expertise.total(criteria, {"a": 5, "b": 9}) == 60


@pytest.mark.req("OR-39", "OR-66")
@pytest.mark.parametrize("days", [3, 15])
def test_a_card_is_due_after_the_days_that_the_organiser_gives(walker: Walker, region_code: str, days: int) -> None:
    case = open_expertise(walker, region_code)
    organiser = walker.holder(walker.task("expertise_assign", case_id=case))
    assign(walker, case, 1, days)
    calendar = walker.system.calendar(region_code)

    def due() -> date:
        return calendar.local(walker.task("expertise_card", case_id=case).due_at)

    assert due() == calendar.add_working(calendar.local(walker.now), days)
    walker.now += timedelta(days=30)
    with walker.system.db.read() as session:
        chosen = next(iter(replacing.candidates(session, walker.system, session.get_one(Case, case), walker.now)))
    replacing.replace(walker.system, case, 1, chosen, "не отвечает", actor=organiser, now=walker.now)
    assert due() == calendar.add_working(calendar.local(walker.now), days), "another expert has as many"


@pytest.mark.req("OR-39")
def test_an_expert_who_is_late_is_replaced_by_the_organiser(walker: Walker, region_code: str) -> None:
    case = open_expertise(walker, region_code)
    organiser = walker.holder(walker.task("expertise_assign", case_id=case))
    assign(walker, case, 1)
    task = walker.task("expertise_card", case_id=case)
    former = walker.holder(task)
    drafts.save(walker.system.db, task.id, {"pairs": [["comment", "моё мнение"]]}, seen=0, actor=former, now=walker.now)
    with walker.system.db.read() as session:
        row = session.get_one(Case, case)
        others = replacing.candidates(session, walker.system, row, walker.now)
        assert former.position_id not in others and replacing.late(session, case, walker.now) == []
    chosen = next(iter(others))
    words = {"row": 1, "position_id": chosen, "reason": "не отвечает две недели"}
    with pytest.raises(Refused, match="ещё не вышел"):
        replacing.replace(walker.system, case, **words, actor=organiser, now=walker.now)
    walker.now += timedelta(days=21)
    with walker.system.db.read() as session:
        row = session.get_one(Case, case)
        assert [one.row for one in replacing.late(session, case, walker.now)] == [1]
        assert (
            not replacing.may_replace(session, walker.system, former, row, walker.now) or former.role == organiser.role
        )
    with pytest.raises(Refused, match="назначить нельзя"):
        replacing.replace(
            walker.system, case, **{**words, "position_id": former.position_id}, actor=organiser, now=walker.now
        )
    replacing.replace(walker.system, case, **words, actor=organiser, now=walker.now)
    fresh = walker.task("expertise_card", case_id=case)
    assert fresh.id == task.id and fresh.position_id == chosen and walker.holder(fresh).position_id == chosen
    with walker.system.db.read() as session:
        due = session.scalars(sa.select(Deadline.due_at).where(Deadline.ref == fresh.id)).one()
        assert fresh.due_at == due and due > walker.now
        assert drafts.read(session, task.id) is None, "what the former had begun is his"
        told = session.scalars(sa.select(Event.body).where(Event.kind == "expertise.replaced")).one()
        assert "не отвечает две недели" in told
        expert = session.get_one(Position, chosen).person_id
    assert _addressees(walker, case, "Вам поручена экспертиза") == [expert]
    with pytest.raises(NotAllowed):
        operations.complete_task(walker.system, task.id, {}, {}, actor=former, now=walker.now)
    card(walker, case, 8, "recommend")
    walker.do("expertise_conclusion", {"expertise_result": "recommend"}, case_id=case)
    with walker.system.db.read() as session:
        assert session.scalars(sa.select(ExpertCard.position_id)).all() == [chosen]


def _addressees(walker: Walker, case: int, subject: str) -> list[int]:
    """People who get the letter with such a subject when everybody has mail."""
    with walker.system.db.write() as session:
        session.execute(sa.update(Person).values(email=Person.login + "@place.example"))
        found = session.scalars(sa.select(Message).where(Message.case_id == case, Message.topic == "mail"))
        asked = [(case, one.payload) for one in found if one.payload.get("subject", "").startswith(subject)]
        return [
            who for told in letters.recipients(letters.about(session, walker.system, asked, walker.now)) for who in told
        ]


@pytest.mark.req("OR-39", "OR-63")
def test_the_page_of_a_late_card_says_what_is_missing_and_replaces_the_expert(walker: Walker, region_code: str) -> None:
    case = open_expertise(walker, region_code)
    organiser = walker.holder(walker.task("expertise_assign", case_id=case))
    assign(walker, case, 1)
    task = walker.task("expertise_card", case_id=case)
    former, address = walker.holder(task), f"/cases/{case}/experts/1"
    reader = Visitor(site(walker.system), organiser)
    assert reader.get(address).status_code == 404, "the card is not late yet"
    with walker.system.db.write() as session:
        for table, key in ((Task, Task.id), (Deadline, Deadline.ref)):
            session.execute(sa.update(table).where(key == task.id).values(due_at=utcnow() - timedelta(days=3)))
        others = replacing.candidates(session, walker.system, session.get_one(Case, case), utcnow())
    assert f'href="{address}"' in reader.get(f"/cases/{case}").text
    page = reader.get(address).text
    assert former.name in page and f'value="{former.position_id}"' not in page
    assert all(f'value="{key}"' in page for key in others)
    bare = reader.post(address, {"expert": str(former.position_id)})
    assert bare.status_code == 422
    for words in ("Выберите эксперта", "Напишите причину", "не заинтересован в итоге"):
        assert words in bare.text
    chosen = next(iter(others))
    sent = {"expert": str(chosen), "reason": "не отвечает", "no_conflict": "yes"}
    half = reader.post(address, {**sent, "no_conflict": ""})
    assert half.status_code == 422 and ">не отвечает</textarea>" in half.text, "what was typed stays"
    if not policy.may(former, "task.assign"):
        assert Visitor(site(walker.system), former).post(address, sent).status_code in (403, 404)
    done = reader.post(address, sent)
    assert done.status_code == 303 and done.headers["Location"].endswith(f"/cases/{case}")
    assert walker.task("expertise_card", case_id=case).position_id == chosen
    assert "Эксперт заменён" in reader.get(f"/cases/{case}").text
    assert reader.post(address, sent).status_code == 404, "a second press finds nothing late"
