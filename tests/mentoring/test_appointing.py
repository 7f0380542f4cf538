"""From the candidate to the order in force, and what follows: territory, replacement, history, who leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.system import System
from app.documents.models import Document, Edition, Signature
from app.errors import NotAllowed, Refused
from app.journal.models import Event
from app.outbox.models import Message
from app.people import actor as actors
from app.people import policy
from app.people import territory as land
from app.people.actor import Actor
from app.people.models import Assignment, Organisation, Position
from app.programmes.mentoring import candidates, contacts, leaving
from app.programmes.mentoring.models import ContactLog, Mentorship
from app.programmes.models import Consent, HelpGiven
from tests.campaign.walk import Walker
from tests.mentoring.scene import Scene


@pytest.fixture
def scene(system: System, walker: Walker, region_code: str) -> Scene:
    walker.now = datetime(2026, 10, 5, 9, tzinfo=UTC)
    return Scene(system, walker, region_code)


@pytest.mark.req("OR-25", "OR-34", "OR-16")
def test_one_order_covers_the_schools_whose_candidates_agreed_while_it_was_drafted(scene: Scene) -> None:
    first, second = scene.open(), scene.open(scene.other)
    for case in (first, second):
        scene.propose(case)
        scene.agree(case)
    assert [len(scene.children(case, "act")) for case in (first, second)] == [1, 0]
    act = scene.act_of(first)
    document = scene.places.issue(act)
    text = scene.places.text(act)
    assert scene.school.name in text and scene.other.name in text, "the annex names both schools"
    assert "Срок" in text and "с 05.10.2026 по 30.06.2027" in text
    for case, school in ((first, scene.school), (second, scene.other)):
        standing = scene.standing(case)
        assert standing is not None and standing.order_text.endswith(f"№ {document.number}")
        assert scene.forms_of(case) == ["mentoring_plan"]
        curator = scene.curator(school)
        assert curator is not None and curator.role == "curator" and curator.organisation_id != school.id


def test_the_curator_sees_the_school_from_the_order_on_and_not_before(scene: Scene) -> None:
    case = scene.open()
    scene.propose(case)
    scene.agree(case)
    assert scene.curator() is None
    scene.places.issue(scene.act_of(case))
    position = scene.curator()
    assert position is not None
    actor = scene.walker.actor_of(position.organisation_id, "curator")
    with scene.system.db.read() as session:
        seen = set(session.scalars(land.organisations_of(actor, scene.today)))
        assert scene.school.id in seen and scene.stranger.id not in seen
        assert policy.may(actor, "case.read", session.get_one(Case, case))
        head = scene.walker.actor_of(position.organisation_id, "school_head")
        assert scene.school.id not in set(session.scalars(land.organisations_of(head, scene.today)))


def authority(scene: Scene, organisation_id: int) -> list[Actor]:
    """Everybody of an authority, in his own position."""
    with scene.system.db.read() as session:
        people = session.scalars(sa.select(Position.person_id).where(Position.organisation_id == organisation_id))
        return [one for person in people for one in actors.actors_of(session, person, scene.today)]


@pytest.mark.req("OR-25")
def test_a_fourth_school_needs_the_head_and_a_reason(scene: Scene) -> None:
    case = scene.open()
    chosen = scene.fit(case)[0]
    with scene.system.db.write() as session:
        person = session.get_one(Position, chosen).person_id
        held = Position(
            person_id=person, organisation_id=session.get_one(Position, chosen).organisation_id, role="curator",
            title="Куратор", valid_from=scene.today,
        )  # fmt: skip
        session.add(held)
        session.flush()
        where = (Organisation.kind == "school", Organisation.id.not_in([scene.school.id, held.organisation_id]))
        most = candidates.limit(scene.profile, "curator")
        for school in session.scalars(sa.select(Organisation.id).where(*where).limit(most)):
            session.add(Assignment(position_id=held.id, organisation_id=school, valid_from=scene.today))
    task = scene.task("mentoring_candidate", case)
    actor = scene.walker.holder(task)
    answers = {"candidate": chosen, "starts_on": scene.today.isoformat(), "ends_on": "2027-06-30", "kinship": False}
    assert actor.head
    without = scene.walker.form(task, actor, answers)
    assert not without.validate() and any("обоснуйте" in issue.text for issue in without.issues())
    plain = next(one for one in authority(scene, actor.organisation_id) if not one.head)
    refused = scene.walker.form(task, plain, {**answers, "reason": "Больше некому, расстояние двадцать километров"})
    assert not refused.validate() and "только руководитель" in refused.issues()[0].text
    scene.propose(case, chosen, reason="Больше некому, расстояние двадцать километров")
    with scene.system.db.read() as session:
        row = session.scalars(sa.select(Mentorship).where(Mentorship.case_id == case)).one()
        assert row.override and row.state == "proposed"
        assert [c["code"] for c in row.checks if not c["passed"]] == ["load"]


def test_a_load_that_filled_meanwhile_sends_the_candidate_back(scene: Scene) -> None:
    """The page said he was fit; the check under the lock says what is true now."""
    cases = [scene.open(), scene.open(scene.other)]
    chosen = scene.fit(cases[1])[0]
    task = scene.task("mentoring_candidate", cases[1])
    form = scene.walker.form(
        task, scene.walker.holder(task),
        {"candidate": chosen, "starts_on": scene.today.isoformat(), "ends_on": "2027-06-30", "kinship": False},
    )  # fmt: skip
    assert form.validate()
    with scene.system.db.write() as session:
        held = Position(
            person_id=session.get_one(Position, chosen).person_id, role="curator", title="Куратор",
            organisation_id=session.get_one(Position, chosen).organisation_id, valid_from=scene.today,
        )  # fmt: skip
        session.add(held)
        session.flush()
        most = candidates.limit(scene.profile, "curator")
        where = (Organisation.kind == "school", Organisation.id.not_in([scene.other.id, held.organisation_id]))
        for school in session.scalars(sa.select(Organisation.id).where(*where).limit(most)):
            session.add(Assignment(position_id=held.id, organisation_id=school, valid_from=scene.today))
    operations.complete_task(
        scene.system, task.id, form.answers(), form.routing(), actor=scene.walker.holder(task), now=scene.walker.now
    )
    scene.walker.settle()
    assert scene.forms_of(cases[1]) == ["mentoring_candidate"]
    before = scene.laid_out("mentoring_candidate", cases[1]).facts["before"]
    assert before[0]["fate"] == "не прошёл проверку" and "3 из 3" in before[0]["reason"]


@pytest.mark.req("OR-34")
def test_nobody_of_the_school_itself_is_offered_and_kinship_ends_it(scene: Scene) -> None:
    case = scene.open()
    offered = dict(scene.laid_out("mentoring_candidate", case)["candidate"].choices)
    with scene.system.db.read() as session:
        own = set(session.scalars(sa.select(Position.id).where(Position.organisation_id == scene.school.id)))
    assert not own & set(offered)
    task = scene.task("mentoring_candidate", case)
    answers = {"candidate": scene.fit(case)[0], "starts_on": scene.today.isoformat(), "ends_on": "2027-06-30"}
    form = scene.walker.form(task, scene.walker.holder(task), {**answers, "kinship": True})
    assert not form.validate() and "конфликте интересов" in form.issues()[0].text
    longer = scene.walker.form(task, scene.walker.holder(task), {**answers, "ends_on": "2029-06-30", "kinship": False})
    assert not longer.validate()


def test_a_candidate_of_another_municipality_needs_the_word_of_his_own(scene: Scene) -> None:
    case = scene.open()
    task = scene.task("mentoring_candidate", case)
    form = scene.laid_out("mentoring_candidate", case)
    elsewhere = [int(key) for key in form.facts["elsewhere"] if key not in form.facts["failed"]]
    assert elsewhere, "donors of other municipalities are offered"
    answers = {
        "candidate": elsewhere[0],
        "starts_on": scene.today.isoformat(),
        "ends_on": "2027-06-30",
        "kinship": False,
    }
    sent = scene.walker.form(task, scene.walker.holder(task), answers)
    assert not sent.validate()
    assert {issue.field for issue in sent.issues()} == {"neighbour_agrees", "neighbour_paper"}


@pytest.mark.req("OR-34", "OR-53")
def test_the_consent_is_signed_and_kept_in_its_words(scene: Scene) -> None:
    case = scene.open()
    scene.propose(case)
    scene.agree(case)
    with scene.system.db.read() as session:
        kept = session.scalars(sa.select(Consent).where(Consent.case_id == case)).all()
        assert {row.purpose for row in kept} == {"mentoring_curator", "contacts"}
        assert scene.school.short_name in kept[0].wording
        document = session.scalars(sa.select(Document).where(Document.kind == "mentoring_consent")).one()
        signature = session.scalars(sa.select(Signature).where(Signature.document_id == document.id)).one()
        edition = session.scalars(sa.select(Edition).where(Edition.document_id == document.id)).one()
        assert signature.shown_sha256 == edition.sha256
        assert "по вторникам" in edition.html.replace("\u00a0", " ")


def test_who_refuses_is_followed_by_another_candidate(scene: Scene) -> None:
    case = scene.open()
    first = scene.fit(case)[0]
    scene.propose(case, first)
    scene.walker.do("mentoring_consent", {"outcome": "no", "reason": "Далеко ехать"}, case_id=case)
    before = scene.laid_out("mentoring_candidate", case).facts["before"]
    assert [(b["fate"], b["reason"]) for b in before] == [("не согласился", "Далеко ехать")]
    scene.appoint(case, scene.fit(case)[1])
    with scene.system.db.read() as session:
        rows = session.scalars(sa.select(Mentorship).where(Mentorship.case_id == case).order_by(Mentorship.number))
        assert [row.state for row in rows] == ["declined", "appointed"]


@pytest.mark.req("OR-25")
def test_the_old_curator_works_until_the_order_on_the_new_one(scene: Scene) -> None:
    case, visits = scene.accompanied()
    old = scene.curator()
    assert old is not None
    while "mentoring_review" not in scene.forms_of(case):
        scene.wait(10)
    scene.walker.do("mentoring_review", {"outcome": "replace", "reason": "Переходит на другую работу"}, case_id=case)
    scene.propose(case, scene.fit(case)[1], ends_on="2027-06-30")
    scene.agree(case)
    assert scene.curator().id == old.id, "the order is not in force yet"
    scene.places.issue(scene.act_of(case))
    new = scene.curator()
    assert new is not None and new.person_id != old.person_id
    holders = {task.position_id for visit in visits for task in scene.walker.tasks(case_id=visit)}
    assert holders == {new.id}, "open visits pass to the new curator"
    assert scene.curator(on=scene.today - timedelta(days=1)).id == old.id, "history stays"


@pytest.mark.req("OR-25", "OR-43")
def test_visits_of_a_curator_who_leaves_pass_to_the_method_service_until_the_new_order(scene: Scene) -> None:
    case, visits = scene.accompanied()
    curator = scene.curator()
    assert curator is not None
    actor = scene.walker.actor_of(curator.organisation_id, "curator")
    with pytest.raises(Refused):
        leaving.release(
            scene.system, case, scene.today + timedelta(days=3), "Увольняется", actor=actor, now=scene.walker.now
        )
    passed = leaving.release(scene.system, case, scene.today, "Увольняется", actor=actor, now=scene.walker.now)
    scene.walker.settle()
    tasks = [task for visit in visits for task in scene.walker.tasks(case_id=visit)]
    assert sorted(task.id for task in tasks) == sorted(passed)
    assert {task.role for task in tasks} == {"municipal_method_service"} and {t.position_id for t in tasks} == {None}
    assert scene.forms_of(case) == ["mentoring_review"], "the review is called at once"
    review = scene.laid_out("mentoring_review", case)
    assert "Увольняется" in review.facts["alert"] and review.facts["left"]
    task = scene.task("mentoring_review", case)
    stay = scene.walker.form(task, scene.walker.holder(task), {"outcome": "continue"})
    assert not stay.validate(), "who has left cannot go on"
    scene.wait(2)
    assert scene.curator() is None
    scene.walker.do("mentoring_review", {"outcome": "replace", "reason": "Куратор уволился"}, case_id=case)
    scene.appoint(case, scene.fit(case)[1])
    new = scene.curator()
    assert {t.position_id for visit in visits for t in scene.walker.tasks(case_id=visit)} == {new.id}
    with scene.system.db.read() as session:
        old = session.scalars(sa.select(Mentorship).where(Mentorship.state == "ended")).one()
        assert old.end_reason == "Увольняется"


def test_only_those_concerned_may_report_that_a_curator_left(scene: Scene) -> None:
    case, _ = scene.accompanied()
    stranger = scene.walker.actor_of(scene.school.id, "school_head")
    with pytest.raises(NotAllowed):
        leaving.release(scene.system, case, scene.today, "Просто так", actor=stranger, now=scene.walker.now)


@pytest.mark.req("OR-34")
def test_a_curator_whose_own_school_is_listed_is_reviewed_at_once(scene: Scene) -> None:
    case, _ = scene.accompanied()
    curator = scene.curator()
    assert curator is not None and scene.forms_of(case) == []
    with scene.system.db.read() as session:
        home = session.get_one(Organisation, curator.organisation_id)
    scene.open(home)
    assert scene.forms_of(case) == ["mentoring_review"]
    assert home.short_name in scene.laid_out("mentoring_review", case).facts["alert"]
    scene.walker.do("mentoring_review", {"outcome": "continue", "rating": 5}, case_id=case)
    assert scene.forms_of(case) == [], "what was looked at does not call again"


@pytest.mark.req("OR-16")
def test_a_curator_not_appointed_in_time_is_the_operators_and_then_the_ministrys_matter(scene: Scene) -> None:
    case = scene.open()
    for _ in range(25):
        scene.wait(1)
    with scene.system.db.read() as session:
        told = sa.select(Event.body).where(Event.case_id == case, Event.kind == "deadline.reminded").order_by(Event.seq)
        said = [orjson.loads(body)["data"] for body in session.scalars(told)]
        letters = session.scalars(sa.select(Message.payload).where(Message.case_id == case, Message.topic == "mail"))
        asked = [one["ask"] for one in letters if one.get("ask")]
    late = [(one["tell"], one["after"]) for one in said if one["deadline"] == "Предложить кандидата"]
    assert late[-2:] == [("regional_operator", 8), ("ministry", 10)]
    assert any("реестра школ-доноров" in one for one in asked) and any("поручение" in one for one in asked)


@pytest.mark.req("OR-34", "OM-11")
def test_the_plan_of_a_year_calls_the_review_of_who_is_appointed(scene: Scene) -> None:
    case, _ = scene.accompanied()
    with operations.unit_of(scene.system, None, scene.walker.now) as unit:
        move = Move.load(unit, operations.locked(unit.session, case))
        leaving.call_review(move, case, "Пересмотр в плане года: 2027/28")
    scene.walker.settle()
    assert scene.forms_of(case) == ["mentoring_review"]
    assert scene.laid_out("mentoring_review", case).facts["alert"] == "Пересмотр в плане года: 2027/28"


@pytest.mark.req("OR-16")
def test_contacts_are_logged_the_whole_year_and_are_help_given(scene: Scene) -> None:
    case = scene.open()
    scene.appoint(case)
    line = {"day": scene.today.isoformat(), "form": "call", "whom": "директор", "about": "График", "minutes": 20}
    scene.plan(case, contacts=[line])
    curator = scene.curator()
    assert curator is not None
    actor = scene.walker.actor_of(curator.organisation_id, "curator")
    scene.wait(30)
    later = {**line, "day": scene.today.isoformat(), "form": "video"}
    contacts.log(scene.system, case, later, actor=actor, now=scene.walker.now)
    with pytest.raises(Refused):
        tomorrow = (scene.today + timedelta(days=1)).isoformat()
        contacts.log(scene.system, case, {**line, "day": tomorrow}, actor=actor, now=scene.walker.now)
    head = scene.walker.actor_of(scene.school.id, "school_head")
    with pytest.raises(NotAllowed):
        contacts.log(scene.system, case, line, actor=head, now=scene.walker.now)
    with scene.system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ContactLog)) == 2
        helped = session.scalars(sa.select(HelpGiven).where(HelpGiven.case_id == case)).all()
        assert {(h.kind, h.provider_id) for h in helped} == {("curator", curator.organisation_id)} and len(helped) == 2


@pytest.mark.req("OR-16", "OR-44")
def test_a_tutor_is_appointed_by_the_centre_and_a_year_ends_with_an_accepted_report(scene: Scene) -> None:
    case = scene.open(kind="tutor")
    task = scene.task("mentoring_candidate", case)
    assert (task.role, task.organisation_id) == ("pd_center", scene.bodies["centre"])
    scene.appoint(case)
    with scene.system.db.read() as session:
        act = session.scalars(sa.select(Document).where(Document.kind == "tutor_order")).one()
        assert act.state == "in_force"
    scene.plan(case)
    while not scene.forms_of(case):
        scene.wait(10)
    scene.walker.do("mentoring_review", {"outcome": "end", "reason": "Маршруты пройдены", "rating": 5}, case_id=case)
    report = {"done": "Проведены консультации по маршрутам педагогов", "advice": "Продолжать"}
    report["changes"] = "Педагоги проводят разборы сами, без тьютора"
    scene.walker.do("mentoring_report", report, case_id=case)
    scene.walker.do("mentoring_sign", {"outcome": "return"}, case_id=case)
    scene.walker.do("mentoring_report", case_id=case)
    scene.walker.do("mentoring_sign", {"outcome": "sign"}, case_id=case)
    remarks = [{"place": "2", "text": "Добавьте контакты", "weight": "must"}]
    scene.walker.do("mentoring_accept", {"outcome": "return", "remarks": remarks}, case_id=case)
    scene.walker.do("mentoring_report", case_id=case)
    scene.walker.do("mentoring_sign", {"outcome": "sign"}, case_id=case)
    scene.walker.do("mentoring_accept", {"outcome": "accept"}, case_id=case)
    assert scene.case(case).status == "done" and scene.standing(case) is None
    with scene.system.db.read() as session:
        document = session.scalars(sa.select(Document).where(Document.kind == "mentoring_report")).one()
        valid = session.scalars(
            sa.select(Signature).where(Signature.document_id == document.id, Signature.fallen_at.is_(None))
        ).all()
        assert document.state == "registered" and len(valid) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Task).where(Task.case_id == case)) == 0
