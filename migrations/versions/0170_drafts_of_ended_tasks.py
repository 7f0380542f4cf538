"""A draft ends with its task: those that stood on after it are forgotten."""

from __future__ import annotations

from alembic import op

revision = "0170"
down_revision = "0160"


def upgrade() -> None:
    for table in ("draft_version", "draft"):
        op.execute(f"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM task WHERE task.id = {table}.task_id)")  # noqa: S608
