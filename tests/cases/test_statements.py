"""How many statements people wait for: a move of a case is one transaction of a few, whatever its history."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

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


def test_a_move_leaves_the_indexes_of_its_case_alone(db: Database, tmp_path: Path) -> None:
    """PostgreSQL puts the new version of a row beside the old one while no indexed value changes (heap-only update)."""
    if db.sqlite:
        pytest.skip("SQLite changes a row where it stands")
    count_submit(db.url.render_as_string(hide_password=False), tmp_path, people.settle(db))
    told = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'case'"
    with db.write() as session:
        session.execute(sa.text("SELECT pg_stat_force_next_flush()"))
    with db.read() as session:
        moved, in_place = session.execute(sa.text(told)).one()
    assert moved == in_place > 0
