"""Runs over a database: frozen inputs, evidence, decisions beside computed verdicts, lists, trial calculations."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal
from app.db import Database
from app.errors import BadInput, Conflict, NotFound, Refused
from app.identification import changes, lists, quality, runs, trial
from app.identification.explain import explain
from app.identification.models import DataQuestion, IdentificationRun, SupportListRow, Verdict
from app.journal.models import Event
from app.results.models import AssessmentOccasion, BiasMark, ImportFile, Result
from app.results.storing import NO_CODE
from tests.identification.samples import FIRST, PREV, PREV2, SECOND, YEAR
from tests.identification.world import NOW, World


def sample(session: Session, region: str = FIRST) -> World:
    """Six schools: K1, K2, watch, clean, primary, without data."""
    world = World(session, region)
    clean = {"МА5": (0, 50), "РУ5": (0, 50)}
    world.results("101", МА5=(30, 97), РУ5=(20, 60))
    world.results("101", PREV2, **clean)
    world.results("102", МА6=(40, 100), РУ5=(0, 50))
    world.results("102", PREV2, РУ5=(35, 100), МА6=(0, 80))
    world.results("103", МА5=(4, 9))
    world.results("104", **clean)
    world.results("104", PREV2, **clean)
    world.school("105", "primary")
    world.school("106", "basic")
    return world


def identify(session: Session, region: str = FIRST, **options: Any) -> IdentificationRun:
    return runs.identify(session, region, YEAR, now=NOW, **options)


def statuses(session: Session, run: IdentificationRun) -> dict[str, str]:
    return {row["school"]: row["status"] for row in runs.run_json(session, run)["verdicts"]}


@pytest.mark.req("OR-05", "OR-63", "OR-69", "OR-71", "OR-74", "OR-81")
def test_a_run_prints_every_school_with_its_evidence(db: Database) -> None:
    with db.write() as session:
        sample(session)
        run = identify(session)
        printed = orjson.loads(orjson.dumps(runs.run_json(session, run)))
    assert (printed["run"], printed["rule"], printed["school_year"]) == (run.id, "ОРБ-2022.1", 2025)
    by_code = {row["school"]: row for row in printed["verdicts"]}
    assert {code: row["status"] for code, row in by_code.items()} == {
        "101": "listed",
        "102": "listed",
        "103": "watch",
        "104": "not_listed",
        "105": "not_applicable",
        "106": "insufficient_data",
    }
    assert by_code["101"] == {
        "school": "101",
        "status": "listed",
        "criteria": ["K1"],
        "low": [
            {
                "procedure": "vpr_math_5",
                "school_year": 2024,
                "n": 97,
                "low": 30,
                "sources": [{"file": "МА5_2024.xlsx", "sheet": "Отчёт", "rows": [12]}],
            },
            {
                "procedure": "vpr_rus_5",
                "school_year": 2024,
                "n": 60,
                "low": 20,
                "sources": [{"file": "РУ5_2024.xlsx", "sheet": "Отчёт", "rows": [12]}],
            },
        ],
        "flags": [],
    }
    assert [(low["procedure"], low["school_year"]) for low in by_code["102"]["low"]] == [
        ("vpr_math_6", 2024),
        ("vpr_rus_5", 2023),
    ]
    assert by_code["103"]["flags"] == ["small_sample"]
    assert run.counts["statuses"]["listed"] == 2
    assert run.counts["procedures"]["vpr_math_5"] == {"schools": 3, "participants": 156, "low_schools": 2}


@pytest.mark.req("OM-12", "OM-22")
def test_the_region_decides_whether_the_procedure_must_be_the_same(db: Database) -> None:
    with db.write() as session:
        sample(session, SECOND)
        assert statuses(session, identify(session, SECOND))["102"] == "not_listed"


def test_a_run_writes_its_event_unless_a_case_does(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        run = identify(session)
        identify(session, case_id=world.case("campaign"))
        events = session.scalars(sa.select(Event.body).where(Event.kind == "identification.run")).all()
    assert len(events) == 1
    assert orjson.loads(events[0])["data"]["inputs_sha256"] == run.inputs_sha256
    with db.read() as session:
        assert journal.verify(session, {}).intact


@pytest.mark.req("OR-05", "OR-71")
def test_recalculation_makes_another_run_and_leaves_the_first(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        first = identify(session)
        again = identify(session)
        assert again.inputs_sha256 == first.inputs_sha256
        world.result("104", "МА6", 50, 60)
        world.result("104", "РУ6", 50, 60)
        second = identify(session)
        assert second.inputs_sha256 != first.inputs_sha256
        assert statuses(session, first)["104"] == "not_listed"
        assert statuses(session, second)["104"] == "listed"


def test_replaced_and_excluded_rows_are_not_seen(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        old = world.result("104", "МА6", 50, 60, current=False)
        doubtful = world.result("104", "РУ6", 50, 60)
        world.result("104", "ОГЭ-МА", 50, 60)
        assert statuses(session, identify(session))["104"] == "listed"
        run = identify(session, without=[doubtful])
        assert statuses(session, run)["104"] == "not_listed"
        assert run.parameters["without"] == [doubtful]
        assert session.get_one(Result, old).current is False


def test_a_school_closed_before_the_year_has_no_verdict_and_gives_its_results_by_option(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        world.school("200", closed=date(2024, 8, 31))
        world.results("200", PREV2, МА5=(80, 100))
        world.results("104", МА6=(50, 60))
        world.link("104", "200", date(2024, 9, 1))
        plain = identify(session)
        assert statuses(session, plain)["104"] == "not_listed"
        assert "200" not in statuses(session, plain)
        pooled = identify(session, overrides={"pool_predecessors": True})
        assert statuses(session, pooled)["104"] == "listed"
        assert pooled.rule == "ОРБ-2022.1, с изменёнными параметрами"
        assert pooled.parameters["overrides"] == {"pool_predecessors": True}
        assert plain.inputs_sha256 == pooled.inputs_sha256


def test_a_stored_verdict_is_explained_by_the_rule_of_its_run(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        run = identify(session, overrides={"share_percent": 35})
        for code, status in (("101", "not_listed"), ("103", "watch"), ("105", "not_applicable")):
            row = runs.verdict_row(session, run, world.school(code))
            verdict = runs.restored(session, run, row)
            assert verdict.status == row.status == status
            assert explain(verdict, runs.method_of(run))
        with pytest.raises(NotFound):
            runs.verdict_row(session, run, world.school("999"))


def test_refusals_of_a_run(db: Database) -> None:
    with db.write() as session:
        with pytest.raises(Refused, match="реестре"):
            identify(session)
        sample(session)
        with pytest.raises(Refused, match="правило"):
            runs.identify(session, FIRST, 2019, now=NOW)


@pytest.mark.req("OR-70", "OR-28")
def test_a_verdict_changes_only_through_a_case_and_keeps_what_was_computed(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        run, school = identify(session), world.school("101")
        objection, visit = world.case("objection"), world.case("visit")

        def change(case_id: int, status: str = "not_listed", reason: str = "Ошибка в протоколе") -> Verdict:
            return changes.change_verdict(session, run, school, status, reason, case_id=case_id, actor=None, now=NOW)

        for bad in (
            {"case_id": visit},
            {"case_id": objection, "reason": " "},
            {"case_id": objection, "status": "good"},
        ):
            with pytest.raises(Refused):
                change(**bad)
        row = change(objection)
        assert (row.status, row.decided_status, row.final_status) == ("listed", "not_listed", "not_listed")
        assert row.categories == []
        assert statuses(session, run)["101"] == "listed"
        assert [line.school.code for line in lists.listed(session, run)] == ["102"]
        final = identify(session, carry=run)
        carried = runs.verdict_row(session, final, school)
        assert (carried.status, carried.decided_status, carried.decided_by_case) == ("listed", "not_listed", objection)
        assert lists.summary(session, final)["decided"] == 1
        lists.freeze(session, final, now=NOW)
        with pytest.raises(Refused, match="подписан"):
            changes.change_verdict(session, final, school, "listed", "Поздно", case_id=objection, actor=None, now=NOW)


def test_a_small_sample_waits_for_a_remark(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        run = identify(session)
        assert changes.missing_notes(session, run) == [world.school("103")]
        changes.annotate(session, run, world.school("103"), "Подтверждено анализом работ")
        assert changes.missing_notes(session, run) == []
        with pytest.raises(Refused):
            changes.annotate(session, run, world.school("101"), "Лишнее")
        small = lists.low_results(session, run, small_only=True)
        assert [(row["school_code"], row["low"], row["n"], row["expert_note"]) for row in small] == [
            ("103", 4, 9, "Подтверждено анализом работ")
        ]
        assert len(lists.low_results(session, run)) == 4


@pytest.mark.req("OR-03", "OR-81")
def test_the_list_is_frozen_and_compared_with_last_years(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        world.results("104", PREV2, МА6=(50, 60), РУ6=(50, 60))
        world.results("101", PREV2, МА6=(50, 60), РУ6=(50, 60))
        before = runs.identify(session, FIRST, YEAR - 1, now=NOW)
        assert lists.differences(session, before).first
        signed = lists.freeze(session, before, now=NOW)
        rows = session.scalars(sa.select(SupportListRow).where(SupportListRow.list_id == signed.id)).all()
        assert [(row.position, row.school_code, row.basis) for row in rows] == [
            (1, "101", "абзац второй (К1)"),
            (2, "104", "абзац второй (К1)"),
        ]
        run = identify(session)
        change = lists.differences(session, run)
        assert [[line.code for line in part] for part in (change.new, change.kept, change.left)] == [
            ["102"],
            ["101"],
            ["104"],
        ]
        counts = lists.summary(session, run)["counts"]
        assert counts["schools"] == counts["not_applicable"] + counts["no_data"] + counts["checked"] == 6
        assert (counts["listed"], counts["kept"], counts["new"], counts["left"]) == (2, 1, 1, 1)
        with pytest.raises(Conflict):
            lists.freeze(session, before, now=NOW)
    assert len(signed.sha256) == 64


@pytest.mark.req("OR-71")
def test_a_trial_shows_who_would_enter_and_leave_and_writes_nothing(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        run = identify(session)
        written = session.scalar(sa.select(sa.func.count()).select_from(IdentificationRun))
        higher = trial.what_if(session, run, threshold=35)
        assert [line.code for line in higher.leave] == ["101"]
        assert (higher.enter, higher.listed, higher.inputs_changed) == ((), 1, False)
        lower = trial.what_if(session, run, threshold=1, school_id=world.school("104"))
        assert (lower.enter, list(lower.after)) == ((), [world.school("104")])
        world.result("104", "МА6", 29, 100)
        world.result("104", "РУ6", 29, 100)
        changed = trial.what_if(session, run, threshold=29)
        assert [line.code for line in changed.enter] == ["104"]
        assert changed.inputs_changed
        assert trial.what_if(session, run, granularity="pooled", min_participants=10).method.rule.min_participants == 10
        for wrong in ({"threshold": 0}, {"colour": 1}):
            with pytest.raises(BadInput):
                trial.what_if(session, run, **wrong)
        assert session.scalar(sa.select(sa.func.count()).select_from(IdentificationRun)) == written


@pytest.mark.req("OM-02", "OM-04", "OM-12")
def test_conditions_give_categories_and_the_matrix(db: Database) -> None:
    with db.write() as session:
        world = sample(session, SECOND)
        world.passport("101", "61.500", small=True)
        world.passport("104", "10.000", signs=("staff", "pupils", "fgos"))
        world.passport("103", "10.000")
        world.passport("102", "10.000", year=2020)
        run = identify(session, SECOND)
        rows = {row.school_id: row.categories for row in session.scalars(sa.select(Verdict))}
        cells = lists.region_matrix(session, run)
    assert rows[world.schools["101"]] == ["low_results", "hard_context", "strategy"]
    assert rows[world.schools["104"]] == ["hard_context", "resilient"]
    assert rows[world.schools["102"]] == []
    assert cells["hard", "low"] == [world.schools["101"]]
    assert cells["hard", "not_low"] == [world.schools["104"]]
    assert cells["ordinary", "not_low"] == [world.schools["103"]]
    assert cells["unknown", "not_low"] == [world.schools["102"]]


@pytest.mark.req("OR-05")
def test_doubts_about_the_data_become_questions(db: Database) -> None:
    with db.write() as session:
        world = sample(session)
        world.school("107", name="Школа 104")
        world.result("105", "МА5", 1, 12)
        world.result("104", "МА6", 1, 97, ambiguous=True)
        world.result("104", "РУ6", 1, 20)
        world.link("104", "102", date(2024, 9, 1))
        world.file(
            "ЕГЭ.xlsx",
            rejected=[
                {"sheet": "1", "row": 7, "column": "Код ОО", "value": "999", "reason": NO_CODE},
                {"sheet": "1", "row": 8, "column": "Балл", "value": "сто", "reason": "нужно число"},
            ],
            rejected_rows=2,
            warnings=["Не участвовали: строк 1."],
        )
        file = world.file("МА5_2024.xlsx")
        session.get_one(ImportFile, file).report = {"warnings": ["Лист «1», строка 5, столбец «2»: 105 – больше 100"]}
        session.add(BiasMark(school_id=world.school("101"), school_year=PREV, markers=["РУ5"], file_id=file))
        session.add(AssessmentOccasion(region=FIRST, procedure="vpr_math_5", school_year=PREV, held="no"))
        session.flush()
        found = quality.questions(session, FIRST, YEAR)
        problems = {question.problem for question in found}
        case = world.case("campaign")
        quality.store(session, case, found)
        quality.store(session, case, found)
        answered = session.scalars(sa.select(DataQuestion).where(DataQuestion.problem == "bias")).one()
        answered.decision = "kept"
        quality.store(session, case, [])
        assert session.scalars(sa.select(DataQuestion.problem)).all() == ["bias"]
        quality.store(session, case, found)
        stored = session.scalar(sa.select(sa.func.count()).select_from(DataQuestion))
    assert problems >= {
        "no_data",
        "duplicate_school",
        "code_not_found",
        "row_count",
        "doubtful_value",
        "percent_ambiguous",
        "participants_differ",
        "bias",
        "reorganised",
        "kind_mismatch",
        "not_held",
    }
    assert stored == len(found)
    assert all(question.text.endswith(("?", ".")) for question in found)


def test_row_numbers_of_a_source() -> None:
    assert runs.row_numbers("12") == [12]
    assert runs.row_numbers("12–14, 20") == [12, 13, 14, 20]
    assert runs.row_numbers("") == []
