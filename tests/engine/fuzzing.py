"""Random block-structured diagrams and the token game that says what must be open after every move.

The token game is the expectation: it knows blocks, not engines, and is small enough to be read. The library's own
engine is a second opinion; where it is known to be wrong (a join inside a loop) only the token game counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .drawing import Drawing

Done = Callable[[], None]


@dataclass(slots=True)
class Block:
    """A block with one entry and one exit. `keys` are the ids it draws, `parts` the blocks inside."""

    kind: str
    keys: tuple[str, ...]
    parts: tuple[Block, ...] = ()
    count: int = 0

    def has(self, kind: str) -> bool:
        return self.kind == kind or any(p.has(kind) for p in self.parts)

    def join_in_loop(self) -> bool:
        return (self.kind == "loop" and self.has("and")) or any(p.join_in_loop() for p in self.parts)

    def edges(self) -> tuple[str, str]:
        """Ids of the first and the last node."""
        if self.kind == "seq":
            return self.parts[0].edges()[0], self.parts[-1].edges()[1]
        if self.kind == "loop":
            return self.keys[0], self.keys[2]
        return (self.keys[0], self.keys[1]) if self.kind in ("and", "xor", "first") else (self.keys[0], self.keys[0])


class Maker:
    """Makes random blocks; ids are unique within a diagram and all it calls."""

    def __init__(self, seed: int) -> None:
        self.random, self.n = random.Random(seed), 0

    def key(self, letter: str) -> str:
        self.n += 1
        return f"{letter}{self.n}"

    def block(self, depth: int) -> Block:
        roll = self.random.random()
        if depth <= 0 or roll < 0.2:
            return self.leaf()
        for limit, make in (
            (0.42, self.seq), (0.58, self.split), (0.70, self.choice), (0.82, self.loop), (0.90, self.nested),
            (1.01, self.first),
        ):  # fmt: skip
            if roll < limit:
                return make(depth - 1)
        raise AssertionError

    def leaf(self) -> Block:
        roll = self.random.random()
        if roll < 0.6:
            return Block("user", (self.key("u"),))
        if roll < 0.75:
            return Block("many", (self.key("m"),), count=self.random.choice((0, 1, 2, 3)))
        if roll < 0.88:
            return Block("wait", (self.key("w"),))
        return Block("service", (self.key("s"),))

    def some(self, depth: int, least: int, most: int) -> tuple[Block, ...]:
        return tuple(self.block(depth) for _ in range(self.random.randint(least, most)))

    def seq(self, depth: int) -> Block:
        return Block("seq", (), self.some(depth, 2, 3))

    def split(self, depth: int) -> Block:
        return Block("and", (self.key("g"), self.key("j")), self.some(depth, 2, 4))

    def choice(self, depth: int) -> Block:
        return Block("xor", (self.key("x"), self.key("y")), self.some(depth, 2, 3))

    def loop(self, depth: int) -> Block:
        body = Block("seq", (), (Block("user", (self.key("u"),)), *self.some(depth, 0, 2)))
        return Block("loop", (self.key("l"), self.key("k"), self.key("s")), (body,))

    def nested(self, depth: int) -> Block:
        kind = self.random.choice(("sub", "call"))
        return Block(kind, (self.key("c"), self.key("q")), (self.block(depth),))

    def first(self, depth: int) -> Block:
        keys = (self.key("e"), self.key("y"), self.key("w"), self.key("t"))
        return Block("first", keys, self.some(depth - 1, 2, 2))


class Game:
    """The token game: `open` maps a number to (kind, key, item, what happens when it is done)."""

    def __init__(self, root: Block, at_any_time: Block | None) -> None:
        self.open: dict[int, tuple[str, str, str | None, Done]] = {}
        self.n, self.value, self.running = 0, 0, 0
        self.at_any_time, self.beside = at_any_time, False
        self.begin(root)

    @property
    def done(self) -> bool:
        return self.running == 0

    def begin(self, block: Block) -> None:
        self.running += 1

        def end() -> None:
            self.running -= 1
            self.beside = self.beside and block is not self.at_any_time

        self.enter(block, end)

    def message(self) -> bool:
        """Start what may start at any time; not twice at once, or like tasks of two could be told apart by nobody."""
        if self.at_any_time is None or self.beside:
            return False
        self.beside = True
        self.begin(self.at_any_time)
        return True

    def put(self, kind: str, key: str, done: Done, item: str | None = None) -> int:
        self.n += 1
        self.open[self.n] = (kind, key, item, done)
        return self.n

    def finish(self, number: int, value: int) -> None:
        self.value = value
        self.open.pop(number)[3]()

    def enter(self, b: Block, done: Done) -> None:
        getattr(self, "_" + b.kind)(b, done)

    def _user(self, b: Block, done: Done) -> None:
        self.put("task", b.keys[0], done)

    def _wait(self, b: Block, done: Done) -> None:
        self.put("wait", b.keys[0], done)

    def _service(self, b: Block, done: Done) -> None:
        done()

    def _gather(self, count: int, done: Done) -> Done:
        left = [count]

        def one() -> None:
            left[0] -= 1
            if not left[0]:
                done()

        return one

    def _many(self, b: Block, done: Done) -> None:
        one = self._gather(b.count, done)
        for i in range(b.count):
            self.put("task", b.keys[0], one, str(i))
        if not b.count:
            done()

    def _seq(self, b: Block, done: Done) -> None:
        def step(n: int) -> None:
            if n == len(b.parts):
                done()
            else:
                self.enter(b.parts[n], lambda: step(n + 1))

        step(0)

    def _and(self, b: Block, done: Done) -> None:
        one = self._gather(len(b.parts), done)
        for part in b.parts:
            self.enter(part, one)

    def _xor(self, b: Block, done: Done) -> None:
        n = next((n for n in range(len(b.parts) - 1) if self.value > n), len(b.parts) - 1)
        self.enter(b.parts[n], done)

    def _loop(self, b: Block, done: Done) -> None:
        def again() -> None:
            if self.value == 3:
                self.enter(b.parts[0], again)
            else:
                done()

        self.enter(b.parts[0], again)

    def _sub(self, b: Block, done: Done) -> None:
        self.enter(b.parts[0], done)

    _call = _sub

    def _first(self, b: Block, done: Done) -> None:
        numbers: list[int] = []

        def chosen(n: int) -> Done:
            def go() -> None:
                for number in numbers:
                    self.open.pop(number, None)
                self.enter(b.parts[n], done)

            return go

        numbers += [self.put("wait", b.keys[2], chosen(0)), self.put("timer", b.keys[3], chosen(1))]


@dataclass(slots=True)
class Pages:
    """Drawings of a block: the main process and those it calls; `library` draws what the stock engine understands."""

    library: bool
    drawings: list[Drawing] = field(default_factory=list)

    def process(self, key: str, block: Block, at_any_time: Block | None = None) -> Drawing:
        d = Drawing(key)
        self.drawings.append(d)
        self.whole(d, f"{key}_s", block, f"{key}_e")
        if at_any_time is not None:

            def draw(inner: Drawing) -> Any:
                self.draw(inner, at_any_time)
                entry, leave = at_any_time.edges()
                return inner.flow("any_s", entry).flow(leave, "any_e")

            d.on_message("any", "any", draw)
        return d

    def whole(self, d: Drawing, start: str, block: Block, end: str) -> None:
        d.start(start).end(end)
        self.draw(d, block)
        entry, leave = block.edges()
        d.flow(start, entry).flow(leave, end)

    def draw(self, d: Drawing, b: Block) -> None:
        if b.kind in ("and", "xor", "loop", "seq", "first"):
            for part in b.parts:
                self.draw(d, part)
        getattr(self, "_" + b.kind)(d, b)

    def _user(self, d: Drawing, b: Block) -> None:
        d.user(b.keys[0])

    def _wait(self, d: Drawing, b: Block) -> None:
        d.wait(b.keys[0], b.keys[0])

    def _service(self, d: Drawing, b: Block) -> None:
        if self.library:
            d.add(b.keys[0], f'<bpmn:scriptTask id="{b.keys[0]}"><bpmn:script>x</bpmn:script></bpmn:scriptTask>')
        else:
            d.service(b.keys[0])

    def _many(self, d: Drawing, b: Block) -> None:
        if self.library:
            loop = f"<bpmn:loopCardinality>{b.count}</bpmn:loopCardinality>"
            d.user(
                b.keys[0],
                inner=f"<bpmn:multiInstanceLoopCharacteristics>{loop}</bpmn:multiInstanceLoopCharacteristics>",
            )
        else:
            d.many(b.keys[0], f"rows{b.count}")

    def _seq(self, d: Drawing, b: Block) -> None:
        for one, two in zip(b.parts, b.parts[1:], strict=False):
            d.flow(one.edges()[1], two.edges()[0])

    def _and(self, d: Drawing, b: Block) -> None:
        d.both(*b.keys)
        for part in b.parts:
            entry, leave = part.edges()
            d.flow(b.keys[0], entry).flow(leave, b.keys[1])

    def _xor(self, d: Drawing, b: Block) -> None:
        d.gate(*b.keys)
        for n, part in enumerate(b.parts):
            entry, leave = part.edges()
            last = n == len(b.parts) - 1
            d.flow(b.keys[0], entry, "" if last else f"rnd > {n}", default=last)
            d.flow(leave, b.keys[1])

    def _loop(self, d: Drawing, b: Block) -> None:
        merge, gate, out = b.keys
        d.gate(merge, gate)
        self._service(d, Block("service", (out,)))
        entry, leave = b.parts[0].edges()
        d.flow(merge, entry).flow(leave, gate).flow(gate, merge, "rnd == 3").flow(gate, out, default=True)

    def _sub(self, d: Drawing, b: Block) -> None:
        inner = Drawing(b.keys[0])
        self.whole(inner, f"{b.keys[0]}_s", b.parts[0], f"{b.keys[0]}_e")
        d.sub(inner)

    def _call(self, d: Drawing, b: Block) -> None:
        d.call(*b.keys)
        self.process(b.keys[1], b.parts[0])

    def _first(self, d: Drawing, b: Block) -> None:
        gate, merge, wait, timer = b.keys
        d.first(gate).gate(merge).wait(wait, wait).timer(timer, "30d").line(gate, wait).line(gate, timer)
        for event, part in zip((wait, timer), b.parts, strict=True):
            entry, leave = part.edges()
            d.flow(event, entry).flow(leave, merge)
