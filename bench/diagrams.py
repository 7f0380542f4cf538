"""The workload as diagrams in the product's dialect."""

from __future__ import annotations

import itertools
from pathlib import Path

from bench import workload

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="bench">'
)
AGAIN = f"{workload.LAST}_agreed == True"


def write(folder: Path) -> None:
    """Write `bench_case.bpmn` and the process it calls into a directory."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench_case.bpmn").write_text(_case())
    (folder / "bench_mentoring.bpmn").write_text(_mentoring())


def _case() -> str:
    before, after, tail = ([key for key, _ in part] for part in (workload.BEFORE, workload.AFTER, workload.TAIL))
    line = ["start", "year", *before, "mentoring", *after, workload.SIGNING, *tail, "again"]
    lanes: dict[str, list[str]] = {role: [] for role in workload.ROLES}
    for key, role in (*workload.BEFORE, *workload.AFTER, *workload.TAIL):
        lanes[role].append(key)
    lanes[workload.REGION] += ["start", "year", "mentoring", "again", "end"]
    nodes = [
        '<bpmn:startEvent id="start"/>',
        '<bpmn:exclusiveGateway id="year"/>',
        *(_task(key) for key in (*before, *after, *tail)),
        '<bpmn:callActivity id="mentoring" name="Наставничество" calledElement="bench_mentoring"/>',
        _task(workload.SIGNING, many=True),
        '<bpmn:exclusiveGateway id="again" name="Ещё год?" default="again__end"/>',
        '<bpmn:endEvent id="end"/>',
    ]
    flows = [_flow(a, b) for a, b in itertools.pairwise(line)]
    flows += [_flow("again", "end"), _flow("again", "year", AGAIN)]
    return _process("bench_case", {**lanes, "signer": [workload.SIGNING]}, nodes, flows)


def line() -> str:
    """As many tasks, one after another, for the engine as its library comes."""
    keys = [f"n{number:02}" for number in range(1, workload.TASKS_A_CYCLE + 1)]
    ends = ["begin", *keys, "end"]
    nodes = ['<bpmn:startEvent id="begin"/>', *(_task(key) for key in keys), '<bpmn:endEvent id="end"/>']
    return _process("bench_line", {}, nodes, [_flow(a, b) for a, b in itertools.pairwise(ends)])


def _mentoring() -> str:
    line = ["m_start", *(key for key, _ in workload.CALLED), "m_end"]
    nodes = ['<bpmn:startEvent id="m_start"/>', *(_task(key) for key in line[1:-1]), '<bpmn:endEvent id="m_end"/>']
    flows = [_flow(a, b) for a, b in itertools.pairwise(line)]
    return _process("bench_mentoring", {workload.MUNICIPALITY: line}, nodes, flows)


def _task(key: str, *, many: bool = False) -> str:
    rows = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="signers"/>' if many else ""
    basis = '<camunda:properties><camunda:property name="basis" value="P"/></camunda:properties>'
    return (
        f'<bpmn:userTask id="{key}" name="Задача {key}" camunda:formKey="bench_{key}" camunda:dueDate="10wd">'
        f"<bpmn:documentation>Заполните поля задачи {key}.</bpmn:documentation>"
        f"<bpmn:extensionElements>{basis}</bpmn:extensionElements>{rows}</bpmn:userTask>"
    )


def _flow(source: str, target: str, condition: str = "") -> str:
    ends = f'id="{source}__{target}" sourceRef="{source}" targetRef="{target}"'
    if not condition:
        return f"<bpmn:sequenceFlow {ends}/>"
    text = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
    return f"<bpmn:sequenceFlow {ends}>{text}</bpmn:sequenceFlow>"


def _process(name: str, lanes: dict[str, list[str]], nodes: list[str], flows: list[str]) -> str:
    drawn = "".join(
        f'<bpmn:lane id="{role}" name="{role}">'
        + "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in members)
        + "</bpmn:lane>"
        for role, members in lanes.items()
    )
    return (
        f'{HEAD}<bpmn:process id="{name}" name="{name}" isExecutable="true"><bpmn:laneSet id="{name}_lanes">{drawn}'
        f"</bpmn:laneSet>{''.join(nodes)}{''.join(flows)}</bpmn:process></bpmn:definitions>"
    )
