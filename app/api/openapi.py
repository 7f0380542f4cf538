"""The document of the interface, OpenAPI 3.1, made from the declarations of the views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.contract import JSON, PATH, Endpoint
from app.api.problems import MEDIA, TITLES, Problem

REF = "#/components/schemas/{model}"
HEADERS: Mapping[str, Mapping[str, Any]] = {
    "If-Match": {
        "description": "Версия задачи из заголовка ETag: если она устарела, ответ 412 и ничего не меняется.",
        "schema": {"type": "string"},
        "example": '"12"',
    },
    "Idempotency-Key": {
        "description": "Ключ повтора: второй запрос с тем же ключом получит первый ответ и ничего не сделает.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    },
}
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "ETag": {"description": "Версия: её передают в If-Match.", "schema": {"type": "string"}},
    "Location": {"description": "Адрес созданного.", "schema": {"type": "string"}},
}
REFUSED: Mapping[int, Mapping[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Через сколько секунд повторить.", "schema": {"type": "integer"}}},
}
ABOUT = (
    "Дела, задачи и документы поддержки школ для программ. Права и территория те же, что на страницах: "
    "токен действует в одной должности. Отказы – `application/problem+json` с постоянным `code`."
)


def document(endpoints: Iterable[Endpoint], prefix: str, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The whole document. `bodies`: view name → a body's schema narrowed by what this installation runs."""
    listed = list(endpoints)
    names, schemas = _schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        described = _operation(one, names, bodies.get(one.view.__name__))
        paths.setdefault(prefix + one.path, {})[one.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Опора", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in listed)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "opora token add ЛОГИН"}},
            "schemas": schemas,
            "responses": {str(status): _refusal(status) for status in TITLES},
        },
    }


def _schemas(endpoints: list[Endpoint]) -> tuple[Mapping[Any, Any], dict[str, Any]]:
    """(model, mode) → reference, and the shared schemas."""
    answers: list[type[BaseModel]] = [Problem, *(one.answer for one in endpoints if one.answer)]
    sent = [one.body for one in endpoints if one.body]
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in dict.fromkeys(answers)]
    wanted += [(model, "validation") for model in dict.fromkeys(sent)]
    names, whole = models_json_schema(wanted, ref_template=REF)
    return names, whole["$defs"]


def _operation(one: Endpoint, names: Mapping[Any, Any], narrowed: Mapping[str, Any] | None) -> dict[str, Any]:
    summary, _, more = (one.view.__doc__ or "").strip().partition("\n")
    described: dict[str, Any] = {
        "operationId": one.view.__name__,
        "summary": summary,
        "tags": [one.tag],
        "parameters": [*_path(one), *_query(one), *_headers(one)],
        "responses": _responses(one, names),
    }
    if more.strip():
        described["description"] = " ".join(more.split())
    if one.public:
        described["security"] = []
    if one.body:
        schema = narrowed or names[one.body, "validation"]
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if one.files:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": FILES}}}
    return described


FILES = {
    "type": "object",
    "properties": {
        "files": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10,
            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
        }
    },
    "required": ["files"],
    "additionalProperties": False,
}


def _path(one: Endpoint) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": dict(PATH[name])} for name in one.names]


def _query(one: Endpoint) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    fields = one.query.model_json_schema()["properties"]
    found = []
    for name, schema in fields.items():
        kept = {k: v for k, v in schema.items() if k not in ("title", "description")}
        more = {"description": schema["description"]} if "description" in schema else {}
        found.append({"name": name, "in": "query", "required": False, **more, "schema": kept})
    return found


def _headers(one: Endpoint) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", "required": False, **HEADERS[name]} for name in one.headers]


def _responses(one: Endpoint, names: Mapping[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Готово"}
    if one.answer is not None:
        good["content"] = {JSON: {"schema": names[one.answer, "serialization"]}}
    for media in one.media:
        if media != JSON:
            good.setdefault("content", {})[media] = {"schema": {}}
    if one.gives:
        good["headers"] = {name: dict(GIVEN[name]) for name in one.gives}
    refusals = {str(status): {"$ref": f"#/components/responses/{status}"} for status in one.statuses}
    return {str(one.status): good, **refusals}


def _refusal(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": TITLES[status][1],
        "content": {MEDIA: {"schema": {"$ref": REF.format(model="Problem")}}},
    }
    if status in REFUSED:
        described["headers"] = REFUSED[status]
    return described
