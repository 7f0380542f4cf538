"""From exam tables to a signed order and opened cases, by the holders of the tasks, in every region there is a profile of."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import journal
from app.cases.models import Case, Deadline
from app.cases.queries import last_answer
from app.demo import LIST_YEAR
from app.documents import witnesses
from app.documents.models import ApprovalRow, Document, Edition, Signature
from app.errors import Conflict, Refused
from app.files import Upload, attach
from app.identification.models import SupportList, SupportListRow, Verdict
from app.people.models import Organisation
from app.schools.models import School
from tests.campaign.walk import Walker

SCAN = b"%PDF-1.4 scan of the signed order"


def to_the_run(walker: Walker) -> None:
    walker.do("campaign_plan")
    walker.do("campaign_import")
    walker.do("campaign_quality", {"data_state": "ok"})


def to_the_packs(walker: Walker) -> None:
    to_the_run(walker)
    walker.do("campaign_run", {"run_state": "ok", "small_sample_note": "Учтено: выборки малы, выводы подтверждены."})
    walker.do("campaign_preliminary", {"outcome": "sign"})


def to_the_order(walker: Walker) -> None:
    to_the_packs(walker)
    to_the_order_from_packs(walker)


def to_the_order_from_packs(walker: Walker) -> None:
    for task in walker.tasks(form="pack_answer"):
        walker.send(task, {"outcome": "confirm"})
    walker.do("campaign_final", {"outcome": "sign"})


def approve(walker: Walker) -> None:
    walker.do("sign_off_route")
    while walker.tasks(form="sign_off_visa"):
        walker.do("sign_off_visa", {"conclusion": "agreed"})


def sign_on_paper(walker: Walker) -> None:
    task = walker.task("act_sign")
    with walker.system.db.write() as session:
        row = attach(
            session,
            walker.system.files,
            Upload("скан приказа.pdf", SCAN),
            case_id=task.case_id,
            task_id=task.id,
            person_id=walker.holder(task).person_id,
            now=walker.now,
        )
        number = row.id
    walker.send(task, {"outcome": "sign", "method": "paper", "files": [number]})


def publish(walker: Walker) -> None:
    task = walker.task("act_publish")
    with walker.system.db.read() as session:
        region = session.get_one(Case, task.case_id).region
    places = walker.system.profile(region).publication.places
    day = (walker.now.date()).isoformat()
    lines = [{"resource": place.code, "url": f"https://{place.code}.example.ru/akt/1", "date": day} for place in places]
    walker.send(task, {"placements": lines})


def finish(walker: Walker) -> None:
    to_the_order(walker)
    walker.do("act_draft", {"outcome": "send"})
    approve(walker)
    sign_on_paper(walker)
    walker.do("act_register")
    publish(walker)


def campaign_of(walker: Walker) -> Case:
    with walker.system.db.read() as session:
        return session.scalars(sa.select(Case).where(Case.kind == "campaign")).one()


@pytest.mark.req("OR-03", "OR-05", "OR-74", "OR-81", "OM-12", "OM-22", "OM-44")
def test_a_campaign_ends_with_an_order_in_force_and_a_case_for_every_listed_school(
    walker, demo_region, region_code
) -> None:
    finish(walker)
    expected = {code for code, verdict in demo_region.expected().items() if verdict.status == "listed"}
    with walker.system.db.read() as session:
        own = sa.select(SupportListRow.school_code, SupportListRow.school_id).join(SupportList)
        rows = session.execute(own.where(SupportList.school_year == LIST_YEAR)).all()
        assert {code for code, _ in rows} == expected
        cases = session.scalars(
            sa.select(Case.subject_id).where(Case.kind == "support_cycle", Case.status == "open")
        ).all()
        assert Counter(cases).most_common(1)[0][1] == 1
        assert {school for _, school in rows} <= set(cases)
        order = session.scalars(sa.select(Document).where(Document.kind == "list_act")).one()
        assert (order.state, order.serial, order.day) == ("in_force", 1, walker.now.date())
        assert order.effective_from == walker.now.date()
        edition = session.scalars(
            sa.select(Edition).where(Edition.document_id == order.id, Edition.number == order.edition)
        ).one()
        signed = session.scalars(
            sa.select(Signature).where(Signature.document_id == order.id, Signature.purpose == "sign")
        ).one()
        assert signed.shown_sha256 == edition.sha256
        assert all(code in edition.html for code in expected)
        assert "%" not in edition.html.partition('data-scope="annex"')[2].partition("</section>")[0]
        report = journal.verify(session, witnesses.printed_heads(session))
        assert report.intact
    walker.do("campaign_close", {"reconciled": True})
    assert campaign_of(walker).status == "done"


@pytest.mark.req("OM-44", "OR-02")
def test_the_sheet_has_the_rows_of_the_profile_in_their_stages(walker, region_code) -> None:
    to_the_order(walker)
    walker.do("act_draft", {"outcome": "send"})
    walker.do("sign_off_route")
    sheet = walker.system.profile(region_code).sheet_for("list_act")
    assert sheet is not None
    wanted = [approver.stage for approver in sheet.approvers if approver.enabled]
    with walker.system.db.read() as session:
        rows = session.scalars(sa.select(ApprovalRow).order_by(ApprovalRow.row)).all()
        assert [row.stage for row in rows] == wanted
        assert [row.legal for row in rows] == [a.legal for a in sheet.approvers if a.enabled]
    first = min(wanted)
    assert len(walker.tasks(form="sign_off_visa")) == wanted.count(first)


@pytest.mark.req("OM-44")
def test_remarks_are_answered_and_only_visas_over_a_changed_text_fall(walker) -> None:
    to_the_order(walker)
    walker.do("act_draft", {"outcome": "send"})
    walker.do("sign_off_route")
    remark = {"place": "пункт 1", "text": "Уточнить наименование перечня", "mandatory": True}
    walker.do("sign_off_visa", {"conclusion": "agreed_with_remarks", "remarks": [remark]})
    while not walker.tasks(form="sign_off_answer"):
        walker.do("sign_off_visa", {"conclusion": "agreed"})
    task = walker.task("sign_off_answer")
    blank = walker.form(task, walker.holder(task)).answers()
    answers = [{**line, "resolution": "accepted", "reply": "Уточнено"} for line in blank["remarks"]]
    walker.send(task, {"remarks": answers, "preamble": blank["preamble"] + " (уточнено)"})
    with walker.system.db.read() as session:
        visas = session.scalars(sa.select(Signature).where(Signature.purpose == "approval")).all()
        assert visas
        assert all(visa.fallen_at is not None for visa in visas)
        order = session.scalars(sa.select(Document).where(Document.kind == "list_act")).one()
        assert order.edition == 2
    while walker.tasks(form="sign_off_visa"):
        walker.do("sign_off_visa", {"conclusion": "agreed"})
    sign_on_paper(walker)
    walker.do("act_register")
    with walker.system.db.read() as session:
        order = session.scalars(sa.select(Document).where(Document.kind == "list_act")).one()
        wanted = sa.select(Edition.html).where(Edition.document_id == order.id, Edition.number == order.edition)
        assert order.number and "(уточнено)" in session.scalars(wanted).one(), "what was agreed is what is numbered"


def test_a_refusal_is_asked_again_and_then_carried_to_the_head_as_dissent(walker) -> None:
    to_the_order(walker)
    walker.do("act_draft", {"outcome": "send"})
    walker.do("sign_off_route")
    remark = {"place": "пункт 2", "text": "Срок невыполним", "mandatory": True}
    for _ in range(2):
        walker.do("sign_off_visa", {"conclusion": "refused", "remarks": [remark]})
        while not walker.tasks(form="sign_off_answer"):
            walker.do("sign_off_visa", {"conclusion": "agreed"})
        task = walker.task("sign_off_answer")
        lines = walker.form(task, walker.holder(task)).answers()["remarks"]
        walker.send(
            task, {"remarks": [{**line, "resolution": "declined", "reply": "Срок задан нормой"} for line in lines]}
        )
    walker.do("sign_off_dispute", {"outcome": "to_head", "reason": "Вынести на подпись"})
    while walker.tasks(form="sign_off_visa"):
        walker.do("sign_off_visa", {"conclusion": "agreed"})
    assert walker.tasks(form="act_sign")
    with walker.system.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(ApprovalRow.dissent)) == 1


def test_the_minister_returns_the_order_and_the_visas_stand_while_the_text_does(walker) -> None:
    to_the_order(walker)
    walker.do("act_draft", {"outcome": "send"})
    approve(walker)
    walker.do("act_sign", {"outcome": "return", "remarks": [{"place": "пункт 1", "text": "Проверить"}]})
    walker.do("act_draft", {"outcome": "send"})
    walker.do("sign_off_route")
    assert not walker.tasks(form="sign_off_visa")
    assert walker.tasks(form="act_sign")


def test_a_refused_order_brings_the_list_back(walker) -> None:
    to_the_order(walker)
    walker.do("act_draft", {"outcome": "send"})
    approve(walker)
    walker.do("act_sign", {"outcome": "refuse", "reason": "Перечень не согласован с муниципалитетами"})
    assert walker.tasks(form="campaign_final")


@pytest.mark.req("OR-28", "OR-70")
def test_the_silence_of_a_municipality_is_recorded_when_the_window_closes(walker) -> None:
    to_the_packs(walker)
    packs = walker.tasks(form="pack_answer")
    walker.send(packs[0], {"outcome": "confirm"})
    with walker.system.db.read() as session:
        due = session.scalar(sa.select(Deadline.due_at).where(Deadline.kind == "timer"))
    walker.now = due + timedelta(minutes=1)
    walker.settle()
    assert walker.tasks(form="campaign_final")
    with walker.system.db.read() as session:
        outcomes = Counter(session.scalars(sa.select(Case.outcome).where(Case.kind == "data_pack")))
    assert outcomes == {"confirm": 1, "no_objection": len(packs) - 1}


def first_listed(walker: Walker) -> int:
    """A listed municipal school whose head can object."""
    with walker.system.db.read() as session:
        return session.scalars(
            sa.select(Verdict.school_id)
            .join(School, School.id == Verdict.school_id)
            .where(Verdict.status == "listed", School.municipality_id.is_not(None), School.founder == "municipal")
            .order_by(Verdict.school_id)
        ).first()


@pytest.mark.req("OR-70", "OR-71")
def test_an_objection_changes_the_verdict_only_with_a_reason_and_before_the_order(walker, system) -> None:
    to_the_packs(walker)
    school = first_listed(walker)
    case_id = walker.open_objection(school)
    task = walker.task("objection_submit", case_id=case_id)
    blank = walker.form(task, walker.holder(task)).answers()
    with system.db.write() as session:
        upload = Upload("ведомость.pdf", SCAN)
        row = attach(
            session,
            system.files,
            upload,
            case_id=case_id,
            task_id=task.id,
            person_id=walker.holder(task).person_id,
            now=walker.now,
        )
        file_id = row.id
    lines = [{**line, "n": max(line["n"], 1), "low": 0, "source": "ведомость"} for line in blank["positions"]]
    filed = {
        "subject": "marks",
        "positions": lines,
        "grounds": "Учтены не те работы.",
        "request": "exclude",
        "files": [file_id],
        "no_pupil_data": True,
    }
    walker.send(task, filed)
    for pack in walker.tasks(form="pack_answer"):
        walker.send(pack, {"outcome": "confirm"})
    assert not walker.tasks(form="campaign_final"), "the list waits for the decision"
    walker.do("objection_opinion", {"opinion": "support", "text": "Подтверждаем доводы школы."})
    task = walker.task("objection_review")
    checks = [
        {**line, "confirmed": True, "evidence": "ведомость школы"}
        for line in walker.form(task, walker.holder(task)).answers()["checks"]
    ]
    motive = "Ведомость подтверждает, что работы этих участников проверены повторно."
    walker.send(task, {"checks": checks, "decision": "accept", "motive": motive, "verdict": "not_listed"})
    walker.do("objection_sign", {"outcome": "sign"})
    assert walker.tasks(form="campaign_final")
    with system.db.read() as session:
        newest = session.scalars(
            sa.select(Verdict).where(Verdict.school_id == school).order_by(Verdict.run_id.desc())
        ).first()
        assert (newest.status, newest.decided_status, newest.decided_reason) == ("listed", "not_listed", motive)
        decision = session.scalars(sa.select(Document).where(Document.kind == "objection_decision")).one()
        assert decision.number is not None
    walker.do("campaign_final", {"outcome": "sign"})
    walker.do("act_draft", {"outcome": "send"})
    with system.db.read() as session:
        html = session.scalars(sa.select(Edition.html).join(Document).where(Document.kind == "list_act")).one()
        assert session.get_one(School, school).code not in html


def test_an_expert_clarifies_a_school_before_the_preliminary_list(walker) -> None:
    to_the_run(walker)
    school = first_listed(walker)
    walker.do("campaign_run", {"run_state": "clarify", "schools": [school]})
    task = walker.task("clarification_open")
    blank = walker.form(task, walker.holder(task))
    named = [code for code, _ in blank.experts.choices][:1]
    walker.send(
        task, {"kind": "expert", "schools": [school], "question": "Верно ли учтены участники?", "experts": named}
    )
    walker.do(
        "clarification_opinion",
        {"method": "documents", "studied": "Протоколы", "conclusion": "Учтены верно", "verdict": "no_change"},
    )
    walker.do("clarification_decide", {"outcome": "keep", "motive": "Мнение эксперта принято"})
    assert walker.tasks(form="campaign_run")


def test_a_second_campaign_of_a_year_is_refused(walker, region_code) -> None:
    with pytest.raises(Conflict, match="уже"):
        walker.open_campaign(region_code, LIST_YEAR)


@pytest.mark.req("OR-67")
def test_a_municipality_sees_its_own_schools_only(walker, system) -> None:
    to_the_packs(walker)
    for task in walker.tasks(form="pack_answer"):
        shown = walker.form(task, walker.holder(task)).facts["verdicts"]
        with system.db.read() as session:
            subject = session.get_one(Case, task.case_id).subject_id
            own = set(session.scalars(sa.select(School.id).where(School.municipality_id == subject)))
        assert {row["school_id"] for row in shown} <= own


@pytest.mark.req("OR-67", "OR-28")
def test_a_school_without_a_municipality_reads_its_part_of_the_list_itself(walker, system) -> None:
    to_the_run(walker)
    walker.do("campaign_run", {"run_state": "ok", "small_sample_note": "Учтено: выборки малы, выводы подтверждены."})
    alone = first_listed(walker)
    with system.db.write() as session:
        school, place = session.get_one(School, alone), session.get_one(Organisation, alone)
        above = session.get_one(Organisation, place.parent_id)
        school.municipality_id, place.parent_id = None, above.parent_id
    walker.do("campaign_preliminary", {"outcome": "sign"})
    with system.db.read() as session:
        subjects = {
            task.id: session.get_one(Case, task.case_id).subject_id for task in walker.tasks(form="pack_answer")
        }
    (own,) = [task for task in walker.tasks(form="pack_answer") if subjects[task.id] == alone]
    head = walker.holder(own)
    assert (head.role, head.organisation_id) == ("school_head", alone)
    form = walker.form(own, head)
    assert [row["school_id"] for row in form.facts["verdicts"]] == [alone] and form.facts["alone"]
    for task in walker.tasks(form="pack_answer"):
        if task.id != own.id:
            assert alone not in {row["school_id"] for row in walker.form(task, walker.holder(task)).facts["verdicts"]}
    said = {"outcome": "remarks", "remarks": [{"school": alone, "text": "Код работы указан неверно"}]}
    walker.send(own, said, actor=head)
    with system.db.read() as session:
        assert session.get_one(Case, own.case_id).outcome == "remarks"


def test_who_checked_the_run_does_not_sign_the_list(walker, system) -> None:
    """Four eyes hold on the person even when he acts for the head."""
    to_the_run(walker)
    run_task = walker.task("campaign_run")
    analyst = walker.holder(run_task)
    walker.send(run_task, {"run_state": "ok", "small_sample_note": "Учтено: выборки малы."}, actor=analyst)
    task = walker.task("campaign_preliminary")
    acting = walker.acting_for(analyst, walker.holder(task))
    with pytest.raises(Refused, match="другой человек"):
        walker.send(task, {"outcome": "sign"}, actor=acting)


def test_what_a_signed_list_says_is_never_changed_by_a_later_run(walker, system, region_code) -> None:
    finish(walker)
    with system.db.read() as session:
        before = session.scalars(sa.select(SupportList.sha256).where(SupportList.school_year == LIST_YEAR)).one()
    from app.identification import runs

    with system.db.write() as session:
        runs.identify(session, region_code, LIST_YEAR, overrides={"share_percent": 50}, now=walker.now)
    with system.db.read() as session:
        assert (
            session.scalars(sa.select(SupportList.sha256).where(SupportList.school_year == LIST_YEAR)).one() == before
        )
        assert session.scalar(sa.select(Organisation.id).limit(1)) is not None
        assert last_answer(session, campaign_of(walker).id, "campaign_plan") is not None
