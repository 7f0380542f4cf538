"""`python -m bench profile`: where the time of a submit, an opened form and the work list goes, in per cent.

The requests are made in this process, without sockets, under the interpreter's profiler: shares are right, times are
not. The time that PostgreSQL itself takes is what its driver waits.
"""

from __future__ import annotations

import cProfile
import pstats
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.cases.models import Task
from bench import people, results, site, workload
from bench.client import HIDDEN
from bench.counting import sign_in
from bench.figures import machine
from bench.server import databases

PARTS = (
    ("waiting for PostgreSQL", ("select.poll", "psycopg_binary", "_psycopg", "psycopg/")),
    ("SQLite", ("sqlite3",)),
    ("SQLAlchemy", ("sqlalchemy/",)),
    ("engine (SpiffWorkflow and ours)", ("SpiffWorkflow/", "app/engine/")),
    ("forms (WTForms and ours)", ("wtforms/", "/forms/", "formtools", "widgets")),
    ("templates (Jinja)", ("jinja2/", "<template>", ".html", "markupsafe")),
    ("Flask and Werkzeug", ("flask/", "werkzeug/")),
    ("rights and session", ("app/people/", "app/access")),
    ("cases, journal, outbox", ("app/cases/", "app/journal/", "app/outbox/", "app/web/", "app/db")),
    ("JSON, hashes, compression", ("orjson", "_hashlib", "zlib", "_json", "json/")),
)
REST = "the rest of Python"


def main(*, count: int = 60) -> None:
    report: dict[str, Any] = {"machine": machine(), "shares": {}}
    with tempfile.TemporaryDirectory(prefix="opora-shares-") as place, databases(Path(place)) as urls:
        for name, url in urls.items():
            report["shares"][name] = of_database(url, Path(place) / name, count)
            for request, shares in report["shares"][name].items():
                print(f"{name}, {request}: " + ", ".join(f"{part} {share} %" for part, share in shares.items()))
    results.keep(report, "shares")


def of_database(url: str, folder: Path, count: int) -> dict[str, dict[str, int]]:
    """Request → part → per cent of its time."""
    folder.mkdir(exist_ok=True)
    app = site.create(url, folder)
    db = app.extensions["system"].db
    subject = people.settle(db)
    profiles = {name: cProfile.Profile() for name in ("submit", "open a form", "work list")}
    with app.test_client() as client:
        token = sign_in(client, workload.REGION)
        for number in range(-3, count):  # the first three fill the caches
            watched = profiles if number >= 0 else {name: cProfile.Profile() for name in profiles}
            _once(client, db, subject, token, watched)
    db.dispose()
    return {name: _shares(profile) for name, profile in profiles.items()}


def _once(client: FlaskClient, db: Any, subject: int, token: str, profiles: dict[str, cProfile.Profile]) -> None:
    sent = {"subject": str(subject), "csrf_token": token}
    case_id = int(client.post("/bench/cases", data=sent).headers["Location"].rsplit("/", 1)[1])
    with db.read() as session:
        task_id = session.scalars(sa.select(Task.id).where(Task.case_id == case_id)).one()
    page = _watched(profiles["open a form"], partial(client.get, f"/tasks/{task_id}"))
    hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page.data)}
    fields = {**hidden, **workload.answers("t01", Random(case_id)), "do": "send", "csrf_token": token}
    answer = _watched(profiles["submit"], partial(client.post, f"/tasks/{task_id}", data=fields))
    assert answer.status_code == 303
    _watched(profiles["work list"], partial(client.get, "/tasks"))


def _watched(profile: cProfile.Profile, act: Callable[[], Any]) -> Any:
    profile.enable()
    try:
        return act()
    finally:
        profile.disable()


def _shares(profile: cProfile.Profile) -> dict[str, int]:
    """Own time of every function, by the part of the product or the library that it belongs to."""
    found: dict[str, float] = {}
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        where = f"{file} {name}"
        part = next((title for title, marks in PARTS if any(mark in where for mark in marks)), REST)
        found[part] = found.get(part, 0.0) + own
    whole = sum(found.values()) or 1.0
    ordered = sorted(found.items(), key=lambda item: -item[1])
    return {part: round(seconds / whole * 100) for part, seconds in ordered if seconds / whole >= 0.005}
