"""Running cases go on by the newest version of their diagram: rehearsed first, case by case, and taken back if need be.

What is stored of a case names places, not drawings: its state, ids, dates, drafts and answers stay as they are, byte for
byte. A case that would lose something stays on its own version and ends on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import engine
from app.cases import awaited, holders
from app.cases.models import Case, CaseMigration, Task
from app.cases.move import Move, Unit
from app.cases.operations import locked, unit_of
from app.cases.system import System
from app.cases.why import Reader
from app.errors import NotFound
from app.people.roles import CASE_ROLES, ROLES

BATCH = 100
Routes = Mapping[str, Collection[str]]  # form key → names that the form writes for gateways
CHANGED = ("form", "name", "role", "head", "organisation_id", "position_id", "claimed_by", "version")


@dataclass(frozen=True)
class Finding:
    """One case: the verdict, what speaks for it, and what is waited for by the old and by the new version."""

    case_id: int
    title: str
    verdict: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Carried:
    """What was done: the run's name, cases that were moved, and why others were left."""

    run: str
    moved: tuple[int, ...]
    left: dict[int, tuple[str, ...]]


class _Judge:
    """Judges cases of one process against its newest version; a pair of versions is compared once."""

    def __init__(self, session: Session, system: System, process: str, routes: Routes) -> None:
        self.session, self.system, self.routes = session, system, routes
        self.newest = system.newest(session, process)
        self._fittings: dict[str, engine.Fitting] = {}

    def fitting(self, case: Case) -> engine.Fitting:
        known = self._fittings.get(case.definition)
        if known is None:
            old = self.system.pinned(self.session, case)
            known = self._fittings[case.definition] = engine.Fitting(old, self.newest, self.routes, {})
        return known

    def fit(self, case: Case) -> engine.Fit:
        return self.fitting(case).judge(case.state, Reader())

    def finding(self, case: Case) -> Finding:
        fitting, fit = self.fitting(case), self.fit(case)
        zone = self.system.calendar(case.region).zone
        before = tuple(_waited(fitting.old.load(case.state, Reader()), zone))
        after = before
        if fit.verdict != "blocked":
            after = tuple(_waited(self.newest.load(case.state, Reader()), zone))
        return Finding(case.id, case.title, fit.verdict, fit.reasons, fit.notes, before, after)


def _waited(run: engine.Run, zone: Any) -> Iterator[str]:
    for task in run.open_tasks():
        role = (task.card.role or "").partition(".")[0]
        known = ROLES.get(role)
        title = known.title if known else CASE_ROLES.get(role, role)
        yield f"{task.name} ({title})"
    yield from (f"ждём: {wait.name}" for wait in run.waits())
    yield from (f"{timer.name}: {timer.due.astimezone(zone):%d.%m.%Y}" for timer in run.timers())


def _older(process: str, newest: str) -> sa.Select[Case]:
    return (
        sa.select(Case).where(Case.kind == process, Case.status == "open", Case.definition != newest).order_by(Case.id)
    )


def rehearse(session: Session, system: System, process: str, routes: Routes) -> list[Finding]:
    """Every open case of an older version with its verdict; nothing is written. NotFound for an unknown process."""
    judge = _Judge(session, system, process, routes)
    found = session.scalars(_older(process, judge.newest.hash)).yield_per(500)
    return [judge.finding(case) for case in found]


def migrate(
    system: System, process: str, routes: Routes, *, accepted: Collection[int] = (), now: datetime, batch: int = BATCH
) -> Carried:
    """Move every case whose verdict is safe, and those to be decided that are `accepted`, a batch in a transaction.

    Each case is judged again under its lock: it may have moved since the rehearsal.
    """
    run, moved = uuid4().hex[:12], []
    left: dict[int, tuple[str, ...]] = {}
    with system.db.write() as session:
        newest = system.newest(session, process)
        ids = [case.id for case in session.scalars(_older(process, newest.hash))]
    for at in range(0, len(ids), batch):
        with unit_of(system, None, now) as unit:
            judge = _Judge(unit.session, system, process, routes)
            for case_id in ids[at : at + batch]:
                case = locked(unit.session, case_id)
                if case.status != "open" or case.definition == newest.hash:
                    continue
                fit = judge.fit(case)
                if fit.verdict == "safe" or (fit.verdict == "decide" and case_id in accepted):
                    _carry(unit, case, judge.fitting(case), run, fit.verdict)
                    moved.append(case_id)
                else:
                    left[case_id] = fit.reasons
    return Carried(run, tuple(moved), left)


