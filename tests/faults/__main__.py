"""python -m tests.faults: every crash point of every deed on both databases, and the table of them.

--quick takes an even sample of the points of each deed: the first, the last and those of commits first of all.
"""

from __future__ import annotations

import argparse
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app import regions
from tests import postgres, schema
from tests.faults import deeds
from tests.faults.deeds import DEEDS
from tests.faults.forks import forked
from tests.faults.grounds import Ground, PostgresGround, SqliteGround
from tests.faults.harness import Harness, Outcome
from tests.faults.sink import sink
from tests.small import alone

BACKENDS = ("sqlite", "postgresql")
QUICK, QUICK_HEAVY = 5, 3
"""Points of a deed in the short form; of one that makes PDFs."""


def every(points: Sequence[str]) -> Iterator[int]:
    yield from range(1, len(points) + 1)


def sample(points: Sequence[str]) -> list[int]:
    """The first and the last point, then as many around commits as others, evenly spread."""
    wanted = QUICK_HEAVY if any("delivery of render" in point for point in points) else QUICK
    commits = [n for n, point in enumerate(points, 1) if "COMMIT" in point]
    others = [n for n, point in enumerate(points, 1) if "COMMIT" not in point]
    room = wanted - 2
    return sorted({1, len(points), *_even(commits, room - room // 2), *_even(others, room // 2)})


def _even(numbers: Sequence[int], count: int) -> list[int]:
    taken = min(count, len(numbers))
    return [numbers[len(numbers) * (2 * n + 1) // (2 * taken)] for n in range(taken)]


def loaded(folder: Path) -> Path:
    """The region as an SQLite file, made once by whoever comes first."""
    target, made = folder / "crowded.db", folder / "crowded.part"

    def load() -> None:
        made.unlink(missing_ok=True)  # of a process that died
        schema.upgrade(f"sqlite:///{made}")
        deeds.load(f"sqlite:///{made}", regions.codes()[0], folder / "crowded.files")
        schema.copy_sqlite(str(made), target)

    with alone(folder / "crowded.lock"):
        assert target.exists() or forked(load)[0] == 0
    return target


@contextmanager
def ground(backend: str, folder: Path, source: Path, server: str = "") -> Iterator[Ground]:
    """The region on a backend. Without `server` PostgreSQL is started for it."""
    with ExitStack() as stack:
        if backend == "sqlite":
            shutil.copyfile(source, folder / "work.db")
            yield SqliteGround(folder)
            return
        found = PostgresGround(folder, server or stack.enter_context(postgres.cluster()))

        def pour() -> None:
            schema.upgrade(found.url)
            schema.copy_rows(f"sqlite:///{source}", found.url)

        assert forked(pour)[0] == 0
        yield found


def tried(asked: argparse.Namespace, backend: str) -> list[Outcome]:
    """Outcomes of the deeds asked for on one backend."""
    names = asked.deed or [deed.name for deed in DEEDS if deed.short or not asked.quick]
    with tempfile.TemporaryDirectory(prefix="opora-faults-", dir=_fast()) as name, ExitStack() as stack:
        folder = Path(name)
        place = stack.enter_context(ground(backend, folder, loaded(asked.kept or folder), asked.server))
        harness = Harness(place, stack.enter_context(sink(folder)))
        harness.prepare()
        outcomes = []
        for deed in (one for one in DEEDS if one.name in names):
            outcomes.append(harness.try_points(deed, sample if asked.quick else every))
            print(told(backend, outcomes[-1]), file=sys.stderr, flush=True)
        return outcomes


def _fast() -> str | None:
    """A place in memory where there is one: a process dies here, not the machine, so nothing need reach a disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


# what is printed --------------------------------------------------------------------------------------------------------


def told(backend: str, one: Outcome) -> str:
    """A line of the table."""
    counts = f"{len(one.killed):>5} of {len(one.calm.points):<5}{one.states:>6}"
    letters = f"{len(one.calm.letters):>4} +{one.repeated:<4}"
    return f"{backend:<11}{one.deed.name:<10}{counts}  {letters}{len(one.faults):>6}{one.seconds:>8.0f} s"


def table(found: Sequence[tuple[str, Outcome]]) -> str:
    """Deeds, then the points by what they are and their numbers, then what went wrong."""
    head = f"{'database':<11}{'deed':<10}{'killed at':>14}{'states':>6}  {'letters':<10}{'faults':>6}{'time':>9}"
    lines = [head, *(told(*one) for one in found), ""]
    for backend, one in found:
        lines += [f"{backend}, {one.deed.name}: {one.deed.title}"]
        numbers = defaultdict(list)
        for number, point in one.killed.items():
            numbers[point].append(number)
        lines += [f"{len(ns):>6}× {point}: {_ranges(ns)}" for point, ns in sorted(numbers.items())]
    kinds = Counter(_kind(point) for _, one in found for point in one.killed.values())
    lines += ["", "Points by kind: " + ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))]
    lines += [
        "",
        "«states»: different states that a death left, each worked on to its end and compared with the undisturbed one.",
        "«letters»: different letters that the mail server took, and repetitions after a death between its answer and the",
        "note of it. A repetition has the Message-ID of the first, made of the letter's key: the receiver knows it by that.",
    ]
    faults = [f"{backend} {said}" for backend, one in found for said in one.faults]
    return "\n".join([*lines, "", f"Faults: {len(faults)}", *faults])


def _kind(point: str) -> str:
    words = point.split()
    return words[1] if words[1] in ("COMMIT", "delivery", "smtp", "rename") else "write"


def _ranges(numbers: Sequence[int], most: int = 12) -> str:
    shown = ", ".join(str(number) for number in numbers[:most])
    return shown + (", …" if len(numbers) > most else "")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.faults")
    parser.add_argument("--quick", action="store_true", help="an even sample of the points")
    parser.add_argument("--backend", choices=BACKENDS, action="append")
    parser.add_argument("--deed", choices=[deed.name for deed in DEEDS], action="append")
    parser.add_argument("--server", default="", help="maintenance database of a PostgreSQL server that runs already")
    parser.add_argument("--kept", type=Path, help="folder where the loaded region is kept for the next run")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    return parser


def main() -> int:
    asked = arguments().parse_args()
    backends, began = asked.backend or list(BACKENDS), time.monotonic()
    alone_on = [(backends[0], one) for one in tried(asked, backends[0])] if len(backends) == 1 else []
    outcomes = alone_on or _side_by_side(backends)
    if asked.into:
        asked.into.write_bytes(pickle.dumps(outcomes))
        return 0
    print(table(outcomes))
    used = sum(os.times()[:4])
    print(f"{sum(len(one.killed) for _, one in outcomes)} deaths in {time.monotonic() - began:.0f} s, CPU {used:.0f} s")
    return 1 if any(one.faults for _, one in outcomes) else 0


def _side_by_side(backends: Sequence[str]) -> list[tuple[str, Outcome]]:
    """The same command for each backend: on two cores they take no longer than one."""
    found: list[tuple[str, Outcome]] = []
    with tempfile.TemporaryDirectory(prefix="opora-faults-") as name:
        into = {backend: Path(name) / backend for backend in backends}
        command = [sys.executable, "-m", "tests.faults", *sys.argv[1:], "--kept", name]
        running = [
            subprocess.Popen([*command, "--backend", backend, "--into", str(path)]) for backend, path in into.items()
        ]
        assert all([process.wait() == 0 for process in running])
        for path in into.values():
            found += pickle.loads(path.read_bytes())
    return found


if __name__ == "__main__":
    sys.exit(main())
