"""One process dies at a point, a fresh one ends the work: what stands then is compared with what nobody disturbed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import app
import forms
import reports
from app.db import by_clock
from tests.campaign.conftest import NOW
from tests.faults import deeds, dumps
from tests.faults.deeds import Deed
from tests.faults.desk import Desk
from tests.faults.forks import Nursery, forked
from tests.faults.grounds import Ground
from tests.faults.points import Passed, Points
from tests.faults.sink import Sink
from tests.small import system_at

LATER = timedelta(minutes=3)
"""When the work is taken up again: after the lease of the dead worker."""


@dataclass
class Calm:
    """A deed that nobody disturbed: its points in order, the tables it writes, what stands in them, the letters taken."""

    points: list[str]
    tables: set[str]
    dump: dumps.Dump
    letters: Counter[Any]


@dataclass
class Outcome:
    """Of one deed: points that were killed at (number → what), states that were left, what went wrong."""

    deed: Deed
    calm: Calm
    killed: dict[int, str] = field(default_factory=dict)
    states: int = 0
    repeated: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def draw_by(seed: int) -> None:
    """From here on this process draws the same numbers each time: a point is passed in the same state at each try."""
    drawn = random.Random(seed)
    os.urandom = random._urandom = drawn.randbytes  # type: ignore[attr-defined]


def import_everything() -> None:
    """What is imported when it is first needed, now: once instead of in each child."""
    for package in (app, forms, reports):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


class Harness:
    """The parent only forks: whatever opens a connection or starts a thread is done by its children."""

    def __init__(self, ground: Ground, sink: Sink) -> None:
        self.ground, self.sink = ground, sink
        import_everything()
        self.system = system_at(ground.url, ground.files)
        for catalogue in (self.system.catalogue, deeds.newer_diagrams()):
            for process in catalogue.processes():
                catalogue.definition(process)
        self._at = ""

    def prepare(self) -> None:
        """Walk once and keep every stage."""
        status, _ = forked(self._prepare)
        assert status == 0, "the walk to the stages failed"

    def _prepare(self) -> None:
        def save(stage: str) -> None:
            self.ground.settle(self.system.db)
            self.system.db.dispose()
            self.ground.save(stage)

        with by_clock(lambda: NOW):
            deeds.walk(Desk(self.system, NOW, "", Points(), pdf=False), save)

    def _desk(self, points: Points, later: timedelta = timedelta()) -> Desk:
        return Desk(self.system, NOW + later, self.sink.url, points)

    def calm(self, deed: Deed) -> Calm:
        """The deed and its end without a death."""
        self._begin(deed)
        status, began = forked(lambda: self._act(deed, Points()))
        assert status == 0, f"{deed.name} fails undisturbed"
        status, ended = forked(lambda: self._end(deed, None, {}))
        assert status == 0 and not ended["faults"], f"{deed.name} undisturbed: {ended}"
        status, dump = forked(lambda: self._dumped(began.tables | ended["tables"]))
        assert status == 0
        self._at = ""
        return Calm(began.points, began.tables | ended["tables"], dump, Counter(self.sink.letters()))

    def _begin(self, deed: Deed) -> None:
        if self._at != deed.stage:
            self.ground.restore(deed.stage)
        self._at = ""
        self.sink.empty()

    def try_points(self, deed: Deed, wanted: Callable[[Sequence[str]], Iterable[int]]) -> Outcome:
        """Kill at each wanted point of the deed and see what becomes of it."""
        began, calm = time.monotonic(), self.calm(deed)
        outcome, known = Outcome(deed, calm), {self._first_state(deed, calm): False}
        self._begin(deed)
        with Nursery(lambda: self._warm(deed), lambda number: self._act(deed, Points(number))) as nursery:
            for number in wanted(calm.points):
                outcome.killed[number] = calm.points[number - 1]
                found = self._try(deed, nursery, number, calm, known)
                outcome.faults += [
                    f"{deed.name} {number} ({outcome.killed[number]}): {said}" for said in found["faults"]
                ]
                outcome.states += not found.get("seen", False)
                outcome.repeated += found.get("repeated", 0)
        outcome.seconds = time.monotonic() - began
        return outcome

    def _first_state(self, deed: Deed, calm: Calm) -> str:
        self._begin(deed)
        self._at = deed.stage
        status, state = forked(lambda: self._state(calm))
        assert status == 0
        return state

    def _try(self, deed: Deed, nursery: Nursery, number: int, calm: Calm, known: dict[str, bool]) -> dict[str, Any]:
        """`known`: states that were left before → whether their work was ended from there."""
        self._begin(deed)
        status = nursery.die(number)
        if status != signal.SIGKILL:
            return {"faults": [f"it was not killed there: {status}"]}
        status, found = forked(lambda: self._end(deed, calm, known))
        if status:
            return {"faults": ["the work could not be ended, see above"]}
        if found["seen"]:
            self._at = deed.stage if found["state"] == next(iter(known)) else ""
        else:
            known[found["state"]] = True
        return found

    # in the children -------------------------------------------------------------------------------------------------

    def _warm(self, deed: Deed) -> None:
        """The deed done by the process that others are forked from; what it knows of this ground is forgotten again."""
        with by_clock(lambda: NOW):
            desk = self._desk(Points())
            deed.act(desk)
            desk.settle()
        self.system.db.dispose()
        self.system._published.clear()

    def _act(self, deed: Deed, points: Points) -> Passed:
        draw_by(1)
        points.watch(self.system.db, self.ground.files)
        with by_clock(lambda: NOW):
            desk = self._desk(points)
            deed.act(desk)
            desk.settle()
        return points.told()

    def _state(self, calm: Calm) -> str:
        with self.system.db.read() as session:
            return dumps.fingerprint(session, calm.tables, sorted(self.sink.letters()))

    def _dumped(self, tables: set[str]) -> dumps.Dump:
        with self.system.db.read() as session:
            return dumps.dump(session, self.system, tables)

    def _end(self, deed: Deed, calm: Calm | None, known: dict[str, bool]) -> dict[str, Any]:
        """What stands after the death; then the work is ended, unless it was ended from the same state before."""
        self.ground.settle(self.system.db)
        state = self._state(calm) if calm else ""
        if known.get(state):
            return {"seen": True, "state": state, "faults": []}
        with self.system.db.read() as session:
            faults = [f"left behind: {said}" for said in dumps.broken(session, self.system)]
        draw_by(2)
        points = Points().watch(self.system.db, self.ground.files)
        with by_clock(lambda: NOW + LATER):
            desk = self._desk(points, LATER)
            deed.act(desk)
            desk.settle()
        with self.system.db.read() as session:
            faults += [*dumps.broken(session, self.system), *dumps.unfinished(session)]
        told = {"seen": False, "state": state, "tables": points.tables, "faults": faults}
        return told if calm is None else {**told, **self._compare(calm, points.tables, faults)}

    def _compare(self, calm: Calm, tables: set[str], faults: list[str]) -> dict[str, Any]:
        faults += dumps.differences(calm.dump, self._dumped(calm.tables))
        faults += [f"{name} is written only after a death" for name in sorted(tables - calm.tables)]
        letters = Counter(self.sink.letters())
        faults += [f"a letter is lost: {letter}" for letter in calm.letters.keys() - letters.keys()]
        faults += [f"a letter too much: {letter}" for letter in letters.keys() - calm.letters.keys()]
        return {"faults": faults, "repeated": letters.total() - len(letters)}
