"""`python -m bench [--quick]`: the neutral workload through the product's pages, beside floors of the same run.

Writes `bench/results/<day>-<commit>.json` and prints the table. One worker; application and database on one core, the
client on the other; PostgreSQL with fsync, SQLite in WAL with synchronous=FULL.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from app.db import Database
from bench import floors, moves, people
from bench.figures import machine
from bench.server import databases

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench")
    options.add_argument("--quick", action="store_true", help="smaller numbers, under a few minutes")
    quick = options.parse_args().quick
    report: dict[str, Any] = {"machine": machine(), "quick": quick, "databases": {}}
    plan = dict(moves.plans(quick))
    with tempfile.TemporaryDirectory(prefix="opora-bench-") as place, databases(Path(place)) as urls:
        for name, url in urls.items():
            folder = Path(place) / name
            (folder / "workflows").mkdir(parents=True)
            db = Database(url)
            subject = people.settle(db)
            floor = floors.commit(db, 200)
            db.dispose()
            counted = moves.statements(url, folder, subject)
            found = moves.measure(url, folder, subject, plan)
            report["databases"][name] = {"floor_commit": floor, "statements": counted, **found}
            print(table(name, report["databases"][name]))
    report["rooms"] = floors.rooms()
    for name, figures in report["rooms"].items():
        print(f"{name:<44}{figures}")
    RESULTS.mkdir(exist_ok=True)
    taken = report["machine"]
    target = RESULTS / f"{taken['taken'][:10]}-{taken['commit']}{'-quick' if quick else ''}.json"
    target.write_text(json.dumps(report, ensure_ascii=False, indent=1))
    print(f"written: {target.relative_to(RESULTS.parent.parent)}")


def table(name: str, found: dict[str, Any]) -> str:
    """The figures of one database as lines: p50 / p95 in milliseconds, and the ratio to a bare commit."""
    floor = found["floor_commit"]["p50"]
    timed = [("bare commit", found["floor_commit"])]
    timed += [(key.replace("_", " "), found[key]) for key in ("start", "open_form", "submit")]
    timed += [(f"submit after {done} tasks of one case", times) for done, times in found["history"].items()]
    timed += [(f"work list, {count} open tasks", times) for count, times in found["worklist"].items()]
    lines = [f"\n{name}", f"{'':<38}{'p50':>8}{'p95':>8}{'× commit':>10}"]
    lines += [f"{title:<38}{t['p50']:>8}{t['p95']:>8}{t['p50'] / floor:>10.1f}" for title, t in timed]
    counts = found["statements"]["submit"]
    lines.append(f"{'statements and commits of a submit':<38}{counts['statements']:>8}{counts['commits']:>8}")
    lines.append(f"{'tasks a second, submit only':<38}{found['tasks_per_second']:>8}")
    lines.append(
        f"{'bytes of an open, a finished case':<38}{found['open_case_bytes']:>8}{found['finished_case_bytes']:>8}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
