"""The rule over results: from the results of a school to a verdict with its evidence. Pure, whole numbers only.

What a school year means: a list for 2025/26 (`school_year` 2025) looks at 2024/25 and, when a criterion asks for two
years, at 2023/24. How the hard cases are read:

| Case | Reading |
|---|---|
| exactly the threshold | `operator` of the rule; whole numbers are compared: low × 100 with n × percent |
| rounding | a rounded share never decides; a share rebuilt from a printed one carries `percent_ambiguous` |
| tiny schools | counted as the act says (`min_participants` 1), marked `small_sample`; a larger minimum is an option |
| procedure not held, moved | no row, no result; an autumn procedure is stored under the year of its programme |
| re-sits | only the first group of `waves` that has data; September and annulling re-sits never |
| ЕГЭ in mathematics | both levels together; `ege_math = "split"` counts them apart |
| past graduates, СПО, ГВЭ | `excluded_categories`: left out of the result (the import drops them, too) |
| школа without senior or middle grades | only procedures of its kind; a primary school is `not_applicable` |
| absent pupils | not participants: n has only those who sat; nobody sat means no result, never «0 of 0» |
| pupils with ОВЗ | counted as the source counts them |
| merger, branch | `pool_predecessors` adds results of predecessors before the date of the link; otherwise own results only |
| schools of one name | a school is its identifier, never its name |
| signs of bias | flag `bias`, never a criterion |
| objection | changes the decided status beside the computed one, through a case |
| new rule | another version of the rule; a stored run names the one it used |
| federal list | compared with a run, never mixed into it |
| private and state schools | judged alike; only the route of their papers differs |
| no data for the year before last | `watch` when the list would follow from a low result in the missing year |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from app.regions.criteria import Criterion, ResultsRule
from app.regions.model import Profile

LISTED, NOT_LISTED, WATCH = "listed", "not_listed", "watch"
NOT_APPLICABLE, INSUFFICIENT_DATA = "not_applicable", "insufficient_data"
STATUSES = (LISTED, NOT_LISTED, WATCH, NOT_APPLICABLE, INSUFFICIENT_DATA)

SMALL_SAMPLE, BIAS, AMBIGUOUS = "small_sample", "bias", "percent_ambiguous"
BELOW_MINIMUM, POOLED, KIND_MISMATCH = "below_minimum", "pooled_predecessors", "kind_mismatch"


Links = Mapping[Any, Sequence[tuple[Any, int]]]
"""School → (predecessor, first school year of the successor alone)."""


class Source(NamedTuple):
    """Where a number was read: file, sheet, rows as people see them («12», «12–40»)."""

    file: str
    sheet: str
    rows: str


class Result(NamedTuple):
    """Participants of a procedure in a school: `n` of them, `low` below the threshold.

    `part`: '' or the level of the examination. `wave`, `category`: codes of the profile's dictionaries. `file`, `sheet`,
    `rows` are the source, `id` its row in the database; the query of a run has its columns in this very order.
    """

    school: int | str
    procedure: str
    school_year: int
    n: int
    low: int
    part: str = ""
    wave: str = "main"
    category: str = "current"
    ambiguous: bool = False
    file: str = ""
    sheet: str = ""
    rows: str = ""
    id: int = 0


class Observation(NamedTuple):
    """What the rule sees of one procedure in one year. `procedure` is the code it is counted under."""

    procedure: str
    school_year: int
    n: int
    low: int
    is_low: bool
    flags: tuple[str, ...]
    places: tuple[tuple[str, str, str], ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(Source(*place) for place in self.places)


class Finding(NamedTuple):
    """How one criterion came out: number of low results by year (nearest first), codes that count, and whether met."""

    criterion: str
    met: bool
    low_by_year: tuple[int, ...]
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one school; `criteria` are the codes met, in the order of the act."""

    school: int | str
    school_year: int
    status: str
    criteria: tuple[str, ...]
    findings: tuple[Finding, ...]
    observations: tuple[Observation, ...]
    flags: tuple[str, ...]

    @property
    def low(self) -> tuple[Observation, ...]:
        """Every low result of the years the rule looks at."""
        return tuple(observation for observation in self.observations if observation.is_low)

    @property
    def needs_expert(self) -> bool:
        """A small sample takes part in the conclusion: an expert's remark is asked for."""
        return SMALL_SAMPLE in self.flags and self.status in (LISTED, WATCH)


