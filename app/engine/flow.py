"""The tree of a live case: flat scans instead of tree walks, no event manager, and a past that is cut off.

What is kept of the tree is what can still move: live tasks, the finished task each of them came from (a join asks it
which flow the token came by), and the root. Everything else is history, and the journal has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from .specs import LIVE, READY, WAITING


class NoEvents:
    """Stands in for the library's event manager: waits are asked by facts, nothing is broadcast."""

    def add_task(self, my_task: Any) -> None:
        """Waits are found by looking at the live tasks."""

    def remove_task(self, my_task: Any) -> None:
        """See add_task."""


class _Flat:
    tasks: dict[Any, Any]

    def update_waiting_tasks(self) -> None:
        """Only joins can go on because something else finished; the list is short, no tree is walked."""
        for t in [t for t in self.tasks.values() if t._state == WAITING and isinstance(t.task_spec, UnstructuredJoin)]:
            if t._state == WAITING and t.id in self.tasks:
                t.task_spec._update(t)

    def ready(self) -> list[Any]:
        """Tasks the engine itself has to run."""
        return [t for t in self.tasks.values() if t._state == READY and not t.task_spec.manual]


class SubFlow(_Flat, BpmnSubWorkflow):
    """A called process or a sub-process that is running."""


class CaseFlow(_Flat, BpmnWorkflow):
    """The process of the case itself; `subprocesses` are the running calls by the id of the calling task."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event_manager = NoEvents()

    def create_subprocess(self, my_task: Any, spec_name: str) -> SubFlow:
        flow = SubFlow(self.subprocess_specs[spec_name], my_task.id, self, deserializing=True)
        self.subprocesses[my_task.id] = flow
        plant(flow)
        return flow

    def catch(self, event: Any) -> None:
        """Nothing is caught inside: what is thrown goes to the application."""

    def flows(self) -> Iterator[Any]:
        """The top flow and every running call, deepest first."""
        yield from sorted((s for s in self.subprocesses.values() if not s.completed), key=lambda s: -s.depth)
        yield self

    def find(self, task_id: Any) -> Any | None:
        """A task by id in any running flow."""
        for flow in self.flows():
            task = flow.tasks.get(task_id)
            if task is not None:
                return task
        return None


def plant(flow: Any) -> None:
    """The root of a flow that begins; the library's constructor would predict all of it."""
    flow.task_tree = Task(flow, flow.spec.start, state=TaskState.FUTURE)
    flow.task_tree._ready()
    ensure_future(flow.task_tree)


def prepare(spec: Any, subs: dict[str, Any]) -> None:
    """Wire what the library wires into the shared specs while a case runs; once for each parsed definition.

    Without this a case restored in another process never merges its rows, and a message sub-process changes the specs
    of all later cases.
    """
    for s in (spec, *subs.values()):
        for task_spec in list(s.task_specs.values()):
            if isinstance(task_spec, LoopTask):
                child = s.task_specs[task_spec.task_spec]
                if not child.completed_event.is_connected(task_spec.merge_child):
                    child.completed_event.connect(task_spec.merge_child)
        for name in s.start.trigger_specs:
            task_spec = s.task_specs[name]
            if s.start.name not in task_spec._inputs:
                task_spec._inputs.append(s.start.name)
                task_spec.connect(s.end)


def ensure_future(task: Any) -> None:
    """Give a task about to run its children, and no more: the library would predict the whole way to the end."""
    spec = task.task_spec
    if spec._outputs and all(task.workflow.tasks[c].triggered for c in task._children):
        spec._predict_hook(task)


def prune(case: CaseFlow) -> None:
    """Cut the past and the predicted future out of every flow; live tasks keep their ids and their order."""
    for flow in [case, *case.subprocesses.values()]:
        _prune(flow)
    alive = {t.id for f in (case, *case.subprocesses.values()) for t in f.tasks.values() if t._state & LIVE}
    for task_id in list(case.subprocesses):
        if task_id not in alive or case.subprocesses[task_id].completed:
            del case.subprocesses[task_id]


def _prune(flow: Any) -> None:
    tasks, root = flow.tasks, flow.task_tree
    live = [t for t in tasks.values() if t._state & LIVE]
    keep = {root.id: root}
    root._children = []
    for t in live:
        parent = tasks.get(t._parent)
        if parent is not None and parent.id not in keep:
            keep[parent.id] = parent
            parent._children = []
            if not parent._state & LIVE:
                parent._parent = root.id
                root._children.append(parent.id)
    for t in live:
        if t.id not in keep:
            t._children = []
            keep[t.id] = t
    for t in live:
        if t is not root:
            keep[t._parent]._children.append(t.id)
    flow.tasks = keep
