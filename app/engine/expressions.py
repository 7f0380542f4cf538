"""The safe language of conditions: names, constants, comparisons, `and or not in`. Nothing of Python's can be reached.

A text is parsed once, checked node by node against a whitelist and turned into closures: there is no `eval`, no
attribute, no call, no arithmetic, no subscript, so neither code nor memory is at the author's disposal.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .port import DiagramFault, UnsafeExpression

MAX_LENGTH = 1000
MAX_DEPTH = 20

Evaluator = Callable[[Mapping[str, Any]], Any]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked text; `names` is what it reads from the scope."""

    text: str
    names: frozenset[str]
    evaluator: Evaluator

    def value(self, scope: Mapping[str, Any]) -> Any:
        """The value in `scope`; DiagramFault if a name is not set or values cannot be compared."""
        try:
            return self.evaluator(scope)
        except KeyError as e:
            raise DiagramFault(
                f"Условие «{self.text}» читает «{e.args[0]}», но это значение ещё не записано.",
                advice="Проверьте, что на каждом пути к развилке его записывает форма, операция или сообщение.",
                name=e.args[0],
            ) from None
        except TypeError as e:
            raise DiagramFault(
                f"В условии «{self.text}» сравниваются несравнимые значения.",
                advice="Сравнивайте число с числом, строку со строкой.",
                cause=str(e),
            ) from None


def strip(text: str) -> str:
    """The bare expression of what a modeler writes: `${x}` and `=x` mean `x`."""
    text = text.strip()
    if text.startswith("${") and text.endswith("}"):
        return text[2:-1].strip()
    if text.startswith("=") and not text.startswith("=="):
        return text[1:].strip()
    return text


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Check and compile; UnsafeExpression says what is not allowed."""
    source = strip(text)
    if not source:
        raise UnsafeExpression("Выражение пустое.", advice="Напишите условие, например stage_left == True.")
    if len(source) > MAX_LENGTH:
        raise UnsafeExpression(f"Выражение длиннее {MAX_LENGTH} знаков.", advice="Сократите условие.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UnsafeExpression(f"Выражение «{source[:80]}» не разобрано.", advice=_ADVICE) from None
    names: set[str] = set()
    evaluator = _build(tree.body, names, 0)
    return Expression(source, frozenset(names), evaluator)


def evaluate(text: str, scope: Mapping[str, Any]) -> Any:
    """Value of a text of the safe language in `scope`."""
    return compile_expression(text).value(scope)


_ADVICE = "Разрешены имена, постоянные, сравнения, and, or, not, in и скобки."


def _refuse(node: ast.AST) -> UnsafeExpression:
    return UnsafeExpression(f"«{type(node).__name__}» в выражениях не разрешено.", advice=_ADVICE)


def _build(node: ast.AST, names: set[str], depth: int) -> Evaluator:
    if depth > MAX_DEPTH:
        raise UnsafeExpression("Выражение вложено слишком глубоко.", advice="Упростите условие.")
    builder = _BUILDERS.get(type(node))
    if builder is None:
        raise _refuse(node)
    return builder(node, names, depth + 1)


def _constant(node: ast.Constant, names: set[str], depth: int) -> Evaluator:
    value = node.value
    if type(value) not in (str, int, float, bool, type(None)) or node.kind == "u":
        raise _refuse(node)
    return lambda scope: value


def _name(node: ast.Name, names: set[str], depth: int) -> Evaluator:
    name = node.id
    if name.startswith("_"):
        raise UnsafeExpression(f"Имя «{name}» не разрешено.", advice="Имена начинаются с буквы.")
    names.add(name)
    return operator.itemgetter(name)


def _bool_op(node: ast.BoolOp, names: set[str], depth: int) -> Evaluator:
    parts = [_build(v, names, depth) for v in node.values]
    stop_at = isinstance(node.op, ast.Or)

    def run(scope: Mapping[str, Any]) -> Any:
        value = None
        for part in parts:
            value = part(scope)
            if bool(value) is stop_at:
                return value
        return value

    return run


def _unary(node: ast.UnaryOp, names: set[str], depth: int) -> Evaluator:
    if isinstance(node.op, ast.Not):
        part = _build(node.operand, names, depth)
        return lambda scope: not part(scope)
    operand = node.operand
    if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and type(operand.value) in (int, float):
        value = -operand.value  # type: ignore[operator]
        return lambda scope: value
    raise _refuse(node.op)


def _compare(node: ast.Compare, names: set[str], depth: int) -> Evaluator:
    first = _build(node.left, names, depth)
    rest: list[tuple[Callable[[Any, Any], bool], Evaluator]] = []
    for op, right in zip(node.ops, node.comparators, strict=True):
        test = _COMPARE.get(type(op))
        if test is None:
            raise _refuse(op)
        rest.append((test, _build(right, names, depth)))

    def run(scope: Mapping[str, Any]) -> bool:
        left = first(scope)
        for test, part in rest:
            right = part(scope)
            if not test(left, right):
                return False
            left = right
        return True

    return run


def _sequence(kind: type) -> Callable[[Any, set[str], int], Evaluator]:
    def build(node: Any, names: set[str], depth: int) -> Evaluator:
        parts = [_build(v, names, depth) for v in node.elts]
        return lambda scope: kind(part(scope) for part in parts)

    return build


_BUILDERS: dict[type, Callable[[Any, set[str], int], Evaluator]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.List: _sequence(list),
    ast.Tuple: _sequence(tuple),
}
