"""The evaluated year beside the year before, from what the run of the next list saw, kept as rows of the evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.move import Move
from app.errors import Refused
from app.identification import runs
from app.identification.models import IdentificationRun, Verdict
from app.identification.rules import Method, Observation
from app.programmes import dynamics
from app.programmes.dynamics import Compared, Seen
from app.programmes.models import Evaluation, EvaluationResult
from app.results.models import AssessmentOccasion, ImportFile, Result


def newest_run(session: Session, region: str, list_year: int) -> IdentificationRun | None:
    """The newest run of the campaign of a list's year."""
    where = (
        IdentificationRun.region == region,
        IdentificationRun.school_year == list_year,
        IdentificationRun.case_id.is_not(None),
    )
    return session.scalar(sa.select(IdentificationRun).where(*where).order_by(IdentificationRun.id.desc()).limit(1))


def verdict_of(session: Session, run: IdentificationRun, school_id: int) -> Verdict | None:
    where = (Verdict.run_id == run.id, Verdict.school_id == school_id)
    return session.scalar(sa.select(Verdict).where(*where))


def conclusions(session: Session, region: str, school_id: int, list_year: int, count: int) -> list[str | None]:
    """What the runs of `count` lists concluded of a school, the newest first; None where it was not judged."""
    found: list[str | None] = []
    for year in range(list_year, list_year - count, -1):
        run = newest_run(session, region, year)
        verdict = verdict_of(session, run, school_id) if run else None
        found.append(verdict.final_status if verdict else None)
    return found


def store(move: Move, row: Evaluation) -> None:
    """Write the comparison anew: rows by procedure, the dynamics, the rule's answer and the run they rest on."""
    run = newest_run(move.session, row.region, row.school_year + 1)
    if run is None:
        raise Refused("Расчёта нового перечня ещё нет.", advice="Дождитесь расчёта кампании следующего года.")
    verdict = verdict_of(move.session, run, row.school_id)
    rule, profile = move.profile.exit_rule, move.profile
    method = runs.method_of(run)
    norms = _norms(move, row, run, method)
    compared = compare_all(move.session, row, method, verdict, norms, profile.dynamics)
    row.run_id, row.verdict = run.id, verdict.final_status if verdict else None
    past = conclusions(move.session, row.region, row.school_id, row.school_year + 1, rule.clean_runs)
    row.dynamics, row.rule = dynamics.conclude(compared, profile.dynamics), dynamics.rule_says(past, rule)
    move.session.execute(sa.delete(EvaluationResult).where(EvaluationResult.case_id == row.case_id))
    move.session.add_all(_row(row, one) for one in compared)
    move.session.flush()


def compare_all(
    session: Session,
    row: Evaluation,
    method: Method,
    verdict: Verdict | None,
    norms: Mapping[str, dynamics.Norm],
    rule: Any,
) -> list[Compared]:
    """Every procedure that the rule counts and the school sat in either year, in the order of the rule."""
    year = row.school_year
    seen = counted(session, verdict, method) if verdict else {}
    sat = [name for name in method.names if (name, year) in seen or (name, year - 1) in seen]
    barred = obstacles(session, row.region, year, method)
    return [
        dynamics.compare(
            name,
            seen.get((name, year - 1)),
            seen.get((name, year)),
            rule,
            obstacle=barred.get(name),
            small_below=method.rule.small_sample_below,
            expectation=norms.get(name),
        )
        for name in sat
    ]


def counted(session: Session, verdict: Verdict, method: Method) -> dict[tuple[str, int], Seen]:
    """What the run saw of the school, with means from the very rows it read."""
    found = [
        Observation(name, year, n, low, False, (), tuple((str(f), str(s), str(r)) for f, s, r in places))
        for name, year, n, low, _, places in verdict.observations
    ]
    means = _means(session, verdict.school_id, {one.school_year for one in found}, method)
    return {
        (one.procedure, one.school_year): Seen(one.n, one.low, _mean(one, means), one.places)
        for one in found
        if one.n > 0
    }


def _means(session: Session, school_id: int, years: Iterable[int], method: Method) -> dict[Any, list[tuple[int, Any]]]:
    """(procedure as counted, year, file, sheet, rows) → [(n, mean)…]; None stands for a mean that is not known."""
    columns = (Result.procedure, Result.part, Result.school_year, Result.n, Result.mean)
    found = (
        sa.select(*columns, ImportFile.name, Result.sheet, Result.rows)
        .join(ImportFile, ImportFile.id == Result.file_id)
        .where(Result.school_id == school_id, Result.school_year.in_(list(years)), Result.current.is_(True))
    )
    means: dict[Any, list[tuple[int, Any]]] = defaultdict(list)
    for procedure, part, year, n, mean, *place in session.execute(found):
        name = method.counted.get((procedure, part), procedure)
        means[(name, year, *place)].append((n, Fraction(mean) if mean else None))
    return means


