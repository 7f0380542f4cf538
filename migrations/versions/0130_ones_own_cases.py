"""Indexes by which one's own cases are found among everybody's: opened, answered; a kind's newest first, terms by day."""

from __future__ import annotations

from alembic import op

revision = "0130"
down_revision = "0120"


def upgrade() -> None:
    op.create_index("ix_case_opener", "case", ["opened_by"])
    op.create_index("ix_answer_position", "answer", ["position_id", "case_id"])
    op.create_index("ix_deadline_due", "deadline", ["due_at", "case_id"])
    op.drop_index("ix_case_kind_region", "case")
    op.create_index("ix_case_kind_region", "case", ["region", "kind", "status", "id"])
