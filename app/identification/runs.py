"""Runs of identification: computed from frozen inputs, stored with evidence down to file, sheet and rows.

A run is never recomputed in place: another rule, option or import makes another run. What a person decides stands
beside the computed status (see `app.identification.changes`).
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal, regions
from app.errors import NotFound, Refused
from app.identification import inputs as reading
from app.identification import rules
from app.identification.context import categories
from app.identification.models import IdentificationRun, Verdict
from app.identification.rules import Method, Observation
from app.people.actor import Actor
from app.regions import Profile, ResultsRule
from app.schools.models import School

BATCH = 5000
CARRIED = ("decided_status", "decided_reason", "decided_by_case", "decided_by", "decided_at", "note")


def identify(
    session: Session,
    region: str,
    school_year: int,
    *,
    overrides: Mapping[str, Any] | None = None,
    without: Collection[int] = (),
    carry: IdentificationRun | None = None,
    actor: Actor | None = None,
    case_id: int | None = None,
    now: datetime,
) -> IdentificationRun:
    """Judge every school of the region's registry for the list of `school_year` and store run and verdicts.

    `overrides`: parameters of the rule set by the campaign (`pool_predecessors`, `min_participants`…). `without`: ids
    of result rows left out by a recorded decision. `carry`: an earlier run whose decisions and remarks are kept.
    Without a case the run writes its own event to the journal; inside a case its move does. Refused when no rule is in
    force or the registry is empty.
    """
    profile = regions.profile(region)
    rule = rule_for(profile, school_year, overrides)
    with _no_pauses():
        seen = reading.load(session, profile, rule, school_year, without=without)
        if not seen.schools:
            raise Refused("В реестре региона нет школ.", advice="Загрузите реестр школ и повторите расчёт.")
        method = Method(rule, profile)
        verdicts = judge(method, seen, school_year)
        run = _described(profile, rule, overrides, seen)
        run.school_year, run.counts, run.case_id, run.made_at = school_year, counts(verdicts, method), case_id, now
        run.made_by = actor.position_id if actor else None
        session.add(run)
        session.flush()
        _store(session, run, profile, verdicts, seen, carry)
    if case_id is None:
        journal.append(session, "identification.run", facts(run), actor=actor, at=now)
    return run


def _described(
    profile: Profile, rule: ResultsRule, overrides: Mapping[str, Any] | None, seen: reading.Inputs
) -> IdentificationRun:
    """The run by what it is computed from."""
    return IdentificationRun(
        region=profile.region,
        rule=rule.key if not overrides else f"{rule.key}, с изменёнными параметрами",
        parameters=_parameters(profile, rule, overrides, seen),
        inputs_sha256=seen.sha256,
        files=seen.files,
    )


def facts(run: IdentificationRun) -> dict[str, Any]:
    """What the journal keeps of a run."""
    names = ("region", "school_year", "rule", "inputs_sha256")
    return {"run": run.id, **{name: getattr(run, name) for name in names}, "counts": run.counts["statuses"]}


def judge(
    method: Method, seen: reading.Inputs, school_year: int, lines: Sequence[reading.SchoolLine] | None = None
) -> list[rules.Verdict]:
    """Verdicts of all the schools that were read, or of `lines` only."""
    schools = [(line.id, line.kind) for line in (seen.schools if lines is None else lines)]
    return rules.assess(method, schools, seen.results, school_year, links=seen.links, biased=seen.biased)


def rule_for(profile: Profile, school_year: int, overrides: Mapping[str, Any] | None = None) -> ResultsRule:
    """The rule in force for a list, with the campaign's parameters; Refused when there is none."""
    try:
        rule = profile.rule(school_year)
    except KeyError:
        raise Refused(
            f"На 1 сентября {school_year} года правило отнесения в регионе не действовало.",
            advice="Проверьте учебный год перечня.",
        ) from None
    return rule.override(**overrides) if overrides else rule


def method_of(run: IdentificationRun) -> Method:
    """The rule of a stored run, exactly as it was then."""
    rule = ResultsRule.model_validate(run.parameters["rule"])
    return Method(rule, regions.pinned(run.parameters["profile"]))


def run_by_id(session: Session, run_id: int) -> IdentificationRun:
    run = session.get(IdentificationRun, run_id)
    if run is None:
        raise NotFound("Расчёт не найден.")
    return run


_VERDICT = sa.select(Verdict).where(Verdict.run_id == sa.bindparam("run"), Verdict.school_id == sa.bindparam("school"))


def verdict_row(session: Session, run: IdentificationRun, school_id: int) -> Verdict:
    """The stored verdict of one school; NotFound when the school was not in the registry at the time of the run."""
    row = session.scalars(_VERDICT, {"run": run.id, "school": school_id}).one_or_none()
    if row is None:
        raise NotFound("В этом расчёте школы нет.", advice="Школа появилась в реестре позже; нужен новый расчёт.")
    return row


def restored(session: Session, run: IdentificationRun, row: Verdict, method: Method | None = None) -> rules.Verdict:
    """The verdict with its findings, rebuilt from what was stored; ready for `explain`."""
    method = method or method_of(run)
    kind = session.scalars(sa.select(School.kind).where(School.id == row.school_id)).one()
    seen = tuple(observation(packed, method) for packed in row.observations)
    if row.status == rules.NOT_APPLICABLE:
        return rules.Verdict(row.school_id, run.school_year, row.status, (), (), (), tuple(row.flags))
    known = kind if method.applicable[kind] else "full"  # the registry's kind may have changed since
    return method.conclude(row.school_id, known, seen, run.school_year, tuple(row.flags))


