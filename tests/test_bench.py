"""The benchmark itself: that it runs, keeps what it should and draws it. No figure is looked at here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench import goals, growth, load, pictures, results, table
from tests import schema

TIMES = {"n": 3, "p50": 2.0, "p95": 3.0, "max": 4.0}
MACHINE = {"taken": "2026-11-26T05:00:00+00:00", "commit": "abc", "cpu": "c", "cores": 2, "load": 1.0}


def moves() -> dict[str, Any]:
    one = {
        **{"commit": TIMES, "submit": TIMES, "start": TIMES, "open_form": TIMES, "tasks_per_second": 250},
        **{"history": {"0": TIMES, "300": TIMES}, "worklist": {"100": TIMES}},
        **{"statements": {"submit": {"statements": 7}}, "open_case_bytes": 1200, "finished_case_bytes": 30_000},
    }
    floors = {"form sent": TIMES, "form opened": TIMES, "engine, ours": TIMES}
    return {"machine": MACHINE, "quick": True, "floors": floors, "databases": {"postgresql": one, "sqlite": one}}


def test_goals_are_told_with_the_ratio_to_the_floor() -> None:
    found = {one["name"]: one for one in goals.reached(moves())}
    submit = found["postgresql: submit p50"]
    assert submit["met"] and submit["ratio"] == round(2.0 / 6.0, 2)
    assert not found["postgresql: bytes of a finished case"]["met"]
    assert found["sqlite: tasks a second"]["met"]
    assert "missed" in table.of_goals(found.values())


def test_charts_are_drawn_of_the_newest_whole_run(tmp_path: Path) -> None:
    page = {"submit": TIMES, "case": TIMES, "work list": TIMES, "journal": TIMES}
    grown = {"one_case": {"0": page, "300": page}, "open_tasks": {"100": page, "10000": page}}
    grown |= {"journal": {"1000": page, "10000": page}}
    rows = [
        {"users": users, "role": role, "kind": kind, "n": 3, "p50": 1.0, "p95": 2.0, "p99": 3.0}
        for users in (1, 16)
        for role in ("school", "operator")
        for kind in load.KINDS
    ]
    for name, report in (
        ("moves", moves()),
        ("growth", {"machine": MACHINE, "quick": True, "growth": {"postgresql": grown}}),
        ("load", {"machine": MACHINE, "quick": True, "load": {"rows": rows}}),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    drawn = pictures.main(tmp_path / "charts", tmp_path)
    assert {path.stem for path in drawn} >= {"submit", "one-case", "open-tasks-postgresql", "load-school"}
    for path in drawn:
        root = ElementTree.fromstring(path.read_text())
        told = [element.text for element in root if element.tag.endswith(("title", "desc"))]
        assert all(told) and "prefers-color-scheme:dark" in path.read_text()


def test_a_whole_run_goes_before_a_quick_one(tmp_path: Path) -> None:
    for name, quick, day in (("a", False, "2026-01-01"), ("b", True, "2026-02-01")):
        report = {"machine": {"taken": day}, "quick": quick, "growth": {}}
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    assert results.newest("growth", tmp_path)["machine"]["taken"] == "2026-01-01"  # type: ignore[index]
    assert results.newest("load", tmp_path) is None


def test_growth_measures_every_axis(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/growth.db"
    schema.upgrade(url)
    found = growth.measure(url, tmp_path / "site", growth.Plan((0, 15), (30, 40), (60, 80), looks=1))
    assert list(found["one_case"]) == ["0", "15"] and list(found["journal"]) == ["60", "80"]
    assert set(growth.LISTS) <= set(found["open_tasks"]["40"])
    assert found["due"]["waiting"] >= 40
    assert "work list" in table.of_growth("sqlite", found)
