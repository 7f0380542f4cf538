"""How many statements people wait for: a move of a case is one transaction of a few, whatever its history."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.db import Database
from bench import people
from bench.counting import count_submit

MOST = {"postgresql": {"start": 8, "open_form": 2, "submit": 7}, "sqlite": {"start": 11, "open_form": 2, "submit": 15}}
"""On SQLite a statement costs no way to a server, so what PostgreSQL gets in one is sent in several."""


@pytest.mark.parametrize("request_", ["start", "open_form", "submit"])
def test_a_request_sends_no_more_statements_than_it_did(db: Database, tmp_path: Path, request_: str) -> None:
    subject = people.settle(db)
    backend = "sqlite" if db.sqlite else "postgresql"
    url = db.url.render_as_string(hide_password=False)
    found = count_submit(url, tmp_path, subject)[request_]
    assert found["statements"] <= MOST[backend][request_], "\n".join(found["texts"])
    assert found["commits"] == (0 if request_ == "open_form" else 1)
