"""Founders rename, join, divide and close schools; the registry and the open cases follow, issued papers do not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.cases import operations, waking
from app.cases.models import Case, Deadline, Pause
from app.documents import acquaintance
from app.documents.models import Acquaintance, Document, Edition
from app.errors import Conflict, NotAllowed, Refused
from app.people import policy
from app.people.models import Assignment, Organisation, Position
from app.schools import reorganisation_day
from app.schools.models import Reorganisation, ReorganisedCase, School, SchoolIdentity, SchoolLink, SchoolName
from app.schools.succession import holder_of


@pytest.mark.req("OR-03", "OR-05", "OR-81")
def test_a_renamed_school_keeps_its_codes_and_its_old_papers_keep_the_old_name(town) -> None:
    cycle = town.open_case("support_cycle", town.old, {"track": "listed"})
    before = town.get(Organisation, town.old)
    case_id = town.register(
        {"kind": "rename", "name": "МБОУ «Школа имени Героя»", "short_name": "Школа им. Героя", "codes": []}
    )
    town.approve(case_id)
    assert not town.walker.tasks(form="reorg_cases"), "a renamed school has no cases to give away"
    after = town.get(Organisation, town.old)
    assert (after.name, after.short_name, after.code) == ("МБОУ «Школа имени Героя»", "Школа им. Героя", before.code)
    names = town.all(sa.select(SchoolName).where(SchoolName.school_id == town.old).order_by(SchoolName.since))
    assert [n.name for n in names] == [before.name, after.name] and names[-1].since == town.walker.now.date()
    assert names[-1].basis
    assert town.case(cycle).title == "Дело школы: Школа им. Героя"
    assert "support_transfer" not in town.tasks_of(cycle), "there is nobody to hand the case over to"
    card = town.all(sa.select(Document).where(Document.kind == "reorganisation_card"))[0]
    edition = town.all(sa.select(Edition).where(Edition.document_id == card.id).order_by(Edition.number.desc()))[0]
    assert card.number and before.name in edition.html and after.name in edition.html


@pytest.mark.req("OR-05")
def test_a_new_code_is_found_and_so_is_the_old_one(town) -> None:
    before = town.get(School, town.old)
    codes = [{"system": "oo", "code": "999001"}, {"system": "egrul", "code": "1025600000000"}]
    case_id = town.register({"kind": "rename", "name": "Новое имя", "short_name": "Новое", "codes": codes})
    town.approve(case_id)
    after = town.get(School, town.old)
    assert after.code == "999001" and town.get(Organisation, town.old).code == "999001"
    with town.walker.system.db.read() as session:
        for system, code in (("oo", before.code), ("oo", "999001"), ("egrul", "1025600000000")):
            assert holder_of(session, town.region, system, code).id == town.old
    ended = town.all(sa.select(SchoolIdentity).where(SchoolIdentity.code == before.code))
    assert [row.until for row in ended] == [town.walker.now.date() - timedelta(days=1)]


def test_a_code_of_another_school_is_refused_in_words(town) -> None:
    taken = town.get(School, town.third).code
    with pytest.raises(Refused, match="уже принадлежит школе"):
        town.register({"kind": "rename", "name": "Н", "short_name": "Н", "codes": [{"system": "oo", "code": taken}]})
    assert town.all(sa.select(Reorganisation)) == []


@pytest.mark.req("OR-03", "OR-63", "OR-81")
def test_two_cases_of_support_become_one_with_both_histories(town) -> None:
    source = town.open_case("support_cycle", town.old, {"track": "listed"})
    target = town.open_case("support_cycle", town.heir, {"track": "listed"})
    child = town.open_case("social_passport", town.old, parent=source)
    case_id = town.merge()
    transfer = town.tasks_of(source)["support_transfer"]
    form = town.walker.form(transfer, town.walker.holder(transfer))
    assert form.fate.data == "merge" and form.successor.data == town.heir, "what was approved is filled in"
    town.walker.send(transfer, {"fate": "merge"})
    old, heir = town.case(source), town.case(target)
    assert (old.status, old.outcome, old.subject_id) == ("cancelled", "joined", town.old)
    assert old.data["joined_to"] == target and heir.data["joined"] == [source]
    assert (heir.status, heir.subject_id) == ("open", town.heir)
    assert not town.walker.tasks(case_id=source)
    moved = town.case(child)
    assert (moved.parent_id, moved.subject_id, moved.status) == (target, town.heir, "open")
    row = town.get(Reorganisation, case_id)
    assert row.moved == 1 and row.applied_at is not None
    with town.walker.system.db.read() as session:
        head = town.walker.actor_of(town.heir, "school_head")
        assert policy.may(head, "case.read", session.get_one(Case, source)), "the successor reads the old history"
        other = town.walker.actor_of(town.third, "school_head")
        assert not policy.may(other, "case.read", session.get_one(Case, source))


@pytest.mark.req("OR-63")
def test_a_case_without_a_twin_goes_on_at_the_successor_with_its_tasks(town) -> None:
    source = town.open_case("support_cycle", town.old, {"track": "listed"})
    start = town.tasks_of(source)["support_start"]
    staff = [p for p in town.positions(town.old) if p.role != "school_head"]
    town.merge()
    lent = town.tasks_of(source)["support_start"]
    assert (lent.id, lent.organisation_id) == (start.id, town.heir), "nobody works at the closed school"
    town.walker.send(town.tasks_of(source)["support_transfer"], {"fate": "transfer"})
    case = town.case(source)
    assert (case.status, case.subject_id, case.once_key) == ("open", town.heir, f"support:{town.heir}")
    assert case.title.endswith(town.get(Organisation, town.heir).short_name)
    task = town.tasks_of(source)["support_start"]
    assert (task.id, task.organisation_id) == (start.id, town.heir)
    assert town.walker.holder(task).school_id == town.heir
    assert "support_transfer" not in town.tasks_of(source)
    assert {p.id for p in staff} <= {p.id for p in town.positions(town.heir)}
    heads = [p for p in town.positions(town.old) if p.role == "school_head"]
    assert heads and all(p.valid_to is not None for p in heads)


@pytest.mark.req("OR-63")
def test_a_pause_moves_the_terms_of_a_case_that_changes_hands(town) -> None:
    source = town.open_case("support_cycle", town.old, {"track": "listed"})
    due = town.tasks_of(source)["support_start"].due_at
    until = town.walker.now.date() + timedelta(days=20)
    town.merge({source: {"terms": "pause", "pause_until": until.isoformat()}})
    town.walker.send(town.tasks_of(source)["support_transfer"])
    pauses = town.all(sa.select(Pause).where(Pause.case_id == source))
    assert [p.until for p in pauses] == [until]
    moved = town.all(sa.select(Deadline).where(Deadline.case_id == source, Deadline.kind == "task"))
    assert moved and all(row.due_at > due for row in moved)


def test_the_curator_goes_with_the_case_or_does_not(town) -> None:
    town.open_case("support_cycle", town.old, {"track": "listed"})
    with town.walker.system.db.write() as session:
        curator = session.scalars(sa.select(Position).where(Position.organisation_id == town.third)).first()
        curator.role = "curator"
        whom = {"position_id": curator.id, "organisation_id": town.old}
        session.add(Assignment(**whom, valid_from=date(2026, 9, 1), basis="приказ"))
    town.merge()
    source = town.walker.tasks(form="support_transfer")[0].case_id
    town.walker.send(town.tasks_of(source)["support_transfer"], {"curator": "keep"})
    rows = town.all(sa.select(Assignment).order_by(Assignment.id))
    ours = [(r.organisation_id, r.valid_to) for r in rows if r.position_id == whom["position_id"]]
    assert ours == [(town.old, town.walker.now.date() - timedelta(days=1)), (town.heir, None)]


@pytest.mark.req("OR-03")
def test_the_reorganisation_waits_for_the_day_of_the_act(town) -> None:
    day = town.walker.now.date() + timedelta(days=12)
    case_id = town.register({"kind": "close", "day": day.isoformat()})
    passport = town.open_case("social_passport", town.old)
    town.approve(case_id)
    assert town.get(Organisation, town.old).valid_to is None and town.case(passport).status == "open"
    town.walker.now += timedelta(days=10)
    town.walker.settle()
    assert town.get(Organisation, town.old).valid_to is None
    town.walker.now += timedelta(days=10)
    town.walker.settle()
    assert town.get(Organisation, town.old).valid_to == day - timedelta(days=1)
    assert (town.case(passport).status, town.case(passport).outcome) == ("cancelled", "reorganisation")


def test_an_act_that_was_withdrawn_before_its_day_changes_nothing(town) -> None:
    day = town.walker.now.date() + timedelta(days=12)
    case_id = town.register({"kind": "close", "day": day.isoformat()})
    town.approve(case_id)
    with town.walker.system.db.write() as session:
        row = session.get_one(Reorganisation, case_id)
        card = session.scalars(sa.select(Document).where(Document.case_id == case_id)).one()
        act = {"region": town.region, "kind": "municipal_order", "code": "ZZZZ-ZZZZ-Z2", "title": "О ликвидации"}
        place = {"case_id": case_id, "organisation_id": card.organisation_id, "created_at": town.walker.now}
        document = Document(**act, **place, state="withdrawn", edition=0)
        session.add(document)
        session.flush()
        row.document_id = document.id
    town.walker.now += timedelta(days=20)
    waking.deliver(town.walker.system, case_id, lambda _: [("act.repealed", {})], now=town.walker.now)
    town.walker.settle()
    assert town.case(case_id).status == "done" and town.get(Organisation, town.old).valid_to is None


@pytest.mark.req("OR-03", "OR-81")
def test_a_school_is_made_when_two_are_joined_into_a_new_one(town) -> None:
    new = {"new_name": "МБОУ «Объединённая школа»", "new_short_name": "Объединённая школа", "new_kind": "full"}
    codes = [{"system": "oo", "code": "998001"}, {"system": "fis_oko", "code": "edu569998"}]
    case_id = town.register(
        {
            "kind": "merge",
            "successor": "new",
            "others": [{"school": town.heir}],
            "codes": codes,
            **new,
            "no_pupil_data": True,
        }
    )
    town.approve(case_id, merge_results=False)
    row = town.get(Reorganisation, case_id)
    made = town.get(School, row.successor_id)
    assert (made.code, made.fisoko_login, made.kind) == ("998001", "edu569998", "full")
    links = town.all(sa.select(SchoolLink).where(SchoolLink.school_id == made.id))
    assert {link.predecessor_id for link in links} == {town.old, town.heir}
    assert not any(link.with_results for link in links), "the results were not to be taken together"
    assert all(town.get(Organisation, one).valid_to is not None for one in (town.old, town.heir))


@pytest.mark.req("OR-03")
def test_a_school_that_goes_on_after_a_division_keeps_its_cases(town) -> None:
    cycle = town.open_case("support_cycle", town.old, {"track": "listed"})
    new = {"new_name": "МБОУ «Начальная школа»", "new_short_name": "Начальная школа", "new_kind": "primary"}
    codes = [{"system": "oo", "code": "997001"}]
    case_id = town.register({"kind": "split", "successor": "new", "continues": True, "codes": codes, **new})
    town.approve(case_id)
    assert town.get(Organisation, town.old).valid_to is None and town.case(cycle).subject_id == town.old
    row = town.get(Reorganisation, case_id)
    link = town.all(sa.select(SchoolLink).where(SchoolLink.school_id == row.successor_id))[0]
    assert (link.predecessor_id, link.kind) == (town.old, "split")


def test_founder_and_kind_change_where_they_stand(town) -> None:
    case_id = town.register({"kind": "founder", "founder": "state"})
    town.approve(case_id)
    school, place = town.get(School, town.old), town.get(Organisation, town.old)
    assert school.founder == "state" and town.get(Organisation, place.parent_id).kind == "region"
    kind = "basic" if town.get(School, town.heir).kind == "full" else "full"
    town.approve(town.register({"kind": "kind", "school_kind": kind}, school=town.heir))
    assert town.get(School, town.heir).kind == kind


@pytest.mark.req("OR-05")
def test_the_successor_the_municipality_and_the_curator_read_the_notice(town) -> None:
    town.open_case("social_passport", town.old)
    case_id = town.merge()
    assert town.case(case_id).status == "open", "the case waits for its readers"
    notice = town.all(sa.select(Document).where(Document.kind == "reorganisation_notice"))[0]
    readers = (town.walker.actor_of(town.heir, "school_head"), town.authority())
    for reader in readers:
        acquaintance.acquaint(town.walker.system, notice.id, actor=reader, now=town.walker.now)
        with pytest.raises(Refused):
            acquaintance.acquaint(town.walker.system, notice.id, actor=reader, now=town.walker.now)
    town.walker.settle()
    assert town.case(case_id).status == "done"
    assert all(row.signature_id for row in town.all(sa.select(Acquaintance)))
    with pytest.raises(Refused):
        acquaintance.acquaint(town.walker.system, notice.id, actor=town.operator(), now=town.walker.now)


def test_silence_of_the_readers_ends_the_case_after_five_working_days(town) -> None:
    case_id = town.merge()
    town.walker.now += timedelta(days=9)
    town.walker.settle()
    assert town.case(case_id).status == "done"


@pytest.mark.req("OR-81")
def test_a_date_before_an_issued_order_leaves_the_order_as_it_is(town) -> None:
    from app.identification.models import IdentificationRun, SupportList, SupportListRow

    name = town.get(Organisation, town.old).name
    with town.walker.system.db.write() as session:
        run = session.scalars(sa.select(IdentificationRun)).first()
        assert run is not None, "the loaded region has last year's run"
        frozen = SupportList(
            region=town.region, school_year=2026, number=1, run_id=run.id, sha256="0" * 64,
            frozen_at=town.walker.now,
        )  # fmt: skip
        session.add(frozen)
        session.flush()
        line = {"position": 1, "municipality": "М", "school_code": "1", "school_name": name, "basis": "К1"}
        session.add(SupportListRow(list_id=frozen.id, school_id=town.old, criteria=[], **line))
    day = town.walker.now.date() - timedelta(days=60)
    case_id = town.register({"kind": "rename", "name": "Иное имя", "short_name": "Иное", "day": day.isoformat()})
    town.approve(case_id)
    kept = town.all(sa.select(SupportListRow.school_name).where(SupportListRow.school_id == town.old))
    assert kept == [name]
    names = town.all(sa.select(SchoolName).where(SchoolName.school_id == town.old).order_by(SchoolName.since))
    assert [n.name for n in names] == [name, "Иное имя"], "a day in the past keeps the order of names"


def test_what_nobody_decided_about_goes_to_the_successor(town) -> None:
    case_id = town.register({"kind": "merge", "successor": town.heir})
    walker = town.walker
    walker.do("reorg_verify", {"outcome": "ok", "note": "Сверено.", "merge_results": True}, case_id=case_id)
    passport = town.open_case("social_passport", town.old)
    walker.do("reorg_approve", {"outcome": "sign"}, case_id=case_id)
    moved = town.case(passport)
    assert (moved.subject_id, moved.status) == (town.heir, "open")
    fate = town.all(sa.select(ReorganisedCase).where(ReorganisedCase.case_id == passport))[0]
    assert fate.fate == "transfer" and fate.done_at is not None


def test_returns_and_a_rejection(town) -> None:
    walker = town.walker
    case_id = town.register({"kind": "close"})
    walker.do("reorg_verify", {"outcome": "return", "note": "Дата не та"}, case_id=case_id)
    task = walker.task("reorg_register", case_id=case_id)
    form = walker.form(task, walker.holder(task))
    assert form.kind.data == "close" and form.act.data, "what was registered is filled in"
    walker.send(task)
    town.walker.do("reorg_verify", {"outcome": "ok", "note": "Верно"}, case_id=case_id)
    remark = {"place": "дата", "text": "Уточните дату"}
    walker.do("reorg_approve", {"outcome": "return", "remarks": [remark]}, case_id=case_id)
    walker.do("reorg_verify", {"outcome": "reject", "note": "Акта нет"}, case_id=case_id)
    assert (town.case(case_id).status, town.case(case_id).outcome) == ("done", "rejected")
    assert town.get(Organisation, town.old).valid_to is None


def test_who_may_begin_and_what_may_not_be_begun_twice(town) -> None:
    head = town.walker.actor_of(town.old, "school_head")
    walker = town.walker
    with pytest.raises(NotAllowed):
        operations.open_case(walker.system, "reorganisation", town.old, 2026, actor=head, now=walker.now)
    town.register({"kind": "merge", "successor": town.heir})
    with pytest.raises(Conflict):
        operations.open_case(walker.system, "reorganisation", town.old, 2026, actor=town.operator(), now=walker.now)
    with pytest.raises(Refused, match="другой реорганизации"):
        town.register({"kind": "close"}, school=town.heir)


def test_applying_twice_changes_nothing(town) -> None:
    case_id = town.merge()
    before = [(row.id, row.until) for row in town.all(sa.select(SchoolIdentity).order_by(SchoolIdentity.id))]
    with operations.unit_of(town.walker.system, None, town.walker.now) as unit:
        move = operations.Move.load(unit, operations.locked(unit.session, case_id))
        assert reorganisation_day.apply(move, None) is None  # type: ignore[arg-type]
    after = [(row.id, row.until) for row in town.all(sa.select(SchoolIdentity).order_by(SchoolIdentity.id))]
    assert after == before
