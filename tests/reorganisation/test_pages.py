"""Reorganisation on the pages and in imports; a person with two schools; results corrected after the decision."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import regions
from app.db import utcnow
from app.identification import corrections, lists
from app.identification.models import IdentificationRun, SupportList, SupportListRow, Verdict
from app.journal.models import Event
from app.outbox.models import Message
from app.people import operations as staff
from app.people.actor import actors_of
from app.people.models import Organisation
from app.results.models import ImportFile, Result
from app.schools import importing
from app.schools.models import RegistryDifference, School
from tests.security.visitor import Visitor, site


@pytest.fixture
def app(town):
    return site(town.walker.system)


def registry(town, **changed) -> bytes:
    """The registry of the region as CSV, with changes by code: a column's value, or None to leave the school out."""
    from app.people.models import Organisation as Place

    lines = ["Код ОО;Логин ФИС ОКО;Полное наименование;Краткое наименование;Муниципалитет;Код МСУ;Вид;Тип учредителя"]
    with town.walker.system.db.read() as session:
        found = sa.select(School, Place).join(Place, Place.id == School.id).where(School.region == town.region)
        for school, place in session.execute(found.order_by(School.code)):
            if school.id not in (town.old, town.heir, town.third):
                continue
            own = changed.get(f"c{school.code}", {})
            if own is None:
                continue
            town_ = session.get_one(Place, school.municipality_id)
            kind = {"full": "СОШ", "basic": "ООШ", "primary": "НОШ"}[school.kind]
            founder = {"municipal": "муниципальная", "state": "государственная", "private": "частная"}[school.founder]
            row = {"name": place.name, "short": place.short_name, "kind": kind, "founder": founder, **own}
            cells = [school.code, school.fisoko_login or "", row["name"], row["short"], town_.name, town_.code]
            lines.append(";".join([*cells, row["kind"], row["founder"]]))
    return "\n".join(lines).encode()


@pytest.mark.req("OR-05", "OR-81")
def test_what_the_registry_says_otherwise_waits_for_the_founders_act(town, app) -> None:
    system, now = town.walker.system, utcnow()
    gone, renamed = town.get(School, town.old).code, town.get(School, town.heir).code
    data = registry(town, **{f"c{gone}": None, f"c{renamed}": {"name": "Новое имя школы", "short": "Новое имя"}})
    for _ in range(2):
        importing.import_registry(system.db, data, town.region, now=now - timedelta(days=12))
    ours = RegistryDifference.school_id.in_((town.old, town.heir))
    found = town.all(sa.select(RegistryDifference).where(ours).order_by(RegistryDifference.kind))
    assert [(d.kind, d.school_id) for d in found] == [("missing", town.old), ("renamed", town.heir)], "each once"
    operator = Visitor(app, town.operator())
    page = operator.get("/schools/differences").get_data(as_text=True)
    assert "нет в реестре" in page and "Новое имя школы" in page and "срок учредителя прошёл" in page
    answer = operator.post(f"/schools/{town.heir}/reorganise", {"difference": str(found[1].id)})
    assert answer.status_code == 303 and "/tasks/" in answer.headers["Location"]
    form = operator.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Расхождение с реестром" in form and "Новое имя школы" in form
    task = town.walker.task("reorg_register")
    town.walker.send(task, {**town.act(task, town.operator()), "kind": "rename"}, actor=town.operator())
    town.approve(task.case_id)
    settled = town.get(RegistryDifference, found[1].id)
    assert settled.settled_at is not None and settled.case_id == task.case_id
    assert town.get(RegistryDifference, found[0].id).settled_at is None
    importing.import_registry(system.db, registry(town), town.region, now=now)
    assert town.get(RegistryDifference, found[0].id).settled_at is not None, "the school is back"


@pytest.mark.req("OR-05")
def test_lists_and_the_school_say_what_it_was_called(town, app) -> None:
    before = town.get(Organisation, town.old).short_name
    codes = [{"system": "oo", "code": "996001"}]
    was = town.get(School, town.old).code
    town.approve(town.register({"kind": "rename", "name": "Имени Героя", "short_name": "Героя", "codes": codes}))
    operator = Visitor(app, town.operator())
    listed = operator.get("/schools", query_string={"q": was}).get_data(as_text=True)
    assert f"ранее: {before}" in listed, "found by the old code, shown with the old name"
    page = operator.get(f"/schools/{town.old}").get_data(as_text=True)
    assert "История названий" in page and "214-п" in page and f"{was}, по " in page
    head = Visitor(app, town.walker.actor_of(town.old, "school_head"))
    assert "Оформить реорганизацию" not in head.get(f"/schools/{town.old}").get_data(as_text=True)
    assert head.get("/schools/differences").status_code == 403
    assert head.post(f"/schools/{town.old}/reorganise", {}).status_code in (403, 404)


