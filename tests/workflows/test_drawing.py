"""The diagrams as drawn: every task has what it needs, every name is known, every node has its place on the page."""

from __future__ import annotations

import ast
import itertools
import re

import pytest

import forms
from app import publication
from app.cases.awaited import WORDS
from app.engine import Catalogue
from app.engine.authoring.bpmn import local, q
from app.people.roles import CASE_ROLES, ROLES

from . import reading as r

TAGS = {
    *("startEvent", "endEvent", "userTask", "serviceTask", "callActivity", "subProcess", "exclusiveGateway"),
    *("eventBasedGateway", "parallelGateway", "intermediateCatchEvent", "intermediateThrowEvent"),
}
TERM = r"(\d+(wd|d)|to \d\d\.\d\d|[a-z_]+([+-]\d+(wd|d))?)"
every_process = pytest.mark.parametrize("process", r.PROCESSES)


def test_the_first_eight_are_there() -> None:
    first = {
        "campaign",
        "objection",
        "clarification",
        "sign_off",
        "act",
        "data_pack",
        "social_passport",
        "support_cycle",
    }
    assert first <= set(r.PROCESSES)
    assert set(Catalogue(r.DIRECTORY).processes()) == set(r.PROCESSES), "file name = process id"


@every_process
def test_the_engine_reads_it(process: str) -> None:
    definition = Catalogue(r.DIRECTORY).definition(process)
    assert definition.process == process and len(definition.documentation) > 40
    assert set(definition.tasks) >= {n.get("id") for n in r.nodes(process, "userTask")}


def test_nothing_stands_against_publication() -> None:
    assert [str(problem) for problem in publication.check()] == []


@every_process
def test_tasks_have_form_term_basis_and_help(process: str) -> None:
    for task in r.nodes(process, "userTask"):
        assert r.attribute(task, "formKey") in forms.KEYS, task.get("id")
        assert re.fullmatch(TERM, r.attribute(task, "dueDate")), task.get("id")
        assert r.properties(task).get("basis"), task.get("id")
        assert len(r.documentation(task)) > 30, f"{task.get('id')}: help text"


def test_every_form_is_used_and_every_key_has_a_form() -> None:
    drawn = [r.attribute(t, "formKey") for p in r.PROCESSES for t in r.nodes(p, "userTask")]
    assert set(drawn) == forms.KEYS


@every_process
def test_lanes_are_roles_and_hold_every_node_once(process: str) -> None:
    known = {*ROLES, *CASE_ROLES, "system", "respondent"}
    held = list(itertools.chain.from_iterable(r.lanes(process).values()))
    outer = [n.get("id") for n in r.nodes(process) if local(n.getparent()) == "process"]
    assert sorted(held) == sorted(outer)
    assert {lane.partition(".")[0] for lane in r.lanes(process)} <= known
    for task in r.nodes(process, "userTask"):
        assert {role.partition(".")[0] for role in r.attribute(task, "candidateGroups").split("|") if role} <= known


@every_process
def test_operations_are_of_the_table_and_say_what_they_set(process: str) -> None:
    for node in r.nodes(process, "serviceTask"):
        given = r.properties(node)
        assert r.attribute(node, "topic") in publication.OPERATIONS and r.attribute(node, "type") == "external", (
            node.get("id")
        )
        assert "sets" in given, node.get("id")
        for kind in [*given.get("open", "").split(","), given.get("close", "")]:
            assert kind in ("", *r.PROCESSES), f"{node.get('id')}: {kind}"


@every_process
def test_only_elements_the_engine_runs(process: str) -> None:
    assert {local(n) for n in r.nodes(process)} <= TAGS
    for call in r.nodes(process, "callActivity"):
        assert call.get("calledElement") in r.PROCESSES
    for race in r.nodes(process, "eventBasedGateway"):
        targets = [f.get("targetRef") for f in r.flows(process) if f.get("sourceRef") == race.get("id")]
        ends = [n for n in r.nodes(process) if n.get("id") in targets]
        kinds = sorted("timer" if n.find(q("bpmn:timerEventDefinition")) is not None else "message" for n in ends)
        assert kinds == ["message", "timer"], f"{race.get('id')}: one message and one date"


@every_process
def test_waits_for_children_follow_their_opening(process: str) -> None:
    opened = {k for n in r.nodes(process, "serviceTask") for k in r.properties(n).get("open", "").split(",")}
    for node in r.nodes(process, "intermediateCatchEvent"):
        kind = r.message_of(process, node).removeprefix("children.done.")
        if kind != r.message_of(process, node) and kind != "objection":  # objections are opened by schools
            assert kind in opened, node.get("id")


@every_process
def test_lists_have_words_for_every_message_that_is_waited_for(process: str) -> None:
    assert {r.message_of(process, node) for node in r.nodes(process, "intermediateCatchEvent")} <= {"", *WORDS}


