"""The papers of the played years as files: every order of the region, and of each other kind the first ones of a year."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.cases.system import System
from app.documents import renditions
from app.documents.models import Document

SAMPLES = 1  # of a kind in a year; the others are drawn when somebody asks for them
ALWAYS = ("list_act",)


def write_papers(system: System, asked: Iterable[Mapping[str, Any]], out: Path) -> dict[str, int]:
    """PDF files by kind; how many of each were written. Nothing is drawn twice."""
    out.mkdir(parents=True, exist_ok=True)
    written: Counter[str] = Counter()
    newest = {paper["document"]: paper for paper in asked}
    with system.db.read() as session:
        rows = session.execute(
            sa.select(Document.id, Document.kind, Document.day, Document.number)
            .where(Document.id.in_(newest))
            .order_by(Document.id)
        ).all()
    seen: Counter[tuple[str, int]] = Counter()
    for key, kind, day, number in rows:
        year = day.year if day else 0
        seen[kind, year] += 1
        if kind not in ALWAYS and seen[kind, year] > SAMPLES:
            continue
        renditions.deliver(system, newest[key])
        with system.db.read() as session:
            made = renditions.newest(session, key, newest[key]["purpose"])
        if made is None:
            continue
        name = f"{day.isoformat() if day else 'без-даты'}_{(number or str(key)).replace('/', '-')}.pdf"
        target = out / kind / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(system.files.path(made.file_sha256), target)
        written[kind] += 1
    return dict(written)