def _mean(one: Observation, means: Mapping[Any, list[tuple[int, Any]]]) -> Fraction | None:
    """Of one scale only: marks and points of an examination's levels are never averaged together."""
    rows = [row for place in one.places for row in means.get((one.procedure, one.school_year, *place), ())]
    if len(rows) != 1 or rows[0][1] is None:
        return None
    return rows[0][1]


def obstacles(session: Session, region: str, year: int, method: Method) -> dict[str, str]:
    """Procedures that were moved or not held in either year: their results are not of the same kind."""
    where = (AssessmentOccasion.region == region, AssessmentOccasion.school_year.in_((year - 1, year)))
    found = {}
    for occasion in session.scalars(sa.select(AssessmentOccasion).where(*where, AssessmentOccasion.held != "yes")):
        name = method.counted.get((occasion.procedure, ""), occasion.procedure)
        found[name] = dynamics.MOVED if occasion.held == "moved" else dynamics.NOT_HELD
    return found


def _norms(move: Move, row: Evaluation, run: IdentificationRun, method: Method) -> dict[str, dynamics.Norm]:
    """The region's norms of the earlier year: read from all its results once for all its schools, until a file comes."""
    least = move.profile.evaluation.expected_from
    files = sa.select(sa.func.max(ImportFile.id), sa.func.count()).where(ImportFile.region == row.region)
    state = move.session.execute(files).one()
    key = ("norms", run.id, row.school_year, least)
    known, norms = move.system.remembered.get(key, (None, {}))
    if known != tuple(state):
        norms = norms_of(move.session, row.region, row.school_year - 1, method, least)
        move.system.remembered[key] = tuple(state), norms
    return norms


def norms_of(session: Session, region: str, year: int, method: Method, least: int) -> dict[str, dynamics.Norm]:
    """The region's schools in a year, by procedure as counted; first attempts only."""
    columns = (Result.procedure, Result.part, Result.school_id, sa.func.sum(Result.n), sa.func.sum(Result.low))
    where = (Result.region == region, Result.school_year == year, Result.current.is_(True))
    first = Result.wave.in_(method.rule.waves[0])
    found = sa.select(*columns).where(*where, first).group_by(Result.procedure, Result.part, Result.school_id)
    schools: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for procedure, part, school, n, low in session.execute(found):
        sums = schools[method.counted.get((procedure, part), procedure)][school]
        sums[0], sums[1] = sums[0] + int(n), sums[1] + int(low)
    norms = {name: dynamics.norm(((n, low) for n, low in of.values()), least) for name, of in schools.items()}
    return {name: norm for name, norm in norms.items() if norm is not None}


def _row(row: Evaluation, one: Compared) -> EvaluationResult:
    sides = (("before", row.school_year - 1, one.before), ("after", row.school_year, one.after))
    values: dict[str, Any] = {}
    for side, _, seen in sides:
        values |= {f"n_{side}": seen.n if seen else None, f"low_{side}": seen.low if seen else None}
        values[f"mean_{side}"] = f"{float(seen.mean):.2f}" if seen and seen.mean is not None else None
    return EvaluationResult(
        case_id=row.case_id,
        procedure=one.procedure,
        obstacle=one.obstacle,
        small=one.small,
        improved=one.improved,
        worsened=one.worsened,
        expected=one.expected,
        sources=[[year, *place] for _, year, seen in sides if seen for place in seen.places],
        **values,
    )


def compared_of(session: Session, case_id: int) -> list[tuple[EvaluationResult, Compared]]:
    """The stored rows with their comparison, in the order of the rule."""
    rows = session.scalars(sa.select(EvaluationResult).where(EvaluationResult.case_id == case_id).order_by("id"))
    return [(row, _compared(row)) for row in rows]


def _compared(row: EvaluationResult) -> Compared:
    def seen(n: int | None, low: int | None, mean: str | None) -> Seen | None:
        return Seen(n, low or 0, Fraction(mean) if mean else None) if n else None

    return Compared(
        row.procedure,
        seen(row.n_before, row.low_before, row.mean_before),
        seen(row.n_after, row.low_after, row.mean_after),
        row.obstacle,
        row.small,
        row.improved,
        row.worsened,
        row.expected,
    )
