"""The schema as an installation gets it: by the migrations, never by `create_all`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app import migrate


def upgrade(url: str) -> None:
    migrate.upgrade(url)


def copy_sqlite(source: str, target: Path) -> None:
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
