"""A case that is moving: engine steps, then every wait's fact, until nothing changes; then the past is cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from app.errors import TaskNotOpen

from . import codec
from .expressions import evaluate, strip
from .flow import CaseFlow, ensure_future, prune
from .port import Card, DiagramFault, Host, OpenTask, Timer, Wait, plain
from .specs import READY, WAITING, EventGateway, Message, TermTimer, to_text

if TYPE_CHECKING:
    from .catalogue import Definition

MAX_STEPS = 2000
_PRUNE_EVERY = 100  # the library walks ancestors: a long run of gateways must not grow a deep tree
_NOT_PAYLOAD = frozenset({"basis", "due", "ladder", "sets"})


class SafeEnvironment(BasePythonScriptEngineEnvironment):
    """All texts of a diagram end here, also those the library evaluates behind the engine's back."""

    def evaluate(self, expression: str, context: Any, external_context: Any = None) -> Any:
        return evaluate(expression, context)

    def execute(self, script: str, context: Any, external_context: Any = None) -> Any:
        raise DiagramFault("Сценарии в схемах не исполняются.", advice="Замените сценарий операцией.")

    def call_service(self, context: Any, **kwargs: Any) -> Any:
        raise DiagramFault("Служебные вызовы в схемах не исполняются.", advice="Укажите операцию в поле Topic.")


class CaseEngine(PythonScriptEngine):
    """What running tasks of one case reach: its scope and the application."""

    def __init__(self, scope: dict[str, Any], host: Host) -> None:
        super().__init__(SafeEnvironment())
        self.scope, self.host = scope, host
        self.view: Mapping[str, Any] = MappingProxyType(scope)

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return self.environment.evaluate(expression, self.scope)

    def write(self, values: Mapping[str, Any]) -> None:
        self.scope.update(plain(values))

    def operation(self, card: Card, name: str) -> None:
        values = self.host.operation(card, self.view) or {}
        strange = values.keys() - set(card.sets)
        if strange:
            raise DiagramFault(
                f"Операция «{name}» ({card.operation}) записывает {', '.join(sorted(strange))}, но в схеме этого нет.",
                advice="Добавьте имена в свойство sets этой операции.",
            )
        self.write(values)

    def sent(self, message: str, card: Card) -> None:
        values = {}
        for name, text in card.properties.items():
            if name not in _NOT_PAYLOAD:
                values[name] = evaluate(strip(text), self.scope) if text.startswith("${") else text
        self.host.sent(message, values)

    def term(self, text: str) -> datetime:
        return self.host.term(text, self.view)


