"""What is written of a failure: its kind, one line, its place. Never addresses or the values of a statement."""

from __future__ import annotations

import re
import traceback
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

ADDRESS = re.compile(r"[^\s<>\"'(){},;:]+@[^\s<>\"'(){},;]+")
LONGEST = timedelta(hours=6)
WAY = 8
"""Frames of a failure that are logged."""


def describe(failure: BaseException) -> str:
    """One line for the message's row and the log. A database error keeps its first line: the next ones quote rows."""
    said = str(failure.orig) if isinstance(failure, DBAPIError) else str(failure)
    first = said.strip().partition("\n")[0]
    return f"{type(failure).__name__}: {ADDRESS.sub('‹address›', first)}"[:500]


def kind(failure: BaseException) -> str:
    """For the log: the kind alone, with the database's code for it. What a failure says may quote what people wrote."""
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or getattr(cause, "errno", None)
    return f"{type(cause).__name__} {code}" if code else type(cause).__name__


def way(failure: BaseException) -> list[str]:
    """`file:line function` of the last frames, the outermost first."""
    return [_at(frame) for frame in traceback.extract_tb(failure.__traceback__)[-WAY:]]


def place(failure: BaseException) -> str:
    """`file:line function` of the innermost frame."""
    frames = traceback.extract_tb(failure.__traceback__)
    if not frames:
        return ""
    return _at(frames[-1])


def _at(frame: traceback.FrameSummary) -> str:
    path = frame.filename.replace("\\", "/").split("/")
    return f"{'/'.join(path[-3:])}:{frame.lineno} {frame.name}"


def backoff(attempts: int) -> timedelta:
    """1, 2, 4, 8 … minutes after the first, second … failure, six hours at most."""
    return min(timedelta(minutes=2 ** (min(attempts, 20) - 1)), LONGEST)