@every_process
def test_gateways_have_a_way_out_and_read_what_somebody_wrote(process: str) -> None:
    written = _written(process)
    for gate in r.nodes(process, "exclusiveGateway"):
        out = [f for f in r.flows(process) if f.get("sourceRef") == gate.get("id")]
        bare = [f.get("id") for f in out if f.find(q("bpmn:conditionExpression")) is None]
        assert len(out) > 1 and bare == [gate.get("default")], f"{gate.get('id')}: one default flow, conditions else"
        assert all(f.get("name") for f in out) and gate.get("name", "").endswith("?") and len(gate.get("name")) <= 25
        for flow in out:
            names = _names(flow.findtext(q("bpmn:conditionExpression")) or "True")
            assert names <= written, f"{flow.get('id')}: nobody writes {names - written}"


def _names(expression: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(expression.strip(), mode="eval")) if isinstance(n, ast.Name)}


def _written(process: str) -> set[str]:
    """Names that operations, waits and forms of a process, of what it calls and of its opener may set."""
    found: set[str] = set()
    for node in r.nodes(process):
        found |= {n for n in r.properties(node).get("sets", "").split(",") if n}
        if local(node) == "userTask":
            found |= set(forms.form_class(r.attribute(node, "formKey")).routes)
        if local(node) == "callActivity":
            found |= _written(node.get("calledElement"))
    return found


@every_process
def test_a_return_does_not_lead_into_a_parallel_block(process: str) -> None:
    assert not r.nodes(process, "inclusiveGateway", "boundaryEvent", "scriptTask")
    after: dict[str, set[str]] = {}
    for flow in r.flows(process):
        after.setdefault(flow.get("sourceRef"), set()).add(flow.get("targetRef"))
    for gate in r.nodes(process, "parallelGateway"):
        key = gate.get("id")
        reached, queue = set(), list(after.get(key, ()))
        while queue:
            here = queue.pop()
            if here not in reached:
                reached.add(here)
                queue += after.get(here, ())
        assert key not in reached, f"{key} splits or joins inside a loop"


@every_process
def test_labels_are_russian_and_kind(process: str) -> None:
    for node in r.nodes(process):
        name = node.get("name", "")
        if local(node) in ("eventBasedGateway", "parallelGateway", "endEvent") and not name:
            continue
        assert any("а" <= c <= "я" for c in name.lower()), f"{node.get('id')}: {name}"
        assert not any(word in name.lower() for word in ("слаб", "отстающ", "шнор", "двоечн", "провал")), name


@every_process
def test_every_node_and_flow_is_drawn(process: str) -> None:
    assert {n.get("id") for n in r.nodes(process)} <= set(r.boxes(process))
    assert set(r.lanes(process)) <= set(r.boxes(process))
    assert {f.get("id") for f in r.flows(process)} == set(r.ways(process))


@every_process
def test_nodes_stand_in_their_lane_and_apart(process: str) -> None:
    boxes = r.boxes(process)
    for lane, held in r.lanes(process).items():
        for key in held:
            assert _inside(boxes[key], boxes[lane]), f"{key} stands outside of {lane}"
    outer = [boxes[k] for held in r.lanes(process).values() for k in held]
    assert not any(_meet(a, b) for a, b in itertools.combinations(outer, 2))


@every_process
def test_flows_are_straight_lines_between_their_nodes(process: str) -> None:
    boxes, ways = r.boxes(process), r.ways(process)
    for flow in r.flows(process):
        way = ways[flow.get("id")]
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(way)), flow.get("id")
        assert _on_border(way[0], boxes[flow.get("sourceRef")]), flow.get("id")
        assert _on_border(way[-1], boxes[flow.get("targetRef")]), flow.get("id")
        others = [
            b
            for n, b in boxes.items()
            if n in _outer(process) and n not in (flow.get("sourceRef"), flow.get("targetRef"))
        ]
        crossed = [b for a, c in itertools.pairwise(way) for b in others if _meet(_segment(a, c), b)]
        assert not crossed or local(flow.getparent()) == "subProcess", f"{flow.get('id')} runs through a node"


@every_process
def test_labels_lie_on_nothing(process: str) -> None:
    boxes, labels = r.boxes(process), r.labels(process)
    tasks = {n.get("id") for n in r.nodes(process, "userTask", "serviceTask", "callActivity")} & set(_outer(process))
    named = [f.get("id") for f in r.flows(process) if f.get("name")]
    assert set(named) <= set(labels), "every answer of a gateway has its place"
    for (one, a), (other, b) in itertools.combinations(labels.items(), 2):
        assert not _meet(a, b), f"labels of {one} and {other}"
    for key, label in labels.items():
        for node in tasks - {key}:
            assert not _meet(label, boxes[node]), f"label of {key} on {node}"


def _outer(process: str) -> list[str]:
    return [key for held in r.lanes(process).values() for key in held]


def _segment(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, ...]:
    return min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1])


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _inside(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return b[0] < a[0] and b[1] < a[1] and a[0] + a[2] < b[0] + b[2] and a[1] + a[3] < b[1] + b[3]


def _on_border(point: tuple[float, float], box: tuple[float, ...]) -> bool:
    x, y, w, h = box
    on_x = point[0] in (x, x + w) and y <= point[1] <= y + h
    return on_x or (point[1] in (y, y + h) and x <= point[0] <= x + w)