class Run:
    """One case in memory. Each public move runs until the case waits for people, messages or dates.

    After an exception in a move the object is of no use: the stored bytes stand, load them again.
    """

    def __init__(self, definition: Definition, case: CaseFlow, engine: CaseEngine) -> None:
        self.definition = definition
        self._case, self._engine = case, engine
        self._steps = self._pruned = 0
        self._void = False

    # ------------------------------------------------------------------ what is seen

    @property
    def scope(self) -> dict[str, Any]:
        """The routing values of the case; JSON primitives only."""
        return self._engine.scope

    @property
    def done(self) -> bool:
        """Whether the process has ended."""
        return bool(self._case.completed)

    def open_tasks(self) -> list[OpenTask]:
        """Tasks waiting for people, in the order they were opened within each flow."""
        return [self._open(t) for t in self._live(READY) if t.task_spec.manual]

    def _open(self, t: Any) -> OpenTask:
        spec = t.task_spec
        card, item = spec.extensions["card"], t.internal_data.get("item")
        return OpenTask(t.id.hex, spec.bpmn_id, spec.bpmn_name or "", card, item, self._process(t))

    def waits(self) -> list[Wait]:
        """Messages the case waits for; an event gateway gives its message and, in `timers`, its date."""
        out = []
        for t, spec, event in self._events():
            if isinstance(event, Message):
                name, card = str(event.name), spec.extensions["card"]
                out.append(Wait(t.id.hex, spec.bpmn_id, spec.bpmn_name or "", name, card, self._process(t)))
        return out

    def timers(self) -> list[Timer]:
        """Dates the case waits for; those already past fire at the next `tick`."""
        out = []
        for t, spec, event in self._events():
            if isinstance(event, TermTimer):
                due = datetime.fromisoformat(t.internal_data["due"])
                card = spec.extensions["card"]
                out.append(Timer(t.id.hex, spec.bpmn_id, spec.bpmn_name or "", due, card, self._process(t)))
        return out

    def timed(self) -> set[tuple[str, str]]:
        """Waits that a date may end, as (id, key of the event)."""
        return {(t.id.hex, spec.bpmn_id) for t, spec, event in self._events() if isinstance(event, TermTimer)}

    def flows(self) -> list[Any]:
        """The running flows for whoever judges states, within this package: calls first, the case's own last."""
        return [] if self._case.completed else list(self._case.flows())

    def starts(self) -> frozenset[str]:
        """Messages that may come at any time: they start an event sub-process of a running flow."""
        return frozenset(name for flow in self.flows() for name, _ in _triggers(flow))

    # ------------------------------------------------------------------ moves

    def complete(self, task_id: str, values: Mapping[str, Any] | None = None) -> OpenTask:
        """Complete an open task and write the form's routing values into the scope; returns the task as it was.

        TaskNotOpen if the task is not waiting for anybody (done meanwhile, or withdrawn).
        """
        task = self._find(task_id)
        if task is None or task._state != READY or not task.task_spec.manual:
            raise TaskNotOpen(
                "Эта задача уже выполнена или снята.", advice="Откройте дело и посмотрите, что ожидается сейчас."
            )
        was = self._open(task)
        with self._move():
            self._engine.write(values or {})
            self._step(task)
            self._settle()
        return was

    def message(self, name: str, values: Mapping[str, Any] | None = None, *, proven: bool = False) -> bool:
        """A message came. True if it moved the case.

        It wakes: waits of this name go on only if the host's fact is true (with `proven`, without asking), and only
        then are the values written. An event sub-process that starts with it is started without asking.
        """
        with self._move():
            moved = self._start(name, values or {})
            for task, _spec, event in list(self._events()):
                if isinstance(event, Message) and event.name == name and task._state == WAITING:
                    moved |= self._deliver(task, event, values or {}, proven)
            self._settle()
        return moved

    def tick(self) -> bool:
        """Fire every timer due by the host's clock, and those that become due by it; True if any fired.

        A wait whose fact is already true goes on by its fact, not by its date.
        """
        fired = False
        with self._move():
            self._settle()
            while due := self._due():
                fired = True
                for task, event in due:
                    if task._state == WAITING:
                        self._fire(task, event)
                self._settle()
        return fired

    def wake(self) -> None:
        """Ask the facts again, e.g. after a message that was meant for nobody in particular."""
        with self._move():
            self._settle()

    def shift_timer(self, timer_id: str, due: datetime) -> None:
        """Move a waiting timer, e.g. by a pause of the case; `due` is aware. TaskNotOpen if it waits no more."""
        task = self._find(timer_id)
        if task is None or task._state != WAITING or "due" not in task.internal_data:
            raise TaskNotOpen("Этот срок уже не ждут.", advice="Обновите страницу дела.")
        task.internal_data["due"] = to_text(due)

    def dump(self) -> bytes:
        """The state as one value of bytes."""
        if self._void:
            raise RuntimeError("the move failed: this state must be discarded")
        return codec.dump(self._case, self.scope)

    # ------------------------------------------------------------------ inside

    def _begin(self) -> Run:
        with self._move():
            self._settle()
        return self

    def _move(self) -> _Move:
        return _Move(self)

    def _live(self, state: int) -> Iterator[Any]:
        for flow in reversed(self.flows()):
            yield from (t for t in flow.tasks.values() if t._state == state)

    def _events(self) -> Iterator[tuple[Any, Any, Any]]:
        """(waiting task, spec of the event, event): the message and the timer of a gateway come one after another."""
        for t in self._live(WAITING):
            spec = t.task_spec
            if isinstance(spec, EventGateway):
                for name, event in spec.events.items():
                    yield t, spec._wf_spec.task_specs[name], event
            elif getattr(spec, "event_definition", None) is not None:
                yield t, spec, spec.event_definition

    def _process(self, task: Any) -> str:
        return self.definition.owner[task.workflow.spec.name]

    def _find(self, task_id: str) -> Any | None:
        try:
            key = UUID(hex=task_id)
        except ValueError:
            return None
        return None if self._case.completed else self._case.find(key)

    def _settle(self) -> None:
        self._advance()
        while True:
            moved = False
            for task, _spec, event in list(self._events()):
                if isinstance(event, Message) and task._state == WAITING:
                    moved |= self._deliver(task, event, {}, proven=False)
            if not moved:
                break
        if not self.done and not any(t.task_spec.manual for t in self._live(READY)) and not any(self._events()):
            joins = ", ".join(sorted({t.task_spec.name for t in self._live(WAITING)}))
            raise DiagramFault(
                f"Дело встало бы навсегда: соединение {joins} ждёт ветвь, по которой никто не придёт.",
                advice="Исправьте схему: соединять можно только ветви одного разделения.",
            )

    def _deliver(self, task: Any, event: Message, values: Mapping[str, Any], proven: bool) -> bool:
        """Let a wait go on if its fact is true; the values of the fact are newer than those of the message."""
        name = str(event.name)
        view = MappingProxyType({**self.scope, **values}) if values else self._engine.view
        fact = True if proven else self._engine.host.fact(name, view)
        known = isinstance(fact, Mapping)
        if not known and not fact:
            return False
        self._engine.write({**values, **fact} if isinstance(fact, Mapping) else values)
        self._fire(task, event)
        self._advance()
        return True

    def _fire(self, task: Any, event: Any) -> None:
        spec = task.task_spec
        if isinstance(spec, EventGateway):
            spec.choose(task, next(name for name, e in spec.events.items() if e is event))
        else:
            task.internal_data["event_fired"] = True
            spec._update(task)

    def _start(self, name: str, values: Mapping[str, Any]) -> bool:
        started = False
        for flow in self.flows():
            for message, trigger in list(_triggers(flow)):
                if message != name:
                    continue
                self._engine.write(values)
                child = flow.spec.start.trigger_wf(flow.task_tree, trigger)
                self._advance()
                sub = self._case.subprocesses[child]
                for t in [t for t in sub.tasks.values() if t._state == WAITING]:
                    self._fire(t, t.task_spec.event_definition)
                self._advance()
                started = True
        return started

    def _due(self) -> list[tuple[Any, TermTimer]]:
        now = self._engine.host.now
        return [
            (t, event)
            for t, _spec, event in self._events()
            if isinstance(event, TermTimer) and datetime.fromisoformat(t.internal_data["due"]) <= now.astimezone(UTC)
        ]

    def _advance(self) -> None:
        """Run what the engine runs by itself until only people, messages and dates are waited for."""
        again = True
        while again:
            again = False
            for flow in self.flows():
                for task in flow.ready():
                    if task._state == READY and task.id in flow.tasks:
                        self._step(task)
                        again = True
                if self._steps - self._pruned >= _PRUNE_EVERY:
                    prune(self._case)
                    self._pruned = self._steps

    def _step(self, task: Any) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise DiagramFault(
                f"Схема сделала больше {MAX_STEPS} шагов подряд и никого не ждёт: вероятно, развилки замкнуты в круг.",
                advice="Поставьте в цикл задачу или ожидание.",
                node=task.task_spec.name,
            )
        ensure_future(task)
        task.run()
        spec = task.task_spec
        key = getattr(spec, "bpmn_id", None)
        if key is not None and not isinstance(spec, LoopTask):
            self._engine.host.passed(key, spec.bpmn_name or "")


class _Move:
    """One move: counts its steps, cuts the past at the end, makes the run void if anything was raised."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> None:
        if self.run._void:
            raise RuntimeError("an earlier move failed: load the case again")
        self.run._steps = self.run._pruned = 0

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if error is not None:
            self.run._void = True
        elif not self.run._case.completed:
            prune(self.run._case)


def _triggers(flow: Any) -> Iterator[tuple[str, str]]:
    return triggers(flow.spec, flow.top_workflow.subprocess_specs)


def awaits_message(spec: Any) -> bool:
    """A waiting task of this kind goes on by a message; also when its kind is not known."""
    events = spec.events.values() if isinstance(spec, EventGateway) else [getattr(spec, "event_definition", None)]
    return spec is None or any(isinstance(event, Message) for event in events)


def triggers(spec: Any, subs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(message, name of the event sub-process) of a running flow of this kind."""
    for name in spec.start.trigger_specs:
        sub = subs.get(name)
        for start in sub.bpmn_start_events if sub is not None else ():
            if isinstance(start.event_definition, Message):
                yield str(start.event_definition.name), name
