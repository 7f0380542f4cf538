"""Beside the played days: other processes fill forms in as they stood in the morning, and print papers.

The days are one process, so that what it commits stands in one order and is the same at every play. What only reads,
and what is only drawn, is done here meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from sqlalchemy.orm import Session

from app.cases.models import Task
from app.cases.system import System
from app.db import by_clock
from app.demo.years.answering import Sheet, fill_in
from app.demo.years.filling import Unanswered
from app.documents import renditions
from app.errors import DomainError
from app.people.actor import Actor

FEW = 3  # so few forms are filled in sooner than asked for
CHUNK = 4
NICE = 10  # papers are drawn when the days leave room for it


@dataclass(frozen=True)
class Asked:
    """A task, those before whom it lies, and the moment at which one of them answers."""

    task: str
    holders: Sequence[Actor]
    now: datetime


class Beside:
    """The other processes; `close` waits for what they have in hand."""

    def __init__(self, system: System) -> None:
        fork = get_context("fork")  # they begin with everything that is loaded here
        self._reader = ProcessPoolExecutor(1, fork, _begin, (system, 0))
        self._printer = ProcessPoolExecutor(1, fork, _begin, (system, NICE))
        for pool in (self._reader, self._printer):
            pool.submit(os.getpid).result()

    def fill(self, asked: Sequence[Asked]) -> Iterable[Sheet | None]:
        """To every task in order, as soon as it is there, all by one snapshot of the database. None: not answered so."""
        if len(asked) <= FEW:
            return [None] * len(asked)
        self._reader.submit(_open).result()
        found = self._reader.map(_fill, asked, chunksize=CHUNK)
        self._reader.submit(_shut)
        return found

    def draw(self, paper: Mapping[str, Any], now: datetime) -> Future[None]:
        """The PDF of a document, as a worker would make it at that moment."""
        return self._printer.submit(_draw, dict(paper), now)

    def close(self) -> None:
        for pool in (self._reader, self._printer):
            pool.shutdown(cancel_futures=True)


# in the other process ------------------------------------------------------------------------------------------------


class _Child:
    system: System
    session: Session
    open: ExitStack | None = None


def _begin(system: System, nice: int) -> None:
    for engine in system.db.engines:
        engine.dispose(close=False)  # the connections belong to the parent
    os.nice(nice)
    _Child.system = system


def _open() -> None:
    _shut()
    _Child.open = ExitStack()
    _Child.session = _Child.open.enter_context(_Child.system.db.snapshot())


def _shut() -> None:
    if _Child.open is not None:
        _Child.open.close()
        _Child.open = None


def _fill(asked: Asked) -> Sheet | None:
    task = _Child.session.get(Task, asked.task)
    if task is None:
        return None
    for actor in asked.holders:
        try:
            with by_clock(lambda: asked.now):
                return fill_in(_Child.session, _Child.system, task, actor, asked.now)
        except (DomainError, Unanswered):
            continue
    return None


def _draw(paper: Mapping[str, Any], now: datetime) -> None:
    with by_clock(lambda: now):
        renditions.deliver(_Child.system, paper)
