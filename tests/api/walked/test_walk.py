"""A campaign walked through the interface up to a signed list: forms, signatures, documents, their PDF."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from app.documents import renditions
from app.documents.models import Document
from app.outbox.models import Message
from app.people.throttle import PER_ACCOUNT
from app.schools.models import School
from tests.api.test_contract import prefilled, refused
from tests.api.walked.conftest import PASSWORD
from tests.campaign.test_campaign import approve, sign_on_paper, to_the_order

pytestmark = pytest.mark.req("OR-74", "OR-03")
STEPS = {
    "campaign_plan": {},
    "campaign_import": {},
    "campaign_quality": {"data_state": "ok"},
    "campaign_run": {"run_state": "ok", "small_sample_note": "Учтено: выборки малы, выводы подтверждены."},
}


def complete(client, task: dict, answers: dict, **more):
    given = {**prefilled(task), **answers}
    return client.post(f"/tasks/{task['id']}/complete", {"answers": given, **more}, If_Match=f'"{task["version"]}"')


@pytest.fixture
def signing(walker, person):
    """The client of who signs the preliminary list, and the task as it is shown to him."""
    for form, answers in STEPS.items():
        task = walker.task(form)
        client = person(walker.holder(task).person_id)
        done = complete(client, client.get(f"/tasks/{task.id}").json, answers)
        assert done.status_code == 200, done.text
        walker.settle()
    task = walker.task("campaign_preliminary")
    client = person(walker.holder(task).person_id)
    return client, client.get(f"/tasks/{task.id}").json


def test_a_list_is_signed_with_the_password_over_what_was_shown(walker, signing, system, app) -> None:
    client, task = signing
    assert len(task["shown"]) == 64 and task["facts"]
    refused(complete(client, task, {"outcome": "sign"}), 422, "refused")
    wrong = {"password": "не тот пароль", "shown": task["shown"]}
    refused(complete(client, task, {"outcome": "sign"}, proof=wrong), 403, "not_allowed")
    other = {"password": PASSWORD, "shown": "0" * 64}
    refused(complete(client, task, {"outcome": "sign"}, proof=other), 409, "stale_case")
    done = complete(client, task, {"outcome": "sign"}, proof={"password": PASSWORD, "shown": task["shown"]})
    assert done.status_code == 200, done.text
    assert done.json["version"] > task["version"]


def test_a_registered_order_is_told_of_and_verified(walker, person, system, app) -> None:
    to_the_order(walker)
    walker.do("act_draft", {"outcome": "send"})
    approve(walker)
    sign_on_paper(walker)
    walker.do("act_register")
    with system.db.read() as session:
        order = session.scalars(sa.select(Document).where(Document.kind == "list_act")).one()
        letters = session.scalars(sa.select(Message).where(Message.topic == "render")).all()
    for letter in letters:
        renditions.deliver(system, letter.payload)
    client = person(walker.holder(walker.task("act_publish")).person_id)
    told = client.get(f"/documents/{order.id}").json
    assert (told["state"], told["number"], told["case"]["kind"]) == ("registered", order.number, "act")
    assert told["signatures"][0]["person"]
    pdf = client.get(f"/documents/{order.id}.pdf")
    assert pdf.mimetype == "application/pdf" and pdf.data.startswith(b"%PDF-")
    assert told["pdf_sha256"] == hashlib.sha256(pdf.data).hexdigest()
    nobody = app.test_client()
    verified = nobody.get(f"/api/v1/verify/{told['pdf_sha256']}")
    assert (verified.status_code, verified.json["result"]) == (200, "genuine")
    assert verified.json["number"] == order.number
    assert nobody.get(f"/api/v1/verify/{told['code']}").json["result"] == "known"
    refused(nobody.get("/api/v1/verify/" + "0" * 64), 404, "not_found")


def test_guessing_the_password_of_a_signature_is_slowed_down(signing) -> None:
    client, task = signing
    wrong = {"password": "не тот пароль", "shown": task["shown"]}
    for _ in range(PER_ACCOUNT):
        refused(complete(client, task, {"outcome": "sign"}, proof=wrong), 403, "not_allowed")
    answer = complete(client, task, {"outcome": "sign"}, proof={"password": PASSWORD, "shown": task["shown"]})
    refused(answer, 429, "too_many")
    assert int(answer.headers["Retry-After"]) > 0


def test_documents_of_another_place_are_not_found(walker, signing, person, system) -> None:
    with system.db.read() as session:
        document = session.scalars(sa.select(Document.id)).first()
        stranger = session.scalars(sa.select(School.id)).first()
    client = person(walker.actor_of(stranger, "school_head").person_id)
    refused(client.get(f"/documents/{document}"), 404, "not_found")
    refused(client.get(f"/documents/{document}.pdf"), 404, "not_found")
