"""Cells of a decision table: unary tests as regions of values, so that overlaps can be seen before anything runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .port import UnsafeExpression

Resolve = Callable[[str], Any]

_TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>"(?:[^"\\]|\\.)*")|(?P<op><=|>=|!=|<|>|=|\.\.|[-\[\](),])'
    r"|(?P<name>[A-Za-zА-Яа-яЁё]\w*))"
)
MAX_CELL = 500


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an ordered line; None is infinity."""

    low: Any = None
    low_in: bool = False
    high: Any = None
    high_in: bool = False

    def holds(self, value: Any) -> bool:
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        below = self.high is None or value < self.high or (self.high_in and value == self.high)
        return above and below

    def meets(self, other: Span) -> bool:
        return not _past(self, other) and not _past(other, self)


def _past(a: Span, b: Span) -> bool:
    """Whether `a` ends before `b` begins."""
    if a.high is None or b.low is None:
        return False
    return a.high < b.low or (a.high == b.low and not (a.high_in and b.low_in))


EVERY = (Span(),)


@dataclass(frozen=True, slots=True)
class Region:
    """A set of values of all kinds a cell can hold."""

    numbers: tuple[Span, ...] = ()
    strings: tuple[Span, ...] = ()
    truths: frozenset[bool] = frozenset()
    null: bool = False

    def holds(self, value: Any) -> bool:
        if value is None:
            return self.null
        if isinstance(value, bool):
            return value in self.truths
        if isinstance(value, int | float):
            return any(s.holds(value) for s in self.numbers)
        if isinstance(value, str):
            return any(s.holds(value) for s in self.strings)
        return False

    def meets(self, other: Region) -> bool:
        return (
            (self.null and other.null)
            or bool(self.truths & other.truths)
            or any(a.meets(b) for a in self.numbers for b in other.numbers)
            or any(a.meets(b) for a in self.strings for b in other.strings)
        )

    def __or__(self, other: Region) -> Region:
        return Region(
            self.numbers + other.numbers,
            self.strings + other.strings,
            self.truths | other.truths,
            self.null or other.null,
        )

    def __invert__(self) -> Region:
        return Region(
            _complement(self.numbers), _complement(self.strings), frozenset({True, False}) - self.truths, not self.null
        )

    def whole(self) -> Region:
        """The same over whole numbers only: `> 4` becomes `>= 5`."""
        spans = tuple(w for w in map(_whole, self.numbers) if w.meets(w))
        return Region(spans, self.strings, self.truths, self.null)


ANYTHING = Region(EVERY, EVERY, frozenset({True, False}), null=True)


def _complement(spans: Sequence[Span]) -> tuple[Span, ...]:
    out: list[Span] = [Span()]
    for s in spans:
        rest: list[Span] = []
        for o in out:
            if not o.meets(s):
                rest.append(o)
                continue
            if s.low is not None:
                rest.append(Span(o.low, o.low_in, s.low, not s.low_in))
            if s.high is not None:
                rest.append(Span(s.high, not s.high_in, o.high, o.high_in))
        out = [o for o in rest if o.meets(o)]
    return tuple(out)


def _whole(s: Span) -> Span:
    low, high = s.low, s.high
    if low is not None and not s.low_in and float(low).is_integer():
        low = int(low) + 1
    if high is not None and not s.high_in and float(high).is_integer():
        high = int(high) - 1
    return Span(low, s.low_in or low != s.low, high, s.high_in or high != s.high)


def _span_region(span: Span, sample: Any) -> Region:
    if isinstance(sample, bool) or sample is None:
        raise UnsafeExpression("Больше и меньше бывают только числа и строки.", advice="Исправьте ячейку таблицы.")
    spans = (span,) if span.meets(span) else ()  # `[3..3)` holds nothing and meets nothing
    return Region(strings=spans) if isinstance(sample, str) else Region(numbers=spans)


