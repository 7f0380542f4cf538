"""A demo region as a whole: its size, its sameness, the truth about its lists, its people."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from app.demo import DemoRegion, generate, region_parameters
from app.demo.oracle import listed
from app.identification.context import UNKNOWN, check_values, compute_index, matrix
from app.identification.rules import Method, Result, assess
from app.people import roles
from app.regions import profile

KINDS = {"СОШ": "full", "ООШ": "basic", "НОШ": "primary"}


def test_the_same_seed_gives_the_same_bytes(region: DemoRegion) -> None:
    sizes = {"schools": 150, "municipalities": 9, "urban": 3, "state": 5, "private": 3}
    parameters = region_parameters(region.parameters.code, **sizes)
    one, two, other = generate(parameters, 7), generate(parameters, 7), generate(parameters, 8)
    assert {file.name: file.content for file in one.papers} == {file.name: file.content for file in two.papers}
    assert (one.people, one.teachers, one.expected()) == (two.people, two.teachers, two.expected())
    assert one.files() != other.files()


def test_sizes_are_those_of_the_parameters(region: DemoRegion) -> None:
    parameters = region.parameters
    assert len(region.schools) == parameters.schools
    assert len({school.municipality.code for school in region.schools}) == parameters.municipalities
    founders = Counter(school.founder for school in region.schools)
    assert (founders["state"], founders["private"]) == (parameters.state, parameters.private)
    assert (
        len({school.code for school in region.schools}) == len({s.login for s in region.schools}) == parameters.schools
    )
    assert all(s.login.startswith(f"edu{parameters.number}") and len(s.login) == 9 for s in region.schools)
    for exam, least in (("oge_math", 8_000), ("oge_rus", 8_000), ("ege_rus", 6_000)):
        assert least < len(region.outcomes.session(exam, 2025).pupils) < 15_000


def test_schools_of_a_municipality_have_different_names(region: DemoRegion) -> None:
    names = Counter((school.municipality.code, school.short_name) for school in region.schools)
    assert max(names.values()) == 1


@pytest.mark.req("OR-71", "OR-81", "OM-12")
def test_about_one_school_in_thirteen_is_listed_and_half_of_them_again(region: DemoRegion) -> None:
    now, before = listed(region.expected(2026)), listed(region.expected(2025))
    share = len(now) / len(region.schools)
    assert 0.07 < share < 0.08
    assert abs(len(now) - len(before)) <= 5
    assert 0.4 < len(now & before) / len(now) < 0.7


@pytest.mark.req("OR-71", "OM-12")
@pytest.mark.parametrize("rule", ["any", "same_procedure"])
def test_planted_cases_come_out_as_the_manifest_says(region: DemoRegion, rule: str) -> None:
    verdicts = region.expected(2026, rule)  # type: ignore[arg-type]
    for case in region.cases:
        if case.expected:
            assert tuple(verdicts[case.schools[0]]) == case.expected[rule], case.key


@pytest.mark.req("OR-71", "OM-12")
@pytest.mark.parametrize("list_year", [2025, 2026])
def test_the_rules_of_the_application_agree_with_the_planted_truth(region: DemoRegion, list_year: int) -> None:
    data = profile(region.parameters.code)
    method = Method(data.rule(list_year), data)
    results = [
        Result(code, procedure, year, count.n, count.low)
        for code, counts in region.counts().items()
        for (year, procedure), count in counts.items()
    ]
    schools = [(school.code, KINDS[school.kind]) for school in region.schools]
    verdicts = assess(method, schools, results, list_year)
    found = {str(verdict.school): (verdict.status, verdict.criteria) for verdict in verdicts}
    assert found == {code: tuple(verdict) for code, verdict in region.expected(list_year).items()}


def test_the_wrong_extract_would_list_a_school(region: DemoRegion) -> None:
    code, _ = region.correction
    assert region.expected(2026)[code].status == "not_listed"
    assert tuple(region.expected(2026, corrected=False)[code]) == ("listed", ("K2",))


def test_every_role_has_somebody_to_sign_in_as(region: DemoRegion) -> None:
    kinds = {organisation.key: organisation.kind for organisation in region.organisations}
    assert len(kinds) == len(region.organisations)
    for person in region.people:
        assert kinds[person.organisation] in roles.ROLES[person.role].kinds, person
    assert {person.role for person in region.people} == set(roles.ROLES) - {"curator"}
    heads = Counter(person.organisation for person in region.people if person.head and person.role == "school_head")
    assert len(heads) == len(region.schools)
    positions = {person.position for person in region.people if person.position}
    assert positions == set(profile(region.parameters.code).positions)


def test_logins_and_codes_of_two_regions_never_meet(every_region: list[DemoRegion]) -> None:
    logins = [person.login for region in every_region for person in region.people]
    codes = [school.code for region in every_region for school in [*region.schools, *region.closed]]
    assert len(set(logins)) == len(logins)
    assert len(set(codes)) == len(codes)


def test_parents_curators_and_substitutes_exist(region: DemoRegion) -> None:
    keys, logins = {o.key for o in region.organisations}, {person.login for person in region.people}
    assert all(o.parent in keys for o in region.organisations if o.kind != "ministry")
    for substitution in region.substitutions:
        assert {substitution.whom, substitution.by} <= logins
    municipal = [c for c in listed(region.expected()) if region.school(c).under_municipality]
    assert len(set(municipal) & set(region.curators)) >= 0.9 * len(municipal)
    for school, curator in region.curators.items():
        assert curator in logins
        assert curator != f"school-{school}"


@pytest.mark.req("OM-02", "OM-07", "OM-12")
def test_passports_fill_all_cells_of_the_matrix(region: DemoRegion) -> None:
    data, verdicts = profile(region.parameters.code), region.expected()
    for values in region.passports.values():
        assert not [code for code, own in values.items() if check_values(data, own)]
        found = [(code, verdicts[code].status, compute_index(data, own).hard) for code, own in values.items()]
        judged = [codes for cell, codes in matrix(found).items() if UNKNOWN not in cell]
        assert len(judged) == 4
        assert all(len(codes) >= 15 for codes in judged)


@pytest.mark.req("OM-07")
def test_passports_keep_parts_within_wholes(region: DemoRegion) -> None:
    wanted = profile(region.parameters.code).social_passport
    assert bool(region.passports) == wanted.required
    for values in region.passports.values():
        assert len(values) == len(region.schools)
        for own in values.values():
            assert set(own) == {field.code for field in wanted.fields}
            for field in wanted.fields:
                if field.subset_of:
                    assert own[field.code] <= own[field.subset_of], (field.code, own)  # type: ignore[operator]
            assert own["full_families"] + own["incomplete_families"] == own["pupils"]  # type: ignore[operator]


def test_writing_leaves_files_and_the_manifest(region: DemoRegion, tmp_path: Path) -> None:
    region.write(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    for file in manifest["files"]:
        assert (tmp_path / file["name"]).stat().st_size == file["size"]
    planted = {case["key"]: case for case in manifest["cases"]}
    assert len(planted) >= 22
    assert all(case["files"] for case in planted.values() if case["key"] not in {"primary_school"})
    assert [change["kind"] for change in manifest["reorganisations"]].count("merge") == 1