class Method:
    """A rule made ready for a region: names under which procedures are counted, what each kind of school sits."""

    def __init__(self, rule: ResultsRule, profile: Profile) -> None:
        self.rule = rule
        self.profile = profile
        self.counted: dict[tuple[str, str], str] = {}
        self.titles: dict[str, str] = {}
        self.order: dict[str, int] = {}
        for code in rule.procedures:
            self._name(code)
        exams = {code: profile.procedure(code).exam for code in rule.procedures}
        self.applicable = {
            kind: frozenset(code for code, exam in exams.items() if exam in sat)
            for kind, sat in profile.school_kinds.items()
        }
        self.names = tuple(self.order)
        self.slots = {key: self.order[name] for key, name in self.counted.items()}
        self.rank = {wave: rank for rank, group in enumerate(rule.waves) for wave in group}
        self.excluded = frozenset(rule.excluded_categories)
        self._share, self._gte = rule.share_percent, rule.operator == "gte"
        self._minimum, self._small = rule.min_participants, rule.small_sample_below
        self._outcomes: dict[tuple[int, ...], tuple[str, tuple[str, ...], tuple[Finding, ...]]] = {}

    def _name(self, code: str) -> None:
        procedure = self.profile.procedure(code)
        parts = {"": code}
        if procedure.levels:
            split = self.rule.ege_math == "split"
            parts |= {level: own if split else code for level, own in procedure.levels.items()}
        if procedure.pooled_as and self.rule.granularity == "pooled":
            parts = dict.fromkeys(parts, procedure.pooled_as)
        for part, name in parts.items():
            self.counted[code, part] = name
            self.order.setdefault(name, len(self.order))
            self.titles.setdefault(name, self._title(code, name, part))

    def _title(self, code: str, name: str, part: str) -> str:
        title = self.profile.procedure(code).title
        if name == self.profile.procedure(code).pooled_as:
            return title.rsplit(", ", 1)[0] + ", все классы"
        levels = {"base": "базовый уровень", "profile": "профильный уровень"}
        return title if name == code else f"{title}, {levels.get(part, part)}"

    def is_low(self, n: int, low: int) -> bool:
        """Whether `low` of `n` participants is a low result; nobody sat is never low."""
        share, line = low * 100, n * self._share
        return n > 0 and (share > line or (share == line and self._gte))

    def verdict(
        self,
        school: int | str,
        kind: str,
        results: Iterable[Result],
        school_year: int,
        *,
        biased: bool = False,
    ) -> Verdict:
        """Judge one school by its results (and, when pooled, those of its predecessors); their order does not matter."""
        flags: set[str] = {BIAS} if biased else set()
        observations = tuple(self._observe(school, self.applicable[kind], results, school_year, flags))
        return self.conclude(school, kind, observations, school_year, tuple(sorted(flags)))

    def conclude(
        self,
        school: int | str,
        kind: str,
        observations: tuple[Observation, ...],
        school_year: int,
        flags: tuple[str, ...] = (),
    ) -> Verdict:
        """The verdict that follows from observations already made."""
        if not self.applicable[kind]:
            return Verdict(school, school_year, NOT_APPLICABLE, (), (), (), flags)
        low, data, order = [0] * self.rule.years, 0, self.order
        for name, year, _, _, is_low, own, _ in observations:
            if own and BELOW_MINIMUM in own:
                continue
            back = school_year - year - 1
            data |= 1 << back
            if is_low:
                low[back] |= 1 << order[name]
        key = (*low, data)
        if key not in self._outcomes:
            self._outcomes[key] = self._outcome(low, data)
        status, met, findings = self._outcomes[key]
        return Verdict(school, school_year, status, met, findings, observations, flags)

    def _observe(
        self, school: int | str, applicable: frozenset[str], results: Iterable[Result], year: int, flags: set[str]
    ) -> Iterator[Observation]:
        first, slots, rank, excluded = year - self.rule.years, self.slots, self.rank, self.excluded
        found: dict[tuple[int, int], Result | list[Result]] = {}
        for row in results:
            owner, procedure, row_year, n, _, part, wave, category, *_ = row
            if not first <= row_year < year:
                continue
            slot = slots.get((procedure, part))
            if slot is None:
                slot = slots.get((procedure, ""))
                if slot is None:
                    continue
            if procedure not in applicable:
                flags.add(KIND_MISMATCH)
                continue
            if n < 1 or wave not in rank or category in excluded:
                continue
            if owner != school:
                flags.add(POOLED)
            key = (year - row_year, slot)
            other = found.get(key)
            if other is None:
                found[key] = row
            else:
                found[key] = [*other, row] if isinstance(other, list) else [other, row]
        for key in sorted(found):
            rows = found[key]
            name, row_year = self.names[key[1]], year - key[0]
            if isinstance(rows, list):
                yield self._sum(name, row_year, self._first_attempts(rows), flags)
            else:
                yield self._seen(name, row_year, rows.n, rows.low, rows.ambiguous, (rows[9:12],), flags)

    def _first_attempts(self, rows: Sequence[Result]) -> list[Result]:
        """Of each procedure and level the rows of the first group of waves that has data, copies counted once."""
        best: dict[tuple[str, str], int] = {}
        for row in rows:
            exact, rank = (row.procedure, row.part), self.rank[row.wave]
            best[exact] = min(rank, best.get(exact, rank))
        unique: dict[tuple[object, ...], Result] = {}
        for row in sorted(rows, key=_stable):
            if self.rank[row.wave] == best[row.procedure, row.part]:
                unique.setdefault((*row[:8], row.sheet, row.rows), row)
        return list(unique.values())

    def _sum(self, name: str, year: int, rows: Sequence[Result], flags: set[str]) -> Observation:
        n, low = sum(row.n for row in rows), sum(row.low for row in rows)
        places = tuple(sorted({(row.file, row.sheet, row.rows) for row in rows}))
        return self._seen(name, year, n, low, any(row.ambiguous for row in rows), places, flags)

    def _seen(
        self,
        name: str,
        year: int,
        n: int,
        low: int,
        ambiguous: bool,
        places: tuple[tuple[str, str, str], ...],
        flags: set[str],
    ) -> Observation:
        rule_is_low = self.is_low
        is_low = rule_is_low(n, low)
        own: tuple[str, ...] = ()
        if n < self._minimum:
            own, is_low = (BELOW_MINIMUM,), False
            flags.add(BELOW_MINIMUM)
        if ambiguous:
            own += (AMBIGUOUS,)
            if is_low or rule_is_low(n, low + 1) != rule_is_low(n, low - 1):
                flags.add(AMBIGUOUS)
        if n < self._small:
            own += (SMALL_SAMPLE,)
            if is_low:
                flags.add(SMALL_SAMPLE)
        return Observation(name, year, n, low, is_low, own, places)

    def _outcome(self, low: Sequence[int], data: int) -> tuple[str, tuple[str, ...], tuple[Finding, ...]]:
        """Status, criteria met and findings for sets of low procedures by year and years with data, both as bits."""
        findings = tuple(self._finding(criterion, low) for criterion in self.rule.criteria)
        met = tuple(finding.criterion for finding in findings if finding.met)
        return self._status(findings, low, data), met, findings

    def _finding(self, criterion: Criterion, low: Sequence[int]) -> Finding:
        asked = low[: criterion.years]
        same = reduce(and_, asked) if criterion.years > 1 else 0
        if criterion.years > 1 and self.rule.same_procedure:
            met = same.bit_count() >= criterion.procedures
        else:
            met = all(bits.bit_count() >= criterion.procedures for bits in asked)
        codes = tuple(name for slot, name in enumerate(self.names) if same >> slot & 1)
        return Finding(criterion.code, met, tuple(bits.bit_count() for bits in asked), codes)

    def _status(self, findings: Sequence[Finding], low: Sequence[int], data: int) -> str:
        decide = any if self.rule.combine == "any" else all
        if decide(finding.met for finding in findings):
            return LISTED
        if not data & 1:
            return INSUFFICIENT_DATA
        hoped = [
            finding.met or self._might(criterion, low, data)
            for criterion, finding in zip(self.rule.criteria, findings, strict=True)
        ]
        return WATCH if decide(hoped) else NOT_LISTED

    def _might(self, criterion: Criterion, low: Sequence[int], data: int) -> bool:
        """Whether the criterion would be met, were the years without any data as low as they can be."""
        known = [bits for back, bits in enumerate(low[: criterion.years]) if data >> back & 1]
        if len(known) == criterion.years:
            return False
        if self.rule.same_procedure:
            return reduce(and_, known).bit_count() >= criterion.procedures
        return all(bits.bit_count() >= criterion.procedures for bits in known)


