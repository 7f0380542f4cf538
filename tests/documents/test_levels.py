"""Acts of the three levels: who drafts, signs and numbers them, on whose letterhead, in whose register."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases import why
from app.cases.models import Case, Deadline
from app.documents import sheets
from app.documents.models import Document
from app.errors import NotAllowed, Refused
from app.people.models import Person, Position
from tests.campaign.walk import Walker

from .places import Places


@pytest.fixture
def places(walker: Walker, region_code: str) -> Places:
    return Places(walker, region_code)


@pytest.mark.req("OR-02", "OM-01", "OM-06")
def test_a_municipal_act_is_signed_by_the_head_and_numbered_in_the_register_of_its_own(places: Places) -> None:
    head = places.head(places.municipality)
    case = places.open("municipal_act", places.municipality, head)
    assert places.walker.holder(places.walker.task("act_draft", case_id=case)).position_id == head.position_id
    document = places.issue(case)
    assert (document.organisation_id, document.state) == (places.municipality, "in_force")
    assert document.number is not None and document.number.endswith("-1")
    assert "Орган управления образованием" in places.text(case) and "Начальник управления" in places.text(case)
    assert places.act(case).level == "municipality"
    assert not places.walker.tasks(form="act_publish", case_id=case)


def test_the_author_of_a_municipality_chooses_whom_to_ask_for_a_visa(places: Places) -> None:
    case = places.open("municipal_act", places.municipality, places.head(places.municipality))
    places.draft(case)
    colleague = places.walker.actor_of(places.municipality, "municipal_authority")
    row = {"stage": 1, "position": colleague.position_id, "scope": "whole", "days": 3}
    places.walker.do("sign_off_route", {"stages": [row]}, case_id=case)
    assert places.walker.task("sign_off_visa", case_id=case).position_id == colleague.position_id


def test_who_works_to_a_last_day_ahead_may_be_asked_for_a_visa_and_who_is_to_come_may_not(places: Places) -> None:
    walker, today = places.walker, places.walker.now.date()
    case = places.open("municipal_act", places.municipality, places.head(places.municipality))
    places.draft(case)
    staff = {"organisation_id": places.municipality, "role": "municipal_authority", "title": "Специалист"}
    month = timedelta(days=30)
    with walker.system.db.write() as session:
        person = walker.actor_of(places.municipality, "municipal_authority").person_id
        terms = {
            "here": (today - month, today + month),
            "gone": (today - month, today - timedelta(days=1)),
            "to come": (today + timedelta(days=1), None),
        }
        rows = {
            name: Position(person_id=person, valid_from=since, valid_to=last, **staff)
            for name, (since, last) in terms.items()
        }
        session.add_all(rows.values())
        session.flush()
        ids = {row.id: name for name, row in rows.items()}
    task = walker.task("sign_off_route", case_id=case)
    offered = walker.form(task, walker.holder(task)).context["choices"]["position"]
    assert {ids[key] for key in offered if key in ids} == {"here"}


def hand_over(places: Places, position_id: int) -> tuple[Position, Position]:
    """The position ends in five days and somebody new comes after it."""
    with places.walker.system.db.write() as session:
        left = session.get_one(Position, position_id)
        left.valid_to = places.walker.now.date() + timedelta(days=5)
        heir = Person(family_name="Яснополянова", given_name="Ия", login="heir", created_at=places.walker.now)
        session.add(heir)
        session.flush()
        same = {name: getattr(left, name) for name in ("organisation_id", "role", "head", "code", "title")}
        came = Position(person_id=heir.id, valid_from=left.valid_to + timedelta(days=1), **same)
        session.add(came)
        session.flush()
        session.expunge_all()
    return left, came


def test_a_sheet_begun_by_a_case_at_rest_asks_who_serves_now(places: Places) -> None:
    walker = places.walker
    case = places.open("ministry_act", places.kinds["region"])
    places.draft(case)
    task = walker.task("sign_off_route", case_id=case)

    def asked() -> set[int]:
        return {int(row["position"]) for row in walker.form(task, walker.holder(task)).answers()["stages"]}

    left, came = hand_over(places, max(asked() - {walker.holder(task).position_id}))
    assert left.id in asked()
    walker.now += timedelta(days=40)
    assert came.id in asked() and left.id not in asked()


def test_the_sentence_about_a_case_at_rest_names_who_serves_now(places: Places) -> None:
    walker = places.walker
    case = places.open("working_group_order", places.school)
    former = walker.actor_of(places.school, "school_deputy")

    def said() -> str:
        with walker.system.db.read() as session:
            return why.why(session, walker.system, session.get_one(Case, case), walker.now).text

    hand_over(places, former.position_id)
    assert former.name.split()[0] in said() and "Яснополянова" not in said()
    walker.now += timedelta(days=40)
    assert "Яснополянова" in said() and former.name.split()[0] not in said()


@pytest.mark.req("OM-44", "OR-71")
@pytest.mark.parametrize("days", [3, 7])
def test_a_visa_is_due_when_its_row_of_the_sheet_says_and_for_the_part_that_it_names(places: Places, days: int) -> None:
    walker = places.walker
    case = places.open("municipal_act", places.municipality, places.head(places.municipality))
    places.draft(case)
    colleague = walker.actor_of(places.municipality, "municipal_authority")
    row = {"stage": 1, "position": colleague.position_id, "scope": "sections", "sections": "text", "days": days}
    walker.do("sign_off_route", {"stages": [row]}, case_id=case)
    task, calendar = walker.task("sign_off_visa", case_id=case), walker.system.calendar(places.region)
    due = calendar.end_of(calendar.add_working(calendar.local(walker.now), days))
    with walker.system.db.read() as session:
        term = session.scalars(sa.select(Deadline).where(Deadline.ref == task.id)).one()
        assert (task.due_at, term.due_at, term.term) == (due, due, f"{days}wd")
        document = session.get_one(Document, places.document(case).id)
        assert [visa["scope"] for visa in sheets.printed(session, walker.system, document)["visas"]] == ["текст"]


@pytest.mark.req("OR-02")
def test_an_order_of_a_school_needs_no_visas_and_may_be_signed_in_the_system(places: Places) -> None:
    case = places.open("working_group_order", places.school)
    task = places.walker.task("act_draft", case_id=case)
    assert (task.role, task.organisation_id) == ("school_deputy", places.school)
    document = places.issue(case)
    assert document.number == "1-од" and document.organisation_id == places.school
    text = places.text(case)
    assert "приказываю:" in text and "Подписано простой электронной подписью" in text
    assert "Контроль за исполнением настоящего приказа оставляю за собой." in text


@pytest.mark.req("OR-02")
def test_a_school_without_an_authority_gets_the_ministrys_act(places: Places) -> None:
    case = places.open("municipal_order", places.lone)
    document = places.issue(case)
    profile = places.walker.system.profile(places.region)
    assert document.organisation_id == places.kinds["ministry"]
    assert document.number == profile.registers["ministry"].mask.format(n=1)
    assert profile.document_kinds["ministry_act"].genitive in places.text(case)
    assert places.act(case).level == "region"


def test_an_order_of_the_centre(places: Places) -> None:
    values = {"programme": "Анализ урока", "hours": "36", "from": "01.12.2026", "to": "20.12.2026"}
    case = places.open("enrolment_order", places.kinds["centre"], values=values)
    document = places.issue(case)
    assert document.organisation_id == places.kinds["centre"] and document.number == "ЦНППМ-1"
    assert document.title.endswith("«Анализ урока»") and "в объёме 36" in places.text(case).replace("объеме", "объёме")


def test_what_nobody_knows_is_left_to_be_written_in(places: Places) -> None:
    case = places.open("enrolment_order", places.kinds["centre"])
    assert "«________»" in places.case(case).title


def test_one_opens_the_acts_of_ones_own_organisation(places: Places) -> None:
    head, school = places.head(places.municipality), places.head(places.school)
    with pytest.raises(NotAllowed):
        places.open("ministry_act", places.municipality, head)
    with pytest.raises(NotAllowed):
        places.open("mentor_pair_order", places.school, school)
    with pytest.raises(NotAllowed):
        places.open("municipal_act", places.school, school)
    with pytest.raises(Refused):
        places.open("social_passport", places.school)
    assert places.case(places.open("school_order", places.school, school)).opened_by == school.position_id


def test_the_level_that_a_browser_sends_is_not_believed(places: Places) -> None:
    case = places.open("municipal_act", places.municipality, places.head(places.municipality))
    places.draft(case, {"level": "school"})
    assert places.walker.tasks(form="sign_off_route", case_id=case)


def test_two_municipalities_count_apart(places: Places) -> None:
    for serial in (1, 2):
        document = places.issue(places.open("municipal_act", places.municipality, places.head(places.municipality)))
        assert document.serial == serial
    other = places.kinds["municipality"]
    if other != places.municipality:
        assert places.issue(places.open("municipal_act", other, places.head(other))).serial == 1


@pytest.mark.req("OR-61", "OR-66")
def test_points_with_a_term_become_assignments_on_the_day_of_force(places: Places) -> None:
    """Each municipality gets its own of a region's point; a point without a term stays a sentence."""
    points = [
        {"text": "Назначить кураторов.", "executor": "municipal_authority", "due": "2026-12-15", "controlled": True},
        {"text": "Утвердить положение."},
    ]
    case = places.open("ministry_act", places.kinds["region"])
    places.draft(case, {"points": points})
    places.visas(case)
    assert not places.children(case, "assignment"), "nothing is to be done by a draft"
    places.walker.do("act_sign", places.signature(case), case_id=case)
    places.walker.do("act_register", case_id=case)
    for task in places.walker.tasks(form="act_publish", case_id=case):
        places.publish(task)
    opened = places.children(case, "assignment")
    assert {one.subject_id for one in opened} == set(places.municipalities())
    number = places.document(case).number
    for one in opened:
        assert (one.data["origin"], one.data["control"], one.data["due_on"]) == ("order", "usual", "2026-12-15")
        assert one.data["text"] == "Назначить кураторов." and str(number) in one.data["basis"]
