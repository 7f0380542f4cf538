"""A whole synthetic region, the same for the same parameters and seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from app.demo import oracle, papers, people, planted
from app.demo import passports as social
from app.demo.cases import EdgeCase, Planter
from app.demo.oracle import Count, Verdict
from app.demo.papers import DemoFile, Papers, Part
from app.demo.parameters import LIST_YEAR, RegionParameters, Rule
from app.demo.people import Organisation, Person, Substitution, Teacher
from app.demo.plan import Plan, spread, wanted
from app.demo.pupils import Maker, Marks, Outcomes, Pupil
from app.demo.schools import (
    Municipality,
    Reorganisation,
    School,
    closed_schools,
    municipalities,
    renamed,
)
from app.demo.schools import schools as make_schools


@dataclass
class DemoRegion:
    """Schools, people, pupils' results and papers of one invented region.

    `schools` are those of the newest registry, `closed` worked in earlier years only. School years are start years.
    """

    parameters: RegionParameters
    seed: int
    municipalities: list[Municipality]
    schools: list[School]
    closed: list[School]
    plan: Plan
    outcomes: Outcomes
    cases: list[EdgeCase]
    reorganisations: list[Reorganisation]
    correction: tuple[str, Marks]
    appeal: Pupil
    unknown_code: str
    markers: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    passports: dict[int, dict[str, dict[str, social.Value]]] = field(default_factory=dict)
    organisations: list[Organisation] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    teachers: list[Teacher] = field(default_factory=list)
    curators: dict[str, str] = field(default_factory=dict)
    substitutions: list[Substitution] = field(default_factory=list)

    def school(self, code: str) -> School:
        """The school with this «Код ОО», closed ones too; KeyError when there is none."""
        return self._by_code[code]

    def case(self, key: str) -> EdgeCase:
        """A planted case by its key; KeyError when there is none."""
        return {case.key: case for case in self.cases}[key]

    @cached_property
    def _by_code(self) -> dict[str, School]:
        return {school.code: school for school in [*self.schools, *self.closed]}

    @cached_property
    def papers(self) -> list[DemoFile]:
        """All files with what each is for; broken ones are among them."""
        made = list(Papers(self).files())
        for case in self.cases:
            numbers = {(row["school_year"], row["procedure"]) for row in case.counts}
            case.files = [file.name for file in made if case.key in file.cases or numbers & set(file.about)]
        return made

    def files(self, *parts: Part) -> dict[str, bytes]:
        """Contents by path, in the order of import; without `parts` everything but the broken files."""
        return {f.name: f.content for f in self.papers if (f.part in parts if parts else f.part != "broken")}

    def counts(self, *, corrected: bool = True) -> dict[str, dict[tuple[int, str], Count]]:
        """Participants and failures by school and (school year, procedure), before any appeal.

        With `corrected=False` as the first version of the extract had them.
        """
        if corrected:
            return self._counts
        code, marks = self.correction
        first = {**self._counts[code], (2024, "vpr_math_6"): Count(marks.total, marks.two)}
        return {**self._counts, code: first}

    @cached_property
    def _counts(self) -> dict[str, dict[tuple[int, str], Count]]:
        return self.outcomes.counts()

    def expected(
        self, list_year: int = LIST_YEAR, rule: Rule | None = None, *, corrected: bool = True
    ) -> dict[str, Verdict]:
        """Status and criteria of every school of the registry; the region's own rule when none is given."""
        kinds = {school.code: school.kind for school in self.schools}
        return oracle.expected(self.counts(corrected=corrected), kinds, list_year, rule or self.parameters.rule)

    def manifest(self) -> dict[str, Any]:
        """Planted cases and changes of schools as JSON-able data; draws the files if they are not drawn yet."""
        files = [{"name": file.name, "part": file.part, "size": len(file.content)} for file in self.papers]
        changes = [vars(change) for change in self.reorganisations]
        cases = [case.record() for case in self.cases]
        return {"seed": self.seed, "cases": cases, "reorganisations": changes, "files": files}

    def write(self, directory: Path) -> None:
        """Write all files, the broken ones too, and manifest.json beside them."""
        for file in self.papers:
            path = directory / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        text = json.dumps(self.manifest(), ensure_ascii=False, indent=1)
        (directory / "manifest.json").write_text(text, encoding="utf-8")


