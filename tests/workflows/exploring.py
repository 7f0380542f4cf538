"""Every state a diagram can reach, found by trying every answer a gateway can be given.

A state is what the case stands at and the values its gateways read. From each: every open task with every combination
of its routed values, every message with every value it brings, every date. Operations answer in every way they may.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import forms
from app.engine.authoring.bpmn import local, q

from . import reading as r
from .playing import Case, World

# values that conditions do not name; dates are far enough to come one after another
VALUES: dict[str, tuple[Any, ...]] = {
    "approvers": ((), (1,), (1, 2)),
    "valid_to": (None, "2027-12-31"),
    "year_start": ("2026-07-01",),
    "decision_due": ("2027-09-30",),
    "watch_until": ("2028-09-30",),
    "meeting_date": ("2026-09-24",),
    "run_id": (1,),
    "window": (5,),
    "review": ((),),
    "passport_changed": (True, False),
    "meeting_due": ("2026-10-05",),
    "reorg_day": ("2026-11-25T00:00",),
    "sources_due": ("2026-07-16",),
    "window_to": ("2026-07-10",),
    "experts": ((1,), (1, 2)),
    "session_on": ("2026-10-20",),
    "step_due": ("2027-02-15",),
    "half_end": ("2026-12-31",),
    "starts_on": ("2026-11-16",),
    "ends_on": ("2026-12-04",),
    "trainees": ((1,), (1, 2)),
    "next_review": ("2026-12-31",),
    "report_due": ("2027-07-01",),
    "next_meeting": ("2026-09-24",),
    "take_due": (2,),
    "reply_due": ("2026-09-28",),
    "rec_due": ("2026-10-30",),
    "evaluation_due": ("2027-06-01",),
    "school_due": ("2027-06-20",),
    "curator_due": ("2027-06-30",),
    "municipal_due": ("2027-07-10",),
    "run_due": ("2027-09-12",),
    "decide_due": ("2027-09-28",),
    "visit_on": ("2026-10-06",),
    "report_from": ("2026-10-02",),
    "plan_by": (3,),
    "stage_due": ("2027-02-01",),
    "stage_opens": ("2026-08-20",),
    "final_due": ("2027-06-01",),
    "opens_on": ("2026-08-20",),
    "due_on": ("2026-09-20",),
    "deliver_by": ("2026-09-20",),
    "expertise_kind": ("roadmap",),
    "card_days": (7,),
}
# values read again later, by another gateway than the one after the form
KEPT = (
    "level",
    "publish",
    "passport_needed",
    "decision",
    "act_expire_outcome",
    "mode",
    "training_kind",
    "kind",
    "acquaint",
    "action_needed",
    "has_authority",
    "controlled",
)
_DATED = {"opens_on": "2026-08-20", "due_on": "2026-09-20"}
OPENINGS: dict[str, list[dict[str, Any]]] = {
    "support_cycle": [{"track": "listed"}, {"track": "watch"}],
    "data_pack": [{"mode": m} for m in ("preliminary_list", "opinion", "supplement", "watch")],
    "assignment": [
        {**_DATED, "manual": True, "to_take": True, "controlled": False},
        {**_DATED, "manual": False, "to_take": True, "controlled": True},
        {**_DATED, "manual": False, "to_take": False, "controlled": False},
    ],
    "objection": [{"window": "2026-09-20"}],
    "survey": [{"mode": "named"}, {"mode": "anonymous"}],
    "training_application": [{"half_end": "2026-12-31"}],
    "municipal_program": [{"mode": m} for m in ("programme", "review")],
    "request": [{"mode": m} for m in ("request", "public", "more", "rate")],
    "visit": [{"plan_by": 10}],
    "visit_reply": [{"mode": "confirm"}, {"mode": "acknowledge"}],
    "resource_request": [{"split": False}, {"split": True}],
}


def answers(process: str) -> dict[str, tuple[Any, ...]]:
    """Name → values its conditions tell apart, and one they do not name."""
    found: dict[str, set[Any]] = {}
    for name in _with_called(process):
        for condition in r.root(name).iter(q("bpmn:conditionExpression")):
            for compare in (
                n
                for n in ast.walk(ast.parse((condition.text or "").strip(), mode="eval"))
                if isinstance(n, ast.Compare)
            ):
                assert isinstance(compare.left, ast.Name)
                literal = ast.literal_eval(compare.comparators[0])
                found.setdefault(compare.left.id, set()).update(literal if isinstance(literal, list) else [literal])
    told = {
        k: (*v, not next(iter(v))) if next(iter(v)) in (True, False) else (*sorted(map(str, v)), "other")
        for k, v in found.items()
    }
    return {**told, **VALUES}


def _with_called(process: str) -> list[str]:
    return [process, *(c.get("calledElement") for c in r.nodes(process, "callActivity"))]


class Oracle(World):
    """Answers operations from a script; past its end it takes the first answer and notes how many there were."""

    def __init__(self, script: tuple[int, ...], told: Mapping[str, tuple[Any, ...]], left: World | None = None) -> None:
        super().__init__()
        if left is not None:
            self.now = left.now
        self.script, self.told = script, told
        self.options: list[int] = []

    def operation(self, card: Any, scope: Any) -> dict[str, Any] | None:
        super().operation(card, scope)
        return self._consistent({name: self._choose(self.told[name]) for name in card.sets})

    def _choose(self, among: tuple[Any, ...]) -> Any:
        at = len(self.options)
        self.options.append(len(among))
        value = among[self.script[at] if at < len(self.script) else 0]
        return list(value) if isinstance(value, tuple) else value

    def _consistent(self, values: dict[str, Any]) -> dict[str, Any]:
        """A stage that is left has somebody to sign; one that is not left has nobody."""
        if "approvers" in values:
            values["stage_left"] = bool(values["approvers"])
            values["sign_off_result"] = values["sign_off_result"] if values["sign_off_result"] != "other" else "agreed"
        return values


class Map:
    """States reached, moves between them, nodes passed one after another."""

    def __init__(self, process: str) -> None:
        self.process, self.told = process, answers(process)
        self.moves: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
        self.ends: set[tuple[Any, ...]] = set()
        self.passed: set[str] = set()
        self.ways = self._ways()
        self.steps: set[tuple[str, str]] = set()
        queue: list[tuple[tuple[Any, ...], Case]] = []
        for opening in OPENINGS.get(process, [{}]):
            queue += list(self._all(lambda world, given=opening: Case(process, world, given, fresh=False)))
        while queue:
            here, case = queue.pop()
            if here in self.moves:
                continue
            self.moves[here] = set()
            for there, after in self._from(case):
                self.moves[here].add(there)
                queue.append((there, after))

    def _all(self, move: Any, now: World | None = None) -> Iterator[tuple[tuple[Any, ...], Case]]:
        """The move under every script of answers the operations on its way may give."""
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            script = scripts.pop()
            world = Oracle(script, self.told, now)
            case = move(world)
            for at in range(len(script), len(world.options)):
                zeros = (0,) * (at - len(script))
                scripts += [(*script, *zeros, k) for k in range(1, world.options[at])]
            self._note(world.history, case)
            signature = self._signature(case)
            if case.done:
                self.ends.add(signature)
                self.moves.setdefault(signature, set())
            yield signature, case

    def _from(self, case: Case) -> Iterator[tuple[tuple[Any, ...], Case]]:
        run = case.run()
        for task in run.open_tasks():
            names = forms.form_class(task.card.form or "").routes
            for values in itertools.product(*(self.told.get(n, ("x",)) for n in names)):
                given = {n: list(v) if isinstance(v, tuple) else v for n, v in zip(names, values, strict=True)}
                yield from self._all(lambda w, t=task, g=given: self._again(case, w).do(t.key, t.item, **g), case.world)
        for wait in run.waits():
            for values in itertools.product(*(self.told[n] for n in wait.card.sets)):
                given = dict(zip(wait.card.sets, values, strict=True))
                yield from self._all(lambda w, m=wait.message, g=given: self._again(case, w).hear(m, **g), case.world)
        for timer in run.timers():
            yield from self._all(lambda w, k=timer.key: self._again(case, w).wait_until(k), case.world)
        for message in run.starts() if len(run.open_tasks()) < 2 else ():
            yield from self._all(lambda w, m=message: self._again(case, w).hear(m), case.world)

    def _again(self, case: Case, world: World) -> Case:
        copy = object.__new__(Case)
        copy.__dict__.update(case.__dict__, world=world, sizes=[])
        return copy

    def _signature(self, case: Case) -> tuple[Any, ...]:
        scope = case.scope
        return (*case.at, *(f"{k}={scope[k]}" for k in KEPT if k in scope))

    def _note(self, history: list[str], case: Case) -> None:
        run = case.run()
        self.passed |= set(history)
        order = [*history, *(stop.key for stop in (*run.open_tasks(), *run.waits()))]
        for at, key in enumerate(history):
            taken = next((seen for seen in order[at + 1 :] if seen in self.ways.get(key, ())), None)
            self.steps |= {(key, taken)} if taken else set()

    def never_passed(self) -> set[str]:
        drawn = {n.get("id") for p in _with_called(self.process) for n in r.nodes(p)}
        return drawn - self.passed - {n.get("id") for n in r.nodes(self.process, "subProcess")}

    def never_taken(self) -> set[str]:
        """Flows out of exclusive gateways that no walk took."""
        found = set()
        for flow in (f for p in _with_called(self.process) for f in r.flows(p)):
            source, target = flow.get("sourceRef"), flow.get("targetRef")
            if source in self.ways and not any((source, seen) in self.steps for seen in self._seen_as(target)):
                found.add(f"{source} → {target}")
        return found

    def _ways(self) -> dict[str, set[str]]:
        """Exclusive gateway → what is seen next of its ways; other branches of a parallel block may move in between."""
        called = _with_called(self.process)
        found: dict[str, set[str]] = {n.get("id"): set() for p in called for n in r.nodes(p, "exclusiveGateway")}
        for flow in (f for p in called for f in r.flows(p) if f.get("sourceRef") in found):
            found[flow.get("sourceRef")] |= set(self._seen_as(flow.get("targetRef")))
        return found

    def _seen_as(self, key: str) -> list[str]:
        """A race is seen by its events, a call by the start of what it calls."""
        node = _node(self.process, key)
        if local(node) == "eventBasedGateway":
            return [f.get("targetRef") for f in r.flows(self.process) if f.get("sourceRef") == key]
        if local(node) == "callActivity":
            return [n.get("id") for n in r.nodes(node.get("calledElement"), "startEvent")]
        return [key]

    def traps(self) -> set[tuple[Any, ...]]:
        """States from which no end can be reached."""
        back: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
        for here, there in self.moves.items():
            for state in there:
                back.setdefault(state, set()).add(here)
        safe, queue = set(self.ends), list(self.ends)
        while queue:
            for state in back.get(queue.pop(), set()) - safe:
                safe.add(state)
                queue.append(state)
        return set(self.moves) - safe


def _node(process: str, key: str) -> Any:
    return next(n for p in _with_called(process) for n in r.nodes(p) if n.get("id") == key)
