"""The papers of the played years as files: every order of the region, and of each other kind the first ones of a year."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.cases.system import System
from app.demo.years.beside import Beside
from app.documents import renditions
from app.documents.models import Document

SAMPLES = 1  # of a kind in a year; the others are drawn when somebody asks for them
ALWAYS = ("list_act",)


class Papers:
    """What the cases ask to be drawn: gathered in the course of a year, drawn at its end, written to `out` at the last."""

    def __init__(self, system: System, out: Path) -> None:
        self.system, self.out = system, out
        self._asked: dict[int, dict[str, Any]] = {}
        self._chosen: dict[int, dict[str, Any]] = {}
        self._of_year: Counter[tuple[str, int]] = Counter()
        self._drawing: list[Future[None]] = []

    def ask(self, paper: Mapping[str, Any]) -> None:
        """A message of the topic `render`; the newest of a document counts."""
        self._asked[paper["document"]] = dict(paper)

    def draw(self, beside: Beside, now: datetime) -> None:
        """Begin to draw what was asked for since; a document chosen before is drawn anew."""
        asked, self._asked = self._asked, {}
        with self.system.db.read() as session:
            wanted = sa.select(Document.id, Document.kind, Document.day).where(Document.id.in_(asked))
            for key, kind, day in session.execute(wanted.order_by(Document.id)):
                if key in self._chosen or self._choose(kind, day):
                    self._chosen[key] = asked[key]
                    self._drawing.append(beside.draw(asked[key], now))

    def _choose(self, kind: str, day: date | None) -> bool:
        year = (kind, day.year if day else 0)
        self._of_year[year] += 1
        return kind in ALWAYS or self._of_year[year] <= SAMPLES

    def write(self) -> dict[str, int]:
        """Wait until all are drawn and write them; returns how many PDF files of each kind."""
        self.out.mkdir(parents=True, exist_ok=True)
        for drawing in self._drawing:
            drawing.result()
        written: Counter[str] = Counter()
        with self.system.db.read() as session:
            for key, paper in sorted(self._chosen.items()):
                document = session.get_one(Document, key)
                made = renditions.newest(session, key, paper["purpose"])
                if made is not None:
                    name = f"{document.day or 'без-даты'}_{(document.number or str(key)).replace('/', '-')}.pdf"
                    target = self.out / document.kind / name
                    target.parent.mkdir(exist_ok=True)
                    shutil.copyfile(self.system.files.path(made.file_sha256), target)
                    written[document.kind] += 1
        return dict(written)
