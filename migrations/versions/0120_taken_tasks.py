"""An index of the tasks that somebody has taken: one's own among very many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0110"

TAKEN = sa.text("claimed_by IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_task_claimed", "task", ["claimed_by"], sqlite_where=TAKEN, postgresql_where=TAKEN)