def generate(parameters: RegionParameters, seed: int = 1) -> DemoRegion:
    """A region made from its parameters; files are drawn when first asked for."""
    random = Random(f"{seed}:{parameters.number}")  # noqa: S311 - a toy world, not a secret
    schools = make_schools(parameters, random)
    closed = closed_schools(parameters, schools)
    plan = Plan([*schools, *closed], random)
    planter = Planter(schools, plan)
    wrong = _plant(planter, schools, closed)
    free = [school for school in schools if school.code not in planter.taken and school.kind != "НОШ"]
    spread(plan, free, wanted(parameters, *_planted_numbers(planter, parameters.rule)))
    maker = Maker(plan, [*schools, *closed], random)
    outcomes = maker.outcomes()
    region = DemoRegion(
        parameters=parameters,
        seed=seed,
        municipalities=municipalities(parameters),
        schools=schools,
        closed=closed,
        plan=plan,
        outcomes=outcomes,
        cases=planter.cases,
        reorganisations=planter.reorganisations,
        correction=(wrong[0], planted.corrected(outcomes, wrong[0], wrong[1].low)),
        appeal=_touch(planter, outcomes, maker),
        unknown_code=f"{parameters.first_code}999",
    )
    _people(region, random)
    return region


def _plant(planter: Planter, schools: list[School], closed: list[School]) -> tuple[str, Count]:
    """Put all planted cases in; returns the school of the wrong extract with its wrong count."""
    planter.merged(closed[0], closed[1:])
    planter.same_names()
    planter.exact()
    planter.new_school()
    code = planter.pick("village")
    index = next(index for index, school in enumerate(schools) if school.code == code)
    planter.renamed(code, schools[index].short_name)
    schools[index] = renamed(schools[index])
    stranger = planter.add("unknown_code", "Код, которого нет в реестре", [], {})
    stranger.note = "Строки отклоняются с причиной, остальные принимаются."
    return planter.corrected()


def _planted_numbers(planter: Planter, rule: Rule) -> tuple[int, int]:
    """How many planted schools the lists of both years hold already."""
    kinds: Mapping[str, str] = {code: planter.schools[code].kind for code in planter.taken}
    now, before = (
        oracle.listed(oracle.expected(planter.plan.counts, kinds, year, rule)) for year in (LIST_YEAR, LIST_YEAR - 1)
    )
    return len(now), len(before)


def _touch(planter: Planter, outcomes: Outcomes, maker: Maker) -> Pupil:
    planted.past_graduates(planter, outcomes, maker)
    planted.absent(planter, outcomes, maker)
    planted.mark_beats_score(planter, outcomes)
    appeal = planted.appeal(planter, outcomes)
    maker.resits(outcomes)
    planted.resit(planter, outcomes)
    return appeal


def _people(region: DemoRegion, random: Random) -> None:
    """Who lives around the schools: organisations, accounts, teachers, passports, signs of bias."""
    listed = sorted(oracle.listed(region.expected()))
    region.organisations = people.organisations(region.parameters, region.municipalities, region.schools)
    region.people = people.people(region.parameters, region.municipalities, region.schools, listed, random)
    region.teachers = people.teachers(region.schools, listed, region.people, random)
    region.curators = people.curators(region.schools, listed)
    region.substitutions = people.substitutions(region.parameters)
    region.markers = papers.marked(region.schools, region.case("bias").schools[0], random)
    if region.parameters.passports:
        hard = set(listed[::2])
        region.passports = social.passports(region.schools, hard, random)
