"""`opora cases migrate` and `runs`: the rehearsal, the move and what was moved before, in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from app import publication
from app.cases import migrating
from app.cases.system import System
from app.db import Database, utcnow
from app.errors import BadInput, NotFound
from reports import ru

WORDS = {"safe": "можно", "decide": "нужно решение", "blocked": "остаётся на своей схеме"}
CASES = ("дело", "дела", "дел")


@dataclass(frozen=True)
class Told:
    """One object for programs, lines for people."""

    data: dict[str, Any]
    lines: list[str]


def run(system: System, process: str, *, dry_run: bool, accepted: Collection[int], undo: str) -> Told:
    """Rehearse, move or take back. BadInput when the newest diagrams may not be published at all."""
    if process not in system.catalogue.processes():
        raise NotFound(f"Процесса «{process}» нет среди схем.", advice="Коды процессов – имена файлов схем.")
    if undo:
        return _carried(process, migrating.roll_back(system, undo, now=utcnow()), "Возвращено")
    faults = [problem for problem in publication.check() if not problem.warning]
    if faults:
        raise BadInput("Новые схемы публиковать нельзя.", items=[str(problem) for problem in faults])
    routes = publication.routes()
    if not dry_run:
        return _carried(
            process, migrating.migrate(system, process, routes, accepted=accepted, now=utcnow()), "Перенесено"
        )
    with system.db.write() as session:
        findings = migrating.rehearse(session, system, process, routes)
    counts = migrating.counted(findings).items() if findings else ()
    lines = [f"{WORDS[verdict]}: {number}" for verdict, number in counts]
    for one in findings:
        lines += [
            f"{one.case_id} {one.title} – {WORDS[one.verdict]}",
            *(f"    {text}" for text in (*one.reasons, *one.notes)),
        ]
        lines += (
            [f"    было: {'; '.join(one.before)}", f"    стало: {'; '.join(one.after)}"]
            if one.after != one.before
            else []
        )
    data = {"process": process, "counts": migrating.counted(findings), "cases": [asdict(one) for one in findings]}
    return Told(data, lines or ["Все дела уже идут по новой схеме."])


def runs(db: Database) -> Told:
    """The runs that stand in the database, with the command that takes each back."""
    with db.read() as session:
        found = migrating.runs_of(session)
    lines = []
    for one in found:
        moved = f"перенесено: {ru.count(one.moved, *CASES)}, возвращено: {one.undone}"
        lines.append(f"{one.run} {one.at:%d.%m.%Y %H:%M} UTC {one.process} – {moved}")
        if one.undone < one.moved:
            lines.append(f"    {_undo(one.process, one.run)}")
    return Told({"runs": [asdict(one) for one in found]}, lines or ["Дела на новые схемы не переносили."])


def _undo(process: str, run: str) -> str:
    return f"Отменить: opora cases migrate --process {process} --undo {run}"


def _carried(process: str, carried: migrating.Carried, word: str) -> Told:
    lines = [f"{word}: {ru.count(len(carried.moved), *CASES)}, осталось: {len(carried.left)}"]
    lines += [f"    {case_id}: {'; '.join(reasons)}" for case_id, reasons in carried.left.items()]
    if carried.moved and word == "Перенесено":
        lines.append(_undo(process, carried.run))
    data = {"process": process, "run": carried.run, "moved": carried.moved, "left": carried.left}
    return Told({**data, "left": {str(key): value for key, value in carried.left.items()}}, lines)
