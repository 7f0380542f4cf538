"""Random diagrams: our engine against the token game after every move, and the library's own engine beside them.

`OPORA_FUZZ=5000` plays that many diagrams instead of the few hundred of an ordinary run, `OPORA_FUZZ_SEED` moves the
first seed. A failure names its seed; `play(seed)` repeats it.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from typing import Any

import pytest
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.util.task import TaskState

from app.engine import Definition, lint

from .drawing import World
from .fuzzing import Block, Game, Maker, Pages

DIAGRAMS = int(os.environ.get("OPORA_FUZZ", "250"))
FIRST = int(os.environ.get("OPORA_FUZZ_SEED", "1"))
MOVES = 40
DEPTHS = (4, 3, 3, 2)
Open = Counter[tuple[str, str]]


class Ours:
    """Our engine; every move starts from stored bytes, every fourth one from freshly parsed specs too."""

    def __init__(self, block: Block, at_any_time: Block | None) -> None:
        pages = Pages(library=False)
        pages.process("p", block, at_any_time)
        self.files = {f"{d.key}.bpmn": d.xml(di=False) for d in pages.drawings}
        self.world = World()
        scope = {"rnd": 0, **{f"rows{n}": list(range(n)) for n in range(4)}}
        self.definition = Definition(self.files, "p")
        self.run = self.definition.start(scope, self.world)

    def restore(self, fresh: bool) -> None:
        if fresh:
            self.definition = Definition(self.files, "p")
        self.run = self.definition.load(self.run.dump(), self.world)

    def open(self) -> Open:
        found = [("task", t.key) for t in self.run.open_tasks()]
        found += [("wait", w.key) for w in self.run.waits()]
        return Counter(found + [("timer", t.key) for t in self.run.timers()])

    def items(self) -> Counter[tuple[str, str | None]]:
        return Counter((t.key, t.item) for t in self.run.open_tasks())

    @property
    def done(self) -> bool:
        return self.run.done

    def finish(self, kind: str, key: str, item: str | None, value: int) -> None:
        self.run.scope["rnd"] = value
        if kind == "task":
            task = next(t for t in self.run.open_tasks() if t.key == key and t.item == item)
            self.run.complete(task.id, {"rnd": value})
        elif kind == "wait":
            assert self.run.message(key, proven=True)
        else:
            timer = next(t for t in self.run.timers() if t.key == key)
            self.run.shift_timer(timer.id, self.world.now)
            assert self.run.tick()

    def message(self) -> None:
        self.run.message("any")


class _SharedScope(PythonScriptEngine):
    """The library merges stale copies of data at joins; only its control flow is compared."""

    rnd = 0

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        if expression.endswith("d"):
            return "2999-01-01T00:00:00+00:00"
        return eval(expression, {}, {"rnd": self.rnd})

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        return True


class Stock:
    """The library's engine in memory, specs parsed once."""

    def __init__(self, block: Block, at_any_time: Block | None) -> None:
        pages = Pages(library=True)
        pages.process("p", block, at_any_time)
        parser = BpmnParser()
        for d in pages.drawings:
            parser.add_bpmn_str(d.xml(di=False))
        self.engine = _SharedScope()
        specs = parser.get_spec("p"), parser.get_subprocess_specs("p")
        self.wf = BpmnWorkflow(*specs, script_engine=self.engine)
        self.wf.do_engine_steps()

    def _ready(self) -> list[Any]:
        return [t for t in self.wf.get_tasks(state=TaskState.READY) if t.task_spec.manual]

    def _waiting(self) -> list[tuple[str, str, Any]]:
        found = []
        for t in self.wf.get_tasks(state=TaskState.WAITING):
            event = getattr(t.task_spec, "event_definition", None)
            if isinstance(event, MultipleEventDefinition):
                wait, timer = t.task_spec.outputs
                found += [("wait", wait.bpmn_id, t), ("timer", timer.bpmn_id, t)]
            elif isinstance(event, MessageEventDefinition):
                found.append(("wait", t.task_spec.bpmn_id, t))
        return found

    def open(self) -> Open:
        return Counter([("task", t.task_spec.bpmn_id) for t in self._ready()] + [w[:2] for w in self._waiting()])

    @property
    def done(self) -> bool:
        return bool(self.wf.is_completed())

    def finish(self, kind: str, key: str, item: str | None, value: int) -> None:
        self.engine.rnd = value
        if kind == "task":
            same = [t for t in self._ready() if t.task_spec.bpmn_id == key]
            wanted = [t for t in same if item is None or str(t.internal_data.get("key_or_index")) == item]
            (wanted or same)[0].run()
        elif kind == "wait":
            self.wf.send_event(BpmnEvent(MessageEventDefinition(key), {}, {}))
        else:
            task = next(t for k, name, t in self._waiting() if (k, name) == (kind, key))
            task.internal_data["event_value"] = "2000-01-01T00:00:00+00:00"
            self.wf.refresh_timers()
        self.wf.do_engine_steps()

    def message(self) -> None:
        self.wf.send_event(BpmnEvent(MessageEventDefinition("any"), {}, {}))
        self.wf.do_engine_steps()


