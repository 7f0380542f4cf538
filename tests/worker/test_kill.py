"""A worker killed by `kill -9` anywhere loses nothing, and repeats nothing that its receiver cannot recognise."""

from __future__ import annotations

import signal
import threading
from collections import defaultdict

import pytest
import sqlalchemy as sa

import reports
from app.cases.models import Task
from app.documents import renditions
from app.documents.models import Document, Edition, Rendition
from app.journal import verify
from app.journal.models import Event
from app.outbox.models import Message
from tests.people.world import NOW
from tests.worker.setting import messages, post
from tests.worker.test_relay import opened_round

PAUSE = 300  # seconds: longer than a lease, shorter than the third back-off


def test_killed_at_every_point_everything_arrives(db, db_url, system, region, folder, inbox, forks) -> None:
    round_id = opened_round(system, db, region)
    to = [f"{name}@place.example" for name in "abc"]
    post(db, "mail", "news", to=to, subject="Новости", text="Текст")
    points = [
        ("wake", "before"),
        ("wake", "commit"),
        ("mail", "commit"),
        ("mail", "after"),
        ("letter", "before"),
        ("letter", "after"),
        ("letter", "commit"),
    ]
    orders = {"url": db_url, "smtp": inbox.url, "folder": str(folder)}
    for number, point in enumerate(points):
        assert forks.run(**orders, kill=point, later=number * PAUSE) == signal.SIGKILL
    assert forks.run(**orders, later=len(points) * PAUSE) == 0

    assert messages(db, Message.done_at.is_(None)) == []
    ids = defaultdict(set)
    for letter in inbox.letters:
        ids[letter["To"]].add(letter["Message-ID"])
    assert sorted(ids) == to
    assert all(len(one) == 1 for one in ids.values())
    assert len(inbox.letters) > len(to)  # it was killed after sending: there are repetitions, and they are recognised
    with db.read() as session:
        assert session.scalars(sa.select(Task.key).where(Task.case_id == round_id)).all() == ["sum"]
        moved = sa.select(sa.func.count()).where(Event.kind == "message.delivered", Event.case_id == round_id)
        assert session.scalar(moved) == 1
        assert verify(session).intact


@pytest.fixture
def document(db, region, petition) -> int:
    """A document with a text."""
    with db.write() as session:
        row = Document(
            region=region.region.region,
            kind="social_passport",
            code="a1b2",
            case_id=petition,
            organisation_id=region.ids["ministry"],
            title="Социальный паспорт",
            edition=1,
            created_at=NOW,
        )
        session.add(row)
        session.flush()
        context = reports.samples("social_passport")["sample"]
        html = reports.html("social_passport", context)
        text = {"html": html, "context": context, "sha256": "0" * 64, "scopes": {}, "made_at": NOW}
        session.add(Edition(document_id=row.id, number=1, **text))
        return row.id


def test_a_pdf_rendered_twice_at_once_and_again_is_one_row(db, system, document) -> None:
    payload = {"document": document, "edition": 1, "purpose": "signed"}
    threads = [threading.Thread(target=renditions.deliver, args=(system, payload)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    renditions.deliver(system, payload)
    with db.read() as session:
        (row,) = session.scalars(sa.select(Rendition)).all()
        assert session.scalar(sa.select(sa.func.count()).where(Event.kind == "document.rendered")) == 1
    assert system.files.get(row.file_sha256).startswith(b"%PDF-")