def test_every_form_of_the_process_is_a_page(town, app) -> None:
    source = town.open_case("support_cycle", town.old, {"track": "listed"})
    case_id = town.register({"kind": "merge", "successor": town.heir})
    operator, head = Visitor(app, town.operator()), Visitor(app, town.of_kind("operator", "operator_head"))
    verify = operator.get(f"/tasks/{town.walker.task('reorg_verify', case_id=case_id).id}").get_data(as_text=True)
    assert "Школа в реестре" in verify and "Объединять результаты школ" in verify
    town.walker.do("reorg_verify", {"outcome": "ok", "note": "Верно", "merge_results": True}, case_id=case_id)
    task = town.walker.task("reorg_cases", case_id=case_id)
    assert f"№ {source}. Дело школы" in operator.get(f"/tasks/{task.id}").get_data(as_text=True)
    blank = town.walker.form(task, town.operator()).answers()["cases"]
    town.walker.send(task, {"cases": [{**line, "reason": "по акту"} for line in blank]})
    paper = head.get(f"/tasks/{town.walker.task('reorg_approve', case_id=case_id).id}").get_data(as_text=True)
    assert "Карточка реорганизации" in paper and "передать правопреемнику" in paper
    town.walker.do("reorg_approve", {"outcome": "sign"}, case_id=case_id)
    transfer = town.tasks_of(source)["support_transfer"]
    assert "Акт учредителя" in operator.get(f"/tasks/{transfer.id}").get_data(as_text=True)
    assert operator.get(f"/cases/{case_id}").status_code == 200
    successor = Visitor(app, town.walker.actor_of(town.heir, "school_head"))
    assert successor.get(f"/cases/{case_id}").status_code == 200


@pytest.mark.req("OR-63")
def test_joined_cases_name_each_other(town, app) -> None:
    source = town.open_case("support_cycle", town.old, {"track": "listed"})
    target = town.open_case("support_cycle", town.heir, {"track": "listed"})
    town.merge()
    town.walker.send(town.tasks_of(source)["support_transfer"])
    head = Visitor(app, town.walker.actor_of(town.heir, "school_head"))
    assert f"с ним объединено дело № {source}" in head.get(f"/cases/{target}").get_data(as_text=True)
    page = head.get(f"/cases/{source}").get_data(as_text=True)
    assert f"присоединено к делу № {target}" in page and "Дело закрыто" in page


# a person with two schools -------------------------------------------------------------------------------------------


def test_a_person_of_two_schools_sees_both_and_goes_from_one_to_the_other(town, app) -> None:
    system, today = town.walker.system, town.walker.now.date()
    head = town.walker.actor_of(town.old, "school_head")
    mine = town.open_case("support_cycle", town.old, {"track": "listed"})
    other = town.open_case("support_cycle", town.heir, {"track": "listed"})
    with system.db.write() as session:
        staff.add_position(
            session, head.person_id, town.heir, "school_head", valid_from=today - timedelta(days=9), actor=None,
            now=town.walker.now,
        )  # fmt: skip
    with system.db.read() as session:
        assert len(actors_of(session, head.person_id, today)) == 2
    visitor = Visitor(app, head)
    page = visitor.get("/tasks").get_data(as_text=True)
    place = town.get(Organisation, town.heir).short_name
    assert "В других ваших должностях" in page and place in page
    task = town.tasks_of(other)["support_start"]
    elsewhere = visitor.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "для другой вашей должности" in elsewhere and place in elsewhere
    second = next(p for p in town.positions(town.heir) if p.person_id == head.person_id)
    moved = visitor.post("/position", {"position": str(second.id), "next": f"/tasks/{task.id}"})
    assert moved.headers["Location"].endswith(f"/tasks/{task.id}")
    assert "Начать работу" in visitor.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert town.get(Organisation, town.old).short_name in visitor.get("/tasks").get_data(as_text=True)
    assert visitor.get(f"/tasks/{town.tasks_of(mine)['support_start'].id}").status_code == 200
    alone = Visitor(app, town.operator())
    assert "В других ваших должностях" not in alone.get("/tasks").get_data(as_text=True)


# a school closed in mid-year -----------------------------------------------------------------------------------------


@pytest.mark.req("OR-03", "OR-63")
def test_a_school_closed_in_mid_year_leaves_no_task_and_nobody_who_could_do_one(town, app) -> None:
    head = town.walker.actor_of(town.old, "school_head")
    visitor = Visitor(app, head)
    cycle = town.open_case("support_cycle", town.old, {"track": "listed"})
    passport = town.open_case("social_passport", town.old, parent=cycle)
    day = town.walker.now.date() - timedelta(days=3)
    town.approve(town.register({"kind": "close", "day": day.isoformat()}))
    for case_id in (cycle, passport):
        assert (town.case(case_id).status, town.case(case_id).outcome) == ("cancelled", "reorganisation")
        assert not town.tasks_of(case_id)
    with town.walker.system.db.read() as session:
        assert actors_of(session, head.person_id, town.walker.now.date()) == []
    assert visitor.get("/tasks").status_code in (302, 303, 401, 403), "the session ended with the position"
    page = Visitor(app, town.operator()).get(f"/schools/{town.old}").get_data(as_text=True)
    assert "Закрыта" in page
    from app.errors import Refused

    with pytest.raises(Refused, match="закрыта"):
        town.register({"kind": "close"})


