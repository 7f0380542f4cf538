"""The document of the interface is whole, and a machine that reads it finds nothing wrong with the answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import make_server

from app.api.parts import contract

pytestmark = pytest.mark.req("OR-74")
LISTED = {
    "GET /processes",
    "POST /cases",
    "GET /cases",
    "GET /cases/{case_id}",
    "GET /cases/{case_id}/journal",
    "GET /cases/{case_id}/diagram",
    "GET /tasks",
    "GET /tasks/{task_id}",
    "POST /tasks/{task_id}/claim",
    "POST /tasks/{task_id}/unclaim",
    "POST /tasks/{task_id}/assign",
    "POST /tasks/{task_id}/complete",
    "POST /tasks/{task_id}/files",
    "GET /documents/{document_id}",
    "GET /documents/{document_id}.pdf",
    "GET /verify/{digest}",
    "POST /imports/results",
}


def test_every_endpoint_is_in_the_document_with_its_refusals(app) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    found = {
        f"{method.upper()} {path.removeprefix('/api/v1')}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found.keys() == LISTED
    served = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    assert served == {f"/api/v1{one.rule}" for one in contract.endpoints}
    for name, operation in found.items():
        refusals = set(operation["responses"])
        public = operation.get("security") == []
        assert public == name.startswith("GET /verify")
        assert {"400", "500"} <= refusals
        assert public or {"401", "403"} <= refusals
        assert "{" not in name or "404" in refusals
    assert {"409", "412", "422", "429"} <= set(found["POST /tasks/{task_id}/complete"]["responses"])
    assert set(document["components"]["responses"]) >= {"401", "403", "404", "409", "412", "415", "422", "429"}


def test_the_document_is_openapi(app) -> None:
    schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app).validate()


SECONDS = 40
CONFIG = {
    "seed": 7,
    "max-time": SECONDS,
    "request-timeout": 60,
    "generation": {"max-examples": 8},
    # a form, a rule of the domain and a version may refuse what the document cannot describe
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "412", "422"]}},
}


def test_a_machine_finds_nothing(app, operator, campaign) -> None:
    config = SchemathesisConfig.from_dict({**CONFIG, "headers": operator.headers})
    found: list[str] = []
    asked: set[str] = set()
    with served(app) as url:
        schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json", config=config)
        for event in from_schema(schema).execute():
            assert not isinstance(event, events.NonFatalError | events.FatalError), vars(event.info)
            if isinstance(event, events.ScenarioFinished):
                asked |= {f"{one.request.method} {one.request.uri}" for one in event.recorder.interactions.values()}
                found += failures(event.recorder)
    assert not found, "\n\n".join(found[:5])
    assert len(asked) > 50


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a free port of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def failures(recorder) -> list[str]:
    return [
        f"{recorder.label} {check.name}: {check.failure_info.failure.title}\n{check.failure_info.failure.message}\n"
        f"{check.failure_info.code_sample}"
        for checks in recorder.checks.values()
        for check in checks
        if check.failure_info is not None
    ]
