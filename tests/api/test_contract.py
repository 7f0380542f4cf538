"""Each endpoint over a campaign that was just opened: what goes in, what comes out, in which words it refuses."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from app.api.problems import MEDIA
from app.cases.models import Answer, Case
from app.people.models import Organisation

pytestmark = pytest.mark.req("OR-74")


def first_task(operator, campaign) -> dict:
    return operator.get("/tasks/" + campaign["tasks"][0]["id"]).json


def prefilled(task: dict) -> dict:
    return {one["name"]: one["value"] for one in task["fields"]}


def refused(answer, status: int, code: str) -> dict:
    assert (answer.status_code, answer.mimetype) == (status, MEDIA), answer.text
    assert answer.json["code"] == code and answer.json["status"] == status
    assert answer.json["detail"].endswith(".")
    return answer.json


def test_processes_say_who_may_open_them(client) -> None:
    items = {one["key"]: one for one in client("regional_operator").get("/processes").json["items"]}
    assert items["campaign"]["may_open"] and not items["act"]["may_open"]
    assert len(items["campaign"]["version"]) == 64
    assert not any(one["may_open"] for one in client("auditor").get("/processes").json["items"])


def test_a_case_is_opened_found_and_read(operator, campaign, region) -> None:
    assert campaign["state"] == "open" and campaign["subject"]["id"] == region.ids["region"]
    assert operator.get(f"/cases/{campaign['id']}").json == campaign
    for query in ("", "?kind=campaign&state=open", "?q=кампания", "?q=КАМПАНИЯ", f"?stage={campaign['stage']}"):
        assert [one["id"] for one in operator.get("/cases" + query).json["items"]] == [campaign["id"]], query
    for query in ("?kind=act", "?state=done", "?q=нет%25такого", f"?cursor={campaign['id']}"):
        assert operator.get("/cases" + query).json == {"items": [], "next": None}, query


def test_pages_follow_one_another_without_gaps(operator, campaign, db) -> None:
    with db.write() as session:
        row = session.execute(sa.select(Case.__table__)).mappings().one()
        more = [{**row, "id": number, "once_key": None} for number in range(100, 220)]
        session.execute(sa.insert(Case.__table__), more)
    seen, cursor = [], ""
    while cursor is not None:
        page = operator.get(f"/cases?cursor={cursor}").json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert seen == [*range(219, 99, -1), campaign["id"]]


def test_a_subject_is_named_by_id_or_by_code(operator, campaign, region) -> None:
    again = {"process": "campaign", "subject": region.region.code, "data": {"school_year": campaign["school_year"]}}
    refused(operator.post("/cases", again), 409, "conflict")
    other = {**again, "data": {"school_year": campaign["school_year"] + 1}}
    answer = operator.post("/cases", other)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/cases/{answer.json['id']}"
    refused(operator.post("/cases", {**other, "subject": "nowhere"}), 404, "not_found")
    school = {"process": "clarification", "subject": "101001", "data": {"campaign": campaign["id"]}}
    made = operator.post("/cases", school)
    assert made.status_code == 201 and made.json["school_year"] == campaign["school_year"]


def test_a_closed_organisation_gets_no_new_case_and_a_question_without_an_answer_is_named(
    operator, client, campaign, region, db
) -> None:
    centre, wish = client("pd_center"), {"process": "teacher_route", "subject": "101001"}
    faults = refused(centre.post("/cases", {**wish, "data": {"teacher": "nobody"}}), 422, "invalid")["errors"]
    assert faults and all(one["field"].startswith("data.") and "Подходят" in one["text"] for one in faults)
    with db.write() as session:
        session.get_one(Organisation, region.ids["school_a"]).valid_to = date(2020, 1, 1)
    school = {"process": "clarification", "subject": "101001", "data": {"campaign": campaign["id"]}}
    assert "закрыта" in operator.post("/cases", school).json["detail"]


def test_the_journal_shows_data_to_who_reads_the_journal(operator, client, campaign) -> None:
    events = operator.get(f"/cases/{campaign['id']}/journal").json
    assert {one["kind"] for one in events["items"]} == {"case.opened", "task.opened"}
    assert all(one["data"] is not None and len(one["hash"]) == 64 for one in events["items"])
    seqs = [one["seq"] for one in events["items"]]
    assert seqs == sorted(seqs, reverse=True)
    less = operator.get(f"/cases/{campaign['id']}/journal?cursor={seqs[0]}").json
    assert [one["seq"] for one in less["items"]] == seqs[1:]
    shown = client("legal").get(f"/cases/{campaign['id']}/journal").json["items"]
    assert [(one["kind"], one["title"], one["data"]) for one in shown] == [("case.opened", "Дело открыто", None)]


def test_the_diagram_comes_as_drawn_or_with_the_place_of_the_case(operator, campaign) -> None:
    drawn = operator.get(f"/cases/{campaign['id']}/diagram")
    assert drawn.mimetype == "application/xml" and b'id="campaign_plan"' in drawn.data
    told = operator.get(f"/cases/{campaign['id']}/diagram", Accept="application/json").json
    assert told["xml"].encode() == drawn.data
    assert {"id": "campaign_plan", "state": "now", "note": ""} in told["elements"]


def test_a_task_is_described_with_its_form_and_version(operator, client, campaign) -> None:
    answer = operator.get("/tasks/" + campaign["tasks"][0]["id"])
    task = answer.json
    assert answer.headers["ETag"] == f'"{task["version"]}"'
    fields = {one["name"]: one for one in task["fields"]}
    assert fields["school_year"]["value"] == campaign["school_year"] and fields["school_year"]["required"]
    assert fields["rule"]["choices"][0].keys() == {"value", "label"}
    assert {"procedure", "held"} <= {one["name"] for one in fields["procedures"]["columns"]}
    assert task["shown"] is None and task["help"]
    reader = client("ministry").get("/tasks/" + task["id"]).json
    assert reader["fields"] is None and reader["facts"] == {} and not reader["mine"]


def test_work_lists_are_of_the_holder_or_of_the_territory(operator, client, campaign) -> None:
    for query in ("", "?mine=1"):
        assert [one["id"] for one in operator.get("/tasks" + query).json["items"]] == [campaign["tasks"][0]["id"]]
    assert operator.get("/tasks?mine=1&overdue=1&cursor=").json["items"] == []
    assert len(client("ministry").get("/tasks").json["items"]) == 1
    assert client("ministry").get("/tasks?mine=1").json["items"] == []
    assert client("school_head").get("/tasks").json["items"] == []


def test_taking_giving_back_and_handing_over(operator, client, campaign, region) -> None:
    path = f"/tasks/{campaign['tasks'][0]['id']}"
    taken = operator.post(path + "/claim").json
    assert taken["claimed_by"]["position"] == region.actors["regional_operator"].position_id
    assert operator.post(path + "/unclaim").json["claimed_by"] is None
    refused(client("ministry").post(path + "/claim"), 403, "not_allowed")
    refused(operator.post(path + "/assign", {"position": region.actors["legal"].position_id}), 422, "refused")
    mine = region.actors["regional_operator"].position_id
    assert operator.post(path + "/assign", {"position": mine}).json["claimed_by"]["position"] == mine


def test_completing_moves_the_case_once(operator, campaign, db) -> None:
    task = first_task(operator, campaign)
    done = operator.post(f"/tasks/{task['id']}/complete", {"answers": prefilled(task)}, If_Match=f'"{task["version"]}"')
    assert done.status_code == 200, done.text
    assert done.json["case"]["id"] == campaign["id"] and done.json["version"] == campaign["version"] + 1
    assert [one["form"] for one in done.json["tasks"]] == ["campaign_import"]
    refused(operator.post(f"/tasks/{task['id']}/complete", {"answers": {}}), 404, "not_found")
    with db.read() as session:
        assert session.scalars(sa.select(Answer.form)).all() == ["campaign_plan"]


def test_a_form_is_refused_with_the_place_of_each_fault(operator, campaign) -> None:
    task = first_task(operator, campaign)
    path, answers = f"/tasks/{task['id']}/complete", prefilled(task)
    bad = operator.post(path, {"answers": {**answers, "school_year": "весна", "outcome": 1, "rule": {"a": 1}}})
    faults = {one["field"] for one in refused(bad, 422, "invalid")["errors"]}
    assert faults == {"answers.outcome", "answers.rule"}
    rows = [{**answers["procedures"][0], "held": "может быть", "status": "done"}]
    faults = operator.post(path, {"answers": {**answers, "procedures": rows}}).json["errors"]
    assert [one["field"] for one in faults] == ["answers.procedures[0].status"]
    del rows[0]["status"]
    faults = operator.post(path, {"answers": {**answers, "procedures": rows}}).json["errors"]
    assert any(one["field"] == "answers.procedures[0].held" and "может быть" in one["text"] for one in faults)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"process": "campaign", "subject": 1, "data": {}, "status": "done"}, "status"),
        ({"process": "campaign", "subject": 1, "data": {"late": True}}, "data.late"),
        ({"process": "campaign", "subject": 1.5}, "subject"),
        ({"process": "support_cycle", "subject": 1}, "process"),
        ({"process": "clarification", "subject": "101001"}, "data.campaign"),
        ({"subject": 1}, "process"),
    ],
)
def test_unknown_and_missing_fields_are_named(operator, body, field) -> None:
    faults = refused(operator.post("/cases", body), 422, "invalid")["errors"]
    assert field in [one["field"] for one in faults]


def test_what_is_not_json_or_has_no_address(operator, client, campaign) -> None:
    headers = operator.headers
    raw = operator.client.post("/api/v1/cases", data=b"{", headers=headers, content_type="application/json")
    refused(raw, 400, "bad_request")
    refused(operator.client.post("/api/v1/cases", data=b"{}", headers=headers), 415, "unsupported_media_type")
    refused(operator.client.delete("/api/v1/cases", headers=headers), 405, "method_not_allowed")
    refused(operator.get("/nothing"), 404, "not_found")
    refused(operator.get(f"/cases/{10**30}"), 404, "not_found")
    refused(operator.get("/cases?status=open"), 422, "invalid")
    refused(operator.get("/cases?state=open&state=done"), 422, "invalid")
    refused(operator.client.get("/api/v1/cases"), 401, "not_signed_in")
    wrong = operator.client.get("/api/v1/cases", headers={"Authorization": "Bearer opora_wrong"})
    refused(wrong, 401, "not_signed_in")
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_failure_tells_a_reference_and_nothing_else(app, operator, monkeypatch) -> None:
    app.extensions["system"] = None
    problem = refused(operator.get("/cases"), 500, "failure")
    assert problem["reference"] and "NoneType" not in str(problem)


def test_metrics_are_for_this_computer_only(app, operator, campaign) -> None:
    client = app.test_client()
    text = client.get("/metrics").text
    assert "opora_tasks_open 1.0" in text
    assert 'opora_requests_total{endpoint="api.open_case",method="POST",status="201"} 1.0' in text
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 404
