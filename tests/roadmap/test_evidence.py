"""Files of cases: opened by whoever reads the case, as a download under its own name, where the case's papers are listed."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases import attached
from app.cases.models import Case
from app.files import Upload, attach
from app.files.models import StoredFile
from app.journal.models import Event
from app.people.actor import Actor
from tests.roadmap.conftest import School
from tests.roadmap.test_assignments import DONE
from tests.security.visitor import Visitor, site

NAME = "листы посещения «5–6 классы».pdf"
pytestmark = pytest.mark.req("OR-61", "OR-67", "OR-85")


@pytest.fixture
def running(school: School) -> School:
    """A programme in force whose first row has begun."""
    school.diagnose()
    case_id = school.open()
    school.do("roadmap_draft", school.draft())
    school.approve(case_id)
    school.now = datetime(2026, 12, 4, 9, tzinfo=UTC)
    school.settle()
    return school


def put(school: School, task: object, name: str, who: Actor) -> int:
    with school.system.db.write() as session:
        upload = Upload(name, b"%PDF-1.4 evidence")
        whose = {"case_id": task.case_id, "task_id": task.id, "person_id": who.person_id, "now": school.now}
        return attach(session, school.system.files, upload, **whose).id


def opened(app: Flask, actor: Actor, file_id: int) -> int:
    with Visitor(app, actor).get(f"/files/{file_id}") as answer:
        return answer.status_code


def test_evidence_is_given_to_who_reads_the_case_and_only_when_it_was_sent(running: School) -> None:
    app, actors = site(running.system), running.region.actors
    task = running.task("assignment_report")
    executor = running.holder(task)
    sent, dropped = put(running, task, NAME, executor), put(running, task, "черновик.pdf", executor)
    curator, auditor, elsewhere = actors["curator"], actors["auditor"], actors["expert"]
    assert opened(app, executor, sent) == 200, "who fills the form in looks at what is attached"
    assert opened(app, curator, sent) == opened(app, auditor, sent) == 404, "a draft is nobody else's"
    page = Visitor(app, executor).get(f"/tasks/{task.id}")
    assert page.status_code == 200
    running.send(task, {**DONE, "files": [sent]})
    with Visitor(app, curator).get(f"/files/{sent}") as answer:
        assert answer.status_code == 200 and answer.data == b"%PDF-1.4 evidence"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;") and NAME in unquote(disposition)
    assert answer.mimetype == "application/pdf" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert opened(app, executor, dropped) == 200 and opened(app, curator, dropped) == 404, "it was never sent"
    assert opened(app, elsewhere, sent) == 404 and opened(app, actors["administrator"], sent) == 403
    assert opened(app, curator, 10**9) == 404
    assert Visitor(app).get(f"/files/{sent}").status_code == 303
    assert opened(app, auditor, sent) == 200
    with running.system.db.read() as session:
        looks = session.scalars(sa.select(Event.body).where(Event.kind == "look")).all()
    assert any('"files.download"' in body and f'"file_id":{sent}' in body for body in looks), "an auditor's look"


def test_files_stand_where_the_work_is_shown(running: School) -> None:
    app, actors = site(running.system), running.region.actors
    task = running.task("assignment_report")
    executor = running.holder(task)
    sent, dropped = put(running, task, NAME, executor), put(running, task, "черновик.pdf", executor)
    running.send(task, {**DONE, "files": [sent]})
    with running.system.db.read() as session:
        programme = session.scalars(sa.select(Case.id).where(Case.kind == "roadmap")).one()
    curator, check = actors["curator"], running.task("assignment_check")
    for url in (
        f"/cases/{task.case_id}",
        f"/cases/{task.case_id}/files",
        f"/tasks/{check.id}",
        f"/programmes/{programme}",
    ):
        page = Visitor(app, curator).get(url)
        assert page.status_code == 200, url
        assert f'href="/files/{sent}"' in page.text and NAME in page.text, url
        assert f"/files/{dropped}" not in page.text, url
    assert Visitor(app, actors["administrator"]).get(f"/cases/{task.case_id}/files").status_code in (403, 404)


def test_a_file_gone_from_the_store_is_not_found_and_a_case_of_many_files_lists_the_newest(running: School) -> None:
    app, curator = site(running.system), running.region.actors["curator"]
    task = running.task("assignment_report")
    executor = running.holder(task)
    many = [put(running, task, f"лист {n}.pdf", executor) for n in range(15)]
    running.send(task, {**DONE, "files": many})
    page = Visitor(app, curator).get(f"/cases/{task.case_id}").text
    assert page.count('href="/files/') == 12 and "Все файлы (15)" in page
    assert Visitor(app, curator).get(f"/cases/{task.case_id}/files").text.count('href="/files/') == 15
    with running.system.db.read() as session:
        assert attached.of_case(session, task.case_id, 5)[1] == 15
        digest = session.scalars(sa.select(StoredFile.sha256).where(StoredFile.id == many[0])).one()
    running.system.files.path(digest).unlink()
    assert opened(app, curator, many[0]) == 404, "the row is there, the bytes are not"
