"""The safe language: nothing of Python's can be reached, and what is allowed means what it means in Python."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import DiagramFault, UnsafeExpression, compile_expression, evaluate
from app.engine.expressions import MAX_DEPTH, MAX_LENGTH

ATTACKS = [
    "__import__('os').system('touch pwned') == 0",
    "().__class__.__base__.__subclasses__()",
    "[c for c in ().__class__.__base__.__subclasses__()]",
    "'{0.__class__}'.format(n) != ''",
    "f'{n.__class__}' == ''",
    "n.__class__ == 1",
    "n.real == 1",
    "scope['n'] == 1",
    "n[0] == 1",
    "len(str(9 ** 9 ** 9)) > 0",
    "9 ** 9 ** 9 > 0",
    "'a' * 10 ** 9 == ''",
    "[0] * 10 ** 9 == []",
    "n + 1 == 2",
    "n - 1 == 2",
    "~n == 1",
    "-n == 1",
    "--1 == 1",
    "-'a' == 1",
    "+1 == 1",
    "-True == 1",
    "eval('1') == 1",
    "exec('1')",
    "open('/etc/passwd')",
    "getattr(n, 'x')",
    "(lambda: 1)()",
    "lambda: 1",
    "(n := 2) == 2",
    "{n: 1}",
    "{n}",
    "{**n}",
    "[*n]",
    "n if n else 1",
    "await n",
    "yield n",
    "n is None",
    "b'bytes' == n",
    "1j == n",
    "... == n",
    "u'x' == n",
    "_private == 1",
    "__builtins__ == 1",
    "import os",
    "n = 1",
    "n; n",
    "n\n",
    "",
    "   ",
    "${}",
    "n ==",
    "\x00",
    "n == 1 #" + "x" * MAX_LENGTH,
    "(" * 300 + "n" + ")" * 300,
    "not " * 300 + "n",
    "n and " * 400 + "n",
    "[" * 25 + "n" + "]" * 25,
]


@pytest.mark.parametrize("text", [a for a in ATTACKS if a != "n\n"])
def test_attacks_do_not_compile(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(UnsafeExpression):
        evaluate(text, {"n": 1, "scope": {"n": 1}})
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("stage_left == True", True),
        ("n > 2 and kind in ['x', 'y']", True),
        ("kind not in ('x', 'y') or not n", False),
        ("1 < n <= 3", True),
        ("n == -3", False),
        ("n", 3),
        ("nothing == None", True),
        ("nothing or kind", "x"),
        ("'ё' in word", True),
        ("${ n == 3 }", True),
        ("= n == 3", True),
        ("перечень == 'x'", True),
    ],
)
def test_values(text: str, value: Any) -> None:
    scope = {"stage_left": True, "n": 3, "kind": "x", "nothing": None, "word": "ёж", "перечень": "x"}
    assert evaluate(text, scope) == value


def test_names_are_known_before_anything_runs() -> None:
    assert compile_expression("a == 1 and (b in c or not d)").names == {"a", "b", "c", "d"}


def test_faults_of_values_are_told() -> None:
    with pytest.raises(DiagramFault, match="«ghost»"):
        evaluate("ghost == 1", {})
    for text in ("n < 'a'", "1 in n", "'a' < None"):
        with pytest.raises(DiagramFault, match="несравнимые"):
            evaluate(text, {"n": 1})


def test_nothing_else_of_a_value_is_touched() -> None:
    class Trap:
        def __getattr__(self, name: str) -> None:
            raise AssertionError(name)

    assert evaluate("n == n", {"n": Trap()})


NAMES = ("a", "b", "c")
CONSTANTS = st.one_of(
    st.integers(-3, 3), st.booleans(), st.none(), st.sampled_from(["", "a", "ab", "ё"]), st.just(0.5), st.just(-1.5)
)


def texts() -> st.SearchStrategy[str]:
    leaf = st.one_of(st.sampled_from(NAMES), CONSTANTS.map(repr))

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        op = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
        return st.one_of(
            st.tuples(inner, op, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(inner, op, inner, op, inner).map(lambda t: f"({' '.join(t)})"),
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            inner.map(lambda t: f"(not {t})"),
            st.lists(inner, max_size=3).map(lambda ts: f"[{', '.join(ts)}]"),
            st.lists(inner, min_size=1, max_size=3).map(lambda ts: f"({', '.join(ts)},)"),
        )

    return st.recursive(leaf, grow, max_leaves=8)


@settings(max_examples=200, deadline=None)
@given(texts(), st.dictionaries(st.sampled_from(NAMES), st.one_of(CONSTANTS, st.lists(CONSTANTS, max_size=2))))
def test_the_language_means_what_it_means_in_python(text: str, scope: dict[str, Any]) -> None:
    try:
        expected: Any = eval(text, {"__builtins__": {}}, scope)
    except (NameError, TypeError):
        with pytest.raises(DiagramFault):
            evaluate(text, scope)
        return
    got = evaluate(text, scope)
    assert got == expected and type(got) is type(expected)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    with contextlib.suppress(UnsafeExpression, DiagramFault):
        evaluate(text, {"n": 1})


def test_depth_is_limited_without_recursion_errors() -> None:
    deep = "not (" * (MAX_DEPTH - 1) + "n" + ")" * (MAX_DEPTH - 1)
    assert evaluate(deep, {"n": True}) is (MAX_DEPTH % 2 == 1)
    with pytest.raises(UnsafeExpression, match="глубоко"):
        evaluate("not (" * (MAX_DEPTH + 2) + "n" + ")" * (MAX_DEPTH + 2), {"n": True})
