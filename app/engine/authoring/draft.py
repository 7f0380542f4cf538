"""A first draft of a diagram from short calls; afterwards the .bpmn file is the only source.

d = Draft("visit", "Посещение школы", "Зачем процесс нужен.", curator="Куратор", system="Система")
d.start("start", "curator", "Пора")
d.user("visit_plan", "curator", "Спланировать посещение", "5wd", basis="W10", doc="Что сделать.")
d.end("end", "curator", "Состоялось")
d.path("start", "visit_plan", "end")
path.write_bytes(arrange(d.xml()))
"""

from __future__ import annotations

from itertools import pairwise

from lxml import etree

from app.engine.authoring.bpmn import NS, q, sub, write

_TARGET = "urn:opora:workflow"


class Draft:
    """Lanes are keyword arguments: role code = Russian title, from top to bottom."""

    def __init__(self, process: str, name: str, doc: str, **lanes: str) -> None:
        used = {k: v for k, v in NS.items() if k in ("bpmn", "camunda", "modeler", "xsi")}
        self.root = etree.Element(
            q("bpmn:definitions"), {"id": f"definitions_{process}", "targetNamespace": _TARGET}, used
        )
        self.root.set(q("modeler:executionPlatform"), "Camunda Platform")
        self.root.set(q("modeler:executionPlatformVersion"), "7.23.0")
        pool = sub(self.root, "bpmn:collaboration", id=f"collaboration_{process}")
        sub(pool, "bpmn:participant", id=f"pool_{process}", name=name, processRef=process)
        self.process = sub(self.root, "bpmn:process", id=process, name=name, isExecutable="true")
        sub(self.process, "bpmn:documentation", doc)
        lane_set = sub(self.process, "bpmn:laneSet", id=f"lanes_{process}")
        self.lanes = {k: sub(lane_set, "bpmn:lane", id=k, name=v) for k, v in lanes.items()}
        self.nodes: dict[str, etree._Element] = {}
        self.flows: list[etree._Element] = []
        self.messages: dict[str, etree._Element] = {}

    def node(self, tag: str, key: str, lane: str, name="", doc="", props=None, /, **attrs: str) -> etree._Element:
        sub(self.lanes[lane], "bpmn:flowNodeRef", key)
        node = sub(self.process, f"bpmn:{tag}", id=key, **({"name": name} if name else {}), **attrs)
        self.nodes[key] = node
        _describe(node, doc, props or {})
        return node

    def start(self, key: str, lane: str, name: str, **props: str) -> None:
        """`sets` names the values a case of this process is opened with."""
        self.node("startEvent", key, lane, name, "", props)

    def user(
        self, key, lane, name, due, basis="P", doc="", form="", roles="", each: tuple[str, str] | None = None, **props
    ):
        """A form for a person; `each` = (variable with row numbers, element variable) makes it one task per row."""
        extra = {"camunda__candidateGroups": roles} if roles else {}
        props = {"basis": basis, **props}
        node = self.node(
            "userTask", key, lane, name, doc, props, camunda__formKey=form or key, camunda__dueDate=due, **extra
        )
        if each:
            sub(
                node,
                "bpmn:multiInstanceLoopCharacteristics",
                camunda__collection=each[0],
                camunda__elementVariable=each[1],
            )

    def operation(self, key, name, operation, lane="system", doc="", sets="", **params):
        """`open_` stands for a parameter named as a Python keyword or builtin."""
        props = {**{k.rstrip("_"): v for k, v in params.items()}, "sets": sets}
        self.node("serviceTask", key, lane, name, doc, props, camunda__type="external", camunda__topic=operation)

    def call(self, key, lane, name, process, doc="", **props):
        self.node("callActivity", key, lane, name, doc, props, calledElement=process)

    def choice(self, key: str, lane: str, name: str = "") -> None:
        self.node("exclusiveGateway", key, lane, name)

    def race(self, key: str, lane: str = "system", name: str = "") -> None:
        self.node("eventBasedGateway", key, lane, name)

    def message(self, name: str) -> str:
        return self.messages.setdefault(
            name, etree.Element(q("bpmn:message"), id="msg_" + name.replace(".", "_"), name=name)
        ).get("id")

    def event(self, tag, key, lane, name, message="", timer="", doc="", **props) -> None:
        node = self.node(tag, key, lane, name, doc, props)
        if message:
            sub(node, "bpmn:messageEventDefinition", id=f"{key}_def", messageRef=self.message(message))
        if timer:
            sub(
                sub(node, "bpmn:timerEventDefinition", id=f"{key}_def"),
                "bpmn:timeDate",
                timer,
                xsi__type="bpmn:tFormalExpression",
            )

    def catch(self, key, lane, name, **kw) -> None:
        self.event("intermediateCatchEvent", key, lane, name, **kw)

    def throw(self, key, lane, name, **kw) -> None:
        self.event("intermediateThrowEvent", key, lane, name, **kw)

    def end(self, key, lane, name, **kw) -> None:
        self.event("endEvent", key, lane, name, **kw)

    def any_time(self, key, lane, name, message, title, task, task_name, due, basis="P", doc="") -> None:
        """A message at any time, as often as it comes, brings one form: a non-interrupting event sub-process."""
        box = self.node("subProcess", key, lane, name, triggeredByEvent="true")
        start = sub(box, "bpmn:startEvent", id=f"{key}_start", name=title, isInterrupting="false")
        sub(start, "bpmn:outgoing", f"{key}_1")
        sub(start, "bpmn:messageEventDefinition", id=f"{key}_def", messageRef=self.message(message))
        form = sub(box, "bpmn:userTask", id=task, name=task_name, camunda__formKey=task, camunda__dueDate=due)
        _describe(form, doc, {"basis": basis})
        sub(form, "bpmn:incoming", f"{key}_1")
        sub(form, "bpmn:outgoing", f"{key}_2")
        sub(sub(box, "bpmn:endEvent", id=f"{key}_end"), "bpmn:incoming", f"{key}_2")
        sub(box, "bpmn:sequenceFlow", id=f"{key}_1", sourceRef=f"{key}_start", targetRef=task)
        sub(box, "bpmn:sequenceFlow", id=f"{key}_2", sourceRef=task, targetRef=f"{key}_end")

    def path(self, *keys: str) -> None:
        for a, b in pairwise(keys):
            self._flow(a, b)

    def when(self, a: str, b: str, label: str, condition: str = "") -> None:
        """A branch of a gateway; without a condition it is the default one."""
        flow = self._flow(a, b)
        flow.set("name", label)
        if condition:
            sub(flow, "bpmn:conditionExpression", condition, xsi__type="bpmn:tFormalExpression")
        else:
            self.nodes[a].set("default", flow.get("id"))

    def _flow(self, a: str, b: str) -> etree._Element:
        self.flows.append(etree.Element(q("bpmn:sequenceFlow"), id=f"{a}__{b}", sourceRef=a, targetRef=b))
        return self.flows[-1]

    def xml(self) -> bytes:
        """Bytes of the file without coordinates; the draft is used up."""
        for key, node in self.nodes.items():
            at = sum(1 for c in node if etree.QName(c).localname in ("documentation", "extensionElements"))
            ends = [("incoming", f) for f in self.flows if f.get("targetRef") == key]
            for tag, flow in ends + [("outgoing", f) for f in self.flows if f.get("sourceRef") == key]:
                ref = etree.Element(q(f"bpmn:{tag}"))
                ref.text = flow.get("id")
                node.insert(at, ref)
                at += 1
        self.process.extend(self.flows)
        self.root.extend(self.messages.values())
        return write(self.root)


def _describe(node: etree._Element, doc: str, props: dict[str, str]) -> None:
    if doc:
        sub(node, "bpmn:documentation", doc)
    if props:
        box = sub(sub(node, "bpmn:extensionElements"), "camunda:properties")
        for name, value in props.items():
            sub(box, "camunda:property", name=name, value=value)
