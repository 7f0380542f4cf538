"""One declaration a view: what comes in, what goes out, which refusals; the document of the interface is made from it.

    @endpoint("GET", "/cases/{case_id}", answer=CaseDetail, tag="Дела")
    @requires("case.read")
    def case(case_id: int) -> CaseDetail: ...

Names in braces are looked up in `PATH`. `query` and `body` are Pydantic models; the view gets them under these names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from app.access import PUBLIC, demand_of
from app.api.problems import Fault, Unfit, Unreadable, WrongMedia
from app.errors import NotFound

JSON = "application/json"
LARGEST = 2**63 - 1
NUMBER = {"type": "integer", "minimum": 1, "maximum": LARGEST}
PATH: Mapping[str, Mapping[str, Any]] = {
    "case_id": NUMBER,
    "document_id": NUMBER,
    "task_id": {"type": "string", "pattern": "^[0-9A-Za-z]{1,32}$"},
    "digest": {"type": "string", "pattern": "^[0-9A-Za-z-]{1,64}$"},
}
View = TypeVar("View", bound=Callable[..., Any])


class Sent(BaseModel):
    """What programs send: a field that is not declared is refused, types are taken as they are."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(BaseModel):
    """What programs get."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


@dataclass(frozen=True)
class Endpoint:
    """A declared view, as the document of the interface describes it."""

    method: str
    path: str
    view: Callable[..., Any]
    tag: str
    answer: type[BaseModel] | None
    status: int = 200
    query: type[Sent] | None = None
    body: type[Sent] | None = None
    files: bool = False
    headers: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    refuses: tuple[int, ...] = ()
    media: tuple[str, ...] = (JSON,)

    @property
    def public(self) -> bool:
        return demand_of(self.view) == PUBLIC

    @property
    def names(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def rule(self) -> str:
        """The address as the router reads it."""
        return re.sub(r"{(\w+)}", lambda m: f"<{'int:' if PATH[m[1]] is NUMBER else ''}{m[1]}>", self.path)

    @property
    def statuses(self) -> list[int]:
        """Every refusal the view may answer with."""
        known = {*self.refuses, 400, 500}
        known |= set() if self.public else {401, 403}
        known |= {404} if self.names else set()
        known |= {422} if self.query or self.body or self.headers else set()
        known |= {413, 415, 422} if self.body or self.files else set()
        return sorted(known)


@dataclass
class Contract:
    """All endpoints of a blueprint, in the order of declaration."""

    blueprint: Blueprint
    endpoints: list[Endpoint] = field(default_factory=list)

    def endpoint(self, method: str, path: str, **described: Any) -> Callable[[View], View]:
        """Declare a view; see `Endpoint` for what may be said of it."""

        def mark(view: View) -> View:
            one = Endpoint(method=method, path=path, view=view, **described)
            self.endpoints.append(one)
            call = _caller(one)
            self.blueprint.add_url_rule(
                one.rule, view.__name__, call, methods=[method], provide_automatic_options=False
            )
            return call  # type: ignore[return-value]

        return mark


def _caller(one: Endpoint) -> Callable[..., Response]:
    @functools.wraps(one.view)
    def call(**where: Any) -> Response:
        _check_path(where)
        given: dict[str, Any] = {}
        if one.query is not None:
            given["query"] = _query(one.query)
        if one.body is not None:
            given["body"] = _body(one.body)
        answer = one.view(**where, **given)
        return answer if isinstance(answer, Response) else respond(answer, one.status)

    return call


def respond(answer: BaseModel, status: int = 200, **headers: str) -> Response:
    """An answer of the declared model; `headers` by name with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(answer.model_dump_json(), status, named, mimetype=JSON)


def _check_path(where: Mapping[str, Any]) -> None:
    """What no row can have for a key is not found; it never reaches the database."""
    for name, value in where.items():
        if not (1 <= value <= LARGEST if PATH[name] is NUMBER else re.fullmatch(PATH[name]["pattern"], value)):
            raise NotFound("Такого адреса нет.")


def _query(model: type[Sent]) -> Sent:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Unfit("Параметр назван дважды.", [Fault(field=name, text="Назовите параметр один раз")])
    return _valid(lambda: model.model_validate(request.args.to_dict()), "Параметры запроса не приняты.")


def _body(model: type[Sent]) -> Sent:
    if request.mimetype != JSON:
        raise WrongMedia(f"Тело запроса принимается как {JSON}.")
    raw = request.get_data()
    return _valid(lambda: model.model_validate_json(raw), "Тело запроса не принято.")


def _valid(read: Callable[[], Sent], message: str) -> Sent:
    try:
        return read()
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        raise Unreadable("Тело запроса – не JSON.")
    faults = {place(_declared(one["loc"])): _words(one) for one in reversed(found)}
    raise Unfit(message, [Fault(field=where, text=text) for where, text in reversed(faults.items())])


def _declared(keys: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Without the names that Pydantic gives to the branches of a union."""
    return tuple(key for key in keys if not (isinstance(key, str) and key.startswith("constrained-")))


def place(keys: tuple[int | str, ...]) -> str:
    """("answers", "rows", 2, "place") → `answers.rows[2].place`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


WORDS = {
    "missing": "Обязательное поле",
    "extra_forbidden": "Такого поля нет",
    "literal_error": "Значения нет в списке допустимых",
    "enum": "Значения нет в списке допустимых",
    "string_pattern_mismatch": "Значение записано не по образцу",
    "string_too_long": "Слишком длинное значение",
    "string_too_short": "Слишком короткое значение",
    "string_type": "Нужна строка",
    "int_type": "Нужно целое число",
    "bool_type": "Нужно true или false",
    "dict_type": "Нужен объект",
    "model_type": "Нужен объект",
    "model_attributes_type": "Нужен объект",
    "list_type": "Нужен список",
}


def _words(error: ErrorDetails) -> str:
    limits = error.get("ctx", {})
    if error["type"] in ("greater_than_equal", "less_than_equal"):
        bound = "Не меньше" if "ge" in limits else "Не больше"
        return f"{bound} {limits.get('ge', limits.get('le'))}"
    return WORDS.get(error["type"], "Значение не подходит")
