"""A visit from its plan to the acknowledged report: the school's word, silence, remarks, help given."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Deadline, Task
from app.cases.move import Proof
from app.cases.system import System
from app.documents.models import Document, Edition, Signature
from app.errors import NotAllowed, NotFound, StaleCase
from app.people.models import Organisation, Position
from app.programmes.mentoring import postponing
from app.programmes.mentoring.models import Visit
from app.programmes.models import HelpGiven, PlanRow
from tests.campaign.walk import Walker
from tests.mentoring.scene import PLAN, Scene
from tests.security.visitor import Visitor, site
from tests.workflows import reading


@pytest.fixture
def scene(system: System, walker: Walker, region_code: str) -> Scene:
    walker.now = datetime(2026, 10, 5, 9, tzinfo=UTC)
    return Scene(system, walker, region_code)


def by_service(scene: Scene, kind: str = "method_service") -> int:
    """A visit that the method service of the school opens itself."""
    return postponing.open_visits(scene.system, kind, [scene.school.id], actor=service(scene), now=scene.walker.now)[0]


def service(scene: Scene):
    with scene.system.db.read() as session:
        where = (Organisation.kind == "method_service", Organisation.parent_id == scene.school.parent_id)
        place = session.scalars(sa.select(Organisation.id).where(*where)).first()
        assert place is not None
    return scene.walker.actor_of(place, "municipal_method_service")


def row_of(scene: Scene, visit: int) -> Visit:
    with scene.system.db.read() as session:
        return session.get_one(Visit, visit)


def marks(scene: Scene, visit: int) -> list[dict[str, object]]:
    """The check-list, every position marked."""
    return [{**line, "mark": "2"} for line in scene.laid_out("visit_report", visit)["blocks"].answer()]


def signed(scene: Scene, visit: int) -> None:
    scene.arrive(visit)
    scene.report(visit, blocks=marks(scene, visit))
    scene.walker.do("visit_sign", {"outcome": "sign"}, case_id=visit)


@pytest.mark.req("OR-43", "OR-16", "OR-45")
def test_a_visit_of_the_curator_from_plan_to_acknowledged_report(scene: Scene) -> None:
    _, (visit, _) = scene.accompanied()
    assert scene.laid_out("visit_plan", visit)["at"].data == datetime(2026, 12, 8, 10), (
        "the plan of the year is filled in"
    )
    day = scene.arrive(visit)
    form = scene.laid_out("visit_report", visit)
    assert form["day"].data == date.fromisoformat(day) and form["lessons"].answer()[0]["subject"] == "math"
    scene.report(visit, advice=[{"text": "Ввести работу в парах", "responsible": None, "due": None}])
    with scene.system.db.read() as session:
        assert not session.scalars(sa.select(HelpGiven)).all(), "help is given when the report is signed"
    scene.walker.do("visit_sign", {"outcome": "return"}, case_id=visit)
    assert scene.laid_out("visit_report", visit)["found"].data == "Разборы уроков ведутся не всеми."
    scene.report(visit, found="Разборы ведут шесть учителей из девяти.")
    scene.walker.do("visit_sign", {"outcome": "sign"}, case_id=visit)
    scene.walker.do("visit_ack", {"outcome": "ack"}, case_id=scene.reply(visit))
    assert scene.case(visit).status == "done"
    with scene.system.db.read() as session:
        document = session.scalars(sa.select(Document).where(Document.kind == "visit_report")).one()
        edition = session.scalars(
            sa.select(Edition).where(Edition.document_id == document.id, Edition.number == document.edition)
        ).one()
        marks = session.scalars(sa.select(Signature).where(Signature.document_id == document.id)).all()
        assert {mark.purpose for mark in marks} == {"sign", "acquaint"}
        assert {mark.shown_sha256 for mark in marks} == {edition.sha256}, "both signed the very text that is printed"
        text = edition.html.replace("\u00a0", " ")
        assert "шесть учителей из девяти" in text and "ознакомлен" in text and "приказ от" in text
        helped = session.scalars(sa.select(HelpGiven)).one()
        assert (helped.kind, helped.day.isoformat(), helped.school_id) == ("curator", day, scene.school.id)


@pytest.mark.req("OR-43")
def test_the_school_moves_the_day_twice_and_no_more(scene: Scene) -> None:
    visit = by_service(scene)
    for turn in range(scene.profile.mentoring.day_changes + 1):
        day = f"2026-10-{20 + turn}"
        asked = scene.laid_out("visit_plan", visit)
        if turn:
            assert asked["at"].data == datetime(2026, 11, 9 + turn, 11), "the day the school asks for is filled in"
            assert asked.facts["asked_reason"] == "Идут диагностические работы"
        scene.walker.do("visit_plan", {**PLAN, "at": f"{day}T09:30"}, case_id=visit)
        offered = [code for code, _ in scene.laid_out("visit_confirm", scene.reply(visit))["outcome"].choices]
        if turn == scene.profile.mentoring.day_changes:
            assert offered == ["ok"]
            break
        assert offered == ["ok", "other"]
        other = {"outcome": "other", "at": f"2026-11-{10 + turn}T11:00", "reason": "Идут диагностические работы"}
        scene.walker.do("visit_confirm", other, case_id=scene.reply(visit))
    scene.walker.do("visit_confirm", {"outcome": "ok"}, case_id=scene.reply(visit))
    assert scene.forms_of(visit) == [] and row_of(scene, visit).confirmed == "ok"


def test_silence_of_the_school_is_consent_and_is_marked(scene: Scene) -> None:
    visit = by_service(scene)
    scene.walker.do("visit_plan", {**PLAN, "at": "2026-10-20T09:30"}, case_id=visit)
    scene.wait(5)
    assert row_of(scene, visit).confirmed == "silent"
    reply = scene.children(visit, "visit_reply")[0]
    assert (reply.status, reply.outcome) == ("cancelled", "no_answer")


@pytest.mark.req("OR-43", "OR-86")
def test_the_report_stands_open_on_the_eve_so_that_it_is_on_the_phone_before_the_line_is_lost(scene: Scene) -> None:
    visit = by_service(scene)
    scene.walker.do("visit_plan", {**PLAN, "at": "2026-10-20T09:30"}, case_id=visit)  # a Tuesday
    scene.walker.do("visit_confirm", {"outcome": "ok"}, case_id=scene.reply(visit))
    opened = None
    while opened is None:
        opened = scene.today if scene.forms_of(visit) else None
        if opened is None:
            scene.wait(1)
    assert opened <= date(2026, 10, 19)
    task = scene.task("visit_report", visit)
    early = scene.walker.form(task, scene.walker.holder(task), {**scene.reported(), "day": "2026-10-20"})
    assert not early.validate(), "a report of a day that has not come"


def test_a_visit_that_was_not_held_is_planned_again_and_gives_no_help(scene: Scene) -> None:
    visit = by_service(scene)
    scene.arrive(visit)
    scene.walker.do("visit_report", {"held": "not_held", "why_not": "Метель, дорога закрыта"}, case_id=visit)
    form = scene.laid_out("visit_plan", visit)
    assert form.facts["moved"] == "Метель, дорога закрыта" and form["aim"].data == PLAN["aim"]
    with scene.system.db.read() as session:
        assert session.scalars(sa.select(HelpGiven)).all() == []
        assert session.scalars(sa.select(Document).where(Document.kind == "visit_report")).all() == []


@pytest.mark.req("OR-43")
def test_remarks_of_the_school_are_answered_and_printed(scene: Scene) -> None:
    visit = by_service(scene)
    signed(scene, visit)
    remarks = {"outcome": "remarks", "text": "Разборы проведены шестого февраля."}
    scene.walker.do("visit_ack", remarks, case_id=scene.reply(visit))
    assert scene.laid_out("visit_answer", visit).facts["remarks"] == "Разборы проведены шестого февраля."
    scene.walker.do("visit_answer", {"text": "Протокол получен."}, case_id=visit)
    with scene.system.db.read() as session:
        document = session.scalars(sa.select(Document).where(Document.kind == "visit_report")).one()
        html = session.scalars(sa.select(Edition.html).where(Edition.document_id == document.id)).one()
    assert "шестого февраля" in html and "Протокол получен" in html and "Справка о посещении" in html


def test_a_head_who_does_not_read_is_noted_and_holds_up_nothing(scene: Scene) -> None:
    visit = by_service(scene)
    signed(scene, visit)
    scene.wait(10)
    assert scene.case(visit).status == "done" and row_of(scene, visit).ack == "silent"
    with scene.system.db.read() as session:
        html = session.scalars(sa.select(Edition.html).join(Document).where(Document.kind == "visit_report")).one()
    assert "директор с ним не ознакомился" in html.replace("\u00a0", " ")


def test_the_signature_binds_the_text_that_was_on_the_screen(scene: Scene) -> None:
    visit = by_service(scene)
    scene.arrive(visit)
    scene.report(visit, blocks=marks(scene, visit))
    task = scene.task("visit_sign", visit)
    form = scene.walker.form(task, scene.walker.holder(task), {"outcome": "sign"})
    with pytest.raises(StaleCase):
        operations.complete_task(
            scene.system, task.id, form.answers(), form.routing(), actor=scene.walker.holder(task),
            now=scene.walker.now, proof=Proof("0" * 64),
        )  # fmt: skip


@pytest.mark.req("OM-07", "OR-37")
def test_a_trip_to_several_schools_is_a_case_for_each_with_the_check_list(scene: Scene) -> None:
    schools = [scene.school.id, scene.other.id]
    opened = postponing.open_visits(scene.system, "trip", schools, actor=service(scene), now=scene.walker.now)
    assert len(opened) == 2
    batches = {scene.case(visit).data["batch"] for visit in opened}
    assert len(batches) == 1
    scene.arrive(opened[0])
    form = scene.laid_out("visit_report", opened[0])
    blocks = form["blocks"].answer()
    assert len(blocks) == sum(len(block.positions) for block in scene.profile.mentoring.blocks)
    task = scene.task("visit_report", opened[0])
    unmarked = scene.walker.form(task, scene.walker.holder(task), scene.reported())
    assert not unmarked.validate() and "поставьте балл" in unmarked.issues()[0].text
    scene.report(opened[0], blocks=marks(scene, opened[0]))
    with scene.system.db.read() as session:
        html = session.scalars(sa.select(Edition.html).join(Document).where(Document.kind == "visit_report")).one()
    assert "Школьная среда" in html and "выезде" in html


def test_a_visit_is_postponed_while_its_day_is_ahead_by_those_concerned(scene: Scene) -> None:
    visit = by_service(scene)
    scene.agreed(visit, days=14)
    stranger = scene.walker.actor_of(scene.stranger.id, "school_head")
    with pytest.raises((NotAllowed, NotFound)):
        postponing.postpone(scene.system, visit, "Карантин", actor=stranger, now=scene.walker.now)
    head = scene.walker.actor_of(scene.school.id, "school_head")
    postponing.postpone(scene.system, visit, "Карантин в школе", actor=head, now=scene.walker.now)
    assert scene.forms_of(visit) == ["visit_plan"]
    assert scene.laid_out("visit_plan", visit).facts["moved"] == "Карантин в школе"
    with pytest.raises(NotAllowed):
        postponing.postpone(scene.system, visit, "Ещё раз", actor=head, now=scene.walker.now)


def test_a_pause_for_quarantine_moves_the_term_of_the_report(scene: Scene) -> None:
    visit = by_service(scene)
    scene.arrive(visit)
    before = scene.task("visit_report", visit).due_at
    since, until = scene.today, date.fromordinal(scene.today.toordinal() + 13)
    operations.pause_case(
        scene.system, visit, "quarantine", "приказ", since, until, actor=service(scene), now=scene.walker.now
    )
    with scene.system.db.read() as session:
        due = session.scalars(sa.select(Deadline.due_at).where(Deadline.case_id == visit)).one()
    assert before is not None and due > before


@pytest.mark.req("OR-43")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"found": ""}, "выявлено"),
        ({"participants": []}, "строку"),
        ({"day": "2030-01-01"}, "не позже"),
        ({"lessons": [{"subject": "math", "grade": "5"}]}, "выберите"),
        ({"next_on": "2026-10-01"}, "не раньше"),
        ({"advice": [{"text": f"Рекомендация {n}"} for n in range(16)]}, "15"),
    ],
)
def test_bad_reports_are_refused_in_words(scene: Scene, changes, said) -> None:
    visit = by_service(scene)
    scene.arrive(visit)
    task = scene.task("visit_report", visit)
    form = scene.walker.form(task, scene.walker.holder(task), {**scene.reported(blocks=marks(scene, visit)), **changes})
    assert not form.validate()
    assert any(said in issue.text for issue in form.issues()), [issue.text for issue in form.issues()]


@pytest.mark.skipif("assignment" not in reading.PROCESSES, reason="assignments are not drawn here")
@pytest.mark.req("OR-45")
def test_every_recommendation_with_a_term_becomes_an_assignment(scene: Scene) -> None:
    visit = by_service(scene)
    scene.arrive(visit)
    with scene.system.db.read() as session:
        where = (Position.organisation_id == scene.school.id, Position.role == "school_head")
        head = session.scalars(sa.select(Position.person_id).where(*where)).one()
    advice = [
        {"text": "Ввести работу в парах", "responsible": head, "due": "2026-12-20"},
        {"text": "Продолжать разборы", "responsible": None, "due": None},
    ]
    scene.report(visit, blocks=marks(scene, visit), advice=advice)
    scene.walker.do("visit_sign", {"outcome": "sign"}, case_id=visit)
    scene.walker.do("visit_ack", {"outcome": "ack"}, case_id=scene.reply(visit))
    with scene.system.db.read() as session:
        row = session.scalars(sa.select(PlanRow).where(PlanRow.case_id == visit)).one()
        assert (row.text, row.responsible_id, row.section) == ("Ввести работу в парах", head, "visit")
        assert session.scalar(sa.select(sa.func.count()).select_from(Task)) is not None
    (child,) = scene.children(visit, "assignment")
    scene.wait(1)
    app = site(scene.system)
    holder = scene.walker.holder(scene.walker.task("assignment_report", case_id=child.id))
    page = (
        Visitor(app, holder).get(f"/tasks/{scene.walker.task('assignment_report', case_id=child.id).id}").get_data(True)
    )
    assert f'<a href="/cases/{visit}">Рекомендация 1 по итогам посещения</a>' in page
    assert f'href="/cases/{child.id}"' in Visitor(app, holder).get(f"/cases/{visit}").get_data(as_text=True)
