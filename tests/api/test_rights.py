"""Rights and territory as on the pages: what may not be known is not found, and every view says who may open it."""

from __future__ import annotations

import pytest

from app.access import PUBLIC, demand_of
from app.api.parts import contract
from app.people import policy
from tests.api.test_contract import refused

pytestmark = pytest.mark.req("OR-03")
STRANGERS = ("school_head", "municipal_authority", "teacher", "curator", "partner")


@pytest.fixture
def one(operator, campaign) -> dict[str, str]:
    """Paths of a campaign's case and task, as the operator sees them."""
    return {"case": f"/cases/{campaign['id']}", "task": f"/tasks/{campaign['tasks'][0]['id']}"}


def test_every_view_names_an_action_of_the_policy() -> None:
    for endpoint in contract.endpoints:
        demand = demand_of(endpoint.view)
        assert demand == PUBLIC or demand in policy.ACTIONS, endpoint.path


@pytest.mark.parametrize("role", STRANGERS)
def test_a_stranger_finds_nothing(client, one, role) -> None:
    stranger = client(role)
    for path in (one["case"], one["case"] + "/journal", one["case"] + "/diagram", one["task"]):
        refused(stranger.get(path), 404, "not_found")
    changes = {"claim": None, "unclaim": None, "assign": {"position": 1}, "complete": {"answers": {}}}
    for name, body in changes.items():
        refused(stranger.post(f"{one['task']}/{name}", body), 404, "not_found")
    assert stranger.get("/cases").json["items"] == stranger.get("/tasks").json["items"] == []


def test_a_foreign_case_looks_like_one_that_does_not_exist(client, one) -> None:
    stranger = client("school_head")
    assert stranger.get(one["case"]).json == stranger.get("/cases/987654").json
    assert stranger.get(one["task"]).json == stranger.get("/tasks/" + "0" * 32).json


def test_who_reads_the_case_does_not_do_its_tasks(client, one) -> None:
    reader = client("ministry")
    assert reader.get(one["case"]).status_code == 200
    refused(reader.post(one["task"] + "/complete", {"answers": {}}), 403, "not_allowed")
    auditor = client("auditor")
    assert auditor.get(one["task"]).status_code == 200
    refused(auditor.post(one["task"] + "/complete", {"answers": {}}), 403, "not_allowed")
    refused(client("administrator").get("/cases"), 403, "not_allowed")


def test_a_role_opens_only_its_own_kinds_in_its_own_place(client, campaign, region) -> None:
    wish = {"process": "campaign", "subject": region.ids["region"], "data": {}}
    refused(client("ministry").post("/cases", wish), 403, "not_allowed")
    objection = {"process": "objection", "data": {"campaign": campaign["id"]}}
    head = client("school_head")
    refused(head.post("/cases", {**objection, "subject": region.ids["school_b"]}), 404, "not_found")
    refused(head.post("/cases", {**objection, "subject": region.ids["near"]}), 404, "not_found")
    refused(head.post("/cases", {**objection, "data": {"campaign": 999}, "subject": "101001"}), 404, "not_found")
    refused(client("auditor").post("/cases", wish), 403, "not_allowed")


def test_tables_are_loaded_by_the_operator_only(client) -> None:
    for role in ("ministry", "school_head", "municipal_authority"):
        refused(client(role).send("/imports/results", {}), 403, "not_allowed")


def test_a_look_of_the_auditor_is_written_down(client, operator, one, campaign) -> None:
    client("auditor").get(one["case"])
    from app.access import access

    with operator.client.application.app_context(), access().db.read() as session:
        from app.journal.models import Event

        looks = session.query(Event).filter(Event.kind == "look").all()
    assert len(looks) == 1 and '"page":"api.show_case"' in looks[0].body
