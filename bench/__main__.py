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
from bench import floors, moves, people, rooms, table
from bench.figures import load, machine
from bench.server import databases

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench")
    options.add_argument("--quick", action="store_true", help="smaller numbers, about a minute and a half")
    options.add_argument("--moves-only", action="store_true", help="leave the rooms out")
    chosen = options.parse_args()
    report: dict[str, Any] = {"machine": machine(), "quick": chosen.quick}
    report["floors"] = floors.measure(100 if chosen.quick else 300)
    print(table.of_floors(report["floors"]))
    report["databases"] = _databases(chosen.quick)
    if not chosen.moves_only:
        report["rooms"] = rooms.measure(quick=chosen.quick)
        print(table.of_rooms(report["rooms"]))
    report["machine"]["load_after"] = load()
    print(table.of_machine(report["machine"]))
    _keep(report)


def _databases(quick: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    plan = dict(moves.plans(quick))
    with tempfile.TemporaryDirectory(prefix="opora-bench-") as place, databases(Path(place)) as urls:
        for name, url in urls.items():
            folder = Path(place) / name
            folder.mkdir()
            db = Database(url)
            subject = people.settle(db)
            floor = floors.commit(db, 200)
            db.dispose()
            counted = moves.statements(url, folder, subject)
            found[name] = {"commit": floor, "statements": counted, **moves.measure(url, folder, subject, plan)}
            print(table.of_database(name, found[name]))
    return found


def _keep(report: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    taken = report["machine"]
    target = RESULTS / f"{taken['taken'][:10]}-{taken['commit']}{'-quick' if report['quick'] else ''}.json"
    target.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    print(f"written: {target.relative_to(RESULTS.parent.parent)}")


if __name__ == "__main__":
    main()
