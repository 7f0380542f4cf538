"""The typed profile of a region: everything that differs between regions and is not drawn in a diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date as Day
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from app.regions.criteria import Category, Clause, Data, Procedure, ResultsRule, SocialPassport
from app.regions.diagnostics import Diagnostics, Expertise, dangling
from app.regions.evaluation import Evaluation
from app.regions.mentoring import Mentoring
from app.regions.municipal import Municipal
from app.regions.pairs import Pairs
from app.regions.roadmap import Roadmaps
from app.regions.teachers import Teachers
from app.regions.uploads import Uploads

Lines = tuple[str, ...]
Level = Literal["region", "municipality", "school", "teacher"]


class Cases(Data):
    """A name in the grammatical cases that documents need."""

    nominative: str
    genitive: str
    dative: str
    instrumental: str
    prepositional: str
    short: str


class Holiday(Data):
    """A day off of this region alone, over the production calendar of the country."""

    day: Day
    name: str
    basis: str


class Role(Data):
    """A lane of the diagrams: `title` as users read it, `organisation` a key of `organisations` or a kind of body."""

    title: str
    does: str
    level: Level | Literal["system"]
    organisation: str | None = None
    of_case: bool = False


class Organisation(Data):
    """A body of the region. `code` is unique over all regions; `letterhead` are the lines above a document."""

    code: str
    role: str
    name: Cases
    letterhead: Lines = ()
    place: str = ""
    website: str = ""


class Position(Data):
    """A post in the apparatus: `post` as it is printed, line by line."""

    role: str
    organisation: str
    post: Lines
    title: str
    head: bool = False


class Approver(Data):
    """A line of the approval sheet. Those of one `stage` are asked together, stages follow one another."""

    position: str
    stage: int = Field(ge=1)
    compulsory: bool = True
    legal: bool = False
    enabled: bool = True


class Sheet(Data):
    """Approval sheet in the order of printing. `drafter` is printed below and approves nothing."""

    title: str
    columns: tuple[str, str, str]
    approvers: tuple[Approver, ...] = Field(min_length=1)
    drafter: str | None = None
    four_eyes: bool = True

    @property
    def stages(self) -> tuple[tuple[Approver, ...], ...]:
        """Enabled approvers by stage, in the order in which they are asked."""
        numbers = sorted({approver.stage for approver in self.approvers if approver.enabled})
        return tuple(tuple(a for a in self.approvers if a.enabled and a.stage == number) for number in numbers)


class Register(Data):
    """A register of numbers without gaps. `mask` knows {n}, {year}, {code} (of the issuing organisation)."""

    title: str
    issuer: str
    mask: str
    clause: str = ""


class DocumentKind(Data):
    """A kind of document: who signs, where it is numbered, who agrees to it first, whether it is published.

    `by_hand`: an act that may be begun without another case. `binding`: every municipality must have one in force.
    """

    title: str
    printed: str
    genitive: str
    report: str
    numbered_in: str | None = None
    signer: str
    level: Level
    sheet: str | None = None
    signature: tuple[Literal["ukep", "paper", "pep"], ...] = ("pep",)
    publish: bool = False
    restricted: bool = False
    by_hand: bool = False
    binding: bool = False


class Place(Data):
    """Where acts are published. `required` places must all have a dated record before the act is in force."""

    code: str
    title: str
    accusative: str
    address: str
    required: bool = True


class Publication(Data):
    places: tuple[Place, ...]
    effective: Literal["last_publication", "signing", "date"]
    clause: Clause


class Point(Data):
    """A point of an act: text with placeholders, executor as organisation or role, term in the dialect of diagrams."""

    text: str
    executor: str | None = None
    term: str | None = None
    points: tuple[Point, ...] = ()


class Wording(Data):
    """Blocks of a document of one kind. Placeholders in braces are filled by the document's context.

    `values` names the placeholders that whoever opens the case of an act has to give.
    """

    title: str
    preamble: str
    resolves: str = ""
    points: tuple[Point, ...] = ()
    annex_title: str = ""
    annex_note: str = ""
    values: tuple[str, ...] = ()
    clauses: Mapping[str, str] = Field(default_factory=dict)


class Act(Data):
    """The act the region's system rests on. `doubt` is printed on its card until checked against the original."""

    kind: str
    kind_genitive: str
    title: str
    genitive: str
    short: str
    number: str
    date: Day
    date_in_text: tuple[str, ...] = ()
    needs_check: bool = False
    doubt: str = ""
    valid_from: Day
    valid_to: Day | None = None


