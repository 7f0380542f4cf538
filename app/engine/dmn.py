"""Decision tables: read from DMN files, checked, evaluated with all hit policies.

One file may hold several independent tables; a decision that requires another one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .dmn_cells import ANYTHING, Cell, parse_cell, parse_value
from .expressions import Expression, compile_expression
from .port import BadDiagram, DiagramFault, UnsafeExpression
from .xml import Element, local, read_xml

POLICIES = ("UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
SINGLE = ("UNIQUE", "FIRST", "ANY", "PRIORITY")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `cells` a test for each input, `values` a text for each output (None = empty)."""

    number: int
    cells: tuple[Cell, ...]
    values: tuple[Expression | Any, ...]

    def row(self, names: Sequence[str], scope: Mapping[str, Any]) -> Row:
        out = {}
        for name, value in zip(names, self.values, strict=True):
            out[name] = value.value(scope) if isinstance(value, Expression) else value
        return out


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision table. `order` are the listed output values, most important first, for PRIORITY and OUTPUT ORDER."""

    id: str
    name: str
    policy: str
    aggregation: str
    inputs: tuple[Expression, ...]
    whole: tuple[bool, ...]
    outputs: tuple[str, ...]
    order: tuple[tuple[Any, ...], ...]
    rules: tuple[Rule, ...]

    @property
    def names(self) -> frozenset[str]:
        """Names of the scope the table reads."""
        found = {n for e in self.inputs for n in e.names}
        for rule in self.rules:
            found |= {n for c in rule.cells for n in c.names}
            found |= {n for v in rule.values if isinstance(v, Expression) for n in v.names}
        return frozenset(found)

    def hits(self, scope: Mapping[str, Any]) -> list[Rule]:
        """Rules that apply, in the order drawn."""
        values = [e.value(scope) for e in self.inputs]

        def resolve(name: str) -> Any:
            return compile_expression(name).value(scope)

        return [r for r in self.rules if all(c.region(resolve).holds(v) for c, v in zip(r.cells, values, strict=True))]

    def decide(self, scope: Mapping[str, Any]) -> Row | list[Row]:
        """One row for single-hit policies and aggregations, a list of rows for the others.

        No rule hit: each output is None (COUNT: 0). DiagramFault when UNIQUE or ANY is broken.
        """
        hits = self.hits(scope)
        rows = [r.row(self.outputs, scope) for r in hits]
        if self.policy in ("PRIORITY", "OUTPUT ORDER"):
            rows = sorted(rows, key=self._rank)
        if self.policy in SINGLE:
            self._check(hits, rows)
            return rows[0] if rows else dict.fromkeys(self.outputs)
        if self.aggregation:
            return {self.outputs[0]: self._aggregate([r[self.outputs[0]] for r in rows])}
        return rows

    def _check(self, hits: list[Rule], rows: list[Row]) -> None:
        broken = (self.policy == "UNIQUE" and len(rows) > 1) or (
            self.policy == "ANY" and any(r != rows[0] for r in rows)
        )
        if broken:
            lines = ", ".join(str(r.number) for r in hits)
            raise DiagramFault(
                f"В таблице решений «{self.name or self.id}» сработали сразу правила {lines}.",
                advice="Исправьте правила так, чтобы они не пересекались, или смените политику таблицы.",
                decision=self.id,
            )

    def _rank(self, row: Row) -> tuple[int, ...]:
        ranks = []
        for name, values in zip(self.outputs, self.order, strict=True):
            ranks.append(values.index(row[name]) if row[name] in values else len(values))
        return tuple(ranks)

    def _aggregate(self, values: list[Any]) -> Any:
        if self.aggregation == "COUNT":
            return len(values)
        known = [v for v in values if v is not None]
        if not known:
            return None
        try:
            fold: Any = {"SUM": sum, "MIN": min, "MAX": max}[self.aggregation]
            return fold(known)
        except TypeError:
            raise DiagramFault(
                f"Таблица решений «{self.name or self.id}» складывает несравнимые значения.",
                advice="В столбце результата оставьте только числа.",
            ) from None

    def result(self, scope: Mapping[str, Any], variable: str | None, mapping: str = "") -> Row:
        """What the decision writes into the scope: the outputs by name, or one variable with the mapped result."""
        got = self.decide(scope)
        rows = got if isinstance(got, list) else [got]
        if not variable:
            return got if isinstance(got, dict) else {n: [r[n] for r in rows] for n in self.outputs}
        if not mapping:
            mapping = (
                ("singleEntry" if isinstance(got, dict) else "collectEntries")
                if len(self.outputs) == 1
                else ("singleResult" if isinstance(got, dict) else "resultList")
            )
        first = self.outputs[0]
        value: Any = {
            "singleEntry": lambda: rows[0][first] if rows else None,
            "singleResult": lambda: rows[0] if rows else None,
            "collectEntries": lambda: [r[first] for r in rows],
            "resultList": lambda: rows,
        }[mapping]()
        return {variable: value}

    def overlaps(self) -> list[tuple[Rule, Rule]]:
        """Pairs of rules that some input can hit at once and that the policy forbids; names are left undecided."""
        if self.policy not in ("UNIQUE", "ANY"):
            return []
        found = []
        for a, b in combinations(self.rules, 2):
            if self.policy == "ANY" and a.values == b.values:
                continue
            if all(self._meet(x, y, w) for x, y, w in zip(a.cells, b.cells, self.whole, strict=True)):
                found.append((a, b))
        return found

    @staticmethod
    def _meet(a: Cell, b: Cell, whole: bool) -> bool:
        x, y = a.known(), b.known()
        if x is None or y is None:
            return (x or ANYTHING) == ANYTHING and (y or ANYTHING) == ANYTHING and a.text == b.text
        return x.whole().meets(y.whole()) if whole else x.meets(y)


def read_decisions(name: str, data: bytes) -> list[Decision]:
    """Decisions of a file; BadDiagram says which and why it cannot be used."""
    root = read_xml(name, data)
    if local(root) != "definitions" or "DMN" not in (root.tag or "").upper():
        raise BadDiagram(f"Файл {name} – не таблица решений DMN.", advice="Сохраните её в редакторе DMN.")
    return [_decision(name, d) for d in root if local(d) == "decision"]


def _child(node: Element, name: str) -> Element | None:
    return next((c for c in node if local(c) == name), None)


def _all(node: Element, name: str) -> list[Element]:
    return [c for c in node if local(c) == name]


def _text(node: Element | None) -> str:
    text = _child(node, "text") if node is not None else None
    return (text.text or "").strip() if text is not None else ""


def _decision(file: str, node: Element) -> Decision:
    key = node.get("id", "")

    def bad(text: str, advice: str) -> BadDiagram:
        return BadDiagram(f"Файл {file}, решение {key}: {text}.", advice=advice, element=key)

    table = _child(node, "decisionTable")
    if table is None:
        raise bad("нет таблицы", "Решение задаётся таблицей, не выражением.")
    if _child(node, "informationRequirement") is not None:
        required = _child(_child(node, "informationRequirement"), "requiredDecision")
        if required is not None:
            raise bad("зависит от другого решения", "Сделайте решения независимыми или объедините таблицы.")
    policy, aggregation = table.get("hitPolicy", "UNIQUE"), table.get("aggregation", "")
    if policy not in POLICIES or (aggregation and (policy != "COLLECT" or aggregation not in AGGREGATIONS)):
        raise bad(f"политика {policy} {aggregation} неизвестна", f"Выберите одну из: {', '.join(POLICIES)}.")
    try:
        return _table(node, table, policy, aggregation, bad)
    except UnsafeExpression as e:
        raise bad(e.message.rstrip("."), e.advice) from None


def _table(node: Element, table: Element, policy: str, aggregation: str, bad: Any) -> Decision:
    inputs, whole = [], []
    for i in _all(table, "input"):
        expression = _child(i, "inputExpression")
        inputs.append(compile_expression(_text(expression)))
        whole.append(expression is not None and expression.get("typeRef") in ("integer", "long"))
    outputs, order = [], []
    for o in _all(table, "output"):
        outputs.append(o.get("name", ""))
        listed = _text(_child(o, "outputValues"))
        order.append(tuple(parse_value(v, _no_names) for v in listed.split(",")) if listed else ())
    if not outputs or not all(n.isidentifier() for n in outputs):
        raise bad("у столбца результата нет имени", "Назовите столбец так, как его читает развилка.")
    if policy in ("PRIORITY", "OUTPUT ORDER") and not any(order):
        raise bad(f"для {policy} нет порядка значений", "Перечислите значения результата по важности.")
    if aggregation and len(outputs) != 1:
        raise bad(f"{aggregation} считается по одному столбцу", "Оставьте один столбец результата.")
    rules = tuple(_rule(n, r, len(inputs), len(outputs), bad) for n, r in enumerate(_all(table, "rule"), 1))
    return Decision(
        node.get("id", ""), node.get("name", ""), policy, aggregation, tuple(inputs), tuple(whole), tuple(outputs),
        tuple(order), rules,
    )  # fmt: skip


def _no_names(name: str) -> Any:
    raise UnsafeExpression(f"«{name}» – не значение.", advice="Строки пишутся в кавычках.")


def _rule(number: int, node: Element, inputs: int, outputs: int, bad: Any) -> Rule:
    cells = tuple(parse_cell(_text(e)) for e in _all(node, "inputEntry"))
    values = tuple(_value(_text(e)) for e in _all(node, "outputEntry"))
    if len(cells) != inputs or len(values) != outputs:
        raise bad(f"в правиле {number} не хватает ячеек", "Откройте таблицу в редакторе и сохраните заново.")
    return Rule(number, cells, values)


def _value(text: str) -> Expression | Any:
    """An output cell: a constant if it is one, else an expression of the safe language."""
    if not text or text == "-":
        return None
    try:
        return parse_value(text, _no_names)
    except UnsafeExpression:
        return compile_expression(text)
