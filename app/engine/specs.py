"""Our own task specs, where those of the library lose tokens, read the server's clock or carry data about.

Everything a diagram of the dialect reads is in one scope per case; tasks of the tree carry no data at all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import BpmnSpecMixin, EventBasedGateway, ExclusiveGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from .dmn import Decision
from .port import DiagramFault

WAITING, READY, STARTED, FINISHED = (
    TaskState.WAITING,
    TaskState.READY,
    TaskState.STARTED,
    TaskState.FINISHED_MASK,
)
LIVE = WAITING | READY | STARTED


def engine_of(task: Any) -> Any:
    """The run-time side of the case a task belongs to (`run.CaseEngine`)."""
    return task.workflow.top_workflow.script_engine


class Message(EventDefinition):
    """A message by name. Catching is decided by facts, throwing hands over to the application."""

    def __init__(self, name: str) -> None:
        super().__init__(name, description="Message")

    def throw(self, my_task: Any) -> None:
        engine_of(my_task).sent(self.name, my_task.task_spec.extensions["card"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.name == other.name

    __hash__ = None  # type: ignore[assignment]


class TermTimer(EventDefinition):
    """A timer whose moment is a term. It notes the moment on entering and fires only when the run says so."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, description="Timer")
        self.text = text

    def note(self, my_task: Any) -> None:
        if "due" not in my_task.internal_data:
            due = engine_of(my_task).term(self.text)
            my_task.internal_data["due"] = to_text(due)

    def has_fired(self, my_task: Any) -> bool:
        self.note(my_task)
        return bool(my_task.internal_data.get("event_fired"))


def to_text(moment: datetime) -> str:
    """UTC text of an aware moment; a naive one is the host's mistake."""
    if moment.tzinfo is None:
        raise TypeError(f"a moment must be aware: {moment!r}")
    return moment.astimezone(UTC).isoformat()


class _FirstOf(EventDefinition):
    """What an event gateway waits for; its events are kept by the gateway itself."""

    def has_fired(self, my_task: Any) -> bool:
        for event in my_task.task_spec.events.values():
            if isinstance(event, TermTimer):
                event.note(my_task)
        return "chosen" in my_task.internal_data


class EventGateway(EventBasedGateway):
    """Waits for the first of its events; `choose` names it, the others are dropped.

    The library keeps one `event_value` for all timers of a gateway and event objects in the state; this one keeps the
    name of the chosen event and nothing else.
    """

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any = None, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, event_definition=_FirstOf(), **kwargs)
        self.events: dict[str, EventDefinition] = {}

    def connect(self, child: Any) -> None:
        TaskSpec.connect(self, child)
        self.events[child.name] = child.event_definition
        child.event_definition = NoneEventDefinition()

    def choose(self, my_task: Any, event: str) -> None:
        my_task.internal_data["chosen"] = event
        self._update(my_task)

    def _run_hook(self, my_task: Any) -> bool:
        chosen = self._wf_spec.task_specs[my_task.internal_data["chosen"]]
        my_task._sync_children([chosen], TaskState.FUTURE)
        return True


class Choice(ExclusiveGateway):
    """The first branch whose condition is true, in the order drawn, else the default one."""

    def _predict_hook(self, my_task: Any) -> None:
        """Nothing: the only child is added when the choice is made."""

    def _run_hook(self, my_task: Any) -> bool:
        specs, chosen = self._wf_spec.task_specs, self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and condition._matches(my_task):
                chosen = name
                break
        if chosen is None:
            raise DiagramFault(
                f"На развилке «{self.bpmn_name or self.bpmn_id}» не подошла ни одна ветвь.",
                advice="Отметьте ветвь по умолчанию.",
            )
        my_task._sync_children([specs[chosen]], TaskState.FUTURE)
        return True


class Join(ParallelGateway):
    """A parallel gateway that counts tokens and nothing else.

    Every arrival waits; when each incoming flow has one, the arrival that completes the set goes on and the oldest
    arrival of every other flow is consumed. The library looks at finished arrivals instead, so in a loop it counts
    signatures of earlier rounds, and it drops branches of joins that fired elsewhere.
    """

    def _update_hook(self, my_task: Any) -> bool:
        mine = my_task.parent.task_spec.name
        arrived: dict[str, Any] = {}
        for t in my_task.workflow.tasks.values():
            if t.task_spec is self and t._state == WAITING and t is not my_task:
                arrived.setdefault(t.parent.task_spec.name, t)
        missing = set(self._inputs) - {mine}
        if not missing <= arrived.keys():
            my_task._set_state(WAITING)
            return False
        for name in missing:
            arrived[name].cancel()
        return True

    def _run_hook(self, my_task: Any) -> bool:
        return True


class ForEach(LoopTask, BpmnSpecMixin):
    """One user task for each row number in a list of the scope, all at once; goes on when the last is done.

    The library's class refuses a second round («input item already exists») and leaves the item in the data.
    """

    def __init__(self, wf_spec: Any, bpmn_id: str, collection: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.collection = collection
        self.task_spec = ""

    def _update_hook(self, my_task: Any) -> bool:
        super()._update_hook(my_task)
        scope = engine_of(my_task).scope
        rows = scope.get(self.collection)
        if not isinstance(rows, list):
            raise DiagramFault(
                f"Задача «{self.bpmn_name}» ждёт список «{self.collection}», но он не записан.",
                advice="Список номеров строк записывает операция перед задачей.",
            )
        if not rows:
            return True
        spec = self._wf_spec.task_specs[self.task_spec]
        for row in rows:
            child = my_task._add_child(spec, WAITING)
            child.triggered = True
            child.internal_data["item"] = str(row)
            spec._update(child)
        my_task._set_state(STARTED)
        return False

    def merge_child(self, workflow: Any, child: Any) -> None:
        parent = child.parent
        if all(c._state & FINISHED for c in self._instances(parent)):
            parent._set_state(READY)


class Operation(BpmnSpecMixin, TaskSpec):
    """A service task: a name from the application's table, done by the application."""

    def _run_hook(self, my_task: Any) -> bool:
        engine_of(my_task).operation(self.extensions["card"], self.bpmn_name or self.bpmn_id)
        return True


class Rule(BpmnSpecMixin, TaskSpec):
    """A business rule task: a decision table evaluated over the scope, its result written into the scope."""

    def __init__(self, wf_spec: Any, bpmn_id: str, decision: Decision, variable: str | None, mapping: str, **kw: Any):
        super().__init__(wf_spec, bpmn_id, **kw)
        self.decision, self.variable, self.mapping = decision, variable, mapping

    def _run_hook(self, my_task: Any) -> bool:
        engine = engine_of(my_task)
        engine.write(self.decision.result(engine.scope, self.variable, self.mapping))
        return True
