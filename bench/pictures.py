"""`python -m bench charts`: the newest results as SVG files in `bench/charts`, other products beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import peers, results
from bench.drawing import Bar, Lines, Series, bars, lines

FOLDER = Path(__file__).parent / "charts"
Report = Mapping[str, Any]


def main(folder: Path = FOLDER, source: Path = results.FOLDER) -> list[Path]:
    """Draw what the results allow; returns the files written."""
    folder.mkdir(exist_ok=True)
    written = []
    for key, charts in (("databases", of_moves), ("growth", of_growth), ("load", of_load)):
        report = results.newest(key, source)
        for name, text in charts(report) if report else ():
            target = folder / f"{name}.svg"
            target.write_text(text)
            written.append(target)
            print(f"written: {target}")
    return written


def taken(report: Report) -> str:
    """Where and when, for the foot of a chart."""
    at = report["machine"]
    quick = ", quick run" if report.get("quick") else ""
    return f"{at['cores']} cores {at['cpu']}, load {at['load']}, {at['taken'][:10]}, commit {at['commit']}{quick}."


def beside_peers(report: Report) -> str:
    """The same, and where the others' figures are from."""
    return f"{taken(report)}\n{peers.SOURCE}"


def named(db: str) -> str:
    return {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(db, db)


# one move -------------------------------------------------------------------------------------------------------------


def of_moves(report: Report) -> Iterator[tuple[str, str]]:
    """Bars: a submit, an opened form, a start, bytes and statements, beside the peers and the floors of the run."""
    found, floors = report["databases"], report["floors"]
    for name, key, title, theirs in (
        ("submit", "submit", "Submit a task, next task included (p50)", {k: v[0] for k, v in peers.SUBMIT.items()}),
        ("open-form", "open_form", "Open a form (p50)", peers.OPEN_FORM),
        ("start", "start", "Start a case (p50)", peers.START),
    ):
        rows = [Bar(f"Opora, {named(db)}", one[key]["p50"], f"p95 {one[key]['p95']:g}") for db, one in found.items()]
        rows += [Bar(who, value, peer=True) for who, value in theirs.items()]
        bare = "form sent" if key != "open_form" else "form opened"
        rows.append(Bar("bare Flask page with the form", floors[bare]["p50"], "floor of this run", peer=True))
        if key != "open_form":
            rows += [
                Bar(f"bare commit, {named(db)}", one["commit"]["p50"], "floor of this run", peer=True)
                for db, one in found.items()
            ]
        yield name, bars(title, "ms", rows, beside_peers(report))
    yield "bytes", bars("Bytes of a finished case", "B", _bytes(found), beside_peers(report))


def _bytes(found: Mapping[str, Any]) -> Sequence[Bar]:
    rows = []
    for db, one in found.items():
        rows.append(Bar(f"Opora, {named(db)}", one["finished_case_bytes"], f"open {one['open_case_bytes']:,}"))
    return rows + [Bar(who, done, f"open {open_:,}", peer=True) for who, (open_, done) in peers.BYTES.items()]


# growth ---------------------------------------------------------------------------------------------------------------

OURS = ("work list", "registry of a kind", "cases of a school", "submit")
JOURNAL = ("journal", "feed of a case", "append", "submit")


def of_growth(report: Report) -> Iterator[tuple[str, str]]:
    """Lines over tasks done in one case, open tasks, records of the journal."""
    found, foot, peers_foot = report["growth"], taken(report), beside_peers(report)
    submits = [Series(f"Opora, {named(db)}: submit", _curve(one["one_case"], "submit")) for db, one in found.items()]
    submits += [Series(f"Opora, {named(db)}: case page", _curve(one["one_case"], "case")) for db, one in found.items()]
    submits += [Series(f"{who}: submit", list(told.items()), peer=True) for who, told in peers.AFTER.items()]
    done = "tasks done before in the case (0 stands at 1)"
    ticks = [1, 10, 100, 300, 1000, 3000]
    yield "one-case", lines(Lines("One case that goes on", done, "p50, ms", submits, peers_foot, ticks))
    for db, one in found.items():
        mine = [Series(page, _curve(one["open_tasks"], page)) for page in OURS]
        theirs = [Series(f"{who}: work list", list(told.items()), peer=True) for who, told in peers.WORK_LIST.items()]
        title = f"Open tasks in the installation, {named(db)}"
        yield f"open-tasks-{db}", lines(Lines(title, "open tasks", "p50, ms", mine + theirs, peers_foot))
        records = [Series(page, _curve(one["journal"], page)) for page in JOURNAL]
        title = f"Records of the journal, {named(db)}"
        yield f"journal-{db}", lines(Lines(title, "records", "p50, ms", records, foot))


def _curve(axis: Mapping[str, Any], page: str) -> list[tuple[float, float]]:
    return [(float(size), pages[page]["p50"]) for size, pages in axis.items() if page in pages]


# load -----------------------------------------------------------------------------------------------------------------


def of_load(report: Report) -> Iterator[tuple[str, str]]:
    """p95 of what people do, by how many are there at once."""
    rows = report["load"]["rows"]
    for role in sorted({row["role"] for row in rows}):
        own = [row for row in rows if row["role"] == role and row["n"]]
        series = [
            Series(kind, [(float(row["users"]), row["p95"]) for row in own if row["kind"] == kind])
            for kind in dict.fromkeys(row["kind"] for row in own)
        ]
        text = lines(Lines(f"Users at once, {role}", "users", "p95, ms", series, taken(report)))
        yield f"load-{role}", text
