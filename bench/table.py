"""The figures as lines of text; times are milliseconds, p50 and p95."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

WIDTH = 42


def of_floors(found: dict[str, Any]) -> str:
    return "\n".join(_timed("floors", found.items()))


def of_database(name: str, found: dict[str, Any]) -> str:
    """All figures of one database."""
    timed = [("bare commit", found["commit"]), ("start a case", found["start"])]
    timed += [("open a form", found["open_form"]), ("submit, next task included", found["submit"])]
    timed += [(f"submit after {done} tasks of one case", times) for done, times in found["history"].items()]
    for count, times in found["worklist"].items():
        timed += [
            (f"work list of 25, {int(count):,} tasks wait", times),
            (f"submit, {int(count):,} tasks wait", times["submit"]),
        ]
    lines = _timed(name, timed)
    for key, title in (("start", "start"), ("open_form", "opening"), ("submit", "submit")):
        counts = found["statements"][key]
        lines.append(_line(f"statements, commits of a {title}", counts["statements"], counts["commits"]))
    lines.append(_line("tasks a second, submit only", found["tasks_per_second"]))
    lines.append(_line("tasks a second, opening and submit", found["tasks_per_second_with_opening"]))
    lines.append(_line("bytes of an open, a finished case", found["open_case_bytes"], found["finished_case_bytes"]))
    due = found["due"]
    lines.append(_line(f"{due['due']} due terms found among {due['waiting']:,}, ms", due["milliseconds"]))
    return "\n".join(lines)


def of_rooms(found: dict[str, Any]) -> str:
    words = {name: ", ".join(f"{key} {value:,}" for key, value in figures.items()) for name, figures in found.items()}
    return "\n".join(["", "rooms", *(f"{name:<{WIDTH}}{text}" for name, text in words.items())])


def of_machine(found: dict[str, Any]) -> str:
    where = f"{found['cores']} cores {found['cpu']}, {found['memory_gb']} GB, Python {found['python']}"
    return f"\n{where}; load {found['load']} before, {found['load_after']} after; commit {found['commit']}"


def _timed(title: str, found: Iterable[tuple[str, dict[str, float]]]) -> list[str]:
    head = f"\n{title:<{WIDTH}}{'p50':>9}{'p95':>9}{'n':>7}"
    return [head, *(f"{name:<{WIDTH}}{t['p50']:>9}{t['p95']:>9}{t['n']:>7}" for name, t in found)]


def _line(name: str, *values: Any) -> str:
    return f"{name:<{WIDTH}}" + "".join(f"{value:>9}" for value in values)


def of_growth(name: str, found: dict[str, Any]) -> str:
    """p50 by the axis: a line for each page, a column for each size."""
    lines: list[str] = []
    for axis, title in (("one_case", "tasks done in one case"), ("open_tasks", "open tasks"), ("journal", "records")):
        sizes = list(found[axis])
        lines.append(f"\n{name}, {title}"[: WIDTH + 1].ljust(WIDTH + 1) + "".join(f"{int(s):>12,}" for s in sizes))
        for page in found[axis][sizes[0]]:
            lines.append(f"{page:<{WIDTH}}" + "".join(f"{found[axis][s][page]['p50']:>12}" for s in sizes))
    due = found["due"]
    lines.append(_line(f"{due['due']} due terms found among {due['waiting']:,}, ms", due["milliseconds"]))
    return "\n".join(lines)


def of_load(found: dict[str, Any]) -> str:
    """Milliseconds by users, role and kind of request."""
    head = f"\n{found['cases']:,} cases, {found['open_tasks']:,} open tasks, {found['records']:,} records, "
    head += f"{found['workers']} web workers, {found['minutes']:g} minutes"
    lines = [head, f"{'users':>5} {'role':<10}{'':<8}{'p50':>9}{'p95':>9}{'p99':>9}{'n':>8}{'errors':>8}"]
    for row in found["rows"]:
        times = "".join(f"{row[name]:>9}" for name in ("p50", "p95", "p99"))
        lines.append(f"{row['users']:>5} {row['role']:<10}{row['kind']:<8}{times}{row['n']:>8}{row['errors']:>8}")
        lines += [f"      {said}" for said in row["said"]]
    return "\n".join(lines)


def of_goals(goals: Iterable[dict[str, Any]]) -> str:
    """What was to be reached, what was, how many times the floor of the same run it is."""
    lines = [f"\n{'goals':<54}{'measured':>12}{'goal':>12}{'floor':>10}{'times':>8}"]
    for one in goals:
        floor, ratio = one["floor"] or "", one["ratio"] or ""
        mark = "" if one["met"] else "  missed"
        sign = "≥" if one["least"] else "≤"
        name = f"{one['name']}{', ' * bool(one['unit'])}{one['unit']}"
        goal = f"{sign} {one['goal']:,g}"
        lines.append(f"{name:<54}{one['value']:>12,g}{goal:>12}{floor:>10}{ratio:>8}{mark}")
    return "\n".join(lines)
