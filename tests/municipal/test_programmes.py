"""Municipal programmes: listed schools, the operator's word or silence, the act, quarters, the report."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app import wiring
from app.cases import operations
from app.cases.handlers import Handlers
from app.cases.models import Case, Remark, Task
from app.documents.models import Document, Edition
from app.errors import Conflict, NotAllowed, Refused
from app.programmes import municipal_texts
from app.programmes.models import PlanRow
from app.programmes.municipal_models import HelpRequest, MunicipalProgramme
from tests.campaign.walk import Walker
from tests.municipal.conftest import YEAR, a_file

CONCLUSION = "Две школы из двух показали положительную динамику, вакансия учителя математики закрыта."


def opened(walker: Walker, place: SimpleNamespace) -> int:
    actor = place.actors["municipal_authority"]
    return operations.open_case(
        walker.system, "municipal_program", place.ids["near"], YEAR, actor=actor, now=walker.now
    )


def measure(place: SimpleNamespace, text: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "method",
        "text": text,
        "source": "none",
        "starts_on": "2026-10-12",
        "ends_on": "2027-05-28",
        "responsible": place.actors["municipal_method_service"].person_id,
        "result": "учителя владеют приёмами",
        "evidence": "report",
        **more,
    }


def draft(place: SimpleNamespace, **more: Any) -> dict[str, Any]:
    bought = {"kind": "money", "source": "local", "amount": 480_000.5, "school": place.ids["school_a"]}
    return {
        "name": "Программа улучшения результатов",
        "goal": "сократить число школ, нуждающихся в поддержке",
        "starts_on": "2026-10-05",
        "ends_on": "2027-06-30",
        "tasks": [{"text": "закрыть вакансии"}],
        "targets": [{"indicator": "dynamics", "base": 0, "target": 50}],
        "measures": [
            measure(place, "Методические дни"),
            measure(place, "Купить оборудование", **bought),
            measure(place, "Обмен практиками"),
        ],
        **more,
    }


def programme(walker: Walker, case_id: int) -> MunicipalProgramme:
    with walker.system.db.read() as session:
        return session.get_one(MunicipalProgramme, case_id)


@pytest.mark.req("OR-23", "OR-24", "OM-34")
def test_listed_schools_are_filled_in_and_may_not_be_left_out(walker: Walker, place: SimpleNamespace) -> None:
    opened(walker, place)
    task, actor = walker.task("mp_draft"), place.actors["municipal_authority"]
    blank = walker.form(task, actor)
    assert set(blank.schools.data) == {place.ids["school_a"], place.ids["school_b"]}
    form = walker.form(task, actor, draft(place, schools=[place.ids["school_a"]]))
    assert not form.validate()
    assert "нет школ из перечня" in " ".join(issue.text for issue in form.issues())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": -1, "source": "local"}, "не меньше 0"),
        ({"amount": 2_000_000_000, "source": "local"}, "не больше"),
        ({"source": "local"}, "впишите сумму"),
        ({"amount": 5, "source": "none"}, "без затрат"),
        ({"ends_on": "2027-08-01"}, "вне срока программы"),
        ({"starts_on": "2027-06-01", "ends_on": "2027-05-01"}, "срок раньше начала"),
        ({"text": ""}, "напишите меру"),
    ],
)
def test_a_measure_that_cannot_be_is_refused_by_its_row(
    walker: Walker, place: SimpleNamespace, changes: dict[str, Any], words: str
) -> None:
    opened(walker, place)
    answers = draft(place)
    answers["measures"][2] = {**measure(place, "Третья"), **changes}
    form = walker.form(walker.task("mp_draft"), place.actors["municipal_authority"], answers)
    assert not form.validate()
    said = " ".join(issue.text.lower() for issue in form.issues())
    assert words in said and "строка 3" in said


@pytest.mark.req("OR-22", "OR-29")
def test_the_operator_recommends_and_the_act_is_opened_with_the_programme(
    walker: Walker, place: SimpleNamespace
) -> None:
    case_id = opened(walker, place)
    walker.do("mp_draft", draft(place))
    task = walker.task("mp_operator")
    facts = walker.form(task, place.actors["regional_operator"]).facts
    with walker.system.db.read() as session:
        text = session.scalars(sa.select(Edition.html).where(Edition.document_id == facts["document_id"])).one()
    assert "Купить оборудование" in text and "480\u00a0000,50" in text.replace(" ", "\u00a0")
    walker.send(task, {"outcome": "recommend"})
    assert programme(walker, case_id).recommended is True
    with walker.system.db.read() as session:
        act = session.scalars(sa.select(Case).where(Case.kind == "act")).one()
        assert act.data["document_kind"] == "municipal_program_act" and act.parent_id == case_id
        assert session.scalars(sa.select(Task.form).where(Task.case_id == act.id)).one() == "act_draft"


def test_remarks_of_the_operator_come_back_to_the_draft(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("mp_draft", draft(place))
    walker.do(
        "mp_operator", {"outcome": "return", "remarks": [{"place": "мера 2", "text": "Уточните", "weight": "must"}]}
    )
    with walker.system.db.read() as session:
        remark = session.scalars(sa.select(Remark).where(Remark.case_id == case_id)).one()
        assert (remark.form, remark.place) == ("mp_draft", "мера 2")
    form = walker.form(walker.task("mp_draft"), place.actors["municipal_authority"])
    rows = [entry.form for entry in form.measures.entries]
    assert [row.text.data for row in rows] == ["Методические дни", "Купить оборудование", "Обмен практиками"]
    assert rows[1].amount.data == 480_000.5
    again = form.answers()
    again["measures"][1]["text"] = "Купить оборудование для двух кабинетов"
    walker.do("mp_draft", again)
    with walker.system.db.read() as session:
        rows = session.scalars(sa.select(PlanRow).order_by(PlanRow.number, PlanRow.edition)).all()
        assert [(r.number, r.edition, r.dropped_in) for r in rows] == [
            (1, 1, None),
            (2, 1, 2),
            (2, 2, None),
            (3, 1, None),
        ]


def test_silence_of_the_operator_does_not_stop_the_programme(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("mp_draft", draft(place))
    walker.now += timedelta(days=15)
    walker.settle()
    assert programme(walker, case_id).recommended is None
    assert not walker.tasks(form="mp_operator") and walker.tasks(form="act_draft")
    with walker.system.db.read() as session:
        review = session.scalars(
            sa.select(Case).where(Case.parent_id == case_id, Case.kind == "municipal_program")
        ).one()
        assert (review.status, review.outcome) == ("cancelled", "no_answer")


@pytest.mark.req("OR-33")
def test_a_proposal_is_decided_by_the_author_of_the_programme(walker: Walker, place: SimpleNamespace) -> None:
    case_id = opened(walker, place)
    walker.do("mp_draft", draft(place))
    walker.do("mp_operator", {"outcome": "return", "remarks": [{"text": "Уточните", "weight": "must"}]})
    asked = operations.open_case(
        walker.system, "request", place.ids["school_a"], YEAR, actor=place.actors["school_head"], now=walker.now
    )
    said = {"kind": "proposal", "topic": "Подвоз", "text": "Добавьте подвоз учителя", "plan": case_id}
    walker.do("request_form", said, case_id=asked)
    operator = place.actors["regional_operator"]
    walker.do("request_take", {"outcome": "take", "executor": operator.position_id}, case_id=asked)
    assert not walker.tasks(form="request_reply"), "it waits for the plan"
    form = walker.form(walker.task("mp_draft"), place.actors["municipal_authority"])
    assert "подвоз учителя" in form.proposals.entries[0].form.text.data
    decided = [{"row": asked, "decision": "partly", "reply": "С января"}]
    walker.do("mp_draft", {**form.answers(), "proposals": decided})
    with walker.system.db.read() as session:
        assert session.get_one(HelpRequest, asked).decision == "partly"
    reply = walker.form(walker.task("request_reply"), operator)
    assert (reply.answer.data, reply.decision.data) == ("С января", "partly")


def test_a_programme_that_reads_like_the_neighbours_is_told_to_the_operator(
    walker: Walker, place: SimpleNamespace
) -> None:
    case_id = opened(walker, place)
    walker.do("mp_draft", draft(place))
    with walker.system.db.write() as session:
        other = session.get_one(Case, case_id)
        copied = {c.name: getattr(other, c.name) for c in Case.__table__.columns if c.name not in ("id", "once_key")}
        twin = Case(**{**copied, "subject_id": place.ids["far"], "state": b"", "parent_id": None})
        session.add(twin)
        session.flush()
        row = session.get_one(MunicipalProgramme, case_id)
        same = {c.name: getattr(row, c.name) for c in MunicipalProgramme.__table__.columns}
        session.add(MunicipalProgramme(**{**same, "case_id": twin.id, "municipality_id": place.ids["far"]}))
        for one in session.scalars(sa.select(PlanRow).where(PlanRow.case_id == case_id)).all():
            mine = {c.name: getattr(one, c.name) for c in PlanRow.__table__.columns if c.name != "id"}
            session.add(PlanRow(**{**mine, "case_id": twin.id}))
    facts = walker.form(walker.task("mp_operator"), place.actors["regional_operator"]).facts
    assert [one["percent"] for one in facts["similar"]] == [100]


def approved(walker: Walker, place: SimpleNamespace) -> int:
    """A programme whose act is in force."""
    case_id = opened(walker, place)
    walker.do("mp_draft", draft(place))
    walker.do("mp_operator", {"outcome": "recommend"})
    walker.do("act_draft", {})
    walker.do("sign_off_route", {"stages": []})
    task = walker.task("act_sign")
    scan = a_file(walker, task.case_id, task.id, place.actors["municipal_authority"].person_id)
    walker.send(task, {"outcome": "sign", "method": "paper", "files": [scan]})
    walker.do("act_register", {})
    return case_id


needs_assignments = pytest.mark.skipif(
    "assignment" not in Handlers.join(wiring.parts()).kinds, reason="measures are given out as assignments"
)


@needs_assignments
@pytest.mark.req("OR-24", "OM-08")
def test_from_the_act_to_the_report(walker: Walker, place: SimpleNamespace) -> None:
    from tests.municipal.test_pages import Reader

    reader, case_id = Reader(walker), approved(walker, place)
    with walker.system.db.read() as session:
        paper = session.scalars(sa.select(Document).where(Document.kind == "municipal_program")).one()
        assert paper.state == "in_force" and paper.day is not None
        assert session.scalar(sa.select(sa.func.count()).where(Case.kind == "assignment")) == 3
    walker.now += timedelta(days=100)
    walker.settle()
    rows = walker.form(walker.task("mp_monitor"), place.actors["municipal_method_service"]).rows
    answer = [{"row": e.form.row.data, "course": "plan"} for e in rows.entries]
    closing = {"rows": answer, "outcome": "close", "reason": "Цели достигнуты"}
    reader.do("mp_monitor", closing, shows="Методические дни")
    reader.do("mp_report", {"targets": [{"row": 1, "fact": 50}], "conclusion": CONCLUSION}, shows="Меры программы")
    returned = {"outcome": "return", "remarks": [{"text": "Назовите школы", "weight": "must"}]}
    reader.do("mp_accept", returned, shows="вакансия учителя математики закрыта")
    reader.do("mp_report", {"targets": [{"row": 1, "fact": 60}], "conclusion": CONCLUSION}, shows="Назовите школы")
    reader.do("mp_accept", {"outcome": "accept"})
    with walker.system.db.read() as session:
        assert session.get_one(Case, case_id).status == "done"
        report = session.scalars(sa.select(Document).where(Document.kind == "programme_report")).one()
        assert report.number and report.state == "registered"
    assert programme(walker, case_id).targets[0]["fact"] == 60


def test_one_programme_at_a_time_and_only_by_the_municipality(walker: Walker, place: SimpleNamespace) -> None:
    opened(walker, place)
    with pytest.raises(Conflict, match="уже открыто"):
        opened(walker, place)
    with pytest.raises(NotAllowed):
        operations.open_case(
            walker.system, "municipal_program", place.ids["near"], YEAR, actor=place.actors["regional_operator"],
            now=walker.now,
        )  # fmt: skip
    with pytest.raises(Refused, match="составляет муниципалитет"):
        operations.open_case(
            walker.system, "municipal_program", place.ids["school_a"], YEAR,
            actor=place.actors["municipal_authority"], now=walker.now,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("today", "end"),
    [
        ("2026-10-05", "2026-12-31"),
        ("2026-12-25", "2027-03-31"),
        ("2027-03-10", "2027-03-31"),
        ("2026-06-20", "2026-09-30"),
    ],
)
def test_the_next_review_is_the_end_of_a_quarter_two_weeks_ahead(today: str, end: str) -> None:
    assert municipal_texts.quarter_end(date.fromisoformat(today)).isoformat() == end


@pytest.mark.parametrize(
    ("kopecks", "text"),
    [(0, "0"), (100, "1"), (48_000_050, "480\u00a0000,50"), (123, "1,23"), (10**11, "1\u00a0000\u00a0000\u00a0000")],
)
def test_money_is_counted_in_kopecks(kopecks: int, text: str) -> None:
    assert municipal_texts.roubles(kopecks).replace(" ", "\u00a0") == text
