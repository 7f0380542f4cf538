"""The interface joined to the application."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask, Response

from app.access import public
from app.api import cases, documents, imports, openapi, openings, tasks
from app.api.parts import PREFIX, contract
from app.cases.system import System

DOCUMENT = "openapi"
VIEWS = (cases, tasks, documents, imports)  # imported for their declarations


def init_api(app: Flask, system: System) -> None:
    """Serve the declared views and the document made from them."""
    app.extensions[DOCUMENT] = whole(system)
    app.register_blueprint(contract.blueprint)
    app.add_url_rule(f"{PREFIX}/openapi.json", "openapi", _document(app))


def whole(system: System) -> dict[str, Any]:
    """The document of the interface for what this installation runs."""
    return openapi.document(contract.endpoints, PREFIX, {"open_case": openings.narrowed(system)})


def _document(app: Flask) -> Any:
    text = orjson.dumps(app.extensions[DOCUMENT])

    @public
    def openapi_json() -> Response:
        return Response(text, mimetype="application/json")

    return openapi_json
