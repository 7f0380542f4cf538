"""The application's parts that a move needs, joined once a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import engine
from app.cases import holders, models
from app.cases.calendar import Calendar
from app.cases.handlers import Handlers
from app.db import Database, utcnow
from app.regions import Profile

if TYPE_CHECKING:
    from app.files import FileStore


@dataclass(frozen=True)
class System:
    """Database, published processes, regions, calendars and the rooms' handlers."""

    db: Database
    catalogue: engine.Catalogue
    handlers: Handlers
    profiles: Mapping[str, Profile]
    calendars: Mapping[str, Calendar]
    files: FileStore
    base_url: str = "http://127.0.0.1:8000"
    _published: set[str] = field(default_factory=set)
    _bodies: dict[tuple[str, str], int] = field(default_factory=dict)
    remembered: dict[Any, Any] = field(default_factory=dict)
    """What rooms have computed of many rows, by keys that name the state of those rows."""

    def body(self, session: Session, region: str, kind: str) -> int | None:
        """The region's organisation of a kind. The first one stays the first: it is asked for once a process."""
        known = self._bodies.get((region, kind))
        if known is None:
            known = holders.body_of(session, region, kind)
            if known is not None:
                self._bodies[region, kind] = known
        return known

    def profile(self, region: str) -> Profile:
        """The newest profile of a region."""
        return self.profiles[region]

    def calendar(self, region: str) -> Calendar:
        return self.calendars[region]

    def newest(self, session: Session, process: str) -> engine.Definition:
        """The newest version of a process, recorded in the database before the first case is pinned to it."""
        definition = self.catalogue.definition(process)
        if definition.hash not in self._published:
            if session.get(models.Definition, definition.hash) is None:
                files = {name: data.decode() for name, data in definition.files.items()}
                row = {"hash": definition.hash, "process": process, "files": files, "published_at": utcnow()}
                session.execute(sa.insert(models.Definition).values(**row))
            self._published.add(definition.hash)
        return definition

    def pinned(self, session: Session, case: models.Case) -> engine.Definition:
        """The version a case runs on; the process may have been redrawn or taken away since."""
        if case.kind in self.catalogue.processes():
            newest = self.catalogue.definition(case.kind)
            if newest.hash == case.definition:
                return newest
        row = session.get_one(models.Definition, case.definition)
        return self.catalogue.from_files({name: text.encode() for name, text in row.files.items()}, case.kind)

    @cached_property
    def lanes(self) -> frozenset[str]:
        """Every lane text, `a|b` included, of the newest diagrams and of tasks that older ones left open: what a work list
        looks for. Diagrams change with a start of the process, so it is asked once.
        """
        drawn = {
            card.role or ""
            for process in self.catalogue.processes()
            for card in self.catalogue.definition(process).tasks.values()
        }
        shared = sa.select(models.Task.role).where(models.Task.role.contains("|")).distinct()
        with self.db.read() as session:
            return frozenset(drawn | set(session.scalars(shared)))


WORKFLOWS = Path(__file__).resolve().parent.parent.parent / "workflows"
