"""The numbers to reach, each beside what was measured and beside the floor of the same run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Goal:
    """`value` must not be above `goal` (below it when `least`); `ratio`: how many times the floor, if there is one."""

    name: str
    value: float
    goal: float
    unit: str = "ms"
    floor: float | None = None
    floor_name: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.goal if self.least else self.value <= self.goal

    def as_json(self) -> dict[str, Any]:
        ratio = round(self.value / self.floor, 2) if self.floor else None
        floor = round(self.floor, 2) if self.floor else None
        return {**asdict(self), "floor": floor, "goal": round(self.goal, 2), "met": self.met, "ratio": ratio}


def reached(report: Report) -> list[dict[str, Any]]:
    """Every goal that the run has a figure for."""
    found = [goal for name, one in report["databases"].items() for goal in _moves(name, one, report["floors"])]
    found += _rooms(report.get("rooms", {}))
    return [goal.as_json() for goal in found]


SUBMIT = {"postgresql": (4.5, 7.0), "sqlite": (3.0, 5.0)}


def _moves(name: str, one: Report, floors: Report) -> Iterator[Goal]:
    bare, sent, opened = one["commit"]["p50"], floors["form sent"]["p50"], floors["form opened"]["p50"]
    parts = bare + sent + floors["engine, ours"]["p50"]
    words = "bare commit, bare form and the engine"
    yield Goal(f"{name}: submit p50", one["submit"]["p50"], SUBMIT[name][0], floor=parts, floor_name=words)
    yield Goal(f"{name}: submit p95", one["submit"]["p95"], SUBMIT[name][1])
    yield Goal(f"{name}: start a case", one["start"]["p50"], 4.0, floor=parts, floor_name=words)
    yield Goal(f"{name}: open a form", one["open_form"]["p50"], 2.0, floor=opened, floor_name="bare form")
    first, *_, last = one["history"].values()
    after = list(one["history"])[-1]
    grown = Goal(f"{name}: submit after {after} tasks of one case", last["p50"], first["p50"] * 1.1)
    yield Goal(grown.name, grown.value, grown.goal, floor=first["p50"], floor_name="the first submits of the case")
    yield Goal(f"{name}: tasks a second", one["tasks_per_second"], 200, "a second", least=True)
    for count, times in one["worklist"].items():
        title = f"{name}: work list, {int(count):,} open tasks"
        yield Goal(title, times["p50"], 2.5, floor=opened, floor_name="bare page with a form")
    yield Goal(f"{name}: statements of a submit", one["statements"]["submit"]["statements"], 8, "")
    yield Goal(f"{name}: bytes of an open case", one["open_case_bytes"], 1500, "B")
    yield Goal(f"{name}: bytes of a finished case", one["finished_case_bytes"], 15_000, "B")


def _rooms(rooms: Mapping[str, Any]) -> Iterator[Goal]:
    if not rooms:
        return
    rows, table = rooms["import of protocols"], rooms["import of aggregated rows"]
    yield Goal(
        "import of 100,000 protocol rows", _scaled(rows, "rows", 100_000), 20, "s",
        _scaled({**rows, "seconds": rows["bare_parse"]}, "rows", 100_000), "bare parse",
    )  # fmt: skip
    yield Goal(
        "aggregated rows against the bare parse", table["seconds"], round(2 * table["bare_parse"], 2), "s",
        table["bare_parse"], "bare parse",
    )  # fmt: skip
    yield Goal("identification of 40,000 schools", _scaled(rooms["identification"], "schools", 40_000), 5, "s")
    yield Goal("order of 120 rows", rooms["order of 120 rows, PDF"]["seconds"], 0.8, "s")
    verified = rooms["journal"]["verified_per_second"]
    yield Goal("journal verified", verified, 100_000, "a second", rooms["journal"]["bare_sha256"], "bare SHA-256", True)
    due = rooms["due among a million"]
    yield Goal(f"due terms among {due['waiting']:,}", due["milliseconds"], 5)
    yield Goal("memory of a web worker", rooms["processes"]["web_mb"], 200, "MB")
    yield Goal("memory of the background worker", rooms["processes"]["worker_mb"], 200, "MB")
    yield Goal("cold start", rooms["processes"]["cold_start_seconds"], 2, "s")


def _scaled(room: Mapping[str, Any], of: str, whole: int) -> float:
    """Seconds for the whole number, when a quick run did a part of it."""
    return round(room["seconds"] * whole / room[of], 2)