# a result corrected after the decision ---------------------------------------------------------------------------------


def a_counted_result(session, town, now):
    """A result of last year's run, whose school stands in a list signed since: the run, the verdict and the result."""
    run = session.scalars(sa.select(IdentificationRun).order_by(IdentificationRun.id.desc())).first()
    assert run is not None, "the loaded region has last year's run"
    own = sa.select(Verdict).where(Verdict.run_id == run.id, Verdict.status == "listed").order_by(Verdict.id)
    verdict = session.scalars(own).first()
    of_school = (Result.school_id == verdict.school_id, Result.school_year == run.school_year - 1)
    row = session.scalars(sa.select(Result).where(Result.current, *of_school)).first()
    signed = lists.signed(session, town.region, now.year)
    if signed is None:
        names = {"region": town.region, "school_year": now.year, "number": 1}
        signed = SupportList(**names, run_id=run.id, sha256="0" * 64, frozen_at=now)
        session.add(signed)
        session.flush()
        line = {"position": 1, "municipality": "М", "school_code": "1", "school_name": "Ш", "basis": "К1"}
        session.add(SupportListRow(list_id=signed.id, school_id=verdict.school_id, criteria=[], **line))
    signed.frozen_at = now - timedelta(hours=1)
    run.made_at = now - timedelta(hours=2)
    session.execute(sa.update(ImportFile).values(loaded_at=now - timedelta(days=1)))
    return run, verdict, row


def put_right(session, town, row, now, **counts):
    """A file that corrects a result has been loaded."""
    file = ImportFile(
        region=town.region, name="исправлено.xlsx", sha256="e" * 64, kind="fisoko_statistics", scope="", rows=1,
        accepted=1, loaded_at=now, report={},
    )  # fmt: skip
    session.add(file)
    session.flush()
    session.execute(sa.update(Result).where(Result.id == row.id).values(current=False))
    key = {k: getattr(row, k) for k in ("region", "school_id", "procedure", "part", "school_year", "wave")}
    session.add(Result(**key, **counts, file_id=file.id, sheet="Л", rows="2"))
    session.flush()


@pytest.mark.req("OR-82")
def test_a_corrected_result_is_shown_and_told_and_the_decision_stands(town, app) -> None:
    system, now = town.walker.system, utcnow()
    with system.db.write() as session:
        run, verdict, row = a_counted_result(session, town, now)
        school, status = verdict.school_id, verdict.status
        before, after = (row.n, row.low), (row.n + 1, 0)
    cycle = town.cycle_of(school)
    with system.db.write() as session:
        put_right(session, town, row, now, n=after[0], low=after[1])
        titles = {p.code: p.title for p in regions.profile(town.region).procedures}
        told = corrections.tell(session, town.region, titles, now - timedelta(seconds=1), actor=None, now=now)
        assert told == 1
        (found,) = corrections.since(session, [school], now - timedelta(hours=2))
        assert (found.before, found.after) == (before, after)
    kept = town.get(Verdict, verdict.id)
    assert (kept.status, kept.decided_status) == (status, None) and town.case(cycle).status == "open"
    events = town.all(sa.select(Event.kind).where(Event.case_id == cycle))
    assert "result.corrected" in events
    posted = town.all(sa.select(Message).where(Message.case_id == cycle, Message.topic == "mail"))
    assert {m.payload.get("role") for m in posted} >= {"regional_operator", "school_head"}
    page = Visitor(app, town.operator()).get(f"/runs/{run.id}/schools/{school}").get_data(as_text=True)
    assert "Исправлено после расчёта" in page and f"стало {after[1]} из {after[0]}" in page


@pytest.mark.req("OR-66")
def test_what_was_typed_for_a_task_that_a_colleague_has_done_is_shown_and_not_lost(town, app) -> None:
    case_id = town.register({"kind": "rename", "name": "Имени Героя", "short_name": "Героя"})
    task, operator = town.walker.task("reorg_verify", case_id=case_id), Visitor(app, town.operator())
    page = operator.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert f'name="task_case" value="{case_id}"' in page and 'name="task_form" value="reorg_verify"' in page
    town.walker.do("reorg_verify", {"outcome": "ok", "note": "Сверено с ЕГРЮЛ."}, case_id=case_id)
    sent = {"task_case": case_id, "task_form": "reorg_verify", "version": task.version, "draft_version": 0}
    sent |= {"outcome": "return", "note": "В акте другое название.", "do": "send"}
    answer = operator.post(f"/tasks/{task.id}", sent)
    said = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "Эта задача уже выполнена" in said and f'href="/cases/{case_id}"' in said
    assert "В акте другое название." in said and "вернуть на исправление" in said
    kept = operator.post(f"/tasks/{task.id}/draft", sent, headers={"Accept": "application/json"})
    assert kept.status_code == 409 and kept.json["page"] == f"/cases/{case_id}"
    stranger = Visitor(app, town.walker.actor_of(town.third, "school_head"))
    assert stranger.post(f"/tasks/{task.id}", sent).status_code == 404
    assert operator.post(f"/tasks/{task.id}", {**sent, "task_case": 10**9}).status_code == 404