def _carry(unit: Unit, case: Case, fitting: engine.Fitting, run: str, verdict: str) -> None:
    """Pin the case to the newest version and show its open tasks as they are drawn there."""
    held = {task.id: task.card.role for task in fitting.old.load(case.state, Reader()).open_tasks()}
    kept: dict[str, dict[str, Any]] = {}
    awaits, case.definition, case.changed_at = case.awaits, fitting.new.hash, unit.now
    case.version += 1
    move = Move(unit, case, fitting.new)
    move.run = fitting.new.load(case.state, move)
    case.awaits = awaited.words(move.run.waits())
    for task in move.run.open_tasks():
        row = unit.session.get_one(Task, task.id)
        was = {name: getattr(row, name) for name in CHANGED}
        _redraw(move, row, task, passes_on=task.card.role != held[task.id])
        if was != {name: getattr(row, name) for name in CHANGED}:
            row.version = case.version
            kept[task.id] = was
    values = {"run": run, "from_hash": fitting.old.hash, "to_hash": fitting.new.hash, "verdict": verdict}
    before = {"awaits": awaits, "tasks": kept}
    unit.session.add(CaseMigration(case_id=case.id, **values, before=before, version=case.version, at=unit.now))
    unit.record("case.migrated", case.id, **values)


def _redraw(move: Move, row: Task, task: engine.OpenTask, *, passes_on: bool) -> None:
    """Name and form as the newer version has them, the holder too if it names another one; the term stays."""
    row.name, row.form = task.name, task.card.form or task.key
    if passes_on:
        who = holders.holder(move, task.card.role or "", task.item, task.process)
        row.role, row.head, row.organisation_id, row.position_id = (
            who.role,
            who.head,
            who.organisation_id,
            who.position_id,
        )
        row.claimed_by = None


def roll_back(system: System, run: str, *, now: datetime) -> Carried:
    """Put the cases of a run back on the version they came from; one that has moved since stays. NotFound for no such run."""
    moved: list[int] = []
    left: dict[int, tuple[str, ...]] = {}
    with unit_of(system, None, now) as unit:
        where = (CaseMigration.run == run, CaseMigration.undone_at.is_(None))
        rows = unit.session.scalars(sa.select(CaseMigration).where(*where).order_by(CaseMigration.id)).all()
        if not rows:
            raise NotFound(f"Переноса «{run}» нет или он уже отменён.")
        for row in rows:
            case = locked(unit.session, row.case_id)
            if case.version != row.version or case.status != "open":
                left[case.id] = ("дело с тех пор двинулось",)
                continue
            _put_back(unit, case, row)
            moved.append(case.id)
    return Carried(run, tuple(moved), left)


def _put_back(unit: Unit, case: Case, row: CaseMigration) -> None:
    case.definition, case.awaits, case.changed_at = row.from_hash, row.before["awaits"], unit.now
    case.version += 1
    for task_id, kept in row.before["tasks"].items():
        task = unit.session.get_one(Task, task_id)
        for name, value in kept.items():
            setattr(task, name, value)
    row.undone_at = unit.now
    unit.record("case.migration_undone", case.id, run=row.run)


@dataclass(frozen=True)
class Run:
    """What stands of a run, whole or cut off: when its first case went over, how many did and how many went back."""

    run: str
    process: str
    at: datetime
    moved: int
    undone: int


def runs_of(session: Session) -> list[Run]:
    """Every run that moved a case, newest first: one that died between two batches told nobody its name."""
    counts = sa.func.min(CaseMigration.at), sa.func.count(), sa.func.count(CaseMigration.undone_at)
    found = sa.select(CaseMigration.run, Case.kind, *counts).join(Case, Case.id == CaseMigration.case_id)
    grouped = found.group_by(CaseMigration.run, Case.kind).order_by(sa.func.max(CaseMigration.id).desc())
    return [Run(*row) for row in session.execute(grouped)]


def counted(findings: Collection[Finding]) -> dict[str, int]:
    """How many cases have each verdict."""
    found = Counter(one.verdict for one in findings)
    return {verdict: found[verdict] for verdict in ("safe", "decide", "blocked")}
