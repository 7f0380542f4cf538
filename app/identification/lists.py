"""From a run to the list: who is in it and on what basis, how it differs from last year's, numbers for the note."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import Conflict, Refused
from app.identification import rules
from app.identification.context import matrix
from app.identification.explain import basis
from app.identification.inputs import SchoolLine, conditions, registry
from app.identification.models import IdentificationRun, Objection, SupportList, SupportListRow, Verdict
from app.identification.runs import method_of

BY_DECISION = "решение по уточнению"


@dataclass(frozen=True)
class ListLine:
    """A row of the list: school, basis as the annex cites it, codes of the criteria met."""

    school: SchoolLine
    basis: str
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Differences:
    """Against the signed list of the year before; `first` when there is none to compare with."""

    new: tuple[SchoolLine, ...]
    kept: tuple[SchoolLine, ...]
    left: tuple[SchoolLine, ...]
    first: bool


def listed(session: Session, run: IdentificationRun) -> list[ListLine]:
    """Schools whose decided (else computed) status is `listed`, by municipality and name."""
    method = method_of(run)
    query = sa.select(Verdict.school_id, Verdict.criteria).where(Verdict.run_id == run.id, _final() == rules.LISTED)
    criteria = {school: tuple(codes) for school, codes in session.execute(query)}
    if not criteria:
        return []
    lines = registry(session, run.region, run.school_year, list(criteria))
    return [ListLine(line, basis(criteria[line.id], method) or BY_DECISION, criteria[line.id]) for line in lines]


def signed(session: Session, region: str, school_year: int) -> SupportList | None:
    """The newest signed list of a school year."""
    query = sa.select(SupportList).where(SupportList.region == region, SupportList.school_year == school_year)
    return session.scalars(query.order_by(SupportList.number.desc()).limit(1)).first()


def differences(session: Session, run: IdentificationRun) -> Differences:
    """Who is new, who stays, who leaves, against last year's signed list."""
    before = signed(session, run.region, run.school_year - 1)
    now = [line.school for line in listed(session, run)]
    if before is None:
        return Differences(tuple(now), (), (), True)
    query = sa.select(SupportListRow).where(SupportListRow.list_id == before.id).order_by(SupportListRow.position)
    rows = session.scalars(query).all()
    was, here = {row.school_id for row in rows}, {line.id for line in now}
    left = tuple(
        SchoolLine(row.school_id, row.school_code, "", row.school_name, row.municipality)
        for row in rows
        if row.school_id not in here
    )
    new, kept = [line for line in now if line.id not in was], [line for line in now if line.id in was]
    return Differences(tuple(new), tuple(kept), left, False)


def freeze(
    session: Session,
    run: IdentificationRun,
    *,
    campaign_id: int | None = None,
    document_id: int | None = None,
    number: int = 1,
    now: datetime,
) -> SupportList:
    """Store the list as signed; Conflict when this number of the year's list exists, Refused when it would be empty."""
    where = (SupportList.region == run.region, SupportList.school_year == run.school_year, SupportList.number == number)
    if session.scalar(sa.select(SupportList.id).where(*where)):
        raise Conflict("Перечень этого учебного года уже подписан.", advice="Изменения вносит отдельный акт.")
    lines = listed(session, run)
    if not lines:
        raise Refused("В перечне нет ни одной школы.", advice="Проверьте расчёт: утверждать нечего.")
    content = [(line.school.code, line.school.name, line.school.municipality, line.basis) for line in lines]
    frozen = SupportList(
        region=run.region,
        school_year=run.school_year,
        number=number,
        run_id=run.id,
        campaign_id=campaign_id,
        document_id=document_id,
        sha256=hashlib.sha256(orjson.dumps(content)).hexdigest(),
        frozen_at=now,
    )
    session.add(frozen)
    session.flush()
    session.execute(sa.insert(SupportListRow), [_frozen(frozen.id, line, n) for n, line in enumerate(lines, 1)])
    return frozen


def _frozen(list_id: int, line: ListLine, position: int) -> dict[str, Any]:
    return {
        "list_id": list_id,
        "position": position,
        "school_id": line.school.id,
        "municipality": line.school.municipality,
        "school_code": line.school.code,
        "school_name": line.school.name,
        "basis": line.basis,
        "criteria": list(line.criteria),
    }