def point(value: Any) -> Region:
    """The region of one value."""
    if value is None:
        return Region(null=True)
    if isinstance(value, bool):
        return Region(truths=frozenset({value}))
    return _span_region(Span(value, True, value, True), value)


@dataclass(slots=True)
class Cell:
    """A unary test as drawn. `names` are what it reads from the scope beside the input."""

    text: str
    names: frozenset[str] = frozenset()
    _fixed: Region | None = field(default=None, repr=False)

    def region(self, resolve: Resolve) -> Region:
        """The values the cell lets through, names resolved now."""
        return self._fixed if self._fixed is not None else _Parser(self.text, resolve).tests()

    def known(self) -> Region | None:
        """The region if it depends on the text alone."""
        return self._fixed


def parse_cell(text: str) -> Cell:
    """Check a cell; UnsafeExpression says what is wrong with it."""
    if len(text) > MAX_CELL:
        raise UnsafeExpression(f"Ячейка таблицы длиннее {MAX_CELL} знаков.", advice="Разделите правило на несколько.")
    names: set[str] = set()

    def look(name: str) -> Any:
        names.add(name)
        return 0

    region = _Parser(text, look).tests()
    return Cell(text, frozenset(names), None if names else region)


def parse_value(text: str, resolve: Resolve) -> Any:
    """A single value: number, "string", true, false, null or a name of the scope."""
    parser = _Parser(text, resolve)
    value = parser.value()
    parser.end()
    return value


_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}


class _Parser:
    def __init__(self, text: str, resolve: Resolve) -> None:
        self.text, self.resolve, self.at = text, resolve, 0
        self.tokens = self._split(text.strip())

    def _split(self, text: str) -> list[tuple[str, str]]:
        out, pos = [], 0
        while pos < len(text):
            m = _TOKEN.match(text, pos)
            if m is None or m.end() == pos:
                raise self.fault()
            out.append((str(m.lastgroup), str(m[str(m.lastgroup)])))
            pos = m.end()
            if not text[pos:].strip():
                break
        return out

    def fault(self) -> UnsafeExpression:
        return UnsafeExpression(
            f"Ячейка «{self.text}» не разобрана.",
            advice='Пишите «-», значение, список через запятую, < 5, [1..5] или not("а").',
        )

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if (wanted and (kind != "op" or text not in wanted)) or not kind:
            raise self.fault()
        self.at += 1
        return text

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.fault()

    def tests(self) -> Region:
        if not self.tokens or [t for _, t in self.tokens] == ["-"]:
            return ANYTHING
        if self.tokens[0] == ("name", "not") and len(self.tokens) > 1 and self.tokens[1] == ("op", "("):
            self.at = 2
            region = ~self.listed()
            self.take(")")
        else:
            region = self.listed()
        self.end()
        return region

    def listed(self) -> Region:
        region = self.test()
        while self.peek() == ",":
            self.take(",")
            region = region | self.test()
        return region

    def test(self) -> Region:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind == "op" and text in ("[", "(", "]"):
            return self.interval()
        if kind == "op" and text in ("<", "<=", ">", ">=", "=", "!="):
            self.take()
            return self.compared(text, self.value())
        return point(self.value())

    def compared(self, op: str, value: Any) -> Region:
        if op == "=":
            return point(value)
        if op == "!=":
            return ~point(value)
        span = Span(high=value, high_in=op == "<=") if op[0] == "<" else Span(value, op == ">=")
        return _span_region(span, value)

    def interval(self) -> Region:
        low_in = self.take("[", "(", "]") == "["
        low = self.value()
        self.take("..")
        high = self.value()
        high_in = self.take("]", ")", "[") == "]"
        if isinstance(low, str) != isinstance(high, str):
            raise self.fault()
        return _span_region(Span(low, low_in, high, high_in), low)

    def value(self) -> Any:
        if self.peek() == "-":
            self.take("-")
            value = self.value()
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise self.fault()
            return -value
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind not in ("number", "string", "name"):
            raise self.fault()
        self.at += 1
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        return _WORDS[text] if text in _WORDS else self.resolve(text)
