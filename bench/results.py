"""Where measurements are kept, and the newest of each kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.figures import load

FOLDER = Path(__file__).parent / "results"


def keep(report: dict[str, Any], kind: str = "") -> Path:
    """Write a report as `<day>-<commit>[-kind][-quick].json`; returns the file."""
    FOLDER.mkdir(exist_ok=True)
    taken = report["machine"]
    taken["load_after"] = load()
    ends = [kind] * bool(kind) + ["quick"] * bool(report.get("quick"))
    target = FOLDER / ("-".join([taken["taken"][:10], taken["commit"], *ends]) + ".json")
    target.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    print(f"written: {target}")
    return target


def newest(key: str, folder: Path = FOLDER) -> dict[str, Any] | None:
    """The report that has the key: a whole run before a quick one, a newer before an older."""
    found = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    having = [report for report in found if key in report]
    return max(having, key=lambda one: (not one.get("quick"), one["machine"]["taken"]), default=None)