def summary(session: Session, run: IdentificationRun) -> dict[str, Any]:
    """Numbers of the note: `counts` add up (schools = not applicable + no data + checked; listed = kept + new).

    Statuses are decided ones where a case decided. `procedures` and `criteria` carry titles.
    """
    method = method_of(run)
    final = {row.final_status: row.number for row in session.execute(_by_final(run))}
    change = differences(session, run)
    schools, unfit = sum(final.values()), final.get(rules.NOT_APPLICABLE, 0)
    unknown = final.get(rules.INSUFFICIENT_DATA, 0)
    decided = sa.select(sa.func.count()).where(Verdict.run_id == run.id, Verdict.decided_status.is_not(None))
    return {
        "counts": {
            "schools": schools,
            "not_applicable": unfit,
            "no_data": unknown,
            "checked": schools - unfit - unknown,
            "listed": final.get(rules.LISTED, 0),
            "kept": len(change.kept),
            "new": len(change.new),
            "left": len(change.left),
            "watch": final.get(rules.WATCH, 0),
        },
        "criteria": [
            {"code": c.code, "label": c.label, "title": c.title, "schools": run.counts["criteria"][c.code]}
            for c in method.rule.criteria
        ],
        "every_criterion": run.counts["every_criterion"],
        "one_low": run.counts["one_low"],
        "procedures": [
            {"code": code, "name": method.titles[code], **numbers} for code, numbers in run.counts["procedures"].items()
        ],
        "small_samples": run.counts["flags"].get(rules.SMALL_SAMPLE, 0),
        "biased": run.counts["flags"].get(rules.BIAS, 0),
        "decided": session.scalar(decided) or 0,
        "objections": _objections(session, run),
    }


def low_results(session: Session, run: IdentificationRun, *, small_only: bool = False) -> list[dict[str, Any]]:
    """Low results of the last year for the note, by municipality and name; the expert's remark beside small samples."""
    method = method_of(run)
    query = sa.select(Verdict.school_id, Verdict.evidence, Verdict.note).where(
        Verdict.run_id == run.id, Verdict.status != rules.NOT_APPLICABLE
    )
    found = {school: (evidence, note) for school, evidence, note in session.execute(query) if evidence}
    rows = []
    for line in registry(session, run.region, run.school_year):
        evidence, note = found.get(line.id, ((), None))
        for low in evidence:
            small = low["n"] < method.rule.small_sample_below
            if low["school_year"] != run.school_year - 1 or (small_only and not small):
                continue
            rows.append(
                {
                    "school_code": line.code,
                    "school_name": line.name,
                    "procedure": method.titles[low["procedure"]],
                    "n": low["n"],
                    "low": low["low"],
                    "expert_note": (note or "") if small else "",
                }
            )
    return rows


def region_matrix(session: Session, run: IdentificationRun) -> dict[tuple[str, str], list[int]]:
    """Ids of schools by cell «conditions – results»; conditions are unknown without an accepted passport."""
    known = conditions(session, method_of(run).profile, run.school_year)
    query = sa.select(Verdict.school_id, _final()).where(Verdict.run_id == run.id).order_by(Verdict.school_id)
    rows: Sequence[Any] = session.execute(query).all()
    return matrix((school, status, known[school].hard if school in known else None) for school, status in rows)


def _final() -> sa.ColumnElement[str]:
    return sa.func.coalesce(Verdict.decided_status, Verdict.status)


def _by_final(run: IdentificationRun) -> Any:
    status = _final().label("final_status")
    return sa.select(status, sa.func.count().label("number")).where(Verdict.run_id == run.id).group_by(status)


def _objections(session: Session, run: IdentificationRun) -> dict[str, int]:
    """Objections of the run's campaign by decision; «open» for those not decided yet."""
    if run.case_id is None:
        return {}
    query = (
        sa.select(Objection.decision, sa.func.count())
        .where(Objection.campaign_id == run.case_id)
        .group_by(Objection.decision)
    )
    return {decision or "open": number for decision, number in session.execute(query)}
