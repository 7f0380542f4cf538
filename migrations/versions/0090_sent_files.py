"""Files that were sent with a form apart from those that only lie by a draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Moment

revision = "0090"
down_revision = "0080"


def upgrade() -> None:
    op.add_column("stored_file", sa.Column("sent_at", Moment(), comment="null: attached to a form that was not sent"))
    op.execute(
        "UPDATE stored_file SET sent_at = uploaded_at WHERE task_id IS NULL OR task_id NOT IN (SELECT id FROM task)"
    )
