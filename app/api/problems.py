"""Refusals for programs: `application/problem+json` (RFC 9457) with a stable `code` and a Russian `detail`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from app.errors import DomainError, StaleCase

MEDIA = "application/problem+json"


class Fault(BaseModel):
    """One thing wrong with what was sent: `field` is a path (`answers.rows[2].place`), empty for the whole."""

    model_config = ConfigDict(extra="forbid")

    field: str
    text: str


class Problem(BaseModel):
    """A refusal. Nothing was changed."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="`urn:opora:problem:` и код")
    title: str
    status: int
    detail: str
    code: str = Field(description="Постоянный код для программ")
    advice: str = ""
    reference: str = Field(default="", description="Номер обращения, если ошибка на стороне системы")
    errors: list[Fault] = []


class Unreadable(DomainError):
    code, status = "bad_request", 400


class WrongMedia(DomainError):
    code, status = "unsupported_media_type", 415


class VersionMismatch(StaleCase):
    """The version named in If-Match is not the present one."""

    code, status = "version_mismatch", 412


class Unfit(DomainError):
    """What was sent does not fit the contract or the form; `faults` say where."""

    code, status = "invalid", 422

    def __init__(self, message: str, faults: Iterable[Fault] = (), *, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.faults = list(faults)


TITLES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "Запрос не понят"),
    401: ("not_signed_in", "Нужен токен доступа"),
    403: ("not_allowed", "Это действие вам недоступно"),
    404: ("not_found", "Такого объекта нет или он вам не виден"),
    405: ("method_not_allowed", "Такого действия по этому адресу нет"),
    409: ("conflict", "Состояние изменилось"),
    412: ("version_mismatch", "Версия устарела"),
    413: ("too_large", "Запрос слишком большой"),
    415: ("unsupported_media_type", "Такой вид содержимого не принимается"),
    422: ("invalid", "Данные не приняты"),
    429: ("too_many", "Слишком много попыток"),
    500: ("failure", "Ошибка на стороне системы"),
    503: ("unavailable", "Система временно недоступна"),
}


def of(error: DomainError) -> Response:
    """A refusal of the domain. What does not exist and what may not be known look alike."""
    title = TITLES.get(error.status, TITLES[422])[1]
    hidden = error.status == 404
    detail, advice = (f"{title}.", "") if hidden else (error.message, error.advice)
    if error.status == 401:
        detail, advice = "Передайте токен в заголовке Authorization: Bearer.", ""
    problem = Problem(
        type=f"urn:opora:problem:{error.code}",
        title=title,
        status=error.status,
        detail=detail,
        code=error.code,
        advice=advice,
        errors=_faults(error),
    )
    return _response(problem, _headers(error))


def of_status(status: int, reference: str = "", detail: str = "") -> Response:
    """A refusal before any view was reached, or a failure; `detail` when more is known than the status says."""
    code, title = TITLES.get(status, TITLES[400])
    problem = Problem(
        type=f"urn:opora:problem:{code}",
        title=title,
        status=status,
        detail=detail or f"{title}.",
        code=code,
        reference=reference,
    )
    return _response(problem, {})


def _faults(error: DomainError) -> list[Fault]:
    if isinstance(error, Unfit):
        return error.faults
    return [Fault(field="", text=str(item)) for item in getattr(error, "items", ())]


def _headers(error: DomainError) -> dict[str, str]:
    if error.status == 401:
        return {"WWW-Authenticate": 'Bearer realm="opora"'}
    if error.status == 429:
        return {"Retry-After": str(error.details.get("retry_after", 900))}
    return {}


def _response(problem: Problem, headers: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(problem.model_dump()), problem.status, headers, mimetype=MEDIA)
