"""A case on a drawn diagram: stored and loaded again at every step, with the application played by a table of answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from app.cases.calendar import of_zone
from app.engine import Card, Catalogue, Definition, Run

from .reading import DIRECTORY

CALENDAR = of_zone("Asia/Yekaterinburg")
START = datetime(2026, 7, 1, 4, tzinfo=UTC)
Scope = Mapping[str, Any]


@lru_cache
def catalogue() -> Catalogue:
    return Catalogue(DIRECTORY)


YEARLY = ("diagnosis.approved", "stages.done", "decision.taken")
"""Facts of a year of a school's case; a programme of several years stays approved."""


class World:
    """`results`: (operation or its gate) → values or a function of the scope; `facts`: messages that are true."""

    def __init__(self, results: Mapping[str, Any] | None = None) -> None:
        self.now = START
        self.results = dict(results or {})
        self.facts: dict[str, Any] = {}
        self.done: list[str] = []
        self.letters: list[tuple[str, dict[str, Any]]] = []
        self.history: list[str] = []

    def operation(self, card: Card, scope: Scope) -> Mapping[str, Any] | None:
        given = card.properties
        words = [card.operation or "", *(given[k] for k in ("gate", "open", "close", "facts") if k in given)]
        self.done.append(" ".join(words))
        if card.operation == "open_cases":
            for kind in given["open"].split(","):
                self.facts.pop(f"children.done.{kind}", None)
        if card.operation == "close_children":
            self.facts[f"children.done.{given['close']}"] = True
        if card.properties.get("facts") == "support_year":
            for message in YEARLY:
                self.facts.pop(message, None)
        found = next((self.results[w] for w in reversed(words) if w in self.results), None)
        return found(scope) if callable(found) else found

    def fact(self, message: str, scope: Scope) -> Any:
        return self.facts.get(message, False)

    def sent(self, message: str, values: Mapping[str, Any]) -> None:
        self.letters.append((message, dict(values)))

    def term(self, text: str, scope: Scope) -> datetime:
        return CALENDAR.term(text, self.now, scope, datetime(2026, 7, 1, tzinfo=UTC).date())

    def passed(self, key: str, name: str) -> None:
        self.history.append(key)


class Case:
    """Every move starts from stored bytes; with `fresh`, from newly parsed files too."""

    def __init__(
        self, process: str, world: World | None = None, scope: Scope | None = None, *, fresh: bool = True
    ) -> None:
        self.files, self.process, self.fresh = catalogue().files_of(process), process, fresh
        self.world = world or World()
        self.state = self._definition().start({"year_start": "2026-07-01", **(scope or {})}, self.world).dump()
        self.sizes = [len(self.state)]

    def _definition(self) -> Definition:
        return Definition(self.files, self.process) if self.fresh else catalogue().definition(self.process)

    def run(self) -> Run:
        definition = self._definition()
        run = definition.load(self.state, self.world)
        assert definition.deaf(self.state, ()) == (not run.waits()), (
            "told without loading whether a message is waited for"
        )
        assert not any(definition.deaf(self.state, {message}) for message in run.starts())
        return run

    def move(self, step: Callable[[Run], Any]) -> Case:
        run = self.run()
        step(run)
        self.state = run.dump()
        self.sizes.append(len(self.state))
        return self

    def do(self, key: str, item: str | int | None = None, /, **values: Any) -> Case:
        """A person completes the task; `values` is what its form routes."""

        def step(run: Run) -> None:
            open_ = [t for t in run.open_tasks() if t.key == key and (item is None or str(t.item) == str(item))]
            assert open_, f"{key} {item or ''} is not open: {[t.key for t in run.open_tasks()]} {run.waits()}"
            run.complete(open_[0].id, values)

        return self.move(step)

    def hear(self, message: str, **values: Any) -> Case:
        """The fact becomes true and its message comes."""
        self.world.facts[message] = values or True
        return self.move(lambda run: run.message(message, values))

    def wait_until(self, key: str) -> Case:
        """The clock goes past the date of a waiting timer."""
        (due,) = [t.due for t in self.run().timers() if t.key == key]
        self.world.now = max(self.world.now, due + timedelta(seconds=1))
        return self.move(lambda run: run.tick())

    @property
    def at(self) -> list[str]:
        """What the case stands at: tasks by key, waits with ✉, timers with ⏱."""
        run = self.run()
        tasks = [t.key + (f":{t.item}" if t.item is not None else "") for t in run.open_tasks()]
        return sorted(tasks) + sorted(f"✉{w.message}" for w in run.waits()) + sorted(f"⏱{t.key}" for t in run.timers())

    @property
    def scope(self) -> dict[str, Any]:
        return self.run().scope

    @property
    def done(self) -> bool:
        return self.run().done
