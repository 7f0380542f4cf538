"""A session with the small region in it; rolled back after the test, unless the test commits by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.db import Database
from tests.people import world


@pytest.fixture
def session(db: Database) -> Iterator[Session]:
    with db.write() as opened:
        yield opened


@pytest.fixture
def place(session: Session):
    return world.tree(session)