def _stable(row: Result) -> tuple[str, ...]:
    return tuple(map(str, row))


def pooled(
    results: Mapping[int | str, Sequence[Result]],
    links: Links,
    school: int | str,
) -> list[Result]:
    """Results of a school with those of its predecessors before the link.

    Chains of links are followed; a circle ends.
    """
    found = list(results.get(school, ()))
    seen, waiting = {school}, [(school, 10_000)]
    while waiting:
        current, before = waiting.pop()
        for predecessor, since in links.get(current, ()):
            if predecessor in seen:
                continue
            seen.add(predecessor)
            limit = min(since, before)
            found.extend(row for row in results.get(predecessor, ()) if row.school_year < limit)
            waiting.append((predecessor, limit))
    return found


def assess(
    method: Method,
    schools: Iterable[tuple[int | str, str]],
    results: Iterable[Result],
    school_year: int,
    *,
    links: Links | None = None,
    biased: frozenset[int | str] = frozenset(),
) -> list[Verdict]:
    """Judge every school of `schools` (identifier, kind); results of unknown schools are not looked at."""
    by_school: dict[int | str, list[Result]] = {}
    for result in results:
        by_school.setdefault(result.school, []).append(result)
    pool = links if links and method.rule.pool_predecessors else None
    return [
        method.verdict(
            school,
            kind,
            pooled(by_school, pool, school) if pool else by_school.get(school, ()),
            school_year,
            biased=school in biased,
        )
        for school, kind in schools
    ]
