"""Small diagrams for tests, written in the dialect."""

from __future__ import annotations

import textwrap

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="test">'
)


def process(name: str, lanes: dict[str, str], nodes: str, flows: list[str], messages: tuple[str, ...] = ()) -> bytes:
    """`lanes`: role → ids of nodes; `flows`: "a>b" or "a>b: condition"; `messages`: names, ids are `m_` and the name."""
    lane_set = "".join(
        f'<bpmn:lane id="{role}" name="{role}">'
        + "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in ids.split())
        + "</bpmn:lane>"
        for role, ids in lanes.items()
    )
    declared = "".join(f'<bpmn:message id="m_{m.replace(".", "_")}" name="{m}"/>' for m in messages)
    drawn = "".join(_flow(flow) for flow in flows)
    text = (
        f'{HEAD}{declared}<bpmn:process id="{name}" name="{name}" isExecutable="true"><bpmn:laneSet id="lanes">{lane_set}</bpmn:laneSet>'
        f"{textwrap.dedent(nodes)}{drawn}</bpmn:process></bpmn:definitions>"
    )
    return text.encode()


def _flow(text: str) -> str:
    ends, _, condition = text.partition(":")
    source, _, target = ends.partition(">")
    drawn = f'id="{source}__{target}" sourceRef="{source}" targetRef="{target}"'
    if not condition:
        return f"<bpmn:sequenceFlow {drawn}/>"
    expression = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition.strip()}</bpmn:conditionExpression>'
    )
    return f"<bpmn:sequenceFlow {drawn}>{expression}</bpmn:sequenceFlow>"


def form(key: str, due: str = "5wd", name: str = "") -> str:
    """A user task."""
    property_ = '<camunda:property name="basis" value="P"/>'
    basis = f"<bpmn:extensionElements><camunda:properties>{property_}</camunda:properties></bpmn:extensionElements>"
    return f'<bpmn:userTask id="{key}" name="{name or key}" camunda:formKey="{key}" camunda:dueDate="{due}">{basis}</bpmn:userTask>'


def operation(key: str, topic: str, **properties: str) -> str:
    drawn = "".join(f'<camunda:property name="{k.rstrip("_")}" value="{v}"/>' for k, v in properties.items())
    return (
        f'<bpmn:serviceTask id="{key}" name="{key}" camunda:type="external" camunda:topic="{topic}"><bpmn:extensionElements>'
        f"<camunda:properties>{drawn}</camunda:properties></bpmn:extensionElements></bpmn:serviceTask>"
    )


PETITION = process(
    "petition",
    {"regional_operator": "start write end", "operator_head": "check gate"},
    '<bpmn:startEvent id="start"/>'
    + form("write", name="Написать")
    + form("check", "2wd", name="Проверить")
    + '<bpmn:exclusiveGateway id="gate" name="Принято?" default="gate__end"/><bpmn:endEvent id="end" name="Принято"/>',
    ["start>write", "write>check", "check>gate", "gate>end", "gate>write: outcome == 'return'"],
)

ROUND = process(
    "round",
    {"regional_operator": "start plan open wait answered window closed sum end"},
    '<bpmn:startEvent id="start"/>'
    + form("plan", name="Спланировать")
    + operation("open", "open_cases", open="reply", for_="municipality", sets="")
    + '<bpmn:eventBasedGateway id="wait"/>'
    '<bpmn:intermediateCatchEvent id="answered" name="Все ответили"><bpmn:messageEventDefinition messageRef="m_children_done_reply"/>'
    "</bpmn:intermediateCatchEvent>"
    '<bpmn:intermediateCatchEvent id="window" name="Окно закрыто"><bpmn:timerEventDefinition><bpmn:timeDate '
    'xsi:type="bpmn:tFormalExpression">5wd</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>'
    + operation("closed", "close_children", close="reply", outcome="no_answer", sets="")
    + form("sum", name="Подвести итог")
    + '<bpmn:endEvent id="end"/>',
    [
        "start>plan",
        "plan>open",
        "open>wait",
        "wait>answered",
        "wait>window",
        "answered>sum",
        "window>closed",
        "closed>sum",
        "sum>end",
    ],
    ("children.done.reply",),
)

REPLY = process(
    "reply",
    {"municipal_authority": "start answer end"},
    '<bpmn:startEvent id="start"/>' + form("answer", name="Ответить") + '<bpmn:endEvent id="end"/>',
    ["start>answer", "answer>end"],
)