class Contradiction(Data):
    """A place where the source text contradicts itself or is damaged, and how the product reads it."""

    place: str
    text: str
    reading: str


class ExitRule(Data):
    """When a school may leave the list: `clean_runs` runs in a row that do not list it, then a decision."""

    clean_runs: int = Field(ge=1)
    decision_required: bool = True
    no_data_allows: bool = False
    basis: str


class Dynamics(Data):
    """What counts as positive dynamics of a school. Points are percentage points of the share of low results."""

    improved_below: int
    negative_from: int
    improved_share_percent: int = Field(ge=1, le=100)
    basis: str


class Rung(Data):
    """A step of an overdue ladder: `after` working days from the term (negative: before it) whom to tell and, where it is
    not the task itself, what to ask him for.
    """

    after: int
    tell: str
    title: str
    ask: str = ""


class Limits(Data):
    """Small numbers of the region that forms and operations check.

    `late_point_days`: working days that an act gives from its force where the day usual for a point is past.
    """

    curator_schools: int
    window_days: tuple[int, int]
    rework_rounds: int
    approval_days: tuple[int, int]
    approval_days_default: int
    files_in_row: int
    late_point_days: int


class Profile(Data):
    """One version of a region's data, pinned on its cases by `key` and `hash`."""

    region: str
    key: str
    version: str
    hash: str
    number: int = Field(ge=1, le=99)
    valid_from: Day
    valid_to: Day | None = None
    name: Cases
    capital: str
    time_zone: str
    utc: str
    holidays: tuple[Holiday, ...] = ()
    vocabulary: Mapping[str, str]
    roles: Mapping[str, Role]
    organisations: Mapping[str, Organisation]
    positions: Mapping[str, Position]
    school_kinds: Mapping[str, tuple[Literal["vpr", "oge", "ege"], ...]]
    procedures: Annotated[tuple[Procedure, ...], Field(min_length=1)]
    rule_sets: Annotated[tuple[ResultsRule, ...], Field(min_length=1)]
    social_passport: SocialPassport
    categories: Mapping[str, Category]
    terms: Mapping[str, str]
    limits: Limits
    uploads: Uploads
    registers: Mapping[str, Register]
    sheets: Mapping[str, Sheet]
    document_kinds: Mapping[str, DocumentKind]
    letterheads: Mapping[str, Lines] = Field(default_factory=dict)
    act_kinds: Mapping[str, str]
    act_levels: Mapping[str, tuple[str, ...]]
    signers: Mapping[str, str]
    publication: Publication
    control: Clause
    wording: Mapping[str, Wording]
    act: Act
    contradictions: Mapping[str, Contradiction]
    exit_rule: ExitRule
    dynamics: Dynamics
    teachers: Teachers
    mentoring: Mentoring
    municipal: Municipal
    evaluation: Evaluation
    pairs: Pairs
    overdue: tuple[Rung, ...]
    ladders: Mapping[str, tuple[Rung, ...]] = {}
    processes_off: tuple[str, ...] = ()
    metrics: tuple[str, ...]
    dictionaries: Mapping[str, Mapping[str, str]]
    diagnostics: Diagnostics
    expertise: Expertise
    roadmaps: Roadmaps

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def ladder(self, name: str | None) -> tuple[Rung, ...]:
        """The ladder that a diagram names; the common one where it names none or one that the region does not have."""
        return self.ladders.get(name or "", self.overdue)

    def procedure(self, code: str) -> Procedure:
        """Raises KeyError for a code the region does not know."""
        return {procedure.code: procedure for procedure in self.procedures}[code]

    def rule(self, school_year: int) -> ResultsRule:
        """The newest rule in force on 1 September of the list's school year; KeyError when there is none."""
        day = Day(school_year, 9, 1)
        found = [r for r in self.rule_sets if r.valid_from <= day and (r.valid_to is None or day <= r.valid_to)]
        if not found:
            raise KeyError(f"no rule in force for the school year {school_year}")
        return max(found, key=lambda r: (r.valid_from, r.version))

    def sheet_for(self, document_kind: str) -> Sheet | None:
        """Approval sheet of a kind of document, None when it is signed without one."""
        code = self.document_kinds[document_kind].sheet
        return self.sheets[code] if code else None

    def wording_for(self, document_kind: str) -> Wording | None:
        """Wording of a kind of document; without «ё» where the region prints none. None for a kind without one."""
        found = self.wording.get(document_kind)
        if found is None or self.vocabulary.get("yo") != "нет":
            return found
        return Wording.model_validate_json(found.model_dump_json().replace("ё", "е").replace("Ё", "Е"))

    def post_of(self, role: str) -> Lines:
        """Printed lines of the post that signs in this role; KeyError when the region has no such signer."""
        return self.positions[self.signers[role]].post

    @model_validator(mode="after")
    def _references_resolve(self) -> Self:
        missing = [text for text in self._dangling()]
        if missing:
            raise ValueError("; ".join(missing))
        return self

    def _dangling(self) -> Iterator[str]:
        yield from _absent("role", {p.role for p in self.positions.values()}, self.roles)
        yield from _absent("organisation", {p.organisation for p in self.positions.values()}, self.organisations)
        yield from _absent("position", {a.position for s in self.sheets.values() for a in s.approvers}, self.positions)
        yield from _absent("position", {s.drafter for s in self.sheets.values() if s.drafter}, self.positions)
        yield from _absent("position", set(self.signers.values()), self.positions)
        kinds = self.document_kinds.values()
        yield from _absent("role", {kind.signer for kind in kinds}, self.roles)
        yield from _absent("act kind", {code for codes in self.act_levels.values() for code in codes}, self.act_kinds)
        yield from _absent("level of acts", {"region", "municipality", "school"}, self.act_levels)
        yield from _absent("register", {kind.numbered_in for kind in kinds if kind.numbered_in}, self.registers)
        yield from _absent("sheet", {kind.sheet for kind in kinds if kind.sheet}, self.sheets)
        yield from _absent("document kind", set(self.wording), self.document_kinds)
        yield from _absent(
            "role", {rung.tell for rungs in (self.overdue, *self.ladders.values()) for rung in rungs}, self.roles
        )
        measures = self.roadmaps.measures.values()
        yield from _absent(
            "document kind", {k.document_kind for k in self.roadmaps.kinds.values()}, self.document_kinds
        )
        for name, field in (("risk_factor", "factor"), ("direction", "direction"), ("mechanism", "mechanism")):
            yield from _absent(name, {getattr(m, field) for m in measures}, self.dictionaries[name])
        yield from _absent("evidence_kind", {m.evidence for m in measures}, self.dictionaries["evidence_kind"])
        codes = {procedure.code for procedure in self.procedures}
        yield from _absent("procedure", {code for rule in self.rule_sets for code in rule.procedures}, codes)
        fields = {field.code for field in self.social_passport.fields}
        yield from dangling(self.diagnostics, self.dictionaries.get("risk_factor", {}), fields)


def _absent(what: str, used: set[str], known: Mapping[str, object] | set[str]) -> Iterator[str]:
    for code in sorted(used - set(known)):
        yield f"no such {what}: {code}"
