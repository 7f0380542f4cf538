"""Refusals of the domain. Each has a stable `code`, an HTTP status used once at the edge, and a Russian sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class DomainError(Exception):
    """What was asked cannot be done; nothing was changed.

    `message` says what happened, `advice` what to do; both are shown to the user.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422

    def __init__(self, message: str, *, advice: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.details = details


class NotSignedIn(DomainError):
    code, status = "not_signed_in", 401


class NotAllowed(DomainError):
    code, status = "not_allowed", 403


class NotFound(DomainError):
    """Also raised for what exists but may not be known to the actor."""

    code, status = "not_found", 404


class StaleCase(DomainError):
    """The case moved since the form was opened."""

    code, status = "stale_case", 409


class TaskNotOpen(DomainError):
    code, status = "task_not_open", 409


class Conflict(DomainError):
    """A unique fact exists already: a second campaign of a year, a colleague's newer draft."""

    code, status = "conflict", 409


class Refused(DomainError):
    """A rule of the domain forbids the action in the present state."""

    code, status = "refused", 422


class BadInput(DomainError):
    """Input that cannot be accepted; `items` name place, value, expectation."""

    code, status = "bad_input", 422

    def __init__(self, message: str, *, advice: str = "", items: Sequence[Any] = (), **details: Any) -> None:
        super().__init__(message, advice=advice, **details)
        self.items = list(items)


class TooMany(DomainError):
    code, status = "too_many", 429
