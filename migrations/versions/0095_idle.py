"""An index of the open cases that say they wait for nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0095"
down_revision = "0090"

IDLE = sa.text("status = 'open' AND awaits = ''")


def upgrade() -> None:
    op.create_index("ix_case_idle", "case", ["changed_at"], sqlite_where=IDLE, postgresql_where=IDLE)
