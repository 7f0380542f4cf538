"""The room works in a process that loads nothing else, as a command of the installation does."""

from __future__ import annotations

import subprocess
import sys


def test_tables_named_by_foreign_keys_are_loaded_with_the_room() -> None:
    script = (
        "from app.identification import runs\n"
        "from app.db import Base\n"
        "for table in ('identification_run', 'verdict', 'support_list', 'support_list_row', 'objection'):\n"
        "    for key in Base.metadata.tables[table].foreign_keys: key.column\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