def observation(packed: list[Any], method: Method) -> Observation:
    """A stored [procedure, school_year, n, low, flags, sources] as the rule saw it."""
    procedure, year, n, low, flags, sources = packed
    is_low = rules.BELOW_MINIMUM not in flags and method.is_low(n, low)
    return Observation(procedure, year, n, low, is_low, tuple(flags), tuple(tuple(source) for source in sources))


def run_json(session: Session, run: IdentificationRun) -> dict[str, Any]:
    """The run as `identify --json` prints it: every school of the registry, computed statuses."""
    query = (
        sa.select(School.code, Verdict.status, Verdict.criteria, Verdict.evidence, Verdict.flags)
        .join(School, School.id == Verdict.school_id)
        .where(Verdict.run_id == run.id)
        .order_by(School.code)
    )
    verdicts = [
        {"school": code, "status": status, "criteria": criteria, "low": _rows_as_numbers(evidence), "flags": flags}
        for code, status, criteria, evidence, flags in session.execute(query)
    ]
    return {"run": run.id, "rule": run.rule, "school_year": run.school_year, "verdicts": verdicts}


def _rows_as_numbers(evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**low, "sources": [{**source, "rows": row_numbers(source["rows"])} for source in low["sources"]]}
        for low in evidence
    ]


def row_numbers(text: str) -> list[int]:
    """«12–14, 20» → [12, 13, 14, 20]; [] for a text without numbers."""
    found: list[int] = []
    for piece in text.replace("–", "-").replace("—", "-").replace(";", ",").split(","):
        ends = [int(part) for part in piece.split("-") if part.strip().isdigit()]
        if ends:
            found.extend(range(ends[0], ends[-1] + 1))
    return found


def counts(verdicts: Iterable[rules.Verdict], method: Method) -> dict[str, Any]:
    """Numbers of a run: schools by status, criterion and flag; by procedure for the last year."""
    statuses = dict.fromkeys(rules.STATUSES, 0)
    criteria = {criterion.code: 0 for criterion in method.rule.criteria}
    procedures = {name: {"schools": 0, "participants": 0, "low_schools": 0} for name in method.names}
    flags: dict[str, int] = {}
    every, one_low = 0, 0
    for verdict in verdicts:
        statuses[verdict.status] += 1
        last = verdict.school_year - 1
        low = 0
        for code in verdict.criteria:
            criteria[code] += 1
        for flag in verdict.flags:
            flags[flag] = flags.get(flag, 0) + 1
        for name, year, n, _, is_low, _, _ in verdict.observations:
            if year == last:
                of = procedures[name]
                of["schools"] += 1
                of["participants"] += n
                of["low_schools"] += is_low
                low += is_low
        every += len(verdict.criteria) == len(criteria)
        one_low += low == 1 and verdict.status != rules.LISTED
    return {
        "schools": sum(statuses.values()),
        "statuses": statuses,
        "criteria": criteria,
        "every_criterion": every,
        "one_low": one_low,
        "flags": flags,
        "procedures": procedures,
    }


def _parameters(
    profile: Profile, rule: ResultsRule, overrides: Mapping[str, Any] | None, seen: reading.Inputs
) -> dict[str, Any]:
    return {
        "profile": profile.key,
        "profile_sha256": profile.hash,
        "rule": rule.model_dump(mode="json"),
        "overrides": dict(overrides or {}),
        "without": list(seen.without),
    }


def _store(
    session: Session,
    run: IdentificationRun,
    profile: Profile,
    verdicts: list[rules.Verdict],
    seen: reading.Inputs,
    carry: IdentificationRun | None,
) -> None:
    decisions = _decisions(session, carry)
    nothing = dict.fromkeys(CARRIED)
    rows: list[dict[str, Any]] = []
    for verdict in verdicts:
        decided = decisions.get(int(verdict.school), nothing)
        status = decided["decided_status"] or verdict.status
        rows.append(
            {
                "run_id": run.id,
                "school_id": verdict.school,
                "status": verdict.status,
                "criteria": verdict.criteria,
                "evidence": [_evidence(low) for low in verdict.low],
                "observations": [_packed(seen_) for seen_ in verdict.observations],
                "flags": verdict.flags,
                "categories": categories(profile, status, seen.conditions.get(int(verdict.school))),
                **decided,
            }
        )
    for start in range(0, len(rows), BATCH):
        session.execute(sa.insert(Verdict), rows[start : start + BATCH])


def _decisions(session: Session, carry: IdentificationRun | None) -> dict[int, dict[str, Any]]:
    """What people decided and remarked in an earlier run, by school."""
    if carry is None:
        return {}
    columns = [getattr(Verdict, name) for name in CARRIED]
    query = sa.select(Verdict.school_id, *columns).where(
        Verdict.run_id == carry.id, sa.or_(Verdict.decided_status.is_not(None), Verdict.note.is_not(None))
    )
    return {row[0]: dict(zip(CARRIED, row[1:], strict=True)) for row in session.execute(query)}


def _evidence(low: Observation) -> dict[str, Any]:
    return {
        "procedure": low.procedure,
        "school_year": low.school_year,
        "n": low.n,
        "low": low.low,
        "sources": [{"file": file, "sheet": sheet, "rows": rows} for file, sheet, rows in low.places],
    }


def _packed(seen: Observation) -> tuple[Any, ...]:
    return seen[:4] + seen[5:]


@contextmanager
def _no_pauses() -> Iterator[None]:
    """Hundreds of thousands of small tuples are made and none is part of a circle: the collector only costs here."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
