"""Lines of the log of web and worker processes: one JSON object each, on stderr, without words of people.

A failure is written by kind and place: what it says could quote a value. Within a request each line bears its id, and the
case once the request has come to one.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

from app import faults

NOISY = ("spiff", "procrastinate", "sqlalchemy", "psycopg", "weasyprint", "fontTools", "asyncio", "werkzeug")

_known: ContextVar[dict[str, Any] | None] = ContextVar("known", default=None)


def configure(level: str = "INFO") -> None:
    """All loggers of the process write through here; libraries only from WARNING on."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            with_known,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def enter(number: str) -> None:
    """Lines of this thread belong to one request from here on."""
    _known.set({"request": number})


def leave() -> None:
    _known.set(None)


def known() -> dict[str, Any]:
    """What a line of the request says of it."""
    return _known.get() or {}


def about(case_id: int) -> None:
    """The request has come to a case. Outside of a request nothing is kept."""
    if (found := _known.get()) is not None:
        found["case"] = case_id


def with_known(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The request of a line and its case, unless the line names another one."""
    event["pid"] = os.getpid()
    for name, value in known().items():
        event.setdefault(name, value)
    return event


def without_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of a traceback only the failure's kind and the places it came through are kept."""
    found = event.pop("exc_info", None)
    failure = found[1] if isinstance(found, tuple) else sys.exc_info()[1] if found is True else found
    if isinstance(failure, BaseException):
        event["error"], event["place"], event["way"] = faults.kind(failure), faults.place(failure), faults.way(failure)
    return event
