"""A case may go on by a newer version only if it loses nothing there: random pairs of diagrams, and the single rules."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from app.engine import Definition, Fit, Fitting, Run

from .drawing import Drawing, World
from .fuzzing import Block, Maker, Pages

pytestmark = pytest.mark.req("OR-72")
PAIRS = int(os.environ.get("OPORA_FUZZ", "250"))
FIRST = int(os.environ.get("OPORA_FUZZ_SEED", "1"))
SCOPE = {"rnd": 0, **{f"rows{n}": list(range(n)) for n in range(4)}}
FORMS = {}


def drawn(block: Block) -> Definition:
    pages = Pages(library=False)
    pages.process("p", block)
    return Definition({f"{d.key}.bpmn": d.xml(di=False) for d in pages.drawings}, "p")


class Redrawing:
    """Changes a diagram as people do: nodes come and go, branches are added, steps trade places or become loops."""

    def __init__(self, maker: Maker) -> None:
        self.maker, self.random = maker, maker.random

    def of(self, b: Block) -> Block:
        if self.random.random() < 0.15:
            return self.change(b)
        return replace(b, parts=tuple(self.of(p) for p in b.parts))

    def change(self, b: Block) -> Block:
        fresh = self.maker.block(1)
        made = [
            lambda: Block("seq", (), (b, fresh)),
            lambda: Block("seq", (), (fresh, b)),
            lambda: Block("and", (self.maker.key("g"), self.maker.key("j")), (b, fresh)),
            lambda: Block("xor", (self.maker.key("x"), self.maker.key("y")), (b, fresh)),
            lambda: fresh,
        ]
        if b.kind == "seq":
            made.append(lambda: replace(b, parts=tuple(self.random.sample(b.parts, len(b.parts)))))
            made.append(lambda: b.parts[0])
        if b.kind == "and":
            made.append(lambda: replace(b, parts=(*b.parts, fresh)))
            made.append(lambda: replace(b, parts=b.parts[:2]))
        if b.kind == "user":
            made.append(lambda: replace(b, kind="many", count=2))
            body = Block("seq", (), (b,))
            made.append(lambda: Block("loop", (self.maker.key("l"), self.maker.key("k"), self.maker.key("s")), (body,)))
        return self.random.choice(made)()


def move(run: Run, world: World, chance: random.Random, value: int) -> None:
    """Anything that is open is done."""
    run.scope["rnd"] = value
    tasks, waits, timers = run.open_tasks(), run.waits(), run.timers()
    kind, one = chance.choice(
        [*(("task", t) for t in tasks), *(("wait", w) for w in waits), *(("timer", t) for t in timers)]
    )
    if kind == "task":
        run.complete(one.id, {"rnd": value})
    elif kind == "wait":
        assert run.message(one.message, proven=True)
    else:
        run.shift_timer(one.id, world.now)
        assert run.tick()


def seen(run: Run) -> tuple[object, ...]:
    """What people and the clock see of a case."""
    tasks = sorted((t.id, t.key, t.item or "") for t in run.open_tasks())
    return tasks, sorted((w.id, w.message) for w in run.waits()), sorted((t.id, t.due) for t in run.timers())


def verdicts(seed: int) -> list[Fit]:
    """One pair of diagrams: the old one is walked, and wherever the verdict is safe the new one is walked to its end."""
    maker = Maker(seed)
    block = maker.block(3)
    old, new = drawn(block), drawn(Redrawing(maker).of(block))
    world, chance, found = World(), random.Random(seed), []
    fitting = Fitting(old, new, FORMS, {})
    run = old.start(SCOPE, world)
    for _ in range(12):
        if run.done:
            break
        state = run.dump()
        fit = fitting.judge(state, world)
        found.append(fit)
        assert (fit.verdict == "safe") == (fit.reasons == ())
        if fit.verdict != "blocked":
            after = new.load(state, world)
            assert seen(after) == seen(run), "ids and dates stay"
            walked = 0
            while not after.done:
                move(after, world, chance, chance.choice((0, 1, 2)) if walked < 100 else 0)
                after = new.load(after.dump(), world)
                walked += 1
                assert walked < 400, f"seed {seed}: no end"
        move(run, world, chance, chance.randint(0, 3))
        run = old.load(run.dump(), world)
    return found


def test_whatever_is_found_safe_comes_to_its_end_with_the_same_tasks_and_dates() -> None:
    counted = Counter(fit.verdict for seed in range(FIRST, FIRST + PAIRS) for fit in verdicts(seed))
    assert counted["safe"] > counted["blocked"] / 4, counted
    assert counted["blocked"] > 20, counted


def test_the_same_diagram_is_always_safe() -> None:
    for seed in range(FIRST, FIRST + 40):
        block = Maker(seed).block(3)
        definition, world = drawn(block), World()
        run = definition.start(SCOPE, world)
        if not run.done:
            assert Fitting(definition, drawn(block), FORMS, {}).judge(run.dump(), world) == Fit("safe")


def straight(*steps: str, **users: str) -> Drawing:
    d = Drawing("p").start("start").end("end")
    for step in steps:
        d.user(step, **({"role": users[step]} if step in users else {}))
    line = ["start", *steps, "end"]
    for one, two in pairwise(line):
        d.flow(one, two)
    return d


def judged(
    old: Drawing, new: Drawing, *, after: tuple[str, ...] = (), forms: dict[str, list[str]] | None = None
) -> Fit:
    before = Definition({"p.bpmn": old.xml(di=False)}, "p")
    newer = Definition({"p.bpmn": new.xml(di=False)}, "p")
    world = World()
    run = before.start({}, world)
    for key in after:
        run.complete(next(t for t in run.open_tasks() if t.key == key).id, {})
    return Fitting(before, newer, forms or {}, {}).judge(run.dump(), world)


def test_a_step_added_ahead_is_safe_and_one_taken_away_underfoot_blocks() -> None:
    assert judged(straight("a", "b"), straight("a", "c", "b")) == Fit("safe")
    fit = judged(straight("a", "b"), straight("c", "b"))
    assert fit == Fit("blocked", ("в новой схеме нет узла «Задача a», на котором стоит дело, или он стал другим",))
    assert judged(straight("a", "b"), straight("c", "b"), after=("a",)).verdict == "safe", "it is behind the case"


def test_another_holder_or_form_is_to_be_decided() -> None:
    fit = judged(straight("a"), straight("a", a="curator"))
    assert fit == Fit("decide", ("открытую задачу «Задача a» выполняет другой",))
    form = Drawing("p").start("start").end("end").user("a", form="other").flow("start", "a").flow("a", "end")
    assert judged(straight("a"), form) == Fit("decide", ("у открытой задачи «Задача a» другая форма",))


def test_another_term_is_only_noted_because_dates_stay() -> None:
    later = Drawing("p").start("start").end("end").user("a", due="9wd").flow("start", "a").flow("a", "end")
    fit = judged(straight("a"), later)
    assert fit.verdict == "safe"
    assert fit.notes == ("срок задачи «Задача a» в схеме другой; у этого дела остаётся прежний",)


def test_a_value_that_was_to_be_written_behind_blocks() -> None:
    gate = Drawing("p").start("start").end("end").user("a").user("b").gate("g").gate("m")
    for one, two in (("start", "a"), ("a", "b"), ("b", "g"), ("m", "end")):
        gate.flow(one, two)
    gate.flow("g", "m", "answer == 'yes'").flow("g", "end", default=True)
    forms = {"a": ["answer"]}
    assert judged(straight("a", "b"), gate, forms=forms) == Fit("safe"), "the step that writes it is still ahead"
    fit = judged(straight("a", "b"), gate, after=("a",), forms=forms)
    assert fit == Fit("blocked", ("дальше читается «answer», а шаг, который его записывает, дело уже прошло",))


def test_a_branch_that_began_beside_the_case_blocks() -> None:
    both = Drawing("p").start("start").end("end").user("a").user("b").both("s", "j")
    for one, two in (("start", "s"), ("s", "a"), ("s", "b"), ("a", "j"), ("b", "j"), ("j", "end")):
        both.flow(one, two)
    fit = judged(straight("a"), both)
    assert fit.verdict == "blocked"
    assert "по которой никто не придёт" in fit.reasons[0]
