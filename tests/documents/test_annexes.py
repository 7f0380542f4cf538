"""Annexes of an act that are files: printed with what binds them to the signed text, opened by readers of the act."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

import reports
from app.cases import attached
from app.documents.models import Document, Edition
from app.files import Upload, attach
from app.files.models import StoredFile
from tests.campaign.walk import Walker
from tests.security.visitor import Visitor, site

from .places import Places

pytestmark = pytest.mark.req("OR-02", "OM-06", "OR-61")


@pytest.fixture
def places(walker: Walker, region_code: str) -> Places:
    return Places(walker, region_code)


def put(places: Places, case: int, name: str, content: bytes) -> int:
    with places.walker.system.db.write() as session:
        person = places.head(places.school).person_id
        whose = {"case_id": case, "task_id": None, "person_id": person, "now": places.walker.now}
        return attach(session, places.walker.system.files, Upload(name, content), **whose).id


def test_a_file_is_named_with_its_print_and_opened_by_who_reads_the_act(places: Places) -> None:
    case = places.open("working_group_order", places.school)
    plan = put(places, case, "План работы.pdf", b"%PDF-1.4 plan")
    spare = put(places, case, "Лишнее.pdf", b"%PDF-1.4 spare")
    places.draft(case, {"annexes": [plan, spare], "no_pupil_data": True})
    with places.walker.system.db.read() as session:
        document = session.scalars(sa.select(Document).where(Document.case_id == case)).one()
        assert [row.id for row in attached.annexes_of(session, document.id)] == [plan, spare]
    places.walker.do(
        "act_sign", {"outcome": "return", "remarks": [{"text": "Лишний файл", "weight": "must"}]}, case_id=case
    )
    places.draft(case, {"annexes": [plan], "no_pupil_data": True})
    with places.walker.system.db.read() as session:
        assert [row.id for row in attached.annexes_of(session, document.id)] == [plan], "the last draft counts"
        edition = session.scalars(
            sa.select(Edition).where(Edition.document_id == document.id).order_by(Edition.number.desc())
        ).first()
        size = session.get_one(StoredFile, plan).size
    digest = hashlib.sha256(b"%PDF-1.4 plan").hexdigest()
    assert edition.context["files"] == [{"name": "План работы.pdf", "size": size, "sha256": digest}]
    text = places.text(case)
    assert (
        "План работы.pdf" in text
        and "Лишнее.pdf" not in text
        and " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in text
    )
    swapped = {**edition.context, "files": [{**edition.context["files"][0], "sha256": "0" * 64}]}
    assert reports.scopes("order", swapped)["text"] != edition.scopes["text"], "another file is another text"
    app = site(places.walker.system)
    head = Visitor(app, places.head(places.school))
    page = head.get(f"/documents/{document.id}").text
    assert f'href="/files/{plan}"' in page and f'href="/files/{spare}"' not in page
    with head.get(f"/files/{plan}") as answer:
        assert answer.status_code == 200 and answer.data == b"%PDF-1.4 plan"
    stranger = Visitor(app, places.head(places.lone))
    assert stranger.get(f"/documents/{document.id}").status_code == 404 == stranger.get(f"/files/{plan}").status_code


def test_the_kinds_of_an_act_are_those_of_its_level(places: Places) -> None:
    profile = places.walker.system.profile(places.region)
    for kind, subject, level in (
        ("working_group_order", places.school, "school"),
        ("municipal_act", places.municipality, "municipality"),
        ("ministry_act", places.kinds["region"], "region"),
    ):
        case = places.open(kind, subject)
        task = places.walker.task("act_draft", case_id=case)
        form = places.walker.form(task, places.walker.holder(task))
        assert tuple(form.context["choices"]["act_kind"]) == profile.act_levels[level], kind
        assert form.act_kind.data in profile.act_levels[level], "what is filled in fits"
        foreign = next(code for code in profile.act_kinds if code not in profile.act_levels[level])
        wrong = places.walker.form(task, places.walker.holder(task), {"act_kind": foreign})
        assert not wrong.validate() and "act_kind" in wrong.errors
