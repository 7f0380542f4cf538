"""Who acts on a ground: people at their tasks and the product's own worker, by a clock that is set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.cases.models import Task
from app.cases.system import System
from app.documents import renditions
from app.files import Upload, attach
from app.files.models import StoredFile
from app.worker.mail import Postman
from app.worker.relay import Taken
from tests.campaign.walk import Walker
from tests.faults.points import MortalWorker, Points

SCAN = b"%PDF-1.4 scan of the signed order"


class Desk(Walker):
    """A walker whose letters go to a real server, whose PDFs are made, and whose deeds may end at a point."""

    def __init__(self, system: System, now: datetime, smtp: str, points: Points, *, pdf: bool = True) -> None:
        super().__init__(system, now)
        self.smtp, self.points, self.pdf = smtp, points, pdf

    def settle(self) -> None:
        topics = {"render": self._render}
        worker = MortalWorker(self.system, Postman(self.smtp, "opora@region.example"), topics, clock=lambda: self.now)
        worker.points = self.points
        worker.drain()

    def _render(self, message: Taken) -> None:
        if self.pdf:
            renditions.deliver(self.system, message.payload)

    def tasks(self, **where: Any) -> list[Task]:
        """In an order that does not hang on ids drawn at random."""
        return sorted(super().tasks(**where), key=lambda task: (task.case_id, task.key, task.item or ""))

    def once(self, form: str, answers: Mapping[str, Any] | None = None, **where: Any) -> None:
        """Send a form if it is still to be sent: what somebody does who does not know what became of his last try."""
        for task in self.tasks(form=form, **where)[:1]:
            self.send(task, answers)

    def scan(self, task: Task) -> int:
        """The id of a scan attached to a task; one attached before is taken, as the page offers it."""
        with self.system.db.read() as session:
            mine = sa.select(StoredFile.id).where(StoredFile.task_id == task.id, StoredFile.sent_at.is_(None))
            known = session.scalar(mine.order_by(StoredFile.id).limit(1))
        if known is not None:
            return known
        who = {"case_id": task.case_id, "task_id": task.id, "person_id": self.holder(task).person_id}
        with self.system.db.write() as session:
            return attach(session, self.system.files, Upload("скан приказа.pdf", SCAN), **who, now=self.now).id
