"""What a move cannot be faster than: its parts alone, on the same machine in the same run."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser  # noqa: TID251 - the library itself is a floor
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # noqa: TID251
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow  # noqa: TID251
from SpiffWorkflow.util.task import TaskState  # noqa: TID251

from app import engine
from app.db import Database
from bench import diagrams, workload
from bench.client import Client
from bench.figures import summary
from bench.server import served


def commit(db: Database, count: int) -> dict[str, float]:
    """One row updated and committed, durably."""
    with db.write() as session:
        session.execute(sa.text("CREATE TABLE bench_floor (id integer primary key, n integer)"))
        session.execute(sa.text("INSERT INTO bench_floor VALUES (1, 0)"))
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        with db.write() as session:
            session.execute(sa.text("UPDATE bench_floor SET n = n + 1 WHERE id = 1"))
        seconds.append(time.perf_counter() - began)
    with db.write() as session:
        session.execute(sa.text("DROP TABLE bench_floor"))
    return summary(seconds)


def measure(count: int) -> dict[str, Any]:
    """A form without an application, and the engine without one."""
    return {**_form(count), "engine, stock": _stock(count), "engine, ours": _ours(count)}


def _form(count: int) -> dict[str, Any]:
    random = Random(20)
    with served("bench.floor_site") as port:
        client = Client(port)
        client.cookies["guest"] = client.tokens["guest"] = ""
        opened = [client.get("guest", "/form").seconds for _ in range(count)]
        sent = [client.post("guest", "/form", workload.answers("t01", random)).seconds for _ in range(count)]
    return {"form opened": summary(opened), "form sent": summary(sent)}


def _stock(count: int) -> dict[str, float]:
    """The library as it comes, one year of fifteen tasks in a line: text → objects → a task done → text."""
    with TemporaryDirectory(prefix="opora-bench-") as place:
        file = Path(place) / "line.bpmn"
        file.write_text(diagrams.line())
        parser = BpmnParser()
        parser.add_bpmn_file(str(file))
        spec, subs = parser.get_spec("bench_line"), parser.get_subprocess_specs("bench_line")
    serializer, seconds, random = BpmnWorkflowSerializer(), [], Random(20)
    while len(seconds) < count:
        flow = BpmnWorkflow(spec, subs)
        flow.do_engine_steps()
        text = json.dumps(serializer.to_dict(flow))
        while not flow.completed:
            began = time.perf_counter()
            flow = serializer.from_dict(json.loads(text))
            task = next(t for t in flow.get_tasks(state=TaskState.READY) if t.task_spec.manual)
            task.data.update(workload.answers(task.task_spec.bpmn_id, random))
            task.run()
            flow.do_engine_steps()
            text = json.dumps(serializer.to_dict(flow))
            seconds.append(time.perf_counter() - began)
    return summary(seconds)


def _ours(count: int) -> dict[str, float]:
    """The workload itself on the product's engine: bytes → a task done → bytes."""
    with TemporaryDirectory(prefix="opora-bench-") as place:
        diagrams.write(Path(place))
        definition = engine.Catalogue(place).definition("bench_case")
    host, seconds = _Host(), []
    while len(seconds) < count:
        run = definition.start({"signers": [1, 2, 3]}, host)
        state = run.dump()
        while not run.done:
            began = time.perf_counter()
            run = definition.load(state, host)
            run.complete(run.open_tasks()[0].id, {f"{workload.LAST}_agreed": False})
            state = run.dump()
            seconds.append(time.perf_counter() - began)
    return summary(seconds)


class _Host:
    """An application that has nothing to say."""

    now = datetime(2026, 9, 1, tzinfo=UTC)

    def operation(self, card: Any, scope: Any) -> None:
        return None

    def fact(self, message: str, scope: Any) -> bool:
        return False

    def sent(self, message: str, values: Any) -> None:
        return None

    def term(self, text: str, scope: Any) -> datetime:
        return self.now

    def passed(self, key: str, name: str) -> None:
        return None
