"""Decision tables: cells, hit policies, overlaps seen before publication, and the task that calls them."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import BadDiagram, DiagramFault, UnsafeExpression, lint
from app.engine.dmn import Decision, read_decisions
from app.engine.dmn_cells import parse_cell

from .drawing import Drawing, Play

NS = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def table(
    rules: list[tuple[str, ...]],
    policy: str = "UNIQUE",
    *,
    inputs: tuple[str, ...] = ("n",),
    outputs: tuple[str, ...] = ("out",),
    order: str = "",
    aggregation: str = "",
    key: str = "rule",
    type_ref: str = "string",
    extra: str = "",
    ns: str = NS,
) -> bytes:
    def text(value: str) -> str:
        return f"<text>{escape(value)}</text>"

    head = "".join(
        f'<input id="i{k}"><inputExpression id="e{k}" typeRef="{type_ref}">{text(i)}</inputExpression></input>'
        for k, i in enumerate(inputs)
    )
    values = f"<outputValues>{text(order)}</outputValues>" if order else ""
    head += "".join(f'<output id="o{k}" name="{o}">{values}</output>' for k, o in enumerate(outputs))
    body = ""
    for n, cells in enumerate(rules):
        body += f'<rule id="r{n}">'
        for k, cell in enumerate(cells):
            kind = "inputEntry" if k < len(inputs) else "outputEntry"
            body += f'<{kind} id="c{n}_{k}">{text(cell)}</{kind}>'
        body += "</rule>"
    more = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{ns}" id="d" name="d" namespace="urn:t">'
        f'<decision id="{key}" name="Правило">{extra}<decisionTable id="t" hitPolicy="{policy}"{more}>'
        f"{head}{body}</decisionTable></decision></definitions>"
    ).encode()


def decision(*args: Any, **kw: Any) -> Decision:
    (found,) = read_decisions("rule.dmn", table(*args, **kw))
    return found


@pytest.mark.parametrize(
    ("cell", "yes", "no"),
    [
        ("-", [1, "a", None, True], []),
        ("", [1, "a", None], []),
        ("5", [5, 5.0], [4, "5", None, True]),
        ("-5", [-5], [5]),
        ("1", [1], [True]),
        ('"a"', ["a"], ["b", 1, None]),
        ('"a", "b"', ["a", "b"], ["c"]),
        ('"а, б"', ["а, б"], ["а"]),
        ("< 5", [4, -1], [5, None, "4", True]),
        (">= 2.5", [2.5, 3], [2]),
        ('< "b"', ["a"], ["b", 1]),
        ("[1..5]", [1, 5], [0, 6]),
        ("(1..5)", [2], [1, 5]),
        ("]1..5[", [2], [1, 5]),
        ("[1..5[", [1], [5]),
        ("[1..3], > 7", [2, 8], [5]),
        ("true", [True], [False, 1, None]),
        ("null", [None], [0, False, ""]),
        ("not(5)", [4, "a", None], [5]),
        ('not("a", "b")', ["c", None], ["a", "b"]),
        ("not([1..5])", [0, 6], [1, 3, 5]),
        ("not(null)", [0], [None]),
        ("!= 3", [2, None], [3]),
        ("= 3", [3], [2]),
        ("limit", [7], [6]),
        (">= limit", [7, 9], [6]),
    ],
)
def test_cells(cell: str, yes: list[Any], no: list[Any]) -> None:
    region = parse_cell(cell).region({"limit": 7}.__getitem__)
    assert all(region.holds(v) for v in yes) and not any(region.holds(v) for v in no)


@pytest.mark.parametrize(
    "cell",
    ["5 6", "<", "[1..]", "not(", '"a', "< true", "a.b", "f(x)", "1 + 1", "-true", '[1.."a"]', "x" * 600, "-" * 3],
)
def test_cells_in_another_language(cell: str) -> None:
    with pytest.raises(UnsafeExpression):
        parse_cell(cell)


SPANS = st.tuples(st.sampled_from("[("), st.integers(-4, 4), st.integers(0, 4), st.sampled_from("])")).map(
    lambda t: f"{t[0]}{t[1]}..{t[1] + t[2]}{t[3]}"
)
CELLS = st.one_of(
    SPANS, st.integers(-4, 4).map(str), st.integers(-4, 4).map(lambda n: f"< {n}"), st.sampled_from(["true", "null"]),
    st.lists(SPANS, min_size=1, max_size=3).map(", ".join), st.lists(SPANS, min_size=1, max_size=2).map(
        lambda s: f"not({', '.join(s)})"
    ),
)  # fmt: skip
SAMPLES = [*(n / 4 for n in range(-40, 41)), True, False, None, "a"]


@settings(max_examples=200, deadline=None)
@given(CELLS, CELLS)
def test_regions_meet_exactly_where_some_value_is_in_both(one: str, two: str) -> None:
    a, b = parse_cell(one).known(), parse_cell(two).known()
    assert a is not None and b is not None
    assert a.meets(b) == any(a.holds(v) and b.holds(v) for v in SAMPLES)
    assert all(a.holds(v) != (~a).holds(v) for v in SAMPLES)


def test_unique() -> None:
    d = decision([("< 10", '"low"'), (">= 10", '"high"')])
    assert d.decide({"n": 3}) == {"out": "low"} and d.decide({"n": 10}) == {"out": "high"}
    assert d.decide({"n": None}) == {"out": None}
    assert d.overlaps() == []


def test_unique_is_broken() -> None:
    d = decision([("<= 10", '"low"'), (">= 10", '"high"')])
    assert [(a.number, b.number) for a, b in d.overlaps()] == [(1, 2)]
    with pytest.raises(DiagramFault, match="правила 1, 2"):
        d.decide({"n": 10})
    assert d.decide({"n": 11}) == {"out": "high"}


def test_overlaps_over_whole_numbers_names_and_two_inputs() -> None:
    gap = [("> 4", "1"), ("< 5", "2")]
    assert decision(gap).overlaps() and not decision(gap, type_ref="integer").overlaps()
    assert decision([("limit", "1"), ("7", "2")]).overlaps() == []
    with pytest.raises(DiagramFault):
        decision([("limit", "1"), ("7", "2")]).decide({"n": 7, "limit": 7})
    two = [("-", '"x"', "1"), ("< 5", '"y"', "2"), ("> 3", '"x", "y"', "3")]
    found = decision(two, inputs=("n", "kind")).overlaps()
    assert [(a.number, b.number) for a, b in found] == [(1, 3), (2, 3)]


def test_first() -> None:
    d = decision([("> 1", "1"), ("> 0", "2"), ("-", "3")], "FIRST")
    assert [d.decide({"n": n})["out"] for n in (2, 1, 0)] == [1, 2, 3]
    assert d.overlaps() == []


def test_any() -> None:
    assert decision([("> 1", "1"), ("> 0", "1")], "ANY").decide({"n": 2}) == {"out": 1}
    assert decision([("> 1", "1"), ("> 0", "1")], "ANY").overlaps() == []
    broken = decision([("> 1", "1"), ("> 0", "2")], "ANY")
    assert len(broken.overlaps()) == 1 and broken.decide({"n": 1}) == {"out": 2}
    with pytest.raises(DiagramFault):
        broken.decide({"n": 2})


RISKS = [("> 0", '"low"'), ("> 5", '"high"'), ("> 3", '"middle"')]


def test_priority_and_output_order() -> None:
    order = '"high", "middle", "low"'
    assert decision(RISKS, "PRIORITY", order=order).decide({"n": 9}) == {"out": "high"}
    assert decision(RISKS, "PRIORITY", order=order).decide({"n": 4}) == {"out": "middle"}
    rows = decision(RISKS, "OUTPUT ORDER", order=order).decide({"n": 9})
    assert rows == [{"out": "high"}, {"out": "middle"}, {"out": "low"}]
    with pytest.raises(BadDiagram, match="порядка значений"):
        decision(RISKS, "PRIORITY")


def test_rule_order_and_collect() -> None:
    rows = [{"out": "low"}, {"out": "high"}, {"out": "middle"}]
    assert decision(RISKS, "RULE ORDER").decide({"n": 9}) == rows
    assert decision(RISKS, "COLLECT").decide({"n": 9}) == rows
    assert decision(RISKS, "COLLECT").decide({"n": 0}) == []


@pytest.mark.parametrize(
    ("aggregation", "all_of_them", "none"), [("SUM", 15, None), ("MIN", 2, None), ("MAX", 8, None), ("COUNT", 3, 0)]
)
def test_aggregations(aggregation: str, all_of_them: int, none: int | None) -> None:
    d = decision([("> 0", "5"), ("> 1", "8"), ("> 2", "2")], "COLLECT", aggregation=aggregation)
    assert d.decide({"n": 3}) == {"out": all_of_them} and d.decide({"n": 0}) == {"out": none}


def test_outputs_are_constants_names_or_conditions() -> None:
    d = decision([("1", "limit"), ("2", "limit > 3"), ("3", ""), ("4", "true"), ("5", "-1.5"), ("6", '"ё"')])
    values = [d.decide({"n": n, "limit": 7})["out"] for n in range(1, 7)]
    assert values == [7, True, None, True, -1.5, "ё"]
    assert d.names == {"n", "limit"}


@pytest.mark.parametrize(
    "ns", [NS, "http://www.omg.org/spec/DMN/20180521/MODEL/", "http://www.omg.org/spec/DMN/20151101/dmn.xsd"]
)
def test_versions_of_dmn(ns: str) -> None:
    (d,) = read_decisions("rule.dmn", table([("-", "1")], ns=ns))
    assert d.decide({"n": 0}) == {"out": 1}


def test_several_independent_decisions_in_one_file() -> None:
    one, two = table([("-", "1")], key="one"), table([("-", "2")], key="two")
    both = one.replace(b"</definitions>", two[two.index(b"<decision ") :])
    assert [d.id for d in read_decisions("f.dmn", both)] == ["one", "two"]
    required = '<informationRequirement id="ir"><requiredDecision href="#two"/></informationRequirement>'
    with pytest.raises(BadDiagram, match="зависит от другого"):
        read_decisions("f.dmn", table([("-", "1")], extra=required))


@pytest.mark.parametrize(
    ("kw", "said"),
    [
        ({"policy": "LUCKY"}, "LUCKY"),
        ({"policy": "UNIQUE", "aggregation": "SUM"}, "SUM"),
        ({"outputs": ("a b",)}, "нет имени"),
        ({"inputs": ("f(x)",)}, "не разрешено"),
        ({"rules": [("f(", "1")]}, "не разобрана"),
        ({"rules": [("1", "f()")]}, "не разрешено"),
        ({"rules": [("1",)]}, "не хватает ячеек"),
    ],
)
def test_tables_that_are_refused(kw: dict[str, Any], said: str) -> None:
    kw.setdefault("rules", [("-", "1")])
    problems = lint({"rule.dmn": table(**kw)}, roles=[], forms={}, operations=[])
    assert len(problems) == 1 and said in problems[0].text and problems[0].file == "rule.dmn"


def test_overlaps_and_double_decisions_are_refused_at_publication() -> None:
    overlap = table([("> 1", "1"), ("> 2", "2")])
    (problem,) = lint({"rule.dmn": overlap}, roles=[], forms={}, operations=[])
    assert (problem.element, problem.name) == ("rule", "Правило") and "правила 1 и 2" in problem.text
    twice = {"one.dmn": table([("-", "1")]), "two.dmn": table([("-", "1")])}
    assert "уже есть" in lint(twice, roles=[], forms={}, operations=[])[0].text


def test_a_rule_task_writes_into_the_scope() -> None:
    def play(rule: bytes, **attrs: str) -> Any:
        d = Drawing().start().end().user("u").rule("r", "rule", **attrs).user("v").line("start", "u", "r", "v", "end")
        return Play(d, more={"rule.dmn": rule}).do("u", n=9).scope

    assert play(table([("> 5", '"high"')])) == {"n": 9, "out": "high"}
    assert play(table([("> 5", '"high"')]), resultVariable="risk") == {"n": 9, "risk": "high"}
    assert play(table(RISKS, "COLLECT")) == {"n": 9, "out": ["low", "high", "middle"]}
    assert play(table(RISKS, "COLLECT"), resultVariable="all")["all"] == ["low", "high", "middle"]
    two = table([("> 5", "1", "2")], outputs=("a", "b"))
    assert play(two) == {"n": 9, "a": 1, "b": 2}
    assert play(two, resultVariable="x")["x"] == {"a": 1, "b": 2}
    assert play(two, resultVariable="x", mapDecisionResult="resultList")["x"] == [{"a": 1, "b": 2}]
    assert play(table([("> 50", "1")])) == {"n": 9, "out": None}


def test_names_of_a_decision_are_checked_and_its_outputs_are_known() -> None:
    d = Drawing().start().end().user("u").rule("r", "rule").gate("g").user("v").line("start", "u", "r", "g")
    d.flow("g", "v", "out == 'high'").flow("g", "end", default=True).line("v", "end")
    files = {"p.bpmn": d.xml(), "rule.dmn": table([("> 5", '"high"')])}
    kw: dict[str, Any] = {"roles": ["school_head"], "operations": []}
    assert lint(files, forms={"u": ["n"], "v": []}, **kw) == []
    (problem,) = lint(files, forms={"u": [], "v": []}, **kw)
    assert problem.element == "r" and "«n»" in problem.text
