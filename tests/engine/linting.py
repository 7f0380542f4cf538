"""A linter call with a small application, and the diagrams its tests start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.engine import Problem, lint

from .drawing import Drawing

ROLES = ("school_head", "municipal_authority", "system")  # base codes; `.head` is added in diagrams
FORMS: dict[str, tuple[str, ...]] = {"u": ("n",), "v": (), "a": (), "b": (), "c": ()}
OPERATIONS = ("check_gate", "open_cases")


def check(*drawings: Drawing | tuple[str, bytes], **kw: Any) -> list[Problem]:
    files = dict(d if isinstance(d, tuple) else (f"{d.key}.bpmn", d.xml()) for d in drawings)
    return lint(files, **{"roles": ROLES, "forms": FORMS, "operations": OPERATIONS, **kw})


def texts(*drawings: Drawing | tuple[str, bytes], **kw: Any) -> str:
    return "\n".join(map(str, check(*drawings, **kw)))


def around(draw: Callable[[Drawing], Any], key: str = "x") -> Drawing:
    """start → u → what `draw` adds under the id `key` → end."""
    d = Drawing().start().end().user("u")
    draw(d)
    return d.line("start", "u", key, "end")


def raw(tag: str, inner: str = "", attrs: str = "") -> Callable[[Drawing], Any]:
    return lambda d: d.add("x", f'<bpmn:{tag} id="x" name="Икс" {attrs}>{inner}</bpmn:{tag}>')


def good() -> Drawing:
    """A bit of everything that is allowed."""
    d = Drawing().start().end("end", "done", state="ok", year="${n}").user("u", role="municipal_authority.head")
    d.service("op", gate="g", sets="left,rows").gate("g1").many("v", "rows").user("a", due="to 30.09").user("b")
    d.both("s", "j").first("eg").wait("w", "children.done", due="5wd", ladder="default").timer("t", "45d").gate("m")
    d.line("start", "u", "op", "g1").flow("g1", "v", "left == True and n > 1").flow("g1", "s", default=True)
    d.line("v", "op").line("s", "a", "j").line("s", "b", "j").line("j", "eg", "w", "m", "end").line("eg", "t", "m")
    return d.on_message("moved", "school.moved", lambda i: i.user("c", form="c").line("moved_s", "c", "moved_e"))


def two_ways(**kw: Any) -> Drawing:
    d = Drawing().start().end().user("u").user("a").user("b").gate("g").line("start", "u", "g")
    d.flow("g", "a", kw.get("one", "n == 1")).flow("g", "b", kw.get("two", ""), default=kw.get("default", True))
    return d.line("a", "end").line("b", "end")


def event_gateway(*waits: str, timers: tuple[str, ...] = ("t",), more: str = "") -> Drawing:
    d = Drawing().start().end().user("u").first("g").line("start", "u", "g")
    for w in waits:
        d.wait(w, f"m.{w}").line("g", w, "end")
    for t in timers:
        d.timer(t).line("g", t, "end")
    return d.user(more, form="v").line("g", more, "end") if more else d
