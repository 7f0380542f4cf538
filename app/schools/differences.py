"""What an import of the registry found and no reorganisation explains: kept until it is settled, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.calendar import Calendar
from app.schools.models import RegistryDifference

OWN_DAYS = 5
"""Working days the founder has to register his act; then the operator does it from the difference (reorganisation)."""


@dataclass
class Differences:
    """Gathers what one file says otherwise; `write` keeps what is new and settles what the file no longer says."""

    region: str
    file: str
    now: datetime
    found: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)

    def note(self, school_id: int, kind: str, before: object, after: object = "") -> None:
        self.found.setdefault((school_id, kind), (str(before or "")[:1024], str(after or "")[:1024]))

    def write(self, session: Session, present: Iterable[int]) -> int:
        """`present`: schools of the file: of those that were missing some may be back. Returns how many are new."""
        standing = sa.select(RegistryDifference).where(
            RegistryDifference.region == self.region, RegistryDifference.settled_at.is_(None)
        )
        here, known = set(present), {}
        for row in session.scalars(standing):
            if row.kind == "missing" and row.school_id in here:
                row.settled_at = self.now
            else:
                known[row.school_id, row.kind] = row
        new = 0
        for (school_id, kind), (before, after) in self.found.items():
            if (standing_row := known.get((school_id, kind))) is not None:
                standing_row.after = after or standing_row.after
                continue
            values = {"region": self.region, "school_id": school_id, "kind": kind, "before": before, "after": after}
            session.add(RegistryDifference(**values, file=self.file[:255], found_at=self.now))
            new += 1
        session.flush()
        return new


def stale(row: RegistryDifference, calendar: Calendar, today: date) -> bool:
    """Did the founder's days pass without a registration?"""
    return row.case_id is None and calendar.working_between(calendar.local(row.found_at), today) > OWN_DAYS
