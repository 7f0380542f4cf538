"""`python -m bench [growth|profile|charts] [--quick]`: measurements of the product through its own pages.

Without a word: the neutral workload and the long computations, each beside floors of the same run. `growth`: the same
pages while an installation fills. `profile`: where the time of a request goes. `charts`: the newest results as pictures. Results are kept in `bench/results`.
"""

from __future__ import annotations

import argparse

from bench import floors, goals, growth, moves, pictures, results, rooms, shares, table
from bench.figures import load, machine


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench")
    options.add_argument("what", nargs="?", choices=("all", "growth", "profile", "charts"), default="all")
    options.add_argument("--quick", action="store_true", help="smaller numbers, a few minutes")
    options.add_argument("--moves-only", action="store_true", help="leave the rooms out")
    options.add_argument("--database", choices=("postgresql", "sqlite"), default="", help="growth on this one only")
    chosen = options.parse_args()
    if chosen.what == "charts":
        pictures.main()
    elif chosen.what == "profile":
        shares.main()
    elif chosen.what == "growth":
        growth.main(quick=chosen.quick, only=chosen.database)
    else:
        everything(quick=chosen.quick, moves_only=chosen.moves_only)


def everything(*, quick: bool, moves_only: bool) -> None:
    """The moves of both databases, the rooms, the processes themselves."""
    report = {"machine": machine(), "quick": quick, "floors": floors.measure(100 if quick else 300)}
    print(table.of_floors(report["floors"]))
    report["databases"] = moves.of_databases(quick)
    if not moves_only:
        report["rooms"] = rooms.measure(quick=quick)
        print(table.of_rooms(report["rooms"]))
    report["goals"] = goals.reached(report)
    print(table.of_goals(report["goals"]))
    report["machine"]["load_after"] = load()
    print(table.of_machine(report["machine"]))
    results.keep(report)


if __name__ == "__main__":
    main()