def play(seed: int) -> str:
    """Play one diagram; "" or how the library's engine left the token game. Ours must never leave it."""
    maker = Maker(seed)
    block = maker.block(DEPTHS[seed % 4])
    at_any_time = maker.block(1) if maker.random.random() < 0.2 else None
    dice = random.Random(seed * 7919)
    game, ours = Game(block, at_any_time), Ours(block, at_any_time)
    stock: Stock | None = Stock(block, at_any_time)
    left, done_tasks = "", Counter[str]()
    for move in range(MOVES):
        expected = Counter((kind, key) for kind, key, _, _ in game.open.values())
        assert ours.open() == expected, (seed, move, "ours", ours.open() - expected, expected - ours.open())
        tasks = Counter((key, item) for kind, key, item, _ in game.open.values() if kind == "task")
        assert ours.items() == tasks, (seed, move)
        assert ours.done == game.done, (seed, move)
        if stock is not None and (stock.open() != expected or stock.done != game.done):
            left, stock = f"{seed}: move {move}", None
        if not game.open:
            break
        ours.restore(fresh=move % 4 == seed % 4)
        left, stock = _move(game, ours, stock, dice, done_tasks, left)
    passed = Counter(ours.world.history)
    assert all(passed[key] == n for key, n in done_tasks.items()), seed
    return left


def _move(
    game: Game, ours: Ours, stock: Stock | None, dice: random.Random, done_tasks: Counter[str], left: str
) -> tuple[str, Stock | None]:
    sides: list[Any] = [ours] if stock is None else [ours, stock]
    try:
        if dice.random() < 0.1 and game.message():
            for side in sides:
                side.message()
            return left, stock
        number = dice.choice(sorted(game.open))
        kind, key, item, _ = game.open[number]
        value = dice.choice((0, 1, 2, 3, 3))
        game.finish(number, value)
        if kind == "task":
            done_tasks[key] += 1
        ours.finish(kind, key, item, value)
    except (AssertionError, StopIteration) as e:
        raise AssertionError(f"ours cannot follow: {e}") from e
    if stock is not None:
        try:
            stock.finish(kind, key, item, value)
        except Exception as e:
            return f"{type(e).__name__} {e}", None
    return left, stock


def _forms(pages: Pages) -> dict[str, tuple[str, ...]]:
    keys = {key for d in pages.drawings for key in re.findall(r'formKey="(\w+)"', d.body())}
    return dict.fromkeys(keys, ())


@pytest.mark.parametrize("seed", range(FIRST, FIRST + 60))
def test_the_linter_refuses_random_diagrams_for_joins_in_loops_only(seed: int) -> None:
    block = Maker(seed).block(DEPTHS[seed % 4])
    pages = Pages(library=False)
    pages.process("p", block)
    files = {f"{d.key}.bpmn": d.xml() for d in pages.drawings}
    given = ["rnd", *(f"rows{n}" for n in range(4))]
    found = lint(files, roles=["school_head", "system"], forms=_forms(pages), operations=["check_gate"], given=given)
    assert all("соединение стоит в цикле" in p.text for p in found), list(map(str, found))
    assert bool(found) == block.join_in_loop()


@pytest.mark.parametrize("part", range(5))
def test_random_diagrams_follow_the_token_game(part: int) -> None:
    share = DIAGRAMS // 5
    outside: list[str] = []
    for seed in range(FIRST + part * share, FIRST + (part + 1) * share):
        left = play(seed)
        if left and not Maker(seed).block(DEPTHS[seed % 4]).join_in_loop():
            outside.append(left)
    assert not outside, f"the library left the token game without a join in a loop: {outside}"
