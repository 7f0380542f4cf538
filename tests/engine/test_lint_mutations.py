"""Good diagrams spoiled at random: the linter never breaks down, and what it lets through the engine runs."""

from __future__ import annotations

import contextlib
import random
from typing import Any

from lxml import etree

from app.engine import Card, Definition, DiagramFault, lint

from .drawing import Drawing, World, line
from .fuzzing import Maker, Pages
from .linting import good

FORMS = {key: ("n", "rnd") for key in ("u", "v", "a", "b", "c")} | {f"u{n}": ("rnd",) for n in range(99)}
FORMS |= {f"m{n}": () for n in range(99)}
GIVEN = ["n", "left", "rows", "rnd", *(f"rows{n}" for n in range(4))]


def spoil(xml: bytes, dice: random.Random) -> bytes:
    """One random change of an attribute, a text or an element."""
    root = etree.fromstring(xml)
    nodes = [n for n in root.iter() if isinstance(n.tag, str) and n is not root and "DI" not in n.tag]
    for _ in range(dice.choice((1, 1, 2))):
        node = dice.choice(nodes)
        parent = node.getparent()
        if parent is None:
            continue
        kind = dice.randrange(6)
        if kind == 0:
            parent.remove(node)
        elif kind == 1 and node.attrib:
            del node.attrib[dice.choice(sorted(node.attrib))]
        elif kind == 2 and node.attrib:
            other = dice.choice(nodes)
            node.set(dice.choice(sorted(node.attrib)), dice.choice(sorted(other.attrib.values()) or [""]))
        elif kind == 3:
            flows = [n for n in nodes if n.tag.endswith("sequenceFlow")]
            one, two = dice.choice(flows), dice.choice(flows)
            one.set("targetRef", two.get("targetRef", ""))
        elif kind == 4:
            node.text = dice.choice(["n == 1", "x", "", "True", "${n}", "5d", None])
        else:
            node.tag = dice.choice(nodes).tag
    return etree.tostring(root)


class Anything(World):
    """Says yes at random and writes whatever is declared."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice

    def operation(self, card: Card, scope: Any) -> dict[str, Any]:
        return {n: [1, 2] if n == "rows" else self.dice.random() < 0.5 for n in card.sets}

    def fact(self, message: str, scope: Any) -> bool:
        return self.dice.random() < 0.3

    def term(self, text: str, scope: Any) -> Any:
        return self.now


class Incomparable(Exception):
    """A spoiled condition compares a list with a number; only the values can tell."""


def walk(files: dict[str, bytes], process: str, dice: random.Random) -> None:
    try:
        _walk(files, process, dice)
    except DiagramFault as e:
        if "сравниваются" in e.message:
            raise Incomparable from e
        raise


def _walk(files: dict[str, bytes], process: str, dice: random.Random) -> None:
    definition, world = Definition(files, process), Anything(dice)
    scope = {"n": 2, "left": True, "rows": [1], "rnd": 0, **{f"rows{n}": list(range(n)) for n in range(4)}}
    run = definition.start(scope, world)
    for _ in range(25):
        if run.done:
            return
        run = definition.load(run.dump(), world)
        tasks = run.open_tasks()
        if tasks and dice.random() < 0.7:
            values = {"n": dice.randrange(4), "rnd": dice.randrange(3)}
            run.complete(dice.choice(tasks).id, {k: v for k, v in values.items() if dice.random() < 0.9})
        elif dice.random() < 0.5:
            run.tick()
        else:
            run.wake()


def play(seed: int) -> bool:
    """Spoil, check and, if nothing is said against it, walk; whether it was walked."""
    dice = random.Random(seed)
    pages = Pages(library=False)
    pages.process("p", Maker(seed).block(2))
    drawings: list[Drawing] = pages.drawings if seed % 3 else [good(), line("a", key="q")]
    files = {f"{d.key}.bpmn": d.xml() for d in drawings}
    target = dice.choice(sorted(files))
    files[target] = spoil(files[target], dice)
    roles = ["school_head", "municipal_authority", "system"]
    problems = lint(files, roles=roles, forms=FORMS, operations=["check_gate"], given=GIVEN)
    assert all(p.text and p.advice for p in problems), seed
    if any(not p.warning for p in problems):
        return False
    for drawing in drawings:
        with contextlib.suppress(Incomparable):
            walk(files, drawing.key, dice)
    return True


def test_spoiled_diagrams() -> None:
    assert sum(play(seed) for seed in range(200)) > 20
