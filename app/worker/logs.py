"""Lines of the worker's log: one JSON object each, on stderr. Failures are written by kind and place, without their values."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from app.worker import faults

NOISY = ("procrastinate", "sqlalchemy", "psycopg", "weasyprint", "fontTools", "asyncio")


def configure(level: str = "INFO") -> None:
    """All loggers of the process write through here; libraries only from WARNING on."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
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
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def without_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A traceback quotes values: only the failure's kind, first line and place are kept."""
    found = event.pop("exc_info", None)
    failure = found[1] if isinstance(found, tuple) else sys.exc_info()[1] if found is True else found
    if isinstance(failure, BaseException):
        event["error"], event["place"] = faults.describe(failure), faults.place(failure)
    return event
