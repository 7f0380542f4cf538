"""A line of the log for each request: its number, what was asked by name, the case; no address, no words, nobody's name.

The number goes back in `X-Request-ID`. A proxy that is trusted may give its own.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from flask import Flask, Response, current_app, g, request

from app import logs

log = logging.getLogger(__name__)
HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
QUIET = frozenset({"frame.assets", "frame.look", "healthz", "readyz", "metrics"})


def init_lines(app: Flask) -> None:
    """Comes before everything that may write a line or refuse."""
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
    app.teardown_request(lambda _failure: logs.leave())


def begin() -> None:
    g.came = time.perf_counter()
    logs.enter(_number())


def finish(response: Response) -> Response:
    """Written when the answer is ready; what people look at all the time without asking is left out."""
    known = logs.known()
    response.headers[HEADER] = known.get("request", "")
    case_id = (request.view_args or {}).get("case_id")
    if isinstance(case_id, int):
        logs.about(case_id)
    told = {
        "endpoint": request.endpoint or "none",
        "method": request.method if request.endpoint else "-",
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.get("came", time.perf_counter())) * 1000),
    }
    if "reference" in g:
        told["reference"] = g.reference
    log.log(logging.DEBUG if request.endpoint in QUIET else logging.INFO, "request", extra=told)
    return response


def _number() -> str:
    given = request.headers.get(HEADER, "") if current_app.extensions["settings"].trusted_proxies else ""
    return given if GIVEN.fullmatch(given) else secrets.token_hex(8)
