"""A case's state as one value of bytes: the scope and one short row for each live task. Specs are never stored.

    {"v": 1, "vars": {...}, "done": false,
     "flows": [{"of": id of the calling task (not at the top), "process": spec name,
                "tasks": [[id, parent, state, spec, kind, item or due (if any)]]}]}

`parent` is 0 for the root, the spec name of the finished task the token came from, or [n]: the n-th row before.
Rows keep their order, and so do keys: the value is bytes, never a JSON column.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from .flow import CaseFlow, SubFlow
from .port import StateDoesNotFit, plain
from .specs import LIVE, Join

VERSION = 1
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_KEPT = ("item", "due")


def dump(case: CaseFlow, scope: dict[str, Any]) -> bytes:
    """Bytes of a pruned case; TypeError if something else than JSON primitives got into the scope."""
    document: dict[str, Any] = {"v": VERSION, "vars": plain(scope), "done": bool(case.completed)}
    if not case.completed:
        document["flows"] = [_dump_flow(case)] + [_dump_flow(s) for s in reversed(list(case.flows())) if s is not case]
    return orjson.dumps(document, option=_OPTIONS)


def _dump_flow(flow: Any) -> dict[str, Any]:
    rows: list[list[Any]] = []
    index: dict[Any, int] = {}
    for t in flow.tasks.values():
        if not t._state & LIVE:
            continue
        parent = flow.tasks[t._parent]
        if parent._state & LIVE:
            origin: Any = [index[parent.id]]
        else:
            origin = 0 if parent is flow.task_tree else parent.task_spec.name
        index[t.id] = len(rows)
        row = [t.id.hex, origin, t._state, t.task_spec.name, kind(t.task_spec)]
        kept = {k: t.internal_data[k] for k in _KEPT if k in t.internal_data}
        rows.append([*row, kept] if kept else row)
    out: dict[str, Any] = {"process": flow.spec.name, "tasks": rows}
    if flow.parent_task_id is not None:
        out["of"] = flow.parent_task_id.hex
    return out


def kind(task_spec: Any) -> str:
    """Short name of a spec's class: a node that changed its kind must not be restored under its old id."""
    return type(task_spec).__name__


def read(state: bytes) -> dict[str, Any]:
    """The stored document."""
    document = orjson.loads(state)
    if document.get("v") != VERSION:
        raise StateDoesNotFit("Состояние дела записано в неизвестном виде.", advice="Обновите систему.")
    return document


def load(document: dict[str, Any], spec: Any, subs: dict[str, Any], engine: Any) -> CaseFlow:
    """The live case of a stored document; StateDoesNotFit if these specs lack a node it stands on."""
    case = CaseFlow(spec, subs, script_engine=engine, deserializing=True)
    if document["done"]:
        case.task_tree = Task(case, spec.start, state=TaskState.COMPLETED)
        case.completed = True
        return case
    top, *calls = document["flows"]
    if top["process"] != spec.name:
        raise StateDoesNotFit(f"Дело идёт по процессу {top['process']}, а не {spec.name}.")
    _fill(case, top)
    for stored in calls:
        _call(case, subs, stored)
    return case


def _call(case: CaseFlow, subs: dict[str, Any], stored: dict[str, Any]) -> None:
    task_id = UUID(hex=stored["of"])
    caller = case.find(task_id)
    if stored["process"] not in subs or caller is None or caller.task_spec.spec != stored["process"]:
        raise _missing(stored["process"])
    flow = SubFlow(subs[stored["process"]], task_id, case, deserializing=True)
    _fill(flow, stored)
    case.subprocesses[task_id] = flow
    flow.completed_event.connect(caller.task_spec._on_subworkflow_completed, caller)


def _missing(name: str) -> StateDoesNotFit:
    return StateDoesNotFit(
        f"В этой версии схемы нет узла «{name}», на котором стоит дело.",
        advice="Оставьте дело на прежней версии или перенесите после того, как оно пройдёт этот узел.",
        node=name,
    )


def _fill(flow: Any, stored: dict[str, Any]) -> None:
    specs = flow.spec.task_specs
    root = flow.task_tree = _task(flow, uuid4(), flow.spec.start, None, TaskState.COMPLETED)
    live: list[Any] = []
    for row in stored["tasks"]:
        hex_id, origin, state, name, was = row[:5]
        spec = specs.get(name)
        if spec is None or kind(spec) != was:
            raise _missing(name)
        if origin == 0:
            parent = root
        elif type(origin) is list:
            parent = live[origin[0]]
        elif origin in specs:
            parent = _task(flow, uuid4(), specs[origin], root, TaskState.COMPLETED)
        elif isinstance(spec, Join):
            raise _missing(origin)
        else:  # only a join asks where its token came from
            parent = root
        task = _task(flow, UUID(hex=hex_id), spec, parent, state)
        if len(row) > 5:
            task.internal_data = row[5]
        task.triggered = "item" in task.internal_data or (parent is root and name in flow.spec.start.trigger_specs)
        live.append(task)


def _task(flow: Any, task_id: UUID, spec: Any, parent: Any, state: int) -> Any:
    """A task as the library would have left it; its constructor would notify and log."""
    t = Task.__new__(Task)
    t.id, t.workflow, t.task_spec, t._state = task_id, flow, spec, state
    t._parent, t._children = (None if parent is None else parent.id), []
    t.triggered, t.thread_id, t.last_state_change = False, 0, 0.0
    t.data, t.internal_data = {}, {}
    flow.tasks[task_id] = t
    if parent is not None:
        parent._children.append(task_id)
    return t
