"""Profiles of regions: typed, complete, and the only place where a region is named."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from app import regions
from app.cases.calendar import of_zone
from app.cases.system import WORKFLOWS
from app.documents import contexts, register
from app.errors import NotFound
from app.regions.model import Point

ROOT = Path(__file__).parents[2]
NAMES = re.compile(r"orenburg|(?<![a-z])omsk|оренбург|(?<![а-яё])омск|(?<![а-яё])ИРООО|pravo\.orb", re.IGNORECASE)
SEVEN = (
    "Заместитель Министра образования Омской области",
    "Заместитель руководителя департамента дошкольного, общего, дополнительного образования и кадрового развития "
    "системы образования Министерства образования Омской области",
    "Начальник управления общего образования департамента дошкольного, общего, дополнительного образования и "
    "кадрового развития системы образования Министерства образования Омской области",
    "Руководитель департамента правового развития, проектного управления, информационно-аналитической работы, "
    "государственной службы и кадров Министерства образования Омской области",
    "Заместитель руководителя департамента правового развития, проектного управления, информационно-аналитической "
    "работы, государственной службы и кадров Министерства образования Омской области",
    "Начальник правового управления департамента правового развития, проектного управления, "
    "информационно-аналитической работы, государственной службы и кадров Министерства образования Омской области",
    "Должностное лицо, в основные служебные обязанности которого входит проведение правовой экспертизы правовых актов "
    "и проектов правовых актов, подготовка и редактирование проектов правовых актов в качестве юриста или исполнителя, "
    "ответственного за подготовку и рассмотрение проектов правовых актов",
)


def code_files() -> list[Path]:
    folders = ("app", "forms", "reports", "migrations")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.req("OR-62", "OM-05")
def test_no_code_names_a_region() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in code_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if NAMES.search(line)
    ]
    assert not named


def test_codes_and_numbers() -> None:
    assert regions.codes() == ("omsk", "orenburg")
    assert regions.by_number(56).region == "orenburg"
    assert regions.by_number(55).region == "omsk"
    for unknown in (lambda: regions.profile("atlantis"), lambda: regions.by_number(99), lambda: regions.pinned("x")):
        with pytest.raises(NotFound):
            unknown()


@pytest.mark.parametrize("code", regions.codes())
def test_a_profile_is_frozen_and_pinned_by_its_key(code: str) -> None:
    profile = regions.profile(code)
    assert regions.pinned(profile.key) is profile
    assert len(profile.hash) == 64
    with pytest.raises(ValidationError):
        profile.number = 1  # type: ignore[misc]


@pytest.mark.parametrize("code", regions.codes())
def test_time_zone_agrees_with_its_label(code: str) -> None:
    profile = regions.profile(code)
    offset = datetime(2025, 9, 1, tzinfo=UTC).astimezone(profile.zone).utcoffset() or timedelta()
    assert profile.utc == f"UTC+{int(offset.total_seconds() // 3600)}"


def test_a_typing_error_stops_the_start(tmp_path: Path) -> None:
    text = (regions.DIRECTORY / "orenburg_2022.toml").read_text("utf-8")
    for broken, complaint in (
        (text.replace("share_percent = 30", "shere_percent = 30"), "shere_percent"),
        (text.replace('position = "first_deputy"', 'position = "first_duputy"'), "no such position: first_duputy"),
        (text.replace('"vpr_math_5", ', '"vpr_maths_5", '), "vpr_maths_5"),
        (text.replace("number = 56", "number = "), "bad.toml"),
    ):
        path = tmp_path / "bad.toml"
        path.write_text(broken, "utf-8")
        with pytest.raises(regions.BadProfile, match=complaint):
            regions.load(path)


@pytest.mark.req("OM-44")
def test_the_second_region_demands_seven_approvers_and_names_the_drafter() -> None:
    profile = regions.profile("omsk")
    sheet = profile.sheet_for("list_act")
    assert sheet is not None
    assert tuple(" ".join(profile.positions[a.position].post) for a in sheet.approvers) == SEVEN
    assert all(a.compulsory and a.enabled for a in sheet.approvers)
    assert [a.legal for a in sheet.approvers] == [False] * 3 + [True] * 4
    assert sheet.drafter is not None
    assert " ".join(profile.positions[sheet.drafter].post).startswith("Советник управления общего образования")
    assert sheet.columns[1] == "Заключение по проекту"
    assert [len(stage) for stage in sheet.stages] == [1, 1, 2, 2, 1]


@pytest.mark.req("OR-03", "OR-61")
def test_the_first_region_asks_the_department_then_the_first_deputy_and_may_switch_the_lawyer_on() -> None:
    profile = regions.profile("orenburg")
    sheet = profile.sheet_for("list_act")
    assert sheet is not None
    assert [[a.position for a in stage] for stage in sheet.stages] == [["department_head"], ["first_deputy"]]
    lawyer = next(a for a in sheet.approvers if a.position == "lawyer")
    assert lawyer.legal and not lawyer.compulsory and not lawyer.enabled
    assert "первого заместителя министра образования" in profile.control.text


@pytest.mark.req("OR-60", "OM-45")
def test_acts_publication_numbers_and_posts() -> None:
    first, second = regions.profile("orenburg"), regions.profile("omsk")
    assert [place.required for place in first.publication.places] == [True, True]
    assert first.publication.effective == "last_publication"
    assert len(second.publication.places) == 1
    assert first.registers["ministry"].mask.format(n=801) == first.act.number
    assert second.registers["ministry"].mask.format(n=1532) == second.act.number
    assert first.post_of("minister") == ("Министр",)
    assert len(second.post_of("minister")) == 4
    assert (first.document_kinds["list_act"].printed, second.document_kinds["list_act"].printed) == (
        "Приказ",
        "Распоряжение",
    )


def test_doubts_about_the_source_texts_are_kept() -> None:
    first, second = regions.profile("orenburg"), regions.profile("omsk")
    assert first.act.needs_check and first.act.date.isoformat() == "2022-06-08"
    assert first.act.date_in_text == ("18.06.2022", "08.06.2016")
    assert list(first.contradictions) == [f"C{n}" for n in range(1, 22)]
    assert list(second.contradictions) == [f"O{n}" for n in range(1, 11)]


@pytest.mark.parametrize("code", regions.codes())
def test_wording_uses_known_placeholders_only(code: str) -> None:
    profile = regions.profile(code)
    known = {"school_year", "act_genitive", "by", "operator_head", "centre_head", "effective_clause"}
    known |= {"control_clause", "note_date", "note_number", "list_date", "list_number"}
    known |= {"kind_genitive", "kind_dative"}
    for wording in profile.wording.values():
        texts = [wording.title, wording.preamble, wording.annex_title, wording.annex_note]
        waiting = list(wording.points)
        while waiting:
            point = waiting.pop()
            texts.append(point.text)
            waiting += point.points
            assert ("{by}" in point.text) == (point.term is not None)
        for text in texts:
            assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= known | set(wording.values)


def test_documents_of_a_region_without_yo_have_none() -> None:
    profile = regions.profile("omsk")
    assert profile.vocabulary["yo"] == "нет"
    assert "ё" not in (regions.DIRECTORY / "omsk_2020.toml").read_text("utf-8").split("\n", 1)[1]


@pytest.mark.req("OR-71")
def test_the_rule_of_a_year_is_the_newest_in_force() -> None:
    profile = regions.profile("orenburg")
    rule = profile.rule(2025)
    later = rule.override(version=2, valid_from="2026-06-01", share_percent=25)
    both = profile.model_copy(update={"rule_sets": (rule, later)})
    assert both.rule(2025).share_percent == 30
    assert both.rule(2026).share_percent == 25
    with pytest.raises(KeyError):
        profile.rule(2021)


def test_dictionaries_and_roles_are_complete() -> None:
    for code in regions.codes():
        profile = regions.profile(code)
        assert len(profile.dictionaries["risk_factor"]) == 12
        assert len(profile.dictionaries["gap_kind"]) == 5
        assert len(profile.dictionaries["direction"]) == 7
        assert len(profile.dictionaries["source"]) == 9
        assert {"ministry", "minister", "controller", "regional_operator", "auditor", "legal"} <= set(profile.roles)
        assert [procedure.code for procedure in profile.procedures] == list(profile.rule(2025).procedures)


def test_a_term_of_a_point_never_lies_in_the_past() -> None:
    """Working days run from the force of the act; a day that is past when the draft is laid out gives way to them."""
    calendar, values = of_zone("Asia/Yekaterinburg"), {"kind_genitive": "приказа"}
    items = [Point(text="Уведомить школы {by}.", term="3wd"), Point(text="Представить отчёт {by}.", term="to 07.11")]
    said = [
        [
            one["text"]
            for one in contexts.points(items, values, calendar, datetime(2026, month, 9, tzinfo=UTC), 2026, late=10)
        ]
        for month in (10, 12)
    ]
    force = "со дня вступления в силу настоящего приказа."
    assert said[0] == [
        f"Уведомить школы в течение 3 рабочих дней {force}",
        "Представить отчёт в срок до 7 ноября 2026 г.",
    ]
    assert said[1][1] == f"Представить отчёт в течение 10 рабочих дней {force}"


@pytest.mark.req("OR-16")
@pytest.mark.parametrize("code", regions.codes())
def test_the_ladder_of_a_curator_calls_the_operator_and_then_the_ministry(code: str) -> None:
    profile = regions.profile(code)
    late = [(rung.after, rung.tell) for rung in profile.ladder("curator") if rung.after > 1]
    assert late == [(8, "regional_operator"), (10, "ministry")], "three and five days after the ten of an appointment"
    assert all(rung.ask for rung in profile.ladder("curator") if rung.after > 1)
    assert profile.ladder(None) == profile.overdue


@pytest.mark.req("OR-66")
@pytest.mark.parametrize("code", regions.codes())
def test_every_ladder_that_a_diagram_names_is_the_regions_own(code: str) -> None:
    profile = regions.profile(code)
    drawn = "".join(path.read_text() for path in WORKFLOWS.glob("*.bpmn"))
    named = set(re.findall(r'name="ladder" value="(\w+)"', drawn))
    assert named == {"curator", "controller"} == profile.ladders.keys()
    warned, late = [], []
    for rung in profile.ladder("controller"):
        (late if rung.after > 0 else warned).append(rung.tell)
    assert late == ["controller"] and set(warned) == {"regional_operator"}, "there is no executor to remind of a wait"


@pytest.mark.parametrize("code", regions.codes())
def test_kinds_of_acts_to_choose_from_have_titles_of_their_own(code: str) -> None:
    titles = list(register.kinds(regions.profile(code)).values())
    assert len(titles) == len(set(titles))
